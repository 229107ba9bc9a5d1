/* show.h: the four lenses as tables and trees; one file each (show_LENS.c), put together by cmd_show.c. */
#ifndef TRIMODAL_CLI_SHOW_H
#define TRIMODAL_CLI_SHOW_H

#include "cli/cli.h"

void show_dde(struct cli *cli, struct json root);
void show_bdv(struct cli *cli, struct json root);
void show_acc(struct cli *cli, struct json root);

/* The convergence lens is made of several answers. */
struct show_convergence {
    struct json graph, contracts, streams, unmatched;
};
void show_convergence(struct cli *cli, const struct show_convergence *answers);

/* "name value · name value": the lens's numbers; `names` ends with NULL. Rates and times by their name's ending. */
void show_kpis(struct cli *cli, struct json kpis, const char *const *names);

#endif
