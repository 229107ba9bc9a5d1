#include "query/language.h"

static void print_items(const struct ast_value *first, bool named, struct buffer *buffer)
{
    for (const struct ast_value *item = first; item != NULL; item = item->next) {
        if (item != first) {
            buffer_append_text(buffer, ", ");
        }
        if (named) {
            buffer_append_str(buffer, item->name);
            buffer_append_text(buffer, ": ");
        }
        ast_value_print(item, buffer);
    }
}

void ast_value_print(const struct ast_value *value, struct buffer *buffer)
{
    switch (value->kind) {
    case AST_VARIABLE:
        buffer_append_char(buffer, '$');
        buffer_append_str(buffer, value->text);
        break;
    case AST_STRING:
        json_append_string(buffer, value->text); /* the escapes of JSON are escapes of GraphQL too */
        break;
    case AST_LIST:
        buffer_append_char(buffer, '[');
        print_items(value->first, false, buffer);
        buffer_append_char(buffer, ']');
        break;
    case AST_OBJECT:
        buffer_append_char(buffer, '{');
        print_items(value->first, true, buffer);
        buffer_append_char(buffer, '}');
        break;
    case AST_NULL:
    case AST_INT:
    case AST_FLOAT:
    case AST_BOOLEAN:
    case AST_ENUM:
        buffer_append_str(buffer, value->text);
        break;
    }
}
