/* audit: who changed what, and whether anybody changed the record of it. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/table.h"

struct audit_options {
    const char *actor, *action, *object, *from, *to, *limit, *cursor;
    bool oldest;
};

/* --- list ------------------------------------------------------------------------------------------------------------ */

static void render_list(struct cli *cli, struct json root)
{
    static const struct table_column columns[] = {{"ID", TABLE_RIGHT | TABLE_KEEP}, {"WHEN (UTC)", TABLE_KEEP}, {"WHO", TABLE_KEEP},
        {"WHAT", TABLE_KEEP}, {"TO WHAT", 0}, {"TENANT", 0}, {"FROM WHERE", 0}};
    struct table table;
    table_init(&table, &cli->term, columns, 7);
    for (struct json_iterator i = each(get(root, "entries")); json_next(&i);) {
        char moment[MOMENT_SIZE];
        moment_text(get(i.value, "at"), moment);
        table_format(&table, STYLE_BOLD, "%lld", (long long)get_i64(i.value, "id"));
        table_put(&table, STYLE_DIM, str_from(moment));
        table_put(&table, STYLE_NAME, get_text(i.value, "actor"));
        table_put(&table, STYLE_PLAIN, get_text(i.value, "action"));
        table_put(&table, STYLE_PLAIN, get_text(i.value, "object"));
        table_put(&table, STYLE_PLAIN, get_text(i.value, "tenant"));
        table_put(&table, STYLE_DIM, get_text(i.value, "origin"));
    }
    if (get_count(get(root, "entries")) == 0) {
        buffer_append_text(&cli->out, "Nothing of that kind was done.\n");
    }
    table_write(&table, &cli->out);
    table_release(&table);
    if (has(root, "next_cursor")) {
        buffer_append_format(&cli->out, "More: --cursor %.*s; before and after of each: --json\n",
                             STR_ARGS(get_text(root, "next_cursor")));
    }
}

static int list(struct cli *cli, const struct audit_options *options)
{
    struct answer answer;
    struct buffer query;
    struct error error = {0};
    answer_init(&answer);
    buffer_init(&query, MIB);
    query_add(&query, "actor", options->actor);
    query_add(&query, "action", options->action);
    query_add(&query, "object", options->object);
    query_add(&query, "from", options->from);
    query_add(&query, "to", options->to);
    query_add(&query, "limit", options->limit);
    query_add(&query, "cursor", options->cursor);
    query_add(&query, "order", options->oldest ? "oldest" : NULL);
    enum status status = cli_get(cli, &answer, buffer_str(&query), &error, "/api/v1/audit", NULL);
    buffer_release(&query);
    return cli_end(cli, &answer, status, &error, render_list);
}

/* --- verify ---------------------------------------------------------------------------------------------------------- */

static void render_verify(struct cli *cli, struct json root)
{
    bool intact = get_bool(root, "intact");
    struct mark mark = mark_if(intact);
    term_format(&cli->term, &cli->out, mark.style, "%s %s", mark.symbol,
                intact ? "the audit log is as it was written" : "the audit log was CHANGED");
    if (has(root, "entries")) {
        buffer_append_format(&cli->out, ": %lld entries are right", (long long)get_i64(root, "entries"));
    }
    if (has(root, "broken_id")) {
        buffer_append_format(&cli->out, "; entry %lld is not, or one before it is missing", (long long)get_i64(root, "broken_id"));
    }
    buffer_append_char(&cli->out, '\n');
    if (has(root, "head")) {
        buffer_append_format(&cli->out, "  head %.*s\n", STR_ARGS(get_text(root, "head")));
        term_format(&cli->term, &cli->out, STYLE_DIM, "  %s",
                    "Keep the head and the number of entries elsewhere: they also tell whether the whole was made anew.");
        buffer_append_char(&cli->out, '\n');
    }
}

static int verify(struct cli *cli)
{
    struct answer answer;
    struct error error = {0};
    answer_init(&answer);
    enum status status = cli_get(cli, &answer, STR_NONE, &error, "/api/v1/audit/verify", NULL);
    bool intact = status == STATUS_OK && get_bool(answer.root, "intact");
    int result = cli_end(cli, &answer, status, &error, render_verify);
    return result != 0 ? result : !intact;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct audit_options options = {0};
    const struct option_entry entries[] = {
        {"actor", "WHO", "list: what this one did", &options.actor, NULL, false},
        {"action", "WHAT", "list: token.create, gate.override, …", &options.action, NULL, false},
        {"object", "ID", "list: what was done to this", &options.object, NULL, false},
        {"from", "TIME", "list: from then on", &options.from, NULL, false},
        {"to", "TIME", "list: until then", &options.to, NULL, false},
        {"limit", "N", "list: how many, 1 to 1000 (default 100)", &options.limit, NULL, false},
        {"cursor", "TEXT", "list: where the page before ended", &options.cursor, NULL, false},
        {"oldest", NULL, "list: oldest first", NULL, &options.oldest, false},
        {0},
    };
    struct positionals positionals;
    int result = options_parse(cli, entries, argc, argv, 1, 1, &positionals);
    if (result != OPTIONS_GO_ON) {
        return result;
    }
    if (strcmp(positionals.items[0], "list") == 0) {
        return list(cli, &options);
    }
    if (strcmp(positionals.items[0], "verify") == 0) {
        return verify(cli);
    }
    return cli_fail_text(cli, positionals.items[0], "say list or verify");
}

const struct command command_audit = {
    .name = "audit", .arguments = "list | verify",
    .summary = "Lists who changed what, and finds any change to that list itself",
    .examples = "  trimodal audit list --actor token:ci-main --from -7d\n  trimodal audit list --json | jq '.entries[0]'\n"
                "  trimodal audit verify\n",
    .exits = "0 fine, 1 the log was changed, 3 error",
    .run = run,
};
