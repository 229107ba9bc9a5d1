/* query_scene.h: a schema, its plans and a clock of its own, for tests of the query engine. */
#ifndef TRIMODAL_TESTS_QUERY_SCENE_H
#define TRIMODAL_TESTS_QUERY_SCENE_H

#include "query/query.h"

struct query_scene {
    struct query_schema *schema;
    struct query_cache *cache;
    struct query_plan *plan;
    struct query_run *run;
    struct buffer answer;    /* of the last request */
    struct buffer variables; /* padded */
    struct clock clock;
    uint64_t now_ns;
    struct error error;
    bool data_present;
    /* for resolvers and hooks */
    bool (*may)(void *context, uint32_t permission);
    void (*on_ready)(void *context, struct query_run *run);
    const struct query_value *root;
    enum query_pace pace;
    struct query_promise *promise;
    struct buffer log;
    uint32_t ready_count;
    int number;
};

/* A schema without descriptions will do. */
void scene_open(struct query_scene *scene, const char *sdl, const struct query_binding *bindings, size_t count,
                const struct query_limits *limits);
void scene_close(struct query_scene *scene);

/* All of it; STATUS_FATAL only where an allocation failed. The answer, if there is one, is in scene->answer. */
enum status scene_try(struct query_scene *scene, const struct query_request *request, const char *variables);
/* The same for what must not fail: the answer. */
const char *scene_ask(struct query_scene *scene, const char *text, const char *variables);
/* A run that is not stepped yet, in scene->run, of scene->plan. */
enum status scene_begin(struct query_scene *scene, const struct query_request *request, const char *variables);
void scene_end(struct query_scene *scene); /* copies the answer of a run that is done, and frees run and plan */

struct query_request scene_request(const char *text);

#endif
