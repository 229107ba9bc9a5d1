/* serve.h: the server, wired from the parts below it. */
#ifndef TRIMODAL_SERVER_SERVE_H
#define TRIMODAL_SERVER_SERVE_H

#include "base/status.h"

struct serve_options {
    const char *config_path; /* NULL: no file */
    const char *listen;      /* NULL: as configured */
    const char *data;        /* NULL: as configured */
    bool print_link;         /* print a sign-in link, too: whoever sees standard output may come in */
};

/* Opens the data directory, reads the log into the graph, listens, and serves until SIGTERM or SIGINT; drains. Prints
 * "sign in: …" and "listening on http://…" to standard output when it is ready. Returns STATUS_OK after a clean end. */
enum status serve_run(const struct serve_options *options, struct error *error) must_check;

#endif
