/* parse.h: what parse.c (executable documents) and parse_schema.c (type systems) share. Private to them.
 *
 * Recursive descent with one token of look-ahead. The first fault ends it: the parser then sees nothing but the end of the
 * document, so that every loop and every recursion comes home. Depth is limited to LIMIT_QUERY_NESTING.
 */
#ifndef TRIMODAL_QUERY_PARSE_H
#define TRIMODAL_QUERY_PARSE_H

#include "query/ast_schema.h"
#include "query/lex.h"

struct parser {
    struct lexer lexer;
    struct token token;
    uint32_t tokens_left, depth;
    struct ast_document *document;
    bool failed;
};

void *parser_new(struct parser *parser, size_t size);              /* zeroed; NULL and failed without memory */
void parser_advance(struct parser *parser);
bool parser_accept(struct parser *parser, enum token_kind kind);   /* takes the token if it is one */
void parser_expect(struct parser *parser, enum token_kind kind);
bool parser_at(const struct parser *parser, const char *keyword);
bool parser_accept_keyword(struct parser *parser, const char *keyword);
void parser_expect_keyword(struct parser *parser, const char *keyword);
struct str parser_name(struct parser *parser);
void parser_unexpected(struct parser *parser, const char *expected); /* the token is not what may stand there; NULL: none is */
void parser_fault(struct parser *parser, struct ast_place place, const char *message);
/* Between these two lies one level of nesting; false at the limit. */
bool parser_enter(struct parser *parser);
void parser_leave(struct parser *parser);
/* True while the list goes on; takes its closing token. */
bool parser_more(struct parser *parser, enum token_kind close);

struct ast_type *parse_type(struct parser *parser);
struct ast_value *parse_value(struct parser *parser, bool is_constant);
struct ast_directive *parse_directives(struct parser *parser, bool is_constant);
bool parse_operation_kind(struct parser *parser, enum ast_operation_kind *kind); /* false: it is another word */
struct str parse_description(struct parser *parser); /* absent without */
/* A definition of a type system or an extension, which begins at `place`; false when the token begins none. */
bool parse_definition(struct parser *parser, struct ast_place place, struct str description, struct ast_definition ***tail);

#endif
