#include "query_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/json_read.h"
#include "base/limits.h"
#include "query/schema.h"

static uint64_t scene_now_ns(void *context)
{
    const struct query_scene *scene = context;
    return scene->now_ns;
}

void scene_open(struct query_scene *scene, const char *sdl, const struct query_binding *bindings, size_t count,
                const struct query_limits *limits)
{
    static const struct schema_demands demands = {.descriptions = false, .bindings = true};
    *scene = (struct query_scene){0};
    scene->clock = clock_system;
    scene->clock.context = scene;
    scene->clock.monotonic_ns = scene_now_ns;
    buffer_init(&scene->answer, 64 * MIB);
    buffer_init(&scene->variables, 64 * MIB);
    buffer_init(&scene->log, MIB);
    if (schema_new(&scene->schema, str_from(sdl), bindings, count, &demands, &scene->error) != STATUS_OK) {
        fail_msg("%s: %s", scene->error.place, scene->error.text);
    }
    const struct query_cache_options options = {scene->schema, limits != NULL ? *limits : query_limits_default(), 8,
                                                16 * MIB};
    assert_int_equal(query_cache_new(&scene->cache, &options, &scene->error), STATUS_OK);
}

void scene_close(struct query_scene *scene)
{
    query_cache_free(scene->cache);
    query_schema_free(scene->schema);
    buffer_release(&scene->answer);
    buffer_release(&scene->variables);
    buffer_release(&scene->log);
}

struct query_request scene_request(const char *text)
{
    return (struct query_request){.text = str_from(text), .introspection = true, .hints = true};
}

enum status scene_begin(struct query_scene *scene, const struct query_request *request, const char *variables)
{
    scene->run = NULL;
    buffer_clear(&scene->variables);
    if (variables != NULL) {
        buffer_append_text(&scene->variables, variables);
    }
    if (buffer_reserve(&scene->variables, JSON_READ_PADDING) == NULL) {
        return STATUS_FATAL;
    }
    enum status status = query_prepare(scene->cache, request, &scene->plan, &scene->answer, &scene->error);
    if (status != STATUS_OK) {
        scene->data_present = false;
        return status;
    }
    const struct query_run_options options = {
        .plan = scene->plan,
        .variables_json = variables == NULL ? STR_NONE : buffer_str(&scene->variables),
        .context = scene,
        .clock = &scene->clock,
        .may = scene->may,
        .on_ready = scene->on_ready,
        .root = scene->root,
        .pace = scene->pace,
    };
    status = query_run_new(&scene->run, &options, &scene->error);
    if (status != STATUS_OK) {
        query_plan_release(scene->plan);
    }
    return status;
}

void scene_end(struct query_scene *scene)
{
    buffer_clear(&scene->answer);
    buffer_append_str(&scene->answer, query_run_answer(scene->run, &scene->data_present));
    query_run_free(scene->run);
    query_plan_release(scene->plan);
    scene->run = NULL;
}

enum status scene_try(struct query_scene *scene, const struct query_request *request, const char *variables)
{
    enum status status = scene_begin(scene, request, variables);
    if (status == STATUS_OK) {
        while (query_run_step(scene->run) == QUERY_AGAIN) {
        }
        scene_end(scene);
    }
    return status;
}

const char *scene_ask(struct query_scene *scene, const char *text, const char *variables)
{
    const struct query_request request = scene_request(text);
    if (scene_try(scene, &request, variables) == STATUS_FATAL) {
        fail_msg("%s", scene->error.text);
    }
    assert_false(buffer_failed(&scene->answer));
    return scene->answer.bytes;
}
