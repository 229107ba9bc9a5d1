/* serve: the same over HTTP. */
#include "cli/commands.h"
#include "server/serve.h"

static int run(struct cli *cli, int argc, char **argv)
{
    const char *listen = NULL;
    bool print_link = false;
    const struct option_entry entries[] = {
        {"listen", "ADDRESS", "where to listen (default 127.0.0.1:8000; port 0: any free one)", &listen, NULL, false},
        {"print-link", NULL, "print a sign-in link, good once and for 15 minutes", NULL, &print_link, false},
        {0},
    };
    struct positionals positionals;
    int result = options_parse(cli, entries, argc, argv, 0, 0, &positionals);
    if (result != OPTIONS_GO_ON) {
        return result;
    }
    if (cli->server != NULL) {
        return cli_fail_text(cli, "--server", "serve is the server itself; say --listen ADDRESS");
    }
    struct error error = {0};
    struct serve_options options = {.config_path = cli->config, .listen = listen, .data = cli->data,
                                     .print_link = print_link};
    return serve_run(&options, &error) == STATUS_OK ? 0 : cli_fail(cli, &error);
}

const struct command command_serve = {
    .name = "serve", .arguments = "",
    .summary = "Serves the API over HTTP, and takes events in",
    .examples = "  trimodal serve\n  trimodal serve --listen 0.0.0.0:8080 --data /var/lib/trimodal --config trimodal.yaml\n",
    .exits = "0 after a clean end (SIGTERM, SIGINT), 3 error",
    .run = run,
};
