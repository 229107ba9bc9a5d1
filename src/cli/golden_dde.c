/* Requirements and the work: how 50 tasks run, and how the release fails where it does. */
#include <stdio.h>

#include "cli/golden_session.h"

#define CI "gitea-actions"
#define PLANNER "planning-board"
#define WORKFLOW "build-and-stage"
#define RELEASE "release-candidate"
#define ID_SIZE 64

struct task {
    char id[ID_SIZE];
    const char *name, *type, *capability;
    const char *requirement;          /* or NULL */
    const char *contract, *version;   /* or NULL */
    char depends_on[ID_SIZE * 12];
    int effort; /* minutes, as estimated */
};

static void task_fields(struct golden_session *session, const struct task *task)
{
    struct json_writer *json = &session->json;
    char effort[16];
    (void)snprintf(effort, sizeof effort, "%d", task->effort);
    json_field_text(json, "workflow_id", WORKFLOW);
    json_field_text(json, "node_type", task->type);
    if (task->requirement != NULL) {
        json_field_text(json, "requirement_id", task->requirement);
    }
    if (task->contract != NULL) {
        json_field_text(json, "contract_id", task->contract);
        json_field_text(json, "contract_version", task->version);
    }
    golden_metadata(session, "name", task->name, "capability", task->capability, "estimated_effort", effort, "depends_on",
                    task->depends_on[0] != '\0' ? task->depends_on : NULL, NULL);
}

/* --- the four tasks of a service ---------------------------------------------------------------------------------------- */

enum part { PART_INTERFACE, PART_DOMAIN, PART_SERVICE, PART_TESTS, PART_COUNT };
static const char *const part_names[PART_COUNT] = {"contract", "domain", "service", "tests"};

static void task_id(int service, enum part part, char id[ID_SIZE])
{
    (void)snprintf(id, ID_SIZE, "%s-%s", product_services[service].id, part_names[part]);
}

static const char *agree_name(int service)
{
    static const char *const names[PRODUCT_CONTRACTS] = {
        "Agree on LockerAPI v2", "Agree on DeliveryAPI v1", "Agree on PickupAPI v1",  "Agree on NotificationAPI v3",
        "Agree on TrackingAPI v1", "Agree on PaymentAPI v2", "Agree on RouteAPI v1", "Agree on IdentityAPI v2"};
    return names[service];
}

static const char *tests_name(int service)
{
    static const char *const names[PRODUCT_SERVICES] = {
        "Unit tests of lockers", "Unit tests of deliveries", "Unit tests of pickup", "Unit tests of notifications",
        "Unit tests of tracking", "Unit tests of payment", "Unit tests of routes", "Unit tests of identity",
        "Unit tests of returns", "Unit tests of operations"};
    return names[service];
}

static void service_task(int service, enum part part, struct task *task)
{
    const struct product_service *product = &product_services[service];
    *task = (struct task){.type = part == PART_INTERFACE ? "INTERFACE" : "ACTION"};
    task_id(service, part, task->id);
    (void)snprintf(task->depends_on, sizeof task->depends_on, "plan-iteration");
    switch (part) {
    case PART_INTERFACE:
        task->name = agree_name(service);
        task->capability = "design";
        task->effort = 4;
        task->requirement = product->domain_requirement;
        task->contract = product->contract;
        task->version = product->version;
        break;
    case PART_DOMAIN:
        task->name = product->domain_task;
        task->capability = "development";
        task->requirement = product->domain_requirement;
        task->effort = 15;
        if (product->contract != NULL) {
            task_id(service, PART_INTERFACE, task->depends_on);
        }
        break;
    case PART_SERVICE:
        task->name = product->service_task;
        task->capability = "development";
        task->requirement = product->requirement;
        task->contract = product->contract;
        task->version = product->version;
        task->effort = 20;
        task_id(service, PART_DOMAIN, task->depends_on);
        break;
    default:
        task->name = tests_name(service);
        task->capability = "verification";
        task->requirement = product->domain_requirement;
        task->effort = 6;
        task_id(service, PART_SERVICE, task->depends_on);
        break;
    }
}

static void stage_task(int index, struct task *task)
{
    const struct product_stage *stage = &product_stages[index];
    *task = (struct task){.name = stage->name, .type = stage->type, .capability = stage->capability,
                          .effort = stage->minutes_tenths / 10 + 1};
    (void)snprintf(task->id, sizeof task->id, "%s", stage->id);
    size_t length = 0;
    if (stage->depends_on != NULL) {
        (void)snprintf(task->depends_on, sizeof task->depends_on, "%s", stage->depends_on);
        return;
    }
    for (int s = 0; s < PRODUCT_SERVICES; s++) {
        length += (size_t)snprintf(task->depends_on + length, sizeof task->depends_on - length, "%s%s-tests", s > 0 ? "," : "",
                                   product_services[s].id);
    }
}

/* --- planning ------------------------------------------------------------------------------------------------------------ */

static void create_task(struct golden_session *session, const struct task *task, int64_t at)
{
    golden_begin(session, at, "TASK_CREATED", task->id, PLANNER);
    json_field_text(&session->json, "node_status", "PENDING");
    task_fields(session, task);
    golden_end(session);
}

void golden_plan(struct golden_session *session)
{
    struct task task;
    int64_t at = 8 * SECONDS;
    for (int i = 0; i < PRODUCT_REQUIREMENTS; i++, at += 2900) {
        const struct product_requirement *requirement = &product_requirements[i];
        golden_begin(session, at, "REQUIREMENT_DECLARED", requirement->id, PLANNER);
        json_field_text(&session->json, "requirement_id", requirement->id);
        golden_metadata(session, "name", requirement->name, "description", requirement->description, NULL);
        golden_end(session);
    }
    for (int i = 0; i < PRODUCT_STAGES; i++, at += 310) {
        stage_task(i, &task);
        create_task(session, &task, at);
    }
    for (int s = 0; s < PRODUCT_SERVICES; s++) {
        for (int part = s < PRODUCT_CONTRACTS ? PART_INTERFACE : PART_DOMAIN; part < PART_COUNT; part++, at += 310) {
            service_task(s, (enum part)part, &task);
            create_task(session, &task, at);
        }
    }
}

/* --- running a task --------------------------------------------------------------------------------------------------------- */

struct run {
    int64_t at, duration;
    const char *workflow;
    int retries;          /* before it ends */
    const char *trouble;  /* why it was retried or failed */
    bool fails;
};

static void start_task(struct golden_session *session, const char *id, const char *workflow, int64_t at)
{
    golden_begin(session, at, "TASK_STARTED", id, CI);
    json_field_text(&session->json, "workflow_id", workflow);
    golden_end(session);
}

static void retry_task(struct golden_session *session, const char *id, const struct run *run, int attempt, int64_t at)
{
    golden_begin(session, at, "TASK_RETRYING", id, CI);
    json_field_text(&session->json, "workflow_id", run->workflow);
    json_field_i64(&session->json, "retry_count", attempt);
    json_field_i64(&session->json, "max_retries", 3);
    json_field_i64(&session->json, "next_retry_at", session->at + 10 * SECONDS * attempt);
    json_field_text(&session->json, "error_message", run->trouble);
    golden_end(session);
}

static void end_task(struct golden_session *session, const char *id, const struct run *run, int64_t at)
{
    bool exhausted = run->fails && run->retries == 3;
    golden_begin(session, at, exhausted ? "TASK_RETRY_EXHAUSTED" : run->fails ? "TASK_FAILED" : "TASK_COMPLETED", id, CI);
    json_field_text(&session->json, "workflow_id", run->workflow);
    if (run->retries > 0) {
        json_field_i64(&session->json, "retry_count", run->retries);
        json_field_i64(&session->json, "max_retries", 3);
    }
    if (run->fails) {
        json_field_text(&session->json, "error_message", run->trouble);
    } else {
        json_write_key(&session->json, "resource_usage");
        json_write_object_begin(&session->json);
        json_field_i64(&session->json, "cpu_percent", (int64_t)(20 + golden_random(session, 70)));
        json_field_i64(&session->json, "memory_mb", (int64_t)(180 + golden_random(session, 1200)));
        json_write_object_end(&session->json);
    }
    golden_end(session);
}

static void run_task(struct golden_session *session, const char *id, const struct run *run)
{
    start_task(session, id, run->workflow, run->at);
    int64_t attempt = run->duration / (run->retries + 1);
    for (int i = 1; i <= run->retries; i++) {
        int64_t at = run->at + attempt * i;
        retry_task(session, id, run, i, at);
        if (i < run->retries || !run->fails) {
            start_task(session, id, run->workflow, at + 10 * SECONDS);
        }
    }
    end_task(session, id, run, run->at + run->duration);
}

static void make_artifact(struct golden_session *session, const char *task, const char *path, int64_t at)
{
    uint8_t digest[SHA256_SIZE];
    char hex[2 * SHA256_SIZE + 1];
    sha256_begin(session->hash);
    sha256_add(session->hash, session->iteration, strlen(session->iteration));
    sha256_add(session->hash, path, strlen(path));
    sha256_end(session->hash, digest);
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
    golden_begin(session, at, "ARTIFACT_CREATED", task, CI);
    json_field_text(&session->json, "workflow_id", WORKFLOW);
    json_field_text(&session->json, "artifact_path", path);
    json_field_text(&session->json, "artifact_hash", hex);
    golden_end(session);
}

static void lock_contract(struct golden_session *session, int service, const char *task, int64_t at)
{
    golden_begin(session, at, "CONTRACT_LOCKED", task, CI);
    json_field_text(&session->json, "workflow_id", WORKFLOW);
    json_field_text(&session->json, "contract_id", product_services[service].contract);
    json_field_text(&session->json, "contract_version", product_services[service].version);
    golden_end(session);
}

static void check_gate(struct golden_session *session, const char *task, const char *gate, bool passed, int64_t at)
{
    golden_begin(session, at, "QUALITY_GATE_CHECKED", task, CI);
    json_field_text(&session->json, "quality_gate_name", gate);
    json_field_bool(&session->json, "quality_gate_passed", passed);
    if (!passed) {
        json_field_text(&session->json, "error_message", "The gate could not be evaluated: its scanner gave no answer");
    }
    golden_end(session);
}

/* --- the first workflow: all well --------------------------------------------------------------------------------------- */

/* Tasks that were retried once on the way. */
static const char *first_trouble(const char *id)
{
    static const char *const troubles[][2] = {
        {"notification-tests", "The SMS gateway's test double did not start within 30 s"},
        {"route-service", "The map tiles could not be fetched: connection reset by peer"},
        {"publish-images", "registry.parcel-lockers.example: 502 Bad Gateway"},
    };
    for (size_t i = 0; i < sizeof troubles / sizeof troubles[0]; i++) {
        if (strcmp(id, troubles[i][0]) == 0) {
            return troubles[i][1];
        }
    }
    return NULL;
}

static void run_first(struct golden_session *session, const char *id, int64_t at, int64_t duration)
{
    const char *trouble = first_trouble(id);
    run_task(session, id, &(struct run){.at = at, .duration = duration, .workflow = WORKFLOW, .retries = trouble != NULL,
                                        .trouble = trouble});
}

static void build_service(struct golden_session *session, int service)
{
    char id[ID_SIZE], path[GOLDEN_PATH_SIZE];
    bool has_contract = service < PRODUCT_CONTRACTS;
    int64_t at = 4 * MINUTES + service * 7 * SECONDS, duration = 3 * MINUTES + (int64_t)golden_random(session, 60000);
    if (has_contract) {
        task_id(service, PART_INTERFACE, id);
        run_first(session, id, at, duration);
        lock_contract(session, service, id, at + 240 + (int64_t)golden_random(session, 600));
        golden_path(service, MODULE_ROUTES, path);
        make_artifact(session, id, path, at + duration - 2 * SECONDS);
    }
    task_id(service, PART_DOMAIN, id);
    at = 9 * MINUTES + service * 11 * SECONDS;
    duration = 12 * MINUTES + (int64_t)golden_random(session, 240000);
    run_first(session, id, at, duration);
    golden_path(service, MODULE_ENTITY, path);
    make_artifact(session, id, path, at + duration - 3 * SECONDS);
    task_id(service, PART_SERVICE, id);
    at += duration + 4 * SECONDS;
    duration = 16 * MINUTES + (int64_t)golden_random(session, 420000);
    run_first(session, id, at, duration);
    golden_path(service, MODULE_COMMAND, path);
    /* Two builds run inside packages/, so their paths come out shorter. */
    make_artifact(session, id, service == 6 || service == 8 ? path + sizeof "packages/" - 1 : path, at + duration - 3 * SECONDS);
    task_id(service, PART_TESTS, id);
    at += duration + 5 * SECONDS;
    run_first(session, id, at, 4 * MINUTES + (int64_t)golden_random(session, 120000));
}

static int64_t build_stages(struct golden_session *session)
{
    int64_t at = 64 * MINUTES;
    for (int i = 1; i < PRODUCT_STAGES; i++) {
        const struct product_stage *stage = &product_stages[i];
        int64_t duration = stage->minutes_tenths * 6 * SECONDS;
        run_first(session, stage->id, at, duration);
        if (stage->gate != NULL) {
            check_gate(session, stage->id, stage->gate, true, at + duration - SECONDS);
        }
        if (stage->artifact != NULL) {
            make_artifact(session, stage->id, stage->artifact, at + duration - SECONDS);
        }
        /* The gates run side by side; what follows waits for the one before. */
        at += stage->gate != NULL ? 3 * SECONDS : duration + 2 * SECONDS;
        if (stage->gate != NULL && product_stages[i + 1].gate == NULL) {
            at += 3 * MINUTES;
        }
    }
    return at;
}

void golden_build(struct golden_session *session)
{
    golden_begin(session, 2 * SECONDS, "WORKFLOW_STARTED", WORKFLOW, CI);
    json_field_text(&session->json, "workflow_id", WORKFLOW);
    golden_metadata(session, "commit", session->commit, NULL);
    golden_end(session);
    run_first(session, "plan-iteration", MINUTES + 40 * SECONDS, 2 * MINUTES);
    for (int s = 0; s < PRODUCT_SERVICES; s++) {
        build_service(session, s);
    }
    int64_t at = build_stages(session);
    golden_begin(session, at + 4 * SECONDS, "WORKFLOW_COMPLETED", WORKFLOW, CI);
    json_field_text(&session->json, "workflow_id", WORKFLOW);
    golden_end(session);
}

/* --- the release that fails ------------------------------------------------------------------------------------------------- */

void golden_turn_pipeline(struct golden_session *session, int64_t at)
{
    static const struct {
        const char *id;
        int retries;
        bool fails;
        const char *trouble;
    } steps[] = {
        {"returns-tests", 1, false, "Runner lost: the virtual machine was taken away"},
        {"payment-tests", 2, false, "Runner lost: the virtual machine was taken away"},
        {"operations-tests", 1, false, "Port 5432 was still in use by the job before"},
        {"notification-tests", 2, true, "Image pull failed: too many requests to the registry"},
        {"gate-security", 2, true, "The advisory feed did not answer within 120 s"},
        {"build-images", 1, false, "No space left on device while exporting layers"},
        {"publish-images", 3, true, "registry.parcel-lockers.example: 503 Service Unavailable"},
        {"migrate-staging", 1, true, "Could not obtain lock on relation \"shipment\" within 60 s"},
    };
    static const char *const skipped[] = {"deploy-staging", "smoke-staging", "announce-candidate"};
    golden_begin(session, at, "WORKFLOW_STARTED", RELEASE, CI);
    json_field_text(&session->json, "workflow_id", RELEASE);
    golden_metadata(session, "commit", session->later_commit, NULL);
    golden_end(session);
    at += 5 * SECONDS;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        int64_t duration = 70 * SECONDS + (int64_t)golden_random(session, 30000);
        run_task(session, steps[i].id, &(struct run){.at = at, .duration = duration, .workflow = RELEASE,
                                                     .retries = steps[i].retries, .trouble = steps[i].trouble,
                                                     .fails = steps[i].fails});
        if (strcmp(steps[i].id, "gate-security") == 0) {
            check_gate(session, steps[i].id, "no-known-flaws", false, at + duration - SECONDS);
        }
        at += duration + 2 * SECONDS;
    }
    for (size_t i = 0; i < sizeof skipped / sizeof skipped[0]; i++, at += 40) {
        golden_begin(session, at, "TASK_SKIPPED", skipped[i], CI);
        json_field_text(&session->json, "workflow_id", RELEASE);
        golden_end(session);
    }
    golden_begin(session, at + SECONDS, "WORKFLOW_FAILED", RELEASE, CI);
    json_field_text(&session->json, "workflow_id", RELEASE);
    json_field_text(&session->json, "error_message", "4 of 11 jobs failed, 3 were skipped");
    golden_end(session);
}
