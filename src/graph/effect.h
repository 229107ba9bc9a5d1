/* effect.h: what an event does to the graph: which node it is about and what it sets there.
 *
 * This is the one place where event types get their meaning. Every event has exactly one effect: one fact on one node
 * (SPEC section 3). Most of the event's own fields are set verbatim under their own names; on top of them come the
 * derived properties of kinds.h. Links are not made here: they are a function of node states (correlate/).
 */
#ifndef TRIMODAL_GRAPH_EFFECT_H
#define TRIMODAL_GRAPH_EFFECT_H

#include "event/event.h"
#include "graph/kinds.h"

enum effect_value { EFFECT_INTEGER, EFFECT_REAL, EFFECT_TEXT };

struct effect_set {
    uint16_t property;
    enum effect_value value;
    struct str sub; /* absent for properties without */
    int64_t integer;
    double real;
    struct str text;
};

struct effect {
    enum node_kind kind;
    struct str id;
    uint32_t count;
    struct effect_set *sets; /* (property, sub) distinct */
};

/* The effect, in the arena; texts refer to the event or the arena. STATUS_FATAL without memory; nothing else fails:
 * an event that was decoded has an effect. */
enum status effect_of(const struct event *event, struct arena *arena, struct effect *effect, struct error *error) must_check;

#endif
