/* The behaviour: 100 scenarios of 12 features, and how they fail where they do. */
#include <stdio.h>

#include "cli/golden_session.h"

#define TOOL "cucumber-js"
#define BENCH "acceptance-bench"
#define RUN "acceptance-1"
#define CONTRACT_SCENARIOS 5 /* the first of each feature validate its contract */

struct outcome {
    int feature, scenario;
    bool fails, with_steps;
    const char *run;    /* test run, or NULL */
    const char *commit, *source;
    int64_t at, duration;
};

static void scenario_id(int feature, int scenario, char id[GOLDEN_PATH_SIZE])
{
    (void)snprintf(id, GOLDEN_PATH_SIZE, "%s:%d", product_features[feature].path, 7 + 6 * scenario);
}

/* The sentence with its %d filled in. */
static void failure_message(struct golden_session *session, const char *message, char *text, size_t size)
{
    const char *number = strstr(message, "%d");
    if (number == NULL) {
        (void)snprintf(text, size, "%s", message);
        return;
    }
    (void)snprintf(text, size, "%.*s%d%s", (int)(number - message), message, (int)(3 + golden_random(session, 40)), number + 2);
}

/* A few scenarios are about a requirement of their own. */
static const char *requirement_of(const struct outcome *outcome)
{
    static const struct {
        int feature, scenario;
        const char *requirement;
    } own[] = {{0, 8, "REQ-113"}, {5, 7, "REQ-114"}, {5, 8, "REQ-114"}};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (own[i].feature == outcome->feature && own[i].scenario == outcome->scenario) {
            return own[i].requirement;
        }
    }
    return product_features[outcome->feature].requirement;
}

static void scenario_fields(struct golden_session *session, const struct outcome *outcome)
{
    const struct product_feature *feature = &product_features[outcome->feature];
    const struct product_service *service = &product_services[feature->service];
    struct json_writer *json = &session->json;
    char tag[64];
    json_field_text(json, "feature_path", feature->path);
    json_field_text(json, "feature_name", feature->name);
    json_field_text(json, "scenario_name", feature->scenarios[outcome->scenario]);
    json_write_key(json, "scenario_tags");
    json_write_array_begin(json);
    (void)snprintf(tag, sizeof tag, "@requirement:%s", requirement_of(outcome));
    json_write_text(json, tag);
    if (service->contract != NULL && outcome->scenario < CONTRACT_SCENARIOS) {
        (void)snprintf(tag, sizeof tag, "@contract:%s:%s", service->contract, service->version);
        json_write_text(json, tag);
    }
    json_write_array_end(json);
    golden_metadata(session, "name", feature->scenarios[outcome->scenario], "commit", outcome->commit, "test_run", outcome->run,
                    NULL);
}

static void run_steps(struct golden_session *session, const struct outcome *outcome, const char *id, const char *message)
{
    const struct product_feature *feature = &product_features[outcome->feature];
    static const char *const words[3] = {"Given", "When", "Then"};
    const char *const texts[3] = {feature->given, feature->when, feature->then};
    char text[256];
    for (int i = 0; i < 3; i++) {
        bool fails = i == 2 && outcome->fails;
        golden_begin(session, outcome->at + outcome->duration * (i + 1) / 4, "STEP_EXECUTED", id, outcome->source);
        (void)snprintf(text, sizeof text, "%s %s", words[i], texts[i]);
        json_field_text(&session->json, "step_text", text);
        json_field_text(&session->json, "step_result", fails ? "FAILED" : "PASSED");
        json_field_i64(&session->json, "duration_ms", outcome->duration / 4);
        if (fails) {
            json_field_text(&session->json, "error_message", message);
        }
        golden_end(session);
    }
}

static void run_scenario(struct golden_session *session, const struct outcome *outcome)
{
    char id[GOLDEN_PATH_SIZE], message[256];
    scenario_id(outcome->feature, outcome->scenario, id);
    failure_message(session, product_features[outcome->feature].message, message, sizeof message);
    golden_begin(session, outcome->at, "SCENARIO_STARTED", id, outcome->source);
    scenario_fields(session, outcome);
    golden_end(session);
    if (outcome->fails || outcome->with_steps) {
        run_steps(session, outcome, id, message);
    }
    golden_begin(session, outcome->at + outcome->duration, outcome->fails ? "SCENARIO_FAILED" : "SCENARIO_PASSED", id,
                 outcome->source);
    json_field_i64(&session->json, "duration_ms", outcome->duration);
    if (outcome->fails) {
        json_field_text(&session->json, "error_message", message);
    }
    scenario_fields(session, outcome);
    golden_end(session);
}

static void feature_event(struct golden_session *session, int feature, const char *type, int64_t at)
{
    golden_begin(session, at, type, product_features[feature].path, TOOL);
    json_field_text(&session->json, "feature_path", product_features[feature].path);
    json_field_text(&session->json, "feature_name", product_features[feature].name);
    json_field_text(&session->json, "requirement_id", product_features[feature].requirement);
    golden_metadata(session, "name", product_features[feature].name, "test_run", RUN, NULL);
    golden_end(session);
}

static void run_event(struct golden_session *session, const char *type, int64_t at)
{
    golden_begin(session, at, type, RUN, TOOL);
    golden_metadata(session, "name", "Acceptance run 1", "commit", session->commit, NULL);
    golden_end(session);
}

/* --- the acceptance run ------------------------------------------------------------------------------------------------------ */

struct place {
    int feature, scenario;
};

static bool is_among(const struct place *places, size_t count, int feature, int scenario)
{
    for (size_t i = 0; i < count; i++) {
        if (places[i].feature == feature && places[i].scenario == scenario) {
            return true;
        }
    }
    return false;
}

/* Known gaps of every session; none of them validates a contract. */
static const struct place failing[] = {{3, 7}, {6, 6}, {7, 7}, {9, 6}, {10, 5}};
/* These fail at the first attempt and pass at the next, on the same commit. */
static const struct place flaky[] = {{1, 8}, {10, 7}};

static int64_t accept_scenario(struct golden_session *session, int feature, int scenario, int64_t at)
{
    struct outcome outcome = {.feature = feature, .scenario = scenario, .run = RUN, .commit = session->commit, .source = TOOL,
                              .at = at, .duration = 900 + (int64_t)golden_random(session, 2200), .with_steps = scenario == 0};
    outcome.fails = is_among(failing, sizeof failing / sizeof failing[0], feature, scenario);
    if (is_among(flaky, sizeof flaky / sizeof flaky[0], feature, scenario)) {
        outcome.fails = true;
        run_scenario(session, &outcome);
        outcome.at += outcome.duration + 250;
        outcome.fails = false;
    }
    run_scenario(session, &outcome);
    return outcome.at + outcome.duration + 60;
}

static void validate_contracts(struct golden_session *session, int64_t at)
{
    for (int s = 0; s < PRODUCT_CONTRACTS; s++, at += 130) {
        golden_begin(session, at, "CONTRACT_VALIDATED", product_services[s].contract, "contract-checker");
        json_field_text(&session->json, "contract_id", product_services[s].contract);
        json_field_text(&session->json, "contract_version", product_services[s].version);
        golden_end(session);
    }
}

void golden_accept(struct golden_session *session)
{
    int64_t at = 70 * MINUTES;
    char id[GOLDEN_PATH_SIZE];
    run_event(session, "TEST_RUN_STARTED", at);
    for (int f = 0; f < PRODUCT_FEATURES; f++) {
        at += 150;
        feature_event(session, f, "FEATURE_STARTED", at);
        at += 20;
        for (int s = 0; product_features[f].scenarios[s] != NULL; s++) {
            at = accept_scenario(session, f, s, at);
        }
        feature_event(session, f, "FEATURE_COMPLETED", at);
    }
    scenario_id(flaky[1].feature, flaky[1].scenario, id);
    golden_begin(session, at + 40, "FLAKE_DETECTED", id, TOOL);
    json_field_double(&session->json, "flake_rate", 0.25);
    golden_end(session);
    run_event(session, "TEST_RUN_COMPLETED", at + 400);
    validate_contracts(session, at + 20 * SECONDS);
}

/* --- the design gap ------------------------------------------------------------------------------------------------------------ */

/* The acceptance bench replays what the new tariff touches: 35 scenarios, each reported by itself. */
void golden_turn_behaviour(struct golden_session *session, int64_t at)
{
    static const int touched[] = {5, 8, 11, 2}; /* postage, returns, expiry, pickup */
    struct outcome outcome = {.fails = true, .commit = session->later_commit, .source = BENCH, .at = at};
    for (size_t i = 0; i < sizeof touched / sizeof touched[0]; i++) {
        outcome.feature = touched[i];
        for (outcome.scenario = 0; product_features[touched[i]].scenarios[outcome.scenario] != NULL; outcome.scenario++) {
            outcome.duration = 1500 + (int64_t)golden_random(session, 4000);
            run_scenario(session, &outcome);
            outcome.at += outcome.duration + 9 * SECONDS;
        }
    }
    outcome.feature = 10;
    outcome.scenario = 6;
    run_scenario(session, &outcome);
}
