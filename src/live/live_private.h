/* live_private.h: watched iterations, their topics and subscribers, for the files of this folder.
 *
 *   watch       one iteration that somebody watches: the moment told last (`told`), and the view at it if it is kept
 *   topic       one way of saying it, with the subscribers that are in step (`members`: told all up to `told`, or about to
 *               be by the payload under way) and those that are not (`waiting`: new, back again, or late; each has a moment of
 *               its own, from which it is brought to `told`)
 *
 *   live.c          comes and goes: subscribe, unsubscribe, lookup
 *   live_turn.c     what is due, and how much of it now
 *   live_look.c     views and their differences
 *   live_send.c     payloads to members, a slice at a time
 *   live_wait.c     those that are not in step
 *   live_table.c    lists and hash table
 *
 * While a turn runs (`in_turn`), topics without subscribers are not freed but put aside (`empty`), so that callbacks may
 * unsubscribe whom they like.
 */
#ifndef TRIMODAL_LIVE_LIVE_PRIVATE_H
#define TRIMODAL_LIVE_LIVE_PRIVATE_H

#include "graph/graph.h"
#include "live/live.h"
#include "live/live_table.h"

/* A point, with the number of facts known there. */
struct moment {
    uint64_t position;
    int64_t valid_at;
    uint32_t known_facts;
};

/* A view made for looking, and what was worked out of it. The view's arena is this one, so it does not move. */
struct shown {
    struct arena arena;
    struct graph_view *view;
    bool has_verdict;
    struct verdict verdict;
    size_t counted_bytes; /* in live->kept_bytes */
    struct link kept;     /* in live->kept */
    struct watch *watch;  /* that keeps it */
};

struct watch {
    struct hashed hashed;
    struct link all, due;
    struct str tenant_id, iteration_id; /* behind the struct */
    uint32_t number;                    /* in the graph, or GRAPH_NONE */
    uint32_t fact_count;                /* of the iteration, at `told` */
    struct moment told;
    struct shown *shown; /* at `told`; NULL: made when it is needed */
    struct link topics;
    size_t topic_count, verdict_topic_count;
    uint64_t changed_ns; /* while due: since when */
    int64_t moves_at;    /* V at which it changes by time alone; INT64_MAX: does not */
};

struct topic {
    struct hashed hashed;
    struct link of_watch, sending, waiting_topics, empty;
    struct watch *watch;
    struct str text; /* behind the struct */
    struct live_format format;
    struct link members, waiting;
    size_t subscriber_count;
    uint64_t said;    /* position that the members were told last */
    uint64_t said_ns; /* when */
    /* while in live->sending: */
    struct live_payload payload;
    struct buffer payload_text;
    struct moment from;              /* what is told is the difference from here */
    uint64_t changed_ns;             /* 0: no change, a position */
    struct live_subscriber *cursor;  /* the next member to get it */
};

struct live_subscriber {
    struct link link; /* in members, waiting or a list under way */
    struct topic *topic;
    struct live_reader reader;
    struct moment since; /* while not in step */
    bool is_member, must_reset, is_late;
    uint64_t late_ns;    /* since when */
};

struct live {
    struct live_options options;
    struct live_table watches, topics;
    struct link all;            /* watches */
    struct link due;            /* watches to be looked at, longest waiting first */
    struct link sending;        /* topics with a payload under way */
    struct link waiting_topics; /* topics with somebody waiting */
    struct link empty;          /* topics without subscribers, while in_turn */
    struct link kept;           /* shown views, latest use first */
    struct shown *spare, *before; /* before: of the difference under way */
    struct arena scratch; /* of one comparison */
    bool in_turn, is_woken;
    int64_t moves_at;     /* least of the watches' */
    int64_t budget_ns;    /* may be below zero */
    uint64_t filled_ns;   /* when the budget was filled up last */
    uint64_t applied_facts, spent_ns; /* since then */
    uint64_t retry_ns;    /* nothing is looked at before, after a failure */
    uint64_t positions_ns; /* when positions were told last */
    struct live_statistics statistics;
};

static inline uint64_t live_now_ns(const struct live *live)
{
    return clock_monotonic_ns(live->options.clock);
}

/* ---- live.c ---- */

void live_wake(struct live *live); /* a turn soon */
void live_forget_topic(struct live *live, struct topic *topic);
/* Takes the subscriber out of its lists; it is freed, its topic may be. */
void live_drop(struct live *live, struct live_subscriber *subscriber);
/* From the members to those who wait. */
void live_hold(struct live *live, struct live_subscriber *subscriber, struct moment since, bool is_late);
void live_watch_due(struct live *live, struct watch *watch);

/* ---- live_look.c ---- */

struct moment live_moment_now(const struct live *live);
/* Of the iteration, now; notes its number once it has one. */
uint32_t live_fact_count(const struct live *live, struct watch *watch);
/* The difference from the moment told last to now goes to the members of all topics: their payloads are ready to be sent.
 * Nothing may be under way to them. */
enum status live_look(struct live *live, struct watch *watch, struct error *error) must_check;
/* Where nothing of the iteration has moved, what was told is what is now: told becomes now. */
bool live_advance_at_rest(struct live *live, struct watch *watch);
/* The difference from `since` to the moment told last, as an update. It lives until live_difference_done. */
enum status live_difference(struct live *live, struct topic *topic, struct moment since, struct live_update *update,
                            struct error *error) must_check;
void live_difference_done(struct live *live, struct topic *topic);
void live_shown_drop(struct live *live, struct watch *watch);
void live_shown_free(struct shown *shown);

/* ---- live_send.c ---- */

enum said { SAID_NOTHING, SAID_TEXT, SAID_FAILED, SAID_NEVER };
/* Formats it into the empty buffer. An update that grows too large is said as a reset. FAILED: no memory even for that.
 * (NEVER is of live_wait.c: the view can't be shown.) */
enum said live_format_update(struct live *live, struct topic *topic, const struct live_update *update, struct buffer *text);
/* Formats it and puts it on its way to all members, if it has words for it. */
void live_tell_members(struct live *live, struct topic *topic, const struct live_update *update, struct moment from,
                       uint64_t changed_ns);
/* Sends at most `slice`; returns how many are left of it. More than 0: all is sent. */
size_t live_send(struct live *live, size_t slice);
void live_publish_end(struct topic *topic);
/* Positions for those who have not heard for long. */
void live_tell_positions(struct live *live);
void live_payload_release(struct live_payload *payload);

/* ---- live_wait.c ---- */

/* All in the list; they are told why. */
void live_cut_all(struct live *live, struct link *cut, const char *reason);
/* All who watch it. */
void live_cut_watch(struct live *live, struct watch *watch, const char *reason);
/* Brings those who wait in step, as far as budget and slice go. Returns what is left of the slice. */
size_t live_catch_up(struct live *live, size_t slice);

/* ---- live_turn.c ---- */

#define LIVE_RETRY_NS UINT64_C(200000000)
/* Something could not be done for want of memory: it is tried again a little later. */
void live_failed(struct live *live, const struct error *error);
/* What has passed since `begun` comes off the budget. */
void live_charge(struct live *live, uint64_t begun_ns);

#endif
