/* graphql.h: what GraphQL asks of this system, answered. The engine (src/query) knows how to ask, this knows what.
 *
 * A request is what resolvers get as the context of their run: who asks, which tenant it is about, one "now" for all of
 * its fields, and the views it has opened. An iteration asked for twice at the same (V, K) is read once, and what a lens
 * makes of a view is worked out when the first field wants it.
 *
 * Objects are {at, number}: a node is a scope (a view as one lens shows it) and its index, so lists of nodes cost nothing.
 * The same lenses, verdicts and histories stand behind REST; what people decide goes through the REST handlers themselves.
 *
 * Life: a request outlives its run. Thread: the core thread.
 */
#ifndef TRIMODAL_API_GRAPHQL_H
#define TRIMODAL_API_GRAPHQL_H

#include "api/api.h"
#include "live/live.h"
#include "query/query.h"

struct graphql_request;

/* The schema (schemas/graphql/schema.graphql, in the binary) bound to its resolvers. STATUS_INVALID where the two do not fit. */
enum status graphql_schema_new(struct query_schema **schema, struct error *error) must_check;
struct str graphql_sdl(void);

/* Who asks, and about which tenant: both decided at the door, as for REST. */
struct graphql_asker {
    struct principal principal;
    struct str tenant_id;
    bool all_tenants; /* listings hold those of all tenants */
    struct str address, origin; /* of what it changes; see struct api_request */
};

/* Texts are copied. */
enum status graphql_request_new(struct graphql_request **request, struct api *api, const struct graphql_asker *asker,
                                struct error *error) must_check;
void graphql_request_free(struct graphql_request *request); /* after its run; NULL is allowed */
/* For query_run_options.may; the context is the request. */
bool graphql_may(void *request, uint32_t permission);
/* For query_run_options.show: without what is personal, for those who may not see it. */
struct str graphql_show(void *request, struct str text, bool is_json);

/* ---- subscriptions -------------------------------------------------------------------------------------------------- */

enum graphql_watch { GRAPHQL_NODE_STATUS, GRAPHQL_VIOLATION, GRAPHQL_VERDICT, GRAPHQL_TASKS };

/* What a subscription wants to hear. */
struct graphql_subscription {
    enum graphql_watch watch;
    struct str tenant_id, iteration_id;
    struct live_point since;        /* or LIVE_NOW */
    bool positions;                 /* tell positions, too, in updates that hold nothing else */
    uint32_t lenses;                /* bits 1u << enum lens; of GRAPHQL_NODE_STATUS */
    bool properties;                /* likewise: nodes that kept their status, too */
    size_t requirement_count;       /* of GRAPHQL_TASKS; 0: all */
    const struct str *requirements;
};

/* Reads the arguments of the root field (query_run_root) into *subscription; its texts live as long as the request.
 * STATUS_INVALID for a `since` that is no point, STATUS_FATAL without memory. */
enum status graphql_subscribe(struct graphql_request *request, struct query_call *call, struct str field,
                              struct graphql_subscription *subscription, struct error *error) must_check;

/* What the root field of this subscription is in this update, for query_run_options.root; it lives as long as the request, and
 * the update must live until its run is done. False: the update holds nothing for it. */
bool graphql_update_value(struct graphql_request *request, const struct graphql_subscription *subscription,
                          const struct live_update *update, struct query_value *root);

#endif
