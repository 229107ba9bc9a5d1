#include "live/live.h"

#include <assert.h>
#include <stdio.h>

#include "base/memory.h"
#include "live/live_private.h"

/* ---- points ---- */

void live_point_format(struct live_point point, char text[LIVE_POINT_SIZE])
{
    if (point.valid_at == INT64_MIN) {
        (void)snprintf(text, LIVE_POINT_SIZE, "%llu", (unsigned long long)point.position);
    } else {
        (void)snprintf(text, LIVE_POINT_SIZE, "%llu@%lld", (unsigned long long)point.position, (long long)point.valid_at);
    }
}

bool live_point_parse(struct str text, struct live_point *point)
{
    size_t at = str_find(text, '@');
    int64_t position, valid_at = INT64_MIN;
    if (!str_to_i64((struct str){text.at, at}, &position) || position < 0 ||
        (at < text.length && !str_to_i64(str_from_offset(text, at + 1), &valid_at))) {
        return false;
    }
    *point = (struct live_point){(uint64_t)position, valid_at};
    return true;
}

/* ---- payloads ---- */

struct net_blob *live_payload_message(struct live_payload *payload)
{
    if (payload->message == NULL) {
        payload->message = net_message_new(NET_TEXT, payload->text);
    }
    return payload->message;
}

/* ---- life ---- */

enum status live_new(struct live **out, const struct live_options *options, struct error *error)
{
    struct live *live = memory_new_zeroed(1, sizeof *live);
    if (live == NULL) {
        return error_no_memory(error, "live updates");
    }
    live->options = *options;
    if (live->options.kept_bytes_max == 0) {
        live->options.kept_bytes_max = LIMIT_LIVE_KEPT_BYTES;
    }
    arena_init(&live->scratch, LIMIT_REQUEST_ARENA_BYTES);
    struct link *lists[] = {&live->all, &live->due, &live->sending, &live->waiting_topics, &live->empty, &live->kept};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        list_init(lists[i]);
    }
    live->moves_at = INT64_MAX;
    live->budget_ns = LIVE_BURST_NS;
    live->filled_ns = live->positions_ns = live_now_ns(live);
    *out = live;
    return STATUS_OK;
}

static void watch_free(struct live *live, struct watch *watch)
{
    live_shown_drop(live, watch);
    live_table_remove(&live->watches, &watch->hashed);
    link_remove(&watch->all);
    link_remove(&watch->due);
    live->statistics.iterations--;
    memory_free(watch);
}

static void topic_free(struct live *live, struct topic *topic)
{
    struct watch *watch = topic->watch;
    if (link_is_in(&topic->sending)) {
        live_publish_end(topic);
    }
    live_table_remove(&live->topics, &topic->hashed);
    link_remove(&topic->of_watch);
    link_remove(&topic->waiting_topics);
    link_remove(&topic->empty);
    watch->topic_count--;
    watch->verdict_topic_count -= !topic->format.without_verdict;
    live->statistics.topics--;
    if (topic->format.free != NULL) {
        topic->format.free(topic->format.context);
    }
    memory_free(topic);
    if (watch->topic_count == 0) {
        watch_free(live, watch);
    }
}

void live_forget_topic(struct live *live, struct topic *topic)
{
    if (!live->in_turn) {
        topic_free(live, topic);
    } else if (!link_is_in(&topic->empty)) {
        list_add_last(&live->empty, &topic->empty);
    }
}

void live_free(struct live *live)
{
    if (live == NULL) {
        return;
    }
    assert(!live->in_turn);
    while (!list_is_empty(&live->all)) {
        struct watch *watch = HOLDER(live->all.next, struct watch, all);
        struct topic *topic = HOLDER(watch->topics.next, struct topic, of_watch);
        struct link *list = !list_is_empty(&topic->members) ? &topic->members : &topic->waiting;
        live_drop(live, HOLDER(list->next, struct live_subscriber, link));
    }
    assert(live->statistics.subscribers == 0 && live->statistics.topics == 0);
    if (live->spare != NULL) {
        live_shown_free(live->spare);
    }
    live_table_release(&live->watches);
    live_table_release(&live->topics);
    arena_release(&live->scratch);
    memory_free(live);
}

void live_statistics(const struct live *live, struct live_statistics *statistics)
{
    *statistics = live->statistics;
}

/* ---- finding and making ---- */

static uint64_t hash_of_watch(struct str tenant_id, struct str iteration_id)
{
    return str_hash(tenant_id) * 31 + str_hash(iteration_id);
}

static struct watch *find_watch(const struct live *live, struct str tenant_id, struct str iteration_id)
{
    uint64_t hash = hash_of_watch(tenant_id, iteration_id);
    for (struct hashed *at = live_table_first(&live->watches, hash); at != NULL; at = at->next) {
        struct watch *watch = HOLDER(at, struct watch, hashed);
        if (at->hash == hash && str_equal(watch->iteration_id, iteration_id) && str_equal(watch->tenant_id, tenant_id)) {
            return watch;
        }
    }
    return NULL;
}

/* Copies text to `at` and moves it on. */
static struct str place_text(char **at, struct str text)
{
    struct str placed = {*at, text.length};
    if (text.length > 0) {
        memcpy(*at, text.at, text.length);
    }
    *at += text.length;
    return placed;
}

static struct watch *watch_new(struct live *live, struct str tenant_id, struct str iteration_id)
{
    const struct graph *graph = live->options.graph;
    struct watch *watch = memory_new(sizeof *watch + tenant_id.length + iteration_id.length + 1);
    if (watch == NULL) {
        return NULL;
    }
    char *at = (char *)(watch + 1);
    *watch = (struct watch){.tenant_id = place_text(&at, tenant_id), .iteration_id = place_text(&at, iteration_id),
                            .number = graph_iteration_number(graph, tenant_id, iteration_id),
                            .told = live_moment_now(live), .moves_at = INT64_MAX};
    if (live_table_add(&live->watches, &watch->hashed, hash_of_watch(tenant_id, iteration_id)) != STATUS_OK) {
        memory_free(watch);
        return NULL;
    }
    if (watch->number != GRAPH_NONE) {
        watch->fact_count = graph_iteration(graph, watch->number).fact_count;
        watch->moves_at = graph_next_valid_from(graph, watch->number, watch->told.valid_at, watch->told.known_facts);
        live->moves_at = watch->moves_at < live->moves_at ? watch->moves_at : live->moves_at;
    }
    list_init(&watch->topics);
    list_add_last(&live->all, &watch->all);
    live->statistics.iterations++;
    return watch;
}

static uint64_t hash_of_topic(const struct watch *watch, struct str text)
{
    return str_hash(text) * 31 + watch->hashed.hash;
}

static struct topic *find_topic(const struct live *live, const struct watch *watch, struct str text)
{
    uint64_t hash = hash_of_topic(watch, text);
    for (struct hashed *at = live_table_first(&live->topics, hash); at != NULL; at = at->next) {
        struct topic *topic = HOLDER(at, struct topic, hashed);
        if (at->hash == hash && topic->watch == watch && str_equal(topic->text, text)) {
            return topic;
        }
    }
    return NULL;
}

/* Without memory NULL, and the watch may be without topics. */
static struct topic *topic_new(struct live *live, struct watch *watch, const struct live_subscription *subscription)
{
    struct str text = subscription->topic;
    struct topic *topic = memory_new(sizeof *topic + text.length + 1);
    if (topic == NULL) {
        return NULL;
    }
    char *at = (char *)(topic + 1);
    *topic = (struct topic){.watch = watch, .text = place_text(&at, text), .format = subscription->format,
                            .said = watch->told.position, .said_ns = live_now_ns(live)};
    if (live_table_add(&live->topics, &topic->hashed, hash_of_topic(watch, text)) != STATUS_OK) {
        memory_free(topic);
        return NULL;
    }
    list_init(&topic->members);
    list_init(&topic->waiting);
    list_add_last(&watch->topics, &topic->of_watch);
    watch->topic_count++;
    watch->verdict_topic_count += !topic->format.without_verdict;
    live->statistics.topics++;
    if (!topic->format.without_verdict) {
        live_watch_due(live, watch); /* the verdict says whether an override will expire */
    }
    return topic;
}

/* ---- subscribers ---- */

/* Where it stands; false: that can't be told from what it names, so it must read afresh. */
static bool moment_since(const struct live *live, struct watch *watch, struct live_point since, struct moment *moment)
{
    const struct graph *graph = live->options.graph;
    (void)live_fact_count(live, watch);
    *moment = watch->told;
    if (since.position == LIVE_NOW.position) {
        return true;
    }
    if (since.position > watch->told.position) {
        /* Read after the last look: there is nothing to tell but what comes after it. Otherwise it is of another log. */
        *moment = live_moment_now(live);
        if (since.position > moment->position) {
            *moment = watch->told;
            return false;
        }
    }
    uint32_t known = graph_facts_until(graph, since.position);
    int64_t valid_at = since.valid_at;
    bool certain = true;
    if (valid_at == INT64_MIN) {
        valid_at = moment->valid_at;
        int64_t observed_at = known == 0 ? INT64_MIN : graph_fact(graph, known - 1).observed_at;
        certain = watch->number == GRAPH_NONE ||
                  graph_next_valid_from(graph, watch->number, observed_at, known) > valid_at;
    }
    *moment = (struct moment){since.position, valid_at, known};
    return certain;
}

static void wait_in(struct live *live, struct live_subscriber *subscriber)
{
    struct topic *topic = subscriber->topic;
    list_add_last(&topic->waiting, &subscriber->link);
    if (!link_is_in(&topic->waiting_topics)) {
        list_add_last(&live->waiting_topics, &topic->waiting_topics);
    }
    live_wake(live);
}

static enum status enlist(struct live *live, const struct live_subscription *subscription,
                          struct live_subscriber **out, bool *topic_is_new, struct error *error)
{
    struct watch *watch = find_watch(live, subscription->tenant_id, subscription->iteration_id);
    struct live_subscriber *subscriber = memory_new_zeroed(1, sizeof *subscriber);
    if (subscriber == NULL ||
        (watch == NULL && (watch = watch_new(live, subscription->tenant_id, subscription->iteration_id)) == NULL)) {
        memory_free(subscriber);
        return error_no_memory(error, "live updates");
    }
    struct topic *topic = find_topic(live, watch, subscription->topic);
    *topic_is_new = topic == NULL;
    if (topic == NULL && (topic = topic_new(live, watch, subscription)) == NULL) {
        if (watch->topic_count == 0) {
            watch_free(live, watch);
        }
        memory_free(subscriber);
        return error_no_memory(error, "live updates");
    }
    link_remove(&topic->empty);
    topic->subscriber_count++;
    *subscriber = (struct live_subscriber){.topic = topic, .reader = subscription->reader};
    subscriber->must_reset = !moment_since(live, watch, subscription->since, &subscriber->since);
    *out = subscriber;
    return STATUS_OK;
}

enum status live_subscribe(struct live *live, const struct live_subscription *subscription,
                           struct live_subscriber **subscriber, struct error *error)
{
    enum status status = STATUS_OK;
    bool format_is_taken = false;
    if (live->statistics.subscribers >= LIMIT_LIVE_SUBSCRIBERS) {
        status = error_set(error, STATUS_RETRY, "subscription", "there are %d subscribers already; come back when some have left",
                           LIMIT_LIVE_SUBSCRIBERS);
    } else if (subscription->topic.length > LIMIT_LIVE_TOPIC_BYTES) {
        status = error_set(error, STATUS_INVALID, "subscription", "it has more than %zu bytes; ask for less in one",
                           LIMIT_LIVE_TOPIC_BYTES);
    } else {
        status = enlist(live, subscription, subscriber, &format_is_taken, error);
    }
    if (!format_is_taken && subscription->format.free != NULL) {
        subscription->format.free(subscription->format.context);
    }
    if (status == STATUS_OK) {
        live->statistics.subscribers++;
        wait_in(live, *subscriber);
    }
    return status;
}

void live_drop(struct live *live, struct live_subscriber *subscriber)
{
    struct topic *topic = subscriber->topic;
    if (topic->cursor == subscriber) {
        struct link *next = subscriber->link.next;
        topic->cursor = next == &topic->members ? NULL : HOLDER(next, struct live_subscriber, link);
    }
    link_remove(&subscriber->link);
    live->statistics.subscribers--;
    live->statistics.late -= subscriber->is_late;
    memory_free(subscriber);
    if (--topic->subscriber_count == 0) {
        live_forget_topic(live, topic);
    }
}

void live_hold(struct live *live, struct live_subscriber *subscriber, struct moment since, bool is_late)
{
    assert(subscriber->is_member);
    link_remove(&subscriber->link);
    subscriber->is_member = false;
    subscriber->since = since;
    if (is_late) {
        subscriber->is_late = true;
        subscriber->late_ns = live_now_ns(live);
        live->statistics.late++;
    }
    wait_in(live, subscriber);
}

void live_unsubscribe(struct live *live, struct live_subscriber *subscriber)
{
    live_drop(live, subscriber);
}

/* ---- what becomes due ---- */

void live_wake(struct live *live)
{
    if (!live->is_woken && !live->in_turn) {
        live->is_woken = true;
        live->options.host.wake(live->options.host.context, 0);
    }
}

void live_watch_due(struct live *live, struct watch *watch)
{
    if (!link_is_in(&watch->due)) {
        watch->changed_ns = live_now_ns(live);
        list_add_last(&live->due, &watch->due);
        live_wake(live);
    }
}

static void applied_to(struct live *live, struct watch *watch)
{
    if (!link_is_in(&watch->due) && live_fact_count(live, watch) != watch->fact_count) {
        live_watch_due(live, watch);
    }
}

void live_applied(struct live *live, uint32_t first_fact, uint32_t last_fact)
{
    live->applied_facts += last_fact - first_fact;
    /* Few facts: whose are they? Many: which of the watched iterations have grown? */
    if (last_fact - first_fact < live->statistics.iterations) {
        for (uint32_t fact = first_fact; fact < last_fact; fact++) {
            struct fact_info info = graph_fact(live->options.graph, fact);
            struct watch *watch = find_watch(live, info.tenant_id, info.iteration_id);
            if (watch != NULL) {
                applied_to(live, watch);
            }
        }
        return;
    }
    for (struct link *at = live->all.next; at != &live->all; at = at->next) {
        applied_to(live, HOLDER(at, struct watch, all));
    }
}

void live_forget(struct live *live)
{
    for (struct link *at = live->all.next; at != &live->all; at = at->next) {
        struct watch *watch = HOLDER(at, struct watch, all);
        live_shown_drop(live, watch);
        for (struct link *of = watch->topics.next; of != &watch->topics; of = of->next) {
            struct topic *topic = HOLDER(of, struct topic, of_watch);
            if (link_is_in(&topic->sending)) {
                live_publish_end(topic);
            }
            while (!list_is_empty(&topic->members)) {
                live_hold(live, HOLDER(topic->members.next, struct live_subscriber, link), watch->told, false);
            }
            for (struct link *reader = topic->waiting.next; reader != &topic->waiting; reader = reader->next) {
                HOLDER(reader, struct live_subscriber, link)->must_reset = true;
            }
        }
    }
    live_wake(live);
}
