#include <assert.h>

#include "live/live_private.h"

void live_payload_release(struct live_payload *payload)
{
    net_blob_release(payload->message);
    *payload = (struct live_payload){0};
}

/* ---- saying ---- */

static bool say(struct live *live, struct topic *topic, const struct live_update *update, struct buffer *text)
{
    if (!topic->format.format(topic->format.context, update, text)) {
        return false;
    }
    live->statistics.updates_formatted++;
    live->statistics.resets += update->is_reset;
    return true;
}

enum said live_format_update(struct live *live, struct topic *topic, const struct live_update *update, struct buffer *text)
{
    if (!say(live, topic, update, text)) {
        return SAID_NOTHING;
    }
    if (!buffer_failed(text)) {
        return SAID_TEXT;
    }
    struct live_update reset = {.tenant_id = update->tenant_id, .iteration_id = update->iteration_id,
                                .from_position = update->from_position, .position = update->position,
                                .valid_at = update->valid_at, .is_reset = true, .is_late = update->is_late};
    buffer_release(text);
    buffer_init(text, LIMIT_LIVE_PAYLOAD_BYTES);
    bool said = say(live, topic, &reset, text);
    return buffer_failed(text) ? SAID_FAILED : said ? SAID_TEXT : SAID_NOTHING;
}

/* ---- to all who are in step ---- */

static void hold_all(struct live *live, struct topic *topic, struct moment from)
{
    while (!list_is_empty(&topic->members)) {
        live_hold(live, HOLDER(topic->members.next, struct live_subscriber, link), from, false);
    }
}

void live_tell_members(struct live *live, struct topic *topic, const struct live_update *update, struct moment from,
                       uint64_t changed_ns)
{
    assert(!link_is_in(&topic->sending));
    if (list_is_empty(&topic->members)) {
        topic->said = update->position;
        return;
    }
    struct buffer text;
    buffer_init(&text, LIMIT_LIVE_PAYLOAD_BYTES);
    enum said said = live_format_update(live, topic, update, &text);
    if (said == SAID_TEXT) {
        topic->payload_text = text;
        topic->payload = (struct live_payload){.text = buffer_str(&topic->payload_text), .position = update->position};
        topic->from = from;
        topic->from.position = update->from_position; /* nothing was said of what lies between */
        topic->changed_ns = changed_ns;
        topic->cursor = HOLDER(topic->members.next, struct live_subscriber, link);
        topic->said = update->position;
        topic->said_ns = live_now_ns(live);
        list_add_last(&live->sending, &topic->sending);
        return;
    }
    buffer_release(&text);
    if (said == SAID_FAILED) {
        struct error error;
        (void)error_no_memory(&error, "live updates");
        live_failed(live, &error);
        from.position = update->from_position;
        hold_all(live, topic, from);
    }
}

void live_publish_end(struct topic *topic)
{
    live_payload_release(&topic->payload);
    buffer_release(&topic->payload_text);
    topic->cursor = NULL;
    link_remove(&topic->sending);
}

static void send_to(struct live *live, struct topic *topic, struct live_subscriber *subscriber)
{
    const struct live_host *host = &live->options.host;
    if (subscriber->reader.backlog(subscriber->reader.context) > LIMIT_LIVE_BACKLOG_BYTES) {
        live_hold(live, subscriber, topic->from, true);
        return;
    }
    live->statistics.updates_sent++;
    subscriber->reader.send(subscriber->reader.context, &topic->payload);
    if (topic->changed_ns != 0 && host->pushed != NULL) {
        host->pushed(host->context, live_now_ns(live) - topic->changed_ns);
    }
}

size_t live_send(struct live *live, size_t slice)
{
    if (list_is_empty(&live->sending)) {
        return slice;
    }
    uint64_t begun = live_now_ns(live);
    while (slice > 0 && !list_is_empty(&live->sending)) {
        struct topic *topic = HOLDER(live->sending.next, struct topic, sending);
        for (; topic->cursor != NULL && slice > 0; slice--) {
            struct live_subscriber *subscriber = topic->cursor;
            struct link *next = subscriber->link.next;
            topic->cursor = next == &topic->members ? NULL : HOLDER(next, struct live_subscriber, link);
            send_to(live, topic, subscriber);
        }
        if (topic->cursor == NULL) {
            live_publish_end(topic);
        }
    }
    live_charge(live, begun);
    /* With the last one sent there may be nothing left of the slice: then the next turn goes on. */
    return slice;
}

/* ---- positions ---- */

static void tell_position(struct live *live, struct topic *topic)
{
    const struct watch *watch = topic->watch;
    struct live_update update = {.tenant_id = watch->tenant_id, .iteration_id = watch->iteration_id,
                                 .from_position = topic->said, .position = watch->told.position,
                                 .valid_at = watch->told.valid_at, .is_position = true};
    topic->said_ns = live_now_ns(live);
    live_tell_members(live, topic, &update, watch->told, 0);
}

void live_tell_positions(struct live *live)
{
    uint64_t now = live_now_ns(live);
    for (struct link *w = live->all.next; w != &live->all; w = w->next) {
        struct watch *watch = HOLDER(w, struct watch, all);
        (void)live_advance_at_rest(live, watch);
        for (struct link *t = watch->topics.next; t != &watch->topics; t = t->next) {
            struct topic *topic = HOLDER(t, struct topic, of_watch);
            if (topic->said < watch->told.position && now - topic->said_ns >= LIVE_POSITION_MS * UINT64_C(1000000)) {
                tell_position(live, topic);
            }
        }
    }
}
