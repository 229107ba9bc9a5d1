/* trimodal: one program, a table of subcommands. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "cli/cli.h"

static const char *command_name_at(int index)
{
    const struct command *command = command_at((size_t)index);
    return command != NULL ? command->name : NULL;
}

static int show_overview(struct cli *cli)
{
    const struct term *term = &cli->term;
    struct buffer *out = &cli->out;
    buffer_append_text(out, "Tri-Modal Mission Control: may this iteration be deployed, and if not, why?\n");
    term_heading(term, out, "Usage");
    buffer_append_text(out, "  trimodal COMMAND [arguments] [options]\n");
    term_heading(term, out, "Commands");
    for (size_t i = 0; command_at(i) != NULL; i++) {
        const struct command *command = command_at(i);
        buffer_append_text(out, "  ");
        term_format(term, out, STYLE_BOLD, "%-12s", command->name);
        term_paragraph(term, out, 14, str_from(command->summary));
    }
    term_heading(term, out, "Start here");
    buffer_append_text(out, "  trimodal seed golden                          five iterations to look at\n"
                            "  trimodal verdict Iter-Golden-DesignGap        one of them, judged\n"
                            "  trimodal import cucumber-messages report.ndjson --iteration my-first\n"
                            "  trimodal serve                                the same over HTTP\n\n"
                            "trimodal COMMAND --help tells more. Data is in ./data, or where --data or TRIMODAL_DATA says;\n"
                            "--server URL or TRIMODAL_URL asks a running server instead.\n");
    return cli_finish(cli, 0);
}

static int unknown_command(const struct cli *cli, const char *name)
{
    const char *nearest = nearest_word(name, command_name_at);
    if (nearest != NULL) {
        return cli_fail_text(cli, name, "there is no such command; did you mean `trimodal %s`?", nearest);
    }
    return cli_fail_text(cli, name, "there is no such command; `trimodal --help` lists them");
}

static int dispatch(struct cli *cli, int argc, char **argv)
{
    int used = 0;
    int result = options_parse_global(cli, argc, argv, &used);
    if (result != OPTIONS_GO_ON) {
        return result;
    }
    if (cli->version) {
        buffer_append_text(&cli->out, "trimodal " TRIMODAL_VERSION "\n");
        return cli_finish(cli, 0);
    }
    if (used == argc || (argc > used && strcmp(argv[used], "help") == 0 && argc == used + 1)) {
        bool asked = cli->help || used < argc;
        result = show_overview(cli);
        return asked || result != 0 ? result : EXIT_ERROR;
    }
    if (strcmp(argv[used], "help") == 0) {
        cli->help = true;
        used++;
    }
    cli->command = command_find(argv[used]);
    if (cli->command == NULL) {
        return unknown_command(cli, argv[used]);
    }
    return cli->command->run(cli, argc - used - 1, argv + used + 1);
}

int main(int argc, char **argv)
{
    struct cli cli = {0};
    (void)signal(SIGPIPE, SIG_IGN);
    log_set_format(LOG_PLAIN);
    log_set_level(LOG_WARN);
    buffer_init(&cli.out, LIMIT_ANSWER_BYTES);
    term_init(&cli.term, TERM_COLOUR_AUTO);
    int result = dispatch(&cli, argc - 1, argv + 1);
    transport_free(cli.transport);
    buffer_release(&cli.out);
    return result;
}
