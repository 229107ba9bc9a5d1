/* lookup.h: which iteration a node is in, for commands that are given a node only. */
#ifndef TRIMODAL_CLI_LOOKUP_H
#define TRIMODAL_CLI_LOOKUP_H

#include "cli/cli.h"

#define ITERATION_SIZE 520

/* The one iteration that has the node. STATUS_ABSENT when none has; STATUS_INVALID, naming them, when several have.
 * Looks at the first LIMIT_PAGE_ITEMS iterations. */
enum status lookup_iteration(struct cli *cli, const char *node, const char *kind, char iteration[ITERATION_SIZE],
                             struct error *error) must_check;

/* A value of any type as a person reads it: text as it is, lists joined by commas, "-" for nothing. */
void value_put(struct cli *cli, struct buffer *out, struct json value);

#endif
