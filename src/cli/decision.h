/* decision.h: requests by which a person decides something (links, overrides): a JSON object there, one event back. */
#ifndef TRIMODAL_CLI_DECISION_H
#define TRIMODAL_CLI_DECISION_H

#include "cli/cli.h"

struct decision {
    struct cli *cli;
    struct buffer body;
    struct json_writer json; /* an object is open: add its members */
};

void decision_begin(struct decision *decision, struct cli *cli);
/* Sends it, prints `done` with the event that it became (or JSON, or the error) and returns the exit status. */
int decision_end(struct decision *decision, enum api_method method, struct str path, const char *done);

#endif
