/* fields.h: what changed in a node, as lines "property  old → new"; shared by history and diff. */
#ifndef TRIMODAL_CLI_FIELDS_H
#define TRIMODAL_CLI_FIELDS_H

#include "cli/cli.h"

/* `sets` is an array of {"property", "key", "old", "new"}. */
void fields_put(struct cli *cli, struct json sets, unsigned indent);

#endif
