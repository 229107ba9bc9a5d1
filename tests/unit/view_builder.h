/* view_builder.h: graph views for tests, made the way the program makes them: events as JSON text, decoded, applied to a
 * real graph, correlated. One builder is one iteration, "it" of tenant "default"; event n has the id "e-000n", seq n and
 * observed_at n ms. Whatever fails ends the test (cmocka's assert) or the program (in benches).
 */
#ifndef TRIMODAL_TESTS_VIEW_BUILDER_H
#define TRIMODAL_TESTS_VIEW_BUILDER_H

#include "correlate/correlate.h"
#include "event/decode.h"
#include "graph/graph.h"
#include "graph/graph_view.h"

struct view_builder {
    struct graph *graph;
    struct event_decoder *decoder;
    struct arena events, views;
    uint64_t seq;
    uint32_t batch; /* so many events become durable at one moment; 0: each by itself */
    uint64_t seed;  /* of view_builder_draw */
};

void view_builder_init(struct view_builder *builder);
void view_builder_release(struct view_builder *builder);

/* Tells an event: its type ("TASK_STARTED"), when, of which node, and further members as JSON with ' for " ("" for
 * none): say(b, "TASK_CREATED", 10, "t1", "'metadata':{'depends_on':'t0'}"). */
void view_builder_say(struct view_builder *builder, const char *type, int64_t at, const char *node, const char *members);
/* The same with a format for the members. */
void view_builder_sayf(struct view_builder *builder, const char *type, int64_t at, const char *node, const char *format, ...)
    printf_like(5, 6);

/* A number below `below`, the same in each run of a test; something that matters to verdicts, or might, at a moment from 1 to 1000. */
uint32_t view_builder_draw(struct view_builder *builder, uint32_t below);
void view_builder_say_anything(struct view_builder *builder, bool runs, uint32_t nodes);
/* When event `seq` became durable. */
int64_t view_builder_observed(const struct view_builder *builder, uint64_t seq);

/* All that was told so far, with links. Earlier views of this builder are gone. */
struct graph_view *view_builder_view(struct view_builder *builder);
/* As of V, with what the first `known` events said. NULL when nothing is in view. */
struct graph_view *view_builder_view_at(struct view_builder *builder, int64_t valid_at, uint32_t known);

#endif
