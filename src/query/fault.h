/* fault.h: the errors of a GraphQL request, gathered before it runs. Private to src/query. */
#ifndef TRIMODAL_QUERY_FAULT_H
#define TRIMODAL_QUERY_FAULT_H

#include "base/json_write.h"
#include "query/ast.h"

#define FAULT_PLACES_MAX 8

struct query_fault {
    struct query_fault *next;
    const char *code; /* extensions.code: "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", … a literal */
    struct str message;
    struct ast_place places[FAULT_PLACES_MAX];
    uint32_t place_count;
};

struct query_faults {
    struct arena *arena;
    struct query_fault *first, *last;
    uint32_t count, count_max; /* over the maximum they are counted only */
    bool out_of_memory;
};

void faults_init(struct query_faults *faults, struct arena *arena, uint32_t count_max);
/* Returns the fault, for more places, or NULL when it was only counted. */
struct query_fault *faults_add(struct query_faults *faults, const char *code, struct ast_place place, const char *format, ...)
    printf_like(4, 5);
void fault_add_place(struct query_fault *fault, struct ast_place place); /* NULL is allowed; past the maximum it is dropped */
/* One element of "errors": message, locations, extensions.code. */
void fault_write(const struct query_fault *fault, struct json_writer *json);
/* {"errors":[…]}, the whole response. */
void faults_write(const struct query_faults *faults, struct json_writer *json);

#endif
