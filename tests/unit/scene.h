/* scene.h: a graph under test, told of events as JSON text.
 *
 * Texts may use ' where JSON wants ", so that they read well in C. event_id, iteration_id and timestamp are filled in
 * where the text does not start with them (see scene_tell). Whatever fails ends the test with the reason.
 */
#ifndef TRIMODAL_TESTS_SCENE_H
#define TRIMODAL_TESTS_SCENE_H

#include "base/buffer.h"
#include "correlate/correlate.h"
#include "event/decode.h"
#include "graph/graph.h"

struct scene {
    struct arena arena; /* events, views, whatever a test wants */
    struct event_decoder *decoder;
    struct graph *graph;
    uint64_t seq;
    int64_t observed_at;
    uint32_t told;
};

void scene_init(struct scene *scene);
void scene_release(struct scene *scene);

/* Decodes an event. */
struct event *scene_decode(struct scene *scene, const char *json);
/* Applies it: observed at `observed_at` (never before the last one), as the next in the log. */
uint32_t scene_apply(struct scene *scene, const struct event *event, int64_t observed_at);

/* An event of iteration "it" (or the one that `fields` names) with its own event_id, at valid time `valid_from`, observed at
 * `observed_at`. `fields` is the inside of a JSON object: "'node_id':'T1','metadata':{'name':'x'}". Returns the fact. */
uint32_t scene_tell(struct scene *scene, int64_t valid_from, int64_t observed_at, const char *type, const char *fields);

/* The correlated view of "it" (tenant default) at (V, K); NULL where there is none. */
struct graph_view *scene_view(struct scene *scene, int64_t valid_at, int64_t known_at);
struct graph_view *scene_view_of(struct scene *scene, struct str tenant_id, struct str iteration_id, int64_t valid_at,
                                 int64_t known_at);
/* The status's name of a node, "absent" where it is not. */
const char *scene_status(const struct graph_view *view, enum node_kind kind, const char *id);
/* The link, or NULL. */
const struct view_link *scene_link(const struct graph_view *view, enum link_kind kind, enum node_kind source_kind,
                                   const char *source, enum node_kind target_kind, const char *target);
/* Whether the node is on the list for review for this kind of link; the reason. */
const struct view_unmatched *scene_unmatched(const struct graph_view *view, enum node_kind node_kind, const char *node,
                                             enum link_kind kind);

/* All that a view says, as text by names, one line each; with observed_at only where asked for. */
void scene_print(const struct graph_view *view, bool with_arrival, struct buffer *text);

#endif
