/* personal: what is held of a person, and its erasure (docs/personal-data.md); the master key. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/table.h"
#include "ingest/vault.h"
#include "server/config.h"

struct personal_options {
    const char *subject;
    bool everybody, yes;
};

static void put_count(struct cli *cli, int64_t count, const char *what)
{
    if (count > 0) {
        buffer_append_format(&cli->out, "  %8lld  %s\n", (long long)count, what);
    }
}

static void render_examples(struct cli *cli, struct json root)
{
    static const struct table_column columns[] = {
        {"LOG", TABLE_RIGHT | TABLE_KEEP}, {"WHEN (UTC)", TABLE_KEEP}, {"WHAT", TABLE_KEEP}, {"ITERATION", 0}, {"NODE", 0}};
    struct table table;
    table_init(&table, &cli->term, columns, 5);
    for (struct json_iterator i = each(get(root, "examples")); json_next(&i);) {
        char moment[MOMENT_SIZE];
        moment_text(get(i.value, "at"), moment);
        table_format(&table, STYLE_BOLD, "%lld", (long long)get_i64(i.value, "seq"));
        table_put(&table, STYLE_DIM, str_from(moment));
        table_put(&table, STYLE_PLAIN, get_text(i.value, "type"));
        table_put(&table, STYLE_NAME, get_text(i.value, "iteration"));
        table_put(&table, STYLE_NAME, get_text(i.value, "node"));
    }
    if (get_count(get(root, "examples")) > 0) {
        buffer_append_char(&cli->out, '\n');
        table_write(&table, &cli->out);
    }
    table_release(&table);
}

static void render_beside(struct cli *cli, struct json root)
{
    if (get_count(get(root, "beside")) == 0) {
        return;
    }
    buffer_append_text(&cli->out, "\nIn the same events, and not erased with it; of the same person?\n");
    for (struct json_iterator i = each(get(root, "beside")); json_next(&i);) {
        buffer_append_format(&cli->out, "  %-8.*s ", STR_ARGS(get_text(i.value, "kind")));
        (void)term_cut(&cli->out, get_text(i.value, "value"), 128);
        term_format(&cli->term, &cli->out, STYLE_DIM, "  in %lld events", (long long)get_i64(i.value, "events"));
        buffer_append_char(&cli->out, '\n');
    }
}

static void render_erase(struct cli *cli, struct json root)
{
    bool applied = get_bool(root, "applied");
    int64_t held = get_i64(root, "events") + get_i64(root, "dead_letters");
    if (held == 0) {
        buffer_append_text(&cli->out, "Nothing of it is held.\n");
    } else {
        struct mark mark = mark_if(applied);
        term_format(&cli->term, &cli->out, mark.style, "%s", applied ? "Erased:" : "Held, and not erased yet (--yes does it):");
        buffer_append_char(&cli->out, '\n');
    }
    put_count(cli, get_i64(root, "events"), "events");
    put_count(cli, get_i64(root, "sealed"), "of them sealed: their key goes");
    put_count(cli, get_i64(root, "rewritten"), "of them in plain: their text in the log is replaced");
    put_count(cli, get_i64(root, "dead_letters"), "dead letters");
    put_count(cli, get_i64(root, "in_ids"), "events name it in an id or a path; THESE STAY");
    put_count(cli, get_i64(root, "audit_entries"), "entries of the audit log name it; these stay");
    if (has(root, "subject_hash")) {
        term_format(&cli->term, &cli->out, STYLE_DIM, "  known to the audit log as personal/%.*s", STR_ARGS(get_text(root, "subject_hash")));
        buffer_append_char(&cli->out, '\n');
    }
    render_examples(cli, root);
    render_beside(cli, root);
}

static int erase(struct cli *cli, const struct personal_options *options)
{
    struct answer answer;
    struct buffer body;
    struct json_writer json;
    struct error error = {0};
    static const char padding[JSON_READ_PADDING];
    if (options->everybody == (options->subject != NULL)) {
        return cli_fail_text(cli, "personal erase", "say whose data: --subject VALUE, or --everybody for all of the tenant");
    }
    answer_init(&answer);
    buffer_init(&body, MIB);
    json_write_init(&json, &body, 0);
    json_write_object_begin(&json);
    json_field_bool(&json, "apply", options->yes);
    json_field_bool(&json, "whole_tenant", options->everybody);
    if (options->subject != NULL) {
        json_field_text(&json, "subject", options->subject);
    }
    json_write_object_end(&json);
    size_t length = body.length;
    buffer_append(&body, padding, sizeof padding);
    enum status status = buffer_failed(&body) ? error_no_memory(&error, "request")
                                              : cli_ask(cli, &(struct ask){.method = API_POST, .path = STR("/api/v1/personal/erase"),
                                                                           .body = {body.bytes, length}, .writes = options->yes},
                                                        &answer, &error);
    int result = cli_end(cli, &answer, status, &error, render_erase);
    buffer_release(&body);
    return result;
}

/* --- the master key ------------------------------------------------------------------------------------------------------ */

static enum status rotate_in(const struct vault_options *options, struct error *error)
{
    struct store *store = NULL;
    struct store_reader *reader = NULL;
    struct seal_ring *ring = NULL;
    enum status status = store_open(&store, &(struct store_options){.directory = options->directory}, error);
    if (status == STATUS_OK) {
        status = store_reader_open(&reader, store, error);
    }
    if (status == STATUS_OK) {
        status = vault_open(&ring, options, reader, error);
    }
    if (status == STATUS_OK) {
        status = vault_rotate(ring, options, store, error);
    }
    seal_ring_free(ring);
    store_reader_close(reader);
    store_close(store);
    return status;
}

static int rotate(struct cli *cli)
{
    static struct config config;
    struct error error = {0};
    enum status status = config_load(&config, cli->config, &error);
    const struct vault_options options = {.directory = cli->data != NULL ? cli->data : config.data, .key_file = config.master_key_file,
                                          .key_digits = config.master_key, .clock = &clock_system};
    if (status == STATUS_OK) {
        status = rotate_in(&options, &error);
    }
    if (status != STATUS_OK) {
        return cli_fail(cli, &error);
    }
    buffer_append_format(&cli->out, "%s/%s is new. Keep a copy of it apart from backups; the old one opens backups made before, and nothing else.\n",
                         options.directory, VAULT_FILE);
    return 0;
}

static int run_personal(struct cli *cli, int argc, char **argv)
{
    struct personal_options options = {0};
    const struct option_entry entries[] = {
        {"subject", "VALUE", "whose data: an e-mail address, user id, phone number, name, as it stands in events", &options.subject, NULL, false},
        {"everybody", NULL, "all personal values of the tenant instead", NULL, &options.everybody, false},
        {"yes", NULL, "do it; else only say what is held", NULL, &options.yes, false},
        {0},
    };
    struct positionals positionals;
    int result = options_parse(cli, entries, argc, argv, 1, 1, &positionals);
    if (result != OPTIONS_GO_ON) {
        return result;
    }
    if (strcmp(positionals.items[0], "erase") == 0) {
        return erase(cli, &options);
    }
    if (strcmp(positionals.items[0], "rotate-key") == 0) {
        return rotate(cli);
    }
    return cli_fail_text(cli, positionals.items[0], "say erase or rotate-key: trimodal personal erase --subject VALUE");
}

const struct command command_personal = {
    .name = "personal", .arguments = "erase|rotate-key",
    .summary = "Shows what is held of a person, and erases it; changes the master key",
    .examples = "  trimodal personal erase --subject alice@example.com\n"
                "  trimodal personal erase --subject alice@example.com --yes\n"
                "  trimodal personal rotate-key      (while no server runs on the directory)\n",
    .exits = "0 fine, 3 error",
    .run = run_personal,
};
