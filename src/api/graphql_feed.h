/* graphql_feed.h: one who watches a GraphQL field, as a reader of a topic of live.h.
 *
 * A topic's name is the SHA-256 of all that its text depends on: the plan, the variables, and of the one who asks the tenant
 * and the rights. The first reader brings what the topic needs to write an update: a copy of these, and no reader's own.
 */
#ifndef TRIMODAL_API_GRAPHQL_FEED_H
#define TRIMODAL_API_GRAPHQL_FEED_H

#include "api/graphql.h"

struct graphql_feed;

struct graphql_feed_reader {
    void *context;
    void (*next)(void *context, struct str response); /* valid during the call; never from inside graphql_feed_new */
    void (*cut)(void *context, const char *reason);   /* it is over; graphql_feed_free is what is left to do, also in here */
    size_t (*backlog)(void *context);                 /* bytes queued for the reader */
};

/* When it is not STATUS_OK, *answer holds the response text that says why: STATUS_INVALID is the fault of who asks, STATUS_RETRY
 * too many watch, STATUS_FATAL ours. */
enum status graphql_feed_new(struct graphql_feed **feed, struct api *api, struct query_plan *plan, struct str variables_json,
                             const struct graphql_asker *asker, const struct graphql_feed_reader *reader,
                             struct buffer *answer) must_check;
void graphql_feed_free(struct graphql_feed *feed); /* NULL is allowed */

#endif
