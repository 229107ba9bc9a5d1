/* show: one iteration through its lenses. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/show.h"

enum { PART_DDE, PART_BDV, PART_ACC, PART_GRAPH, PART_CONTRACTS, PART_STREAMS, PART_UNMATCHED, PART_COUNT };

static const struct {
    const char *lens, *key, *path;
} parts[PART_COUNT] = {
    {"dde", "dde", "/api/v1/dde/graph/%s"},
    {"bdv", "bdv", "/api/v1/bdv/graph/%s"},
    {"acc", "acc", "/api/v1/acc/graph/%s"},
    {"convergence", "graph", "/api/v1/convergence/graph/%s"},
    {"convergence", "contracts", "/api/v1/convergence/%s/contracts"},
    {"convergence", "streams", "/api/v1/convergence/%s/stream-status"},
    {"convergence", "unmatched", "/api/v1/convergence/%s/unmatched"},
};

void show_kpis(struct cli *cli, struct json kpis, const char *const *names)
{
    struct buffer line;
    buffer_init(&line, MIB);
    for (; *names != NULL; names++) {
        char words[64], value[MOMENT_SIZE];
        metric_words(str_from(*names), words);
        metric_text(str_from(*names), get(kpis, *names), value);
        buffer_append_format(&line, "%s%s %s", line.length > 0 ? " · " : "", words, value);
    }
    buffer_append_text(&cli->out, "  ");
    term_paragraph(&cli->term, &cli->out, 2, buffer_str(&line));
    buffer_release(&line);
}

static bool is_wanted(const char *lens, int part)
{
    return lens == NULL || strcmp(lens, parts[part].lens) == 0;
}

static void render(struct cli *cli, const char *iteration, const char *lens, const struct answer *answers)
{
    static void (*const lenses[3])(struct cli *, struct json) = {show_dde, show_bdv, show_acc};
    static const char *const titles[3] = {"DDE: did the work run?", "BDV: does it behave?", "ACC: is it built as agreed?"};
    term_put(&cli->term, &cli->out, STYLE_BOLD, str_from(iteration));
    buffer_append_char(&cli->out, '\n');
    if (is_wanted(lens, PART_GRAPH)) {
        term_heading(&cli->term, &cli->out, "Convergence: may it be deployed?");
        show_convergence(cli, &(struct show_convergence){answers[PART_GRAPH].root, answers[PART_CONTRACTS].root,
                                                         answers[PART_STREAMS].root, answers[PART_UNMATCHED].root});
    }
    for (int i = 0; i < 3; i++) {
        if (is_wanted(lens, i)) {
            term_heading(&cli->term, &cli->out, titles[i]);
            lenses[i](cli, answers[i].root);
        }
    }
}

/* One lens with one answer: that answer. Else an object of all of them. */
static void put_json(struct cli *cli, const char *lens, const struct answer *answers)
{
    struct json_writer writer;
    if (lens != NULL && strcmp(lens, "convergence") != 0) {
        for (int i = 0; i < PART_COUNT; i++) {
            if (is_wanted(lens, i)) {
                cli_put_json(cli, &answers[i]);
            }
        }
        return;
    }
    json_write_init(&writer, &cli->out, 0);
    json_write_object_begin(&writer);
    for (int i = 0; i < PART_COUNT; i++) {
        if (is_wanted(lens, i)) {
            json_write_key(&writer, parts[i].key);
            json_write_raw(&writer, str_trim(buffer_str(&answers[i].body)));
        }
    }
    json_write_object_end(&writer);
    buffer_append_char(&cli->out, '\n');
}

static int show(struct cli *cli, const char *iteration, const char *lens, struct str query)
{
    struct answer answers[PART_COUNT];
    struct error error = {0};
    enum status status = STATUS_OK;
    for (int i = 0; i < PART_COUNT; i++) {
        answer_init(&answers[i]);
    }
    for (int i = 0; i < PART_COUNT && status == STATUS_OK; i++) {
        if (is_wanted(lens, i)) {
            status = cli_get(cli, &answers[i], query, &error, parts[i].path, iteration);
        }
    }
    int result;
    if (status != STATUS_OK) {
        result = cli_fail(cli, &error);
    } else {
        if (cli->json) {
            put_json(cli, lens, answers);
        } else {
            render(cli, iteration, lens, answers);
        }
        result = cli_finish(cli, 0);
    }
    for (int i = 0; i < PART_COUNT; i++) {
        answer_release(&answers[i]);
    }
    return result;
}

static int run(struct cli *cli, int argc, char **argv)
{
    const char *lens = NULL, *as_of = NULL, *known_at = NULL;
    const struct option_entry entries[] = {
        {"lens", "NAME", "only one: dde, bdv, acc or convergence", &lens, NULL, false},
        {"as-of", "TIME", "what was true at this time: RFC 3339, ms, or -15m, -2h, -3d", &as_of, NULL, false},
        {"known-at", "TIME", "what was known at this time", &known_at, NULL, false},
        {0},
    };
    struct positionals positionals;
    int result = options_parse(cli, entries, argc, argv, 1, 1, &positionals);
    if (result != OPTIONS_GO_ON) {
        return result;
    }
    bool known = lens == NULL;
    for (int i = 0; i < PART_COUNT; i++) {
        known |= is_wanted(lens, i);
    }
    if (!known) {
        return cli_fail_text(cli, "--lens", "expected dde, bdv, acc or convergence, not \"%s\"", lens);
    }
    struct buffer query;
    buffer_init(&query, MIB);
    query_add(&query, "asOf", as_of);
    query_add(&query, "observedAt", known_at);
    result = show(cli, positionals.items[0], lens, buffer_str(&query));
    buffer_release(&query);
    return result;
}

const struct command command_show = {
    .name = "show", .arguments = "ITERATION",
    .summary = "Shows an iteration through its lenses: tasks, scenarios, modules, contracts",
    .examples = "  trimodal show Iter-Golden-TechDebt --lens acc\n"
                "  trimodal show shop --lens dde --as-of -1h\n",
    .exits = "0 fine, 3 error",
    .run = run,
};
