/* options.h: options of a subcommand, from a table.
 *
 * "--name VALUE", "--name=VALUE", "-n VALUE"; "--" ends them; a single "-" and negative times such as "-15m" are
 * arguments. The global options (--data, --server, …) are understood before and after the subcommand's name.
 */
#ifndef TRIMODAL_CLI_OPTIONS_H
#define TRIMODAL_CLI_OPTIONS_H

#include <stdbool.h>

struct cli;
struct command;

struct option_entry {
    const char *name;
    const char *argument; /* for help; NULL: a switch */
    const char *help;
    const char **text;    /* where the value goes, or */
    bool *truth;          /* what the switch sets */
    bool required;
};

#define OPTIONS_POSITIONALS_MAX 256
struct positionals {
    const char *items[OPTIONS_POSITIONALS_MAX];
    int count;
};

#define OPTIONS_GO_ON (-1)
/* Reads argv (without the subcommand's name) by the table, which ends with an entry without a name (NULL: no own options).
 * Returns OPTIONS_GO_ON, or the exit status where help was printed or something is wrong. */
int options_parse(struct cli *cli, const struct option_entry *entries, int argc, char **argv, int positional_min,
                  int positional_max, struct positionals *positionals);
/* The global options at the beginning of argv; *used of them were read. */
int options_parse_global(struct cli *cli, int argc, char **argv, int *used);

/* The most alike of several words, or NULL where none is near: for "did you mean". */
const char *nearest_word(const char *word, const char *(*at)(int index));

#endif
