/* trace: the spine Requirement → Spec → Scenario → Contract → Task → Artifact → Module → Component through one node. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/lookup.h"

#define NODES_SHOWN 12

static void put_level(struct cli *cli, struct json level, bool needed)
{
    struct buffer *out = &cli->out;
    struct json nodes = get(level, "nodes");
    size_t count = get_count(nodes), shown = 0;
    term_format(&cli->term, out, STYLE_BOLD, "%.*s", STR_ARGS(get_text(level, "level")));
    if (count == 0) {
        term_format(&cli->term, out, needed ? STYLE_WARN : STYLE_DIM, needed ? "  ┄ gap: nothing here" : "  ┄ nothing here");
        buffer_append_char(out, '\n');
        return;
    }
    buffer_append_char(out, '\n');
    for (struct json_iterator i = each(nodes); json_next(&i) && shown < NODES_SHOWN; shown++) {
        struct str id = get_text(i.value, "id"), name = get_text(i.value, "name"), status = get_text(i.value, "status");
        struct mark mark = mark_of(status);
        buffer_append_format(out, "  %s ", shown + 1 == count ? "└" : "├");
        term_format(&cli->term, out, mark.style, "%s ", mark.symbol);
        term_put(&cli->term, out, STYLE_NAME, id);
        if (name.length > 0 && !str_equal(id, name)) {
            buffer_append_text(out, "  ");
            term_put(&cli->term, out, STYLE_PLAIN, name);
        }
        if (status.length > 0 && !str_is(status, "UNKNOWN")) {
            term_format(&cli->term, out, STYLE_DIM, "  %.*s", STR_ARGS(status));
        }
        buffer_append_char(out, '\n');
    }
    if (shown < count) {
        buffer_append_format(out, "  └ … and %zu more\n", count - shown);
    }
}

static void put_links(struct cli *cli, struct json links)
{
    struct buffer *out = &cli->out;
    term_heading(&cli->term, out, "Links, and why they are there");
    for (struct json_iterator i = each(links); json_next(&i);) {
        buffer_append_text(out, "  ");
        term_put(&cli->term, out, STYLE_NAME, get_text(i.value, "source"));
        term_format(&cli->term, out, STYLE_BOLD, " %.*s ", STR_ARGS(get_text(i.value, "kind")));
        term_put(&cli->term, out, STYLE_NAME, get_text(i.value, "target"));
        buffer_append_text(out, "\n    ");
        term_format(&cli->term, out, STYLE_PLAIN, "%.*s, confidence %.2f", STR_ARGS(get_text(i.value, "method")),
                    get_number(i.value, "confidence", 0));
        buffer_append_text(out, ": ");
        term_begin(&cli->term, out, STYLE_DIM);
        term_paragraph(&cli->term, out, 6, get_text(i.value, "explanation"));
        term_end(&cli->term, out, STYLE_DIM);
    }
}

static void put_gaps(struct cli *cli, struct json gaps)
{
    if (get_count(gaps) == 0) {
        return;
    }
    term_heading(&cli->term, &cli->out, "Gaps");
    for (struct json_iterator i = each(gaps); json_next(&i);) {
        term_put(&cli->term, &cli->out, STYLE_WARN, STR("  ┄ "));
        term_paragraph(&cli->term, &cli->out, 4, get_text(i.value, "sentence"));
    }
}

static bool lacks(struct json missing, struct str level)
{
    for (struct json_iterator i = each(missing); json_next(&i);) {
        if (str_equal(json_string(i.value), level)) {
            return true;
        }
    }
    return false;
}

/* "! no BehavioralSpec, no Artifact". */
static void put_missing(struct cli *cli, struct json missing)
{
    const char *before = "  ! the spine has no ";
    for (struct json_iterator i = each(missing); json_next(&i);) {
        term_format(&cli->term, &cli->out, STYLE_WARN, "%s%.*s", before, STR_ARGS(json_string(i.value)));
        before = ", no ";
    }
}

static void render(struct cli *cli, struct json root)
{
    struct json node = get(root, "node");
    bool complete = get_bool(root, "complete");
    term_format(&cli->term, &cli->out, STYLE_BOLD, "%.*s %.*s", STR_ARGS(get_text(node, "kind")), STR_ARGS(get_text(node, "id")));
    buffer_append_text(&cli->out, " in ");
    term_put(&cli->term, &cli->out, STYLE_PLAIN, get_text(root, "iteration"));
    if (complete) {
        term_put(&cli->term, &cli->out, STYLE_GOOD, get_count(get(root, "gaps")) > 0 ? STR("  ✔ the spine has every level, with gaps")
                                                                                   : STR("  ✔ the spine is complete"));
    } else {
        put_missing(cli, get(root, "missing"));
    }
    buffer_append_text(&cli->out, "\n\n");
    for (struct json_iterator i = each(get(root, "levels")); json_next(&i);) {
        bool other = str_is(get_text(i.value, "level"), "Other");
        if (!other || get_count(get(i.value, "nodes")) > 0) {
            put_level(cli, i.value, lacks(get(root, "missing"), get_text(i.value, "level")));
        }
    }
    put_links(cli, get(root, "links"));
    put_gaps(cli, get(root, "gaps"));
}

static int run(struct cli *cli, int argc, char **argv)
{
    return ask_about_node(cli, argc, argv, "/api/v1/iterations/%s/trace", render);
}

const struct command command_trace = {
    .name = "trace", .arguments = "NODE",
    .summary = "Follows a node along the spine from requirement to component, with each link's reason",
    .examples = "  trimodal trace REQ-107 --iteration Iter-Golden-DesignGap\n"
                "  trimodal trace packages/payment/src/api/routes.ts --kind CodeModule --iteration Iter-Golden-AllPass\n",
    .exits = "0 fine, 3 error (no such node)",
    .run = run,
};
