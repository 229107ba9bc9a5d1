/* The process itself, and who asks. */
#include "api/graphql_private.h"

#include "api/objectives.h"

struct graphql_system {
    const struct api *api;
    struct str reasons[READINESS_REASONS_MAX];
    size_t reason_count;
    struct graph_memory memory;
    struct ingest_health health;
    uint64_t position; /* all of one moment, whatever comes while the answer is written */
    int64_t observed_at; /* INT64_MIN where there is no fact */
    int64_t watermarks[EVENT_STREAM_COUNT];
    struct live_statistics live;
    struct objective_state objectives[OBJECTIVE_COUNT];
};

static struct graphql_system *system_new(struct query_call *call)
{
    struct graphql_request *request = request_of(call);
    struct graphql_system *made = new_zeroed(call, 1, sizeof *made);
    if (made != NULL) {
        made->api = request->api;
        made->reason_count = readiness(request->api, made->reasons, &request->arena);
    }
    return made;
}

static void Query_health(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    give_pointer(value, system_new(call));
}

static void Query_systemStats(struct query_call *call, struct query_object object, struct query_value *value)
{
    const struct graphql_request *request = request_of(call);
    struct graphql_system *made = system_new(call);
    (void)object;
    if (made != NULL) {
        const struct graph *graph = request->api->options.graph;
        made->position = graph_position(graph);
        made->observed_at = made->position == 0 ? INT64_MIN : graph_observed_at(graph);
        made->memory = graph_memory(graph);
        ingest_health(request->api->options.ingest, &made->health);
        tenant_watermarks(graph, request->asker.all_tenants ? STR_NONE : request->asker.tenant_id, made->watermarks);
        if (request->api->live != NULL) {
            live_statistics(request->api->live, &made->live);
        }
        for (int i = 0; i < OBJECTIVE_COUNT; i++) {
            made->objectives[i] = objective_read(&request->api->metrics, (enum objective)i);
        }
        give_pointer(value, made);
    }
}

static bool is_draining(const struct api *api)
{
    return api->options.host.is_draining != NULL && api->options.host.is_draining(api->options.host.context);
}

static void give_refusal(struct query_call *call, struct query_value *value, const struct ingest_health *health)
{
    struct str text;
    if (health->status == STATUS_OK) {
        return;
    }
    if (arena_format(&request_of(call)->arena, &text, "%s%s%s", health->error.place, health->error.place[0] != '\0' ? ": " : "",
                     health->error.text)) {
        give_text(value, text);
    } else {
        fail_memory(call);
    }
}

static void objective_at(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)call;
    give_pointer(value, (const struct objective_state *)at + index);
}

#define SELF_Health maybe_unused const struct graphql_system *self = object.at
#define SELF_SystemStats maybe_unused const struct graphql_system *self = object.at
#define SELF_ServiceLevelObjective const struct objective_state *self = object.at
#define SELF_GraphMemory const struct graph_memory *self = object.at
#define SELF_IntakeStats const struct ingest_health *self = object.at
#define SELF_StreamStats maybe_unused const struct graphql_system *self = object.at
#define SYSTEM_FIELDS(FIELD)                                                                                                \
    FIELD(Health, status, word, "ok")                                                                                       \
    FIELD(Health, version, word, TRIMODAL_VERSION)                                                                          \
    FIELD(Health, uptimeSeconds, real, uptime_seconds(self->api))                                                           \
    FIELD(Health, ready, boolean, self->reason_count == 0)                                                                  \
    FIELD(Health, reasons, itself, give_texts(value, self->reasons, self->reason_count))                                    \
    FIELD(SystemStats, version, word, TRIMODAL_VERSION)                                                                     \
    FIELD(SystemStats, uptimeSeconds, real, uptime_seconds(self->api))                                                      \
    FIELD(SystemStats, ready, boolean, self->reason_count == 0)                                                             \
    FIELD(SystemStats, reasons, itself, give_texts(value, self->reasons, self->reason_count))                               \
    FIELD(SystemStats, readOnly, boolean, self->api->options.read_only)                                                     \
    FIELD(SystemStats, policyVersion, word, self->api->options.policy->version)                                             \
    FIELD(SystemStats, position, integer, (int64_t)self->position)                                                          \
    FIELD(SystemStats, observedAt, time, self->observed_at)                                                                 \
    FIELD(SystemStats, iterations, integer, self->memory.iteration_count)                                                   \
    FIELD(SystemStats, nodes, integer, self->memory.node_count)                                                             \
    FIELD(SystemStats, facts, integer, self->memory.fact_count)                                                             \
    FIELD(SystemStats, texts, integer, self->memory.text_count)                                                             \
    FIELD(SystemStats, memory, pointer, &self->memory)                                                                      \
    FIELD(SystemStats, pendingEvents, integer, (int64_t)self->health.pending_events)                                        \
    FIELD(SystemStats, pendingBytes, integer, (int64_t)self->health.pending_bytes)                                          \
    FIELD(SystemStats, intake, pointer, &self->health)                                                                      \
    FIELD(SystemStats, streams, list, list_of(self, EVENT_STREAM_COUNT, numbered_at))                                       \
    FIELD(SystemStats, draining, boolean, is_draining(self->api))                                                           \
    FIELD(SystemStats, refusal, itself, give_refusal(call, value, &self->health))                                           \
    FIELD(SystemStats, watchers, integer, (int64_t)self->live.subscribers)                                                  \
    FIELD(SystemStats, watchersLate, integer, (int64_t)self->live.late)                                                     \
    FIELD(SystemStats, objectives, list, list_of(self->objectives, OBJECTIVE_COUNT, objective_at))                          \
    FIELD(ServiceLevelObjective, kind, word, self->name)                                                                    \
    FIELD(ServiceLevelObjective, share, real, self->share)                                                                  \
    FIELD(ServiceLevelObjective, thresholdMs, measure, self->threshold_ms)                                                  \
    FIELD(ServiceLevelObjective, total, integer, (int64_t)self->total)                                                      \
    FIELD(ServiceLevelObjective, good, integer, (int64_t)self->good)                                                        \
    FIELD(ServiceLevelObjective, attained, measure, self->attained)                                                         \
    FIELD(ServiceLevelObjective, measuredMs, measure, self->measured_ms)                                                    \
    FIELD(ServiceLevelObjective, burnRate, measure, self->burn_rate)                                                        \
    FIELD(SystemStats, deadLetters, itself, give_letter_counts(call, value))                                                \
    FIELD(GraphMemory, total, integer, (int64_t)self->total)                                                                \
    FIELD(GraphMemory, facts, integer, (int64_t)self->facts)                                                                \
    FIELD(GraphMemory, nodes, integer, (int64_t)self->nodes)                                                                \
    FIELD(GraphMemory, properties, integer, (int64_t)self->properties)                                                      \
    FIELD(GraphMemory, keys, integer, (int64_t)self->keys)                                                                  \
    FIELD(GraphMemory, texts, integer, (int64_t)self->texts)                                                                \
    FIELD(IntakeStats, submissions, integer, (int64_t)self->submissions)                                                    \
    FIELD(IntakeStats, batches, integer, (int64_t)self->batches)                                                            \
    FIELD(IntakeStats, batchesFailed, integer, (int64_t)self->batches_failed)                                               \
    FIELD(IntakeStats, accepted, integer, (int64_t)self->outcomes[INGEST_ACCEPTED])                                         \
    FIELD(IntakeStats, duplicates, integer, (int64_t)self->outcomes[INGEST_DUPLICATE])                                      \
    FIELD(IntakeStats, conflicts, integer, (int64_t)self->outcomes[INGEST_CONFLICT])                                        \
    FIELD(IntakeStats, rejected, integer, (int64_t)self->outcomes[INGEST_REJECTED])                                         \
    FIELD(StreamStats, stream, word, word_stream((int)object.number))                                                       \
    FIELD(StreamStats, accepted, integer, (int64_t)self->health.by_stream[object.number])                                   \
    FIELD(StreamStats, watermark, time, self->watermarks[object.number])

SYSTEM_FIELDS(RESOLVER)

/* ---- who asks ---- */

static const char *role_word(enum role role)
{
    static const char *const names[ROLE_COUNT] = {
        [ROLE_ADMIN] = "ADMIN", [ROLE_ENGINEER] = "ENGINEER", [ROLE_VIEWER] = "VIEWER", [ROLE_AUDITOR] = "AUDITOR"};
    return names[role];
}

static void Query_me(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    give_pointer(value, &request_of(call)->asker);
}

static void give_permissions(struct query_call *call, struct query_value *value, const struct principal *principal)
{
    size_t count = 0;
    struct str *names = new_zeroed(call, PERMISSION_COUNT, sizeof *names);
    for (int i = PERMISSION_NONE + 1; names != NULL && i < PERMISSION_COUNT; i++) {
        if (principal_may(principal, (enum permission)i)) {
            names[count++] = str_from(permission_name((enum permission)i));
        }
    }
    if (names != NULL) {
        give_texts(value, names, count);
    }
}

#define SELF_Viewer                                                                                                         \
    maybe_unused const struct graphql_asker *asker = object.at;                                                             \
    maybe_unused const struct principal *self = &asker->principal
#define VIEWER_FIELDS(FIELD)                                                                                                \
    FIELD(Viewer, subject, filled, self->subject)                                                                           \
    FIELD(Viewer, role, word, self->known ? role_word(self->role) : NULL)                                                   \
    FIELD(Viewer, permissions, itself, give_permissions(call, value, self))                                                 \
    FIELD(Viewer, tenantId, filled, asker->tenant_id)                                                                       \
    FIELD(Viewer, allTenants, boolean, self->all_tenants)                                                                   \
    FIELD(Viewer, expiresAt, time, !self->known || self->expires_at_ms == INT64_MAX ? INT64_MIN : self->expires_at_ms)

VIEWER_FIELDS(RESOLVER)

static const struct query_binding bindings[] = {
    {"Query", "health", Query_health, PERMISSION_NONE},
    {"Query", "systemStats", Query_systemStats, READ},
    {"Query", "me", Query_me, PERMISSION_NONE},
    SYSTEM_FIELDS(BINDING) VIEWER_FIELDS(BINDING)
};
const struct graphql_bindings graphql_system_bindings = BINDINGS_OF(bindings);
