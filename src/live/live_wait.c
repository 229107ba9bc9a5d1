/* Those who are not in step: new, back again, or late. They are taken in groups of the same moment and brought to the moment
 * told last by one update, made once for the whole group. */
#include <assert.h>

#include "live/live_private.h"

static bool is_ready(struct live *live, struct live_subscriber *subscriber, uint64_t now)
{
    size_t backlog = subscriber->reader.backlog(subscriber->reader.context);
    if (!subscriber->is_late && backlog > LIMIT_LIVE_BACKLOG_BYTES) {
        subscriber->is_late = true;
        subscriber->late_ns = now;
        live->statistics.late++;
    }
    return !subscriber->is_late || backlog <= LIMIT_LIVE_BACKLOG_BYTES / 2;
}

static bool are_alike(const struct live_subscriber *a, const struct live_subscriber *b)
{
    return a->since.position == b->since.position && a->since.valid_at == b->since.valid_at &&
           a->since.known_facts == b->since.known_facts && a->is_late == b->is_late && a->must_reset == b->must_reset;
}

/* The first who is ready and those like it go to `group`, at most `most`; those who were late for too long to `cut`. */
static size_t gather(struct live *live, struct topic *topic, size_t most, struct link *group, struct link *cut)
{
    uint64_t now = live_now_ns(live);
    size_t count = 0;
    for (struct link *at = topic->waiting.next, *next; at != &topic->waiting && count < most; at = next) {
        struct live_subscriber *subscriber = HOLDER(at, struct live_subscriber, link);
        next = at->next;
        if (count > 0 && !are_alike(HOLDER(group->next, struct live_subscriber, link), subscriber)) {
            continue;
        }
        if (is_ready(live, subscriber, now)) {
            link_remove(at);
            list_add_last(group, at);
            count++;
        } else if (now - subscriber->late_ns > LIMIT_LIVE_LAG_MS * UINT64_C(1000000)) {
            link_remove(at);
            list_add_last(cut, at);
        }
    }
    return count;
}

#define TOO_SLOW "Updates were not read for too long; come back with the last position."

void live_cut_all(struct live *live, struct link *cut, const char *reason)
{
    while (!list_is_empty(cut)) {
        struct live_subscriber *subscriber = HOLDER(cut->next, struct live_subscriber, link);
        struct live_reader reader = subscriber->reader;
        live->statistics.cut++;
        live_drop(live, subscriber);
        reader.cut(reader.context, reason);
    }
}

static void move_all(struct link *from, struct link *to)
{
    while (!list_is_empty(from)) {
        struct link *first = from->next;
        link_remove(first);
        list_add_last(to, first);
    }
}

void live_cut_watch(struct live *live, struct watch *watch, const char *reason)
{
    struct link cut;
    list_init(&cut);
    for (struct link *at = watch->topics.next; at != &watch->topics; at = at->next) {
        struct topic *topic = HOLDER(at, struct topic, of_watch);
        topic->cursor = NULL;
        move_all(&topic->members, &cut);
        move_all(&topic->waiting, &cut);
    }
    live_cut_all(live, &cut, reason);
}

/* The words for one group, or none. */
static enum said say_to_group(struct live *live, struct topic *topic, const struct live_subscriber *first,
                              struct live_update *update, struct buffer *text, struct error *error)
{
    enum status status = STATUS_OK;
    const struct watch *watch = topic->watch;
    if (first->must_reset) {
        *update = (struct live_update){.tenant_id = watch->tenant_id, .iteration_id = watch->iteration_id,
                                       .from_position = first->since.position, .position = watch->told.position,
                                       .valid_at = watch->told.valid_at, .is_reset = true};
    } else {
        status = live_difference(live, topic, first->since, update, error);
    }
    if (status == STATUS_INVALID) {
        return SAID_NEVER;
    }
    if (status != STATUS_OK) {
        live_failed(live, error);
        return SAID_FAILED;
    }
    update->is_late = first->is_late;
    enum said said = live_format_update(live, topic, update, text);
    if (said == SAID_NOTHING && !update->is_position) { /* nothing for this topic: the position at least */
        struct live_update position = {.tenant_id = watch->tenant_id, .iteration_id = watch->iteration_id,
                                       .from_position = first->since.position, .position = watch->told.position,
                                       .valid_at = watch->told.valid_at, .is_position = true, .is_late = first->is_late};
        said = live_format_update(live, topic, &position, text);
        *update = position;
    }
    live_difference_done(live, topic);
    return said;
}

static void send_to_group(struct live *live, struct topic *topic, struct link *group, struct live_payload *payload,
                          bool is_coalesced)
{
    while (!list_is_empty(group)) {
        struct live_subscriber *subscriber = HOLDER(group->next, struct live_subscriber, link);
        link_remove(&subscriber->link);
        list_add_first(&topic->members, &subscriber->link);
        live->statistics.late -= subscriber->is_late;
        subscriber->is_late = subscriber->must_reset = false;
        subscriber->is_member = true;
        if (payload != NULL) {
            live->statistics.updates_sent++;
            live->statistics.coalesced += is_coalesced;
            subscriber->reader.send(subscriber->reader.context, payload);
        }
    }
}

static void wait_again(struct topic *topic, struct link *group)
{
    while (!list_is_empty(group)) {
        struct link *first = group->next;
        link_remove(first);
        list_add_first(&topic->waiting, first);
    }
}

/* One group; false: nobody is ready. */
static bool bring_in_step(struct live *live, struct topic *topic, size_t *slice)
{
    struct link group, cut;
    list_init(&group);
    list_init(&cut);
    size_t count = gather(live, topic, *slice, &group, &cut);
    if (count == 0) {
        live_cut_all(live, &cut, TOO_SLOW);
        return false;
    }
    struct live_subscriber *first = HOLDER(group.next, struct live_subscriber, link);
    struct live_update update;
    struct live_payload payload = {0};
    struct buffer text;
    uint64_t begun = live_now_ns(live);
    buffer_init(&text, LIMIT_LIVE_PAYLOAD_BYTES);
    if (first->since.position > topic->watch->told.position && !live_advance_at_rest(live, topic->watch)) {
        live_watch_due(live, topic->watch); /* it has seen more than was told here: first a look */
        wait_again(topic, &group);
        live_cut_all(live, &cut, TOO_SLOW);
        return false;
    }
    struct error error;
    enum said said = say_to_group(live, topic, first, &update, &text, &error);
    payload = (struct live_payload){.text = buffer_str(&text), .position = update.position};
    if (said == SAID_FAILED) {
        wait_again(topic, &group);
    } else if (said == SAID_NEVER) {
        live_cut_all(live, &group, error.text);
    } else {
        send_to_group(live, topic, &group, said == SAID_TEXT ? &payload : NULL, !update.is_position && !update.is_reset);
        *slice -= count;
    }
    live_charge(live, begun);
    live_cut_all(live, &cut, TOO_SLOW);
    live_payload_release(&payload);
    buffer_release(&text);
    return said != SAID_FAILED;
}

size_t live_catch_up(struct live *live, size_t slice)
{
    size_t count = 0;
    for (struct link *at = live->waiting_topics.next; at != &live->waiting_topics; at = at->next) {
        count++;
    }
    for (; count > 0 && slice > 0 && live->budget_ns > 0 && !list_is_empty(&live->waiting_topics); count--) {
        struct topic *topic = HOLDER(live->waiting_topics.next, struct topic, waiting_topics);
        link_remove(&topic->waiting_topics);
        list_add_last(&live->waiting_topics, &topic->waiting_topics);
        while (slice > 0 && live->budget_ns > 0 && bring_in_step(live, topic, &slice)) {
        }
        if (list_is_empty(&topic->waiting)) {
            link_remove(&topic->waiting_topics);
        }
    }
    return slice;
}
