/* parse_schema.c: definitions of a type system. Section 3 of the specification. */
#include "query/parse.h"
#include "query/schema.h"

static struct ast_input *parse_input(struct parser *parser)
{
    struct ast_input *input = parser_new(parser, sizeof *input);
    if (input == NULL) {
        return NULL;
    }
    input->description = parse_description(parser);
    input->place = parser->token.place;
    input->name = parser_name(parser);
    parser_expect(parser, TOKEN_COLON);
    input->type = parse_type(parser);
    if (parser_accept(parser, TOKEN_EQUALS)) {
        input->default_value = parse_value(parser, true);
    }
    input->directives = parse_directives(parser, true);
    return input;
}

static struct ast_input *parse_inputs(struct parser *parser, enum token_kind open, enum token_kind close)
{
    struct ast_input *first = NULL, **tail = &first;
    if (!parser_accept(parser, open)) {
        return NULL;
    }
    do {
        struct ast_input *input = parse_input(parser);
        if (input == NULL) {
            break;
        }
        *tail = input;
        tail = &input->next;
    } while (parser_more(parser, close));
    return first;
}

static struct ast_field_definition *parse_fields(struct parser *parser)
{
    struct ast_field_definition *first = NULL, **tail = &first;
    if (!parser_accept(parser, TOKEN_BRACE_OPEN)) {
        return NULL;
    }
    do {
        struct ast_field_definition *field = parser_new(parser, sizeof *field);
        if (field == NULL) {
            break;
        }
        field->description = parse_description(parser);
        field->place = parser->token.place;
        field->name = parser_name(parser);
        field->arguments = parse_inputs(parser, TOKEN_PAREN_OPEN, TOKEN_PAREN_CLOSE);
        parser_expect(parser, TOKEN_COLON);
        field->type = parse_type(parser);
        field->directives = parse_directives(parser, true);
        *tail = field;
        tail = &field->next;
    } while (parser_more(parser, TOKEN_BRACE_CLOSE));
    return first;
}

static struct ast_enum_value *parse_enum_values(struct parser *parser)
{
    struct ast_enum_value *first = NULL, **tail = &first;
    if (!parser_accept(parser, TOKEN_BRACE_OPEN)) {
        return NULL;
    }
    do {
        struct ast_enum_value *value = parser_new(parser, sizeof *value);
        if (value == NULL) {
            break;
        }
        value->description = parse_description(parser);
        value->place = parser->token.place;
        if (parser_at(parser, "true") || parser_at(parser, "false") || parser_at(parser, "null")) {
            parser_unexpected(parser, "the name of an enum value, which true, false and null are not");
        }
        value->name = parser_name(parser);
        value->directives = parse_directives(parser, true);
        *tail = value;
        tail = &value->next;
    } while (parser_more(parser, TOKEN_BRACE_CLOSE));
    return first;
}

/* Names with a separator between them, which may stand before the first too. */
static struct ast_name *parse_names(struct parser *parser, enum token_kind separator)
{
    struct ast_name *first = NULL, **tail = &first;
    (void)parser_accept(parser, separator);
    do {
        struct ast_name *name = parser_new(parser, sizeof *name);
        if (name == NULL) {
            break;
        }
        name->place = parser->token.place;
        name->name = parser_name(parser);
        *tail = name;
        tail = &name->next;
    } while (parser_accept(parser, separator));
    return first;
}

static struct ast_root *parse_roots(struct parser *parser)
{
    struct ast_root *first = NULL, **tail = &first;
    if (!parser_accept(parser, TOKEN_BRACE_OPEN)) {
        return NULL;
    }
    do {
        struct ast_root *root = parser_new(parser, sizeof *root);
        if (root == NULL) {
            break;
        }
        root->place = parser->token.place;
        if (!parse_operation_kind(parser, &root->operation)) {
            parser_unexpected(parser, "query, mutation or subscription");
        }
        parser_expect(parser, TOKEN_COLON);
        root->type_place = parser->token.place;
        root->type = parser_name(parser);
        *tail = root;
        tail = &root->next;
    } while (parser_more(parser, TOKEN_BRACE_CLOSE));
    return first;
}

static void parse_directive_definition(struct parser *parser, struct ast_definition *definition)
{
    parser_expect(parser, TOKEN_AT);
    definition->name_place = parser->token.place;
    definition->name = parser_name(parser);
    definition->inputs = parse_inputs(parser, TOKEN_PAREN_OPEN, TOKEN_PAREN_CLOSE);
    definition->is_repeatable = parser_accept_keyword(parser, "repeatable");
    parser_expect_keyword(parser, "on");
    definition->names = parse_names(parser, TOKEN_PIPE);
    for (struct ast_name *name = definition->names; name != NULL && !parser->failed; name = name->next) {
        enum schema_location location;
        if (!schema_location_find(name->name, &location)) {
            parser_fault(parser, name->place, "This is no place for a directive.");
        }
    }
}

static void parse_schema_definition(struct parser *parser, struct ast_definition *definition)
{
    definition->directives = parse_directives(parser, true);
    if (!definition->is_extension && parser->token.kind != TOKEN_BRACE_OPEN) {
        parser_unexpected(parser, token_kind_name(TOKEN_BRACE_OPEN));
    }
    definition->roots = parse_roots(parser);
}

static void parse_type_definition(struct parser *parser, struct ast_definition *definition)
{
    definition->name_place = parser->token.place;
    definition->name = parser_name(parser);
    bool may_implement = definition->kind == AST_DEFINE_OBJECT || definition->kind == AST_DEFINE_INTERFACE;
    if (may_implement && parser_accept_keyword(parser, "implements")) {
        definition->names = parse_names(parser, TOKEN_AMPERSAND);
    }
    definition->directives = parse_directives(parser, true);
    switch (definition->kind) {
    case AST_DEFINE_OBJECT:
    case AST_DEFINE_INTERFACE:
        definition->fields = parse_fields(parser);
        break;
    case AST_DEFINE_UNION:
        if (parser_accept(parser, TOKEN_EQUALS)) {
            definition->names = parse_names(parser, TOKEN_PIPE);
        }
        break;
    case AST_DEFINE_ENUM:
        definition->values = parse_enum_values(parser);
        break;
    case AST_DEFINE_INPUT:
        definition->inputs = parse_inputs(parser, TOKEN_BRACE_OPEN, TOKEN_BRACE_CLOSE);
        break;
    case AST_DEFINE_SCALAR:
    case AST_DEFINE_SCHEMA:
    case AST_DEFINE_DIRECTIVE:
        break;
    }
}

static bool parse_definition_kind(struct parser *parser, bool is_extension, enum ast_definition_kind *kind)
{
    static const char *const words[] = {
        [AST_DEFINE_SCALAR] = "scalar", [AST_DEFINE_OBJECT] = "type",  [AST_DEFINE_INTERFACE] = "interface",
        [AST_DEFINE_UNION] = "union",   [AST_DEFINE_ENUM] = "enum",    [AST_DEFINE_INPUT] = "input",
        [AST_DEFINE_SCHEMA] = "schema", [AST_DEFINE_DIRECTIVE] = "directive"};
    int last = is_extension ? AST_DEFINE_SCHEMA : AST_DEFINE_DIRECTIVE; /* directives can't be extended */
    for (int i = AST_DEFINE_SCALAR; i <= last; i++) {
        if (parser_accept_keyword(parser, words[i])) {
            *kind = (enum ast_definition_kind)i;
            return true;
        }
    }
    return false;
}

static bool extends_nothing(const struct ast_definition *definition)
{
    return definition->is_extension && definition->directives == NULL && definition->names == NULL && definition->fields == NULL &&
           definition->inputs == NULL && definition->values == NULL && definition->roots == NULL;
}

bool parse_definition(struct parser *parser, struct ast_place place, struct str description, struct ast_definition ***tail)
{
    struct ast_definition *definition = parser_new(parser, sizeof *definition);
    if (definition == NULL) {
        return true;
    }
    definition->place = place;
    definition->description = description;
    definition->is_extension = parser_accept_keyword(parser, "extend");
    if (!parse_definition_kind(parser, definition->is_extension, &definition->kind)) {
        return false;
    }
    if (definition->kind == AST_DEFINE_DIRECTIVE) {
        parse_directive_definition(parser, definition);
    } else if (definition->kind == AST_DEFINE_SCHEMA) {
        parse_schema_definition(parser, definition);
    } else {
        parse_type_definition(parser, definition);
    }
    if (extends_nothing(definition)) {
        parser_unexpected(parser, "something that is added by the extension");
    }
    **tail = definition;
    *tail = &definition->next;
    return true;
}
