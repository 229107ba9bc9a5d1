/* access_log.h: one line for each answered request, where the configuration asks for it.
 *
 * A line is a log line ("message":"GET /api/v1/dde/graph/{iteration} 200") with "request_id", "method", "route" (the pattern, never
 * what stood in it; null where there is none), "status", "bytes_in", "bytes_out", "duration_ms", "tenant" (whom the answer is
 * about), "subject" (whose credential) and "trace_id" (of the request's traceparent). The path as it was sent is there only
 * with access_log.paths; the query, which may hold credentials, and bodies never are. Names and paths go through the log's mask for
 * personal data. A WebSocket is its handshake.
 *
 * A request keeps the id of its X-Request-Id where that is a plain one; it is in the answer's X-Request-Id.
 *
 * More than `lines_per_second` are not written but counted; a line says how many. Thread: the core thread.
 */
#ifndef TRIMODAL_SERVER_ACCESS_LOG_H
#define TRIMODAL_SERVER_ACCESS_LOG_H

#include "api/api.h"
#include "net/net.h"

enum access_log_mode { ACCESS_LOG_OFF, ACCESS_LOG_ERRORS /* status 400 and above */, ACCESS_LOG_ALL };

struct access_log_config {
    enum access_log_mode mode;
    bool paths;
    uint32_t lines_per_second; /* 0: ACCESS_LOG_LINES_PER_SECOND */
};
#define ACCESS_LOG_LINES_PER_SECOND 1000

/* What the API knows of an answer that is about to be given. */
struct access_about {
    struct str request_id, tenant_id, subject;
};

#define ACCESS_ID_SIZE 72

struct access_log {
    struct access_log_config config;
    void (*mask)(struct str text, struct buffer *shown); /* may be NULL */
    const struct clock *clock;
    uint32_t run;              /* of this process, so that ids of two do not meet */
    const struct access_about *about; /* of the answer being given */
    uint64_t second;
    uint32_t lines, left_out;  /* in it */
};

void access_log_init(struct access_log *log, const struct access_log_config *config, const struct clock *clock,
                     void (*mask)(struct str text, struct buffer *shown));
/* The id of a request: what the client calls it, or one of this process. */
void access_log_id(const struct access_log *log, const struct net_request *request, char id[ACCESS_ID_SIZE]);
/* net_handler.on_access; the context is the struct access_log. */
void access_log_write(void *context, const struct net_access *access);
/* From time to time: says how many lines were left out. */
void access_log_tick(struct access_log *log);

#endif
