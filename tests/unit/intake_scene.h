/* intake_scene.h: the intake over a real store, with a clock that stands still and a committer that does what it is told.
 *
 * The committer is synchronous (commits inside `start`) or manual: it holds the sealed batch until the test says what becomes
 * of it. Bodies lie in memory of exactly their size and are freed when ingest_submit returns, so that AddressSanitizer sees
 * whatever keeps pointing into them. Answers are copied into receipts.
 */
#ifndef TRIMODAL_TEST_INTAKE_SCENE_H
#define TRIMODAL_TEST_INTAKE_SCENE_H

#include "base/clock.h"
#include "ingest/ingest.h"

struct intake_scene {
    struct clock clock;
    int64_t now_ms;
    uint64_t monotonic_ns;
    char directory[128];
    const char *vfs; /* NULL: the default */
    struct store *store;
    struct store_reader *reader;
    struct graph *graph;
    bool seals; /* personal values; keys by the vault of the directory */
    struct seal_ring *seal;
    struct ingest *ingest;
    bool is_manual;
    struct store_batch *held;   /* manual: in flight */
    enum status refuse_with;    /* not OK: the synchronous committer does not ask the store */
    uint64_t commits;           /* started */
    uint64_t facts_announced;   /* through the hook */
    struct arena arena;         /* of receipts and texts */
};

#define INTAKE_RESULTS_MAX 20000

struct intake_receipt {
    int times; /* answered; must become 1 */
    enum status status;
    struct error error;
    struct ingest_result *results; /* with their texts, in the scene's arena */
    size_t count;
    uint64_t counts[INGEST_OUTCOME_COUNT];
    uint64_t position;
    struct intake_scene *scene;
    void (*then)(struct intake_receipt *receipt); /* called within `done`; may submit again */
    void *context;
};

#define INTAKE_NOW INT64_C(1790000000000)

/* Makes an empty directory below /dev/shm (or /tmp). `vfs` and `seals` are kept, all else begins anew. */
void intake_scene_prepare(struct intake_scene *scene);
/* And opens everything in it. */
void intake_scene_init(struct intake_scene *scene);
/* Closes and removes all of it. */
void intake_scene_release(struct intake_scene *scene);
/* What the two above are made of; fails without touching what is open. The graph is rebuilt from the log. */
enum status intake_scene_open(struct intake_scene *scene, struct error *error) must_check;
/* Drops all that is in memory. Nothing may be pending. */
void intake_scene_close(struct intake_scene *scene);
void intake_scene_must_open(struct intake_scene *scene);
void intake_scene_restart(struct intake_scene *scene); /* close, open */
void intake_scene_empty_directory(const struct intake_scene *scene);

/* Manual: the held batch goes to the store; or fails without. */
enum status intake_commit(struct intake_scene *scene);
void intake_refuse(struct intake_scene *scene, enum status status);
/* Until nothing is pending. */
void intake_commit_all(struct intake_scene *scene);

/* Submits a copy of the body. */
void intake_submit(struct intake_scene *scene, struct ingest_submission submission, struct str body,
                   struct intake_receipt *receipt);
void intake_send(struct intake_scene *scene, const char *body, struct intake_receipt *receipt);
/* With its `done`, for replays and changes. */
void intake_done(void *context, const struct ingest_answer *answer);
void intake_expect(struct intake_scene *scene, struct intake_receipt *receipt); /* makes it ready for `done` */

/* One event as JSON: node "n<number>", one second a number, "more" (may be "") added before the closing brace. */
struct str intake_event(struct intake_scene *scene, unsigned number, const char *more);
/* Such events joined by a separator. */
struct str intake_events(struct intake_scene *scene, unsigned first, unsigned count, const char *separator);
struct str intake_text(struct intake_scene *scene, const char *format, ...) printf_like(2, 3);

/* Who sent what, by the audit log and by the window that is still open. Each place is attributed once at most. */
#define INTAKE_PLACES_MAX 40000
struct intake_attribution {
    struct str actors[INTAKE_PLACES_MAX], tenants[INTAKE_PLACES_MAX], origins[INTAKE_PLACES_MAX]; /* by place; absent: nobody's */
    uint64_t events, rejected;
    size_t entries; /* of the audit log */
    bool is_open;
};
void intake_attribute(struct intake_scene *scene, struct intake_attribution *found);

/* All waiting dead letters with their raw bytes. */
struct store_dead_letter *intake_letters(struct intake_scene *scene, size_t *count);
/* How often the log holds an event of node "n<number>". */
size_t intake_logged(struct intake_scene *scene, unsigned number);
uint64_t intake_log_length(struct intake_scene *scene);
/* A graph rebuilt from the log has the same digest as the live one. */
void intake_check_rebuild(struct intake_scene *scene);

#endif
