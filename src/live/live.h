/* live.h: what changes while one watches.
 *
 * A subscriber watches one iteration of one tenant through a topic: a name for "these updates, formatted this way". After
 * facts have become visible, the view of now of each watched iteration that they touch is compared with the one that was
 * told last, and each topic formats the difference once, however many subscribers it has. Time moves views, too: when a fact
 * that lay ahead comes into force, or a gate override expires, the iteration is looked at again.
 *
 * Missing nothing needs no buffer of old updates: an update is the difference of two views, and the view at any earlier
 * point of the log can be opened again, since facts are never changed. A point is (position, V): which facts were known,
 * and at which valid time they were looked at. Whoever reconnects names the last point it saw and gets one update from there
 * to now, coalesced to the newest state of each node by its nature; and so does a slow reader once it can read again. Only
 * where that would be too much (more changes than LIMIT_LIVE_CHANGES) the update says: read afresh. A reader that names a
 * position without V is told to read afresh in one case more: when the passing of time alone has moved the view since then,
 * as it can't be known which part of that it has seen.
 *
 * A chain without gaps: from_position of an update is never above the position that each of its readers was told before,
 * and where a topic leaves updates out because they hold nothing for it, the next one begins where the last one it sent
 * ended. Positions go on even so: the first thing a subscriber gets is where it stands, and from time to time it is told
 * how far it has come (is_position), so that coming back stays cheap.
 *
 * Pace. An iteration is looked at as soon as something became visible, the one that waits longest first. Looking and sending
 * may take a tenth of the core thread's time, and half of what the intake leaves (each event counts for LIVE_EVENT_NS, which
 * is what one alone in its request takes), with LIVE_BURST_NS saved up at most. So watchers have the thread when it is quiet
 * and do not slow a flood of events; what comes meanwhile is in the next look. Sending goes in slices of LIVE_SLICE, with a
 * look at the network in between. A look takes as long as two reads of the iteration at most.
 *
 * Slow readers: while the bytes queued for a subscriber are over LIMIT_LIVE_BACKLOG_BYTES nothing is sent to it; when it has
 * read half of that, it gets one coalesced update that says so (is_late). After LIMIT_LIVE_LAG_MS without that it is cut.
 * Nobody else is slowed.
 *
 * Thread: the core thread. Ownership: a topic belongs to its subscribers and goes with the last one.
 */
#ifndef TRIMODAL_LIVE_LIVE_H
#define TRIMODAL_LIVE_LIVE_H

#include "base/buffer.h"
#include "base/clock.h"
#include "graph/changes.h"
#include "lens/verdict.h"
#include "net/net.h"

struct live;
struct live_subscriber;

#define LIVE_PACE 10               /* a tenth of the time, whatever comes in */
#define LIVE_EVENT_NS 50000
#define LIVE_BURST_NS 50000000
#define LIVE_SLICE 256             /* sends in one turn */
#define LIVE_POSITION_MS 15000     /* how often at most a position alone is told */
#define LIVE_LATE_CHECK_MS 20      /* how often a slow reader is looked at */

/* One update. One of three:
 *   changes  a difference: `changes`, `before` and `after` are there. Views have their links. Verdicts are there unless
 *            the topic goes without
 *   position is_position: nothing for you; this is how far you have come. Views, changes and verdicts are NULL
 *   reset    is_reset: what was missed is too much to tell, or can't be told: read afresh. Likewise
 * All of it is valid during the call that gets it. */
struct live_update {
    struct str tenant_id, iteration_id;
    uint64_t from_position, position; /* of the log: what was told before, what this brings the reader to */
    int64_t valid_at;                 /* V that goes with `position` */
    bool is_position, is_reset;
    bool is_coalesced; /* several changes of a node may be one here: after a reconnect, or late */
    bool is_late;      /* it was held back, as the reader read too slowly */
    const struct graph_view *before, *after; /* without nodes where the iteration was (is) not there */
    const struct changes *changes;           /* between the two */
    const struct verdict *verdict_before, *verdict_after; /* summaries */
};

/* How a topic says it. */
struct live_format {
    /* Appends the payload to the empty buffer. False: this update holds nothing for this topic. May be called for a position
     * or a reset at any time; whoever has no words for positions says false. Must not subscribe or unsubscribe. */
    bool (*format)(void *context, const struct live_update *update, struct buffer *payload);
    void (*free)(void *context); /* with the topic's last subscriber; may be NULL */
    void *context;
    bool without_verdict; /* it does not look at verdicts: spares working them out where no other topic does */
};

/* One formatted update on its way to many. */
struct live_payload {
    struct str text;
    uint64_t position;
    struct net_blob *message; /* as a WebSocket text message, made by the first live_payload_message() */
};
/* NULL without memory. Belongs to the payload. */
struct net_blob *live_payload_message(struct live_payload *payload);

/* All three may unsubscribe this or any other subscriber, and subscribe. */
struct live_reader {
    void *context;
    void (*send)(void *context, struct live_payload *payload);
    size_t (*backlog)(void *context);                /* bytes queued for it and not taken */
    void (*cut)(void *context, const char *reason);  /* it is not a subscriber any more; its pointer is dangling */
};

/* Where a reader stands, as it is written on the wire: "POSITION@V", V in ms; or "POSITION" alone. */
struct live_point {
    uint64_t position;
    int64_t valid_at; /* INT64_MIN: not known */
};
#define LIVE_POINT_SIZE 48
#define LIVE_NOW ((struct live_point){UINT64_MAX, INT64_MIN})
void live_point_format(struct live_point point, char text[LIVE_POINT_SIZE]);
bool live_point_parse(struct str text, struct live_point *point) must_check;

struct live_subscription {
    struct str tenant_id, iteration_id; /* an iteration that is not there yet may be watched, too */
    struct str topic;          /* equal bytes (and tenant, iteration) must mean an equal format: what is asked, for whom */
    struct live_format format; /* taken, also on failure; used when the topic is new, else freed */
    struct live_point since;   /* what the reader saw last, or LIVE_NOW */
    struct live_reader reader;
};

struct live_host {
    void *context;
    /* The view (with links) at V of the first known_facts facts. `arena` holds the result. STATUS_ABSENT: not there.
     * STATUS_INVALID: it can't be shown (too large); then whoever watches it is cut with the error's text. */
    enum status (*view)(void *context, struct str tenant_id, struct str iteration_id, int64_t valid_at, uint32_t known_facts,
                        struct arena *arena, struct graph_view **view, struct error *error);
    /* The summary. */
    enum status (*verdict)(void *context, const struct graph_view *view, struct arena *arena, struct verdict *verdict,
                           struct error *error);
    /* See to it that live_turn is called then, at the latest; 0: soon, but not inside this call. A later call with a
     * longer delay does not take a shorter one back. */
    void (*wake)(void *context, uint64_t delay_ms);
    /* An update was handed to one reader, this long after what it tells had become visible. May be NULL. */
    void (*pushed)(void *context, uint64_t duration_ns);
};

struct live_options {
    const struct graph *graph;
    const struct clock *clock;
    struct live_host host;
    size_t kept_bytes_max; /* 0: LIMIT_LIVE_KEPT_BYTES */
};

enum status live_new(struct live **live, const struct live_options *options, struct error *error) must_check;
void live_free(struct live *live); /* subscribers are dropped without a word; NULL is allowed */

/* Something was erased in the graph (graph_restate): nothing that was kept is shown any more, and everybody is told to read afresh. */
void live_forget(struct live *live);
/* Facts [first, last) are visible now: the hook of the pipeline. Cheap. */
void live_applied(struct live *live, uint32_t first_fact, uint32_t last_fact);
/* Looks at what is due; called when `wake` said so. */
void live_turn(struct live *live);

/* STATUS_RETRY over LIMIT_LIVE_SUBSCRIBERS. What was missed `since` is sent on a later turn, not inside this call. */
enum status live_subscribe(struct live *live, const struct live_subscription *subscription,
                           struct live_subscriber **subscriber, struct error *error) must_check;
void live_unsubscribe(struct live *live, struct live_subscriber *subscriber);

struct live_statistics {
    size_t subscribers, topics, iterations; /* now */
    size_t late;                            /* readers held back now */
    size_t kept_bytes;
    uint64_t updates_formatted, updates_sent, coalesced, resets, cut, failures;
    uint64_t looks, look_ns_total, look_ns_max;
};
void live_statistics(const struct live *live, struct live_statistics *statistics);

#endif
