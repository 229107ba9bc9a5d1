/* digest.h: a fingerprint of all facts.
 *
 * Two graphs have the same digest exactly when they hold the same facts: the same tenants, iterations, nodes and events,
 * with what each event sets. Taken in the order (tenant, iteration, kind, node id, order of validity), by names and in
 * little-endian numbers, so that it does not depend on the machine, the order of arrival or what memory looks like.
 *
 * Thread: the core thread, like the graph (it may sort an iteration's nodes).
 */
#ifndef TRIMODAL_GRAPH_DIGEST_H
#define TRIMODAL_GRAPH_DIGEST_H

#include "base/buffer.h"
#include "base/sha256.h"
#include "graph/graph.h"

/* `facts` covers every field of every fact; `regardless_of_arrival` leaves observed_at and seq out, so that it is equal
 * for all orders of arrival. STATUS_FATAL without memory. */
enum status graph_digest(const struct graph *graph, uint8_t facts[SHA256_SIZE], uint8_t regardless_of_arrival[SHA256_SIZE],
                         struct error *error) must_check;

/* How digests spell things; for digest.c here and in correlate/. Failures stick in the buffer. */
void digest_put_number(struct buffer *buffer, uint64_t number); /* 8 bytes, little-endian */
void digest_put_text(struct buffer *buffer, struct str text);   /* its length as a number, then its bytes */
void digest_put_real(struct buffer *buffer, double real);       /* the bits of IEEE 754 binary64 as a number */

/* Numbers of all iterations in order of (tenant, id), in the arena; NULL without memory. */
uint32_t *digest_iterations(const struct graph *graph, struct arena *arena) must_check;

#endif
