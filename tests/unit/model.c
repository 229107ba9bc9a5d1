#include "model.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "correlate/path.h"
#include "graph/contract_key.h"

#define NONE UINT32_MAX

static void *get(struct arena *arena, size_t count, size_t size)
{
    void *memory = arena_new_zeroed(arena, count + 1, size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

/* --- events ------------------------------------------------------------------------------------------------------------- */

void model_init(struct model *model, struct arena *arena)
{
    model->arena = arena;
    model->count = 0;
}

static bool reports(enum event_type type)
{
    return type == EVENT_ACC_MODULE_ANALYZED || type == EVENT_ACC_DEPENDENCY_DETECTED ||
           type == EVENT_ACC_VIOLATION_DETECTED || type == EVENT_ACC_LAYERING_VIOLATION ||
           type == EVENT_ACC_COUPLING_ALERT || type == EVENT_ACC_CYCLE_DETECTED;
}

void model_add(struct model *model, const struct event *event, uint64_t seq, int64_t observed_at)
{
    assert(model->count < MODEL_EVENTS_MAX);
    struct model_event *to = &model->events[model->count++];
    struct str manifest = event_stream_name(event->stream)[0] == 'A' ? event_text(event, EVENT_FIELD_MANIFEST_NAME) : STR_NONE;
    *to = (struct model_event){
        .tenant_id = event->tenant_id,
        .iteration_id = event->iteration_id,
        .event_id = event->event_id,
        .type = event->type,
        .valid_from = event->timestamp,
        .observed_at = observed_at,
        .seq = seq,
        .is_report = reports(event->type),
        .manifest = manifest.at != NULL ? manifest : STR(""),
    };
    memcpy(to->key, event->key, EVENT_KEY_SIZE);
    if (effect_of(event, model->arena, &to->effect, NULL) != STATUS_OK) {
        abort();
    }
}

/* "folded in order of (valid_from, place of the event type in section 2's list, event_id)", then the key. */
static int order(const struct model_event *a, const struct model_event *b)
{
    if (a->valid_from != b->valid_from) {
        return a->valid_from < b->valid_from ? -1 : 1;
    }
    if (a->type != b->type) {
        return a->type < b->type ? -1 : 1;
    }
    int ids = str_compare(a->event_id, b->event_id);
    return ids != 0 ? ids : memcmp(a->key, b->key, EVENT_KEY_SIZE);
}

static int order_events(const void *a, const void *b)
{
    return order(*(const struct model_event *const *)a, *(const struct model_event *const *)b);
}

/* --- states -------------------------------------------------------------------------------------------------------------- */

struct maker {
    struct arena *arena;
    struct str iteration_id;
    const struct model_event **events; /* in view, in order */
    uint32_t count;
    struct model_view *view;
};

static bool same_value(const struct effect_set *a, const struct effect_set *b)
{
    if (a->value != b->value) {
        return false;
    }
    return a->value == EFFECT_TEXT ? str_equal(a->text, b->text) : a->value == EFFECT_REAL ? a->real == b->real : a->integer == b->integer;
}

static bool same_sub(struct str a, struct str b)
{
    return (a.at == NULL) == (b.at == NULL) && str_equal(a, b);
}

/* "An analysis spans the valid times from its ANALYSIS_STARTED to its ANALYSIS_COMPLETED; what the same manifest last
 * reported before the start of its latest completed analysis is gone as of that completion." */
static bool is_swept(const struct maker *maker, const struct model_event *report)
{
    int64_t start = 0;
    bool completed = false;
    const struct model_event *latest_start = NULL;
    for (uint32_t i = 0; i < maker->count; i++) {
        const struct model_event *event = maker->events[i];
        if (!report->is_report || !str_equal(event->manifest, report->manifest)) {
            continue;
        }
        if (event->type == EVENT_ACC_ANALYSIS_STARTED) {
            latest_start = event;
        } else if (event->type == EVENT_ACC_ANALYSIS_COMPLETED && latest_start != NULL) {
            completed = true;
            start = latest_start->valid_from;
        }
    }
    return completed && report->valid_from < start;
}

static const struct effect_set *set_of(const struct model_event *event, uint32_t property, struct str sub)
{
    for (uint32_t i = 0; i < event->effect.count; i++) {
        if (event->effect.sets[i].property == property && same_sub(event->effect.sets[i].sub, sub)) {
            return &event->effect.sets[i];
        }
    }
    return NULL;
}

static void put(struct model_node *node, const struct effect_set *set, const struct model_event *event)
{
    uint32_t p = 0;
    while (p < node->property_count &&
           !(node->properties[p].property == set->property && same_sub(node->properties[p].sub, set->sub))) {
        p++;
    }
    node->property_count += p == node->property_count;
    node->properties[p] = (struct model_property){set->property, set->sub, set, event, event};
}

static void find_held_since(struct model_node *node)
{
    for (uint32_t p = 0; p < node->property_count; p++) {
        struct model_property *property = &node->properties[p];
        bool reached = false;
        for (uint32_t i = node->event_count; i > 0; i--) {
            const struct effect_set *set = set_of(node->events[i - 1], property->property, property->sub);
            reached |= node->events[i - 1] == property->event;
            if (!reached || set == NULL) {
                continue;
            }
            if (!same_value(set, property->set)) {
                break;
            }
            property->held_since = node->events[i - 1];
        }
    }
}

/* Replays the node's events; false when it does not exist. */
static bool replay(const struct maker *maker, enum node_kind kind, struct str id, struct model_node *node)
{
    bool needs_report = kind == NODE_MODULE || kind == NODE_VIOLATION || kind == NODE_CYCLE;
    bool reported = false;
    size_t sets = 0;
    *node = (struct model_node){.kind = kind, .id = id, .events = get(maker->arena, maker->count, sizeof *node->events)};
    for (uint32_t i = 0; i < maker->count; i++) {
        const struct model_event *event = maker->events[i];
        if (event->effect.kind == kind && str_equal(event->effect.id, id)) {
            node->events[node->event_count++] = event;
            sets += event->effect.count;
        }
    }
    node->properties = get(maker->arena, sets, sizeof *node->properties);
    for (uint32_t i = 0; i < node->event_count; i++) {
        const struct model_event *event = node->events[i];
        if (is_swept(maker, event)) {
            continue;
        }
        reported |= event->is_report;
        for (uint32_t s = 0; s < event->effect.count; s++) {
            put(node, &event->effect.sets[s], event);
        }
    }
    node->version = node->event_count;
    node->first = node->event_count > 0 ? node->events[0] : NULL;
    node->last = node->event_count > 0 ? node->events[node->event_count - 1] : NULL;
    find_held_since(node);
    return node->event_count > 0 && (reported || !needs_report);
}

static uint32_t find(const struct model_view *view, enum node_kind kind, struct str id)
{
    for (uint32_t i = 0; i < view->node_count; i++) {
        if (view->nodes[i].kind == kind && str_equal(view->nodes[i].id, id)) {
            return i;
        }
    }
    return NONE;
}

const struct model_node *model_find(const struct model_view *view, enum node_kind kind, struct str id)
{
    uint32_t i = find(view, kind, id);
    return i == NONE ? NULL : &view->nodes[i];
}

static void make_nodes(struct maker *maker)
{
    struct model_view *view = maker->view;
    for (uint32_t i = 0; i < maker->count; i++) {
        const struct effect *effect = &maker->events[i]->effect;
        if (find(view, effect->kind, effect->id) == NONE &&
            replay(maker, effect->kind, effect->id, &view->nodes[view->node_count])) {
            view->node_count++;
        }
    }
}

static void name_node(struct maker *maker, enum node_kind kind, struct str id)
{
    if (id.length > 0 && find(maker->view, kind, id) == NONE) {
        maker->view->nodes[maker->view->node_count++] = (struct model_node){.kind = kind, .id = id, .is_named_only = true};
    }
}

const struct model_property *model_property(const struct model_node *node, uint32_t property, struct str sub)
{
    for (uint32_t p = 0; p < node->property_count; p++) {
        if (node->properties[p].property == property && same_sub(node->properties[p].sub, sub)) {
            return &node->properties[p];
        }
    }
    return NULL;
}

static const struct model_property *field(const struct model_node *node, uint32_t property)
{
    return model_property(node, property, STR_NONE);
}

static const struct model_property *metadata(const struct model_node *node, const char *name)
{
    return model_property(node, EVENT_FIELD_METADATA, str_from(name));
}

/* --- links: claims, of which the best counts ------------------------------------------------------------------------------- */

static void claim(struct maker *maker, enum link_kind kind, enum link_method method, double confidence, uint32_t source,
                  uint32_t target, const struct model_event *one, const struct model_event *other, bool inferred, double weight)
{
    struct model_link link = {kind, method, source, target, confidence, weight, inferred, one->valid_from, one->observed_at,
                              one};
    if (other != NULL && other->valid_from > link.valid_from) {
        link.valid_from = other->valid_from;
    }
    if (other != NULL && other->observed_at > link.observed_at) {
        link.observed_at = other->observed_at;
    }
    struct model_view *view = maker->view;
    assert(view->link_count < 4096);
    view->links[view->link_count++] = link;
}

static void miss(struct maker *maker, uint32_t node, enum link_kind kind, enum node_kind partner_kind, struct str partner)
{
    struct model_view *view = maker->view;
    assert(view->unmatched_count < 4096);
    view->unmatched[view->unmatched_count++] = (struct model_unmatched){node, kind, partner_kind, partner};
}

struct said {
    bool is_said, asserted;
    enum link_kind kind;
    enum node_kind target_kind;
    struct str target_id;
};

static struct said said_of(const struct model_property *property)
{
    struct said said = {0};
    if (property->property == PROPERTY_MANUAL_LINK) {
        struct str rest = property->sub, piece = STR("");
        (void)str_split_next(&rest, GRAPH_SEPARATOR, &piece);
        said.is_said = link_kind_from_name(piece, &said.kind);
        (void)str_split_next(&rest, GRAPH_SEPARATOR, &piece);
        said.is_said &= node_kind_from_name(piece, &said.target_kind);
        said.target_id = rest;
        said.asserted = property->set->text.at[0] == '1';
    }
    return said;
}

static bool denied(const struct model_view *view, enum link_kind kind, uint32_t source, uint32_t target)
{
    const struct model_node *from = &view->nodes[source], *to = &view->nodes[target];
    for (uint32_t p = 0; p < from->property_count; p++) {
        struct said said = said_of(&from->properties[p]);
        if (said.is_said && !said.asserted && said.kind == kind && said.target_kind == to->kind &&
            str_equal(said.target_id, to->id)) {
            return true;
        }
    }
    return false;
}

/* --- Requirement -------------------------------------------------------------------------------------------------------------- */

static bool next_word(struct str *rest, char word[128])
{
    size_t i = 0, length = 0;
    while (i < rest->length) {
        char c = rest->at[i];
        if (c >= 'A' && c <= 'Z') {
            c = (char)(c - 'A' + 'a');
        }
        bool in_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
        if (in_word) {
            word[length++] = c;
        } else if (length > 0) {
            break;
        }
        i++;
    }
    word[length] = '\0';
    *rest = str_from_offset(*rest, i);
    return length > 0;
}

static uint32_t word_set(struct str name, char words[32][128])
{
    uint32_t count = 0;
    while (count < 32 && next_word(&name, words[count])) {
        uint32_t i = 0;
        while (strcmp(words[i], words[count]) != 0) {
            i++;
        }
        count += i == count;
    }
    return count;
}

/* |A ∩ B| / |A ∪ B| */
static double jaccard(struct str a, struct str b)
{
    char x[32][128], y[32][128];
    uint32_t nx = word_set(a, x), ny = word_set(b, y), shared = 0;
    for (uint32_t i = 0; i < nx; i++) {
        for (uint32_t j = 0; j < ny; j++) {
            shared += strcmp(x[i], y[j]) == 0;
        }
    }
    return nx + ny == 0 ? 0 : (double)shared / (double)(nx + ny - shared);
}

static void requirement_of_task(struct maker *maker, uint32_t task)
{
    const struct model_view *view = maker->view;
    const struct model_node *node = &view->nodes[task];
    const struct model_property *named = field(node, EVENT_FIELD_REQUIREMENT_ID), *name = metadata(node, "name");
    if (named != NULL) {
        uint32_t requirement = find(view, NODE_REQUIREMENT, named->set->text);
        if (requirement == NONE) {
            miss(maker, task, LINK_FULFILLED_BY, NODE_REQUIREMENT, named->set->text);
        } else {
            claim(maker, LINK_FULFILLED_BY, METHOD_EXPLICIT_ID, 1.0, requirement, task, named->held_since,
                  view->nodes[requirement].first, true, 1);
        }
        return;
    }
    uint32_t best = NONE;
    double score = 0.5;
    for (uint32_t r = 0; name != NULL && r < view->node_count; r++) {
        const struct model_property *other = metadata(&view->nodes[r], "name");
        if (view->nodes[r].kind == NODE_REQUIREMENT && other != NULL && !denied(view, LINK_FULFILLED_BY, r, task) &&
            jaccard(name->set->text, other->set->text) > score) {
            best = r; /* nodes come by id: of equals the first stays */
            score = jaccard(name->set->text, other->set->text);
        }
    }
    if (best == NONE) {
        miss(maker, task, LINK_FULFILLED_BY, NODE_REQUIREMENT, STR(""));
    } else {
        claim(maker, LINK_FULFILLED_BY, METHOD_HEURISTIC, score, best, task, name->held_since,
              metadata(&view->nodes[best], "name")->held_since, true, 1);
    }
}

static void requirement_by_tags(struct maker *maker, uint32_t n, enum event_field which)
{
    const struct model_view *view = maker->view;
    const struct model_property *tags = field(&view->nodes[n], which);
    struct str rest = tags == NULL ? STR_NONE : tags->set->text, tag;
    while (str_split_next(&rest, GRAPH_SEPARATOR, &tag)) {
        if (!str_starts_with(tag, STR("@requirement:")) || tag.length == 13) {
            continue;
        }
        struct str id = str_from_offset(tag, 13);
        uint32_t requirement = find(view, NODE_REQUIREMENT, id);
        if (requirement == NONE) {
            miss(maker, n, LINK_VALIDATED_BY, NODE_REQUIREMENT, id);
        } else {
            claim(maker, LINK_VALIDATED_BY, METHOD_CONTRACT_TAG, 0.8, requirement, n, tags->held_since,
                  view->nodes[requirement].first, true, 1);
        }
    }
}

static void requirement_of_spec(struct maker *maker, uint32_t n)
{
    const struct model_view *view = maker->view;
    const struct model_property *named = field(&view->nodes[n], EVENT_FIELD_REQUIREMENT_ID);
    if (named != NULL) {
        uint32_t requirement = find(view, NODE_REQUIREMENT, named->set->text);
        if (requirement == NONE) {
            miss(maker, n, LINK_VALIDATED_BY, NODE_REQUIREMENT, named->set->text);
        } else {
            claim(maker, LINK_VALIDATED_BY, METHOD_EXPLICIT_ID, 1.0, requirement, n, named->held_since,
                  view->nodes[requirement].first, true, 1);
        }
    }
    requirement_by_tags(maker, n, EVENT_FIELD_SCENARIO_TAGS);
    requirement_by_tags(maker, n, EVENT_FIELD_CONTRACT_TAGS);
}

/* --- InterfaceContract ---------------------------------------------------------------------------------------------------------- */

static void contract_claim(struct maker *maker, uint32_t n, enum link_kind kind, enum link_method method, double confidence,
                           struct str named, const struct model_event *since)
{
    const struct model_view *view = maker->view;
    uint32_t found = find(view, NODE_CONTRACT, named), versions = 0;
    bool has_version = str_find(named, ':') < named.length;
    for (uint32_t c = 0; found == NONE && !has_version && c < view->node_count; c++) {
        struct str id = view->nodes[c].id;
        id.length = str_find(id, ':');
        versions += view->nodes[c].kind == NODE_CONTRACT && str_equal(id, named);
    }
    for (uint32_t c = 0; versions == 1 && found == NONE && c < view->node_count; c++) {
        struct str id = view->nodes[c].id;
        id.length = str_find(id, ':');
        if (view->nodes[c].kind == NODE_CONTRACT && str_equal(id, named)) {
            found = c;
        }
    }
    if (found == NONE) {
        miss(maker, n, kind, NODE_CONTRACT, named);
    } else {
        claim(maker, kind, method, confidence, n, found, since, view->nodes[found].first, true, 1);
    }
}

static void contract_by_tags(struct maker *maker, uint32_t n, enum event_field which)
{
    const struct model_property *tags = field(&maker->view->nodes[n], which);
    struct str rest = tags == NULL ? STR_NONE : tags->set->text, tag;
    while (str_split_next(&rest, GRAPH_SEPARATOR, &tag)) {
        bool bare = which == EVENT_FIELD_CONTRACT_TAGS && tag.at[0] != '@';
        if (bare || (str_starts_with(tag, STR("@contract:")) && tag.length > 10)) {
            contract_claim(maker, n, LINK_VALIDATES, METHOD_CONTRACT_TAG, 0.8, bare ? tag : str_from_offset(tag, 10),
                           tags->held_since);
        }
    }
}

static void contract_of(struct maker *maker, uint32_t n, enum link_kind kind)
{
    const struct model_property *named = field(&maker->view->nodes[n], PROPERTY_CONTRACT);
    if (named != NULL) {
        contract_claim(maker, n, kind, METHOD_EXPLICIT_ID, 1.0, named->set->text, named->held_since);
    }
}

/* --- within the streams ---------------------------------------------------------------------------------------------------------- */

static void producer(struct maker *maker, uint32_t n, enum link_kind kind, bool inferred)
{
    const struct model_property *named = field(&maker->view->nodes[n], PROPERTY_PRODUCER);
    if (named == NULL) {
        return;
    }
    uint32_t task = find(maker->view, NODE_TASK, named->set->text);
    if (task == NONE) {
        miss(maker, n, kind, NODE_TASK, named->set->text);
    } else {
        claim(maker, kind, METHOD_EXPLICIT_ID, 1.0, task, n, named->held_since, maker->view->nodes[task].first, inferred, 1);
    }
}

static void depends(struct maker *maker, uint32_t n, enum node_kind kind, struct str id, const struct model_event *since,
                    double weight)
{
    uint32_t partner = find(maker->view, kind, id);
    if (partner == NONE) {
        miss(maker, n, LINK_DEPENDS_ON, kind, id);
    } else {
        claim(maker, LINK_DEPENDS_ON, METHOD_EXPLICIT_ID, 1.0, n, partner, since, maker->view->nodes[partner].first, false,
              weight);
    }
}

static void task_dependencies(struct maker *maker, uint32_t n)
{
    const struct model_property *listed = metadata(&maker->view->nodes[n], "depends_on");
    struct str rest = listed == NULL ? STR_NONE : listed->set->text, id;
    while (str_split_next(&rest, ',', &id)) {
        id = str_trim(id);
        if (id.length > 0) {
            depends(maker, n, NODE_TASK, id, listed->held_since, 1);
        }
    }
}

static void module_dependencies(struct maker *maker, uint32_t n)
{
    const struct model_node *node = &maker->view->nodes[n];
    for (uint32_t p = 0; p < node->property_count; p++) {
        if (node->properties[p].property == PROPERTY_DEPENDENCY) {
            double weight = strtod(node->properties[p].set->text.at, NULL);
            depends(maker, n, NODE_MODULE, node->properties[p].sub, node->properties[p].held_since, weight > 0 ? weight : 1);
        }
    }
    const struct model_property *listed = field(node, EVENT_FIELD_DEPENDS_ON);
    struct str rest = listed == NULL ? STR_NONE : listed->set->text, id;
    while (str_split_next(&rest, GRAPH_SEPARATOR, &id)) {
        if (id.length > 0 && model_property(node, PROPERTY_DEPENDENCY, id) == NULL) {
            depends(maker, n, NODE_MODULE, id, listed->held_since, 1);
        }
    }
}

static const struct model_property *feature_named(const struct model_node *scenario)
{
    const struct model_property *path = field(scenario, EVENT_FIELD_FEATURE_PATH);
    return path != NULL ? path : field(scenario, EVENT_FIELD_FEATURE_NAME);
}

/* The feature by its id, its path, its name; *since is the event that gave it that path or name. */
static uint32_t find_feature(const struct model_view *view, struct str called, const struct model_event **since)
{
    uint32_t found = find(view, NODE_SPEC, called);
    if (found != NONE) {
        *since = view->nodes[found].first;
        return found;
    }
    static const enum event_field fields[] = {EVENT_FIELD_FEATURE_PATH, EVENT_FIELD_FEATURE_NAME};
    for (int f = 0; f < 2; f++) {
        for (uint32_t n = 0; n < view->node_count; n++) {
            const struct model_property *property = field(&view->nodes[n], fields[f]);
            if (view->nodes[n].kind == NODE_SPEC && property != NULL && str_equal(property->set->text, called)) {
                *since = property->held_since;
                return n;
            }
        }
    }
    return NONE;
}

static void feature_of(struct maker *maker, uint32_t n)
{
    const struct model_property *named = feature_named(&maker->view->nodes[n]);
    const struct model_event *since;
    uint32_t feature = named == NULL || named->set->text.length == 0 ? NONE : find_feature(maker->view, named->set->text, &since);
    if (feature != NONE) {
        claim(maker, LINK_BELONGS_TO, METHOD_EXPLICIT_ID, 1.0, n, feature, named->held_since, since, false, 1);
    }
}

/* The start of the run's latest execution that was open at that time, or NULL. */
static const struct model_event *open_at(const struct model_node *run, int64_t at)
{
    const struct model_event *found = NULL;
    for (uint32_t i = 0; i < run->event_count; i++) {
        if (run->events[i]->type != EVENT_BDV_TEST_RUN_STARTED || run->events[i]->valid_from > at) {
            continue;
        }
        bool closed = false;
        for (uint32_t j = 0; j < run->event_count; j++) {
            closed |= run->events[j]->type == EVENT_BDV_TEST_RUN_COMPLETED &&
                      run->events[j]->valid_from >= run->events[i]->valid_from && run->events[j]->valid_from < at;
        }
        found = closed ? found : run->events[i];
    }
    return found;
}

static void run_of(struct maker *maker, uint32_t n)
{
    const struct model_view *view = maker->view;
    const struct model_property *named = field(&view->nodes[n], PROPERTY_RUN), *ended = field(&view->nodes[n], PROPERTY_ENDED);
    uint32_t run = named == NULL ? NONE : find(view, NODE_TEST_RUN, named->set->text);
    if (run != NONE) {
        claim(maker, LINK_EXECUTED, METHOD_EXPLICIT_ID, 1.0, run, n, named->held_since, view->nodes[run].first, false, 1);
        return;
    }
    uint32_t open = 0;
    for (uint32_t r = 0; ended != NULL && r < view->node_count; r++) {
        if (view->nodes[r].kind == NODE_TEST_RUN && open_at(&view->nodes[r], ended->event->valid_from) != NULL) {
            run = r;
            open++;
        }
    }
    if (open == 1) {
        claim(maker, LINK_EXECUTED, METHOD_EXPLICIT_ID, 1.0, run, n, ended->event,
              open_at(&view->nodes[run], ended->event->valid_from), false, 1);
    }
}

static void module_of_violation(struct maker *maker, uint32_t n)
{
    const struct model_property *named = field(&maker->view->nodes[n], PROPERTY_MODULE);
    if (named == NULL) {
        return;
    }
    uint32_t module = find(maker->view, NODE_MODULE, named->set->text);
    if (module == NONE) {
        miss(maker, n, LINK_AFFECTS, NODE_MODULE, named->set->text);
    } else {
        claim(maker, LINK_AFFECTS, METHOD_EXPLICIT_ID, 1.0, n, module, named->held_since, maker->view->nodes[module].first,
              false, 1);
    }
}

/* --- Artifact → CodeModule, CodeModule → ArchitectureComponent ------------------------------------------------------------------- */

static struct str normal(struct maker *maker, struct str path)
{
    struct str text;
    if (!path_normalise(maker->arena, path, &text)) {
        abort();
    }
    return text;
}

static bool ends_with_at_slash(struct str longer, struct str shorter)
{
    return longer.length > shorter.length && shorter.length > 0 && str_ends_with(longer, shorter) &&
           (longer.at[longer.length - shorter.length - 1] == '/' || shorter.at[0] == '/');
}

static void module_of_artifact(struct maker *maker, uint32_t n)
{
    const struct model_view *view = maker->view;
    const struct model_node *node = &view->nodes[n];
    const struct model_property *named = field(node, EVENT_FIELD_ARTIFACT_PATH);
    named = named != NULL ? named : metadata(node, "file_path");
    struct str path = normal(maker, named != NULL ? named->set->text : node->id);
    const struct model_event *since = named != NULL ? named->held_since : node->first;
    uint32_t alike = 0, which = NONE;
    for (uint32_t m = 0; m < view->node_count; m++) {
        if (view->nodes[m].kind == NODE_MODULE && str_equal(normal(maker, view->nodes[m].id), path)) {
            claim(maker, LINK_CONTAINS, METHOD_FILE_PATH_EXACT, 0.9, n, m, since, view->nodes[m].first, true, 1);
            return;
        }
    }
    for (uint32_t m = 0; m < view->node_count; m++) {
        struct str other = view->nodes[m].kind == NODE_MODULE ? normal(maker, view->nodes[m].id) : STR("");
        if (ends_with_at_slash(path, other) || ends_with_at_slash(other, path)) {
            alike++;
            which = m;
        }
    }
    if (alike == 1) {
        claim(maker, LINK_CONTAINS, METHOD_FILE_PATH_FUZZY, 0.7, n, which, since, view->nodes[which].first, true, 1);
    } else {
        miss(maker, n, LINK_CONTAINS, NODE_MODULE, path);
    }
}

static const struct model_property *component_named(const struct model_node *module)
{
    const struct model_property *named = field(module, EVENT_FIELD_COMPONENT);
    named = named != NULL ? named : metadata(module, "component");
    return named != NULL && named->set->text.length > 0 ? named : NULL;
}

static bool declares_component(const struct model_property *property)
{
    return property->property == EVENT_FIELD_METADATA && str_starts_with(property->sub, STR("component.")) &&
           property->sub.length > 10;
}

static void component_of(struct maker *maker, uint32_t n)
{
    const struct model_view *view = maker->view;
    const struct model_property *named = component_named(&view->nodes[n]), *best = NULL;
    const struct model_node *iteration = &view->nodes[find(view, NODE_ITERATION, maker->iteration_id)];
    if (named != NULL) {
        uint32_t component = find(view, NODE_COMPONENT, named->set->text);
        claim(maker, LINK_BELONGS_TO, METHOD_EXPLICIT_ID, 1.0, n, component, named->held_since,
              view->nodes[component].first, true, 1);
        return;
    }
    struct str path = normal(maker, view->nodes[n].id);
    for (uint32_t p = 0; p < iteration->property_count; p++) {
        const struct model_property *declared = &iteration->properties[p];
        struct str prefix = declares_component(declared) ? normal(maker, declared->set->text) : STR_NONE;
        struct str best_prefix = best == NULL ? STR_NONE : normal(maker, best->set->text);
        bool below = prefix.at != NULL && (prefix.length == 0 || str_equal(path, prefix) ||
                                           (str_starts_with(path, prefix) && path.at[prefix.length] == '/'));
        if (below && (best == NULL || prefix.length > best_prefix.length ||
                      (prefix.length == best_prefix.length && str_compare(declared->sub, best->sub) < 0))) {
            best = declared;
        }
    }
    if (best != NULL) {
        uint32_t component = find(view, NODE_COMPONENT, str_from_offset(best->sub, 10));
        claim(maker, LINK_BELONGS_TO, METHOD_FILE_PATH_EXACT, 0.9, n, component, view->nodes[n].first, best->held_since, true, 1);
    }
}

/* --- what people say, and which claim counts ------------------------------------------------------------------------------------- */

static bool takes_the_place(const struct said *said, uint32_t source, uint32_t target, const struct model_link *link)
{
    if (said->kind != link->kind) {
        return false;
    }
    bool same = link->source == source && link->target == target;
    return same || (said->asserted && link->kind == LINK_FULFILLED_BY && link->target == target) ||
           (said->asserted && link->kind == LINK_BELONGS_TO && link->source == source);
}

static void remove_claims(struct model_view *view, const struct said *said, uint32_t source, uint32_t target)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < view->link_count; i++) {
        if (view->links[i].method == METHOD_MANUAL || !takes_the_place(said, source, target, &view->links[i])) {
            view->links[kept++] = view->links[i];
        }
    }
    view->link_count = kept;
    kept = 0;
    for (uint32_t i = 0; i < view->unmatched_count; i++) {
        const struct model_unmatched *unmatched = &view->unmatched[i];
        bool settled = said->asserted && unmatched->kind == said->kind &&
                       ((said->kind == LINK_FULFILLED_BY && unmatched->node == target) ||
                        (said->kind == LINK_CONTAINS && unmatched->node == source));
        if (!settled) {
            view->unmatched[kept++] = *unmatched;
        }
    }
    view->unmatched_count = kept;
}

static void apply_said(struct maker *maker)
{
    struct model_view *view = maker->view;
    for (uint32_t n = 0; n < view->node_count; n++) {
        for (uint32_t p = 0; p < view->nodes[n].property_count; p++) {
            const struct model_property *property = &view->nodes[n].properties[p];
            struct said said = said_of(property);
            uint32_t target = said.is_said ? find(view, said.target_kind, said.target_id) : NONE;
            if (target != NONE) {
                remove_claims(view, &said, n, target);
                claim(maker, said.kind, METHOD_MANUAL, said.asserted ? 1.0 : 0.0, n, target, property->event,
                      view->nodes[target].first, true, 1);
            }
        }
    }
    for (uint32_t n = 0; n < view->node_count; n++) {
        for (uint32_t p = 0; p < view->nodes[n].property_count; p++) {
            struct said said = said_of(&view->nodes[n].properties[p]);
            if (said.is_said && said.asserted && find(view, said.target_kind, said.target_id) == NONE) {
                miss(maker, n, said.kind, said.target_kind, said.target_id);
            }
        }
    }
}

static int compare_places(const struct model_link *a, const struct model_link *b)
{
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    if (a->source != b->source) {
        return a->source < b->source ? -1 : 1;
    }
    return a->target < b->target ? -1 : a->target > b->target;
}

/* By place; at one place the best first: higher confidence, then earlier, then the better method, then the
 * event that comes first. */
static int compare_links(const void *x, const void *y)
{
    const struct model_link *a = x, *b = y;
    int place = compare_places(a, b);
    if (place != 0) {
        return place;
    }
    if (a->confidence != b->confidence) {
        return a->confidence > b->confidence ? -1 : 1;
    }
    if (a->valid_from != b->valid_from) {
        return a->valid_from < b->valid_from ? -1 : 1;
    }
    return a->method != b->method ? (a->method < b->method ? -1 : 1) : order(a->evidence, b->evidence);
}

static int compare_unmatched(const void *x, const void *y)
{
    const struct model_unmatched *a = x, *b = y;
    if (a->node != b->node) {
        return a->node < b->node ? -1 : 1;
    }
    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    if (a->partner_kind != b->partner_kind) {
        return a->partner_kind < b->partner_kind ? -1 : 1;
    }
    return str_compare(a->partner, b->partner);
}

static void choose(struct model_view *view)
{
    uint32_t kept = 0;
    qsort(view->links, view->link_count, sizeof *view->links, compare_links);
    for (uint32_t i = 0; i < view->link_count; i++) {
        if (kept == 0 || compare_places(&view->links[kept - 1], &view->links[i]) != 0) {
            view->links[kept++] = view->links[i];
        }
    }
    view->link_count = kept;
    kept = 0;
    qsort(view->unmatched, view->unmatched_count, sizeof *view->unmatched, compare_unmatched);
    for (uint32_t i = 0; i < view->unmatched_count; i++) {
        if (kept == 0 || compare_unmatched(&view->unmatched[kept - 1], &view->unmatched[i]) != 0) {
            view->unmatched[kept++] = view->unmatched[i];
        }
    }
    view->unmatched_count = kept;
}

/* --- the view --------------------------------------------------------------------------------------------------------------------- */

static int compare_nodes(const void *x, const void *y)
{
    const struct model_node *a = x, *b = y;
    return a->kind != b->kind ? (a->kind < b->kind ? -1 : 1) : str_compare(a->id, b->id);
}

static void name_nodes(struct maker *maker)
{
    struct model_view *view = maker->view;
    uint32_t count = view->node_count;
    name_node(maker, NODE_ITERATION, maker->iteration_id);
    const struct model_node *iteration = model_find(view, NODE_ITERATION, maker->iteration_id);
    for (uint32_t p = 0; p < iteration->property_count; p++) {
        if (declares_component(&iteration->properties[p])) {
            name_node(maker, NODE_COMPONENT, str_from_offset(iteration->properties[p].sub, 10));
        }
    }
    for (uint32_t n = 0; n < count; n++) {
        const struct model_property *component = component_named(&view->nodes[n]);
        if (view->nodes[n].kind == NODE_MODULE && component != NULL) {
            name_node(maker, NODE_COMPONENT, component->set->text);
        }
    }
    for (uint32_t n = 0; n < count; n++) {
        const struct model_property *feature = feature_named(&view->nodes[n]);
        const struct model_event *since;
        if (view->nodes[n].kind == NODE_SCENARIO && feature != NULL &&
            find_feature(view, feature->set->text, &since) == NONE) {
            name_node(maker, NODE_SPEC, feature->set->text);
        }
    }
}

static void link_node(struct maker *maker, uint32_t n)
{
    switch (maker->view->nodes[n].kind) {
    case NODE_TASK:
        task_dependencies(maker, n);
        requirement_of_task(maker, n);
        contract_of(maker, n, LINK_IMPLEMENTS);
        break;
    case NODE_CONTRACT:
        producer(maker, n, LINK_IMPLEMENTS, true);
        break;
    case NODE_ARTIFACT:
        producer(maker, n, LINK_GENERATES, false);
        module_of_artifact(maker, n);
        break;
    case NODE_QUALITY_GATE:
        producer(maker, n, LINK_GATED_BY, false);
        break;
    case NODE_SPEC:
        requirement_of_spec(maker, n);
        break;
    case NODE_SCENARIO:
        requirement_of_spec(maker, n);
        contract_of(maker, n, LINK_VALIDATES);
        contract_by_tags(maker, n, EVENT_FIELD_CONTRACT_TAGS);
        contract_by_tags(maker, n, EVENT_FIELD_SCENARIO_TAGS);
        feature_of(maker, n);
        run_of(maker, n);
        break;
    case NODE_MODULE:
        module_dependencies(maker, n);
        component_of(maker, n);
        break;
    case NODE_VIOLATION:
        module_of_violation(maker, n);
        break;
    default:
        break;
    }
}

void model_open(const struct model *model, struct str tenant_id, struct str iteration_id, int64_t valid_at,
                int64_t known_at, struct arena *arena, struct model_view *view)
{
    struct maker maker = {.arena = arena, .iteration_id = iteration_id, .view = view,
                          .events = get(arena, model->count, sizeof *maker.events)};
    *view = (struct model_view){0};
    for (uint32_t i = 0; i < model->count; i++) {
        const struct model_event *event = &model->events[i];
        if (str_equal(event->tenant_id, tenant_id) && str_equal(event->iteration_id, iteration_id) &&
            event->valid_from <= valid_at && event->observed_at <= known_at) {
            maker.events[maker.count++] = event;
        }
    }
    view->exists = maker.count > 0;
    if (!view->exists) {
        return;
    }
    qsort(maker.events, maker.count, sizeof *maker.events, order_events);
    size_t named = 0;
    for (uint32_t i = 0; i < maker.count; i++) {
        named += 3 + maker.events[i]->effect.count;
    }
    view->nodes = get(arena, named, sizeof *view->nodes);
    view->links = get(arena, 4096, sizeof *view->links);
    view->unmatched = get(arena, 4096, sizeof *view->unmatched);
    make_nodes(&maker);
    qsort(view->nodes, view->node_count, sizeof *view->nodes, compare_nodes); /* features with one name: the smaller id */
    name_nodes(&maker);
    qsort(view->nodes, view->node_count, sizeof *view->nodes, compare_nodes);
    for (uint32_t n = 0; n < view->node_count; n++) {
        link_node(&maker, n);
    }
    apply_said(&maker);
    choose(view);
}
