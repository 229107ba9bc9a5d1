/* model.h: SPEC sections 3 and 4 once more, as simply as they can be said, to hold the real graph against.
 *
 * A model is a list of events. A view of it is made from nothing each time: filter the events by (V, K), sort them, replay
 * what each sets into a dictionary, then try every rule on every pair of nodes. No index, no cache, no shortcut; what an
 * event sets comes from effect.h, which has named examples of its own. It is slow and meant to be obviously right.
 *
 * All memory is the model's arena (or the one given), and failures of memory end the test.
 */
#ifndef TRIMODAL_TESTS_MODEL_H
#define TRIMODAL_TESTS_MODEL_H

#include "base/arena.h"
#include "event/event.h"
#include "graph/effect.h"

struct model_event {
    struct str tenant_id, iteration_id, event_id;
    enum event_type type;
    uint8_t key[EVENT_KEY_SIZE];
    int64_t valid_from, observed_at;
    uint64_t seq;
    struct effect effect;
    bool is_report;      /* of an analysis, about a module, violation or cycle */
    struct str manifest; /* "" where none is named */
};

#define MODEL_EVENTS_MAX 512

struct model {
    struct arena *arena;
    uint32_t count;
    struct model_event events[MODEL_EVENTS_MAX];
};

void model_init(struct model *model, struct arena *arena);
/* Copies nothing but what it sets: the event's texts must outlive the model. Duplicates are the caller's to leave out. */
void model_add(struct model *model, const struct event *event, uint64_t seq, int64_t observed_at);

struct model_property {
    uint32_t property;
    struct str sub; /* at == NULL: none */
    const struct effect_set *set;
    const struct model_event *event;       /* that set it last */
    const struct model_event *held_since;  /* since which it has had this value without a break */
};

struct model_node {
    enum node_kind kind;
    struct str id;
    bool is_named_only;
    uint32_t version;
    const struct model_event *first, *last; /* NULL where is_named_only */
    uint32_t event_count;
    const struct model_event **events; /* in view, in order */
    uint32_t property_count;
    struct model_property *properties;
};

struct model_link {
    enum link_kind kind;
    enum link_method method;
    uint32_t source, target;
    double confidence, weight;
    bool inferred;
    int64_t valid_from, observed_at;
    const struct model_event *evidence; /* the event that claims it */
};

struct model_unmatched {
    uint32_t node;
    enum link_kind kind;
    enum node_kind partner_kind;
    struct str partner;
};

struct model_view {
    bool exists; /* there is a fact in view */
    uint32_t node_count;
    struct model_node *nodes; /* by (kind, id) */
    uint32_t link_count;
    struct model_link *links; /* by (kind, source, target) */
    uint32_t unmatched_count;
    struct model_unmatched *unmatched; /* by (node, kind, partner_kind, partner), each once */
};

void model_open(const struct model *model, struct str tenant_id, struct str iteration_id, int64_t valid_at,
                int64_t known_at, struct arena *arena, struct model_view *view);

const struct model_node *model_find(const struct model_view *view, enum node_kind kind, struct str id);
const struct model_property *model_property(const struct model_node *node, uint32_t property, struct str sub);

#endif
