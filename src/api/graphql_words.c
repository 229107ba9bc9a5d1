/* Enum values by number. Where the C enum has names of its own that GraphQL's are, they are taken from there. */
#include "api/graphql_private.h"

const char *const word_node_kind[NODE_KIND_COUNT] = {
    [NODE_ITERATION] = "ITERATION",
    [NODE_REQUIREMENT] = "REQUIREMENT",
    [NODE_TASK] = "TASK",
    [NODE_CONTRACT] = "INTERFACE_CONTRACT",
    [NODE_ARTIFACT] = "ARTIFACT",
    [NODE_QUALITY_GATE] = "QUALITY_GATE",
    [NODE_SPEC] = "BEHAVIORAL_SPEC",
    [NODE_SCENARIO] = "SCENARIO",
    [NODE_TEST_RUN] = "TEST_RUN",
    [NODE_COMPONENT] = "ARCHITECTURE_COMPONENT",
    [NODE_MODULE] = "CODE_MODULE",
    [NODE_VIOLATION] = "VIOLATION",
    [NODE_CYCLE] = "CYCLE",
};

const char *const word_link_method[METHOD_COUNT] = {
    [METHOD_EXPLICIT_ID] = "EXPLICIT_ID",         [METHOD_CONTRACT_TAG] = "CONTRACT_TAG",
    [METHOD_FILE_PATH_EXACT] = "FILE_PATH_EXACT", [METHOD_FILE_PATH_FUZZY] = "FILE_PATH_FUZZY",
    [METHOD_HEURISTIC] = "HEURISTIC",             [METHOD_MANUAL] = "MANUAL",
};

const char *const word_lens[LENS_COUNT] = {
    [LENS_DDE] = "DDE", [LENS_BDV] = "BDV", [LENS_ACC] = "ACC", [LENS_CONVERGENCE] = "CONVERGENCE"};

const char *const word_metric[METRIC_COUNT] = {
    [METRIC_TASK_SUCCESS_RATE] = "TASK_SUCCESS_RATE",
    [METRIC_RETRY_RATE] = "RETRY_RATE",
    [METRIC_CONTRACT_LOCK_LATENCY_P95_MS] = "CONTRACT_LOCK_LATENCY_P95_MS",
    [METRIC_FAILED_QUALITY_GATES] = "FAILED_QUALITY_GATES",
    [METRIC_SCENARIO_PASS_RATE] = "SCENARIO_PASS_RATE",
    [METRIC_FLAKE_RATE] = "FLAKE_RATE",
    [METRIC_TEST_RUN_TIME_P95_MS] = "TEST_RUN_TIME_P95_MS",
    [METRIC_BLOCKING_VIOLATIONS] = "BLOCKING_VIOLATIONS",
    [METRIC_CYCLES] = "CYCLES",
    [METRIC_MEAN_INSTABILITY] = "MEAN_INSTABILITY",
    [METRIC_CONTRACT_ALIGNMENT] = "CONTRACT_ALIGNMENT",
};

const char *const word_operator[OPERATOR_COUNT] = {
    [OPERATOR_AT_LEAST] = "AT_LEAST", [OPERATOR_ABOVE] = "ABOVE", [OPERATOR_AT_MOST] = "AT_MOST",
    [OPERATOR_BELOW] = "BELOW",       [OPERATOR_EQUAL] = "EQUAL",
};

#define WORDS(NAME, TYPE, COUNT, NAME_OF)                                                                                   \
    static const char *NAME(int number)                                                                                     \
    {                                                                                                                       \
        return number < (int)(COUNT) ? NAME_OF((TYPE)number) : NULL;                                                        \
    }
WORDS(stream_at, enum event_stream, EVENT_STREAM_COUNT, event_stream_name)
WORDS(severity_at, enum acc_severity, ACC_SEVERITY_COUNT, acc_severity_name)
WORDS(link_kind_at, enum link_kind, LINK_KIND_COUNT, link_kind_name)
WORDS(event_type_at, enum event_type, EVENT_TYPE_COUNT, event_type_symbol)
WORDS(category_at, enum event_fault_category, EVENT_FAULT_COUNT, event_fault_name)

word_at *const word_stream = stream_at, *const word_severity = severity_at, *const word_link_kind = link_kind_at,
               *const word_event_type = event_type_at, *const word_category = category_at;

const char *word_at_lens(int number)
{
    return number < LENS_COUNT ? word_lens[number] : NULL;
}

const char *word_at_node_kind(int number)
{
    return number < NODE_KIND_COUNT ? word_node_kind[number] : NULL;
}

int input_word(const struct query_input *input, word_at *word)
{
    if (input->kind != QUERY_INPUT_TEXT) {
        return -1;
    }
    for (int i = 0; word(i) != NULL; i++) {
        if (str_is(input->text, word(i))) {
            return i;
        }
    }
    return -1;
}

int argument_word(struct query_call *call, const char *name, word_at *word)
{
    return input_word(query_argument(call, name), word);
}

uint64_t argument_bits(struct query_call *call, const char *name, word_at *word)
{
    const struct query_input *list = query_argument(call, name);
    if (list->kind != QUERY_INPUT_LIST) {
        return UINT64_MAX;
    }
    uint64_t bits = 0;
    for (const struct query_input *item = list->first; item != NULL; item = item->next) {
        int number = input_word(item, word);
        bits |= number >= 0 ? UINT64_C(1) << number : 0;
    }
    return bits;
}

static_assert(EVENT_TYPE_COUNT <= 64, "the event types fit into the bits of one number");
