/* The audit log: who changed what, and whether anybody changed the log. */
#include "api/api_dlq.h"

/* ---- listing ---- */

static void write_audit_entry(struct json_writer *json, const struct store_audit_entry *entry)
{
    static const char digits[] = "0123456789abcdef";
    char hash[64];
    for (int i = 0; i < 32; i++) {
        hash[2 * i] = digits[entry->hash[i] >> 4];
        hash[2 * i + 1] = digits[entry->hash[i] & 15];
    }
    json_write_object_begin(json);
    json_field_i64(json, "id", entry->id);
    json_field_i64(json, "at", entry->at);
    json_field_str(json, "actor", entry->actor);
    write_text(json, "tenant", entry->tenant);
    json_field_str(json, "action", entry->action);
    write_text(json, "object", entry->object);
    json_write_key(json, "before");
    if (entry->before.length > 0) {
        json_write_raw(json, entry->before);
    } else {
        json_write_null(json);
    }
    json_write_key(json, "after");
    if (entry->after.length > 0) {
        json_write_raw(json, entry->after);
    } else {
        json_write_null(json);
    }
    write_text(json, "origin", entry->origin);
    json_field_str(json, "hash", (struct str){hash, sizeof hash});
    json_write_object_end(json);
}

void handle_audit(struct exchange *exchange)
{
    struct store_audit_filter filter = {.tenant = listed_tenant(exchange),
                                        .actor = exchange->query[PARAMETER_ACTOR],
                                        .action = exchange->query[PARAMETER_ACTION],
                                        .object = exchange->query[PARAMETER_OBJECT]};
    struct store_audit_entry *entries;
    size_t count;
    bool more;
    int64_t limit;
    struct error error;
    if (!dlq_order(exchange, &filter.newest_first) || !request_time(exchange, PARAMETER_FROM, 0, &filter.from) ||
        !request_time(exchange, PARAMETER_TO, 0, &filter.until) ||
        !request_number(exchange, PARAMETER_LIMIT, 1, LIMIT_PAGE_ITEMS, PAGE_ITEMS_DEFAULT, &limit) ||
        !request_number(exchange, PARAMETER_CURSOR, 1, INT64_MAX, 0, &filter.after_id)) {
        return;
    }
    if (store_reader_audit(exchange->api->options.reader, &filter, (size_t)limit, &exchange->arena, &entries, &count, &more,
                           &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return;
    }
    struct json_writer *json = &exchange->json;
    json_write_object_begin(json);
    json_write_key(json, "entries");
    json_write_array_begin(json);
    for (size_t i = 0; i < count; i++) {
        write_audit_entry(json, &entries[i]);
    }
    json_write_array_end(json);
    dlq_write_cursor(exchange, more, count > 0 ? entries[count - 1].id : 0);
    json_write_object_end(json);
    answer(exchange, 200);
}

/* ---- verifying ---- */

static void write_hex(struct json_writer *json, const char *key, const uint8_t *bytes, size_t length)
{
    struct buffer text;
    buffer_init(&text, 2 * length + 1);
    buffer_append_hex(&text, bytes, length);
    json_field_str(json, key, buffer_str(&text));
    buffer_release(&text);
}

/* Over all tenants' entries, since there is one chain; how many they are is said to those only who may see all of them. */
void handle_audit_verify(struct exchange *exchange)
{
    struct store_audit_report report;
    struct error error;
    if (store_audit_verify(exchange->api->options.reader, &report, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return;
    }
    struct json_writer *json = &exchange->json;
    json_write_object_begin(json);
    json_field_bool(json, "intact", report.broken_id == 0);
    if (exchange->request.principal.all_tenants) {
        json_field_i64(json, "entries", (int64_t)report.count);
        write_measure(json, "broken_id", report.broken_id == 0 ? MEASURE_UNKNOWN : measure_of((double)report.broken_id));
        write_hex(json, "head", report.head, sizeof report.head);
    }
    json_write_object_end(json);
    answer(exchange, 200);
}
