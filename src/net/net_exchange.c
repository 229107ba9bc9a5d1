/* The memory of a request: recycled with what it has grown to, as long as that is little. */
#include <assert.h>

#include "base/memory.h"
#include "net/net_internal.h"

struct net_exchange *net_exchange_new(struct net_connection *connection)
{
    struct net *net = connection->net;
    struct net_exchange *exchange = net->spare_exchanges;
    if (exchange != NULL) {
        net->spare_exchanges = exchange->next;
        net->spare_exchange_count--;
    } else {
        exchange = memory_new_zeroed(1, sizeof *exchange);
        if (exchange == NULL) {
            return NULL;
        }
        buffer_init(&exchange->head, net->options.header_bytes_max);
    }
    exchange->connection = connection;
    exchange->began_ns = clock_monotonic_ns(net->options.clock);
    exchange->body_bytes_max = net->options.body_bytes_max;
    return exchange;
}

static void exchange_release(struct net_exchange *exchange)
{
    buffer_release(&exchange->head);
    memory_free(exchange->spans);
    memory_free(exchange->headers);
    memory_free(exchange->body);
    memory_free(exchange);
}

void net_exchange_free(struct net *net, struct net_exchange *exchange)
{
    if (exchange->request.id != 0) {
        net_slots_remove(&net->requests, exchange->request.id);
        net->statistics.requests_in_flight--;
    }
    memory_free(exchange->subject);
    if (net->spare_exchange_count >= NET_SPARES_MAX) {
        exchange_release(exchange);
        return;
    }
    if (exchange->body_capacity > NET_SPARE_BYTES_MAX) {
        memory_free(exchange->body);
        exchange->body = NULL;
        exchange->body_capacity = 0;
    }
    struct net_exchange kept = *exchange;
    buffer_clear(&kept.head);
    *exchange = (struct net_exchange){.head = kept.head,
                                      .spans = kept.spans,
                                      .spans_capacity = kept.spans_capacity,
                                      .headers = kept.headers,
                                      .headers_capacity = kept.headers_capacity,
                                      .body = kept.body,
                                      .body_capacity = kept.body_capacity,
                                      .next = net->spare_exchanges};
    net->spare_exchanges = exchange;
    net->spare_exchange_count++;
}

void net_exchanges_free_spare(struct net *net)
{
    while (net->spare_exchanges != NULL) {
        struct net_exchange *next = net->spare_exchanges->next;
        exchange_release(net->spare_exchanges);
        net->spare_exchanges = next;
    }
    net->spare_exchange_count = 0;
}

bool net_exchange_grow_body(struct net_exchange *exchange, size_t needed)
{
    if (needed <= exchange->body_capacity && exchange->body != NULL) {
        return true;
    }
    size_t capacity = exchange->body_capacity < 4 * KIB ? 4 * KIB : exchange->body_capacity * 2;
    if (capacity < needed) {
        capacity = needed;
    }
    char *grown = memory_resize(exchange->body, capacity + NET_BODY_PADDING);
    if (grown == NULL) {
        return false;
    }
    exchange->body = grown;
    exchange->body_capacity = capacity;
    return true;
}
