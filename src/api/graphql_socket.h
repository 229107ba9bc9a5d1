/* graphql_socket.h: GraphQL over WebSocket, subprotocol graphql-transport-ws (github.com/enisdenjo/graphql-ws, PROTOCOL.md).
 *
 *   OPENED ──connection_init──▶ READY ──subscribe──▶ an operation: next*, then complete or error
 *     │ no init in time: 4408     │ a second init: 4429
 *     └ subscribe: 4401           └ an id that is in use: 4409
 *   any ──what is no message of the protocol──▶ 4400;   init with a bad credential: 4403;   another subprotocol: 4406
 *
 * The payload of connection_init may say who asks: {"Authorization": "Bearer TOKEN"} or {"token": "TOKEN"}; without it, it is
 * who asked for the upgrade. {"tenant": …} names a tenant as the header X-Tenant does.
 *
 * Queries and mutations run like those over HTTP (graphql_operation.h). A subscription is a reader of a topic of live.h; the
 * topic's name is a hash of all that its text depends on (plan, variables, rights, tenant), so that each update is executed
 * and written once for all who asked the same. What is sent differs by the client's id only, and those with equal ids
 * share the frame as well.
 *
 * `complete` from the client, or the end of the socket, stops an operation where it stands.
 */
#ifndef TRIMODAL_API_GRAPHQL_SOCKET_H
#define TRIMODAL_API_GRAPHQL_SOCKET_H

struct exchange;

#define GRAPHQL_SUBPROTOCOL "graphql-transport-ws"

/* Takes over an exchange that asks for a WebSocket. */
void graphql_socket_open(struct exchange *exchange);

#endif
