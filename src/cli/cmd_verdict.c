/* verdict: may this iteration be deployed, and if not, why? The flagship: its exit status is what a CI job looks at. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/table.h"

#define ISSUES_SHOWN 15
#define CONDITION_COLUMNS 7 /* without the target where the terminal is narrow */
#define POLICY_BYTES_MAX (1 * MIB)

static bool show_all_issues;

static void put_headline(struct cli *cli, struct json root, struct json verdict)
{
    struct buffer *out = &cli->out;
    struct str name = get_text(verdict, "verdict");
    struct mark mark = mark_of(name);
    char valid[MOMENT_SIZE], known[MOMENT_SIZE];
    struct json meta = get(root, "meta");
    term_format(&cli->term, out, mark.style, "%s %.*s", mark.symbol, STR_ARGS(name));
    buffer_append_text(out, "  ");
    term_put(&cli->term, out, STYLE_BOLD, get_text_or(verdict, "iteration_id", ""));
    buffer_append_text(out, "\n  ");
    term_paragraph(&cli->term, out, 2, get_text(verdict, "meaning"));
    moment_text(get(meta, "validAt"), valid);
    moment_text(get(meta, "knownAt"), known);
    term_format(&cli->term, out, STYLE_DIM, "  as of %s, known at %s UTC · log position %lld · policy %.*s", valid, known,
                (long long)get_i64(meta, "position"), STR_ARGS(get_text(verdict, "policy_version")));
    buffer_append_text(out, "\n\n");
}

static void put_streams(struct cli *cli, struct json streams)
{
    struct buffer *out = &cli->out;
    for (struct json_iterator i = each(streams); json_next(&i);) {
        struct str status = get_text(i.value, "status");
        struct mark mark = mark_of(status);
        term_format(&cli->term, out, STYLE_BOLD, "  %-4.*s", STR_ARGS(get_text(i.value, "stream")));
        buffer_append_char(out, ' ');
        term_format(&cli->term, out, mark.style, "%s %-8.*s", mark.symbol, STR_ARGS(status));
        buffer_append_char(out, ' ');
        term_paragraph(&cli->term, out, 18, get_text(i.value, "reason"));
    }
}

static void put_condition(struct table *table, struct json condition)
{
    struct str metric = get_text(condition, "metric");
    char words[64], value[MOMENT_SIZE], threshold[MOMENT_SIZE], target[MOMENT_SIZE];
    bool known = has(condition, "value"), pass = get_bool(condition, "pass"), blocks = get_bool(condition, "blocks");
    struct mark mark = known ? mark_if(pass) : (struct mark){"·", STYLE_DIM};
    if (known && !pass && !blocks) {
        mark = (struct mark){"!", STYLE_WARN};
    }
    metric_words(metric, words);
    metric_text(metric, get(condition, "value"), value);
    metric_text(metric, get(condition, "threshold"), threshold);
    metric_text(metric, get(condition, "target"), target);
    table_put(table, mark.style, str_from(mark.symbol));
    table_put(table, STYLE_PLAIN, get_text(condition, "stream"));
    table_put(table, STYLE_PLAIN, str_from(words));
    table_put(table, mark.style, str_from(value));
    table_format(table, STYLE_PLAIN, "%.*s %s", STR_ARGS(get_text(condition, "operator")), threshold);
    if (table->column_count == CONDITION_COLUMNS) {
        table_format(table, STYLE_DIM, "%s%s", target, get_bool(condition, "target_reached") ? " ✔" : "");
    }
    table_put(table, STYLE_PLAIN,
              str_from(!known ? "not known" : pass ? "holds" : blocks ? "FAILS, blocks" : "fails, reported"));
}

static void put_conditions(struct cli *cli, struct json conditions)
{
    static const struct table_column columns[] = {{"", TABLE_KEEP}, {"STREAM", TABLE_KEEP}, {"CONDITION", 0},
        {"VALUE", TABLE_RIGHT | TABLE_KEEP}, {"NEEDED", TABLE_RIGHT | TABLE_KEEP}, {"TARGET", TABLE_KEEP}, {"RESULT", TABLE_KEEP}};
    static const struct table_column narrow[] = {{"", TABLE_KEEP}, {"STREAM", 0}, {"CONDITION", 0},
        {"VALUE", TABLE_RIGHT | TABLE_KEEP}, {"NEEDED", TABLE_RIGHT | TABLE_KEEP}, {"RESULT", 0}};
    struct table table;
    bool wide = cli->term.width >= 96;
    table_init(&table, &cli->term, wide ? columns : narrow, wide ? CONDITION_COLUMNS : CONDITION_COLUMNS - 1);
    table.indent = 2;
    for (struct json_iterator i = each(conditions); json_next(&i);) {
        put_condition(&table, i.value);
    }
    term_heading(&cli->term, &cli->out, "Conditions");
    table_write(&table, &cli->out);
    table_release(&table);
}

static void put_issue(struct cli *cli, struct json issue)
{
    struct buffer *out = &cli->out;
    struct json event = get(issue, "event");
    struct str id = get_text(issue, "id"), message = get_text(issue, "error_message"), sentence = get_text(issue, "sentence");
    char moment[MOMENT_SIZE];
    bool open = get_bool(issue, "open_run");
    term_format(&cli->term, out, open ? STYLE_WARN : STYLE_BAD, "  %s ", open ? "…" : "✘");
    term_paragraph(&cli->term, out, 4, sentence);
    if (message.length > 0) {
        term_spaces(out, 4);
        term_begin(&cli->term, out, STYLE_BAD);
        term_paragraph(&cli->term, out, 4, message);
        term_end(&cli->term, out, STYLE_BAD);
    }
    moment_text(get(event, "valid_from"), moment);
    term_begin(&cli->term, out, STYLE_DIM);
    buffer_append_text(out, "    ");
    (void)term_cut(out, get_text(issue, "kind"), 40);
    if (id.length > 0 && str_find_str(sentence, id, 0) == sentence.length) {
        buffer_append_char(out, ' ');
        (void)term_cut(out, id, 400);
    }
    if (has(issue, "event")) {
        buffer_append_text(out, "\n    ");
        (void)term_cut(out, get_text(event, "event_type"), 40);
        buffer_append_char(out, ' ');
        (void)term_cut(out, get_text(event, "event_id"), 80);
        buffer_append_format(out, " at %s", moment);
    }
    term_end(&cli->term, out, STYLE_DIM);
    buffer_append_char(out, '\n');
}

static void put_issues(struct cli *cli, struct json verdict)
{
    struct json issues = get(verdict, "blocking_issues");
    size_t count = get_count(issues), shown = 0;
    int64_t more = get_i64(verdict, "blocking_issues_not_listed");
    if (count == 0) {
        return;
    }
    term_heading(&cli->term, &cli->out, "What stands in the way");
    struct str metric = STR_NONE;
    for (struct json_iterator i = each(issues); json_next(&i) && (show_all_issues || shown < ISSUES_SHOWN); shown++) {
        struct str here = get_text(i.value, "metric");
        if (metric.at == NULL || !str_equal(metric, here)) {
            char words[64];
            metric_words(here, words);
            term_format(&cli->term, &cli->out, STYLE_DIM, "  %.*s: %s", STR_ARGS(get_text(i.value, "stream")),
                        here.length > 0 ? words : "not ended");
            buffer_append_char(&cli->out, '\n');
            metric = here;
        }
        put_issue(cli, i.value);
    }
    if (count > shown || more > 0) {
        long long left = (long long)(count - shown) + more;
        buffer_append_format(&cli->out, "  and %lld more%s\n", left, count > shown ? "; --all shows them" : "");
    }
}

static void put_sentences(struct cli *cli, const char *title, struct json sentences, bool numbered)
{
    int number = 1;
    if (get_count(sentences) == 0) {
        return;
    }
    term_heading(&cli->term, &cli->out, title);
    for (struct json_iterator i = each(sentences); json_next(&i);) {
        if (json_type(i.value) != JSON_STRING) {
            continue;
        }
        if (numbered) {
            buffer_append_format(&cli->out, "  %d. ", number++);
        } else {
            buffer_append_text(&cli->out, "  · ");
        }
        term_paragraph(&cli->term, &cli->out, numbered ? 5 : 4, json_string(i.value));
    }
}

static void put_gate(struct cli *cli, struct json gate)
{
    bool open = get_bool(gate, "deployable");
    struct mark mark = mark_if(open);
    struct json override = get(gate, "override");
    char moment[MOMENT_SIZE];
    term_heading(&cli->term, &cli->out, "Deployment gate");
    term_format(&cli->term, &cli->out, mark.style, "  %s %s", mark.symbol, open ? "open" : "closed");
    buffer_append_text(&cli->out, "  ");
    term_paragraph(&cli->term, &cli->out, open ? 10 : 12, get_text(gate, "sentence"));
    if (has(gate, "override")) {
        moment_text(get(override, "expires_at"), moment);
        term_format(&cli->term, &cli->out, STYLE_DIM, "  override by %.*s, %s: ", STR_ARGS(get_text_or(override, "actor", "somebody")),
                    get_bool(override, "in_force") ? "in force" : "not in force");
        term_paragraph(&cli->term, &cli->out, 4, get_text(override, "reason"));
        if (moment[0] != '\0') {
            term_format(&cli->term, &cli->out, STYLE_DIM, "  it ends at %s UTC", moment);
            buffer_append_char(&cli->out, '\n');
        }
    }
}

static void render(struct cli *cli, struct json root)
{
    struct json verdict = get(root, "verdict");
    put_headline(cli, root, verdict);
    put_streams(cli, get(verdict, "streams"));
    put_conditions(cli, get(verdict, "conditions"));
    put_issues(cli, verdict);
    put_sentences(cli, "Diagnosis", get(verdict, "diagnosis"), false);
    put_sentences(cli, "What to do", get(verdict, "recommendations"), true);
    put_gate(cli, get(verdict, "gate"));
}

static enum status ask_verdict(struct cli *cli, struct answer *answer, const char *iteration, struct str query,
                               const char *policy, struct error *error)
{
    struct buffer body, path;
    if (policy == NULL) {
        return cli_get(cli, answer, query, error, "/api/v1/convergence/%s/verdict", iteration);
    }
    buffer_init(&path, MIB);
    buffer_append_text(&path, "/api/v1/convergence/");
    url_append(&path, str_from(iteration));
    buffer_append_text(&path, "/verdict");
    enum status status = cli_read_file(policy, &body, POLICY_BYTES_MAX, error);
    if (status == STATUS_OK) {
        status = cli_ask(cli, &(struct ask){.method = API_POST, .path = buffer_str(&path), .query = query,
                                            .body = buffer_str(&body), .content_type = "application/yaml"}, answer, error);
    }
    buffer_release(&body);
    buffer_release(&path);
    return status;
}

static int run(struct cli *cli, int argc, char **argv)
{
    const char *as_of = NULL, *known_at = NULL, *policy = NULL;
    const struct option_entry entries[] = {
        {"as-of", "TIME", "what was true at this time: RFC 3339, ms, or -15m, -2h, -3d", &as_of, NULL, false},
        {"known-at", "TIME", "what was known at this time", &known_at, NULL, false},
        {"policy", "FILE", "judge by the thresholds of this file", &policy, NULL, false},
        {"all", NULL, "list every blocking issue", NULL, &show_all_issues, false},
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
    query_add(&query, "observedAt", known_at);
    enum status status = ask_verdict(cli, &answer, positionals.items[0], buffer_str(&query), policy, &error);
    int64_t exit_code = status == STATUS_OK ? get_i64(answer.root, "exit_code") : EXIT_ERROR;
    result = cli_end(cli, &answer, status, &error, render);
    buffer_release(&query);
    return result != 0 ? result : (int)exit_code;
}

const struct command command_verdict = {
    .name = "verdict", .arguments = "ITERATION",
    .summary = "Says whether an iteration may be deployed, and why not",
    .details = "Three streams are judged: DDE (did the work run?), BDV (does it behave?), ACC (is it built as agreed?).",
    .examples = "  trimodal verdict Iter-Golden-DesignGap\n"
                "  trimodal verdict shop --as-of 2025-03-04T10:25:00Z      what it was then, as known today\n"
                "  trimodal verdict shop --known-at -2h                    what we believed two hours ago\n"
                "  trimodal verdict shop --policy strict.yaml && ./deploy\n",
    .exits = "0 deployable, 1 not deployable, 2 pending, 3 error",
    .run = run,
};
