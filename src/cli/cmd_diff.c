/* diff: what changed in an iteration between two times. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/fields.h"

static void put_node(struct cli *cli, struct json change)
{
    struct buffer *out = &cli->out;
    struct str word = get_text(change, "change"), name = get_text(change, "name"), id = get_text(change, "id");
    struct mark mark = mark_of(word);
    char moment[MOMENT_SIZE];
    term_format(&cli->term, out, mark.style, "%s %.*s", mark.symbol, STR_ARGS(get_text(change, "kind")));
    buffer_append_char(out, ' ');
    term_put(&cli->term, out, STYLE_BOLD, id);
    if (name.length > 0 && !str_equal(name, id)) {
        buffer_append_text(out, "  ");
        term_put(&cli->term, out, STYLE_PLAIN, name);
    }
    moment_text(get(change, "valid_from"), moment);
    buffer_append_char(out, '\n');
    if (has(change, "event_type")) {
        term_format(&cli->term, out, STYLE_DIM, "  %.*s at %s · %.*s", STR_ARGS(get_text(change, "event_type")), moment,
                    STR_ARGS(get_text(change, "event_id")));
        buffer_append_char(out, '\n');
    }
    if (str_is(word, "UPDATED")) {
        fields_put(cli, get(change, "fields"), 2);
    }
}

static void put_link(struct cli *cli, struct json change)
{
    struct buffer *out = &cli->out;
    struct mark mark = mark_of(get_text(change, "change"));
    struct json link = has(change, "new") ? get(change, "new") : get(change, "old");
    term_format(&cli->term, out, mark.style, "%s ", mark.symbol);
    term_format(&cli->term, out, STYLE_PLAIN, "%.*s %.*s", STR_ARGS(get_text(change, "source_kind")),
                STR_ARGS(get_text(change, "source")));
    term_format(&cli->term, out, STYLE_NAME, " %.*s ", STR_ARGS(get_text(change, "kind")));
    term_format(&cli->term, out, STYLE_PLAIN, "%.*s %.*s", STR_ARGS(get_text(change, "target_kind")),
                STR_ARGS(get_text(change, "target")));
    term_format(&cli->term, out, STYLE_DIM, "  %.*s %.2f", STR_ARGS(get_text(link, "method")), get_number(link, "confidence", 0));
    buffer_append_char(out, '\n');
}

static void put_view(struct cli *cli, const char *word, struct json view)
{
    char valid[MOMENT_SIZE], known[MOMENT_SIZE];
    moment_text(get(view, "validAt"), valid);
    moment_text(get(view, "knownAt"), known);
    buffer_append_format(&cli->out, "  %-5s as of %s, known at %s UTC\n", word, valid, known);
}

static void render(struct cli *cli, struct json root)
{
    struct buffer *out = &cli->out;
    struct json counts = get(root, "counts"), links = get(root, "link_changes");
    term_put(&cli->term, out, STYLE_BOLD, get_text(root, "iteration"));
    buffer_append_char(out, '\n');
    put_view(cli, "from", get(root, "from"));
    put_view(cli, "to", get(root, "to"));
    buffer_append_format(out, "  %lld created, %lld updated, %lld deleted; %zu links changed\n\n",
                         (long long)get_i64(counts, "CREATED"), (long long)get_i64(counts, "UPDATED"),
                         (long long)get_i64(counts, "DELETED"), get_count(links));
    for (struct json_iterator i = each(get(root, "changes")); json_next(&i);) {
        put_node(cli, i.value);
    }
    if (get_count(links) > 0) {
        term_heading(&cli->term, out, "Links");
        for (struct json_iterator i = each(links); json_next(&i);) {
            put_link(cli, i.value);
        }
    }
}

static int run(struct cli *cli, int argc, char **argv)
{
    const char *from_known = NULL, *to_known = NULL;
    const struct option_entry entries[] = {
        {"from-known", "TIME", "the first view as known at this time (default now)", &from_known, NULL, false},
        {"to-known", "TIME", "the second view as known at this time (default now)", &to_known, NULL, false},
        {0},
    };
    struct positionals positionals;
    int result = options_parse(cli, entries, argc, argv, 3, 3, &positionals);
    if (result != OPTIONS_GO_ON) {
        return result;
    }
    struct answer answer;
    struct buffer query;
    struct error error = {0};
    answer_init(&answer);
    buffer_init(&query, MIB);
    query_add(&query, "from", positionals.items[1]);
    query_add(&query, "to", positionals.items[2]);
    query_add(&query, "from_known", from_known);
    query_add(&query, "to_known", to_known);
    enum status status = cli_get(cli, &answer, buffer_str(&query), &error, "/api/v1/iterations/%s/diff", positionals.items[0]);
    buffer_release(&query);
    return cli_end(cli, &answer, status, &error, render);
}

const struct command command_diff = {
    .name = "diff", .arguments = "ITERATION TIME1 TIME2",
    .summary = "Shows what changed in an iteration between two times",
    .examples = "  trimodal diff Iter-Golden-DesignGap 2025-03-04T10:29:00Z 2025-03-04T10:40:00Z\n"
                "  trimodal diff shop -2h now\n"
                "  trimodal diff shop now now --from-known -1d      what we have learnt since yesterday\n",
    .exits = "0 fine, 3 error",
    .run = run,
};
