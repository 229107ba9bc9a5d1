/* graphql_config.h: what the one who runs the server decides about GraphQL. All zero is a working choice. */
#ifndef TRIMODAL_API_GRAPHQL_CONFIG_H
#define TRIMODAL_API_GRAPHQL_CONFIG_H

#include "query/query.h"

/* Who may see the schema: ask for it, and be helped by messages that suggest its names. */
enum graphql_introspection {
    GRAPHQL_INTROSPECTION_AUTHENTICATED, /* whoever has signed in */
    GRAPHQL_INTROSPECTION_ALL,           /* anyone; then anyone may ask, and each field decides for itself */
    GRAPHQL_INTROSPECTION_OFF,           /* nobody */
};

struct graphql_config {
    enum graphql_introspection introspection;
    struct query_limits limits;         /* 0 in one of them: its default */
    uint32_t init_timeout_ms;           /* for connection_init; 0: LIMIT_GRAPHQL_INIT_TIMEOUT_MS */
    uint32_t socket_operations_max;     /* of one WebSocket at a time; 0: LIMIT_GRAPHQL_SOCKET_OPERATIONS */
};

#endif
