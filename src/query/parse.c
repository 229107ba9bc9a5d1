/* parse.c: executable documents, and what both grammars share. Section 2 of the specification. */
#include "query/parse.h"

#include "base/limits.h"
#include "query/language.h"

#define FAILED "GRAPHQL_PARSE_FAILED"

static void give_up(struct parser *parser)
{
    parser->failed = true;
    parser->token.kind = TOKEN_END;
    parser->token.text = STR_NONE;
}

void *parser_new(struct parser *parser, size_t size)
{
    void *memory = arena_new_zeroed(parser->lexer.arena, 1, size);
    if (memory == NULL) {
        parser->lexer.faults->out_of_memory = true;
        give_up(parser);
    }
    return memory;
}

void parser_advance(struct parser *parser)
{
    if (parser->failed) {
        return;
    }
    if (!lexer_next(&parser->lexer, &parser->token)) {
        give_up(parser);
    } else if (parser->token.kind != TOKEN_END && parser->tokens_left-- == 0) {
        faults_add(parser->lexer.faults, "QUERY_TOO_COMPLEX", parser->token.place,
                   "The document has more tokens than are allowed; ask for less at once.");
        give_up(parser);
    }
}

bool parser_accept(struct parser *parser, enum token_kind kind)
{
    if (parser->token.kind != kind || parser->failed) {
        return false;
    }
    parser_advance(parser);
    return true;
}

void parser_unexpected(struct parser *parser, const char *expected)
{
    if (parser->failed) {
        return;
    }
    const struct token *token = &parser->token;
    const char *kind = token_kind_name(token->kind);
    bool shows = token->kind >= TOKEN_NAME && token->kind < TOKEN_STRING;
    struct str text = {token->text.at, token->text.length > 60 ? 60 : token->text.length};
    const char *before = expected == NULL ? "" : "Expected ", *between = expected == NULL ? "Unexpected " : ", found ";
    if (shows) {
        faults_add(parser->lexer.faults, FAILED, token->place, "%s%s%s\"%.*s\".", before, expected == NULL ? "" : expected, between,
                   STR_ARGS(text));
    } else {
        faults_add(parser->lexer.faults, FAILED, token->place, "%s%s%s%s.", before, expected == NULL ? "" : expected, between, kind);
    }
    give_up(parser);
}

void parser_fault(struct parser *parser, struct ast_place place, const char *message)
{
    if (!parser->failed) {
        faults_add(parser->lexer.faults, FAILED, place, "%s", message);
        give_up(parser);
    }
}

void parser_expect(struct parser *parser, enum token_kind kind)
{
    if (!parser_accept(parser, kind)) {
        parser_unexpected(parser, token_kind_name(kind));
    }
}

bool parser_at(const struct parser *parser, const char *keyword)
{
    return parser->token.kind == TOKEN_NAME && str_is(parser->token.text, keyword);
}

bool parser_accept_keyword(struct parser *parser, const char *keyword)
{
    if (!parser_at(parser, keyword)) {
        return false;
    }
    parser_advance(parser);
    return true;
}

void parser_expect_keyword(struct parser *parser, const char *keyword)
{
    if (!parser_accept_keyword(parser, keyword)) {
        parser_unexpected(parser, keyword);
    }
}

struct str parser_name(struct parser *parser)
{
    struct str name = parser->token.text;
    if (parser->token.kind != TOKEN_NAME) {
        parser_unexpected(parser, "a name");
        return STR(""); /* present: an absent alias or name means another thing */
    }
    parser_advance(parser);
    return name;
}

bool parser_enter(struct parser *parser)
{
    if (parser->failed) {
        return false;
    }
    if (parser->depth == LIMIT_QUERY_NESTING) {
        faults_add(parser->lexer.faults, "QUERY_TOO_COMPLEX", parser->token.place,
                   "Values, types and selections are nested deeper than %d levels; ask for less depth at once.", LIMIT_QUERY_NESTING);
        give_up(parser);
        return false;
    }
    parser->depth++;
    return true;
}

void parser_leave(struct parser *parser)
{
    parser->depth--;
}

bool parser_more(struct parser *parser, enum token_kind close)
{
    return !parser->failed && !parser_accept(parser, close);
}

static struct ast_type *parse_type_inside(struct parser *parser)
{
    struct ast_type *type = parser_new(parser, sizeof *type);
    if (type == NULL) {
        return NULL;
    }
    type->place = parser->token.place;
    if (parser_accept(parser, TOKEN_BRACKET_OPEN)) {
        type->kind = AST_TYPE_LIST;
        type->of = parse_type(parser);
        parser_expect(parser, TOKEN_BRACKET_CLOSE);
    } else {
        type->kind = AST_TYPE_NAMED;
        type->name = parser_name(parser);
    }
    if (!parser_accept(parser, TOKEN_BANG)) {
        return type;
    }
    struct ast_type *outer = parser_new(parser, sizeof *outer);
    if (outer != NULL) {
        *outer = (struct ast_type){.kind = AST_TYPE_NON_NULL, .place = type->place, .of = type};
    }
    return outer;
}

struct ast_type *parse_type(struct parser *parser)
{
    if (!parser_enter(parser)) {
        return NULL;
    }
    struct ast_type *type = parse_type_inside(parser);
    parser_leave(parser);
    return type;
}

static void parse_items(struct parser *parser, bool is_constant, struct ast_value *list)
{
    list->kind = AST_LIST;
    struct ast_value **tail = &list->first;
    while (parser_more(parser, TOKEN_BRACKET_CLOSE)) {
        struct ast_value *item = parse_value(parser, is_constant);
        if (item != NULL) {
            *tail = item;
            tail = &item->next;
        }
    }
}

static void parse_object_fields(struct parser *parser, bool is_constant, struct ast_value *object)
{
    object->kind = AST_OBJECT;
    struct ast_value **tail = &object->first;
    while (parser_more(parser, TOKEN_BRACE_CLOSE)) {
        struct ast_place place = parser->token.place;
        struct str name = parser_name(parser);
        parser_expect(parser, TOKEN_COLON);
        struct ast_value *field = parse_value(parser, is_constant);
        if (field != NULL) {
            field->name = name;
            field->name_place = place;
            *tail = field;
            tail = &field->next;
        }
    }
}

static void parse_variable_value(struct parser *parser, bool is_constant, struct ast_value *value)
{
    if (is_constant) {
        parser_unexpected(parser, "a constant");
    }
    parser_expect(parser, TOKEN_DOLLAR);
    value->kind = AST_VARIABLE;
    value->text = parser_name(parser);
}

static void parse_word_value(struct parser *parser, struct ast_value *value)
{
    bool is_boolean = parser_at(parser, "true") || parser_at(parser, "false");
    value->kind = is_boolean ? AST_BOOLEAN : parser_at(parser, "null") ? AST_NULL : AST_ENUM;
    value->text = parser_name(parser);
}

static void parse_value_inside(struct parser *parser, bool is_constant, struct ast_value *value)
{
    value->text = parser->token.text;
    switch (parser->token.kind) {
    case TOKEN_BRACKET_OPEN:
        parser_advance(parser);
        parse_items(parser, is_constant, value);
        break;
    case TOKEN_BRACE_OPEN:
        parser_advance(parser);
        parse_object_fields(parser, is_constant, value);
        break;
    case TOKEN_DOLLAR:
        parse_variable_value(parser, is_constant, value);
        break;
    case TOKEN_NAME:
        parse_word_value(parser, value);
        break;
    case TOKEN_INT:
        value->kind = AST_INT;
        parser_advance(parser);
        break;
    case TOKEN_FLOAT:
        value->kind = AST_FLOAT;
        parser_advance(parser);
        break;
    case TOKEN_STRING:
        value->kind = AST_STRING;
        parser_advance(parser);
        break;
    default:
        parser_unexpected(parser, "a value");
    }
}

struct ast_value *parse_value(struct parser *parser, bool is_constant)
{
    struct ast_value *value = parser_enter(parser) ? parser_new(parser, sizeof *value) : NULL;
    if (value == NULL) {
        return NULL;
    }
    value->place = parser->token.place;
    parse_value_inside(parser, is_constant, value);
    parser_leave(parser);
    return value;
}

static struct ast_argument *parse_arguments(struct parser *parser, bool is_constant)
{
    struct ast_argument *first = NULL, **tail = &first;
    if (!parser_accept(parser, TOKEN_PAREN_OPEN)) {
        return NULL;
    }
    do {
        struct ast_argument *argument = parser_new(parser, sizeof *argument);
        if (argument == NULL) {
            break;
        }
        argument->place = parser->token.place;
        argument->name = parser_name(parser);
        parser_expect(parser, TOKEN_COLON);
        argument->value = parse_value(parser, is_constant);
        *tail = argument;
        tail = &argument->next;
    } while (parser_more(parser, TOKEN_PAREN_CLOSE));
    return first;
}

struct ast_directive *parse_directives(struct parser *parser, bool is_constant)
{
    struct ast_directive *first = NULL, **tail = &first;
    while (parser->token.kind == TOKEN_AT && !parser->failed) {
        struct ast_directive *directive = parser_new(parser, sizeof *directive);
        if (directive == NULL) {
            break;
        }
        directive->place = parser->token.place;
        parser_advance(parser);
        directive->name = parser_name(parser);
        directive->arguments = parse_arguments(parser, is_constant);
        *tail = directive;
        tail = &directive->next;
    }
    return first;
}

static struct ast_selection *parse_selections(struct parser *parser);

static void parse_field(struct parser *parser, struct ast_selection *field)
{
    field->kind = AST_FIELD;
    field->name_place = parser->token.place;
    field->name = parser_name(parser);
    if (parser_accept(parser, TOKEN_COLON)) {
        field->alias = field->name;
        field->name_place = parser->token.place;
        field->name = parser_name(parser);
    }
    field->arguments = parse_arguments(parser, false);
    field->directives = parse_directives(parser, false);
    field->selections_place = parser->token.place;
    if (parser->token.kind == TOKEN_BRACE_OPEN) {
        field->selections = parse_selections(parser);
    }
}

static void parse_fragment_use(struct parser *parser, struct ast_selection *selection)
{
    parser_expect(parser, TOKEN_SPREAD);
    bool has_condition = parser_accept_keyword(parser, "on");
    if (!has_condition && parser->token.kind == TOKEN_NAME) {
        selection->kind = AST_SPREAD;
        selection->name_place = parser->token.place;
        selection->name = parser_name(parser);
        selection->directives = parse_directives(parser, false);
        return;
    }
    selection->kind = AST_INLINE;
    if (has_condition) {
        selection->condition_place = parser->token.place;
        selection->type_condition = parser_name(parser);
    }
    selection->directives = parse_directives(parser, false);
    selection->selections_place = parser->token.place;
    selection->selections = parse_selections(parser);
}

static struct ast_selection *parse_selections(struct parser *parser)
{
    struct ast_selection *first = NULL, **tail = &first;
    if (!parser_enter(parser)) {
        return NULL;
    }
    parser_expect(parser, TOKEN_BRACE_OPEN);
    do {
        struct ast_selection *selection = parser_new(parser, sizeof *selection);
        if (selection == NULL) {
            break;
        }
        selection->number = parser->document->selection_count++;
        selection->place = parser->token.place;
        if (parser->token.kind == TOKEN_SPREAD) {
            parse_fragment_use(parser, selection);
        } else {
            parse_field(parser, selection);
        }
        *tail = selection;
        tail = &selection->next;
    } while (parser_more(parser, TOKEN_BRACE_CLOSE));
    parser_leave(parser);
    return first;
}

struct str parse_description(struct parser *parser)
{
    struct str text = parser->token.text;
    return parser_accept(parser, TOKEN_STRING) ? text : STR_NONE;
}

static struct ast_variable *parse_variables(struct parser *parser)
{
    struct ast_variable *first = NULL, **tail = &first;
    if (!parser_accept(parser, TOKEN_PAREN_OPEN)) {
        return NULL;
    }
    do {
        struct ast_variable *variable = parser_new(parser, sizeof *variable);
        if (variable == NULL) {
            break;
        }
        (void)parse_description(parser); /* for readers of the document; the server has no use for it */
        variable->place = parser->token.place;
        parser_expect(parser, TOKEN_DOLLAR);
        variable->name_place = parser->token.place;
        variable->name = parser_name(parser);
        parser_expect(parser, TOKEN_COLON);
        variable->type = parse_type(parser);
        if (parser_accept(parser, TOKEN_EQUALS)) {
            variable->default_value = parse_value(parser, true);
        }
        variable->directives = parse_directives(parser, true);
        *tail = variable;
        tail = &variable->next;
    } while (parser_more(parser, TOKEN_PAREN_CLOSE));
    return first;
}

bool parse_operation_kind(struct parser *parser, enum ast_operation_kind *kind)
{
    static const char *const words[] = {[AST_QUERY] = "query", [AST_MUTATION] = "mutation", [AST_SUBSCRIPTION] = "subscription"};
    for (int i = AST_QUERY; i <= AST_SUBSCRIPTION; i++) {
        if (parser_accept_keyword(parser, words[i])) {
            *kind = (enum ast_operation_kind)i;
            return true;
        }
    }
    return false;
}

static bool parse_operation(struct parser *parser, struct ast_place place, struct ast_operation ***tail)
{
    enum ast_operation_kind kind = AST_QUERY;
    bool is_short = parser->token.kind == TOKEN_BRACE_OPEN;
    if (!is_short && !parse_operation_kind(parser, &kind)) {
        return false;
    }
    struct ast_operation *operation = parser_new(parser, sizeof *operation);
    if (operation == NULL) {
        return true;
    }
    operation->kind = kind;
    operation->place = place;
    if (!is_short) {
        if (parser->token.kind == TOKEN_NAME) {
            operation->name_place = parser->token.place;
            operation->name = parser_name(parser);
        }
        operation->variables = parse_variables(parser);
        operation->directives = parse_directives(parser, false);
    }
    operation->selections = parse_selections(parser);
    **tail = operation;
    *tail = &operation->next;
    parser->document->operation_count++;
    return true;
}

static bool parse_fragment(struct parser *parser, struct ast_place place, struct ast_fragment ***tail)
{
    if (!parser_accept_keyword(parser, "fragment")) {
        return false;
    }
    struct ast_fragment *fragment = parser_new(parser, sizeof *fragment);
    if (fragment == NULL) {
        return true;
    }
    fragment->place = place;
    fragment->name_place = parser->token.place;
    if (parser_at(parser, "on")) {
        parser_unexpected(parser, "the fragment's name");
    }
    fragment->name = parser_name(parser);
    parser_expect_keyword(parser, "on");
    fragment->condition_place = parser->token.place;
    fragment->type_condition = parser_name(parser);
    fragment->directives = parse_directives(parser, false);
    fragment->selections = parse_selections(parser);
    **tail = fragment;
    *tail = &fragment->next;
    parser->document->fragment_count++;
    return true;
}

struct ast_document *ast_parse(struct str source, uint32_t tokens_max, struct arena *arena, struct query_faults *faults)
{
    struct parser parser = {.tokens_left = tokens_max};
    if (!lexer_init(&parser.lexer, source, arena, faults)) {
        return NULL;
    }
    struct ast_document *document = parser_new(&parser, sizeof *document);
    if (document == NULL) {
        return NULL;
    }
    parser.document = document;
    struct ast_operation **operations = &document->operations;
    struct ast_fragment **fragments = &document->fragments;
    struct ast_definition **definitions = &document->definitions;
    parser_advance(&parser);
    do {
        struct ast_place place = parser.token.place;
        struct str description = parse_description(&parser);
        bool is_described = description.at != NULL;
        if (is_described && (parser.token.kind == TOKEN_BRACE_OPEN || parser_at(&parser, "extend"))) {
            parser_fault(&parser, place, "A description may not stand before this.");
        } else if (!parse_operation(&parser, place, &operations) && !parse_fragment(&parser, place, &fragments) &&
                   !parse_definition(&parser, place, description, &definitions)) {
            if (is_described && parser.token.kind == TOKEN_NAME) {
                parser_fault(&parser, place, "A description stands before a definition.");
            }
            parser_unexpected(&parser, NULL);
        }
    } while (!parser.failed && parser.token.kind != TOKEN_END);
    return parser.failed ? NULL : document;
}
