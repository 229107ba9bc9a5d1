#include "cli/commands.h"

/* In the order in which somebody meets them. */
static const struct command *const commands[] = {
    &command_serve,   &command_seed,  &command_import, &command_iterations, &command_verdict, &command_show,
    &command_blame,   &command_history, &command_diff, &command_trace,      &command_dlq,     &command_link,
    &command_unlink,  &command_override, &command_policy, &command_rebuild, &command_digest,  &command_token,
    &command_audit,   &command_personal, &command_doctor,
};
#define COUNT (sizeof commands / sizeof commands[0])

const struct command *command_at(size_t index)
{
    return index < COUNT ? commands[index] : NULL;
}

const struct command *command_find(const char *name)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}
