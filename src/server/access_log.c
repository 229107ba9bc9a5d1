#include "server/access_log.h"

#include <stdio.h>

#include "base/json_write.h"
#include "base/log.h"

#define FIELDS_BYTES_MAX (16 * KIB)
#define CLIENT_ID_BYTES_MAX 64

void access_log_init(struct access_log *log, const struct access_log_config *config, const struct clock *clock,
                     void (*mask)(struct str text, struct buffer *shown))
{
    *log = (struct access_log){.config = *config, .clock = clock, .mask = mask};
    if (log->config.lines_per_second == 0) {
        log->config.lines_per_second = ACCESS_LOG_LINES_PER_SECOND;
    }
    clock->random(clock->context, &log->run, sizeof log->run);
}

/* What can stand in a log and a header as it is, and is nobody's e-mail address. */
static bool is_plain_id(struct str id)
{
    for (size_t i = 0; i < id.length; i++) {
        char c = id.at[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.')) {
            return false;
        }
    }
    return id.length > 0 && id.length <= CLIENT_ID_BYTES_MAX;
}

void access_log_id(const struct access_log *log, const struct net_request *request, char id[ACCESS_ID_SIZE])
{
    struct str given = request == NULL ? STR_NONE : net_request_header(request, "x-request-id");
    if (is_plain_id(given)) {
        (void)snprintf(id, ACCESS_ID_SIZE, "%.*s", STR_ARGS(given));
    } else {
        (void)snprintf(id, ACCESS_ID_SIZE, "%08x-%llx", log->run, request == NULL ? 0ULL : (unsigned long long)request->id);
    }
}

/* ---- fields ---- */

static void field_masked(const struct access_log *log, struct json_writer *json, const char *key, struct str text)
{
    struct buffer shown;
    if (text.length == 0 || log->mask == NULL) {
        text.length == 0 ? json_field_text(json, key, NULL) : json_field_str(json, key, text);
        return;
    }
    buffer_init(&shown, FIELDS_BYTES_MAX);
    log->mask(text, &shown);
    json_field_str(json, key, buffer_failed(&shown) ? STR("") : buffer_str(&shown));
    buffer_release(&shown);
}

/* The trace of "00-TRACE-SPAN-FLAGS" (W3C Trace Context, level 1); absent where it is none. */
static struct str trace_of(const struct net_request *request)
{
    struct str header = request == NULL ? STR_NONE : str_trim(net_request_header(request, "traceparent"));
    if (header.length < 55 || header.at[2] != '-' || header.at[35] != '-' || header.at[52] != '-') {
        return STR_NONE;
    }
    struct str trace = {header.at + 3, 32};
    bool is_zero = true;
    for (size_t i = 0; i < trace.length; i++) {
        char c = trace.at[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return STR_NONE;
        }
        is_zero = is_zero && c == '0';
    }
    return is_zero ? STR_NONE : trace;
}

static const char *route_of(const struct net_request *request)
{
    static const enum api_method methods[] = {[NET_GET] = API_GET,     [NET_HEAD] = API_GET,   [NET_POST] = API_POST,
                                              [NET_PUT] = API_PUT,     [NET_PATCH] = API_PATCH, [NET_DELETE] = API_DELETE,
                                              [NET_OPTIONS] = API_GET};
    return request == NULL ? NULL : api_route_pattern(methods[request->method], request->path);
}

static void write_fields(const struct access_log *log, const struct net_access *access, const char *route, struct json_writer *json)
{
    const struct access_about none = {0}, *about = log->about != NULL ? log->about : &none;
    char id[ACCESS_ID_SIZE];
    struct str trace = trace_of(access->request);
    if (about->request_id.length == 0) {
        access_log_id(log, access->request, id);
    }
    json_field_str(json, "request_id", about->request_id.length > 0 ? about->request_id : str_from(id));
    json_field_str(json, "method", access->request != NULL ? access->request->method_text : STR(""));
    json_field_text(json, "route", route);
    if (log->config.paths) {
        field_masked(log, json, "path", access->request != NULL ? access->request->path : STR_NONE);
    }
    json_field_i64(json, "status", access->status);
    json_field_i64(json, "bytes_in", (int64_t)access->bytes_in);
    json_field_i64(json, "bytes_out", (int64_t)access->bytes_out);
    json_field_double(json, "duration_ms", (double)(access->duration_ns / 1000) / 1e3);
    field_masked(log, json, "tenant", about->tenant_id);
    field_masked(log, json, "subject", about->subject);
    trace.at != NULL ? json_field_str(json, "trace_id", trace) : json_field_text(json, "trace_id", NULL);
}

/* ---- lines ---- */

void access_log_tick(struct access_log *log)
{
    uint64_t second = clock_monotonic_ns(log->clock) / 1000000000;
    if (second == log->second) {
        return;
    }
    if (log->left_out > 0) {
        log_line(LOG_WARN, NULL, "access log: %u more lines than %u a second were left out", log->left_out, log->config.lines_per_second);
    }
    log->second = second;
    log->lines = log->left_out = 0;
}

static bool may_write(struct access_log *log)
{
    access_log_tick(log);
    if (log->lines >= log->config.lines_per_second) {
        log->left_out++;
        return false;
    }
    log->lines++;
    return true;
}

void access_log_write(void *context, const struct net_access *access)
{
    struct access_log *log = context;
    if (log->config.mode == ACCESS_LOG_OFF || (log->config.mode == ACCESS_LOG_ERRORS && access->status < 400) || !may_write(log)) {
        return;
    }
    const char *route = route_of(access->request);
    struct buffer fields;
    struct json_writer json;
    buffer_init(&fields, FIELDS_BYTES_MAX);
    json_write_init(&json, &fields, 0);
    json_write_object_begin(&json);
    write_fields(log, access, route, &json);
    json_write_object_end(&json);
    if (!buffer_failed(&fields)) {
        fields.bytes[fields.length - 1] = '\0'; /* the inside of the object */
        log_line(LOG_INFO, fields.bytes + 1, "%.*s %s %u", STR_ARGS(access->request != NULL ? access->request->method_text : STR("-")),
                 route != NULL ? route : "-", access->status);
    }
    buffer_release(&fields);
}
