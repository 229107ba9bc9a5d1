#include "graph/kinds.h"

static const char *const node_kind_names[NODE_KIND_COUNT] = {
    [NODE_ITERATION] = "Iteration",
    [NODE_REQUIREMENT] = "Requirement",
    [NODE_TASK] = "Task",
    [NODE_CONTRACT] = "InterfaceContract",
    [NODE_ARTIFACT] = "Artifact",
    [NODE_QUALITY_GATE] = "QualityGate",
    [NODE_SPEC] = "BehavioralSpec",
    [NODE_SCENARIO] = "Scenario",
    [NODE_TEST_RUN] = "TestRun",
    [NODE_COMPONENT] = "ArchitectureComponent",
    [NODE_MODULE] = "CodeModule",
    [NODE_VIOLATION] = "Violation",
    [NODE_CYCLE] = "Cycle",
};

static const struct {
    const char *name;
    enum node_kind kind;
} node_kind_aliases[] = {
    {"Contract", NODE_CONTRACT}, {"Gate", NODE_QUALITY_GATE},  {"Feature", NODE_SPEC},
    {"Spec", NODE_SPEC},         {"Component", NODE_COMPONENT}, {"Module", NODE_MODULE},
};

static const char *const link_kind_names[LINK_KIND_COUNT] = {
    [LINK_FULFILLED_BY] = "FULFILLED_BY", [LINK_VALIDATED_BY] = "VALIDATED_BY", [LINK_DEPENDS_ON] = "DEPENDS_ON",
    [LINK_GENERATES] = "GENERATES",       [LINK_IMPLEMENTS] = "IMPLEMENTS",     [LINK_CONTAINS] = "CONTAINS",
    [LINK_BELONGS_TO] = "BELONGS_TO",     [LINK_EXECUTED] = "EXECUTED",         [LINK_VALIDATES] = "VALIDATES",
    [LINK_AFFECTS] = "AFFECTS",           [LINK_GATED_BY] = "GATED_BY",
};

static const char *const link_method_names[METHOD_COUNT] = {
    [METHOD_EXPLICIT_ID] = "explicit_id",         [METHOD_CONTRACT_TAG] = "contract_tag",
    [METHOD_FILE_PATH_EXACT] = "file_path_exact", [METHOD_FILE_PATH_FUZZY] = "file_path_fuzzy",
    [METHOD_HEURISTIC] = "heuristic",             [METHOD_MANUAL] = "manual",
};

static const char *const node_status_names[STATE_COUNT] = {
    [STATE_NONE] = "UNKNOWN",
    [STATE_PENDING] = "PENDING",     [STATE_READY] = "READY",           [STATE_RUNNING] = "RUNNING",
    [STATE_COMPLETED] = "COMPLETED", [STATE_FAILED] = "FAILED",         [STATE_RETRYING] = "RETRYING",
    [STATE_SKIPPED] = "SKIPPED",     [STATE_BLOCKED] = "BLOCKED",       [STATE_PASSED] = "PASSED",
    [STATE_DECLARED] = "DECLARED",   [STATE_CREATED] = "CREATED",       [STATE_VALIDATED] = "VALIDATED",
    [STATE_LOCKED] = "LOCKED",       [STATE_ACTIVE] = "ACTIVE",         [STATE_SUPPRESSED] = "SUPPRESSED",
    [STATE_ANALYZED] = "ANALYZED",
};

static const struct {
    const char *name;
    enum property_type type;
} derived[] = {
    [PROPERTY_STATUS - PROPERTY_STATUS] = {"status", PROPERTY_TYPE_STATUS},
    [PROPERTY_STATUS_DECLARED - PROPERTY_STATUS] = {"status_declared", PROPERTY_TYPE_STATUS},
    [PROPERTY_STARTED - PROPERTY_STATUS] = {"started", PROPERTY_TYPE_BOOLEAN},
    [PROPERTY_ENDED - PROPERTY_STATUS] = {"ended", PROPERTY_TYPE_BOOLEAN},
    [PROPERTY_RETRIED - PROPERTY_STATUS] = {"retried", PROPERTY_TYPE_BOOLEAN},
    [PROPERTY_OUTCOME - PROPERTY_STATUS] = {"passed", PROPERTY_TYPE_BOOLEAN},
    [PROPERTY_FLAGGED_FLAKY - PROPERTY_STATUS] = {"flagged_flaky", PROPERTY_TYPE_BOOLEAN},
    [PROPERTY_QUARANTINED - PROPERTY_STATUS] = {"quarantined", PROPERTY_TYPE_BOOLEAN},
    [PROPERTY_STEP - PROPERTY_STATUS] = {"step", PROPERTY_TYPE_LIST},
    [PROPERTY_RUN - PROPERTY_STATUS] = {"test_run", PROPERTY_TYPE_TEXT},
    [PROPERTY_WORKFLOW - PROPERTY_STATUS] = {"workflow", PROPERTY_TYPE_STATUS},
    [PROPERTY_ANALYSIS_STARTED - PROPERTY_STATUS] = {"analysis_started", PROPERTY_TYPE_BOOLEAN},
    [PROPERTY_ANALYSIS_COMPLETED - PROPERTY_STATUS] = {"analysis_completed", PROPERTY_TYPE_BOOLEAN},
    [PROPERTY_REPORTED - PROPERTY_STATUS] = {"reported_by", PROPERTY_TYPE_BOOLEAN},
    [PROPERTY_DEPENDENCY - PROPERTY_STATUS] = {"dependency", PROPERTY_TYPE_LIST},
    [PROPERTY_PRODUCER - PROPERTY_STATUS] = {"producer", PROPERTY_TYPE_TEXT},
    [PROPERTY_LOCKED - PROPERTY_STATUS] = {"locked", PROPERTY_TYPE_BOOLEAN},
    [PROPERTY_CONTRACT - PROPERTY_STATUS] = {"contract", PROPERTY_TYPE_TEXT},
    [PROPERTY_MANUAL_LINK - PROPERTY_STATUS] = {"manual_link", PROPERTY_TYPE_LIST},
    [PROPERTY_GATE_OVERRIDE - PROPERTY_STATUS] = {"gate_override", PROPERTY_TYPE_LIST},
    [PROPERTY_MANIFEST_TOTALS - PROPERTY_STATUS] = {"manifest_totals", PROPERTY_TYPE_LIST},
    [PROPERTY_MODULE - PROPERTY_STATUS] = {"module", PROPERTY_TYPE_TEXT},
};

_Static_assert(sizeof derived / sizeof derived[0] == PROPERTY_LIMIT - PROPERTY_STATUS, "every derived property is named");
_Static_assert((int)EVENT_FIELD_COUNT <= (int)PROPERTY_STATUS, "schema fields keep their numbers as properties");

const char *node_kind_name(enum node_kind kind)
{
    return kind < NODE_KIND_COUNT ? node_kind_names[kind] : "Unknown";
}

bool node_kind_from_name(struct str name, enum node_kind *kind)
{
    for (int i = 0; i < NODE_KIND_COUNT; i++) {
        if (str_equal_ignoring_case(name, str_from(node_kind_names[i]))) {
            *kind = (enum node_kind)i;
            return true;
        }
    }
    for (size_t i = 0; i < sizeof node_kind_aliases / sizeof node_kind_aliases[0]; i++) {
        if (str_equal_ignoring_case(name, str_from(node_kind_aliases[i].name))) {
            *kind = node_kind_aliases[i].kind;
            return true;
        }
    }
    return false;
}

const char *link_kind_name(enum link_kind kind)
{
    return kind < LINK_KIND_COUNT ? link_kind_names[kind] : "UNKNOWN";
}

bool link_kind_from_name(struct str name, enum link_kind *kind)
{
    for (int i = 0; i < LINK_KIND_COUNT; i++) {
        if (str_equal_ignoring_case(name, str_from(link_kind_names[i]))) {
            *kind = (enum link_kind)i;
            return true;
        }
    }
    return false;
}

const char *link_method_name(enum link_method method)
{
    return method < METHOD_COUNT ? link_method_names[method] : "unknown";
}

const char *node_status_name(enum node_status status)
{
    return status < STATE_COUNT ? node_status_names[status] : node_status_names[STATE_NONE];
}

const char *property_name(uint32_t property)
{
    if (property < (uint32_t)EVENT_FIELD_COUNT) {
        return event_field_name((enum event_field)property);
    }
    return property >= PROPERTY_STATUS && property < PROPERTY_LIMIT ? derived[property - PROPERTY_STATUS].name : "unknown";
}

static enum property_type type_of_field(enum event_field field)
{
    switch (event_fields[field].kind) {
    case EVENT_KIND_INT:
    case EVENT_KIND_LONG:
        return PROPERTY_TYPE_INTEGER;
    case EVENT_KIND_FLOAT:
    case EVENT_KIND_DOUBLE:
        return PROPERTY_TYPE_REAL;
    case EVENT_KIND_BOOLEAN:
        return PROPERTY_TYPE_BOOLEAN;
    case EVENT_KIND_ENUM:
        return PROPERTY_TYPE_SYMBOL;
    case EVENT_KIND_STRINGS:
        return PROPERTY_TYPE_LIST;
    default:
        return PROPERTY_TYPE_TEXT;
    }
}

enum property_type property_type(uint32_t property)
{
    if (property < (uint32_t)EVENT_FIELD_COUNT) {
        return type_of_field((enum event_field)property);
    }
    return property < PROPERTY_LIMIT ? derived[property - PROPERTY_STATUS].type : PROPERTY_TYPE_TEXT;
}
