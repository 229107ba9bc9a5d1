/* api.h: the program's one interface: requests in, answers out, whoever carries them.
 *
 * The HTTP server and the command line both speak through here: `serve` hands on what comes over the wire, and a command on
 * a data directory asks the same questions of the same code in its own process. So both say the same.
 *
 * A request is a method, a path under /api/v1 (or /health, /ready, /metrics, /), a query and a body; an answer is a status
 * and a body, nearly always JSON. Errors are RFC 9457 problem documents. Every answer about data names the log position and
 * the clocks (V, K) it reflects and the watermark of each stream.
 *
 * Thread: the core thread. Answers to requests that write come later, when what they wrote is durable and visible.
 */
#ifndef TRIMODAL_API_API_H
#define TRIMODAL_API_API_H

#include "api/graphql_config.h"
#include "api/sockets.h"
#include "api/rate_limit.h"
#include "auth/auth.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "correlate/correlate.h"
#include "ingest/ingest.h"
#include "lens/policy.h"

struct api;

enum api_method { API_GET, API_POST, API_PUT, API_PATCH, API_DELETE, API_METHOD_COUNT };

struct api_header {
    struct str name, value;
};

/* What whoever asks calls a member of the body: errors say it so. */
struct api_word {
    const char *member, *asked_as;
};

struct api_response {
    unsigned status;
    const char *content_type; /* NULL where there is no body (304) */
    const struct api_header *headers; /* besides Content-Type */
    size_t header_count;
    struct str body; /* valid during the call */
    struct str tenant_id; /* that it is about; absent where that was not decided, or it is about all of them. Likewise */
};

struct api_request {
    enum api_method method;
    struct str path;             /* as sent, percent-encoded, begins with '/' */
    struct str query;            /* as sent, without '?'; may be absent */
    struct str content_type;     /* absent or the header's value */
    struct str content_encoding; /* likewise */
    struct str accept;           /* likewise */
    struct str accept_encoding;  /* likewise; absent: the answer is not compressed */
    struct str if_none_match;    /* likewise */
    struct str ce_headers_event; /* for CloudEvents in binary mode: the JSON object of its attributes, else absent */
    struct str body;             /* JSON_READ_PADDING readable bytes behind it; valid until `done` */
    struct principal principal;  /* who asks; its texts must live until `done` */
    const struct auth_refusal *refusal; /* why the principal is nobody; NULL: no credential was given. Valid during the call */
    struct str tenant_named;     /* by the header X-Tenant, or absent; the query parameter tenant does the same */
    struct str address;          /* from where, for the audit log: "127.0.0.1"; absent: this machine's command line */
    struct str origin;           /* from where, for dead letters: "HTTP", "import FILE" */
    const struct api_word *words; /* ended by one without a member; NULL: members are called what they are. Must live until `done` */
    const struct api_upgrade *upgrade; /* it asks for a WebSocket; or NULL. Valid during the call */
    /* Is whoever asks still waiting for the answer? NULL: yes. With `context`, until `done`. */
    bool (*is_there)(void *context);
    /* Called exactly once, on the core thread, maybe before api_handle returns. */
    void (*done)(void *context, const struct api_response *response);
    void *context;
};

/* Things the process around the API knows. All may be NULL. */
struct api_host {
    void *context;
    bool (*is_draining)(void *context);
    /* Appends lines in Prometheus text format (connections, requests by status, …). */
    void (*metrics)(void *context, struct buffer *text);
    /* See to it that api_live_turn is called after that long at the latest. Without it there are no live updates. */
    void (*wake)(void *context, uint64_t delay_ms);
};

struct api_options {
    struct graph *graph;
    struct ingest *ingest;
    struct seal_ring *seal; /* the keys of personal values; used, not owned; NULL: none was ever sealed here */
    struct store_reader *reader; /* for payloads, dead letters, audit, settings; of the core thread */
    const struct clock *clock;
    struct correlate_config correlate;
    struct policy *policy; /* used, not owned */
    struct api_host host;
    struct rate_limits limits; /* all 0: none */
    struct auth *auth;       /* the door, used, not owned; NULL on a data directory without a server */
    bool metrics_are_public; /* anybody may read /metrics */
    struct net *net; /* long work goes on after a look at it; NULL: there is none, and nobody else waits */
    struct graphql_config graphql;
    bool read_only; /* a data directory that somebody else writes: requests that change anything are refused with 409 */
};

enum status api_new(struct api **api, const struct api_options *options, struct error *error) must_check;
/* Ends what is under way for requests, before what carries them goes; they are answered. */
void api_stop(struct api *api);
void api_free(struct api *api);
void api_handle(struct api *api, const struct api_request *request);

/* "GET, HEAD, POST": what the path answers; empty where there is nothing. For Allow and for CORS. */
#define API_METHODS_SIZE 64
void api_methods(struct str path, char text[API_METHODS_SIZE]);

/* The pattern of the route, "/api/v1/dde/graph/{iteration}"; NULL where there is none. */
const char *api_route_pattern(enum api_method method, struct str path);

/* The door this interface stands behind; NULL: none. */
struct auth *api_auth(const struct api *api);

/* Would a request with this method and path be refused to this principal, whatever else it says? For the server to know before
 * it reads a body. True where there is no such route: that is another refusal. */
bool api_admits(const struct api *api, enum api_method method, struct str path, const struct principal *principal);

/* Live updates: facts [first, last) are visible now (ingest_hooks), and the turn that the host was asked for. */
void api_live_applied(struct api *api, uint32_t first_fact, uint32_t last_fact);
void api_live_turn(struct api *api);

/* What a request with this method and path may send, for the server to decide before it reads the body: the greatest body
 * in bytes, or 0 with the status to refuse it with (404, 405). */
size_t api_body_limit(const struct api *api, enum api_method method, struct str path, unsigned *refuse_with);

#endif
