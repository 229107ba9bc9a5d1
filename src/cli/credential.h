/* credential.h: the token that a command shows a server.
 *
 * --token, else TRIMODAL_TOKEN, else the file that TRIMODAL_TOKEN_FILE names, else the local token of the server that was
 * found through its data directory: whoever may read the directory's files needs none of their own. */
#ifndef TRIMODAL_CLI_CREDENTIAL_H
#define TRIMODAL_CLI_CREDENTIAL_H

#include "cli/cli.h"

#define CREDENTIAL_SIZE (8 * 1024 + 1)

/* `directory`: of the server's data, or NULL where its URL was given. Empty where there is none. */
enum status credential_find(const struct cli *cli, const char *directory, char credential[CREDENTIAL_SIZE],
                            struct error *error) must_check;

#endif
