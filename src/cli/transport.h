/* transport.h: how a request gets to the API and its answer back.
 *
 * In this process: opens the data directory, reads the log into a graph and asks api/ itself. Over HTTP: asks a server by
 * libcurl. Both answer the same. A transport that was opened for reading refuses to write.
 */
#ifndef TRIMODAL_CLI_TRANSPORT_H
#define TRIMODAL_CLI_TRANSPORT_H

#include "api/api.h"

struct transport;

struct transport_request {
    enum api_method method;
    struct str path, query, body; /* path and query percent-encoded; JSON_READ_PADDING readable bytes behind the body */
    const char *content_type;
};

struct transport_type {
    /* Fills *status and `body` (cleared before) or fails where no answer came. */
    enum status (*send)(struct transport *transport, const struct transport_request *request, unsigned *status,
                        struct buffer *body, struct error *error);
    void (*free)(struct transport *transport);
};

struct transport {
    const struct transport_type *type;
};

struct transport_local_options {
    const char *data;   /* NULL: as configured */
    const char *config; /* NULL: none */
    bool writes;
    bool progress;      /* may say on standard error how far it is */
};
/* Who writes to the directory. */
struct transport_server {
    char url[STORE_URL_SIZE]; /* empty where it has not said one */
    char directory[1024];
};
/* STATUS_RETRY where another process writes to the directory; who, is in `server` then. */
enum status transport_local_open(struct transport **transport, const struct transport_local_options *options,
                                 struct transport_server *server, struct error *error) must_check;
/* Any may be NULL. PEM files, as for curl: whom to trust, and what to show. */
struct transport_http_options {
    const char *token;
    const char *cacert, *cert, *key;
};
enum status transport_http_open(struct transport **transport, const char *url, const struct transport_http_options *options,
                                struct error *error) must_check;

void transport_free(struct transport *transport); /* NULL is allowed */

#endif
