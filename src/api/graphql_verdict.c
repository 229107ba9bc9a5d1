/* Verdict, gate, policy, blame. */
#include "api/graphql_private.h"

#include "lens/blame.h"

/* ---- what belongs to a verdict: an object is its view, and a number ---- */

#define SELF_VERDICT                                                                                                        \
    struct graphql_view *of = ((const struct graphql_view *)object.at)->scopes[0].of;                                       \
    const struct verdict *self = view_verdict(call, of);                                                                    \
    if (self == NULL) {                                                                                                     \
        return;                                                                                                             \
    }

void give_verdict(struct query_call *call, struct query_value *value, struct graphql_view *view)
{
    if (view_verdict(call, view) != NULL) {
        give_pointer(value, view);
    }
}

static void lens_word_at(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)call;
    give_word(value, word_lens[((const uint32_t *)at)[index]]);
}

#define SELF_TriModalVerdict SELF_VERDICT
#define SELF_DeploymentGate SELF_VERDICT
#define SELF_GateOverride SELF_VERDICT
#define VERDICT_FIELDS(FIELD)                                                                                               \
    FIELD(TriModalVerdict, iterationId, filled, of->view->iteration_id)                                                     \
    FIELD(TriModalVerdict, verdict, word, verdict_name(self->kind))                                                         \
    FIELD(TriModalVerdict, meaning, word, verdict_meaning(self->kind, self->pending_count > 0))                              \
    FIELD(TriModalVerdict, deployable, boolean, self->gate.deployable)                                                      \
    FIELD(TriModalVerdict, exitCode, integer, verdict_exit_code(self))                                                      \
    FIELD(TriModalVerdict, policyVersion, word, self->policy_version)                                                       \
    FIELD(TriModalVerdict, streams, list, list_of(of, 3, numbered_at))                                                      \
    FIELD(TriModalVerdict, failing, list, list_of(self->failing, self->failing_count, lens_word_at))                        \
    FIELD(TriModalVerdict, pending, list, list_of(self->pending, self->pending_count, lens_word_at))                        \
    FIELD(TriModalVerdict, conditions, list, list_of(of, METRIC_COUNT, numbered_at))                                        \
    FIELD(TriModalVerdict, issues, list, list_of(of, self->issue_count, numbered_at))                                       \
    FIELD(TriModalVerdict, issuesNotListed, integer, self->issue_more_count)                                                \
    FIELD(TriModalVerdict, diagnosis, itself, give_texts(value, self->diagnosis, self->diagnosis_count))                    \
    FIELD(TriModalVerdict, recommendations, itself,                                                                         \
          give_texts(value, self->recommendations, self->recommendation_count))                                             \
    FIELD(TriModalVerdict, gate, object, object)                                                                            \
    FIELD(TriModalVerdict, meta, itself, give_meta(call, value, of))

#define GATE_FIELDS(FIELD)                                                                                                  \
    FIELD(DeploymentGate, iterationId, filled, of->view->iteration_id)                                                      \
    FIELD(DeploymentGate, deployable, boolean, self->gate.deployable)                                                       \
    FIELD(DeploymentGate, basis, word, basis_word(self->gate.basis))                                                        \
    FIELD(DeploymentGate, sentence, filled, self->gate.sentence)                                                            \
    FIELD(DeploymentGate, verdict, word, verdict_name(self->kind))                                                          \
    FIELD(DeploymentGate, exitCode, integer, verdict_exit_code(self))                                                       \
    FIELD(DeploymentGate, override, pointer, self->gate.override_present ? of : NULL)                                       \
    FIELD(DeploymentGate, meta, itself, give_meta(call, value, of))                                                         \
    FIELD(GateOverride, inForce, boolean, self->gate.override_in_force)                                                     \
    FIELD(GateOverride, actor, filled, self->gate.actor)                                                                    \
    FIELD(GateOverride, reason, filled, self->gate.reason)                                                                  \
    FIELD(GateOverride, expiresAt, moment, self->gate.expires_at)                                                           \
    FIELD(GateOverride, eventId, itself, give_event_id(call, value, of->view, self->gate.fact))

static const char *basis_word(enum gate_basis basis)
{
    static const char *const names[] = {
        [GATE_BY_VERDICT] = "VERDICT", [GATE_BY_CONDITION] = "CONDITION", [GATE_BY_OVERRIDE] = "OVERRIDE"};
    return names[basis];
}

VERDICT_FIELDS(RESOLVER)
GATE_FIELDS(RESOLVER)

static void give_node_kind(struct query_value *value, const char *name)
{
    enum node_kind kind;
    if (node_kind_from_name(str_from(name), &kind)) {
        give_word(value, word_node_kind[kind]);
    }
}

static void give_seq(struct query_value *value, bool present, uint64_t seq)
{
    if (present) {
        give_integer(value, (int64_t)seq);
    }
}

#define SELF_StreamVerdict                                                                                                  \
    SELF_VERDICT                                                                                                            \
    const struct verdict_stream *stream = &self->streams[object.number]
#define SELF_VerdictCondition                                                                                               \
    SELF_VERDICT                                                                                                            \
    const struct verdict_condition *condition = &self->conditions[object.number]
#define SELF_VerdictIssue                                                                                                   \
    SELF_VERDICT                                                                                                            \
    const struct verdict_issue *issue = &self->issues[object.number];                                                       \
    maybe_unused bool has_event = issue->fact != VIEW_NONE
#define PART_FIELDS(FIELD)                                                                                                  \
    FIELD(StreamVerdict, stream, word, word_lens[stream->lens])                                                             \
    FIELD(StreamVerdict, status, word, stream_status_name(stream->status))                                                  \
    FIELD(StreamVerdict, hasData, boolean, stream->has_data)                                                                \
    FIELD(StreamVerdict, openRuns, itself,                                                                                  \
          give_open_runs(call, value, &of->scopes[stream->lens], stream->open_runs, stream->open_run_count))                \
    FIELD(StreamVerdict, reason, filled, stream->reason)                                                                    \
    FIELD(VerdictCondition, metric, word, word_metric[condition->metric])                                                   \
    FIELD(VerdictCondition, stream, word, word_lens[condition->lens])                                                       \
    FIELD(VerdictCondition, operator, word, word_operator[condition->operation])                                            \
    FIELD(VerdictCondition, threshold, real, condition->threshold)                                                          \
    FIELD(VerdictCondition, target, real, condition->target)                                                                \
    FIELD(VerdictCondition, value, measure, condition->value)                                                               \
    FIELD(VerdictCondition, pass, boolean, condition->pass)                                                                 \
    FIELD(VerdictCondition, targetReached, boolean, condition->target_reached)                                              \
    FIELD(VerdictCondition, blocks, boolean, condition->blocks)                                                             \
    FIELD(VerdictIssue, stream, word, word_lens[issue->lens])                                                               \
    FIELD(VerdictIssue, metric, word, issue->open_run ? NULL : word_metric[issue->metric])                                  \
    FIELD(VerdictIssue, openRun, boolean, issue->open_run)                                                                  \
    FIELD(VerdictIssue, kind, itself, give_node_kind(value, issue->kind))                                                   \
    FIELD(VerdictIssue, nodeId, filled, issue->id)                                                                          \
    FIELD(VerdictIssue, name, filled, issue->name)                                                                          \
    FIELD(VerdictIssue, node, itself, give_node(call, value, &of->scopes[issue->lens], issue->node))                        \
    FIELD(VerdictIssue, sentence, filled, issue->sentence)                                                                  \
    FIELD(VerdictIssue, eventId, text, has_event ? issue->event_id : STR_NONE)                                              \
    FIELD(VerdictIssue, eventType, text, has_event ? issue->event_type : STR_NONE)                                          \
    FIELD(VerdictIssue, seq, itself, give_seq(value, has_event, issue->seq))                                                \
    FIELD(VerdictIssue, validFrom, time, has_event ? issue->valid_from : INT64_MIN)                                         \
    FIELD(VerdictIssue, observedAt, time, has_event ? issue->observed_at : INT64_MIN)                                       \
    FIELD(VerdictIssue, errorMessage, text, issue->error_message)

PART_FIELDS(RESOLVER)

static void Query_getTriModalVerdict(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct graphql_view *view = view_asked(call);
    (void)object;
    if (view != NULL) {
        give_verdict(call, value, view);
    }
}

/* ---- states of the three streams ---- */

void give_stream_states(struct query_call *call, struct query_value *value, const enum stream_status states[3])
{
    enum stream_status *kept = new_zeroed(call, 3, sizeof *kept);
    if (kept != NULL) {
        memcpy(kept, states, 3 * sizeof *kept);
        give_pointer(value, kept);
    }
}

#define SELF_StreamStates const enum stream_status *self = object.at
#define STREAM_STATE_FIELDS(FIELD)                                                                                          \
    FIELD(StreamStates, dde, word, stream_status_name(self[LENS_DDE]))                                                      \
    FIELD(StreamStates, bdv, word, stream_status_name(self[LENS_BDV]))                                                      \
    FIELD(StreamStates, acc, word, stream_status_name(self[LENS_ACC]))

STREAM_STATE_FIELDS(RESOLVER)

/* ---- the policy ---- */

static void Query_policy(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    give_pointer(value, request_of(call)->api->options.policy);
}

#define SELF_Policy const struct policy *self = object.at
#define SELF_PolicyCondition const struct policy_condition *self = &((const struct policy *)object.at)->conditions[object.number]
#define POLICY_FIELDS(FIELD)                                                                                                \
    FIELD(Policy, version, word, self->version)                                                                             \
    FIELD(Policy, conditions, list, list_of(self, METRIC_COUNT, numbered_at))                                               \
    FIELD(PolicyCondition, metric, word, word_metric[self->metric])                                                         \
    FIELD(PolicyCondition, stream, word, word_lens[policy_metric_lens(self->metric)])                                       \
    FIELD(PolicyCondition, operator, word, word_operator[self->operation])                                                  \
    FIELD(PolicyCondition, threshold, real, self->threshold)                                                                \
    FIELD(PolicyCondition, target, real, self->target)                                                                      \
    FIELD(PolicyCondition, blocks, boolean, self->blocks)

POLICY_FIELDS(RESOLVER)

/* ---- blame ---- */

struct graphql_blame {
    struct graphql_view *of;
    struct blame blame;
};

static bool breathe(void *context)
{
    return query_breathe(context);
}

static void Query_blame(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct graphql_request *request = request_of(call);
    struct error error;
    const struct query_input *as_of = query_argument(call, "asOf");
    struct clocks clocks =
        clocks_of(request_now(request), as_of->kind == QUERY_INPUT_INTEGER ? &as_of->integer : NULL, NULL);
    struct graphql_view *view =
        view_open_for(call, request->asker.tenant_id, argument_text(call, "iterationId"), clocks);
    struct graphql_blame *made = view == NULL ? NULL : new_zeroed(call, 1, sizeof *made);
    (void)object;
    if (made == NULL) {
        return;
    }
    made->of = view;
    struct verdict_source source = verdict_source_of(request->api, view->view->tenant_id, view->view->iteration_id);
    source.breathe = breathe;
    source.breathe_context = call;
    if (blame_read(&source, clocks.valid_at, &request->arena, &made->blame, &error) != STATUS_OK) {
        query_fail_error(call, &error);
        return;
    }
    give_pointer(value, made);
}

static void flip_at(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)call;
    give_pointer(value, (const struct blame_flip *)at + index);
}

static void change_at(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)call;
    give_pointer(value, (const struct blame_change *)at + index);
}

#define SELF_Blame const struct graphql_blame *self = object.at
#define SELF_BlameFlip const struct blame_flip *self = object.at
#define SELF_ConditionChange const struct blame_change *self = object.at
#define BLAME_FIELDS(FIELD)                                                                                                 \
    FIELD(Blame, iterationId, filled, self->of->view->iteration_id)                                                         \
    FIELD(Blame, flips, list, list_of(self->blame.flips, self->blame.flip_count, flip_at))                                  \
    FIELD(Blame, factCount, integer, self->blame.fact_count)                                                                \
    FIELD(Blame, evaluated, integer, self->blame.evaluated)                                                                 \
    FIELD(Blame, meta, itself, give_meta(call, value, self->of))                                                            \
    FIELD(BlameFlip, first, boolean, self->first)                                                                           \
    FIELD(BlameFlip, from, word, self->first ? NULL : verdict_name(self->from))                                             \
    FIELD(BlameFlip, to, word, verdict_name(self->to))                                                                      \
    FIELD(BlameFlip, streamsFrom, pointer, self->first ? NULL : self->streams_from)                                         \
    FIELD(BlameFlip, streamsTo, pointer, self->streams_to)                                                                  \
    FIELD(BlameFlip, eventId, filled, self->event_id)                                                                       \
    FIELD(BlameFlip, eventType, word, event_type_symbol(self->event_type))                                                  \
    FIELD(BlameFlip, nodeKind, word, word_at_node_kind(self->node_kind))                                                    \
    FIELD(BlameFlip, nodeId, filled, self->node_id)                                                                         \
    FIELD(BlameFlip, seq, integer, (int64_t)self->seq)                                                                      \
    FIELD(BlameFlip, validFrom, time, self->valid_from)                                                                     \
    FIELD(BlameFlip, observedAt, time, self->observed_at)                                                                   \
    FIELD(BlameFlip, changes, list, list_of(self->changes, self->change_count, change_at))                                  \
    FIELD(ConditionChange, metric, word, word_metric[self->metric])                                                         \
    FIELD(ConditionChange, from, measure, self->from)                                                                       \
    FIELD(ConditionChange, to, measure, self->to)                                                                           \
    FIELD(ConditionChange, passedBefore, boolean, self->pass_from)                                                          \
    FIELD(ConditionChange, passesNow, boolean, self->pass_to)

BLAME_FIELDS(RESOLVER)

static const struct query_binding bindings[] = {
    {"Query", "getTriModalVerdict", Query_getTriModalVerdict, READ},
    {"Query", "getDeploymentGate", Query_getTriModalVerdict, READ}, /* both are the view */
    {"Query", "policy", Query_policy, READ},
    {"Query", "blame", Query_blame, READ},
    VERDICT_FIELDS(BINDING) GATE_FIELDS(BINDING) PART_FIELDS(BINDING) STREAM_STATE_FIELDS(BINDING) POLICY_FIELDS(BINDING)
    BLAME_FIELDS(BINDING)
};
const struct graphql_bindings graphql_verdict_bindings = BINDINGS_OF(bindings);
