/* The ACC lens: components with their modules, violations, cycles. */
#include <stdio.h>

#include "cli/show.h"
#include "cli/table.h"

static void put_coupling(struct table *table, struct json coupling)
{
    static const char *const names[] = {"ca", "ce"};
    for (size_t i = 0; i < 2; i++) {
        table_format(table, STYLE_PLAIN, "%lld", (long long)get_i64(coupling, names[i]));
    }
    if (has(coupling, "instability")) {
        table_format(table, STYLE_PLAIN, "%.2f", get_number(coupling, "instability", 0));
    } else {
        table_put(table, STYLE_DIM, STR("-"));
    }
}

static void put_trouble(struct table *table, int64_t violations, bool cyclic)
{
    if (violations > 0) {
        table_format(table, STYLE_BAD, "✘ %lld violation%s%s", (long long)violations, violations == 1 ? "" : "s",
                     cyclic ? ", in a cycle" : "");
    } else {
        table_put(table, STYLE_BAD, str_from(cyclic ? "✘ in a cycle" : ""));
    }
}

static void put_modules_of(struct table *table, struct json modules, struct str component)
{
    size_t left = 0;
    for (struct json_iterator i = each(modules); json_next(&i);) {
        left += str_equal(get_text(i.value, "component"), component);
    }
    for (struct json_iterator i = each(modules); json_next(&i);) {
        if (!str_equal(get_text(i.value, "component"), component)) {
            continue;
        }
        int64_t violations = get_i64(i.value, "violations");
        bool cyclic = has(i.value, "cycle");
        left--;
        table_format(table, STYLE_PLAIN, "%s %.*s", left == 0 ? "└─" : "├─", STR_ARGS(get_text(i.value, "id")));
        if (has(i.value, "lines")) {
            table_format(table, STYLE_PLAIN, "%lld", (long long)get_i64(i.value, "lines"));
        } else {
            table_put(table, STYLE_DIM, STR("-"));
        }
        put_coupling(table, get(i.value, "coupling"));
        put_trouble(table, violations, cyclic);
    }
}

static void put_components(struct cli *cli, struct json root)
{
    static const struct table_column columns[] = {{"COMPONENT, MODULE", 0}, {"LINES", TABLE_RIGHT | TABLE_KEEP},
        {"CA", TABLE_RIGHT | TABLE_KEEP}, {"CE", TABLE_RIGHT | TABLE_KEEP}, {"I", TABLE_RIGHT | TABLE_KEEP}, {"TROUBLE", 0}};
    struct json modules = get(root, "modules");
    struct table table;
    table_init(&table, &cli->term, columns, 6);
    for (struct json_iterator i = each(get(root, "components")); json_next(&i);) {
        int64_t violations = get_i64(i.value, "violations");
        table_format(&table, STYLE_BOLD, "%.*s (%lld)", STR_ARGS(get_text(i.value, "id")), (long long)get_i64(i.value, "modules"));
        table_put(&table, STYLE_PLAIN, STR(""));
        put_coupling(&table, get(i.value, "coupling"));
        put_trouble(&table, violations, false);
        put_modules_of(&table, modules, get_text(i.value, "id"));
    }
    put_modules_of(&table, modules, STR(""));
    table_write(&table, &cli->out);
    table_release(&table);
}

static void put_violations(struct cli *cli, struct json violations)
{
    if (get_count(violations) == 0) {
        return;
    }
    term_heading(&cli->term, &cli->out, "Violations");
    for (struct json_iterator i = each(violations); json_next(&i);) {
        struct str severity = get_text(i.value, "severity");
        bool active = get_bool(i.value, "active");
        struct mark mark = mark_of(active ? severity : STR("SUPPRESSED"));
        term_format(&cli->term, &cli->out, mark.style, "  %s %.*s %.*s", mark.symbol, STR_ARGS(active ? severity : STR("SUPPRESSED")),
                    STR_ARGS(get_text(i.value, "type")));
        buffer_append_text(&cli->out, "  ");
        term_put(&cli->term, &cli->out, STYLE_NAME, get_text_or(i.value, "source_module", ""));
        if (has(i.value, "target_module")) {
            buffer_append_text(&cli->out, " → ");
            term_put(&cli->term, &cli->out, STYLE_NAME, get_text(i.value, "target_module"));
        }
        buffer_append_text(&cli->out, "\n    ");
        term_paragraph(&cli->term, &cli->out, 4, get_text(i.value, "message"));
        term_format(&cli->term, &cli->out, STYLE_DIM, "    %.*s", STR_ARGS(get_text(i.value, "id")));
        buffer_append_char(&cli->out, '\n');
    }
}

static void put_cycles(struct cli *cli, struct json cycles)
{
    if (get_count(cycles) == 0) {
        return;
    }
    term_heading(&cli->term, &cli->out, "Cycles");
    for (struct json_iterator i = each(cycles); json_next(&i);) {
        term_format(&cli->term, &cli->out, STYLE_BAD, "  ✘ %.*s", STR_ARGS(get_text(i.value, "id")));
        buffer_append_char(&cli->out, '\n');
        for (struct json_iterator m = each(get(i.value, "members")); json_next(&m);) {
            buffer_append_text(&cli->out, "    ↻ ");
            term_put(&cli->term, &cli->out, STYLE_NAME, json_type(m.value) == JSON_STRING ? json_string(m.value) : STR(""));
            buffer_append_char(&cli->out, '\n');
        }
    }
}

void show_acc(struct cli *cli, struct json root)
{
    static const char *const kpis[] = {"blocking_violations", "cycles", "mean_instability", "modules", "components", "dependencies",
                                       "violations", NULL};
    show_kpis(cli, get(root, "kpis"), kpis);
    buffer_append_char(&cli->out, '\n');
    put_components(cli, root);
    put_violations(cli, get(root, "violations"));
    put_cycles(cli, get(root, "cycles"));
}
