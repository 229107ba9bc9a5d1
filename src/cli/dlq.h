/* dlq.h: what the files of the dlq command share. */
#ifndef TRIMODAL_CLI_DLQ_H
#define TRIMODAL_CLI_DLQ_H

#include "cli/cli.h"

struct dlq_options {
    const char *category, *stream, *iteration, *from, *to, *limit, *cursor, *file;
    bool removed, all, apply;
    int64_t ids[OPTIONS_POSITIONALS_MAX];
    int id_count;
};

int dlq_edit(struct cli *cli, const struct dlq_options *options);
void dlq_put_results(struct cli *cli, struct json results);
/* Pads the body and asks. */
enum status dlq_ask(struct cli *cli, enum api_method method, struct str path, struct buffer *body, const char *content_type,
                    bool writes, struct answer *answer, struct error *error) must_check;

#endif
