/* iterations: what there is, with its verdicts. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/table.h"

#define NARROW_COLUMNS 2 /* name and verdict, where there is no room for more */

static void put_row(struct table *table, struct json iteration)
{
    static const char *const streams[] = {"DDE", "BDV", "ACC"};
    struct str verdict = get_text_or(iteration, "verdict", "no data yet");
    struct mark mark = mark_of(verdict);
    char moment[MOMENT_SIZE];
    table_put(table, STYLE_BOLD, get_text(iteration, "id"));
    bool overridden = get_bool(iteration, "deployable") && !str_is(verdict, "ALL_PASS");
    table_format(table, mark.style, "%s %.*s%s", mark.symbol, STR_ARGS(verdict), overridden ? ", overridden" : "");
    if (table->column_count == NARROW_COLUMNS) {
        return;
    }
    for (size_t i = 0; i < 3; i++) {
        struct str status = get_text_or(get(iteration, "streams"), streams[i], "-");
        struct mark light = mark_of(status);
        table_format(table, light.style, "%s %.*s", light.symbol, STR_ARGS(status));
    }
    table_format(table, STYLE_PLAIN, "%lld", (long long)get_i64(iteration, "facts"));
    moment_text(get(iteration, "last_valid_from"), moment);
    moment[sizeof "2025-03-03" - 1] = '\0';
    table_put(table, STYLE_DIM, str_from(moment));
}

/* "✘ Approval: 20.0 % of 5 decided iterations may be deployed (target 80 %, at least 70 %)". */
static void put_approval(struct cli *cli, struct json approval)
{
    if (!has(approval, "rate")) {
        return;
    }
    bool pass = get_bool(approval, "pass");
    long long decided = (long long)get_i64(approval, "decided"), unread = (long long)get_i64(approval, "unread");
    char sentence[256], more[64] = "";
    if (unread > 0) {
        (void)snprintf(more, sizeof more, "; %lld more %s not looked at yet, ask again", unread, unread == 1 ? "was" : "were");
    }
    (void)snprintf(sentence, sizeof sentence, "Approval: %.1f %% of %lld decided iteration%s may be deployed (target %.0f %%, at least %.0f %%)%s",
                   get_number(approval, "rate", 0) * 100, decided, decided == 1 ? "" : "s", get_number(approval, "target", 0) * 100,
                   get_number(approval, "threshold", 0) * 100, more);
    term_put(&cli->term, &cli->out, pass ? STYLE_GOOD : STYLE_BAD, pass ? STR("✔ ") : STR("✘ "));
    term_paragraph(&cli->term, &cli->out, 2, str_from(sentence));
}

static void render(struct cli *cli, struct json root)
{
    static const struct table_column columns[] = {{"ITERATION", 0}, {"VERDICT", TABLE_KEEP}, {"DDE", TABLE_KEEP},
        {"BDV", TABLE_KEEP}, {"ACC", TABLE_KEEP}, {"EVENTS", TABLE_RIGHT | TABLE_KEEP}, {"LAST DAY", TABLE_KEEP}};
    struct table table;
    if (get_count(get(root, "iterations")) == 0) {
        buffer_append_text(&cli->out, "There are no iterations yet. `trimodal seed golden` makes five to look at; `trimodal import"
                                      " --list` shows\nwhat files can be read.\n");
        return;
    }
    table_init(&table, &cli->term, columns, cli->term.width < 88 ? NARROW_COLUMNS : 7);
    for (struct json_iterator i = each(get(root, "iterations")); json_next(&i);) {
        put_row(&table, i.value);
    }
    table_write(&table, &cli->out);
    table_release(&table);
    if (has(root, "next_cursor")) {
        buffer_append_format(&cli->out, "%lld of %lld shown; --cursor %.*s goes on\n",
                             (long long)get_count(get(root, "iterations")), (long long)get_i64(root, "total"),
                             STR_ARGS(get_text(root, "next_cursor")));
    }
    put_approval(cli, get(root, "approval"));
}

static int run(struct cli *cli, int argc, char **argv)
{
    const char *limit = NULL, *cursor = NULL, *as_of = NULL, *known_at = NULL;
    const struct option_entry entries[] = {
        {"limit", "N", "how many to list, 1 to 1000 (default 100)", &limit, NULL, false},
        {"cursor", "TEXT", "where the page before ended", &cursor, NULL, false},
        {"as-of", "TIME", "verdicts of this time", &as_of, NULL, false},
        {"known-at", "TIME", "verdicts as known at this time", &known_at, NULL, false},
        {0},
    };
    struct positionals positionals;
    int result = options_parse(cli, entries, argc, argv, 0, 0, &positionals);
    if (result != OPTIONS_GO_ON) {
        return result;
    }
    struct answer answer;
    struct buffer query;
    struct error error = {0};
    answer_init(&answer);
    buffer_init(&query, MIB);
    query_add(&query, "limit", limit);
    query_add(&query, "cursor", cursor);
    query_add(&query, "asOf", as_of);
    query_add(&query, "observedAt", known_at);
    enum status status = cli_get(cli, &answer, buffer_str(&query), &error, "/api/v1/iterations", NULL);
    buffer_release(&query);
    return cli_end(cli, &answer, status, &error, render);
}

const struct command command_iterations = {
    .name = "iterations", .arguments = "",
    .summary = "Lists the iterations with their verdicts",
    .examples = "  trimodal iterations\n  trimodal iterations --json | jq '.iterations[].verdict'\n",
    .exits = "0 fine, 3 error",
    .run = run,
};
