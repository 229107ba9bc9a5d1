/* lookup.h: which iteration a node is in, for commands that are given a node only. */
#ifndef TRIMODAL_CLI_LOOKUP_H
#define TRIMODAL_CLI_LOOKUP_H

#include "cli/cli.h"

#define ITERATION_SIZE 520

/* The one iteration that has the node. STATUS_ABSENT when none has; STATUS_INVALID, naming them, when several have.
 * Looks at the first LIMIT_PAGE_ITEMS iterations. */
enum status lookup_iteration(struct cli *cli, const char *node, const char *kind, char iteration[ITERATION_SIZE],
                             struct error *error) must_check;

/* The whole of a command that is about one node: options, look-up of its iteration, request, answer. `route` has one "%s" for
 * the iteration, or none: then it goes into the query. Returns the exit status. */
int ask_about_node(struct cli *cli, int argc, char **argv, const char *route,
                   cli_render *render);

/* A value of any type as a person reads it: text as it is, lists joined by commas, "-" for nothing. */
void value_put(struct cli *cli, struct buffer *out, struct json value);

#endif
