#include "cli/decision.h"

void decision_begin(struct decision *decision, struct cli *cli)
{
    decision->cli = cli;
    buffer_init(&decision->body, LIMIT_EVENT_BYTES);
    json_write_init(&decision->json, &decision->body, 0);
    json_write_object_begin(&decision->json);
}

static void put_done(struct cli *cli, struct json root, const char *done)
{
    struct buffer *out = &cli->out;
    term_put(&cli->term, out, STYLE_GOOD, STR("✔ "));
    term_paragraph(&cli->term, out, 2, str_from(done));
    term_format(&cli->term, out, STYLE_DIM, "  event %.*s, place %lld in the log", STR_ARGS(get_text(root, "event_id")),
                (long long)get_i64(root, "seq"));
    buffer_append_char(out, '\n');
}

int decision_end(struct decision *decision, enum api_method method, struct str path, const char *done)
{
    struct cli *cli = decision->cli;
    struct answer answer;
    struct error error = {0};
    int result;
    json_write_object_end(&decision->json);
    size_t length = decision->body.length;
    char *padding = buffer_reserve(&decision->body, JSON_READ_PADDING);
    enum status status = padding == NULL ? error_no_memory(&error, cli->command->name) : STATUS_OK;
    answer_init(&answer);
    if (status == STATUS_OK) {
        memset(padding, 0, JSON_READ_PADDING);
        status = cli_ask(cli, &(struct ask){.method = method, .path = path, .body = {decision->body.bytes, length}, .writes = true},
                         &answer, &error);
    }
    if (status != STATUS_OK) {
        result = cli_fail(cli, &error);
    } else {
        if (cli->json) {
            cli_put_json(cli, &answer);
        } else {
            put_done(cli, answer.root, done);
        }
        result = cli_finish(cli, 0);
    }
    answer_release(&answer);
    buffer_release(&decision->body);
    return result;
}
