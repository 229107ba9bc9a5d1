/* Finding every event that turned the verdict: verdict_snapshot.c says after which facts the verdict must be asked. Facts that are not yet valid at
 * V change nothing. */
#include "lens/blame.h"

#include "base/limits.h"
#include "graph/graph.h"

struct walk {
    struct verdict_source source;
    int64_t valid_at;
    struct arena views; /* cleared after each verdict */
    struct blame *blame;
    struct arena_list flips;
    struct verdict_snapshot now;
};

static enum status look(struct walk *walk, uint32_t known_facts, struct verdict_snapshot *snapshot, struct error *error)
{
    enum status status = verdict_snapshot_read(&walk->source, walk->valid_at, known_facts, &walk->views, snapshot, error);
    walk->blame->evaluated += status == STATUS_OK && snapshot->present;
    return status;
}

/* --- flips ------------------------------------------------------------------------------------------------------------ */

static bool differs(const struct verdict_condition *a, const struct verdict_condition *b)
{
    return a->pass != b->pass || a->value.known != b->value.known || a->value.value < b->value.value ||
           a->value.value > b->value.value;
}

static bool list_changes(const struct verdict_snapshot *before, const struct verdict_snapshot *after, struct arena *arena,
                         struct blame_flip *flip)
{
    flip->changes = arena_new(arena, METRIC_COUNT * sizeof *flip->changes);
    if (flip->changes == NULL) {
        return false;
    }
    for (int m = 0; m < METRIC_COUNT; m++) {
        const struct verdict_condition *from = &before->conditions[m], *to = &after->conditions[m];
        bool from_pass = !before->present || from->pass;
        if (before->present ? differs(from, to) : to->value.known) {
            flip->changes[flip->change_count++] =
                (struct blame_change){(enum policy_metric)m, from->value, to->value, from_pass, to->pass};
        }
    }
    return true;
}

static enum status add_flip(struct walk *walk, uint32_t fact, const struct fact_info *info, const struct verdict_snapshot *after,
                            struct error *error)
{
    char text[GRAPH_EVENT_ID_SIZE];
    struct verdict_snapshot before;
    struct blame_flip *flip = arena_list_add(&walk->flips);
    enum status status = look(walk, fact, &before, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (flip == NULL || !list_changes(&before, after, walk->flips.arena, flip) ||
        !arena_copy(walk->flips.arena, graph_fact_event_id(walk->source.graph, fact, text), &flip->event_id) ||
        !arena_copy(walk->flips.arena, info->node_id, &flip->node_id)) {
        return error_no_memory(error, "blame");
    }
    flip->first = !before.present;
    flip->from = before.kind;
    flip->to = after->kind;
    for (int i = 0; i < 3; i++) {
        flip->streams_from[i] = before.present ? before.streams[i] : STREAM_PENDING;
        flip->streams_to[i] = after->streams[i];
    }
    flip->fact = fact;
    flip->event_type = info->type;
    flip->node_kind = info->kind;
    flip->seq = info->seq;
    flip->observed_at = info->observed_at;
    flip->valid_from = info->valid_from;
    return STATUS_OK;
}

static enum status walk_facts(struct walk *walk, const uint32_t *facts, uint32_t count, struct error *error)
{
    for (uint32_t i = 0; i < count; i++) {
        if (walk->source.breathe != NULL && !walk->source.breathe(walk->source.breathe_context)) {
            return error_set(error, STATUS_RETRY, "blame", "given up");
        }
        struct fact_info info = graph_fact(walk->source.graph, facts[i]);
        struct verdict_snapshot after;
        if (info.valid_from > walk->valid_at || !verdict_snapshot_must_ask(&walk->now, walk->source.policy, info.type)) {
            continue;
        }
        enum status status = look(walk, facts[i] + 1, &after, error);
        bool flipped = status == STATUS_OK && after.present && (!walk->now.present || after.kind != walk->now.kind);
        if (flipped) {
            status = add_flip(walk, facts[i], &info, &after, error);
        }
        if (status != STATUS_OK) {
            return status;
        }
        walk->now = after;
    }
    return STATUS_OK;
}

enum status blame_read(const struct verdict_source *source, int64_t valid_at, struct arena *arena, struct blame *blame,
                       struct error *error)
{
    uint32_t *facts;
    struct walk walk = {.source = *source, .valid_at = valid_at, .blame = blame};
    *blame = (struct blame){0};
    enum status status = graph_iteration_facts(source->graph, source->tenant_id, source->iteration_id, arena, &facts,
                                               &blame->fact_count, error);
    if (status != STATUS_OK) {
        return status;
    }
    arena_init(&walk.views, LIMIT_REQUEST_ARENA_BYTES);
    arena_list_init(&walk.flips, arena, sizeof *blame->flips);
    status = walk_facts(&walk, facts, blame->fact_count, error);
    arena_release(&walk.views);
    blame->flips = (struct blame_flip *)walk.flips.items;
    blame->flip_count = walk.flips.count;
    if (status == STATUS_OK && !walk.now.present) {
        return error_set(error, STATUS_ABSENT, "blame", "the iteration has no fact that is valid at the time asked about.");
    }
    return status;
}

/* --- JSON ------------------------------------------------------------------------------------------------------------- */

static void write_measure(struct json_writer *writer, const char *key, struct measure measure)
{
    json_write_key(writer, key);
    if (measure.known) {
        json_write_double(writer, measure.value);
    } else {
        json_write_null(writer);
    }
}

static void write_flip(const struct blame_flip *flip, struct json_writer *writer)
{
    json_write_object_begin(writer);
    json_field_text(writer, "from", flip->first ? NULL : verdict_name(flip->from));
    json_field_text(writer, "to", verdict_name(flip->to));
    json_write_key(writer, "streams");
    json_write_array_begin(writer);
    for (int i = 0; i < 3; i++) {
        if (flip->first || flip->streams_from[i] != flip->streams_to[i]) {
            json_write_object_begin(writer);
            json_field_text(writer, "stream", lens_name((enum lens)i));
            json_field_text(writer, "from", flip->first ? NULL : stream_status_name(flip->streams_from[i]));
            json_field_text(writer, "to", stream_status_name(flip->streams_to[i]));
            json_write_object_end(writer);
        }
    }
    json_write_array_end(writer);
    json_write_key(writer, "event");
    json_write_object_begin(writer);
    json_field_str(writer, "event_id", flip->event_id);
    json_field_text(writer, "event_type", event_type_symbol(flip->event_type));
    json_field_text(writer, "node_kind", flip->node_kind == NODE_KIND_COUNT ? NULL : node_kind_name(flip->node_kind));
    json_field_str(writer, "node_id", flip->node_id);
    json_field_i64(writer, "seq", (int64_t)flip->seq);
    json_field_time(writer, "valid_from", flip->valid_from);
    json_field_time(writer, "observed_at", flip->observed_at);
    json_write_object_end(writer);
    json_write_key(writer, "changes");
    json_write_array_begin(writer);
    for (uint32_t i = 0; i < flip->change_count; i++) {
        const struct blame_change *change = &flip->changes[i];
        json_write_object_begin(writer);
        json_field_text(writer, "metric", policy_metric_name(change->metric));
        write_measure(writer, "from", change->from);
        write_measure(writer, "to", change->to);
        json_field_bool(writer, "pass_from", change->pass_from);
        json_field_bool(writer, "pass_to", change->pass_to);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
    json_write_object_end(writer);
}

void blame_write(const struct blame *blame, struct json_writer *writer)
{
    json_write_object_begin(writer);
    json_write_key(writer, "flips");
    json_write_array_begin(writer);
    for (uint32_t i = 0; i < blame->flip_count; i++) {
        write_flip(&blame->flips[i], writer);
    }
    json_write_array_end(writer);
    json_field_i64(writer, "facts", blame->fact_count);
    json_field_i64(writer, "evaluated", blame->evaluated);
    json_write_object_end(writer);
}
