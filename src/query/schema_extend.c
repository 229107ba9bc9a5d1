/* schema_extend.c: extensions are read as if what they add had been written in the definition itself. */
#include "query/schema_build.h"

#define APPEND(list, more)                    \
    do {                                      \
        __typeof__(&(list)) tail_ = &(list);  \
        while (*tail_ != NULL) {              \
            tail_ = &(*tail_)->next;          \
        }                                     \
        *tail_ = (more);                      \
    } while (0)

static struct ast_definition *extended(const struct ast_document *document, const struct ast_definition *extension)
{
    for (struct ast_definition *definition = document->definitions; definition != NULL; definition = definition->next) {
        if (!definition->is_extension && definition->kind == extension->kind && str_equal(definition->name, extension->name)) {
            return definition;
        }
    }
    return NULL;
}

void schema_extend(struct schema_builder *builder)
{
    for (struct ast_definition *extension = builder->document->definitions; extension != NULL; extension = extension->next) {
        if (!extension->is_extension) {
            continue;
        }
        struct ast_definition *definition = extended(builder->document, extension);
        if (definition == NULL) {
            faults_add(builder->faults, SCHEMA_INVALID, extension->place, "There is no definition of this kind for \"%.*s\" to extend.",
                       STR_ARGS(extension->name));
            return;
        }
        APPEND(definition->directives, extension->directives);
        APPEND(definition->names, extension->names);
        APPEND(definition->fields, extension->fields);
        APPEND(definition->inputs, extension->inputs);
        APPEND(definition->values, extension->values);
        APPEND(definition->roots, extension->roots);
    }
}
