/* The BDV lens: features with their scenarios, coverage, flakes, runs. */
#include <stdio.h>

#include "cli/show.h"
#include "cli/table.h"

static void put_scenario(struct cli *cli, struct json scenario)
{
    struct buffer *out = &cli->out;
    struct str outcome = get_text_or(scenario, "outcome", "");
    struct mark mark = mark_of(outcome);
    struct str message = get_text(scenario, "error_message");
    term_format(&cli->term, out, mark.style, "    %s ", mark.symbol);
    (void)term_cut(out, get_text(scenario, "name"), cli->term.width > 40 ? cli->term.width - 34 : 20);
    term_format(&cli->term, out, STYLE_DIM, "  %.*s", STR_ARGS(outcome.length > 0 ? outcome : STR("not run")));
    if (get_bool(scenario, "flaky")) {
        term_format(&cli->term, out, STYLE_WARN, "  ≈ flaky");
    }
    if (get_bool(scenario, "quarantined")) {
        term_format(&cli->term, out, STYLE_WARN, "  quarantined");
    }
    buffer_append_char(out, '\n');
    if (message.length > 0) {
        term_spaces(out, 6);
        term_begin(&cli->term, out, STYLE_BAD);
        term_paragraph(&cli->term, out, 6, message);
        term_end(&cli->term, out, STYLE_BAD);
    }
}

static void put_scenarios_of(struct cli *cli, struct json scenarios, struct str feature)
{
    for (struct json_iterator i = each(scenarios); json_next(&i);) {
        if (str_equal(get_text(i.value, "feature"), feature)) {
            put_scenario(cli, i.value);
        }
    }
}

static void put_feature(struct cli *cli, struct json feature, struct json scenarios)
{
    struct buffer *out = &cli->out;
    struct json rollup = get(feature, "rollup");
    struct mark mark = mark_of(get_text(feature, "status"));
    char rate[MOMENT_SIZE];
    metric_text(STR("pass_rate"), get(rollup, "pass_rate"), rate);
    term_format(&cli->term, out, mark.style, "  %s ", mark.symbol);
    term_put(&cli->term, out, STYLE_BOLD, get_text(feature, "name"));
    buffer_append_format(out, "  %lld of %lld pass (%s)", (long long)get_i64(rollup, "passed"),
                         (long long)get_i64(rollup, "scenarios"), rate);
    term_format(&cli->term, out, STYLE_DIM, "  %.*s", STR_ARGS(get_text(feature, "id")));
    buffer_append_char(out, '\n');
    put_scenarios_of(cli, scenarios, get_text(feature, "id"));
}

static void put_runs(struct cli *cli, struct json runs)
{
    static const struct table_column columns[] = {{"TEST RUN", 0}, {"STARTED (UTC)", TABLE_KEEP}, {"TOOK", TABLE_RIGHT | TABLE_KEEP},
        {"SCENARIOS", TABLE_RIGHT | TABLE_KEEP}, {"", TABLE_KEEP}};
    struct table table;
    if (get_count(runs) == 0) {
        return;
    }
    table_init(&table, &cli->term, columns, 5);
    for (struct json_iterator i = each(runs); json_next(&i);) {
        char moment[MOMENT_SIZE], took[MOMENT_SIZE];
        moment_text(get(i.value, "started_at"), moment);
        metric_text(STR("duration_ms"), get(i.value, "duration_ms"), took);
        table_put(&table, STYLE_NAME, get_text(i.value, "id"));
        table_put(&table, STYLE_PLAIN, str_from(moment));
        table_put(&table, STYLE_PLAIN, str_from(took));
        table_format(&table, STYLE_PLAIN, "%lld", (long long)get_i64(i.value, "scenarios"));
        table_put(&table, STYLE_WARN, str_from(get_bool(i.value, "open") ? "▶ open" : ""));
    }
    term_heading(&cli->term, &cli->out, "Test runs");
    table_write(&table, &cli->out);
    table_release(&table);
}

void show_bdv(struct cli *cli, struct json root)
{
    static const char *const kpis[] = {"scenario_pass_rate", "flake_rate", "test_run_time_p95_ms", "scenarios", "passed", "failed",
                                       "skipped", "quarantined", "flaky", "requirements", "requirements_covered", NULL};
    struct json scenarios = get(root, "scenarios");
    show_kpis(cli, get(root, "kpis"), kpis);
    buffer_append_char(&cli->out, '\n');
    for (struct json_iterator i = each(get(root, "features")); json_next(&i);) {
        put_feature(cli, i.value, scenarios);
    }
    if (get_i64(get(root, "kpis"), "orphans") > 0) {
        buffer_append_text(&cli->out, "  without a feature\n");
        put_scenarios_of(cli, scenarios, STR(""));
    }
    put_runs(cli, get(root, "runs"));
}
