/* All deadlines of one kind are equally long, so a list to whose end new ones are put is always in order of time, and
 * setting one costs a few pointers. One timer waits for the earliest head. Moving a connection does not disturb the
 * timer: it fires once too early at most, finds nothing, and is set again. */
#include <assert.h>

#include "net/net_internal.h"

static void on_timer(uv_timer_t *timer);

enum status net_deadlines_init(struct net *net, struct error *error)
{
    struct net_deadlines *deadlines = &net->deadlines;
    const struct net_options *options = &net->options;
    deadlines->timeout_ms[NET_DEADLINE_HEADER] = options->header_timeout_ms;
    deadlines->timeout_ms[NET_DEADLINE_BODY] = options->body_timeout_ms;
    deadlines->timeout_ms[NET_DEADLINE_IDLE] = options->idle_timeout_ms;
    deadlines->timeout_ms[NET_DEADLINE_WRITE] = options->body_timeout_ms;
    deadlines->timeout_ms[NET_DEADLINE_PING] = options->ping_interval_ms;
    deadlines->timeout_ms[NET_DEADLINE_MESSAGE] = options->message_timeout_ms;
    deadlines->timeout_ms[NET_DEADLINE_CLOSE] = options->close_timeout_ms;
    deadlines->armed_ms = UINT64_MAX;
    deadlines->timer.data = net;
    if (uv_timer_init(&net->loop, &deadlines->timer) != 0) {
        return error_set(error, STATUS_FATAL, "net", "the loop takes no timer");
    }
    return STATUS_OK;
}

static void arm(struct net *net)
{
    struct net_deadlines *deadlines = &net->deadlines;
    uint64_t earliest = UINT64_MAX;
    for (int kind = 0; kind < NET_DEADLINE_KINDS; kind++) {
        if (deadlines->first[kind] != NULL && deadlines->first[kind]->deadline_ms < earliest) {
            earliest = deadlines->first[kind]->deadline_ms;
        }
    }
    deadlines->armed_ms = earliest;
    if (earliest == UINT64_MAX) {
        (void)uv_timer_stop(&deadlines->timer);
        return;
    }
    uint64_t now = uv_now(&net->loop);
    (void)uv_timer_start(&deadlines->timer, on_timer, earliest > now ? earliest - now : 1, 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct net *net = timer->data;
    uint64_t now = uv_now(&net->loop);
    for (int kind = 0; kind < NET_DEADLINE_KINDS; kind++) {
        struct net_connection *connection;
        while ((connection = net->deadlines.first[kind]) != NULL && connection->deadline_ms <= now) {
            net_deadline_set(connection, NET_DEADLINE_NONE);
            connection->deadline_restart = true;
            net_deadline_expired(connection);
        }
    }
    arm(net);
}

static void unlink_connection(struct net_deadlines *deadlines, struct net_connection *connection)
{
    enum net_deadline_kind kind = connection->deadline;
    if (connection->deadline_previous != NULL) {
        connection->deadline_previous->deadline_next = connection->deadline_next;
    } else {
        deadlines->first[kind] = connection->deadline_next;
    }
    if (connection->deadline_next != NULL) {
        connection->deadline_next->deadline_previous = connection->deadline_previous;
    } else {
        deadlines->last[kind] = connection->deadline_previous;
    }
}

void net_deadline_set(struct net_connection *connection, enum net_deadline_kind kind)
{
    struct net *net = connection->net;
    struct net_deadlines *deadlines = &net->deadlines;
    if (connection->deadline != NET_DEADLINE_NONE) {
        unlink_connection(deadlines, connection);
    }
    connection->deadline = kind;
    if (kind == NET_DEADLINE_NONE) {
        return;
    }
    connection->deadline_ms = uv_now(&net->loop) + deadlines->timeout_ms[kind];
    connection->deadline_previous = deadlines->last[kind];
    connection->deadline_next = NULL;
    if (deadlines->last[kind] != NULL) {
        deadlines->last[kind]->deadline_next = connection;
    } else {
        deadlines->first[kind] = connection;
    }
    deadlines->last[kind] = connection;
    if (connection->deadline_ms < deadlines->armed_ms) {
        arm(net);
    }
}
