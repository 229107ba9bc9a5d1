/* history: every version of a node, on both clocks. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/fields.h"
#include "cli/lookup.h"

static void put_version(struct cli *cli, struct json version)
{
    struct buffer *out = &cli->out;
    char valid[MOMENT_SIZE], until[MOMENT_SIZE], observed[MOMENT_SIZE];
    moment_text(get(version, "valid_from"), valid);
    moment_text(get(version, "valid_to"), until);
    moment_text(get(version, "observed_at"), observed);
    term_format(&cli->term, out, STYLE_BOLD, "v%lld %.*s", (long long)get_i64(version, "version"),
                STR_ARGS(get_text(version, "event_type")));
    struct str state = get_text(version, "status");
    if (state.length > 0 && !str_is(state, "UNKNOWN")) {
        struct mark mark = mark_of(state);
        term_format(&cli->term, out, mark.style, "  %s %.*s", mark.symbol, STR_ARGS(state));
    }
    if (get_bool(version, "by_analysis")) {
        term_format(&cli->term, out, STYLE_DIM, "  by the analysis as a whole");
    }
    buffer_append_char(out, '\n');
    term_format(&cli->term, out, STYLE_DIM, "   true from %s to %s · known since %s", valid, until[0] != '\0' ? until : "now",
                observed);
    buffer_append_char(out, '\n');
    term_format(&cli->term, out, STYLE_DIM, "   event %.*s, place %lld in the log", STR_ARGS(get_text(version, "event_id")),
                (long long)get_i64(version, "seq"));
    buffer_append_char(out, '\n');
    fields_put(cli, get(version, has(version, "changes") ? "changes" : "set"), 3);
}

static void render(struct cli *cli, struct json root)
{
    size_t count = get_count(get(root, "versions"));
    term_put(&cli->term, &cli->out, STYLE_BOLD, get_text(root, "kind"));
    buffer_append_char(&cli->out, ' ');
    term_put(&cli->term, &cli->out, STYLE_NAME, get_text(root, "node"));
    buffer_append_text(&cli->out, " in ");
    term_put(&cli->term, &cli->out, STYLE_PLAIN, get_text(root, "iteration"));
    buffer_append_format(&cli->out, ": %zu version%s, times in UTC\n\n", count, count == 1 ? "" : "s");
    for (struct json_iterator i = each(get(root, "versions")); json_next(&i);) {
        put_version(cli, i.value);
    }
}

static int run(struct cli *cli, int argc, char **argv)
{
    return ask_about_node(cli, argc, argv, "/api/v1/nodes/history", render);
}

const struct command command_history = {
    .name = "history", .arguments = "NODE",
    .summary = "Shows every version of a node, when it was true and since when it was known",
    .examples = "  trimodal history payment-tests --iteration Iter-Golden-PipelineIssue\n"
                "  trimodal history REQ-101 --iteration shop --kind Requirement\n",
    .exits = "0 fine, 3 error (no such node)",
    .run = run,
};
