/* lex.h: GraphQL text, token by token (section 2.1 of the specification). Private to src/query.
 *
 * Source characters are all Unicode scalar values, as the specification has it since October 2021; \u{…} and pairs of
 * surrogates are read in strings. Texts of tokens refer to the source, or to the arena where they had to be decoded.
 */
#ifndef TRIMODAL_QUERY_LEX_H
#define TRIMODAL_QUERY_LEX_H

#include "query/fault.h"

enum token_kind {
    TOKEN_END,
    TOKEN_BANG,
    TOKEN_DOLLAR,
    TOKEN_AMPERSAND,
    TOKEN_PAREN_OPEN,
    TOKEN_PAREN_CLOSE,
    TOKEN_SPREAD,
    TOKEN_COLON,
    TOKEN_EQUALS,
    TOKEN_AT,
    TOKEN_BRACKET_OPEN,
    TOKEN_BRACKET_CLOSE,
    TOKEN_BRACE_OPEN,
    TOKEN_PIPE,
    TOKEN_BRACE_CLOSE,
    TOKEN_NAME,   /* from here on with a text */
    TOKEN_INT,    /* as written */
    TOKEN_FLOAT,  /* likewise */
    TOKEN_STRING, /* decoded; block strings too */
};
const char *token_kind_name(enum token_kind kind); /* "\"{\"", "a name", …, for messages */

struct token {
    enum token_kind kind;
    struct ast_place place;
    struct str text;
};

struct lexer {
    struct str source;
    size_t at; /* the next byte to read */
    struct arena *arena;
    struct query_faults *faults;
    size_t counted; /* the place below is that of this byte */
    struct ast_place place;
};

/* False after a fault: the source is not UTF-8. */
bool lexer_init(struct lexer *lexer, struct str source, struct arena *arena, struct query_faults *faults) must_check;
/* False after a fault. At the end it gives TOKEN_END again and again. */
bool lexer_next(struct lexer *lexer, struct token *token) must_check;

/* For lex_string.c: the place of a byte that does not lie before one asked for earlier; and a fault at it, false always. */
struct ast_place lexer_place(struct lexer *lexer, size_t at);
bool lexer_fault(struct lexer *lexer, size_t at, const char *message);
/* Reads from the opening quote on. */
bool lexer_string(struct lexer *lexer, struct str *text) must_check;

#endif
