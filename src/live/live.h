/* live.h: what changes while one watches.
 *
 * A subscriber watches one iteration of one tenant through a topic: a name for "these updates, formatted this way". After
 * facts have become visible, the views of now of the watched iterations that they touch are compared with those that were
 * told last, and each topic formats the difference once, however many subscribers it has.
 *
 * Missing nothing needs no buffer of old updates: an update is the difference of two views, and the view at any earlier
 * log position can be opened again, since facts are never changed (K = what was known at that position). So whoever
 * reconnects names the last position it saw and gets one update from there to now, coalesced to the newest state of each
 * node by its nature; and so does a slow reader once it can read again. Only where that would be too much (more changes
 * than LIMIT_LIVE_CHANGES) the update says: read afresh.
 *
 * Pace: an iteration is looked at again as soon as something became visible, but no more than a small part of the core
 * thread's time goes into it (the next look waits for LIVE_PACE times the last one's duration); what came meanwhile is in the next.
 *
 * Slow readers: while the bytes queued for a subscriber are over LIMIT_LIVE_BACKLOG_BYTES nothing is sent to it; when it has
 * read on, it gets one coalesced update that says so. After LIMIT_LIVE_LAG_MS of that it is cut. Nobody else is slowed.
 *
 * Thread: the core thread. Ownership: a topic belongs to its subscribers and goes with the last one.
 */
#ifndef TRIMODAL_LIVE_LIVE_H
#define TRIMODAL_LIVE_LIVE_H

#include "base/buffer.h"
#include "graph/changes.h"
#include "lens/verdict.h"
#include "net/net.h"

struct live;
struct live_subscriber;

/* One difference. Views have their links; all of it is valid during the call that gets it. */
struct live_update {
    struct str tenant_id, iteration_id;
    uint64_t from_position, position; /* of the log: what was told before, what this brings the reader to */
    bool is_coalesced; /* several changes of a node may be one here: after a reconnect or while reading too slowly */
    bool is_reset;     /* what was missed is too much to tell: read afresh. The views and changes are NULL */
    const struct graph_view *before, *after; /* before: NULL where the iteration was not there */
    const struct changes *changes;           /* between the two; without `before` all is CREATED */
    const struct verdict *verdict_before, *verdict_after; /* summaries; before may be NULL */
};

/* How a topic says it. */
struct live_format {
    /* Appends the payload to the empty buffer. False: this update holds nothing for this topic. */
    bool (*format)(void *context, const struct live_update *update, struct buffer *payload);
    void (*free)(void *context); /* with the topic's last subscriber; may be NULL */
    void *context;
};

/* One formatted update on its way to many. */
struct live_payload {
    struct str text;
    uint64_t position;
    struct net_blob *message; /* as a WebSocket text message, made by the first live_payload_message() */
};
/* NULL without memory. Belongs to the payload. */
struct net_blob *live_payload_message(struct live_payload *payload);

struct live_reader {
    void *context;
    void (*send)(void *context, struct live_payload *payload);
    size_t (*backlog)(void *context);                /* bytes queued for it and not taken */
    void (*cut)(void *context, const char *reason);  /* it is not a subscriber any more */
};

#define LIVE_FROM_NOW UINT64_MAX

struct live_subscription {
    struct str tenant_id, iteration_id; /* an iteration that is not there yet may be watched, too */
    struct str topic;          /* equal bytes (and tenant, iteration) must mean an equal format: what is asked, for whom */
    struct live_format format; /* taken, also on failure; used when the topic is new, else freed */
    uint64_t since;            /* the last position the reader saw, or LIVE_FROM_NOW */
    struct live_reader reader;
};

struct live_host {
    void *context;
    /* The views (with links) at V = now or K = what was known at a position. `arena` holds the result. */
    enum status (*view)(void *context, struct str tenant_id, struct str iteration_id, int64_t valid_at, int64_t known_at,
                        struct arena *arena, struct graph_view **view, struct error *error);
    enum status (*verdict)(void *context, const struct graph_view *view, struct arena *arena, struct verdict *verdict,
                           struct error *error);
    int64_t (*now)(void *context, int64_t *known_at); /* returns V */
    void (*wake)(void *context, uint64_t delay_ms);   /* see to it that live_turn is called then; 0: soon */
};

struct live_options {
    const struct graph *graph;
    const struct clock *clock;
    struct live_host host;
};

enum status live_new(struct live **live, const struct live_options *options, struct error *error) must_check;
void live_free(struct live *live); /* subscribers are dropped without a word */

/* Facts [first, last) are visible now: the hook of the pipeline. Cheap. */
void live_applied(struct live *live, uint32_t first_fact, uint32_t last_fact);
/* Looks at what is due; called when `wake` said so. */
void live_turn(struct live *live);

/* STATUS_RETRY over LIMIT_LIVE_SUBSCRIBERS. What was missed `since` is sent on the next turn, not inside this call. */
enum status live_subscribe(struct live *live, const struct live_subscription *subscription,
                           struct live_subscriber **subscriber, struct error *error) must_check;
void live_unsubscribe(struct live *live, struct live_subscriber *subscriber);

struct live_statistics {
    size_t subscribers, topics, iterations;
    uint64_t updates_formatted, updates_sent, coalesced, resets, cut;
    uint64_t looks, look_ns_total, look_ns_max;
};
void live_statistics(const struct live *live, struct live_statistics *statistics);

#endif
