/* store_audit.h: the hash chain over the audit log. Private to src/store.
 *
 * hash(n) = SHA-256( hash(n - 1) ‖ id ‖ at ‖ actor ‖ tenant ‖ action ‖ object ‖ before ‖ after ‖ origin ), hash(0) = 32 zero
 * bytes; id and at are 8 bytes, big endian; a text is its length in 4 bytes, big endian, and its bytes; an absent text is
 * the length ffffffff alone. So no two different entries have the same encoding.
 */
#ifndef TRIMODAL_STORE_STORE_AUDIT_H
#define TRIMODAL_STORE_STORE_AUDIT_H

#include <sqlite3.h>

#include "base/sha256.h"
#include "store/store.h"

/* Columns in the order that store_audit_column reads. */
#define STORE_AUDIT_COLUMNS "id, at, actor, tenant, action, object, before, after, origin, hash"

void store_audit_hash(struct sha256 *sha256, const uint8_t previous[SHA256_SIZE], const struct store_audit_entry *entry,
                      uint8_t hash[SHA256_SIZE]);
/* The entry of the current row; its texts live until the statement moves on. */
void store_audit_column(sqlite3_stmt *statement, struct store_audit_entry *entry);

#endif
