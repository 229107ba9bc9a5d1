/* The request, its arguments, and the tables of all subjects put together. */
#include "api/graphql_private.h"

#include "api/assets.h"
#include "base/memory.h"

/* ---- the schema ---- */

struct str graphql_sdl(void)
{
    return asset_by_name("schema.graphql")->bytes;
}

enum status graphql_schema_new(struct query_schema **schema, struct error *error)
{
    static const struct graphql_bindings *const subjects[] = {
        &graphql_view_bindings,        &graphql_page_bindings,    &graphql_node_bindings,    &graphql_link_bindings,
        &graphql_dde_bindings,         &graphql_bdv_bindings,     &graphql_acc_bindings,     &graphql_convergence_bindings,
        &graphql_verdict_bindings,     &graphql_history_bindings, &graphql_iteration_bindings, &graphql_search_bindings,
        &graphql_log_bindings,         &graphql_letters_bindings, &graphql_system_bindings,  &graphql_mutation_bindings,
        &graphql_layout_bindings,      &graphql_live_bindings,     &graphql_timeline_bindings,
    };
    const size_t subject_count = sizeof subjects / sizeof subjects[0];
    size_t count = 0, at = 0;
    for (size_t i = 0; i < subject_count; i++) {
        count += subjects[i]->count;
    }
    struct query_binding *all = memory_new_zeroed(count, sizeof *all);
    if (all == NULL) {
        return error_no_memory(error, "GraphQL schema");
    }
    for (size_t i = 0; i < subject_count; i++) {
        memcpy(&all[at], subjects[i]->bindings, subjects[i]->count * sizeof *all);
        at += subjects[i]->count;
    }
    enum status status = query_schema_new(schema, graphql_sdl(), all, count, error);
    memory_free(all);
    return status;
}

/* ---- the request ---- */

enum status graphql_request_new(struct graphql_request **out, struct api *api, const struct graphql_asker *asker,
                                struct error *error)
{
    struct graphql_request *request = memory_new_zeroed(1, sizeof *request);
    if (request == NULL) {
        return error_no_memory(error, "GraphQL request");
    }
    arena_init(&request->arena, LIMIT_REQUEST_ARENA_BYTES);
    buffer_init(&request->shown, LIMIT_ANSWER_BYTES);
    request->api = api;
    request->asker = *asker;
    if (!principal_copy(&asker->principal, &request->arena, &request->asker.principal) ||
        !arena_copy(&request->arena, asker->tenant_id, &request->asker.tenant_id) ||
        (asker->address.at != NULL && !arena_copy(&request->arena, asker->address, &request->asker.address)) ||
        (asker->origin.at != NULL && !arena_copy(&request->arena, asker->origin, &request->asker.origin))) {
        graphql_request_free(request);
        return error_no_memory(error, "GraphQL request");
    }
    *out = request;
    return STATUS_OK;
}

void graphql_request_free(struct graphql_request *request)
{
    if (request == NULL) {
        return;
    }
    changes_forget(request);
    views_release(request);
    buffer_release(&request->shown);
    arena_release(&request->arena);
    memory_free(request);
}

bool graphql_may(void *context, uint32_t permission)
{
    const struct graphql_request *request = context;
    return principal_may(&request->asker.principal, (enum permission)permission);
}

struct str graphql_show(void *context, struct str text, bool is_json)
{
    struct graphql_request *request = context;
    struct personal_scan scan = {.text = text, .numbers = true};
    struct personal_span span;
    bool has_names = text.length > 0 && (text.at[0] == '{' || text.at[0] == '[');
    if (sees_personal(&request->asker.principal) || (request->masked.at != NULL && text.at == request->masked.at) ||
        (!is_json && !has_names && !personal_next(&scan, &span))) {
        return text;
    }
    const struct personal_key *key = personal_key_of(request->api, request->asker.tenant_id);
    buffer_clear(&request->shown);
    if (is_json) {
        personal_mask_json(key, text, PERSONAL_BROUGHT, &request->shown);
    } else if (has_names) {
        personal_mask_json(key, text, PERSONAL_FOREIGN, &request->shown);
    } else {
        personal_mask_text(key, text, &request->shown);
    }
    return buffer_failed(&request->shown) ? (is_json ? STR("null") : STR("")) : buffer_str(&request->shown);
}

struct ingest_now request_now(struct graphql_request *request)
{
    if (!request->has_now) {
        request->now = ingest_now(request->api->options.ingest);
        request->has_now = true;
    }
    return request->now;
}

/* ---- memory ---- */

void fail_memory(struct query_call *call)
{
    query_fail(call, "UNAVAILABLE", "Memory is short; ask for less, or again in a moment.");
}

void *new_zeroed(struct query_call *call, size_t count, size_t size)
{
    void *memory = arena_new_zeroed(&request_of(call)->arena, count, size);
    if (memory == NULL) {
        fail_memory(call);
    }
    return memory;
}

bool new_copy(struct query_call *call, struct str text, struct str *copy)
{
    bool kept = arena_copy(&request_of(call)->arena, text, copy);
    if (!kept) {
        fail_memory(call);
    }
    return kept;
}

void give_json(struct query_call *call, struct query_value *value, struct buffer *json)
{
    if (buffer_failed(json)) {
        fail_memory(call);
    } else if (new_copy(call, buffer_str(json), &value->text)) {
        value->kind = QUERY_JSON;
    }
    buffer_release(json);
}

void numbered_at(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)call;
    give_object(value, (struct query_object){.at = at, .number = index});
}

static void text_at(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)call;
    give_filled(value, ((const struct str *)at)[index]);
}

void give_texts(struct query_value *value, const struct str *texts, size_t count)
{
    give_list(value, list_of(texts, count, text_at));
}

void give_split(struct query_call *call, struct query_value *value, struct str text)
{
    struct str rest = text, item;
    size_t count = 0;
    while (str_split_next(&rest, GRAPH_SEPARATOR, &item)) {
        count++;
    }
    struct str *items = new_zeroed(call, count + 1, sizeof *items);
    if (items == NULL) {
        return;
    }
    for (size_t i = 0; i < count && str_split_next(&text, GRAPH_SEPARATOR, &item); i++) {
        items[i] = item;
    }
    give_texts(value, items, count);
}

/* ---- arguments ---- */

struct str input_text(const struct query_input *input)
{
    return input->kind == QUERY_INPUT_TEXT ? input->text : STR_NONE;
}

double input_real(const struct query_input *input, double fallback)
{
    return input->kind == QUERY_INPUT_REAL ? input->real : input->kind == QUERY_INPUT_INTEGER ? (double)input->integer : fallback;
}

struct str argument_text(struct query_call *call, const char *name)
{
    return input_text(query_argument(call, name));
}

int64_t argument_time(struct query_call *call, const char *name, int64_t fallback)
{
    const struct query_input *input = query_argument(call, name);
    return input->kind == QUERY_INPUT_INTEGER ? input->integer : fallback;
}

struct clocks argument_clocks(struct query_call *call)
{
    const struct query_input *valid = query_argument(call, "asOf"), *known = query_argument(call, "observedAt");
    return clocks_of(request_now(request_of(call)), valid->kind == QUERY_INPUT_INTEGER ? &valid->integer : NULL,
                     known->kind == QUERY_INPUT_INTEGER ? &known->integer : NULL);
}
