/* Task IMPLEMENTS InterfaceContract, Scenario VALIDATES InterfaceContract.
 *
 * A claim with a version means that version and no other. A claim without one means the contract of that name, where
 * only one version of it is there; with several, the claim is listed for review rather than guessed.
 */
#include "correlate/builder.h"
#include "graph/contract_key.h"

/* The contract's node; VIEW_NONE (and why) when it cannot be told. */
static uint32_t find_contract(struct builder *builder, struct contract_key key, struct str *reason)
{
    struct graph_view *view = builder->view;
    struct str text;
    if (!contract_key_text(view->arena, key, &text)) {
        builder->failed = true;
        return VIEW_NONE;
    }
    uint32_t exact = view_find(view, NODE_CONTRACT, text);
    if (exact != VIEW_NONE) {
        return exact;
    }
    uint32_t found = VIEW_NONE, versions = 0;
    for (uint32_t i = view->kind_start[NODE_CONTRACT]; i < view->kind_start[NODE_CONTRACT + 1]; i++) {
        if (str_equal(contract_key_parse(view->nodes[i].id, STR_NONE).name, key.name)) {
            found = i;
            versions++;
        }
    }
    if (key.version.length == 0 && versions == 1) {
        return found;
    }
    *reason = versions == 0 ? STR("no contract of this name was locked or validated; send its CONTRACT_LOCKED or correct the name")
              : key.version.length == 0
                  ? STR("it names no version, and there are several; name the one that is meant")
                  : STR("this version was not locked or validated, but another was; lock it, or correct the version");
    return VIEW_NONE;
}

static void link_claim(struct builder *builder, uint32_t node, enum link_kind kind, enum link_method method,
                       struct contract_key key, uint32_t fact, struct str explanation)
{
    struct str reason = STR_NONE;
    uint32_t contract = find_contract(builder, key, &reason);
    if (contract == VIEW_NONE) {
        struct str text = key.name;
        if (!contract_key_text(builder->view->arena, key, &text)) {
            builder->failed = true;
        }
        builder_unmatched(builder, node, kind, NODE_CONTRACT, text, reason);
        return;
    }
    builder_add(builder, &(struct claim){.kind = kind, .method = method, .confidence = builder->config->confidence[method],
                                         .source = node, .target = contract, .claim_fact = fact,
                                         .claimed_by_source = true, .inferred = true, .explanation = explanation});
}

static void link_by_id(struct builder *builder, uint32_t node, enum link_kind kind)
{
    struct graph_view *view = builder->view;
    const struct view_property *claim = view_property(&view->nodes[node], PROPERTY_CONTRACT, 0);
    if (claim != NULL) {
        struct str text = view_value_text(view, claim->value);
        link_claim(builder, node, kind, METHOD_EXPLICIT_ID, contract_key_parse(text, STR_NONE),
                   view_held_since(view, &view->nodes[node], claim),
                   builder_text(builder, "The %s's event names contract_id %.*s.", node_kind_name(view->nodes[node].kind),
                                STR_ARGS(text)));
    }
}

static void link_by_tags(struct builder *builder, uint32_t scenario, enum event_field field)
{
    struct graph_view *view = builder->view;
    const struct view_property *tags = view_property(&view->nodes[scenario], field, 0);
    if (tags == NULL) {
        return;
    }
    struct str rest = view_value_text(view, tags->value), tag;
    struct contract_key key;
    while (str_split_next(&rest, GRAPH_SEPARATOR, &tag)) {
        if (field == EVENT_FIELD_CONTRACT_TAGS ? contract_key_from_item(tag, &key) : contract_key_from_tag(tag, &key)) {
            link_claim(builder, scenario, LINK_VALIDATES, METHOD_CONTRACT_TAG, key,
                       view_held_since(view, &view->nodes[scenario], tags),
                       builder_text(builder, "The scenario carries the tag @contract:%.*s%s%.*s.", STR_ARGS(key.name),
                                    key.version.length > 0 ? ":" : "", STR_ARGS(key.version)));
        }
    }
}

/* The task that locked a contract is one that implements it, where it does not say so itself. */
static void link_locker(struct builder *builder, uint32_t contract)
{
    struct graph_view *view = builder->view;
    const struct view_property *producer = view_property(&view->nodes[contract], PROPERTY_PRODUCER, 0);
    if (producer == NULL) {
        return;
    }
    struct str id = view_value_text(view, producer->value);
    uint32_t task = view_find(view, NODE_TASK, id);
    if (task == VIEW_NONE) {
        builder_unmatched(builder, contract, LINK_IMPLEMENTS, NODE_TASK, id,
                          STR("its lock names this node_id, but no task event with it has come; check the node_id"));
        return;
    }
    builder_add(builder, &(struct claim){.kind = LINK_IMPLEMENTS, .method = METHOD_EXPLICIT_ID,
                                         .confidence = builder->config->confidence[METHOD_EXPLICIT_ID], .source = task,
                                         .target = contract,
                                         .claim_fact = view_held_since(view, &view->nodes[contract], producer),
                                         .inferred = true, .explanation = STR("The task locked the contract.")});
}

void link_contracts(struct builder *builder)
{
    const struct graph_view *view = builder->view;
    for (uint32_t i = view->kind_start[NODE_TASK]; i < view->kind_start[NODE_TASK + 1]; i++) {
        link_by_id(builder, i, LINK_IMPLEMENTS);
    }
    for (uint32_t i = view->kind_start[NODE_CONTRACT]; i < view->kind_start[NODE_CONTRACT + 1]; i++) {
        link_locker(builder, i);
    }
    for (uint32_t i = view->kind_start[NODE_SCENARIO]; i < view->kind_start[NODE_SCENARIO + 1]; i++) {
        link_by_id(builder, i, LINK_VALIDATES);
        link_by_tags(builder, i, EVENT_FIELD_CONTRACT_TAGS);
        link_by_tags(builder, i, EVENT_FIELD_SCENARIO_TAGS);
    }
}
