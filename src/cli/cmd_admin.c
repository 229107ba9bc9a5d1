/* policy, digest, rebuild: small questions about the whole. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/table.h"

/* --- policy --------------------------------------------------------------------------------------------------------------- */

static void render_policy(struct cli *cli, struct json root)
{
    static const struct table_column columns[] = {{"STREAM", TABLE_KEEP}, {"CONDITION", 0}, {"NEEDED", TABLE_RIGHT | TABLE_KEEP},
        {"TARGET", TABLE_RIGHT | TABLE_KEEP}, {"WHERE IT FAILS", 0}, {"KEY IN A POLICY FILE", 0}};
    struct table table;
    table_init(&table, &cli->term, columns, 6);
    for (struct json_iterator i = each(get(root, "conditions")); json_next(&i);) {
        struct str metric = get_text(i.value, "metric");
        char words[64], threshold[MOMENT_SIZE], target[MOMENT_SIZE];
        metric_words(metric, words);
        metric_text(metric, get(i.value, "threshold"), threshold);
        metric_text(metric, get(i.value, "target"), target);
        table_put(&table, STYLE_PLAIN, get_text(i.value, "lens"));
        table_put(&table, STYLE_PLAIN, str_from(words));
        table_format(&table, STYLE_BOLD, "%.*s %s", STR_ARGS(get_text(i.value, "operator")), threshold);
        table_put(&table, STYLE_PLAIN, str_from(target));
        table_put(&table, STYLE_PLAIN, str_from(get_bool(i.value, "blocks") ? "blocks" : "is reported"));
        table_put(&table, STYLE_DIM, metric);
    }
    buffer_append_format(&cli->out, "Policy %.*s\n\n", STR_ARGS(get_text(root, "version")));
    table_write(&table, &cli->out);
    table_release(&table);
}

static int ask_simple(struct cli *cli, int argc, char **argv, const char *path, cli_render *render)
{
    struct positionals positionals;
    int result = options_parse(cli, NULL, argc, argv, 0, 0, &positionals);
    if (result != OPTIONS_GO_ON) {
        return result;
    }
    struct answer answer;
    struct error error = {0};
    answer_init(&answer);
    enum status status = cli_get(cli, &answer, STR_NONE, &error, path, NULL);
    return cli_end(cli, &answer, status, &error, render);
}

static int run_policy(struct cli *cli, int argc, char **argv)
{
    if (argc > 0 && strcmp(argv[0], "show") == 0) {
        argc--;
        argv++;
    }
    return ask_simple(cli, argc, argv, "/api/v1/policy", render_policy);
}

const struct command command_policy = {
    .name = "policy", .arguments = "show",
    .summary = "Shows the thresholds that verdicts are judged by",
    .examples = "  trimodal policy show\n",
    .exits = "0 fine, 3 error",
    .run = run_policy,
};

/* --- digest --------------------------------------------------------------------------------------------------------------- */

static void put_digests(struct cli *cli, struct json digests, const char *title)
{
    static const char *const names[][2] = {
        {"facts", "all that was ever said"}, {"links", "all links, as known now"}, {"current", "what is, whatever the order of arrival"}};
    buffer_append_format(&cli->out, "%s%lld facts, log position %lld\n", title, (long long)get_i64(digests, "fact_count"),
                         (long long)get_i64(digests, "position"));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        buffer_append_format(&cli->out, "  %-8s", names[i][0]);
        (void)term_cut(&cli->out, get_text(digests, names[i][0]), 128);
        term_format(&cli->term, &cli->out, STYLE_DIM, "  %s", names[i][1]);
        buffer_append_char(&cli->out, '\n');
    }
}

static void render_digest(struct cli *cli, struct json root)
{
    put_digests(cli, root, "");
}

static int run_digest(struct cli *cli, int argc, char **argv)
{
    return ask_simple(cli, argc, argv, "/api/v1/digest", render_digest);
}

const struct command command_digest = {
    .name = "digest", .arguments = "",
    .summary = "Prints the digests over all facts and links: equal digests, equal graphs",
    .examples = "  trimodal digest\n",
    .exits = "0 fine, 3 error",
    .run = run_digest,
};

/* --- rebuild -------------------------------------------------------------------------------------------------------------- */

static void render_rebuild(struct cli *cli, struct json root)
{
    bool equal = get_bool(root, "equal");
    struct mark mark = mark_if(equal);
    double seconds = get_number(root, "seconds", 0), events = get_number(root, "events", 0);
    term_format(&cli->term, &cli->out, mark.style, "%s %s", mark.symbol,
                equal ? "the log gives the same graph" : "the log gives ANOTHER graph");
    buffer_append_format(&cli->out, ": %.0f events read in %.2f s", events, seconds);
    if (seconds > 0) {
        buffer_append_format(&cli->out, " (%.0f a second)", events / seconds);
    }
    buffer_append_char(&cli->out, '\n');
    put_digests(cli, get(root, "live"), "in use:   ");
    put_digests(cli, get(root, "rebuilt"), "rebuilt:  ");
}

static int run_rebuild(struct cli *cli, int argc, char **argv)
{
    bool verify = false;
    const struct option_entry entries[] = {
        {"verify", NULL, "compare the digest of what was read anew with that of the graph in use", NULL, &verify, false},
        {0},
    };
    struct positionals positionals;
    int result = options_parse(cli, entries, argc, argv, 0, 0, &positionals);
    if (result != OPTIONS_GO_ON) {
        return result;
    }
    if (!verify) {
        return cli_fail_text(cli, "rebuild", "say --verify: the graph is rebuilt from the log at every start, so that comparing the"
                                             " two is all there is to do");
    }
    struct answer answer;
    struct error error = {0};
    answer_init(&answer);
    enum status status = cli_ask(cli, &(struct ask){.method = API_POST, .path = STR("/api/v1/rebuild/verify")}, &answer, &error);
    bool equal = status == STATUS_OK && get_bool(answer.root, "equal");
    result = cli_end(cli, &answer, status, &error, render_rebuild);
    return result != 0 ? result : !equal;
}

const struct command command_rebuild = {
    .name = "rebuild", .arguments = "",
    .summary = "Reads the whole log anew and compares the graph it gives with the one in use",
    .examples = "  trimodal rebuild --verify\n  trimodal rebuild --verify --server http://127.0.0.1:8000\n",
    .exits = "0 the same, 1 different, 3 error",
    .run = run_rebuild,
};
