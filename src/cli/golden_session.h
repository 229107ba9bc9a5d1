/* golden_session.h: what the parts of the golden generator share; for golden*.c only.
 *
 * Events are written in whatever order is convenient and sorted by time at the end. An event is made by
 * golden_begin … golden_end with the json_field_… calls of base/json_write.h on `session->json` between them.
 */
#ifndef TRIMODAL_CLI_GOLDEN_SESSION_H
#define TRIMODAL_CLI_GOLDEN_SESSION_H

#include "base/json_write.h"
#include "base/sha256.h"
#include "cli/golden_product.h"

#define SECONDS INT64_C(1000)
#define MINUTES (60 * SECONDS)

struct golden_line {
    int64_t at;
    size_t offset, length;
};

struct golden_session {
    const char *iteration;
    int64_t start;   /* ms; everything below is relative to it */
    uint64_t random; /* state of the generator */
    uint64_t noise;  /* the session's own, for amounts that only have to look real */
    char commit[41], later_commit[41];
    struct sha256 *hash;
    struct buffer text;
    struct json_writer json;
    struct golden_line *lines;
    size_t line_count, line_capacity;
    int64_t at;      /* of the event that is being written */
    bool failed;
};

uint64_t golden_random(struct golden_session *session, uint64_t below);

/* `at` is relative to the session's start. `source` names the tool. */
void golden_begin(struct golden_session *session, int64_t at, const char *type, const char *node, const char *source);
void golden_end(struct golden_session *session);
/* metadata {name: value, …}, names and values in pairs, ended by NULL; pairs with a NULL value are left out. */
void golden_metadata(struct golden_session *session, ...);

/* The parts. Each adds its events; times are relative to the start. */
void golden_plan(struct golden_session *session);       /* requirements, tasks */
void golden_build(struct golden_session *session);      /* the first workflow, all well */
void golden_analyse(struct golden_session *session);    /* the architecture, all well */
void golden_accept(struct golden_session *session);     /* the acceptance run: 95 of 100 pass */
void golden_turn_behaviour(struct golden_session *session, int64_t at);    /* 35 more fail */
void golden_turn_architecture(struct golden_session *session, int64_t at); /* violations and a cycle */
void golden_turn_pipeline(struct golden_session *session, int64_t at);     /* the release workflow fails */

#define GOLDEN_MANIFEST "parcel-lockers"
#define GOLDEN_PATH_SIZE 160
/* Path of a module: packages/locker/src/api/routes.ts. */
enum golden_module {
    MODULE_ENTITY, MODULE_RULE, MODULE_REPOSITORY, MODULE_EVENTS, MODULE_COMMAND, MODULE_QUERY, MODULE_ROUTES, MODULE_INDEX
};
void golden_path(int service, enum golden_module module, char path[GOLDEN_PATH_SIZE]);

#endif
