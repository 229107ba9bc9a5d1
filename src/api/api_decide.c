/* What people decide: links by hand, overrides of the gate, suppressions, quarantine. Each becomes one event of this
 * system's own, submitted like any other and committed together with its entry in the audit log. */
#include "api/api_private.h"
#include "base/uuid.h"

/* A decision on its way; lives in the exchange's arena. */
struct decision {
    enum event_type type;
    const char *action; /* for the audit log */
    struct str iteration_id, reason, actor;
    struct str before; /* for the audit log: JSON of what it is about as it was; absent where that was nothing */
    struct str object; /* for the audit log: the node it is about */
    struct json_writer json;
    struct buffer event;
    struct store_audit_entry audit;
};

static struct str actor_of(const struct exchange *exchange)
{
    struct str subject = exchange->request.principal.subject;
    return subject.length > 0 ? subject : STR("unknown");
}

/* "HTTP 192.0.2.7", "command line". */
static struct str origin_of(struct exchange *exchange)
{
    struct str address = exchange->request.address, text;
    if (address.length == 0 || !arena_format(&exchange->arena, &text, "%.*s %.*s",
                                             STR_ARGS(exchange->request.origin), STR_ARGS(address))) {
        return exchange->request.origin;
    }
    return text;
}

struct store_audit_entry audit_entry(struct exchange *exchange, const char *action, struct str object)
{
    return (struct store_audit_entry){
        .at = clock_now_ms(exchange->api->options.clock),
        .actor = actor_of(exchange),
        .tenant = exchange->tenant_id,
        .action = str_from(action),
        .object = object,
        .origin = origin_of(exchange),
    };
}

struct ingest_sender sender_of(const struct exchange *exchange)
{
    return (struct ingest_sender){.actor = actor_of(exchange), .origin = exchange->request.origin, .address = exchange->request.address};
}

/* ---- building ---- */

static bool read_decision(struct exchange *exchange, struct decision *decision, struct json body)
{
    if (!request_text(exchange, body, "reason", true, &decision->reason) ||
        !request_text(exchange, body, "actor", false, &decision->actor)) {
        return false;
    }
    struct str asker = actor_of(exchange), named = decision->actor;
    decision->actor = asker;
    /* Anybody may say whose decision it is; who said so stands beside it, and alone in the audit log. */
    if (named.length > 0 && !str_equal(named, asker) &&
        !arena_format(&exchange->arena, &decision->actor, "%.*s (by %.*s)", STR_ARGS(named), STR_ARGS(asker))) {
        problem(exchange, 503, "", "out of memory");
        return false;
    }
    return true;
}

/* Begins the event's object with what all of them have. */
static void begin_event(struct exchange *exchange, struct decision *decision)
{
    uint8_t uuid[UUID_SIZE];
    char text[UUID_TEXT_LENGTH + 1];
    uuid_v7(exchange->api->options.clock, uuid);
    uuid_format(uuid, text);
    buffer_init(&decision->event, LIMIT_EVENT_BYTES + JSON_READ_PADDING);
    json_write_init(&decision->json, &decision->event, 0);
    json_write_object_begin(&decision->json);
    json_field_text(&decision->json, "event_id", text);
    json_field_text(&decision->json, "idempotency_key", text); /* each decision counts, even twice in a millisecond */
    json_field_i64(&decision->json, "timestamp", clock_now_ms(exchange->api->options.clock));
    json_field_str(&decision->json, "iteration_id", decision->iteration_id);
    json_field_str(&decision->json, "tenant_id", exchange->tenant_id);
    json_field_text(&decision->json, "event_type", event_type_symbol(decision->type));
    json_field_text(&decision->json, "retention_policy", "audit");
}

static void on_decided(void *context, const struct ingest_answer *ingested)
{
    struct exchange *exchange = context;
    struct json_writer *json = &exchange->json;
    const struct ingest_result *result = ingested->results;
    if (ingested->status != STATUS_OK || result == NULL) {
        struct error error = ingested->error;
        error.status = ingested->status == STATUS_OK ? STATUS_FATAL : ingested->status;
        problem_error(exchange, &error);
        return;
    }
    if (result->outcome == INGEST_REJECTED) {
        char place[ERROR_PLACE_SIZE];
        size_t length = result->place.length < sizeof place - 1 ? result->place.length : sizeof place - 1;
        memcpy(place, length > 0 ? result->place.at : "", length);
        place[length] = '\0';
        problem(exchange, 422, place, "%.*s", STR_ARGS(result->reason));
        return;
    }
    json_write_object_begin(json);
    json_field_str(json, "event_id", result->event_id);
    json_field_text(json, "status", ingest_outcome_name(result->outcome));
    json_field_i64(json, "seq", (int64_t)result->seq);
    json_field_i64(json, "position", (int64_t)ingested->position);
    json_write_object_end(json);
    answer(exchange, 200);
}

/* Ends the event's object and sends it. The texts of the audit entry live in the exchange until the answer. */
static void submit(struct exchange *exchange, struct decision *decision)
{
    json_write_object_end(&decision->json);
    size_t length = decision->event.length;
    struct str event;
    char *memory = arena_new(&exchange->arena, length + JSON_READ_PADDING);
    if (buffer_failed(&decision->event) || memory == NULL) {
        buffer_release(&decision->event);
        problem(exchange, 503, "", "out of memory");
        return;
    }
    memcpy(memory, decision->event.bytes, length);
    memset(memory + length, 0, JSON_READ_PADDING);
    event = (struct str){memory, length};
    buffer_release(&decision->event);
    decision->audit = audit_entry(exchange, decision->action, decision->object);
    decision->audit.before = decision->before;
    decision->audit.after = event;
    struct ingest_submission submission = {
        .tenant_id = exchange->tenant_id,
        .tenant_is_fixed = true,
        .control_is_allowed = true,
        .content_type = STR("application/json"),
        .origin = origin_of(exchange),
        .audit = &decision->audit,
        .body = event,
    };
    ingest_submit(exchange->api->options.ingest, &submission, on_decided, exchange);
}

static struct decision *decision_new(struct exchange *exchange, enum event_type type, const char *action)
{
    struct decision *decision = arena_new_zeroed(&exchange->arena, 1, sizeof *decision);
    if (decision == NULL) {
        problem(exchange, 503, "", "out of memory");
        return NULL;
    }
    decision->type = type;
    decision->action = action;
    return decision;
}

/* The present view of the decision's iteration; 404 where there is none. */
static bool open_present(struct exchange *exchange, const struct decision *decision, struct view_request *opened)
{
    struct ingest_now now = ingest_now(exchange->api->options.ingest);
    return view_open_at(exchange, decision->iteration_id, (struct clocks){now.valid_at, now.known_at, true}, opened);
}

static bool must_exist(struct exchange *exchange, const struct view_request *opened, enum node_kind kind, struct str id,
                       const char *place)
{
    if (view_find(opened->view, kind, id) != VIEW_NONE) {
        return true;
    }
    problem(exchange, 404, place, "Iteration %.*s has no %s \"%.*s\" at present.", STR_ARGS(opened->iteration_id),
            node_kind_name(kind), STR_ARGS(id));
    return false;
}

/* ---- what was before ---- */

static void keep_before(struct exchange *exchange, struct decision *decision, struct buffer *text)
{
    if (buffer_failed(text) || !arena_copy(&exchange->arena, buffer_str(text), &decision->before)) {
        decision->before = STR_NONE; /* the decision is worth more than its footnote */
    }
    buffer_release(text);
}

static void note_node(struct exchange *exchange, struct decision *decision, const struct view_request *opened,
                      enum node_kind kind, struct str id)
{
    uint32_t node = view_find(opened->view, kind, id);
    struct buffer text;
    struct json_writer json;
    if (node != VIEW_NONE) {
        buffer_init(&text, LIMIT_EVENT_BYTES);
        json_write_init(&json, &text, 0);
        write_node(&json, opened->view, node, NULL);
        keep_before(exchange, decision, &text);
    }
}

static void note_link(struct exchange *exchange, struct decision *decision, const struct view_request *opened,
                      enum link_kind kind, uint32_t source, uint32_t target)
{
    const struct graph_view *view = opened->view;
    struct buffer text;
    struct json_writer json;
    for (uint32_t i = 0; i < view_out_count(view, source); i++) {
        const struct view_link *link = view_out(view, source, i);
        if (link->kind == kind && link->target == target) {
            buffer_init(&text, LIMIT_EVENT_BYTES);
            json_write_init(&json, &text, 0);
            write_link(&json, view, link);
            keep_before(exchange, decision, &text);
            return;
        }
    }
}

/* ---- links ---- */

struct link_end {
    enum node_kind kind;
    struct str id;
};

static bool read_end(struct exchange *exchange, struct json body, const char *key, struct link_end *end)
{
    struct json object;
    struct str kind;
    if (!json_member(body, key, &object) || json_type(object) != JSON_OBJECT) {
        problem(exchange, 400, key, "\"%s\" is required: {\"kind\":\"Task\",\"id\":\"T1\"}.", key);
        return false;
    }
    if (!request_text(exchange, object, "kind", true, &kind) || !request_text(exchange, object, "id", true, &end->id)) {
        return false;
    }
    if (!node_kind_from_name(kind, &end->kind)) {
        problem(exchange, 400, key, "There is no kind of node called \"%.*s\".", STR_ARGS(kind));
        return false;
    }
    return true;
}

/* Which kinds a link may join (SPEC section 3). */
static bool link_joins(enum link_kind link, enum node_kind source, enum node_kind target)
{
    switch (link) {
    case LINK_FULFILLED_BY:
        return source == NODE_REQUIREMENT && target == NODE_TASK;
    case LINK_VALIDATED_BY:
        return source == NODE_REQUIREMENT && (target == NODE_SPEC || target == NODE_SCENARIO);
    case LINK_DEPENDS_ON:
        return source == target && (source == NODE_TASK || source == NODE_MODULE);
    case LINK_GENERATES:
        return source == NODE_TASK && target == NODE_ARTIFACT;
    case LINK_IMPLEMENTS:
        return source == NODE_TASK && target == NODE_CONTRACT;
    case LINK_CONTAINS:
        return source == NODE_ARTIFACT && target == NODE_MODULE;
    case LINK_BELONGS_TO:
        return (source == NODE_MODULE && target == NODE_COMPONENT) || (source == NODE_SCENARIO && target == NODE_SPEC);
    case LINK_EXECUTED:
        return source == NODE_TEST_RUN && target == NODE_SCENARIO;
    case LINK_VALIDATES:
        return source == NODE_SCENARIO && target == NODE_CONTRACT;
    case LINK_AFFECTS:
        return source == NODE_VIOLATION && target == NODE_MODULE;
    case LINK_GATED_BY:
        return source == NODE_TASK && target == NODE_QUALITY_GATE;
    default:
        return false;
    }
}

static bool read_link(struct exchange *exchange, struct json body, struct link_end *source, struct link_end *target,
                      enum link_kind *link)
{
    struct str name;
    if (!read_end(exchange, body, "source", source) || !read_end(exchange, body, "target", target) ||
        !request_text(exchange, body, "link", true, &name)) {
        return false;
    }
    if (!link_kind_from_name(name, link)) {
        problem(exchange, 400, "link", "There is no kind of link called \"%.*s\".", STR_ARGS(name));
        return false;
    }
    if (!link_joins(*link, source->kind, target->kind)) {
        problem(exchange, 400, "link", "%s does not lead from %s to %s.", link_kind_name(*link),
                node_kind_name(source->kind), node_kind_name(target->kind));
        return false;
    }
    return true;
}

static void handle_link(struct exchange *exchange, enum event_type type, const char *action)
{
    struct json body;
    bool present;
    struct link_end source, target;
    enum link_kind link;
    struct view_request opened;
    struct decision *decision = decision_new(exchange, type, action);
    if (decision == NULL || !request_json(exchange, false, &body, &present) ||
        !request_text(exchange, body, "iteration", true, &decision->iteration_id) ||
        !read_decision(exchange, decision, body) || !read_link(exchange, body, &source, &target, &link)) {
        return;
    }
    if (type == EVENT_CONTROL_LINK_ASSERTED && source.kind == target.kind && str_equal(source.id, target.id)) {
        problem(exchange, 400, "target", "A node does not depend on itself; name another one.");
        return;
    }
    if (!open_present(exchange, decision, &opened) || !must_exist(exchange, &opened, source.kind, source.id, "source") ||
        !must_exist(exchange, &opened, target.kind, target.id, "target")) {
        return;
    }
    if (!arena_format(&exchange->arena, &decision->object, "%.*s %s %.*s", STR_ARGS(source.id), link_kind_name(link),
                      STR_ARGS(target.id))) {
        problem(exchange, 503, "", "out of memory");
        return;
    }
    note_link(exchange, decision, &opened, link, view_find(opened.view, source.kind, source.id),
              view_find(opened.view, target.kind, target.id));
    begin_event(exchange, decision);
    json_field_text(&decision->json, "source_kind", node_kind_name(source.kind));
    json_field_str(&decision->json, "source_id", source.id);
    json_field_text(&decision->json, "link_kind", link_kind_name(link));
    json_field_text(&decision->json, "target_kind", node_kind_name(target.kind));
    json_field_str(&decision->json, "target_id", target.id);
    json_field_str(&decision->json, "reason", decision->reason);
    json_field_str(&decision->json, "actor", decision->actor);
    submit(exchange, decision);
}

void handle_link_assert(struct exchange *exchange)
{
    handle_link(exchange, EVENT_CONTROL_LINK_ASSERTED, "link.assert");
}

void handle_link_deny(struct exchange *exchange)
{
    handle_link(exchange, EVENT_CONTROL_LINK_DENIED, "link.deny");
}

/* ---- the gate ---- */

/* expires_at: INT64_MIN where none is given. */
static bool read_expiry(struct exchange *exchange, struct json body, int64_t *expires_at)
{
    struct json value;
    struct error error;
    *expires_at = INT64_MIN;
    if (!json_member(body, "expires_at", &value) || json_type(value) == JSON_NULL) {
        return true;
    }
    bool fine = json_type(value) == JSON_I64;
    if (fine) {
        *expires_at = json_i64(value);
    } else if (json_type(value) == JSON_STRING) {
        fine = time_parse(json_string(value), exchange->api->options.clock, expires_at, &error) == STATUS_OK;
    }
    if (!fine || *expires_at <= clock_now_ms(exchange->api->options.clock) || *expires_at > LIMIT_TIMESTAMP_MAX) {
        problem(exchange, 400, "expires_at", "It must be a moment in the future, in ms since 1970 or as RFC 3339 text.");
        return false;
    }
    return true;
}

static void handle_gate_decision(struct exchange *exchange, enum event_type type, const char *action)
{
    struct json body;
    bool present;
    int64_t expires_at;
    struct view_request opened;
    struct decision *decision = decision_new(exchange, type, action);
    if (decision == NULL) {
        return;
    }
    decision->iteration_id = exchange->path[0];
    decision->object = exchange->path[0];
    if (!request_json(exchange, false, &body, &present) || !read_decision(exchange, decision, body) ||
        !read_expiry(exchange, body, &expires_at) || !open_present(exchange, decision, &opened)) {
        return;
    }
    note_node(exchange, decision, &opened, NODE_ITERATION, decision->iteration_id);
    begin_event(exchange, decision);
    json_field_str(&decision->json, "reason", decision->reason);
    json_field_str(&decision->json, "actor", decision->actor);
    if (expires_at != INT64_MIN && type == EVENT_CONTROL_GATE_OVERRIDDEN) {
        json_field_i64(&decision->json, "expires_at", expires_at);
    }
    submit(exchange, decision);
}

void handle_override(struct exchange *exchange)
{
    handle_gate_decision(exchange, EVENT_CONTROL_GATE_OVERRIDDEN, "gate.override");
}

void handle_override_withdraw(struct exchange *exchange)
{
    handle_gate_decision(exchange, EVENT_CONTROL_GATE_OVERRIDE_WITHDRAWN, "gate.override.withdraw");
}

/* ---- events of the streams that a person makes ---- */

/* Who and why travel in metadata; so does that it ends what an earlier one began. */
static void write_person(struct decision *decision, bool lifted)
{
    json_write_key(&decision->json, "metadata");
    json_write_object_begin(&decision->json);
    if (lifted) {
        json_field_text(&decision->json, "lifted", "true");
    }
    json_field_str(&decision->json, "actor", decision->actor);
    json_field_str(&decision->json, "reason", decision->reason);
    json_write_object_end(&decision->json);
}

/* A decision record is what suppresses; lifting needs none, but may name the one that says so. */
static void handle_suppression(struct exchange *exchange, const char *action, bool lifted)
{
    struct json body;
    bool present;
    struct str violation, adr = STR_NONE;
    struct view_request opened;
    struct decision *decision = decision_new(exchange, EVENT_ACC_VIOLATION_SUPPRESSED, action);
    if (decision == NULL || !request_json(exchange, false, &body, &present) ||
        !request_text(exchange, body, "iteration", true, &decision->iteration_id) ||
        !request_text(exchange, body, "violation", true, &violation) ||
        !request_text(exchange, body, "adr_reference", !lifted, &adr) || !read_decision(exchange, decision, body) ||
        !open_present(exchange, decision, &opened) ||
        !must_exist(exchange, &opened, NODE_VIOLATION, violation, "violation")) {
        return;
    }
    decision->object = violation;
    note_node(exchange, decision, &opened, NODE_VIOLATION, violation);
    begin_event(exchange, decision);
    json_field_str(&decision->json, "node_id", violation);
    if (adr.length > 0) {
        json_field_str(&decision->json, "adr_reference", adr);
    }
    write_person(decision, lifted);
    submit(exchange, decision);
}

void handle_suppress(struct exchange *exchange)
{
    handle_suppression(exchange, "violation.suppress", false);
}

void handle_suppress_lift(struct exchange *exchange)
{
    handle_suppression(exchange, "violation.suppress.lift", true);
}

static void handle_quarantine_decision(struct exchange *exchange, const char *action, bool lifted)
{
    struct json body;
    bool present;
    struct str scenario;
    struct view_request opened;
    struct decision *decision = decision_new(exchange, EVENT_BDV_SCENARIO_QUARANTINED, action);
    if (decision == NULL || !request_json(exchange, false, &body, &present) ||
        !request_text(exchange, body, "iteration", true, &decision->iteration_id) ||
        !request_text(exchange, body, "scenario", true, &scenario) || !read_decision(exchange, decision, body) ||
        !open_present(exchange, decision, &opened) || !must_exist(exchange, &opened, NODE_SCENARIO, scenario, "scenario")) {
        return;
    }
    decision->object = scenario;
    note_node(exchange, decision, &opened, NODE_SCENARIO, scenario);
    begin_event(exchange, decision);
    json_field_str(&decision->json, "scenario_id", scenario);
    json_field_str(&decision->json, "node_id", scenario);
    write_person(decision, lifted);
    submit(exchange, decision);
}

void handle_quarantine(struct exchange *exchange)
{
    handle_quarantine_decision(exchange, "scenario.quarantine", false);
}

void handle_quarantine_lift(struct exchange *exchange)
{
    handle_quarantine_decision(exchange, "scenario.quarantine.lift", true);
}
