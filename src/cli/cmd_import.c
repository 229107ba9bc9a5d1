/* import: other tools' files. They are read here, in the process of the command, and leave it as events, so that a file
 * of any size streams, and a server sees nothing but events. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cli/commands.h"
#include "cli/sender.h"
#include "cli/table.h"
#include "import/import.h"

struct source {
    FILE *stream;
    const char *path;
};

static enum status read_source(void *context, void *bytes, size_t size, size_t *length, struct error *error)
{
    struct source *source = context;
    *length = fread(bytes, 1, size, source->stream);
    if (*length == 0 && ferror(source->stream) != 0) {
        return error_set(error, STATUS_RETRY, source->path, "%s", strerror(errno));
    }
    return STATUS_OK;
}

static enum status emit(void *context, struct str event_json, struct error *error)
{
    return sender_add(context, event_json, error);
}

static enum status emit_alone(void *context, struct str text, uint64_t length, struct error *error)
{
    return sender_add_alone(context, text, length, error);
}

static enum status open_source(const char *path, struct source *source, int64_t *modified_at, struct error *error)
{
    struct stat info;
    bool standard = strcmp(path, "-") == 0;
    *modified_at = -1;
    source->path = standard ? "standard input" : path;
    source->stream = standard ? stdin : fopen(path, "rbe");
    if (source->stream == NULL) {
        return error_set(error, STATUS_ABSENT, path, "%s", strerror(errno));
    }
    if (fstat(fileno(source->stream), &info) == 0 && S_ISDIR(info.st_mode)) {
        if (!standard) {
            (void)fclose(source->stream);
        }
        return error_set(error, STATUS_INVALID, path, "this is a directory; name the files in it");
    }
    if (!standard && S_ISREG(info.st_mode)) {
        *modified_at = (int64_t)info.st_mtim.tv_sec * 1000 + info.st_mtim.tv_nsec / 1000000;
    }
    return STATUS_OK;
}

static enum status import_file(struct sender *sender, const struct import_format *format, const char *path,
                               struct import_options *options, struct import_summary *summary, struct error *error)
{
    struct source source;
    int64_t modified_at;
    enum status status = open_source(path, &source, &modified_at, error);
    if (status != STATUS_OK) {
        return status;
    }
    options->now_ms = clock_now_ms(&clock_system);
    status = import_run(format, &(struct import_source){&source, read_source, str_from(source.path), modified_at}, options,
                        &(struct import_sink){sender, emit, emit_alone}, summary, error);
    if (source.stream != stdin) {
        (void)fclose(source.stream);
    }
    struct error later = {0};
    enum status flushed = sender_flush(sender, &later);
    if (status == STATUS_OK && flushed != STATUS_OK && error != NULL) {
        *error = later;
    }
    return status != STATUS_OK ? status : flushed;
}

/* --- rendering ---------------------------------------------------------------------------------------------------------- */

static void put_file(struct cli *cli, const char *path, const struct import_format *format, const struct import_summary *summary)
{
    buffer_append_format(&cli->out, "%s: ", import_format_name(format));
    (void)term_cut(&cli->out, str_from(path), 200);
    buffer_append_format(&cli->out, ", %llu item%s read, %llu left out, %llu event%s\n", (unsigned long long)summary->items_read,
                         summary->items_read == 1 ? "" : "s", (unsigned long long)summary->items_skipped,
                         (unsigned long long)summary->events, summary->events == 1 ? "" : "s");
    for (uint32_t i = 0; i < summary->note_count; i++) {
        buffer_append_text(&cli->out, "  · ");
        term_paragraph(&cli->term, &cli->out, 4, str_from(summary->notes[i]));
    }
}

static void write_file_json(struct json_writer *writer, const char *path, const struct import_summary *summary)
{
    json_write_object_begin(writer);
    json_field_text(writer, "file", path);
    json_field_i64(writer, "events", (int64_t)summary->events);
    json_field_i64(writer, "items_read", (int64_t)summary->items_read);
    json_field_i64(writer, "items_skipped", (int64_t)summary->items_skipped);
    json_field_i64(writer, "bytes_read", (int64_t)summary->bytes_read);
    json_write_key(writer, "notes");
    json_write_array_begin(writer);
    for (uint32_t i = 0; i < summary->note_count; i++) {
        json_write_text(writer, summary->notes[i]);
    }
    json_write_array_end(writer);
    json_write_object_end(writer);
}

static int list_formats(struct cli *cli)
{
    static const struct table_column columns[] = {{"FORMAT", TABLE_KEEP}, {"WHAT IT IS", 0}, {"HOW TO MAKE ONE", 0}};
    struct table table;
    table_init(&table, &cli->term, columns, 3);
    for (size_t i = 0; import_format_at(i) != NULL; i++) {
        table_put(&table, STYLE_BOLD, str_from(import_format_name(import_format_at(i))));
        table_put(&table, STYLE_PLAIN, str_from(import_format_description(import_format_at(i))));
        table_put(&table, STYLE_DIM, str_from(import_format_hint(import_format_at(i))));
    }
    table_write(&table, &cli->out);
    table_release(&table);
    return cli_finish(cli, 0);
}

/* --- the command ------------------------------------------------------------------------------------------------------------ */

static const char *format_name_at(int index)
{
    const struct import_format *format = import_format_at((size_t)index);
    return format != NULL ? import_format_name(format) : NULL;
}

static int unknown_format(const struct cli *cli, const char *name)
{
    const char *nearest = nearest_word(name, format_name_at);
    if (nearest != NULL) {
        return cli_fail_text(cli, name, "there is no such format; did you mean %s?", nearest);
    }
    return cli_fail_text(cli, name, "there is no such format; `trimodal import --list` lists them");
}

static int import_files(struct cli *cli, const struct import_format *format, const struct positionals *positionals,
                        struct import_options *options, const char *iteration)
{
    struct sender sender;
    struct json_writer writer;
    struct error error = {0};
    enum status status = STATUS_OK;
    sender_init(&sender, cli, iteration, "importing");
    json_write_init(&writer, &cli->out, cli->term.is_terminal ? 2 : 0);
    if (cli->json) {
        json_write_object_begin(&writer);
        json_field_text(&writer, "format", import_format_name(format));
        json_write_key(&writer, "files");
        json_write_array_begin(&writer);
    }
    for (int i = 1; i < positionals->count && status == STATUS_OK; i++) {
        struct import_summary summary = {0};
        status = import_file(&sender, format, positionals->items[i], options, &summary, &error);
        if (cli->json) {
            write_file_json(&writer, positionals->items[i], &summary);
        } else if (status == STATUS_OK || summary.events > 0) {
            put_file(cli, positionals->items[i], format, &summary);
        }
    }
    if (cli->json) {
        json_write_array_end(&writer);
        sender_write_json(&sender, &writer);
        json_field_text(&writer, "error", status == STATUS_OK ? NULL : error.text);
        json_write_object_end(&writer);
        buffer_append_char(&cli->out, '\n');
    } else if (status == STATUS_OK || sender.events > 0) {
        sender_put(&sender, &cli->out);
    }
    int result = cli_finish(cli, sender.rejected > 0);
    if (status != STATUS_OK) {
        result = cli_fail(cli, &error);
    }
    sender_release(&sender);
    return result;
}

static int run(struct cli *cli, int argc, char **argv)
{
    const char *iteration = NULL, *commit = NULL, *manifest = NULL;
    bool list = false;
    const struct option_entry entries[] = {
        {"iteration", "ID", "the iteration it belongs to (not needed for events that name theirs)", &iteration, NULL, false},
        {"commit", "ID", "the commit that was tested or analysed", &commit, NULL, false},
        {"manifest", "NAME", "the architecture manifest a report is about (default: the tool's name)", &manifest, NULL, false},
        {"list", NULL, "list the formats", NULL, &list, false},
        {0},
    };
    struct positionals positionals;
    int result = options_parse(cli, entries, argc, argv, 0, OPTIONS_POSITIONALS_MAX, &positionals);
    if (result != OPTIONS_GO_ON) {
        return result;
    }
    if (list) {
        return list_formats(cli);
    }
    if (positionals.count < 2) {
        return cli_fail_text(cli, "import", "name a format and at least one file; `trimodal import --list` lists the formats");
    }
    const struct import_format *format = import_format_find(str_from(positionals.items[0]));
    if (format == NULL) {
        return unknown_format(cli, positionals.items[0]);
    }
    if (iteration == NULL && strcmp(positionals.items[0], "events") != 0) {
        return cli_fail_text(cli, "import", "--iteration ID is missing: which iteration does this file belong to?");
    }
    struct import_options options = {.iteration_id = str_from(iteration), .commit = str_from(commit),
                                     .manifest = str_from(manifest)};
    return import_files(cli, format, &positionals, &options, iteration);
}

const struct command command_import = {
    .name = "import", .arguments = "FORMAT FILE…",
    .summary = "Reads what other tools report: Cucumber, JUnit, dependency-cruiser, Turborepo, events",
    .details = "- is standard input. Files are streamed; importing one again changes nothing.",
    .examples = "  trimodal import cucumber-messages reports/cucumber.ndjson --iteration shop-42 --commit $(git rev-parse HEAD)\n"
                "  trimodal import junit build/test-results/*.xml --iteration shop-42\n"
                "  curl -s https://ci.example/events.ndjson | trimodal import events -\n"
                "  trimodal import --list\n",
    .exits = "0 fine, 1 some events were rejected, 3 error",
    .run = run,
};
