/* History over HTTP: versions, changes, differences, traces, digests. */
#include "api/api_private.h"
#include "correlate/digest.h"
#include "graph/changes.h"
#include "graph/history.h"
#include "ingest/rebuild.h"

/* ---- changes of properties ---- */

static void write_old_or_new(struct json_writer *json, const char *key, const struct graph_view *reader, bool is_set,
                             uint32_t property, uint32_t value)
{
    json_write_key(json, key);
    if (is_set) {
        write_value(json, reader, property, value);
    } else {
        json_write_null(json);
    }
}

static void write_property_changes(struct json_writer *json, const char *key, const struct graph_view *reader,
                                   const struct history_change *changes, uint32_t count)
{
    json_write_key(json, key);
    json_write_array_begin(json);
    for (uint32_t i = 0; i < count; i++) {
        const struct history_change *change = &changes[i];
        json_write_object_begin(json);
        json_field_text(json, "property", property_name(change->property));
        json_field_str(json, "key", change->sub == 0 ? STR_NONE : view_sub_text(reader, change->sub));
        write_old_or_new(json, "old", reader, change->was_set, change->property, change->before);
        write_old_or_new(json, "new", reader, change->is_set, change->property, change->after);
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

/* ---- versions of a node ---- */

static void write_version(struct json_writer *json, const struct history *history, const struct history_version *version)
{
    const struct graph_view *reader = history->reader;
    json_write_object_begin(json);
    json_field_i64(json, "version", version->version);
    json_field_bool(json, "by_analysis", version->by_analysis);
    json_field_str(json, "event_id", version->event_id);
    json_field_text(json, "event_type", event_type_symbol(version->type));
    json_field_i64(json, "seq", (int64_t)version->seq);
    json_field_i64(json, "valid_from", version->valid_from);
    json_write_key(json, "valid_to");
    if (version->valid_to == TIME_MAX) {
        json_write_null(json);
    } else {
        json_write_i64(json, version->valid_to);
    }
    json_field_i64(json, "observed_at", version->observed_at);
    json_field_str(json, "trace_id", view_fact_trace_id(reader, version->fact));
    json_field_bool(json, "exists", version->exists);
    json_field_text(json, "status", node_status_name(view_status(&version->state)));
    write_property_changes(json, "changes", reader, version->changes, version->change_count);
    json_write_object_end(json);
}

enum status node_find_one(const struct graph *graph, struct str tenant_id, struct str iteration_id, enum node_kind kind,
                          struct str id, int64_t known_at, struct arena *arena, struct history_match *found,
                          struct error *error)
{
    struct history_match *matches;
    uint32_t count;
    enum status status =
        history_find(graph, tenant_id, iteration_id, kind, id, known_at, arena, &matches, &count, error);
    if (status == STATUS_OK && count > 1) {
        struct buffer names;
        buffer_init(&names, 2048);
        for (uint32_t i = 0; i < count && i < 16; i++) {
            buffer_append_format(&names, "%s%s in %.*s", i > 0 ? ", " : "", node_kind_name(matches[i].kind),
                                 (int)(matches[i].iteration_id.length < 64 ? matches[i].iteration_id.length : 64),
                                 matches[i].iteration_id.at);
        }
        status = error_set(error, STATUS_INVALID, "kind",
                           "Several nodes have this id; say which with iteration and kind: %.*s.",
                           STR_ARGS(buffer_str(&names)));
        buffer_release(&names);
    }
    if (status == STATUS_OK) {
        *found = matches[0];
    }
    return status;
}

/* The one node asked for; of several, the kinds are named. False: answered. */
static bool find_node(struct exchange *exchange, struct clocks clocks, struct history_match *found)
{
    struct error error;
    enum node_kind kind = HISTORY_ANY_KIND;
    struct str kind_text = exchange->query[PARAMETER_KIND];
    if (kind_text.at != NULL && !node_kind_from_name(kind_text, &kind)) {
        problem(exchange, 400, "kind", "There is no kind of node with this name.");
        return false;
    }
    if (node_find_one(exchange->api->options.graph, exchange->tenant_id, exchange->query[PARAMETER_ITERATION], kind,
                      exchange->query[PARAMETER_NODE], clocks.known_at, &exchange->arena, found, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return false;
    }
    return true;
}

static bool order_asked(struct exchange *exchange, enum history_order *order)
{
    struct str text = exchange->query[PARAMETER_ORDER];
    *order = str_is(text, "recorded") ? HISTORY_AS_RECORDED : HISTORY_BY_VALIDITY;
    if (text.at != NULL && *order == HISTORY_BY_VALIDITY && !str_is(text, "validity")) {
        problem(exchange, 400, "order", "It must be validity (as it happened) or recorded (as we were told).");
        return false;
    }
    return true;
}

void handle_node_history(struct exchange *exchange)
{
    struct clocks clocks;
    struct error error;
    struct history *history;
    struct history_match found;
    struct history_scope scope = {.after = INT64_MIN};
    if (!request_required(exchange, PARAMETER_NODE) || !order_asked(exchange, &scope.order) ||
        !request_clocks(exchange, &clocks) || !find_node(exchange, clocks, &found)) {
        return;
    }
    scope.known_at = clocks.known_at;
    scope.until =
        scope.order == HISTORY_BY_VALIDITY && exchange->query[PARAMETER_AS_OF].at != NULL ? clocks.valid_at : TIME_MAX;
    if (history_open(exchange->api->options.graph, found.node, scope, &exchange->arena, &history, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return;
    }
    struct json_writer *json = &exchange->json;
    json_write_object_begin(json);
    json_field_str(json, "iteration", found.iteration_id);
    json_field_str(json, "node", found.id);
    json_field_text(json, "kind", node_kind_name(found.kind));
    json_field_text(json, "order", scope.order == HISTORY_BY_VALIDITY ? "validity" : "recorded");
    json_write_key(json, "versions");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < history->version_count; i++) {
        if (page_takes(&exchange->page)) {
            write_version(json, history, &history->versions[i]);
        }
    }
    json_write_array_end(json);
    answer_all(exchange, clocks);
}

/* ---- differences ---- */

static void write_node_change(struct json_writer *json, const struct changes *changes, const struct node_change *change)
{
    const struct graph_view *reader = changes->reader;
    const struct view_node *named = change->change == CHANGE_DELETED ? &change->before : &change->after;
    bool has_event = change->fact != VIEW_NONE;
    json_write_object_begin(json);
    json_field_text(json, "change", change_kind_name(change->change));
    json_field_text(json, "kind", node_kind_name(change->kind));
    json_field_str(json, "id", change->id);
    json_field_str(json, "name", named->property_count > 0 ? view_name(reader, named) : change->id);
    json_field_str(json, "event_id", has_event ? change->event_id : STR_NONE);
    json_field_text(json, "event_type", has_event ? event_type_symbol(change->type) : NULL);
    write_measure(json, "seq", has_event ? measure_of((double)change->seq) : MEASURE_UNKNOWN);
    write_measure(json, "valid_from", has_event ? measure_of((double)change->valid_from) : MEASURE_UNKNOWN);
    write_measure(json, "observed_at", has_event ? measure_of((double)change->observed_at) : MEASURE_UNKNOWN);
    write_property_changes(json, "fields", reader, change->properties, change->property_count);
    json_write_object_end(json);
}

static void write_link_side(struct json_writer *json, const char *key, const struct view_link *link)
{
    json_write_key(json, key);
    if (link == NULL) {
        json_write_null(json);
        return;
    }
    json_write_object_begin(json);
    json_field_double(json, "confidence", link->confidence);
    json_field_text(json, "method", link_method_name(link->method));
    json_field_double(json, "weight", link->weight);
    json_field_str(json, "explanation", link->explanation);
    json_write_object_end(json);
}

static void write_link_change(struct json_writer *json, const struct link_change *change)
{
    json_write_object_begin(json);
    json_field_text(json, "change", change_kind_name(change->change));
    json_field_text(json, "kind", link_kind_name(change->kind));
    json_field_str(json, "source", change->source_id);
    json_field_text(json, "source_kind", node_kind_name(change->source_kind));
    json_field_str(json, "target", change->target_id);
    json_field_text(json, "target_kind", node_kind_name(change->target_kind));
    write_link_side(json, "old", change->before);
    write_link_side(json, "new", change->after);
    json_write_object_end(json);
}

static void write_side(struct json_writer *json, const char *key, struct clocks clocks)
{
    json_write_key(json, key);
    json_write_object_begin(json);
    write_moment(json, "validAt", clocks.valid_at);
    write_moment(json, "knownAt", clocks.known_at);
    json_write_object_end(json);
}

static void answer_changes(struct exchange *exchange, const struct changes *changes, struct clocks from, struct clocks to)
{
    struct json_writer *json = &exchange->json;
    uint32_t counts[3] = {0, 0, 0};
    json_write_object_begin(json);
    json_field_str(json, "iteration", exchange->path[0]);
    write_side(json, "from", from);
    write_side(json, "to", to);
    json_write_key(json, "changes");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < changes->node_count; i++) {
        counts[changes->nodes[i].change]++;
        write_node_change(json, changes, &changes->nodes[i]);
    }
    json_write_array_end(json);
    json_write_key(json, "link_changes");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < changes->link_count; i++) {
        write_link_change(json, &changes->links[i]);
    }
    json_write_array_end(json);
    json_write_key(json, "counts");
    json_write_object_begin(json);
    for (int i = 0; i < 3; i++) {
        json_field_i64(json, change_kind_name((enum change_kind)i), counts[i]);
    }
    json_write_object_end(json);
    answer_all(exchange, to);
}

/* from and to, with what was known. False: answered. */
static bool sides_asked(struct exchange *exchange, struct clocks *from, struct clocks *to)
{
    struct ingest_now now = ingest_now(exchange->api->options.ingest);
    *from = *to = (struct clocks){.is_now = false};
    if (!request_required(exchange, PARAMETER_FROM) || !request_time(exchange, PARAMETER_FROM, 0, &from->valid_at) ||
        !request_time(exchange, PARAMETER_TO, now.valid_at, &to->valid_at) ||
        !request_time(exchange, PARAMETER_FROM_KNOWN, now.known_at, &from->known_at) ||
        !request_time(exchange, PARAMETER_TO_KNOWN, now.known_at, &to->known_at)) {
        return false;
    }
    from->known_at = from->known_at > now.known_at ? now.known_at : from->known_at;
    to->known_at = to->known_at > now.known_at ? now.known_at : to->known_at;
    return true;
}

struct graph_view *view_empty(const struct graph *graph, struct str tenant_id, struct str iteration_id, struct clocks clocks,
                              struct arena *arena)
{
    struct graph_view *view = arena_new_zeroed(arena, 1, sizeof *view);
    uint32_t *zero = arena_new_zeroed(arena, 2, sizeof *zero);
    if (view != NULL && zero != NULL) {
        *view = (struct graph_view){.graph = graph,
                                    .arena = arena,
                                    .tenant_id = tenant_id,
                                    .iteration_id = iteration_id,
                                    .valid_at = clocks.valid_at,
                                    .known_at = clocks.known_at,
                                    .links_from = zero,
                                    .links_to = zero};
    }
    return zero == NULL ? NULL : view;
}

enum status changes_of_views(struct api *api, struct str tenant_id, struct str iteration_id, struct clocks from,
                             struct clocks to, struct arena *arena, struct changes **changes, struct error *error)
{
    struct graph_view *before = NULL, *after = NULL;
    struct error error_before;
    enum status first = view_read(api, tenant_id, iteration_id, from, arena, &before, &error_before),
                second = view_read(api, tenant_id, iteration_id, to, arena, &after, error);
    if (first == STATUS_ABSENT && second == STATUS_OK) {
        before = view_empty(after->graph, after->tenant_id, after->iteration_id, from, arena);
        first = before == NULL ? error_no_memory(&error_before, "diff") : STATUS_OK;
    } else if (second == STATUS_ABSENT && first == STATUS_OK) {
        after = view_empty(before->graph, before->tenant_id, before->iteration_id, to, arena);
        second = after == NULL ? error_no_memory(error, "diff") : STATUS_OK;
    }
    if (second == STATUS_OK && first != STATUS_OK) {
        *error = error_before;
    }
    return second != STATUS_OK  ? second
           : first != STATUS_OK ? first
                                : changes_compare(before, after, arena, changes, error);
}

void handle_diff(struct exchange *exchange)
{
    struct clocks from, to;
    struct changes *changes;
    struct error error;
    if (!sides_asked(exchange, &from, &to)) {
        return;
    }
    if (changes_of_views(exchange->api, exchange->tenant_id, exchange->path[0], from, to, &exchange->arena, &changes,
                         &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return;
    }
    answer_changes(exchange, changes, from, to);
}

void handle_changes(struct exchange *exchange)
{
    struct clocks from, to;
    struct changes *changes;
    struct error error;
    if (!sides_asked(exchange, &from, &to)) {
        return;
    }
    if (changes_between(exchange->api->options.graph, exchange->tenant_id, exchange->path[0], from.valid_at, to.valid_at,
                        to.known_at, &exchange->arena, &changes, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return;
    }
    answer_changes(exchange, changes, from, to);
}

/* ---- traces ---- */

static void write_trace(struct json_writer *json, const struct graph_view *view, const struct trace *trace)
{
    json_field_bool(json, "complete", trace->complete);
    json_write_key(json, "missing");
    json_write_array_begin(json);
    for (int level = 0; level < TRACE_LEVEL_COUNT; level++) {
        if (trace->level_starts[level] == trace->level_starts[level + 1] && trace_level_is_needed((enum trace_level)level)) {
            json_write_text(json, trace_level_name((enum trace_level)level));
        }
    }
    json_write_array_end(json);
    json_write_key(json, "levels");
    json_write_array_begin(json);
    for (int level = 0; level < TRACE_LEVEL_COUNT; level++) {
        json_write_object_begin(json);
        json_field_text(json, "level", trace_level_name((enum trace_level)level));
        json_write_key(json, "nodes");
        json_write_array_begin(json);
        for (uint32_t i = trace->level_starts[level]; i < trace->level_starts[level + 1]; i++) {
            write_node(json, view, trace->nodes[i], NULL);
        }
        json_write_array_end(json);
        json_write_object_end(json);
    }
    json_write_array_end(json);
    json_write_key(json, "links");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < trace->link_count; i++) {
        write_link(json, view, &view->links[trace->links[i]]);
    }
    json_write_array_end(json);
    json_write_key(json, "gaps");
    json_write_array_begin(json);
    for (uint32_t i = 0; i < trace->gap_count; i++) {
        json_write_object_begin(json);
        write_id(json, "node", view, trace->gaps[i].node);
        json_field_text(json, "kind",
                        trace->gaps[i].node == VIEW_NONE ? NULL : node_kind_name(view->nodes[trace->gaps[i].node].kind));
        json_field_str(json, "sentence", trace->gaps[i].sentence);
        json_write_object_end(json);
    }
    json_write_array_end(json);
}

void handle_trace(struct exchange *exchange)
{
    struct view_request opened;
    struct trace trace;
    struct error error;
    uint32_t node;
    if (!view_open(exchange, exchange->path[0], &opened) || !view_node_asked(exchange, &opened, &node)) {
        return;
    }
    if (lens_trace(opened.view, node, &exchange->arena, &trace, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return;
    }
    json_write_object_begin(&exchange->json);
    json_field_str(&exchange->json, "iteration", opened.view->iteration_id);
    json_write_key(&exchange->json, "node");
    write_node(&exchange->json, opened.view, node, NULL);
    write_trace(&exchange->json, opened.view, &trace);
    answer_view(exchange, &opened);
}

/* ---- digests ---- */

static void write_hex(struct json_writer *json, const char *key, const uint8_t bytes[SHA256_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    char text[2 * SHA256_SIZE];
    for (int i = 0; i < SHA256_SIZE; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    json_field_str(json, key, (struct str){text, sizeof text});
}

static void write_digest_fields(struct json_writer *json, const struct graph *graph, const struct digest *digest)
{
    write_hex(json, "facts", digest->facts);
    write_hex(json, "links", digest->links);
    write_hex(json, "current", digest->current);
    json_field_i64(json, "position", (int64_t)graph_position(graph));
    json_field_i64(json, "fact_count", graph_fact_count(graph));
}

void handle_digest(struct exchange *exchange)
{
    struct digest digest;
    struct error error;
    const struct api_options *options = &exchange->api->options;
    if (digest_of(options->graph, &options->correlate, &digest, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return;
    }
    json_write_object_begin(&exchange->json);
    write_digest_fields(&exchange->json, options->graph, &digest);
    json_write_object_end(&exchange->json);
    answer(exchange, 200);
}

static enum status verify(struct exchange *exchange, struct graph *rebuilt, struct error *error)
{
    const struct api_options *options = &exchange->api->options;
    struct digest live, again;
    uint64_t begun = clock_monotonic_ns(options->clock);
    enum status status = rebuild_graph(rebuilt, options->reader, options->seal, NULL, NULL, error);
    uint64_t ended = clock_monotonic_ns(options->clock);
    status = status != STATUS_OK ? status : digest_of(options->graph, &options->correlate, &live, error);
    status = status != STATUS_OK ? status : digest_of(rebuilt, &options->correlate, &again, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct json_writer *json = &exchange->json;
    json_write_object_begin(json);
    json_field_bool(json, "equal",
                    memcmp(live.facts, again.facts, SHA256_SIZE) == 0 && memcmp(live.links, again.links, SHA256_SIZE) == 0);
    json_write_key(json, "live");
    json_write_object_begin(json);
    write_digest_fields(json, options->graph, &live);
    json_write_object_end(json);
    json_write_key(json, "rebuilt");
    json_write_object_begin(json);
    write_digest_fields(json, rebuilt, &again);
    json_write_object_end(json);
    json_field_i64(json, "events", graph_fact_count(rebuilt));
    json_field_double(json, "seconds", (double)(ended - begun) / 1e9);
    json_write_object_end(json);
    return STATUS_OK;
}

void handle_rebuild_verify(struct exchange *exchange)
{
    struct graph *rebuilt = NULL;
    struct error error;
    uint64_t last_seq;
    int64_t observed_at;
    if (store_reader_last(exchange->api->options.reader, &last_seq, &observed_at, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return;
    }
    if (last_seq != graph_position(exchange->api->options.graph)) {
        problem(exchange, 503, "", "The log has grown and the graph has not followed yet; ask again in a moment.");
        return;
    }
    enum status status = graph_new(&rebuilt, &error);
    status = status == STATUS_OK ? verify(exchange, rebuilt, &error) : status;
    graph_free(rebuilt);
    if (status == STATUS_OK) {
        answer(exchange, 200);
    } else {
        problem_error(exchange, &error);
    }
}
