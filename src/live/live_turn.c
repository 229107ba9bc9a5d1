/* Turns: what is due, and how much of it now. */
#include <assert.h>

#include "base/log.h"
#include "live/live_private.h"

#define TURN_NS UINT64_C(5000000) /* looking for longer lets the network wait */

void live_failed(struct live *live, const struct error *error)
{
    live->statistics.failures++;
    live->retry_ns = live_now_ns(live) + LIVE_RETRY_NS;
    log_error("an update could not be made; trying again", error);
}

/* ---- the budget ---- */

static void fill(struct live *live, uint64_t now)
{
    uint64_t elapsed = now - live->filled_ns;
    uint64_t busy = live->applied_facts * LIVE_EVENT_NS + live->spent_ns; /* what was spent here could not go to the intake */
    uint64_t left = elapsed > busy ? elapsed - busy : 0;
    live->applied_facts = live->spent_ns = 0;
    live->budget_ns += (int64_t)(elapsed / LIVE_PACE + left / 2);
    live->budget_ns = live->budget_ns > LIVE_BURST_NS ? LIVE_BURST_NS : live->budget_ns;
    live->filled_ns = now;
}

void live_charge(struct live *live, uint64_t begun_ns)
{
    uint64_t spent = live_now_ns(live) - begun_ns;
    live->spent_ns += spent;
    live->budget_ns -= (int64_t)spent;
}

/* ---- what is due ---- */

static void due_by_time(struct live *live)
{
    int64_t now_ms = clock_now_ms(live->options.clock);
    if (live->moves_at > now_ms) {
        return;
    }
    live->moves_at = INT64_MAX;
    for (struct link *at = live->all.next; at != &live->all; at = at->next) {
        struct watch *watch = HOLDER(at, struct watch, all);
        if (watch->moves_at <= now_ms) {
            live_watch_due(live, watch);
        } else if (watch->moves_at < live->moves_at) {
            live->moves_at = watch->moves_at;
        }
    }
}

static void look_at(struct live *live, struct watch *watch)
{
    struct error error;
    struct live_statistics *statistics = &live->statistics;
    uint64_t begun = live_now_ns(live);
    link_remove(&watch->due);
    enum status status = live_look(live, watch, &error);
    if (status == STATUS_INVALID) {
        live_cut_watch(live, watch, error.text);
    } else if (status != STATUS_OK) {
        list_add_last(&live->due, &watch->due);
        live_failed(live, &error);
    }
    uint64_t duration = live_now_ns(live) - begun;
    statistics->looks++;
    statistics->look_ns_total += duration;
    statistics->look_ns_max = duration > statistics->look_ns_max ? duration : statistics->look_ns_max;
    live_charge(live, begun);
}

static void sweep(struct live *live)
{
    while (!list_is_empty(&live->empty)) {
        struct topic *topic = HOLDER(live->empty.next, struct topic, empty);
        assert(topic->subscriber_count == 0);
        live_forget_topic(live, topic);
    }
}

/* ---- when the next turn is ---- */

static uint64_t delay_of_ns(uint64_t ns)
{
    return (ns + 999999) / 1000000;
}

static uint64_t next_turn_ms(const struct live *live, size_t slice)
{
    uint64_t now = live_now_ns(live);
    uint64_t delay = UINT64_MAX;
    bool has_work = !list_is_empty(&live->due) ||
                    (!list_is_empty(&live->waiting_topics) && (slice == 0 || live->budget_ns <= 0));
    if (!list_is_empty(&live->sending)) {
        return 0;
    }
    if (live->retry_ns > now && (has_work || !list_is_empty(&live->waiting_topics))) {
        delay = delay_of_ns(live->retry_ns - now);
    } else if (has_work) {
        delay = live->budget_ns > 0 ? 0 : delay_of_ns((uint64_t)-live->budget_ns * 2 + 1);
    } else if (!list_is_empty(&live->waiting_topics)) {
        delay = LIVE_LATE_CHECK_MS;
    }
    if (live->moves_at != INT64_MAX) {
        int64_t left = live->moves_at - clock_now_ms(live->options.clock);
        uint64_t left_ms = left > 0 ? (uint64_t)left : 0;
        delay = left_ms < delay ? left_ms : delay;
    }
    if (live->statistics.subscribers > 0) {
        uint64_t positions = live->positions_ns + LIVE_POSITION_MS * UINT64_C(1000000);
        uint64_t left_ms = positions > now ? delay_of_ns(positions - now) : 0;
        delay = left_ms < delay ? left_ms : delay;
    }
    return delay;
}

static void schedule(struct live *live, size_t slice)
{
    uint64_t delay = next_turn_ms(live, slice);
    if (delay != UINT64_MAX) {
        live->is_woken = delay == 0;
        live->options.host.wake(live->options.host.context, delay);
    }
}

/* ---- turns ---- */

void live_turn(struct live *live)
{
    assert(!live->in_turn);
    live->in_turn = true;
    live->is_woken = false;
    uint64_t begun = live_now_ns(live);
    fill(live, begun);
    due_by_time(live);
    size_t slice = live_send(live, LIVE_SLICE);
    bool may_look = begun >= live->retry_ns;
    if (may_look && slice > 0) {
        slice = live_catch_up(live, slice);
    }
    while (may_look && slice > 0 && live->budget_ns > 0 && !list_is_empty(&live->due) && begun >= live->retry_ns &&
           live_now_ns(live) - begun < TURN_NS) {
        look_at(live, HOLDER(live->due.next, struct watch, due));
        slice = live_send(live, slice);
    }
    if (slice > 0 && begun - live->positions_ns >= LIVE_POSITION_MS * UINT64_C(1000000)) {
        live->positions_ns = begun;
        live_tell_positions(live);
        slice = live_send(live, slice);
    }
    live->in_turn = false;
    sweep(live);
    schedule(live, slice);
}
