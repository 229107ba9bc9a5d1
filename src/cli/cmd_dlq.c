/* dlq: events that could not be taken in. They wait, whole, until somebody edits, replays or discards them. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/dlq.h"
#include "cli/table.h"

/* --- list ----------------------------------------------------------------------------------------------------------------- */

static void put_counts(struct cli *cli, struct json counts)
{
    bool first = true;
    buffer_append_format(&cli->out, "%lld waiting", (long long)get_i64(counts, "waiting"));
    for (struct json_iterator i = each(counts); json_next(&i);) {
        if (!str_is(i.key, "waiting") && json_type(i.value) == JSON_I64 && json_i64(i.value) > 0) {
            buffer_append_format(&cli->out, "%s%lld %.*s", first ? ": " : ", ", (long long)json_i64(i.value), STR_ARGS(i.key));
            first = false;
        }
    }
    buffer_append_char(&cli->out, '\n');
}

static void render_list(struct cli *cli, struct json root)
{
    static const struct table_column columns[] = {{"ID", TABLE_RIGHT | TABLE_KEEP}, {"RECEIVED (UTC)", TABLE_KEEP},
        {"CATEGORY", TABLE_KEEP}, {"STREAM", TABLE_KEEP}, {"ITERATION", 0}, {"WHERE", 0}, {"WHY", 0}};
    struct table table;
    table_init(&table, &cli->term, columns, 7);
    put_counts(cli, get(root, "counts"));
    for (struct json_iterator i = each(get(root, "letters")); json_next(&i);) {
        char moment[MOMENT_SIZE];
        moment_text(get(i.value, "received_at"), moment);
        struct str removal = get_text(i.value, "removal");
        table_format(&table, STYLE_BOLD, "%lld", (long long)get_i64(i.value, "id"));
        table_put(&table, STYLE_DIM, str_from(moment));
        table_put(&table, removal.length > 0 ? STYLE_DIM : STYLE_BAD, removal.length > 0 ? removal : get_text(i.value, "category"));
        table_put(&table, STYLE_PLAIN, get_text_or(i.value, "stream", "?"));
        table_put(&table, STYLE_PLAIN, get_text(i.value, "iteration"));
        table_put(&table, STYLE_NAME, get_text(i.value, "place"));
        table_put(&table, STYLE_PLAIN, get_text(i.value, "reason"));
    }
    table_write(&table, &cli->out);
    table_release(&table);
    if (has(root, "next_cursor")) {
        buffer_append_text(&cli->out, "More: --cursor ");
        (void)term_cut(&cli->out, get_text(root, "next_cursor"), 200);
        buffer_append_char(&cli->out, '\n');
    }
}

static int list(struct cli *cli, const struct dlq_options *options)
{
    struct answer answer;
    struct buffer query;
    struct error error = {0};
    answer_init(&answer);
    buffer_init(&query, MIB);
    query_add(&query, "category", options->category);
    query_add(&query, "stream", options->stream);
    query_add(&query, "iteration", options->iteration);
    query_add(&query, "from", options->from);
    query_add(&query, "to", options->to);
    query_add(&query, "limit", options->limit);
    query_add(&query, "cursor", options->cursor);
    query_add(&query, "removed", options->removed ? "true" : NULL);
    enum status status = cli_get(cli, &answer, buffer_str(&query), &error, "/api/v1/dlq", NULL);
    buffer_release(&query);
    return cli_end(cli, &answer, status, &error, render_list);
}

/* --- show ----------------------------------------------------------------------------------------------------------------- */

static void put_raw(struct cli *cli, struct json letter)
{
    struct str raw = get_text(letter, "raw"), line;
    if (raw.length == 0) {
        return;
    }
    term_heading(&cli->term, &cli->out, str_is(get_text(letter, "raw_encoding"), "base64") ? "What was sent (base64)" : "What was sent");
    while (str_split_next(&raw, '\n', &line)) {
        buffer_append_text(&cli->out, "  ");
        (void)term_cut(&cli->out, line, 4000);
        buffer_append_char(&cli->out, '\n');
    }
}

static void put_differences(struct cli *cli, struct json differences)
{
    static const struct table_column columns[] = {{"FIELD", TABLE_KEEP}, {"STATE", TABLE_KEEP}, {"EXPECTED", 0}, {"FOUND", 0}};
    struct table table;
    table_init(&table, &cli->term, columns, 4);
    table.indent = 2;
    for (struct json_iterator i = each(differences); json_next(&i);) {
        struct str state = get_text(i.value, "state");
        bool fine = str_is(state, "present") || str_is(state, "absent");
        if (str_is(state, "absent")) {
            continue; /* not required and not there: nothing to say */
        }
        table_put(&table, STYLE_NAME, get_text(i.value, "field"));
        table_format(&table, fine ? STYLE_GOOD : STYLE_BAD, "%s %.*s", fine ? "✔" : "✘", STR_ARGS(state));
        table_put(&table, STYLE_PLAIN, get_text(i.value, "expected"));
        table_put(&table, STYLE_PLAIN, get_text(i.value, "found"));
    }
    term_heading(&cli->term, &cli->out, "Against the schema");
    table_write(&table, &cli->out);
    table_release(&table);
}

static void render_one(struct cli *cli, struct json root)
{
    struct json letter = get(root, "letter");
    struct buffer *out = &cli->out;
    char received[MOMENT_SIZE];
    moment_text(get(letter, "received_at"), received);
    term_format(&cli->term, out, STYLE_BOLD, "Dead letter %lld", (long long)get_i64(letter, "id"));
    buffer_append_char(out, ' ');
    term_put(&cli->term, out, STYLE_BAD, get_text(letter, "category"));
    buffer_append_char(out, '\n');
    buffer_append_text(out, "  ");
    cli_put_reason(cli, out, 2, letter);
    term_format(&cli->term, out, STYLE_DIM, "  received %s UTC from %.*s, %lld byte%s, tried %lld time%s, %s", received,
                STR_ARGS(get_text_or(letter, "origin", "somewhere")), (long long)get_i64(letter, "raw_bytes"),
                get_i64(letter, "raw_bytes") == 1 ? "" : "s", (long long)get_i64(letter, "attempts"),
                get_i64(letter, "attempts") == 1 ? "" : "s",
                has(letter, "removal") ? "no longer in the queue" : get_bool(letter, "retriable") ? "can be replayed as it is"
                                                                                               : "has to be edited first");
    buffer_append_char(out, '\n');
    if (has(letter, "removal")) {
        term_format(&cli->term, out, STYLE_WARN, "  %.*s", STR_ARGS(get_text(letter, "removal")));
        if (str_is(get_text(letter, "removal"), "EDITED")) {
            buffer_append_format(out, ": its new text is dead letter %lld", (long long)get_i64(letter, "became"));
        } else if (has(letter, "became")) {
            buffer_append_format(out, ": event %lld", (long long)get_i64(letter, "became"));
        }
        buffer_append_char(out, '\n');
    }
    if (has(letter, "replaces")) {
        buffer_append_format(out, "  edited; `trimodal dlq show %lld` shows what it was before\n", (long long)get_i64(letter, "replaces"));
    }
    put_raw(cli, letter);
    put_differences(cli, get(root, "schema_diff"));
}

/* --- replay, discard -------------------------------------------------------------------------------------------------------- */

void dlq_put_results(struct cli *cli, struct json results)
{
    for (struct json_iterator i = each(results); json_next(&i);) {
        struct str status = get_text(i.value, "status");
        struct mark mark = mark_of(status);
        term_format(&cli->term, &cli->out, mark.style, "  %s %lld %.*s", mark.symbol, (long long)get_i64(i.value, "dead_letter"),
                    STR_ARGS(status));
        if (has(i.value, "reason")) {
            buffer_append_text(&cli->out, "  ");
            cli_put_reason(cli, &cli->out, 6, i.value);
        } else {
            buffer_append_char(&cli->out, '\n');
        }
    }
}

static void render_replay(struct cli *cli, struct json root)
{
    bool dry = get_bool(root, "dry_run");
    buffer_append_format(&cli->out, "%s: %lld accepted, %lld duplicate%s, %lld conflict%s, %lld rejected\n",
                         dry ? "Dry run, nothing was changed" : "Replayed", (long long)get_i64(root, "accepted"),
                         (long long)get_i64(root, "duplicates"), get_i64(root, "duplicates") == 1 ? "" : "s",
                         (long long)get_i64(root, "conflicts"), get_i64(root, "conflicts") == 1 ? "" : "s",
                         (long long)get_i64(root, "rejected"));
    dlq_put_results(cli, get(root, "results"));
    if (dry) {
        buffer_append_text(&cli->out, "Say --apply to do it.\n");
    }
    if (get_bool(root, "more")) {
        buffer_append_text(&cli->out, "There are more that match; say it again for the next.\n");
    }
}

static void render_discard(struct cli *cli, struct json root)
{
    buffer_append_format(&cli->out, "%lld discarded\n", (long long)get_i64(root, "discarded"));
}

/* {"ids": [...]} or {"filter": {...}}; false where neither is given. */
static bool write_selection(struct json_writer *json, const struct dlq_options *options)
{
    const char *const filter[][2] = {{"category", options->category}, {"stream", options->stream},
                                     {"iteration", options->iteration}, {"from", options->from}, {"to", options->to}};
    bool any = options->all;
    if (options->id_count > 0) {
        json_write_key(json, "ids");
        json_write_array_begin(json);
        for (int i = 0; i < options->id_count; i++) {
            json_write_i64(json, options->ids[i]);
        }
        json_write_array_end(json);
        return true;
    }
    json_write_key(json, "filter");
    json_write_object_begin(json);
    for (size_t i = 0; i < sizeof filter / sizeof filter[0]; i++) {
        if (filter[i][1] != NULL) {
            json_field_text(json, filter[i][0], filter[i][1]);
            any = true;
        }
    }
    json_write_object_end(json);
    return any;
}

static int post_selection(struct cli *cli, const struct dlq_options *options, bool replay)
{
    struct buffer body;
    struct json_writer json;
    struct answer answer;
    struct error error = {0};
    buffer_init(&body, MIB);
    json_write_init(&json, &body, 0);
    json_write_object_begin(&json);
    bool selected = write_selection(&json, options);
    if (replay) {
        json_field_bool(&json, "apply", options->apply);
    }
    json_write_object_end(&json);
    if (!selected) {
        buffer_release(&body);
        return cli_fail_text(cli, "dlq", "say which: ids, --category, --stream, --iteration, --from, --to, or --all");
    }
    answer_init(&answer);
    enum status status = dlq_ask(cli, API_POST, replay ? STR("/api/v1/dlq/replay") : STR("/api/v1/dlq/discard"), &body,
                                 "application/json", !replay || options->apply, &answer, &error);
    bool rejected = status == STATUS_OK && get_i64(answer.root, "rejected") > 0;
    buffer_release(&body);
    int result = cli_end(cli, &answer, status, &error, replay ? render_replay : render_discard);
    return result != 0 ? result : rejected;
}

enum status dlq_ask(struct cli *cli, enum api_method method, struct str path, struct buffer *body, const char *content_type,
                    bool writes, struct answer *answer, struct error *error)
{
    size_t length = body->length;
    char *padding = buffer_reserve(body, JSON_READ_PADDING);
    if (padding == NULL) {
        return error_no_memory(error, "dlq");
    }
    memset(padding, 0, JSON_READ_PADDING);
    return cli_ask(cli, &(struct ask){.method = method, .path = path, .body = {body->bytes, length},
                                      .content_type = content_type, .writes = writes}, answer, error);
}

/* --- the command --------------------------------------------------------------------------------------------------------------- */

static int show(struct cli *cli, const struct dlq_options *options)
{
    struct answer answer;
    struct error error = {0};
    char path[64];
    if (options->id_count != 1) {
        return cli_fail_text(cli, "dlq show", "name one dead letter by its id; `trimodal dlq list` lists them");
    }
    (void)snprintf(path, sizeof path, "/api/v1/dlq/%lld", (long long)options->ids[0]);
    answer_init(&answer);
    enum status status = cli_get(cli, &answer, STR_NONE, &error, path, NULL);
    return cli_end(cli, &answer, status, &error, render_one);
}

static int read_ids(const struct cli *cli, const struct positionals *positionals, struct dlq_options *options)
{
    for (int i = 1; i < positionals->count; i++) {
        if (!str_to_i64(str_from(positionals->items[i]), &options->ids[i - 1]) || options->ids[i - 1] < 1) {
            return cli_fail_text(cli, positionals->items[i], "this is no id of a dead letter; `trimodal dlq list` lists them");
        }
        options->id_count = i;
    }
    return OPTIONS_GO_ON;
}

static int run(struct cli *cli, int argc, char **argv)
{
    struct dlq_options options = {0};
    const struct option_entry entries[] = {
        {"category", "NAME", "SCHEMA_VALIDATION, CORRELATION_FAILED, DATABASE_ERROR, …", &options.category, NULL, false},
        {"stream", "NAME", "DDE, BDV or ACC", &options.stream, NULL, false},
        {"iteration", "ID", "of this iteration", &options.iteration, NULL, false},
        {"from", "TIME", "received at or after", &options.from, NULL, false},
        {"to", "TIME", "received at or before", &options.to, NULL, false},
        {"limit", "N", "how many to list, 1 to 1000 (default 100)", &options.limit, NULL, false},
        {"cursor", "TEXT", "where the page before ended", &options.cursor, NULL, false},
        {"removed", NULL, "list those that left the queue, too", NULL, &options.removed, false},
        {"all", NULL, "replay or discard: all that wait", NULL, &options.all, false},
        {"apply", NULL, "replay: do it (without: a dry run)", NULL, &options.apply, false},
        {"file", "FILE", "edit: take the new text from here (-: standard input) instead of $EDITOR", &options.file, NULL, false},
        {0},
    };
    struct positionals positionals;
    int result = options_parse(cli, entries, argc, argv, 1, OPTIONS_POSITIONALS_MAX, &positionals);
    if (result == OPTIONS_GO_ON) {
        result = read_ids(cli, &positionals, &options);
    }
    if (result != OPTIONS_GO_ON) {
        return result;
    }
    const char *action = positionals.items[0];
    if (strcmp(action, "list") == 0) {
        return list(cli, &options);
    }
    if (strcmp(action, "show") == 0) {
        return show(cli, &options);
    }
    if (strcmp(action, "edit") == 0) {
        return dlq_edit(cli, &options);
    }
    if (strcmp(action, "replay") == 0 || strcmp(action, "discard") == 0) {
        return post_selection(cli, &options, action[0] == 'r');
    }
    return cli_fail_text(cli, action, "expected list, show, edit, replay or discard");
}

const struct command command_dlq = {
    .name = "dlq", .arguments = "list|show|edit|replay|discard [ID…]",
    .summary = "Lists, shows, edits, replays and discards dead letters",
    .details = "A dead letter is an event that could not be taken in, kept whole with the reason.",
    .examples = "  trimodal dlq list --category SCHEMA_VALIDATION\n"
                "  trimodal dlq show 7                       the reason, the text, and a diff against the schema\n"
                "  trimodal dlq edit 7                       opens $EDITOR; --file FILE does without.\n"
                "                                          The new text waits under a new id; 7 keeps the old\n"
                "  trimodal dlq replay 7                     says what would happen\n"
                "  trimodal dlq replay --all --apply\n"
                "  trimodal dlq discard 7 8\n",
    .exits = "0 fine, 1 some would be or were rejected again, 3 error",
    .run = run,
};
