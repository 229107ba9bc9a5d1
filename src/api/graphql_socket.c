#include "api/graphql_socket.h"

#include "api/api_private.h"
#include "api/graphql_feed.h"
#include "api/graphql_operation.h"
#include "base/memory.h"

#define FRAME_HEAD_BYTES_MAX 10
#define KEPT_FRAME_BYTES_MAX (256 * KIB)
#define SOCKET_ARENA_BYTES_MAX (64 * KIB)

enum state {
    OPENED,
    READY,
    CLOSED, /* by us; what still comes is not looked at */
};

enum close_code {
    CLOSE_INVALID = 4400,
    CLOSE_UNAUTHORIZED = 4401,
    CLOSE_FORBIDDEN = 4403,
    CLOSE_SUBPROTOCOL = 4406,
    CLOSE_INIT_TIMEOUT = 4408,
    CLOSE_DUPLICATE = 4409,
    CLOSE_INIT_AGAIN = 4429,
};

/* An operation that the client has asked for and not seen the end of. */
struct task {
    struct task *next;
    struct graphql_socket *socket;
    struct graphql_operation *operation;       /* of a query or mutation */
    struct graphql_feed *feed;                  /* of a subscription */
    struct str id_json;                        /* as a JSON string, always escaped the same way */
};

struct graphql_socket {
    struct api_socket socket; /* first: the carrier knows this one */
    struct api *api;
    enum state state;
    struct net_timer *init_timer;
    struct arena arena; /* of the texts below */
    struct principal principal;
    struct str tenant_id, address;
    bool all_tenants;
    bool was_refused; /* the upgrade came with a credential that is not good */
    struct task *tasks;
    size_t task_count;
};

/* ---- out ---- */

static void close_with(struct graphql_socket *socket, enum close_code code, const char *reason)
{
    if (socket->state != CLOSED) {
        socket->state = CLOSED;
        api_socket_close(&socket->socket, code, str_from(reason));
    }
}

static void send_buffer(struct graphql_socket *socket, struct buffer *text)
{
    if (buffer_failed(text)) {
        api_socket_close(&socket->socket, 1011, STR("The server is short of memory."));
    } else {
        api_socket_send_text(&socket->socket, buffer_str(text));
    }
}

/* {"id":ID,"type":TYPE} or, with a payload, {"id":ID,"type":TYPE,"payload":PAYLOAD} */
static void write_message(struct buffer *text, struct str id_json, const char *type, struct str payload)
{
    buffer_clear(text);
    buffer_append_text(text, "{\"id\":");
    buffer_append_str(text, id_json);
    buffer_append_text(text, ",\"type\":\"");
    buffer_append_text(text, type);
    buffer_append_char(text, '"');
    if (payload.at != NULL) {
        buffer_append_text(text, ",\"payload\":");
        buffer_append_str(text, payload);
    }
    buffer_append_char(text, '}');
}

static void send_message(const struct task *task, const char *type, struct str payload)
{
    struct buffer *text = &task->socket->api->socket_text;
    write_message(text, task->id_json, type, payload);
    send_buffer(task->socket, text);
}

/* Watchers with equal ids get the same response one after another: the frame is made once and shared. */
static void send_next(const struct task *task, struct str response)
{
    struct api *api = task->socket->api;
    write_message(&api->socket_text, task->id_json, "next", response);
    if (buffer_failed(&api->socket_text)) {
        send_buffer(task->socket, &api->socket_text);
        return;
    }
    struct str text = buffer_str(&api->socket_text);
    struct str kept = api->socket_frame != NULL ? net_blob_bytes(api->socket_frame) : STR("");
    size_t head = kept.length - text.length;
    if (kept.length < text.length || head > FRAME_HEAD_BYTES_MAX || !str_equal(str_from_offset(kept, head), text)) {
        net_blob_release(api->socket_frame);
        api->socket_frame = net_message_new(NET_TEXT, text);
    }
    if (api->socket_frame == NULL) {
        api_socket_close(&task->socket->socket, 1011, STR("The server is short of memory."));
        return;
    }
    api_socket_send(&task->socket->socket, api->socket_frame);
    if (text.length > KEPT_FRAME_BYTES_MAX) {
        net_blob_release(api->socket_frame);
        api->socket_frame = NULL;
    }
}

/* ---- operations ---- */

static struct task *task_by_id(const struct graphql_socket *socket, struct str id_json)
{
    struct task *task = socket->tasks;
    while (task != NULL && !str_equal(task->id_json, id_json)) {
        task = task->next;
    }
    return task;
}

static struct task *task_new(struct graphql_socket *socket, struct str id_json)
{
    struct task *task = memory_new(sizeof *task + id_json.length);
    if (task != NULL) {
        char *id = (char *)(task + 1);
        memcpy(id, id_json.at, id_json.length);
        *task = (struct task){.next = socket->tasks, .socket = socket, .id_json = {id, id_json.length}};
        socket->tasks = task;
        socket->task_count++;
    }
    return task;
}

/* Stops what still runs. */
static void task_free(struct task *task)
{
    struct task **link = &task->socket->tasks;
    while (*link != task) {
        link = &(*link)->next;
    }
    *link = task->next;
    task->socket->task_count--;
    if (task->operation != NULL) {
        graphql_operation_cancel(task->operation);
    }
    if (task->feed != NULL) {
        graphql_count(task->socket->api->graphql, QUERY_SUBSCRIPTION, GRAPHQL_ANSWERED);
        graphql_feed_free(task->feed);
    }
    memory_free(task);
}

/* The payload of "error" is the list alone. */
static void send_errors(const struct task *task, struct str response)
{
    struct str errors = graphql_member_text(response, "errors");
    send_message(task, "error", errors.at != NULL ? errors : STR("[{\"message\":\"The server is out of memory.\"}]"));
}

static void refuse_task(struct task *task, const char *code, const char *message)
{
    struct buffer *answer = &task->socket->api->socket_answer;
    graphql_write_fault(answer, code, message);
    send_errors(task, buffer_str(answer));
    task_free(task);
}

static void on_done(void *context, enum graphql_outcome outcome, struct str answer)
{
    struct task *task = context;
    task->operation = NULL;
    if (outcome == GRAPHQL_ANSWERED || outcome == GRAPHQL_FAULTY) {
        send_next(task, answer);
        send_message(task, "complete", STR_NONE);
    } else if (outcome != GRAPHQL_CANCELLED) {
        send_errors(task, answer);
    }
    task_free(task);
}

static bool is_current(const struct graphql_socket *socket)
{
    const struct auth *auth = socket->api->options.auth;
    return auth == NULL || !socket->principal.known || auth_holds(auth, &socket->principal);
}

static void on_next(void *context, struct str response)
{
    const struct task *task = context;
    if (!is_current(task->socket)) {
        close_with(task->socket, CLOSE_FORBIDDEN, "The credential is no longer good.");
        return;
    }
    send_next(task, response);
}

static void on_cut(void *context, const char *reason)
{
    struct task *task = context;
    graphql_count(task->socket->api->graphql, QUERY_SUBSCRIPTION, GRAPHQL_UNAVAILABLE);
    graphql_feed_free(task->feed);
    task->feed = NULL;
    refuse_task(task, "UNAVAILABLE", reason);
}

static size_t on_backlog(void *context)
{
    const struct task *task = context;
    return api_socket_backlog(&task->socket->socket);
}

static struct graphql_asker asker_of(const struct graphql_socket *socket)
{
    return (struct graphql_asker){.principal = socket->principal, .tenant_id = socket->tenant_id,
        .all_tenants = socket->all_tenants, .address = socket->address, .origin = STR("WebSocket")};
}

static void subscribe(struct task *task, struct query_plan *plan, struct str variables_json)
{
    struct api *api = task->socket->api;
    const struct graphql_asker asker = asker_of(task->socket);
    const struct graphql_feed_reader reader = {.context = task, .next = on_next, .cut = on_cut, .backlog = on_backlog};
    enum status status = graphql_feed_new(&task->feed, api, plan, variables_json, &asker, &reader, &api->socket_answer);
    if (status != STATUS_OK) {
        graphql_count(api->graphql, QUERY_SUBSCRIPTION, status == STATUS_INVALID ? GRAPHQL_REFUSED : GRAPHQL_UNAVAILABLE);
        send_errors(task, buffer_str(&api->socket_answer));
        task_free(task);
    }
}

static void begin(struct graphql_socket *socket, struct task *task, const struct graphql_ask *ask)
{
    struct graphql_service *service = socket->api->graphql;
    struct query_plan *plan = NULL;
    uint64_t begun_ns = clock_monotonic_ns(socket->api->options.clock);
    if (graphql_prepare(service, ask, &socket->principal, &plan, &socket->api->socket_answer) != STATUS_OK) {
        send_errors(task, buffer_str(&socket->api->socket_answer));
        task_free(task);
        return;
    }
    enum query_operation kind = query_plan_operation(plan);
    if (kind == QUERY_MUTATION && !rate_take(socket->api, RATE_WRITE, &socket->principal, socket->address).allowed) {
        graphql_count(service, kind, GRAPHQL_REFUSED);
        refuse_task(task, "RATE_LIMITED", "Too many changes at a time; try again in a moment.");
    } else if (kind == QUERY_SUBSCRIPTION) {
        subscribe(task, plan, ask->variables_json);
    } else {
        const struct graphql_asker asker = asker_of(socket);
        struct graphql_operation *operation = graphql_operation_begin(service, plan, ask->variables_json,
            &(struct graphql_client){.asker = &asker, .begun_ns = begun_ns, .context = task, .done = on_done});
        if (operation != NULL) {
            task->operation = operation; /* else the task has gone already */
        }
    }
    query_plan_release(plan);
}

/* ---- in ---- */

/* The id as a JSON string, in the buffer. False: there is none, and the socket is closed. */
static bool read_id(struct graphql_socket *socket, struct json message, struct buffer *id_json)
{
    struct str id = json_member_string(message, "id");
    buffer_clear(id_json);
    if (id.length == 0 || id.length > LIMIT_ID_BYTES) {
        close_with(socket, CLOSE_INVALID, "Invalid message: \"id\" must be a string of 1 to 512 bytes");
        return false;
    }
    json_append_string(id_json, id);
    return !buffer_failed(id_json);
}

static size_t operations_max(const struct graphql_socket *socket)
{
    uint32_t configured = socket->api->options.graphql.socket_operations_max;
    return configured != 0 ? configured : LIMIT_GRAPHQL_SOCKET_OPERATIONS;
}

static void on_subscribe(struct graphql_socket *socket, struct json message, struct str text)
{
    struct buffer *id_json = &socket->api->socket_text; /* until something is sent */
    struct json payload;
    struct graphql_ask ask;
    struct error error;
    if (socket->state != READY) {
        close_with(socket, CLOSE_UNAUTHORIZED, "Unauthorized");
        return;
    }
    if (!is_current(socket)) {
        close_with(socket, CLOSE_FORBIDDEN, "The credential is no longer good.");
        return;
    }
    if (!read_id(socket, message, id_json)) {
        return;
    }
    if (!json_member(message, "payload", &payload) ||
        graphql_ask_read(&ask, payload, graphql_member_text(text, "payload"), &error) != STATUS_OK) {
        close_with(socket, CLOSE_INVALID,
                   "Invalid message: \"payload\" must be an object with \"query\" and, of the right types, "
                   "\"variables\", \"operationName\", \"extensions\"");
        return;
    }
    if (task_by_id(socket, buffer_str(id_json)) != NULL) {
        (void)error_set(&error, STATUS_INVALID, "id", "Subscriber for %.*s already exists",
                        STR_ARGS(json_member_string(message, "id")));
        close_with(socket, CLOSE_DUPLICATE, error.text);
        return;
    }
    struct task *task = task_new(socket, buffer_str(id_json));
    if (task == NULL) {
        api_socket_close(&socket->socket, 1011, STR("The server is short of memory."));
    } else if (socket->task_count > operations_max(socket)) {
        refuse_task(task, "TOO_MANY_OPERATIONS",
                    "This socket has as many operations as it may have at a time; complete one first.");
    } else if (!rate_take(socket->api, RATE_READ, &socket->principal, socket->address).allowed) {
        refuse_task(task, "RATE_LIMITED", "Too many requests at a time; try again in a moment.");
    } else {
        begin(socket, task, &ask);
    }
}

static void on_complete(struct graphql_socket *socket, struct json message)
{
    if (read_id(socket, message, &socket->api->socket_text)) {
        struct task *task = task_by_id(socket, buffer_str(&socket->api->socket_text));
        if (task != NULL) { /* else it has ended while this was on its way */
            task_free(task);
        }
    }
}

static void on_ping(struct graphql_socket *socket, struct str text)
{
    struct buffer *pong = &socket->api->socket_text;
    struct str payload = graphql_member_text(text, "payload");
    buffer_clear(pong);
    buffer_append_text(pong, "{\"type\":\"pong\"");
    if (payload.at != NULL && !str_is(payload, "null")) {
        buffer_append_text(pong, ",\"payload\":");
        buffer_append_str(pong, payload);
    }
    buffer_append_char(pong, '}');
    send_buffer(socket, pong);
}

/* The credential of connection_init, or STR_NONE. */
static struct str credential_of(struct json payload)
{
    struct str text = json_member_string(payload, "token");
    if (text.at != NULL) {
        return text;
    }
    text = json_member_string(payload, "Authorization");
    text = str_trim(text.at != NULL ? text : json_member_string(payload, "authorization"));
    bool is_bearer = text.length > 7 && str_equal_ignoring_case((struct str){text.at, 7}, STR("bearer "));
    return is_bearer ? str_trim(str_from_offset(text, 7)) : text;
}

static bool may_ask(const struct graphql_socket *socket)
{
    bool anybody_may = socket->api->options.graphql.introspection == GRAPHQL_INTROSPECTION_ALL && !socket->was_refused;
    return principal_may(&socket->principal, PERMISSION_ITERATION_READ) || anybody_may;
}

/* Who asks from now on. False: they may not. */
static bool take_credential(struct graphql_socket *socket, struct json payload)
{
    struct str credential = credential_of(payload);
    struct auth *auth = socket->api->options.auth;
    struct auth_refusal refusal;
    if (credential.at != NULL && auth != NULL) {
        if (!auth_check(auth, credential, socket->address, &socket->arena, &socket->principal, &refusal)) {
            return false;
        }
        socket->all_tenants = principal_means_all(&socket->principal, STR_NONE);
        return may_ask(socket) && principal_tenant(&socket->principal, STR_NONE, &socket->tenant_id);
    }
    return may_ask(socket);
}

/* "tenant" and what holds a credential are texts where they are given: whoever names a tenant by a number must not be taken to
 * mean their own. NULL: they are; else the one that is none. */
static const char *member_that_is_no_text(struct json payload)
{
    static const char *const names[] = {"tenant", "token", "Authorization", "authorization"};
    struct json value;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (json_member(payload, names[i], &value) && json_type(value) != JSON_STRING && json_type(value) != JSON_NULL) {
            return names[i];
        }
    }
    return NULL;
}

/* About which tenant, where it is named. False: they may not. */
static bool take_tenant(struct graphql_socket *socket, struct json payload)
{
    struct str tenant = json_member_string(payload, "tenant");
    if (tenant.at == NULL) {
        return true;
    }
    socket->all_tenants = principal_means_all(&socket->principal, tenant);
    return tenant.length <= LIMIT_ID_BYTES && arena_copy(&socket->arena, tenant, &tenant) &&
           principal_tenant(&socket->principal, tenant, &socket->tenant_id);
}

static void on_init(struct graphql_socket *socket, struct json message)
{
    struct json payload;
    struct error error;
    if (socket->state != OPENED) {
        close_with(socket, CLOSE_INIT_AGAIN, "Too many initialisation requests");
        return;
    }
    bool says_who = json_member(message, "payload", &payload) && json_type(payload) != JSON_NULL;
    if (says_who && json_type(payload) != JSON_OBJECT) {
        close_with(socket, CLOSE_INVALID, "Invalid message: the \"payload\" of connection_init must be an object");
        return;
    }
    const char *wrong = says_who ? member_that_is_no_text(payload) : NULL;
    if (wrong != NULL) {
        (void)error_set(&error, STATUS_INVALID, wrong, "Invalid message: \"%s\" in the payload of connection_init must be a string", wrong);
        close_with(socket, CLOSE_INVALID, error.text);
        return;
    }
    if (says_who ? !take_credential(socket, payload) || !take_tenant(socket, payload) : !may_ask(socket)) {
        close_with(socket, CLOSE_FORBIDDEN, "Forbidden");
        return;
    }
    socket->state = READY;
    net_timer_free(socket->init_timer);
    socket->init_timer = NULL;
    api_socket_send_text(&socket->socket, STR("{\"type\":\"connection_ack\"}"));
}

static void on_message(struct api_socket *of, enum net_message_kind kind, struct str text)
{
    struct graphql_socket *socket = (struct graphql_socket *)of;
    struct json message;
    struct error error;
    if (socket->state == CLOSED) {
        return;
    }
    if (kind != NET_TEXT || json_parse(socket->api->parser, text, &message, &error) != STATUS_OK ||
        json_type(message) != JSON_OBJECT) {
        close_with(socket, CLOSE_INVALID, "Invalid message: a text with one JSON object is expected");
        return;
    }
    struct str type = json_member_string(message, "type");
    if (str_is(type, "subscribe")) {
        on_subscribe(socket, message, text);
    } else if (str_is(type, "complete")) {
        on_complete(socket, message);
    } else if (str_is(type, "connection_init")) {
        on_init(socket, message);
    } else if (str_is(type, "ping")) {
        on_ping(socket, text);
    } else if (!str_is(type, "pong")) {
        close_with(socket, CLOSE_INVALID,
                   "Invalid message: \"type\" must be connection_init, subscribe, complete, ping or pong");
    }
}

/* ---- life ---- */

static void on_init_timeout(void *context)
{
    struct graphql_socket *socket = context;
    net_timer_free(socket->init_timer);
    socket->init_timer = NULL;
    close_with(socket, CLOSE_INIT_TIMEOUT, "Connection initialisation timeout");
}

static uint64_t init_timeout_ms(const struct api_options *options)
{
    return options->graphql.init_timeout_ms != 0 ? options->graphql.init_timeout_ms : LIMIT_GRAPHQL_INIT_TIMEOUT_MS;
}

static void on_opened(struct api_socket *of)
{
    struct graphql_socket *socket = (struct graphql_socket *)of;
    const struct api_options *options = &socket->api->options;
    if (socket->state == CLOSED) {
        api_socket_close(of, CLOSE_SUBPROTOCOL, STR("Subprotocol not acceptable; it is " GRAPHQL_SUBPROTOCOL));
        return;
    }
    if (options->net != NULL) {
        socket->init_timer = net_timer_new(options->net, init_timeout_ms(options), 0, on_init_timeout, socket);
    }
}

static void on_closed(struct api_socket *of, unsigned code, struct str reason)
{
    (void)code;
    (void)reason;
    struct graphql_socket *socket = (struct graphql_socket *)of;
    socket->state = CLOSED;
    net_timer_free(socket->init_timer);
    while (socket->tasks != NULL) {
        task_free(socket->tasks);
    }
    arena_release(&socket->arena);
    memory_free(socket);
}

static void check(struct api_socket *of)
{
    struct graphql_socket *socket = (struct graphql_socket *)of;
    if (!is_current(socket)) {
        close_with(socket, CLOSE_FORBIDDEN, "The credential is no longer good.");
    }
}

static const struct api_socket_protocol protocol = {
    .opened = on_opened, .message = on_message, .closed = on_closed, .check = check};

void graphql_socket_open(struct exchange *exchange)
{
    const struct api_request *request = &exchange->request;
    bool is_ready = graphql_service(exchange->api, NULL) != NULL;
    struct graphql_socket *socket = is_ready ? memory_new_zeroed(1, sizeof *socket) : NULL;
    bool copied = false;
    if (socket != NULL) {
        socket->socket.protocol = &protocol;
        socket->api = exchange->api;
        arena_init(&socket->arena, SOCKET_ARENA_BYTES_MAX);
        copied = principal_copy(&request->principal, &socket->arena, &socket->principal) &&
                 arena_copy(&socket->arena, request->address, &socket->address) &&
                 arena_copy(&socket->arena, exchange->tenant_id, &socket->tenant_id);
        socket->all_tenants = exchange->all_tenants;
        socket->was_refused = request->refusal != NULL;
    }
    if (!copied) {
        if (socket != NULL) {
            arena_release(&socket->arena);
        }
        memory_free(socket);
        problem(exchange, 503, "", "out of memory; try again in a moment");
        return;
    }
    bool offered = api_upgrade_offers(request->upgrade, STR(GRAPHQL_SUBPROTOCOL));
    socket->state = offered ? OPENED : CLOSED; /* a close code can only be told over an open socket */
    socket_accept(exchange, &socket->socket, offered ? STR(GRAPHQL_SUBPROTOCOL) : STR_NONE);
}
