/* link, unlink: a person says that two nodes belong together, or that they do not. Both beat every inferred link. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/decision.h"

/* "Task:deploy-api" → kind and id; ids may hold colons. */
static bool split_node(const char *text, struct str *kind, struct str *id)
{
    struct str rest = str_from(text);
    size_t colon = str_find(rest, ':');
    if (colon == 0 || colon + 1 >= rest.length) {
        return false;
    }
    *kind = (struct str){rest.at, colon};
    *id = str_from_offset(rest, colon + 1);
    return true;
}

static void write_node(struct json_writer *writer, const char *key, struct str kind, struct str id)
{
    json_write_key(writer, key);
    json_write_object_begin(writer);
    json_field_str(writer, "kind", kind);
    json_field_str(writer, "id", id);
    json_write_object_end(writer);
}

static int decide(struct cli *cli, int argc, char **argv, enum api_method method)
{
    const char *iteration = NULL, *reason = NULL, *actor = NULL;
    const struct option_entry entries[] = {
        {"iteration", "ID", "the iteration of both nodes", &iteration, NULL, true},
        {"reason", "TEXT", "why; it is kept with the link and audited", &reason, NULL, true},
        {"actor", "NAME", "who decides (default: you)", &actor, NULL, false},
        {0},
    };
    struct positionals positionals;
    int result = options_parse(cli, entries, argc, argv, 3, 3, &positionals);
    if (result != OPTIONS_GO_ON) {
        return result;
    }
    struct str source_kind, source, target_kind, target;
    if (!split_node(positionals.items[0], &source_kind, &source) || !split_node(positionals.items[2], &target_kind, &target)) {
        return cli_fail_text(cli, cli->command->name, "nodes are written KIND:ID, such as Requirement:REQ-1 or Task:build");
    }
    struct decision decision;
    decision_begin(&decision, cli);
    json_field_text(&decision.json, "iteration", iteration);
    write_node(&decision.json, "source", source_kind, source);
    json_field_text(&decision.json, "link", positionals.items[1]);
    write_node(&decision.json, "target", target_kind, target);
    json_field_text(&decision.json, "reason", reason);
    if (actor != NULL) {
        json_field_text(&decision.json, "actor", actor);
    }
    char done[512];
    (void)snprintf(done, sizeof done, "%s %s %s: %s", positionals.items[0], positionals.items[1], positionals.items[2],
                   method == API_POST ? "linked by hand" : "denied by hand");
    return decision_end(&decision, method, STR("/api/v1/links"), done);
}

static int run_link(struct cli *cli, int argc, char **argv)
{
    return decide(cli, argc, argv, API_POST);
}

static int run_unlink(struct cli *cli, int argc, char **argv)
{
    return decide(cli, argc, argv, API_DELETE);
}

#define LINK_DETAILS \
    "LINK is FULFILLED_BY, VALIDATED_BY, DEPENDS_ON, GENERATES, IMPLEMENTS, CONTAINS, BELONGS_TO, EXECUTED, VALIDATES, AFFECTS\n" \
    "or GATED_BY. What a person says beats every inferred link, until a person says otherwise."

const struct command command_link = {
    .name = "link", .arguments = "SOURCE_KIND:ID LINK TARGET_KIND:ID",
    .summary = "Says that two nodes belong together",
    .details = LINK_DETAILS,
    .examples = "  trimodal link Requirement:REQ-7 FULFILLED_BY Task:deploy --iteration shop --reason \"agreed in review 12\"\n",
    .exits = "0 fine, 3 error",
    .run = run_link,
};

const struct command command_unlink = {
    .name = "unlink", .arguments = "SOURCE_KIND:ID LINK TARGET_KIND:ID",
    .summary = "Says that two nodes do not belong together",
    .details = LINK_DETAILS,
    .examples = "  trimodal unlink Requirement:REQ-7 FULFILLED_BY Task:deploy --iteration shop --reason \"only the names are alike\"\n",
    .exits = "0 fine, 3 error",
    .run = run_unlink,
};
