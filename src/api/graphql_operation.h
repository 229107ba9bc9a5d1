/* graphql_operation.h: GraphQL operations on their way, whoever carries them.
 *
 * The core thread has more to do than one long query. An operation runs as soon as it comes, for a slice of time; what is
 * not done by then waits in a queue, of which each turn of the loop works off one slice, a slice of each run in turn. In
 * between, events come in, other requests are answered, and whoever asked is looked for: when it has gone, the run is
 * freed where it stands.
 *
 * Each operation that has begun is counted once, by its kind and by what became of it, with its time from begin to end.
 *
 * Thread: the core thread. Ownership: an operation belongs to this module and ends by itself; the one who began it may only
 * cancel it.
 */
#ifndef TRIMODAL_API_GRAPHQL_OPERATION_H
#define TRIMODAL_API_GRAPHQL_OPERATION_H

#include "api/graphql.h"
#include "api/graphql_ask.h"

struct graphql_service; /* schema, plans and queue of one api */
struct graphql_operation;

enum graphql_outcome {
    GRAPHQL_ANSWERED,
    GRAPHQL_FAULTY,      /* data, and errors beside it */
    GRAPHQL_REFUSED,     /* nothing was run: syntax, validation, limits, variables */
    GRAPHQL_UNAVAILABLE, /* no memory, too many at once */
    GRAPHQL_CANCELLED,   /* whoever asked has gone, or wants it no more */
    GRAPHQL_OUTCOME_COUNT,
};

struct graphql_client {
    const struct graphql_asker *asker; /* copied */
    uint64_t begun_ns;
    void *context;
    bool (*is_there)(void *context); /* may be NULL: always */
    /* Once, maybe before graphql_operation_begin returns; not after graphql_operation_cancel. The answer is the whole response
     * text, valid during the call; empty when cancelled. */
    void (*done)(void *context, enum graphql_outcome outcome, struct str answer);
};

/* The api's own; made when it is first asked for. NULL: *error (which may be NULL) says why. */
struct graphql_service *graphql_service(struct api *api, struct error *error) must_check;
/* Ends what is under way, as cancelled; before the carrier of requests goes. */
void graphql_service_stop(struct graphql_service *service);
void graphql_service_free(struct graphql_service *service); /* NULL is allowed */

/* Finds or makes the plan. STATUS_INVALID: *answer holds the response text that says why; STATUS_FATAL: likewise, and the
 * fault is ours. Counted in both cases. */
enum status graphql_prepare(struct graphql_service *service, const struct graphql_ask *ask, const struct principal *principal,
                            struct query_plan **plan, struct buffer *answer) must_check;
/* What became of one that did not go through graphql_operation_begin: not run after all, or a subscription. */
void graphql_count(struct graphql_service *service, enum query_operation kind, enum graphql_outcome outcome);

/* Runs a query or mutation. NULL when it has ended already. */
struct graphql_operation *graphql_operation_begin(struct graphql_service *service, struct query_plan *plan,
                                                  struct str variables_json, const struct graphql_client *client);
void graphql_operation_cancel(struct graphql_operation *operation);

/* {"errors":[{"message":…,"extensions":{"code":…}}]} */
void graphql_write_fault(struct buffer *answer, const char *code, const char *message);

/* Lines for /metrics. */
void graphql_metrics(const struct graphql_service *service, struct buffer *text); /* NULL: nothing */

#endif
