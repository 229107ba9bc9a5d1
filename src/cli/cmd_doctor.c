/* doctor: looks at everything that can be broken, and says what to do about it: symptom, cause, remedy.
 *
 * It works where other commands do not: on a directory that will not open, with a configuration that is wrong, beside a
 * server that does not answer. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "lens/policy.h"
#include "server/config.h"

struct doctor {
    struct cli *cli;
    struct arena arena;
    struct json_writer json;
    unsigned counts[STORE_BROKEN + 1];
};

static void find(struct doctor *doctor, enum store_severity severity, const char *area, struct str symptom, struct str cause,
                 struct str remedy)
{
    static const char *const names[] = {"GOOD", "NOTE", "WARNING", "BROKEN"};
    static const struct mark marks[] = {{"✔", STYLE_GOOD}, {"i", STYLE_DIM}, {"!", STYLE_WARN}, {"✘", STYLE_BAD}};
    const struct term *term = &doctor->cli->term;
    struct buffer *out = &doctor->cli->out;
    doctor->counts[severity]++;
    if (doctor->cli->json) {
        json_write_object_begin(&doctor->json);
        json_field_text(&doctor->json, "severity", names[severity]);
        json_field_text(&doctor->json, "area", area);
        json_field_str(&doctor->json, "symptom", symptom);
        json_field_str(&doctor->json, "cause", cause);
        json_field_str(&doctor->json, "remedy", remedy);
        json_write_object_end(&doctor->json);
        return;
    }
    term_format(term, out, marks[severity].style, "%s %-8s", marks[severity].symbol, names[severity]);
    buffer_append_format(out, "%-14s", area);
    term_paragraph(term, out, 24, symptom);
    if (cause.length > 0) {
        term_format(term, out, STYLE_DIM, "%24scause   ", "");
        term_paragraph(term, out, 32, cause);
    }
    if (remedy.length > 0) {
        term_format(term, out, STYLE_BOLD, "%24sremedy  ", "");
        term_paragraph(term, out, 32, remedy);
    }
}

static void check_data(struct doctor *doctor, const char *directory)
{
    struct store_findings findings = {0};
    struct error error = {0};
    struct store_options options = {.directory = directory, .read_only = true};
    if (store_check(&options, &doctor->arena, &findings, &error) != STATUS_OK) {
        find(doctor, STORE_BROKEN, "data", str_from(error.text), STR_NONE, STR("Free some memory and try again."));
        return;
    }
    for (size_t i = 0; i < findings.count; i++) {
        const struct store_finding *finding = &findings.items[i];
        find(doctor, finding->severity, "data", finding->symptom, finding->cause, finding->remedy);
    }
}

static void check_configuration(struct doctor *doctor, struct config *config)
{
    struct error error = {0};
    struct policy policy;
    struct str symptom;
    const char *path = doctor->cli->config;
    if (config_load(config, path, &error) != STATUS_OK) {
        if (!arena_format(&doctor->arena, &symptom, "%s: %s", error.place, error.text)) {
            symptom = STR("out of memory");
        }
        find(doctor, STORE_BROKEN, "configuration", symptom, STR("A server with this configuration does not start."),
             STR("Correct the file or the environment variable it names; docs/operations.md lists what is allowed."));
        (void)snprintf(config->data, sizeof config->data, "./data");
        return;
    }
    find(doctor, STORE_GOOD, "configuration", path != NULL ? STR("The configuration file is right.") : STR("Defaults and environment; no file was named."),
         STR_NONE, STR_NONE);
    if (config->policy[0] != '\0' && policy_load_file(config->policy, &policy, &error) != STATUS_OK) {
        if (arena_format(&doctor->arena, &symptom, "%s: %s", error.place, error.text)) {
            find(doctor, STORE_BROKEN, "policy", symptom, STR("Verdicts can't be made without the policy."),
                 STR("Correct the policy file, or remove it from the configuration."));
        }
    }
}

static void ask_server(struct doctor *doctor, const char *url, bool required)
{
    struct transport *transport = NULL;
    struct error error = {0};
    struct buffer body;
    struct str symptom = STR_NONE;
    unsigned code = 0;
    buffer_init(&body, MIB);
    const struct transport_http_options options = cli_http_options(doctor->cli);
    enum status status = transport_http_open(&transport, url, &options, &error);
    if (status == STATUS_OK) {
        status = transport->type->send(transport, &(struct transport_request){.method = API_GET, .path = STR("/ready")}, &code, &body,
                                       &error);
    }
    transport_free(transport);
    bool formatted;
    if (status != STATUS_OK) {
        formatted = arena_format(&doctor->arena, &symptom, "%s does not answer: %s", url, error.text);
        find(doctor, required ? STORE_BROKEN : STORE_NOTE, "server", formatted ? symptom : STR("out of memory"),
             STR("The server is not running, or listens elsewhere, or a firewall stands between."),
             STR("Start it with `trimodal serve`, or correct --server or TRIMODAL_URL."));
    } else if (code == 200) {
        formatted = arena_format(&doctor->arena, &symptom, "%s answers and is ready.", url);
        find(doctor, STORE_GOOD, "server", formatted ? symptom : STR(""), STR_NONE, STR_NONE);
    } else {
        formatted = arena_format(&doctor->arena, &symptom, "%s answers, but is not ready (%u): %.*s", url, code,
                                 STR_ARGS(buffer_str(&body)));
        find(doctor, STORE_BROKEN, "server", formatted ? symptom : STR(""), STR("The answer names the reasons."),
             STR("Remove the reason it names; the server recovers by itself where it can."));
    }
    buffer_release(&body);
}

static void check_server(struct doctor *doctor, const char *directory)
{
    struct store_owner owner;
    struct str symptom;
    const char *url = doctor->cli->server != NULL ? doctor->cli->server : getenv("TRIMODAL_URL");
    if (url != NULL && url[0] != '\0') {
        ask_server(doctor, url, true);
        return;
    }
    if (store_lock_owner(directory, &owner, NULL) != STATUS_OK) {
        find(doctor, STORE_GOOD, "server", STR("No process writes to the data directory; commands open it themselves."), STR_NONE,
             STR_NONE);
    } else if (owner.url[0] != '\0') {
        ask_server(doctor, owner.url, true);
    } else if (arena_format(&doctor->arena, &symptom, "Process %lld writes to the data directory and has not said where it listens.",
                            (long long)owner.process)) {
        find(doctor, STORE_NOTE, "server", symptom, STR("An import or seed is running, or a server is starting."),
             STR("Wait until it is through, or name its URL with --server."));
    }
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct positionals positionals;
    int result = options_parse(cli, NULL, argc, argv, 0, 0, &positionals);
    if (result != OPTIONS_GO_ON) {
        return result;
    }
    struct doctor doctor = {.cli = cli};
    struct config config = {0};
    arena_init(&doctor.arena, 64 * MIB);
    json_write_init(&doctor.json, &cli->out, cli->term.is_terminal ? 2 : 0);
    if (cli->json) {
        json_write_object_begin(&doctor.json);
        json_write_key(&doctor.json, "findings");
        json_write_array_begin(&doctor.json);
    }
    check_configuration(&doctor, &config);
    const char *directory = cli->data != NULL ? cli->data : config.data;
    check_data(&doctor, directory);
    check_server(&doctor, directory);
    bool broken = doctor.counts[STORE_BROKEN] > 0;
    if (cli->json) {
        json_write_array_end(&doctor.json);
        json_field_bool(&doctor.json, "broken", broken);
        json_write_object_end(&doctor.json);
        buffer_append_char(&cli->out, '\n');
    } else {
        buffer_append_format(&cli->out, "\n%u good, %u notes, %u warnings, %u broken\n", doctor.counts[STORE_GOOD],
                             doctor.counts[STORE_NOTE], doctor.counts[STORE_WARNING], doctor.counts[STORE_BROKEN]);
    }
    result = cli_finish(cli, broken);
    arena_release(&doctor.arena);
    return result;
}

const struct command command_doctor = {
    .name = "doctor", .arguments = "",
    .summary = "Checks data, disk, configuration and server: symptom, cause, remedy",
    .examples = "  trimodal doctor\n  trimodal doctor --data /var/lib/trimodal --config trimodal.yaml\n",
    .exits = "0 nothing is broken, 1 something is, 3 error",
    .run = run,
};
