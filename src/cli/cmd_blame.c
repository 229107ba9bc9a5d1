/* blame: which event turned the verdict, each time it turned. */
#include <stdio.h>

#include "cli/commands.h"

static void put_change(struct cli *cli, struct json change)
{
    struct str metric = get_text(change, "metric");
    char words[64], from[MOMENT_SIZE], to[MOMENT_SIZE];
    metric_words(metric, words);
    metric_text(metric, get(change, "from"), from);
    metric_text(metric, get(change, "to"), to);
    bool passed = get_bool(change, "pass_from"), passes = get_bool(change, "pass_to");
    buffer_append_format(&cli->out, "     %s %s → %s", words, from, to);
    if (passed != passes) {
        struct mark mark = mark_if(passes);
        buffer_append_char(&cli->out, ' ');
        term_format(&cli->term, &cli->out, mark.style, "%s %s", mark.symbol, passes ? "now holds" : "no longer holds");
    }
    buffer_append_char(&cli->out, '\n');
}

static void put_flip(struct cli *cli, struct json flip, int number)
{
    struct buffer *out = &cli->out;
    struct json event = get(flip, "event");
    struct str to = get_text(flip, "to"), kind = get_text(event, "node_kind");
    struct mark mark = mark_of(to);
    char moment[MOMENT_SIZE];
    moment_text(get(event, "valid_from"), moment);
    buffer_append_format(out, "%2d. ", number);
    if (has(flip, "from")) {
        term_put(&cli->term, out, STYLE_DIM, get_text(flip, "from"));
        buffer_append_text(out, " → ");
    }
    term_format(&cli->term, out, mark.style, "%s %.*s", mark.symbol, STR_ARGS(to));
    buffer_append_format(out, "  at %s UTC\n", moment);
    buffer_append_text(out, "     by ");
    term_put(&cli->term, out, STYLE_BOLD, get_text(event, "event_type"));
    buffer_append_text(out, " of ");
    if (kind.length > 0) {
        term_format(&cli->term, out, STYLE_PLAIN, "%.*s ", STR_ARGS(kind));
    }
    term_put(&cli->term, out, STYLE_NAME, get_text(event, "node_id"));
    buffer_append_text(out, "\n");
    term_format(&cli->term, out, STYLE_DIM, "     event %.*s, place %lld in the log", STR_ARGS(get_text(event, "event_id")),
                (long long)get_i64(event, "seq"));
    buffer_append_char(out, '\n');
    for (struct json_iterator i = each(get(flip, "streams")); json_next(&i);) {
        struct mark light = mark_of(get_text(i.value, "to"));
        if (has(i.value, "from")) {
            buffer_append_format(out, "     %.*s %.*s → ", STR_ARGS(get_text(i.value, "stream")),
                                 STR_ARGS(get_text(i.value, "from")));
            term_format(&cli->term, out, light.style, "%s %.*s", light.symbol, STR_ARGS(get_text(i.value, "to")));
            buffer_append_char(out, '\n');
        }
    }
    for (struct json_iterator i = each(get(flip, "changes")); json_next(&i);) {
        put_change(cli, i.value);
    }
    buffer_append_char(out, '\n');
}

static void render(struct cli *cli, struct json root)
{
    struct json blame = get(root, "blame");
    int number = 0;
    term_put(&cli->term, &cli->out, STYLE_BOLD, get_text(root, "iteration"));
    buffer_append_format(&cli->out, ": how the verdict turned, in the order in which the events came\n\n");
    for (struct json_iterator i = each(get(blame, "flips")); json_next(&i);) {
        put_flip(cli, i.value, ++number);
    }
    buffer_append_format(&cli->out, "%d turn%s in %lld events\n", number, number == 1 ? "" : "s",
                         (long long)get_i64(blame, has(blame, "facts") ? "facts" : "fact_count"));
}

static int run(struct cli *cli, int argc, char **argv)
{
    const char *as_of = NULL;
    const struct option_entry entries[] = {
        {"as-of", "TIME", "the verdict about this time (default now)", &as_of, NULL, false},
        {0},
    };
    struct positionals positionals;
    int result = options_parse(cli, entries, argc, argv, 1, 1, &positionals);
    if (result != OPTIONS_GO_ON) {
        return result;
    }
    struct answer answer;
    struct buffer query;
    struct error error = {0};
    answer_init(&answer);
    buffer_init(&query, MIB);
    query_add(&query, "asOf", as_of);
    enum status status = cli_get(cli, &answer, buffer_str(&query), &error, "/api/v1/convergence/%s/blame", positionals.items[0]);
    buffer_release(&query);
    return cli_end(cli, &answer, status, &error, render);
}

const struct command command_blame = {
    .name = "blame", .arguments = "ITERATION",
    .summary = "Names the event that turned the verdict, each time it turned",
    .details = "Walks the log as it came in and asks after each event what the verdict was once it was known.",
    .examples = "  trimodal blame Iter-Golden-DesignGap\n",
    .exits = "0 fine, 3 error",
    .run = run,
};
