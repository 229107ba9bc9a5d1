#include "cli/options.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

#define GLOBALS_MAX 16

static void global_entries(struct cli *cli, struct option_entry entries[GLOBALS_MAX])
{
    const struct option_entry globals[] = {
        {"data", "DIR", "data directory (default ./data, or TRIMODAL_DATA)", &cli->data, NULL, false},
        {"server", "URL", "ask this server instead (or TRIMODAL_URL)", &cli->server, NULL, false},
        {"token", "TOKEN", "the token to show it (or TRIMODAL_TOKEN, or better a file named by TRIMODAL_TOKEN_FILE)", &cli->token,
         NULL, false},
        {"cacert", "FILE", "whom to trust of an https server (PEM; or TRIMODAL_CACERT; default: the system's)", &cli->cacert, NULL,
         false},
        {"cert", "FILE", "certificate to show an https server, with --key FILE (or TRIMODAL_CERT, TRIMODAL_KEY)", &cli->cert, NULL,
         false},
        {"key", "FILE", "the private key of --cert", &cli->key, NULL, false},
        {"tenant", "NAME", "whose data it is about; for administrators", &cli->tenant, NULL, false},
        {"config", "FILE", "configuration (YAML)", &cli->config, NULL, false},
        {"json", NULL, "print the answer as JSON", NULL, &cli->json, false},
        {"color", "WHEN", "auto, always or never (NO_COLOR is honoured)", &cli->color, NULL, false},
        {"help", NULL, "show this help", NULL, &cli->help, false},
        {"version", NULL, "show the version", NULL, &cli->version, false},
        {NULL, NULL, NULL, NULL, NULL, false},
    };
    memcpy(entries, globals, sizeof globals);
}

static const struct option_entry *find_entry(const struct option_entry *entries, const char *name, size_t length)
{
    for (; entries != NULL && entries->name != NULL; entries++) {
        if (strlen(entries->name) == length && memcmp(entries->name, name, length) == 0) {
            return entries;
        }
    }
    return NULL;
}

/* --- help ------------------------------------------------------------------------------------------------------------- */

static void list_entries(struct cli *cli, const struct option_entry *entries)
{
    for (; entries != NULL && entries->name != NULL; entries++) {
        char left[64];
        (void)snprintf(left, sizeof left, "  --%s%s%s", entries->name, entries->argument != NULL ? " " : "",
                       entries->argument != NULL ? entries->argument : "");
        buffer_append_format(&cli->out, "%-26s", left);
        term_paragraph(&cli->term, &cli->out, 26, str_from(entries->help));
    }
}

static int show_help(struct cli *cli, const struct option_entry *entries)
{
    const struct command *command = cli->command;
    struct option_entry globals[GLOBALS_MAX];
    buffer_append_format(&cli->out, "trimodal %s: %s.\n", command->name, command->summary);
    term_heading(&cli->term, &cli->out, "Usage");
    buffer_append_format(&cli->out, "  trimodal %s%s%s [options]\n", command->name, command->arguments[0] != '\0' ? " " : "",
                         command->arguments);
    if (command->details != NULL) {
        buffer_append_format(&cli->out, "\n%s\n", command->details);
    }
    term_heading(&cli->term, &cli->out, "Options");
    global_entries(cli, globals);
    list_entries(cli, entries);
    list_entries(cli, globals);
    term_heading(&cli->term, &cli->out, "Examples");
    buffer_append_text(&cli->out, command->examples);
    term_heading(&cli->term, &cli->out, "Exit status");
    buffer_append_format(&cli->out, "  %s\n", command->exits);
    return cli_finish(cli, 0);
}

/* --- reading ----------------------------------------------------------------------------------------------------------- */

static bool is_option(const char *argument)
{
    return argument[0] == '-' && argument[1] != '\0' && !(argument[1] >= '0' && argument[1] <= '9');
}

static int unknown_option(const struct cli *cli, const char *argument)
{
    return cli_fail_text(cli, argument, "there is no such option; see trimodal%s%s --help",
                         cli->command != NULL ? " " : "", cli->command != NULL ? cli->command->name : "");
}

/* Reads the option at argv[*at] and moves on. */
static int read_option(struct cli *cli, const struct option_entry *entries, int argc, char **argv, int *at)
{
    struct option_entry globals[GLOBALS_MAX];
    const char *argument = argv[(*at)++];
    if (strcmp(argument, "-h") == 0) {
        cli->help = true;
        return OPTIONS_GO_ON;
    }
    if (argument[1] != '-') {
        return unknown_option(cli, argument);
    }
    const char *name = argument + 2, *equals = strchr(name, '=');
    size_t length = equals != NULL ? (size_t)(equals - name) : strlen(name);
    global_entries(cli, globals);
    const struct option_entry *entry = find_entry(entries, name, length);
    entry = entry != NULL ? entry : find_entry(globals, name, length);
    if (entry == NULL) {
        return unknown_option(cli, argument);
    }
    if (entry->argument == NULL) {
        if (equals != NULL) {
            return cli_fail_text(cli, argument, "this switch takes no value");
        }
        *entry->truth = true;
        return OPTIONS_GO_ON;
    }
    if (equals == NULL && (*at == argc || strncmp(argv[*at], "--", 2) == 0)) {
        return cli_fail_text(cli, argument, "a value is missing behind it: %s", entry->argument);
    }
    *entry->text = equals != NULL ? equals + 1 : argv[(*at)++];
    return OPTIONS_GO_ON;
}

static int check_color(struct cli *cli)
{
    enum term_colour colour = TERM_COLOUR_AUTO;
    if (cli->color != NULL && strcmp(cli->color, "auto") != 0) {
        if (strcmp(cli->color, "always") != 0 && strcmp(cli->color, "never") != 0) {
            return cli_fail_text(cli, "--color", "expected auto, always or never, not \"%s\"", cli->color);
        }
        colour = cli->color[0] == 'a' ? TERM_COLOUR_ALWAYS : TERM_COLOUR_NEVER;
    }
    term_init(&cli->term, colour);
    return OPTIONS_GO_ON;
}

static int check_required(const struct cli *cli, const struct option_entry *entries)
{
    for (; entries != NULL && entries->name != NULL; entries++) {
        if (entries->required && *entries->text == NULL) {
            return cli_fail_text(cli, cli->command->name, "--%s %s is missing; see trimodal %s --help", entries->name,
                                 entries->argument, cli->command->name);
        }
    }
    return OPTIONS_GO_ON;
}

int options_parse(struct cli *cli, const struct option_entry *entries, int argc, char **argv, int positional_min,
                  int positional_max, struct positionals *positionals)
{
    bool ended = false;
    positionals->count = 0;
    for (int at = 0; at < argc;) {
        if (!ended && strcmp(argv[at], "--") == 0) {
            ended = true;
            at++;
        } else if (!ended && is_option(argv[at])) {
            int result = read_option(cli, entries, argc, argv, &at);
            if (result != OPTIONS_GO_ON) {
                return result;
            }
        } else if (positionals->count == OPTIONS_POSITIONALS_MAX) {
            return cli_fail_text(cli, cli->command->name, "more than %d arguments", OPTIONS_POSITIONALS_MAX);
        } else {
            positionals->items[positionals->count++] = argv[at++];
        }
    }
    int result = check_color(cli);
    if (result != OPTIONS_GO_ON) {
        return result;
    }
    if (cli->help) {
        return show_help(cli, entries);
    }
    if (positionals->count < positional_min || positionals->count > positional_max) {
        return cli_fail_text(cli, cli->command->name, "%s; usage: trimodal %s %s",
                             positionals->count < positional_min ? "an argument is missing" : "too many arguments",
                             cli->command->name, cli->command->arguments);
    }
    return check_required(cli, entries);
}

int options_parse_global(struct cli *cli, int argc, char **argv, int *used)
{
    for (*used = 0; *used < argc && is_option(argv[*used]);) {
        int result = read_option(cli, NULL, argc, argv, used);
        if (result != OPTIONS_GO_ON) {
            return result;
        }
    }
    return check_color(cli);
}

/* --- did you mean -------------------------------------------------------------------------------------------------------- */

#define WORD_MAX 32

/* Levenshtein's distance; words longer than WORD_MAX are compared by their beginning. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[WORD_MAX + 1];
    size_t a_length = strnlen(a, WORD_MAX), b_length = strnlen(b, WORD_MAX);
    for (size_t j = 0; j <= b_length; j++) {
        row[j] = (unsigned)j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_length; j++) {
            unsigned replaced = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            unsigned shifted = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            row[j] = replaced < shifted ? replaced : shifted;
        }
    }
    return row[b_length];
}

const char *nearest_word(const char *word, const char *(*at)(int index))
{
    const char *best = NULL;
    unsigned best_distance = 4;
    for (int i = 0; at(i) != NULL; i++) {
        unsigned d = distance(word, at(i));
        if (d < best_distance && d < strlen(word)) {
            best = at(i);
            best_distance = d;
        }
    }
    return best;
}
