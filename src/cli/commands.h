/* commands.h: the subcommands, one file each (cmd_NAME.c). */
#ifndef TRIMODAL_CLI_COMMANDS_H
#define TRIMODAL_CLI_COMMANDS_H

#include "cli/cli.h"

extern const struct command command_audit, command_blame, command_diff, command_digest, command_dlq, command_doctor, command_history,
    command_import, command_iterations, command_link, command_override, command_personal, command_policy, command_rebuild, command_seed,
    command_serve, command_show, command_token, command_trace, command_unlink, command_verdict;

#endif
