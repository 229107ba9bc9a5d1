/* The architecture: 80 modules in 10 components, and what the watcher reports when it erodes. */
#include <stdio.h>

#include "cli/golden_session.h"

#define TOOL "dependency-cruiser"

static const char *const layers[PRODUCT_MODULES_PER_SERVICE] = {"domain",      "domain",      "adapters", "adapters",
                                                               "application", "application", "api",      "index"};

void golden_path(int service, enum golden_module module, char path[GOLDEN_PATH_SIZE])
{
    const struct product_service *product = &product_services[service];
    const char *const names[PRODUCT_MODULES_PER_SERVICE] = {product->entity,  product->rule,  "repository", "events",
                                                            product->command, product->query, "routes",     ""};
    if (module == MODULE_INDEX) {
        (void)snprintf(path, GOLDEN_PATH_SIZE, "packages/%s/src/index.ts", product->id);
        return;
    }
    (void)snprintf(path, GOLDEN_PATH_SIZE, "packages/%s/src/%s/%s.ts", product->id, layers[module], names[module]);
}

/* Which service's index a service's command imports; -1 for none. A service only stands on earlier ones of this order:
 * identity, locker, notification, payment, delivery, pickup, tracking, route, returns, operations. */
static const int imports[PRODUCT_SERVICES][2] = {
    {7, -1}, {0, 3}, {0, 3}, {7, -1}, {1, -1}, {7, -1}, {4, 1}, {-1, -1}, {2, 5}, {4, -1},
};

struct edges {
    char targets[4][GOLDEN_PATH_SIZE];
    int count;
};

static void add_edge(struct edges *edges, int service, enum golden_module module)
{
    golden_path(service, module, edges->targets[edges->count++]);
}

static void edges_of(int service, enum golden_module module, struct edges *edges)
{
    edges->count = 0;
    switch (module) {
    case MODULE_RULE:
    case MODULE_REPOSITORY:
        add_edge(edges, service, MODULE_ENTITY);
        break;
    case MODULE_COMMAND:
        add_edge(edges, service, MODULE_RULE);
        add_edge(edges, service, MODULE_REPOSITORY);
        if (imports[service][0] >= 0) {
            add_edge(edges, imports[service][0], MODULE_INDEX);
        }
        if (imports[service][1] >= 0) {
            add_edge(edges, imports[service][1], MODULE_INDEX);
        }
        break;
    case MODULE_QUERY:
        add_edge(edges, service, MODULE_REPOSITORY);
        break;
    case MODULE_ROUTES:
        add_edge(edges, service, MODULE_COMMAND);
        add_edge(edges, service, MODULE_QUERY);
        add_edge(edges, service, MODULE_EVENTS);
        break;
    case MODULE_INDEX:
        add_edge(edges, service, MODULE_ROUTES);
        break;
    default:
        break;
    }
}

static int report_module(struct golden_session *session, int service, enum golden_module module, int64_t at)
{
    char path[GOLDEN_PATH_SIZE];
    struct edges edges;
    struct json_writer *json = &session->json;
    golden_path(service, module, path);
    edges_of(service, module, &edges);
    golden_begin(session, at, "MODULE_ANALYZED", path, TOOL);
    json_field_text(json, "manifest_name", GOLDEN_MANIFEST);
    json_field_text(json, "module_path", path);
    /* Returns and Operations are assigned by the manifest's path prefixes. */
    if (service < PRODUCT_CONTRACTS) {
        json_field_text(json, "component", product_services[service].component);
    }
    json_field_i64(json, "lines", (int64_t)(40 + golden_random(session, 260)));
    json_write_key(json, "depends_on");
    json_write_array_begin(json);
    for (int i = 0; i < edges.count; i++) {
        json_write_text(json, edges.targets[i]);
    }
    json_write_array_end(json);
    golden_metadata(session, "layer", layers[module], "abstractness", module == MODULE_REPOSITORY ? "0.5" : NULL, NULL);
    golden_end(session);
    return edges.count;
}

struct breach {
    const char *type, *severity, *rule, *message;
    int source_service;
    enum golden_module source;
    int target_service; /* -1 without */
    enum golden_module target;
};

static void report_breach(struct golden_session *session, const struct breach *breach, int64_t at)
{
    char source[GOLDEN_PATH_SIZE], target[GOLDEN_PATH_SIZE];
    struct json_writer *json = &session->json;
    golden_path(breach->source_service, breach->source, source);
    golden_begin(session, at, "VIOLATION_DETECTED", NULL, TOOL);
    json_field_text(json, "manifest_name", GOLDEN_MANIFEST);
    json_field_text(json, "violation_type", breach->type);
    json_field_text(json, "violation_severity", breach->severity);
    json_field_text(json, "violation_message", breach->message);
    json_field_text(json, "rule_id", breach->rule);
    json_field_text(json, "module_path", source);
    json_field_text(json, "source_module", source);
    if (breach->target_service >= 0) {
        golden_path(breach->target_service, breach->target, target);
        json_field_text(json, "target_module", target);
    }
    golden_end(session);
}

void golden_analyse(struct golden_session *session)
{
    static const struct breach warnings[] = {
        {"SIZE_VIOLATION", "WARNING", "size-300", "289 lines, the limit is 250", 5, MODULE_COMMAND, -1, 0},
        {"NAMING_VIOLATION", "INFO", "names-singular", "File names are singular; this one is a compound", 9, MODULE_QUERY, -1, 0},
    };
    struct json_writer *json = &session->json;
    int64_t at = 66 * MINUTES;
    int edges = 0;
    golden_begin(session, at, "ANALYSIS_STARTED", GOLDEN_MANIFEST, TOOL);
    json_field_text(json, "manifest_name", GOLDEN_MANIFEST);
    golden_metadata(session, "component.Returns", "packages/returns", "component.Operations", "packages/operations", "commit",
                    session->commit, NULL);
    golden_end(session);
    for (int s = 0; s < PRODUCT_SERVICES; s++) {
        for (int m = 0; m < PRODUCT_MODULES_PER_SERVICE; m++) {
            at += 40 + (int64_t)golden_random(session, 160);
            edges += report_module(session, s, (enum golden_module)m, at);
        }
    }
    for (size_t i = 0; i < sizeof warnings / sizeof warnings[0]; i++) {
        at += 120;
        report_breach(session, &warnings[i], at);
    }
    for (int completed = 0; completed < 2; completed++) {
        golden_begin(session, at + 900 + completed * 600, completed != 0 ? "ANALYSIS_COMPLETED" : "GRAPH_BUILT", GOLDEN_MANIFEST,
                     TOOL);
        json_field_text(json, "manifest_name", GOLDEN_MANIFEST);
        json_field_i64(json, "total_modules", PRODUCT_MODULES);
        json_field_i64(json, "total_dependencies", edges);
        if (completed != 0) {
            json_field_i64(json, "total_violations", 2);
            json_field_i64(json, "blocking_violations", 0);
        }
        golden_end(session);
    }
}

/* --- erosion -------------------------------------------------------------------------------------------------------------- */

static void report_edge(struct golden_session *session, const struct breach *breach, int64_t at)
{
    char source[GOLDEN_PATH_SIZE], target[GOLDEN_PATH_SIZE];
    golden_path(breach->source_service, breach->source, source);
    golden_path(breach->target_service, breach->target, target);
    golden_begin(session, at, "DEPENDENCY_DETECTED", source, TOOL);
    json_field_text(&session->json, "manifest_name", GOLDEN_MANIFEST);
    json_field_text(&session->json, "source_module", source);
    json_field_text(&session->json, "target_module", target);
    golden_metadata(session, "weight", "2", "commit", session->later_commit, NULL);
    golden_end(session);
}

/* delivery: routes → command → repository → routes */
static void report_cycle(struct golden_session *session, int64_t at)
{
    static const enum golden_module members[] = {MODULE_ROUTES, MODULE_COMMAND, MODULE_REPOSITORY};
    char path[GOLDEN_PATH_SIZE];
    golden_begin(session, at, "CYCLE_DETECTED", NULL, TOOL);
    json_field_text(&session->json, "manifest_name", GOLDEN_MANIFEST);
    json_write_key(&session->json, "cycle_modules");
    json_write_array_begin(&session->json);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        golden_path(1, members[i], path);
        json_write_text(&session->json, path);
    }
    json_write_array_end(&session->json);
    golden_end(session);
}

void golden_turn_architecture(struct golden_session *session, int64_t at)
{
    static const struct breach breaches[] = {
        {"LAYER_VIOLATION", "BLOCKING", "domain-knows-no-adapters",
         "The domain of Locker reads the payment database; domain modules may not import adapters", 0, MODULE_ENTITY, 5,
         MODULE_REPOSITORY},
        {"LAYER_VIOLATION", "BLOCKING", "adapters-know-no-api",
         "Delivery's repository calls its own routes; adapters may not import the api layer", 1, MODULE_REPOSITORY, 1,
         MODULE_ROUTES},
        {"CIRCULAR_DEPENDENCY", "BLOCKING", "no-cycles", "routes, deliver and repository of Delivery now depend on each other", 1,
         MODULE_ROUTES, 1, MODULE_COMMAND},
        {"FORBIDDEN_DEPENDENCY", "BLOCKING", "no-foreign-database",
         "Operations reads the tables of Payment; go through PaymentAPI v2", 9, MODULE_QUERY, 5, MODULE_REPOSITORY},
        {"HIGH_COUPLING", "WARNING", "coupling-0.8", "Payment's repository is used by three services", 5, MODULE_REPOSITORY, -1, 0},
    };
    for (size_t i = 0; i < sizeof breaches / sizeof breaches[0]; i++, at += 21 * SECONDS) {
        bool known = breaches[i].target_service < 0 || breaches[i].source == MODULE_ROUTES;
        if (!known) {
            report_edge(session, &breaches[i], at - 400);
        }
        if (i == 2) {
            report_cycle(session, at - 200);
        }
        report_breach(session, &breaches[i], at);
    }
}
