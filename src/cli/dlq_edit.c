/* dlq edit: new text for a dead letter, from a file or out of the editor. It waits under a new id; replay takes it out. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/dlq.h"

/* Runs $VISUAL, $EDITOR or vi on the file and waits. */
static enum status run_editor(const char *path, struct error *error)
{
    const char *editor = getenv("VISUAL");
    int how = 0;
    editor = editor != NULL && editor[0] != '\0' ? editor : getenv("EDITOR");
    editor = editor != NULL && editor[0] != '\0' ? editor : "vi";
    pid_t child = fork();
    if (child == 0) {
        /* The variable may hold options, so a shell reads it; the file's name stays an argument. */
        (void)execl("/bin/sh", "sh", "-c", "eval \"$0 \\\"\\$1\\\"\"", editor, path, (char *)NULL);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &how, 0) < 0) {
        return error_set(error, STATUS_RETRY, editor, "%s", strerror(errno));
    }
    if (!WIFEXITED(how) || WEXITSTATUS(how) != 0) {
        return error_set(error, STATUS_INVALID, editor, "the editor ended with an error; nothing was changed");
    }
    return STATUS_OK;
}

static enum status write_temporary(char *path, struct str text, struct error *error)
{
    int descriptor = mkstemps(path, 5);
    if (descriptor < 0) {
        return error_set(error, STATUS_RETRY, path, "%s", strerror(errno));
    }
    FILE *stream = fdopen(descriptor, "wb");
    bool whole = stream != NULL && fwrite(text.at, 1, text.length, stream) == text.length;
    whole = (stream != NULL ? fclose(stream) : close(descriptor)) == 0 && whole;
    return whole ? STATUS_OK : error_set(error, STATUS_RETRY, path, "%s", strerror(errno));
}

/* The letter's own text through the editor into `text`. */
static enum status edit_by_hand(struct cli *cli, const char *letter_path, struct buffer *text, struct error *error)
{
    char path[] = "/tmp/trimodal-dlq-XXXXXX.json";
    struct answer answer;
    answer_init(&answer);
    enum status status = cli_get(cli, &answer, STR_NONE, error, letter_path, NULL);
    struct json letter = get(answer.root, "letter");
    if (status == STATUS_OK && str_is(get_text(letter, "raw_encoding"), "base64")) {
        status = error_set(error, STATUS_INVALID, "dlq edit", "this letter is not text; give its new bytes with --file");
    }
    bool made = false;
    if (status == STATUS_OK) {
        status = write_temporary(path, get_text(letter, "raw"), error);
        made = status == STATUS_OK;
    }
    if (status == STATUS_OK) {
        status = run_editor(path, error);
    }
    if (status == STATUS_OK) {
        buffer_release(text);
        status = cli_read_file(path, text, LIMIT_DEAD_LETTER_BYTES, error);
    }
    if (made) {
        (void)unlink(path);
    }
    answer_release(&answer);
    return status;
}

static void render(struct cli *cli, struct json root)
{
    struct json would = get(root, "would");
    struct str status = get_text(would, "status");
    struct mark mark = mark_of(status);
    buffer_append_format(&cli->out, "Dead letter %lld holds the new text and takes the place of %lld, which keeps what was sent. "
                         "Replayed, it would be ", (long long)get_i64(root, "id"), (long long)get_i64(root, "replaces"));
    term_format(&cli->term, &cli->out, mark.style, "%s %.*s", mark.symbol, STR_ARGS(status));
    buffer_append_char(&cli->out, '\n');
    if (has(would, "reason")) {
        buffer_append_text(&cli->out, "  ");
        cli_put_reason(cli, &cli->out, 4, would);
    } else {
        buffer_append_format(&cli->out, "`trimodal dlq replay %lld --apply` does it.\n", (long long)get_i64(root, "id"));
    }
}

int dlq_edit(struct cli *cli, const struct dlq_options *options)
{
    struct answer answer;
    struct buffer text;
    struct error error = {0};
    char path[64];
    if (options->id_count != 1) {
        return cli_fail_text(cli, "dlq edit", "name one dead letter by its id; `trimodal dlq list` lists them");
    }
    (void)snprintf(path, sizeof path, "/api/v1/dlq/%lld", (long long)options->ids[0]);
    answer_init(&answer);
    buffer_init(&text, MIB);
    enum status status = options->file != NULL ? cli_read_file(options->file, &text, LIMIT_DEAD_LETTER_BYTES, &error)
                                               : edit_by_hand(cli, path, &text, &error);
    if (status == STATUS_OK) {
        status = dlq_ask(cli, API_PUT, str_from(path), &text, "application/json", true, &answer, &error);
    }
    bool rejected = status == STATUS_OK && str_is(get_text(get(answer.root, "would"), "status"), "rejected");
    buffer_release(&text);
    int result = cli_end(cli, &answer, status, &error, render);
    return result != 0 ? result : rejected;
}
