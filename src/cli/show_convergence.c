/* The convergence lens: streams, contract stars, links between the streams, and what found no partner. */
#include <stdio.h>

#include "cli/show.h"
#include "cli/table.h"

static void put_streams(struct cli *cli, struct json streams)
{
    for (struct json_iterator i = each(get(streams, "streams")); json_next(&i);) {
        struct mark mark = mark_of(get_text(i.value, "status"));
        term_format(&cli->term, &cli->out, STYLE_BOLD, "  %-4.*s", STR_ARGS(get_text(i.value, "stream")));
        term_format(&cli->term, &cli->out, mark.style, " %s %-8.*s", mark.symbol, STR_ARGS(get_text(i.value, "status")));
        buffer_append_char(&cli->out, ' ');
        term_paragraph(&cli->term, &cli->out, 18, get_text(i.value, "reason"));
    }
}

static void put_star(struct cli *cli, struct json star)
{
    static const char *const legs[] = {"lock", "behaviour", "module"};
    struct mark mark = mark_if(get_bool(star, "aligned"));
    term_format(&cli->term, &cli->out, mark.style, "  %s ", mark.symbol);
    term_put(&cli->term, &cli->out, STYLE_BOLD, get_text(star, "id"));
    buffer_append_format(&cli->out, "  %s\n", get_bool(star, "aligned") ? "aligned" : "not aligned");
    for (size_t i = 0; i < 3; i++) {
        struct json leg = get(get(star, "legs"), legs[i]);
        struct str state = get_text(leg, "state");
        struct mark light = mark_of(state);
        buffer_append_format(&cli->out, "      %-10s", legs[i]);
        term_format(&cli->term, &cli->out, light.style, "%s %-13.*s", light.symbol, STR_ARGS(state));
        buffer_append_char(&cli->out, ' ');
        term_paragraph(&cli->term, &cli->out, 32, get_text(leg, "sentence"));
    }
}

static void put_links(struct cli *cli, struct json links)
{
    static const struct table_column columns[] = {{"LINK", TABLE_KEEP}, {"COUNT", TABLE_RIGHT | TABLE_KEEP},
        {"INFERRED", TABLE_RIGHT | TABLE_KEEP}, {"UNMATCHED", TABLE_RIGHT | TABLE_KEEP}, {"LEAST SURE", TABLE_RIGHT | TABLE_KEEP},
        {"HOW", 0}};
    struct table table;
    table_init(&table, &cli->term, columns, 6);
    table.indent = 2;
    for (struct json_iterator i = each(links); json_next(&i);) {
        struct buffer methods;
        buffer_init(&methods, MIB);
        for (struct json_iterator m = each(get(i.value, "methods")); json_next(&m);) {
            buffer_append_format(&methods, "%s%.*s %.0f", methods.length > 0 ? ", " : "", STR_ARGS(m.key), json_double(m.value));
        }
        table_put(&table, STYLE_NAME, get_text(i.value, "kind"));
        table_format(&table, STYLE_PLAIN, "%lld", (long long)get_i64(i.value, "count"));
        table_format(&table, STYLE_PLAIN, "%lld", (long long)get_i64(i.value, "inferred"));
        table_format(&table, get_i64(i.value, "unmatched") > 0 ? STYLE_WARN : STYLE_PLAIN, "%lld",
                     (long long)get_i64(i.value, "unmatched"));
        table_format(&table, STYLE_PLAIN, "%.2f", get_number(i.value, "confidence_min", 1));
        table_put(&table, STYLE_DIM, buffer_str(&methods));
        buffer_release(&methods);
    }
    term_heading(&cli->term, &cli->out, "Links");
    table_write(&table, &cli->out);
    table_release(&table);
}

static void put_gaps(struct cli *cli, struct json gaps)
{
    bool any = false;
    for (struct json_iterator i = each(gaps); json_next(&i);) {
        char words[64];
        if (json_type(i.value) != JSON_I64 || json_i64(i.value) == 0) {
            continue;
        }
        if (!any) {
            term_heading(&cli->term, &cli->out, "Gaps in the spine");
            any = true;
        }
        metric_words(i.key, words);
        term_format(&cli->term, &cli->out, STYLE_WARN, "  ┄ %lld %s", (long long)json_i64(i.value), words);
        buffer_append_char(&cli->out, '\n');
    }
}

static void put_unmatched(struct cli *cli, struct json unmatched)
{
    if (get_count(get(unmatched, "unmatched")) == 0) {
        return;
    }
    struct str last_reason = STR_NONE;
    term_heading(&cli->term, &cli->out, "What found no partner");
    for (struct json_iterator i = each(get(unmatched, "unmatched")); json_next(&i);) {
        struct str partner = get_text(i.value, "partner");
        struct str reason = get_text(i.value, "reason");
        if (!str_equal(reason, last_reason)) {
            buffer_append_text(&cli->out, "  ");
            term_paragraph(&cli->term, &cli->out, 2, reason);
            last_reason = reason;
        }
        term_format(&cli->term, &cli->out, STYLE_WARN, "    ┄ ");
        term_format(&cli->term, &cli->out, STYLE_NAME, "%.*s %.*s", STR_ARGS(get_text(i.value, "node_kind")),
                    STR_ARGS(get_text(i.value, "node")));
        term_format(&cli->term, &cli->out, STYLE_PLAIN, "  %.*s → %.*s", STR_ARGS(get_text(i.value, "link")),
                    STR_ARGS(partner.length > 0 ? partner : get_text(i.value, "partner_kind")));
        buffer_append_char(&cli->out, '\n');
    }
}

void show_convergence(struct cli *cli, const struct show_convergence *answers)
{
    static const char *const kpis[] = {"contract_alignment", "stars", "aligned", "unmatched", NULL};
    struct str verdict = get_text(answers->graph, "verdict");
    struct mark mark = mark_of(verdict);
    term_format(&cli->term, &cli->out, mark.style, "  %s %.*s", mark.symbol, STR_ARGS(verdict));
    buffer_append_char(&cli->out, '\n');
    put_streams(cli, answers->streams);
    show_kpis(cli, get(answers->graph, "kpis"), kpis);
    if (get_count(get(answers->contracts, "stars")) > 0) {
        term_heading(&cli->term, &cli->out, "Contract stars");
    }
    for (struct json_iterator i = each(get(answers->contracts, "stars")); json_next(&i);) {
        put_star(cli, i.value);
    }
    put_links(cli, get(answers->graph, "links"));
    put_gaps(cli, get(answers->graph, "gaps"));
    put_unmatched(cli, answers->unmatched);
}
