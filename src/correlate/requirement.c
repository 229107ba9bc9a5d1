/* Requirement → Task, BehavioralSpec and Scenario.
 *
 * A task that names its requirement is linked to it. One that does not is linked to the requirement whose name is most
 * like its own: the Jaccard similarity of the two sets of words, |A ∩ B| / |A ∪ B|, must be above the threshold; equal
 * scores go to the smaller id. Words are runs of letters, digits and non-ASCII bytes, compared without regard to the case
 * of ASCII letters. An inverted index from word to requirement keeps this near-linear in practice: a task only meets the
 * requirements with which it shares a word.
 */
#include <stdlib.h>

#include "correlate/builder.h"
#include "graph/contract_key.h"

/* --- words ------------------------------------------------------------------------------------------------------------ */

#define WORDS_MAX 64 /* of one name; a longer name counts with its first ones */
#define WORD_BYTES_MAX 64

struct words {
    uint64_t hashes[WORDS_MAX]; /* distinct, ascending */
    uint32_t count;
};

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

static uint64_t hash_word(struct str word)
{
    char lower[WORD_BYTES_MAX];
    size_t length = word.length < sizeof lower ? word.length : sizeof lower;
    for (size_t i = 0; i < length; i++) {
        lower[i] = (char)(word.at[i] >= 'A' && word.at[i] <= 'Z' ? word.at[i] - 'A' + 'a' : word.at[i]);
    }
    return str_hash((struct str){lower, length});
}

static int compare_hashes(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void words_of(struct str name, struct words *words)
{
    uint32_t count = 0;
    for (size_t i = 0; i < name.length && count < WORDS_MAX;) {
        if (!is_word_byte(name.at[i])) {
            i++;
            continue;
        }
        size_t end = i;
        while (end < name.length && is_word_byte(name.at[end])) {
            end++;
        }
        words->hashes[count++] = hash_word((struct str){name.at + i, end - i});
        i = end;
    }
    qsort(words->hashes, count, sizeof words->hashes[0], compare_hashes);
    words->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (words->count == 0 || words->hashes[words->count - 1] != words->hashes[i]) {
            words->hashes[words->count++] = words->hashes[i];
        }
    }
}

/* --- index from word to requirement ------------------------------------------------------------------------------------ */

struct posting {
    uint64_t word;
    uint32_t requirement; /* offset among the requirements */
};

struct name_index {
    uint32_t first, count;  /* nodes of the requirements */
    uint32_t *word_counts;  /* [count] */
    struct posting *postings;
    size_t posting_count;
    uint32_t *shared;  /* [count] words shared with the task at hand; all 0 between tasks */
    uint32_t *touched; /* [count] requirements with shared > 0 */
};

static int compare_postings(const void *a, const void *b)
{
    const struct posting *x = a, *y = b;
    if (x->word != y->word) {
        return x->word < y->word ? -1 : 1;
    }
    return x->requirement < y->requirement ? -1 : x->requirement > y->requirement;
}

static bool index_names(struct builder *builder, struct name_index *index)
{
    const struct graph_view *view = builder->view;
    struct arena *arena = view->arena;
    *index = (struct name_index){.first = view->kind_start[NODE_REQUIREMENT]};
    index->count = view->kind_start[NODE_REQUIREMENT + 1] - index->first;
    index->word_counts = arena_new_zeroed(arena, index->count, sizeof *index->word_counts);
    index->shared = arena_new_zeroed(arena, index->count, sizeof *index->shared);
    index->touched = arena_new_zeroed(arena, index->count, sizeof *index->touched);
    if (index->word_counts == NULL || index->shared == NULL || index->touched == NULL) {
        return false;
    }
    size_t total = 0;
    struct words words;
    for (uint32_t i = 0; i < index->count; i++) {
        words_of(view_metadata(view, &view->nodes[index->first + i], STR("name")), &words);
        index->word_counts[i] = words.count;
        total += words.count;
    }
    index->postings = arena_new(arena, total * sizeof *index->postings);
    if (index->postings == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < index->count; i++) {
        words_of(view_metadata(view, &view->nodes[index->first + i], STR("name")), &words);
        for (uint32_t w = 0; w < words.count; w++) {
            index->postings[index->posting_count++] = (struct posting){words.hashes[w], i};
        }
    }
    qsort(index->postings, index->posting_count, sizeof *index->postings, compare_postings);
    return true;
}

static size_t first_posting(const struct name_index *index, uint64_t word)
{
    size_t low = 0, high = index->posting_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (index->postings[middle].word < word) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct likeness {
    uint32_t requirement; /* node, or VIEW_NONE */
    double score;
    uint32_t shared, all;
};

/* The most alike requirement above the threshold that nobody has denied. */
static struct likeness most_alike(struct builder *builder, struct name_index *index, uint32_t task, struct str name)
{
    struct words words;
    words_of(name, &words);
    uint32_t touched = 0;
    for (uint32_t w = 0; w < words.count; w++) {
        for (size_t p = first_posting(index, words.hashes[w]);
             p < index->posting_count && index->postings[p].word == words.hashes[w]; p++) {
            uint32_t requirement = index->postings[p].requirement;
            if (index->shared[requirement]++ == 0) {
                index->touched[touched++] = requirement;
            }
        }
    }
    struct likeness best = {.requirement = VIEW_NONE};
    for (uint32_t t = 0; t < touched; t++) {
        uint32_t requirement = index->touched[t];
        uint32_t shared = index->shared[requirement];
        index->shared[requirement] = 0;
        uint32_t all = words.count + index->word_counts[requirement] - shared;
        double score = (double)shared / (double)all;
        uint32_t node = index->first + requirement;
        bool better = score > best.score || (score == best.score && node < best.requirement); /* node order is id order */
        if (score > builder->config->heuristic_threshold && better &&
            !builder_denied(builder, LINK_FULFILLED_BY, node, task)) {
            best = (struct likeness){node, score, shared, all};
        }
    }
    return best;
}

/* --- the rules -------------------------------------------------------------------------------------------------------- */

static void link_explicit(struct builder *builder, enum link_kind kind, uint32_t node, const struct view_property *property)
{
    struct graph_view *view = builder->view;
    struct str id = view_value_text(view, property->value);
    uint32_t requirement = view_find(view, NODE_REQUIREMENT, id);
    if (requirement == VIEW_NONE) {
        builder_unmatched(builder, node, kind, NODE_REQUIREMENT, id,
                          STR("it names this requirement, which nobody has declared; send its REQUIREMENT_DECLARED or "
                              "correct the id"));
        return;
    }
    builder_add(builder, &(struct claim){
        .kind = kind, .method = METHOD_EXPLICIT_ID, .confidence = builder->config->confidence[METHOD_EXPLICIT_ID],
        .source = requirement, .target = node, .claim_fact = view_held_since(view, &view->nodes[node], property),
        .inferred = true,
        .explanation = builder_text(builder, "The %s's event names requirement_id %.*s.",
                                    node_kind_name(view->nodes[node].kind), STR_ARGS(id))});
}

/* The fact since which the requirement has had its name. */
static uint32_t named_since(const struct graph_view *view, uint32_t requirement)
{
    const struct view_node *node = &view->nodes[requirement];
    return view_held_since(view, node, view_property(node, EVENT_FIELD_METADATA, view_sub_find(view, STR("name"))));
}

static void link_by_name(struct builder *builder, struct name_index *index, uint32_t task)
{
    struct graph_view *view = builder->view;
    const struct view_node *node = &view->nodes[task];
    uint32_t sub = view_sub_find(view, STR("name"));
    const struct view_property *name = sub == 0 ? NULL : view_property(node, EVENT_FIELD_METADATA, sub);
    struct likeness best = {.requirement = VIEW_NONE};
    if (name != NULL) {
        best = most_alike(builder, index, task, view_value_text(view, name->value));
    }
    if (best.requirement == VIEW_NONE) {
        builder_unmatched(builder, task, LINK_FULFILLED_BY, NODE_REQUIREMENT, STR(""),
                          name == NULL ? STR("it names no requirement and has no name to compare; set requirement_id, or link it by hand")
                                       : STR("it names no requirement, and no requirement's name is like its own; set "
                                             "requirement_id, or link it by hand"));
        return;
    }
    builder_add(builder, &(struct claim){
        .kind = LINK_FULFILLED_BY, .method = METHOD_HEURISTIC, .confidence = best.score, .source = best.requirement,
        .target = task, .claim_fact = view_held_since(view, node, name), .has_partner_fact = true,
        .partner_fact = named_since(view, best.requirement), .inferred = true,
        .explanation = builder_text(builder, "The names of the task and the requirement share %u of %u words (%.2f).",
                                    best.shared, best.all, best.score)});
}

static void link_tags(struct builder *builder, uint32_t node, enum event_field field)
{
    struct graph_view *view = builder->view;
    const struct view_property *tags = view_property(&view->nodes[node], field, 0);
    if (tags == NULL) {
        return;
    }
    struct str rest = view_value_text(view, tags->value), tag, id;
    while (str_split_next(&rest, GRAPH_SEPARATOR, &tag)) {
        if (!requirement_from_tag(tag, &id)) {
            continue;
        }
        uint32_t requirement = view_find(view, NODE_REQUIREMENT, id);
        if (requirement == VIEW_NONE) {
            builder_unmatched(builder, node, LINK_VALIDATED_BY, NODE_REQUIREMENT, id,
                              STR("its tag names this requirement, which nobody has declared"));
            continue;
        }
        builder_add(builder, &(struct claim){
            .kind = LINK_VALIDATED_BY, .method = METHOD_CONTRACT_TAG,
            .confidence = builder->config->confidence[METHOD_CONTRACT_TAG], .source = requirement, .target = node,
            .claim_fact = view_held_since(view, &view->nodes[node], tags), .inferred = true,
            .explanation = builder_text(builder, "The %s carries the tag @requirement:%.*s.",
                                        node_kind_name(view->nodes[node].kind), STR_ARGS(id))});
    }
}

void link_requirements(struct builder *builder)
{
    struct graph_view *view = builder->view;
    struct name_index index;
    if (!index_names(builder, &index)) {
        builder->failed = true;
        return;
    }
    for (uint32_t i = view->kind_start[NODE_TASK]; i < view->kind_start[NODE_TASK + 1]; i++) {
        const struct view_property *named = view_property(&view->nodes[i], EVENT_FIELD_REQUIREMENT_ID, 0);
        if (named != NULL) {
            link_explicit(builder, LINK_FULFILLED_BY, i, named);
        } else {
            link_by_name(builder, &index, i);
        }
    }
    for (uint32_t i = view->kind_start[NODE_SPEC]; i < view->kind_start[NODE_SCENARIO + 1]; i++) {
        const struct view_property *named = view_property(&view->nodes[i], EVENT_FIELD_REQUIREMENT_ID, 0);
        if (named != NULL) {
            link_explicit(builder, LINK_VALIDATED_BY, i, named);
        }
        link_tags(builder, i, EVENT_FIELD_SCENARIO_TAGS);
        link_tags(builder, i, EVENT_FIELD_CONTRACT_TAGS);
    }
}
