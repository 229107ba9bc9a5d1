/* override: a person opens the deployment gate against the verdict, with a reason, for a while. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/decision.h"

static int run(struct cli *cli, int argc, char **argv)
{
    const char *reason = NULL, *expires = NULL, *actor = NULL;
    bool withdraw = false;
    const struct option_entry entries[] = {
        {"reason", "TEXT", "why; it is shown with the gate and audited", &reason, NULL, true},
        {"expires", "TIME", "when it ends by itself (RFC 3339 or ms; default never)", &expires, NULL, false},
        {"withdraw", NULL, "take an override back", NULL, &withdraw, false},
        {"actor", "NAME", "who decides (default: you)", &actor, NULL, false},
        {0},
    };
    struct positionals positionals;
    int result = options_parse(cli, entries, argc, argv, 1, 1, &positionals);
    if (result != OPTIONS_GO_ON) {
        return result;
    }
    if (withdraw && expires != NULL) {
        return cli_fail_text(cli, "--expires", "a withdrawal does not expire");
    }
    int64_t expires_at = 0;
    struct error error = {0};
    if (expires != NULL && time_parse(str_from(expires), &clock_system, &expires_at, &error) != STATUS_OK) {
        return cli_fail_text(cli, "--expires", "%s", error.text);
    }
    struct buffer path;
    struct decision decision;
    buffer_init(&path, MIB);
    buffer_append_text(&path, "/api/v1/convergence/");
    url_append(&path, str_from(positionals.items[0]));
    buffer_append_text(&path, "/override");
    decision_begin(&decision, cli);
    json_field_text(&decision.json, "reason", reason);
    if (expires != NULL) {
        json_field_i64(&decision.json, "expires_at", expires_at);
    }
    if (actor != NULL) {
        json_field_text(&decision.json, "actor", actor);
    }
    char done[256];
    (void)snprintf(done, sizeof done, "The gate of %.160s %s", positionals.items[0],
                   withdraw ? "follows the verdict again" : "is overridden: it may be deployed");
    result = decision_end(&decision, withdraw ? API_DELETE : API_POST, buffer_str(&path), done);
    buffer_release(&path);
    return result;
}

const struct command command_override = {
    .name = "override", .arguments = "ITERATION",
    .summary = "Opens an iteration's deployment gate against the verdict, with a reason",
    .details = "The verdict stays what it is; `trimodal verdict` then exits with 0 and says who overrode it, and why.",
    .examples = "  trimodal override shop-42 --reason \"known gap, fixed in 43\" --expires 2025-03-05T18:00:00Z\n"
                "  trimodal override shop-42 --withdraw --reason \"43 is out\"\n",
    .exits = "0 fine, 3 error",
    .run = run,
};
