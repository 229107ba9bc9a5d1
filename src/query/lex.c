#include "query/lex.h"

#include <stdio.h>

static const char *const kind_names[] = {
    [TOKEN_END] = "the end of the document",
    [TOKEN_BANG] = "\"!\"",
    [TOKEN_DOLLAR] = "\"$\"",
    [TOKEN_AMPERSAND] = "\"&\"",
    [TOKEN_PAREN_OPEN] = "\"(\"",
    [TOKEN_PAREN_CLOSE] = "\")\"",
    [TOKEN_SPREAD] = "\"...\"",
    [TOKEN_COLON] = "\":\"",
    [TOKEN_EQUALS] = "\"=\"",
    [TOKEN_AT] = "\"@\"",
    [TOKEN_BRACKET_OPEN] = "\"[\"",
    [TOKEN_BRACKET_CLOSE] = "\"]\"",
    [TOKEN_BRACE_OPEN] = "\"{\"",
    [TOKEN_PIPE] = "\"|\"",
    [TOKEN_BRACE_CLOSE] = "\"}\"",
    [TOKEN_NAME] = "a name",
    [TOKEN_INT] = "a number",
    [TOKEN_FLOAT] = "a number",
    [TOKEN_STRING] = "a string",
};

const char *token_kind_name(enum token_kind kind)
{
    return kind_names[kind];
}

static int byte_at(const struct lexer *lexer, size_t at)
{
    return at < lexer->source.length ? (unsigned char)lexer->source.at[at] : -1;
}

struct ast_place lexer_place(struct lexer *lexer, size_t at)
{
    for (; lexer->counted < at; lexer->counted++) {
        int c = byte_at(lexer, lexer->counted);
        bool line_ends = c == '\n' || (c == '\r' && byte_at(lexer, lexer->counted + 1) != '\n');
        if (line_ends) {
            lexer->place.line++;
            lexer->place.column = 1;
        } else if ((c & 0xC0) != 0x80) {
            lexer->place.column++;
        }
    }
    return lexer->place;
}

bool lexer_fault(struct lexer *lexer, size_t at, const char *message)
{
    faults_add(lexer->faults, "GRAPHQL_PARSE_FAILED", lexer_place(lexer, at), "%s", message);
    return false;
}

bool lexer_init(struct lexer *lexer, struct str source, struct arena *arena, struct query_faults *faults)
{
    *lexer = (struct lexer){.source = source, .arena = arena, .faults = faults, .place = {1, 1}};
    if (str_is_utf8(source)) {
        return true;
    }
    faults_add(faults, "GRAPHQL_PARSE_FAILED", lexer->place, "The document is not UTF-8.");
    return false;
}

static bool is_name_start(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static void skip_ignored(struct lexer *lexer)
{
    for (;;) {
        int c = byte_at(lexer, lexer->at);
        if (c == ' ' || c == '\t' || c == ',' || c == '\n' || c == '\r') {
            lexer->at++;
        } else if (c == 0xEF && byte_at(lexer, lexer->at + 1) == 0xBB && byte_at(lexer, lexer->at + 2) == 0xBF) {
            lexer->at += 3;
        } else if (c == '#') {
            while (c != -1 && c != '\n' && c != '\r') {
                c = byte_at(lexer, ++lexer->at);
            }
        } else {
            return;
        }
    }
}

static bool read_digits(struct lexer *lexer)
{
    if (!is_digit(byte_at(lexer, lexer->at))) {
        return lexer_fault(lexer, lexer->at, "A number needs a digit here.");
    }
    while (is_digit(byte_at(lexer, lexer->at))) {
        lexer->at++;
    }
    return true;
}

static bool read_number(struct lexer *lexer, struct token *token)
{
    size_t start = lexer->at;
    token->kind = TOKEN_INT;
    if (byte_at(lexer, lexer->at) == '-') {
        lexer->at++;
    }
    if (byte_at(lexer, lexer->at) == '0') {
        lexer->at++;
        if (is_digit(byte_at(lexer, lexer->at))) {
            return lexer_fault(lexer, lexer->at, "A number does not begin with 0 before another digit.");
        }
    } else if (!read_digits(lexer)) {
        return false;
    }
    if (byte_at(lexer, lexer->at) == '.') {
        token->kind = TOKEN_FLOAT;
        lexer->at++;
        if (!read_digits(lexer)) {
            return false;
        }
    }
    int c = byte_at(lexer, lexer->at);
    if (c == 'e' || c == 'E') {
        token->kind = TOKEN_FLOAT;
        c = byte_at(lexer, ++lexer->at);
        lexer->at += c == '+' || c == '-';
        if (!read_digits(lexer)) {
            return false;
        }
    }
    c = byte_at(lexer, lexer->at);
    if (c == '.' || is_name_start(c)) {
        return lexer_fault(lexer, lexer->at, "A number ends where a name or a point follows; put a space between.");
    }
    token->text = (struct str){lexer->source.at + start, lexer->at - start};
    return true;
}

static bool read_name(struct lexer *lexer, struct token *token)
{
    size_t start = lexer->at;
    while (is_name_start(byte_at(lexer, lexer->at)) || is_digit(byte_at(lexer, lexer->at))) {
        lexer->at++;
    }
    token->kind = TOKEN_NAME;
    token->text = (struct str){lexer->source.at + start, lexer->at - start};
    return true;
}

static bool read_punctuator(struct lexer *lexer, int c, struct token *token)
{
    static const struct {
        char c;
        enum token_kind kind;
    } punctuators[] = {{'!', TOKEN_BANG},         {'$', TOKEN_DOLLAR},      {'&', TOKEN_AMPERSAND},     {'(', TOKEN_PAREN_OPEN},
                       {')', TOKEN_PAREN_CLOSE},  {':', TOKEN_COLON},       {'=', TOKEN_EQUALS},        {'@', TOKEN_AT},
                       {'[', TOKEN_BRACKET_OPEN}, {']', TOKEN_BRACKET_CLOSE}, {'{', TOKEN_BRACE_OPEN}, {'|', TOKEN_PIPE},
                       {'}', TOKEN_BRACE_CLOSE}};
    for (size_t i = 0; i < sizeof punctuators / sizeof punctuators[0]; i++) {
        if (punctuators[i].c == c) {
            token->kind = punctuators[i].kind;
            lexer->at++;
            return true;
        }
    }
    if (c == '.' && byte_at(lexer, lexer->at + 1) == '.' && byte_at(lexer, lexer->at + 2) == '.') {
        token->kind = TOKEN_SPREAD;
        lexer->at += 3;
        return true;
    }
    char message[64];
    if (c >= 0x20 && c < 0x7F) {
        (void)snprintf(message, sizeof message, "\"%c\" does not belong here.", c);
    } else {
        (void)snprintf(message, sizeof message, "The character that begins with byte 0x%02X does not belong here.", (unsigned)c);
    }
    return lexer_fault(lexer, lexer->at, message);
}

bool lexer_next(struct lexer *lexer, struct token *token)
{
    skip_ignored(lexer);
    *token = (struct token){.kind = TOKEN_END, .place = lexer_place(lexer, lexer->at)};
    int c = byte_at(lexer, lexer->at);
    if (c == -1) {
        return true;
    }
    if (is_name_start(c)) {
        return read_name(lexer, token);
    }
    if (is_digit(c) || c == '-') {
        return read_number(lexer, token);
    }
    if (c == '"') {
        token->kind = TOKEN_STRING;
        return lexer_string(lexer, &token->text);
    }
    return read_punctuator(lexer, c, token);
}
