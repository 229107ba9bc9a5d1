/* builder.h: what the rules of this folder share: the links under construction, and small indexes over texts.
 * All memory is the view's arena. Failures stick in `failed`; rules need not look at each call. */
#ifndef TRIMODAL_CORRELATE_BUILDER_H
#define TRIMODAL_CORRELATE_BUILDER_H

#include "correlate/correlate.h"

/* A person's word on a link: it beats what the rules find. */
struct manual_link {
    enum link_kind kind;
    uint32_t source, target; /* nodes of the view */
    bool asserted;           /* false: denied */
    uint32_t fact;
    struct str actor, reason;
};

struct builder {
    struct graph_view *view;
    const struct correlate_config *config;
    size_t link_capacity, unmatched_capacity;
    struct manual_link *manual; /* sorted by (kind, source, target) */
    uint32_t manual_count;
    bool failed;
};

/* A link that the named fact of one end claims: `claim_fact` names the partner. The other event it rests on is the
 * partner's first fact, where the claim names the partner by its id; where it is found by something else that the partner
 * says of itself (a name, a prefix, a time), it is the fact that says so: `partner_fact`. */
struct claim {
    enum link_kind kind;
    enum link_method method;
    double confidence;
    uint32_t source, target;
    uint32_t claim_fact;
    bool claimed_by_source; /* which end the claiming fact belongs to */
    bool has_partner_fact;
    uint32_t partner_fact;
    bool inferred;
    double weight;
    struct str explanation;
};

void builder_add(struct builder *builder, const struct claim *claim);
void builder_unmatched(struct builder *builder, uint32_t node, enum link_kind kind, enum node_kind partner_kind,
                       struct str partner, struct str reason);
/* A sentence in the view's arena. */
struct str builder_text(struct builder *builder, const char *format, ...) printf_like(2, 3);
/* The person's word on this very link, or NULL. */
const struct manual_link *builder_manual(const struct builder *builder, enum link_kind kind, uint32_t source,
                                         uint32_t target);
static inline bool builder_denied(const struct builder *builder, enum link_kind kind, uint32_t source, uint32_t target)
{
    const struct manual_link *manual = builder_manual(builder, kind, source, target);
    return manual != NULL && !manual->asserted;
}

static inline const struct view_node *builder_node(const struct builder *builder, uint32_t node)
{
    return &builder->view->nodes[node];
}

/* Texts to numbers; a text entered twice keeps both (find walks them from the smallest number). */
struct str_index {
    struct str_index_slot {
        struct str text;
        uint32_t value, hash;
        bool used;
    } *slots;
    size_t size; /* a power of two */
};
bool str_index_init(struct str_index *index, struct arena *arena, size_t count_max) must_check;
void str_index_add(struct str_index *index, struct str text, uint32_t value);
/* The first value entered for the text, or VIEW_NONE. */
uint32_t str_index_find(const struct str_index *index, struct str text);
/* Walks all values of one text: start with *cursor = 0; VIEW_NONE when there are no more. */
uint32_t str_index_next(const struct str_index *index, struct str text, size_t *cursor);

/* The rules. */
void link_within_streams(struct builder *builder); /* structure.c: DEPENDS_ON, GENERATES, EXECUTED, AFFECTS, … */
void link_requirements(struct builder *builder);   /* requirement.c */
void link_contracts(struct builder *builder);      /* contract.c */
void link_artifacts(struct builder *builder);      /* path.c: Artifact → CodeModule */
void link_components(struct builder *builder);     /* component.c */
bool name_components(struct builder *builder) must_check; /* adds the nodes that modules and manifests name */
bool name_features(struct builder *builder) must_check;   /* structure.c */

#endif
