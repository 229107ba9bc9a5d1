#include "ingest/unseal.h"

#include "base/json_read.h"
#include "base/limits.h"

enum status unseal_event(const struct unseal *unseal, const struct store_event *logged, const struct seal_name *without,
                         struct event *event, struct error *error)
{
    struct event_fault fault;
    enum status status =
        event_decode(unseal->decoder, logged->payload, unseal->arena, &event_defaults_for_log, event, &fault);
    if (status != STATUS_OK) {
        return error_set(error, STATUS_FATAL, "log", "event %llu can't be read: %s%s%s; restore a backup, or ask doctor",
                         (unsigned long long)logged->seq, fault.error.place, fault.error.place[0] != '\0' ? ": " : "",
                         fault.error.text);
    }
    if (logged->sealed.length == 0) {
        return STATUS_OK;
    }
    struct error why;
    status = seal_restore(unseal->ring, event, logged->sealed, without, unseal->arena, &why);
    return status == STATUS_OK ? status : error_set(error, STATUS_FATAL, "log", "event %llu can't be read: %s: %s",
                                                    (unsigned long long)logged->seq, why.place, why.text);
}

enum status unseal_payload(const struct unseal *unseal, const struct store_event *logged, struct str *payload, struct error *error)
{
    struct event event;
    struct buffer json;
    *payload = logged->payload;
    if (logged->sealed.length == 0) {
        return STATUS_OK;
    }
    enum status status = unseal_event(unseal, logged, NULL, &event, error);
    if (status != STATUS_OK) {
        return status;
    }
    buffer_init(&json, 4 * LIMIT_EVENT_BYTES);
    event_encode(&event, &json);
    char *copy = buffer_failed(&json) ? NULL : arena_new(unseal->arena, json.length + JSON_READ_PADDING);
    if (copy != NULL) {
        memcpy(copy, json.bytes, json.length);
        memset(copy + json.length, 0, JSON_READ_PADDING);
        *payload = (struct str){copy, json.length};
    }
    buffer_release(&json);
    return copy != NULL ? STATUS_OK : error_no_memory(error, "log");
}
