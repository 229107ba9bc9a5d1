/* kinds.h: the words of the unified graph (SPEC section 3): kinds of nodes and links, states a node can be in, methods of
 * correlation, and the properties that facts set.
 */
#ifndef TRIMODAL_GRAPH_KINDS_H
#define TRIMODAL_GRAPH_KINDS_H

#include "base/str.h"
#include "event/event_schema.h"

enum node_kind {
    NODE_ITERATION,
    NODE_REQUIREMENT,
    NODE_TASK,
    NODE_CONTRACT,
    NODE_ARTIFACT,
    NODE_QUALITY_GATE,
    NODE_SPEC, /* BehavioralSpec: a feature */
    NODE_SCENARIO,
    NODE_TEST_RUN,
    NODE_COMPONENT,
    NODE_MODULE,
    NODE_VIOLATION,
    NODE_CYCLE,
    NODE_KIND_COUNT
};

enum link_kind {
    LINK_FULFILLED_BY,    /* Requirement → Task */
    LINK_VALIDATED_BY,    /* Requirement → BehavioralSpec, Scenario */
    LINK_DEPENDS_ON,      /* Task → Task, CodeModule → CodeModule */
    LINK_GENERATES,       /* Task → Artifact */
    LINK_IMPLEMENTS,      /* Task → InterfaceContract */
    LINK_CONTAINS,        /* Artifact → CodeModule */
    LINK_BELONGS_TO,      /* CodeModule → ArchitectureComponent, Scenario → BehavioralSpec */
    LINK_EXECUTED,        /* TestRun → Scenario */
    LINK_VALIDATES,       /* Scenario → InterfaceContract */
    LINK_AFFECTS,         /* Violation → CodeModule */
    LINK_GATED_BY,        /* Task → QualityGate */
    LINK_KIND_COUNT
};

enum link_method {
    METHOD_EXPLICIT_ID,
    METHOD_CONTRACT_TAG,
    METHOD_FILE_PATH_EXACT,
    METHOD_FILE_PATH_FUZZY,
    METHOD_HEURISTIC,
    METHOD_MANUAL,
    METHOD_COUNT
};

/* What state a node is in; which of them a node can have follows from its kind. */
enum node_status {
    STATE_NONE,
    STATE_PENDING, STATE_READY, STATE_RUNNING, STATE_COMPLETED, STATE_FAILED, STATE_RETRYING, STATE_SKIPPED, STATE_BLOCKED,
    STATE_PASSED,
    STATE_DECLARED, /* Requirement */
    STATE_CREATED, STATE_VALIDATED, /* Artifact; contracts are VALIDATED too */
    STATE_LOCKED,
    STATE_ACTIVE, STATE_SUPPRESSED, /* Violation */
    STATE_ANALYZED, /* CodeModule */
    STATE_COUNT
};

/* What facts set. Numbers below EVENT_FIELD_COUNT are the schema's fields, verbatim; these are derived by effect.c. A
 * property may carry a `sub`: it is then one property per sub (metadata has one per key). */
enum graph_property {
    PROPERTY_STATUS = 128,      /* enum node_status, by what happened */
    PROPERTY_STATUS_DECLARED,   /* enum node_status, by TASK_CREATED; holds until something happened */
    PROPERTY_STARTED,           /* 1 when it started (the fact's valid_from says when) */
    PROPERTY_ENDED,             /* 1 when it completed, failed, passed, … */
    PROPERTY_RETRIED,           /* 1 once a task was retried */
    PROPERTY_OUTCOME,           /* sub: commit or none; 1 passed, 0 failed: the runs of a scenario */
    PROPERTY_FLAGGED_FLAKY,     /* 1 when a tool said so without a rate */
    PROPERTY_QUARANTINED,       /* 1, or 0 when lifted */
    PROPERTY_STEP,              /* text "RESULT\x1fstep\x1fmessage\x1fduration_ms": each executed step */
    PROPERTY_RUN,               /* Scenario: id of the TestRun it was executed by (metadata test_run, or correlation_id) */
    PROPERTY_WORKFLOW,          /* Iteration; sub: workflow; enum node_status */
    PROPERTY_ANALYSIS_STARTED,  /* Iteration; sub: manifest; 1 */
    PROPERTY_ANALYSIS_COMPLETED, /* Iteration; sub: manifest; 1 */
    PROPERTY_REPORTED,          /* CodeModule, Violation, Cycle; sub: manifest; 1 each time the manifest reports it */
    PROPERTY_DEPENDENCY,        /* CodeModule; sub: target module; text "weight\x1fmanifest" */
    PROPERTY_PRODUCER,          /* Artifact, InterfaceContract, QualityGate: id of the task the event named */
    PROPERTY_LOCKED,            /* InterfaceContract: 1 when locked; sub: none */
    PROPERTY_CONTRACT,          /* Task, Scenario, …: contract key "name" or "name:version" that contract_id claims; no sub */
    PROPERTY_MANUAL_LINK,       /* sub: "LINK\x1fTARGET_KIND\x1ftarget id"; text "1|0\x1factor\x1freason" */
    PROPERTY_GATE_OVERRIDE,     /* Iteration: text "1|0\x1factor\x1freason\x1fexpires_at" */
    PROPERTY_MANIFEST_TOTALS,   /* Iteration; sub: manifest; text "modules\x1fdependencies\x1fviolations\x1fblocking" */
    PROPERTY_MODULE,            /* Violation: path of the module it affects */
    PROPERTY_LIMIT
};

#define GRAPH_SEPARATOR '\x1f' /* between the parts of a composed text */

const char *node_kind_name(enum node_kind kind);     /* "Task", "InterfaceContract", … as SPEC spells them */
bool node_kind_from_name(struct str name, enum node_kind *kind); /* any letter case; also "Feature", "Contract", "Module" */
const char *link_kind_name(enum link_kind kind);     /* "FULFILLED_BY", … */
bool link_kind_from_name(struct str name, enum link_kind *kind);
const char *link_method_name(enum link_method method); /* "explicit_id", … */
const char *node_status_name(enum node_status status); /* "COMPLETED", …; "UNKNOWN" for STATE_NONE */
const char *property_name(uint32_t property);        /* of schema fields and derived ones */

/* How a property's 32-bit value is to be read. */
enum property_type { PROPERTY_TYPE_TEXT, PROPERTY_TYPE_INTEGER, PROPERTY_TYPE_REAL, PROPERTY_TYPE_BOOLEAN,
                     PROPERTY_TYPE_STATUS, PROPERTY_TYPE_LIST, PROPERTY_TYPE_SYMBOL };
enum property_type property_type(uint32_t property);

#endif
