/* event_node.h: the two things an event is known by: the node it happened to, and its idempotency key. */
#ifndef TRIMODAL_EVENT_EVENT_NODE_H
#define TRIMODAL_EVENT_EVENT_NODE_H

#include "base/sha256.h"
#include "event/event.h"

/* Fills event->node_id where the event gives none, from the other fields (SPEC 2, "node_id"):
 *
 *   WORKFLOW_*                      workflow_id, else iteration_id
 *   ARTIFACT_*                      artifact_path
 *   CONTRACT_LOCKED, _VALIDATED     contract_id
 *   QUALITY_GATE_CHECKED            quality_gate_name
 *   REQUIREMENT_DECLARED            requirement_id
 *   TEST_RUN_*                      iteration_id
 *   FEATURE_*                       feature_path, else feature_name
 *   SCENARIO_*, STEP_EXECUTED, CONTRACT_TAG_DETECTED, FLAKE_DETECTED   scenario_id
 *   ANALYSIS_*, GRAPH_BUILT         manifest_name, else iteration_id
 *   MODULE_ANALYZED, COUPLING_ALERT module_path
 *   DEPENDENCY_DETECTED             module_path, else "source_module->target_module"
 *   VIOLATION_*, LAYERING_VIOLATION "rule_id or violation_type:source_module or module_path:target_module", parts that exist
 *   CYCLE_DETECTED                  event_cycle_id of cycle_modules
 *   LINK_*                          "source_id:link_kind:target_id"
 *   GATE_*                          iteration_id
 *   other                           nothing: node_id is required
 *
 * STATUS_INVALID: none of these is there, or the id made of them is longer than LIMIT_PATH_BYTES; the sentence says
 * which field to give. New texts go to the arena. */
enum status event_node_id(struct event *event, struct sha256 *hash, struct arena *arena, struct error *error) must_check;

/* Names a cycle by its members whatever their order and however often they are listed: "cycle:" and the first 16 hex
 * digits of the SHA-256 over the distinct paths, sorted and joined by line feeds. STATUS_FATAL without memory. */
enum status event_cycle_id(struct sha256 *hash, struct arena *arena, const struct str *modules, uint32_t count,
                           struct str *id) must_check;

/* Fills event->key, and event->key_text where the event gives none: the first 32 hex digits of SHA-256 over
 * "iteration_id:node_id:event_type:timestamp" with the type's symbol. node_id must be there. */
enum status event_key(struct event *event, struct sha256 *hash, struct arena *arena, struct error *error) must_check;

#endif
