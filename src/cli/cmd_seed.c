/* seed: the golden iterations, for looking around and for tests. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/golden.h"
#include "cli/sender.h"

static enum status write_all(struct buffer *ndjson, struct error *error)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < GOLDEN_COUNT && status == STATUS_OK; i++) {
        status = golden_write(i, ndjson, error);
    }
    return status;
}

static int send_all(struct cli *cli, struct str ndjson)
{
    struct sender sender;
    struct error error = {0};
    struct str line;
    enum status status = STATUS_OK;
    sender_init(&sender, cli, NULL, "seeding");
    while (status == STATUS_OK && str_split_next(&ndjson, '\n', &line)) {
        if (line.length > 0) {
            status = sender_add(&sender, line, &error);
        }
    }
    if (status == STATUS_OK) {
        status = sender_flush(&sender, &error);
    }
    int result;
    if (status != STATUS_OK) {
        result = cli_fail(cli, &error);
    } else if (cli->json) {
        struct json_writer writer;
        json_write_init(&writer, &cli->out, cli->term.is_terminal ? 2 : 0);
        json_write_object_begin(&writer);
        sender_write_json(&sender, &writer);
        json_write_object_end(&writer);
        buffer_append_char(&cli->out, '\n');
        result = cli_finish(cli, sender.rejected > 0);
    } else {
        sender_put(&sender, &cli->out);
        for (size_t i = 0; i < GOLDEN_COUNT; i++) {
            buffer_append_format(&cli->out, "  %-28s made to be %s\n", golden_iteration(i), golden_verdict(i));
        }
        buffer_append_text(&cli->out, "Try `trimodal iterations`, then `trimodal verdict Iter-Golden-DesignGap`.\n");
        result = cli_finish(cli, sender.rejected > 0);
    }
    sender_release(&sender);
    return result;
}

static int run(struct cli *cli, int argc, char **argv)
{
    bool print = false;
    const struct option_entry entries[] = {
        {"print", NULL, "write the events as NDJSON to standard output instead", NULL, &print, false},
        {0},
    };
    struct positionals positionals;
    int result = options_parse(cli, entries, argc, argv, 1, 1, &positionals);
    if (result != OPTIONS_GO_ON) {
        return result;
    }
    if (strcmp(positionals.items[0], "golden") != 0) {
        return cli_fail_text(cli, positionals.items[0], "there is nothing of this name to seed; known is: golden");
    }
    struct buffer ndjson;
    struct error error = {0};
    buffer_init(&ndjson, 64 * MIB);
    if (write_all(&ndjson, &error) != STATUS_OK) {
        result = cli_fail(cli, &error);
    } else if (print) {
        buffer_append_str(&cli->out, buffer_str(&ndjson));
        result = cli_finish(cli, 0);
    } else {
        result = send_all(cli, buffer_str(&ndjson));
    }
    buffer_release(&ndjson);
    return result;
}

const struct command command_seed = {
    .name = "seed", .arguments = "golden",
    .summary = "Fills in five golden iterations, one for each kind of verdict",
    .details = "The same events every time, so seeding again changes nothing.",
    .examples = "  trimodal seed golden\n  trimodal seed golden --print | head -3\n",
    .exits = "0 fine, 1 some events were rejected, 3 error",
    .run = run,
};
