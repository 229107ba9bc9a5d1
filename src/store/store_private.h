/* store_private.h: what a store and a reader are made of. Private to src/store.
 */
#ifndef TRIMODAL_STORE_STORE_PRIVATE_H
#define TRIMODAL_STORE_STORE_PRIVATE_H

#include <sqlite3.h>
#include <stdatomic.h>

#include "base/buffer.h"
#include "base/sha256.h"
#include "store/store.h"
#include "store/store_sql.h"

#define STORE_FILE "trimodal.db"

enum store_statement {
    STATEMENT_BEGIN,
    STATEMENT_COMMIT,
    STATEMENT_EVENT,
    STATEMENT_REMOVE,
    STATEMENT_REMOVE_RAW,
    STATEMENT_EMPTY,
    STATEMENT_UPDATE,
    STATEMENT_REPLACE,
    STATEMENT_DEAD_LETTER,
    STATEMENT_DEAD_LETTER_RAW,
    STATEMENT_AUDIT,
    STATEMENT_SETTING,
    STATEMENT_SETTING_REMOVE,
    STATEMENT_SETTING_REMOVE_BELOW,
    STATEMENT_REWRITE,
    STATEMENT_LETTER_REWRITE,
    STATEMENT_LETTER_EMPTY,
    STATEMENT_LETTER_BYTES,
    STATEMENT_LETTER_TEXTS,
    STATEMENT_COUNT
};

/* What the file holds after the last commit that succeeded. */
struct store_position {
    uint64_t seq;
    int64_t observed_at;
    int64_t dead_letter_id;
    int64_t audit_id;
    uint8_t audit_hash[SHA256_SIZE];
};

struct store {
    char *directory;
    char *path; /* of the file */
    char *vfs;  /* or NULL */
    bool read_only;
    int lock;   /* descriptor; -1 when read only */
    sqlite3 *db; /* the one that writes and checkpoints; NULL when read only */
    sqlite3_stmt *statements[STATEMENT_COUNT];
    struct store_position position;
    struct sha256 *sha256;
    uint64_t wal_backfilled; /* pages of the -wal that a checkpoint has moved already */
    struct store_counters counters;
    atomic_flag in_use; /* asserts "one thread at a time" */
};

enum store_query { QUERY_LAST, QUERY_EVENTS, QUERY_EVENT, QUERY_SETTING, QUERY_DEAD_LETTER, QUERY_COUNT };

struct store_reader {
    char *path;
    char *vfs;
    sqlite3 *db;
    sqlite3_stmt *queries[QUERY_COUNT];
    struct buffer texts;        /* of the events handed out last */
    struct store_event *events; /* those */
    size_t event_capacity;
};

/* Copies of what a reader returns; false without memory. An absent text stays absent. */
bool store_keep(struct arena *arena, struct str *text) must_check;
/* The arena's memory for `needed` elements of `size`, moved from *items with *capacity of them. */
bool store_list_grow(struct arena *arena, void **items, size_t *capacity, size_t needed, size_t size) must_check;

/* Makes a reader for a file that is a store of the current version. */
enum status store_reader_open_path(struct store_reader **reader, const char *path, const char *vfs, struct error *error)
    must_check;
char *store_copy_text(const char *text) must_check; /* NULL without memory */

#endif
