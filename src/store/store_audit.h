/* store_audit.h: the hash chain over the audit log. Private to src/store.
 *
 * hash(n) = SHA-256( hash(n - 1) ‖ id ‖ at ‖ actor ‖ tenant ‖ action ‖ object ‖ before ‖ after ‖ origin ), hash(0) = 32 zero
 * bytes; id and at are 8 bytes, big endian; a text is its length in 4 bytes, big endian, and its bytes; an absent text is
 * the length ffffffff alone. So no two different entries have the same encoding.
 *
 * The setting STORE_AUDIT_HEAD keeps the number of entries (8 bytes, big endian) and the last hash, written with them. A log whose
 * end was cut off does not reach it; and the next entry goes on from it, so that the gap stays. */
#ifndef TRIMODAL_STORE_STORE_AUDIT_H
#define TRIMODAL_STORE_STORE_AUDIT_H

#include <sqlite3.h>

#include "base/sha256.h"
#include "store/store.h"

/* Columns in the order that store_audit_column reads. */
#define STORE_AUDIT_COLUMNS "id, at, actor, tenant, action, object, before, after, origin, hash"

#define STORE_AUDIT_HEAD "audit.head"
#define STORE_AUDIT_HEAD_BYTES (8 + SHA256_SIZE)

void store_audit_head_write(int64_t id, const uint8_t hash[SHA256_SIZE], uint8_t head[STORE_AUDIT_HEAD_BYTES]);
/* *id is 0 where none is kept. */
enum status store_audit_head_load(sqlite3 *db, int64_t *id, uint8_t hash[SHA256_SIZE], struct error *error) must_check;

void store_audit_hash(struct sha256 *sha256, const uint8_t previous[SHA256_SIZE], const struct store_audit_entry *entry,
                      uint8_t hash[SHA256_SIZE]);
/* The entry of the current row; its texts live until the statement moves on. */
void store_audit_column(sqlite3_stmt *statement, struct store_audit_entry *entry);

#endif
