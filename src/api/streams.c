/* The four WebSocket streams: one lens each, or all of them with the links between them and the verdict.
 *
 * A reader may name where it stands in the query (since) or in a frame of its own, {"since": POSITION or "CURSOR"}, at any
 * time; then it gets what came after that. */
#include "api/api_personal.h"
#include "api/stream_frame.h"
#include "base/memory.h"

#include <stdlib.h>

/* One socket. Its texts stand behind it. */
struct stream {
    struct api_socket socket;
    struct api *api;
    struct live_subscriber *subscriber; /* NULL: before it opened, after it was cut */
    struct live_point since;
    struct stream_filter filter;
    struct str tenant_id, iteration_id, topic;
    struct principal principal; /* without its texts */
};

/* What a topic keeps. Its text stands behind it. */
struct stream_format {
    struct api *api;
    struct stream_filter filter;
};

/* ---- the topic ---- */

static bool format_update(void *context, const struct live_update *update, struct buffer *payload)
{
    const struct stream_format *format = context;
    if (!stream_frame_write(&format->filter, update, payload)) {
        return false;
    }
    struct buffer masked; /* for everybody: one text goes to all who ask the same */
    buffer_init(&masked, LIMIT_LIVE_PAYLOAD_BYTES);
    if (!buffer_failed(payload)) {
        personal_mask_json(personal_key_of(format->api, update->tenant_id), buffer_str(payload), PERSONAL_ANSWER, &masked);
        buffer_release(payload);
        *payload = masked;
    }
    return true;
}

static struct stream_format *format_new(struct api *api, const struct stream_filter *filter)
{
    struct stream_format *format = memory_new(sizeof *format + filter->requirements.length + 1);
    if (format != NULL) {
        char *text = (char *)(format + 1);
        format->api = api;
        format->filter = *filter;
        if (filter->requirements.at != NULL) {
            memcpy(text, filter->requirements.at, filter->requirements.length);
            format->filter.requirements.at = text;
        }
    }
    return format;
}

/* ---- the reader ---- */

/* False: the credential has ended, and the socket is closed. */
static bool is_current(struct stream *stream)
{
    const struct auth *auth = stream->api->options.auth;
    if (auth == NULL || auth_holds(auth, &stream->principal)) {
        return true;
    }
    api_socket_close(&stream->socket, 1008, STR("The credential has ended; sign in again and come back with the cursor."));
    return false;
}

static void check(struct api_socket *socket)
{
    (void)is_current((struct stream *)socket);
}

static void send_payload(void *context, struct live_payload *payload)
{
    struct stream *stream = context;
    if (!is_current(stream)) {
        return;
    }
    struct net_blob *message = live_payload_message(payload);
    if (message == NULL) {
        api_socket_close(&stream->socket, 1011, STR("The server is short of memory."));
        return;
    }
    api_socket_send(&stream->socket, message);
}

static size_t backlog(void *context)
{
    struct stream *stream = context;
    return api_socket_backlog(&stream->socket);
}

static void cut(void *context, const char *reason)
{
    struct stream *stream = context;
    stream->subscriber = NULL;
    api_socket_close(&stream->socket, 1013, str_from(reason));
}

/* ---- the socket ---- */

static void subscribe(struct stream *stream)
{
    struct error error;
    struct stream_format *format = format_new(stream->api, &stream->filter);
    if (format == NULL) {
        api_socket_close(&stream->socket, 1011, STR("The server is short of memory."));
        return;
    }
    enum status status = live_subscribe(stream->api->live, &(struct live_subscription){
        .tenant_id = stream->tenant_id, .iteration_id = stream->iteration_id, .topic = stream->topic,
        .format = {format_update, memory_free, format, !stream->filter.with_verdict}, .since = stream->since,
        .reader = {stream, send_payload, backlog, cut}}, &stream->subscriber, &error);
    if (status != STATUS_OK) {
        stream->subscriber = NULL;
        api_socket_close(&stream->socket, status == STATUS_RETRY ? 1013 : 1011, str_from(error.text));
    }
}

static void unsubscribe(struct stream *stream)
{
    if (stream->subscriber != NULL) {
        live_unsubscribe(stream->api->live, stream->subscriber);
        stream->subscriber = NULL;
    }
}

static void opened(struct api_socket *socket)
{
    subscribe((struct stream *)socket);
}

/* The point that a {"since": …} names. */
static bool read_since(struct stream *stream, struct str text, struct live_point *since)
{
    struct json root, value;
    if (json_parse(stream->api->parser, text, &root, NULL) != STATUS_OK || !json_member(root, "since", &value)) {
        return false;
    }
    if (json_type(value) == JSON_I64 && json_i64(value) >= 0) {
        *since = (struct live_point){(uint64_t)json_i64(value), INT64_MIN};
        return true;
    }
    return json_type(value) == JSON_STRING && live_point_parse(json_string(value), since);
}

static void message(struct api_socket *socket, enum net_message_kind kind, struct str text)
{
    struct stream *stream = (struct stream *)socket;
    if (kind != NET_TEXT || !read_since(stream, text, &stream->since)) {
        unsubscribe(stream);
        api_socket_close(socket, 1008, STR("The one thing to be said here is {\"since\": POSITION} or {\"since\": \"CURSOR\"}."));
        return;
    }
    unsubscribe(stream);
    subscribe(stream);
}

static void closed(struct api_socket *socket, unsigned code, struct str reason)
{
    (void)code;
    (void)reason;
    struct stream *stream = (struct stream *)socket;
    unsubscribe(stream);
    memory_free(stream);
}

static const struct api_socket_protocol protocol = {opened, message, closed, check};

/* ---- asking for one ---- */

static int compare_ids(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* The ids without doubles and in order, so that the same question has the same topic. */
static bool requirements_asked(struct exchange *exchange, struct str *joined)
{
    struct str rest = exchange->query[PARAMETER_REQUIREMENTS], piece;
    size_t count = 0;
    *joined = STR_NONE;
    if (rest.length == 0) {
        return true;
    }
    struct str *ids = arena_new(&exchange->arena, (rest.length + 1) * sizeof *ids);
    char *text = arena_new(&exchange->arena, rest.length + 1);
    if (ids == NULL || text == NULL) {
        problem(exchange, 503, "requirements", "out of memory; try again in a moment");
        return false;
    }
    while (str_split_next(&rest, ',', &piece)) {
        ids[count] = str_trim(piece);
        count += ids[count].length > 0;
    }
    qsort(ids, count, sizeof *ids, compare_ids);
    *joined = (struct str){text, 0};
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && str_equal(ids[i], ids[i - 1])) {
            continue;
        }
        if (joined->length > 0) {
            text[joined->length++] = GRAPH_SEPARATOR;
        }
        memcpy(text + joined->length, ids[i].at, ids[i].length);
        joined->length += ids[i].length;
    }
    return true;
}

static bool lenses_asked(struct exchange *exchange, uint32_t *kinds)
{
    static const uint32_t kinds_of[LENS_COUNT] = {
        [LENS_DDE] = DDE_KINDS, [LENS_BDV] = BDV_KINDS, [LENS_ACC] = ACC_KINDS, [LENS_CONVERGENCE] = ALL_KINDS};
    struct str rest = exchange->query[PARAMETER_LENSES], piece;
    if (rest.length == 0) {
        return true;
    }
    *kinds = 0;
    while (str_split_next(&rest, ',', &piece)) {
        enum lens lens;
        if (!lens_from_name(str_trim(piece), &lens)) {
            problem(exchange, 400, "lenses", "Lenses are DDE, BDV, ACC and Convergence, with commas between.");
            return false;
        }
        *kinds |= kinds_of[lens];
    }
    return true;
}

static bool since_asked(struct exchange *exchange, struct live_point *since)
{
    struct str text = exchange->query[PARAMETER_SINCE];
    *since = LIVE_NOW;
    if (text.length > 0 && !live_point_parse(text, since)) {
        problem(exchange, 400, "since", "It must be the position or the cursor of a frame, or the position of an answer.");
        return false;
    }
    return true;
}

static struct str place(char **at, struct str text)
{
    struct str placed = {*at, text.length};
    if (text.length > 0) {
        memcpy(*at, text.at, text.length);
    }
    *at += text.length;
    return placed;
}

/* NULL without memory. */
static struct stream *stream_new(struct exchange *exchange, const struct stream_filter *filter, struct live_point since)
{
    struct str topic, iteration_id = exchange->path[0], tenant_id = exchange->tenant_id;
    if (!arena_format(&exchange->arena, &topic, "%s %x ", filter->stream, filter->kinds)) {
        return NULL;
    }
    size_t topic_length = topic.length + filter->requirements.length;
    struct stream *stream = memory_new(sizeof *stream + tenant_id.length + iteration_id.length + topic_length + 1);
    if (stream == NULL) {
        return NULL;
    }
    char *at = (char *)(stream + 1);
    *stream = (struct stream){.socket = {.protocol = &protocol}, .api = exchange->api, .since = since, .filter = *filter,
                              .principal = exchange->request.principal};
    stream->principal.tenant_id = stream->principal.subject = STR_NONE;
    stream->tenant_id = place(&at, tenant_id);
    stream->iteration_id = place(&at, iteration_id);
    stream->topic = (struct str){at, topic_length};
    (void)place(&at, topic);
    stream->filter.requirements = filter->requirements.at == NULL ? STR_NONE : place(&at, filter->requirements);
    return stream;
}

static void open_stream(struct exchange *exchange, struct stream_filter filter)
{
    struct live_point since;
    if (!socket_is_asked(exchange) || !lenses_asked(exchange, &filter.kinds) ||
        !requirements_asked(exchange, &filter.requirements) || !since_asked(exchange, &since)) {
        return;
    }
    if (exchange->api->live == NULL) {
        problem(exchange, 503, "", "Nothing can be watched here.");
        return;
    }
    if (exchange->path[0].length == 0 || exchange->path[0].length > LIMIT_ID_BYTES) {
        problem(exchange, 404, "iteration", "There can be no iteration of this name.");
        return;
    }
    struct stream *stream = stream_new(exchange, &filter, since);
    if (stream == NULL) {
        problem(exchange, 503, "", "out of memory; try again in a moment");
        return;
    }
    socket_accept(exchange, &stream->socket, STR_NONE);
}

void handle_dde_stream(struct exchange *exchange)
{
    open_stream(exchange, (struct stream_filter){.stream = "dde", .kinds = DDE_KINDS});
}

void handle_bdv_stream(struct exchange *exchange)
{
    open_stream(exchange, (struct stream_filter){.stream = "bdv", .kinds = BDV_KINDS});
}

void handle_acc_stream(struct exchange *exchange)
{
    open_stream(exchange, (struct stream_filter){.stream = "acc", .kinds = ACC_KINDS});
}

void handle_convergence_stream(struct exchange *exchange)
{
    open_stream(exchange, (struct stream_filter){.stream = "convergence", .kinds = ALL_KINDS, .with_verdict = true});
}
