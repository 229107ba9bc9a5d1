/* token.h: tokens of this system: how they look, and how they are kept.
 *
 * A token is "tm_" (or another prefix of auth.h), 43 characters of base64url (RFC 4648) for 256 random bits, and 6 for the
 * first 32 bits of the SHA-256 of what stands before them: a slip of the pen is told from a token that never was, and
 * scanners that look for secrets in repositories find ours without false alarms.
 *
 * Kept is a record for each, in the store's settings under "token/ID": JSON with the SHA-256 of the whole text (256 random
 * bits need no salt and no slow hash), name, tenant, role, and the moments of its life in ms since 1970. The text itself is
 * shown once and never kept.
 *
 * When a token was last used stands beside its record, under "token-used/ID".
 *
 * A revoked token stays as a record, so that its name in the audit log keeps its meaning.
 */
#ifndef TRIMODAL_AUTH_TOKEN_H
#define TRIMODAL_AUTH_TOKEN_H

#include "auth/principal.h"
#include "base/clock.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/sha256.h"
#include "store/store.h"

#define TOKEN_PREFIX "tm_"
#define TOKEN_PREFIX_LENGTH 3
#define TOKEN_TEXT_LENGTH 52
#define TOKEN_TEXT_SIZE (TOKEN_TEXT_LENGTH + 1)
#define TOKEN_ID_LENGTH 12
#define TOKEN_NAME_BYTES_MAX 64
#define TOKEN_COUNT_MAX 10000
#define TOKEN_KEY_PREFIX "token/"
#define TOKEN_USED_KEY_PREFIX "token-used/" /* apart, so that writing it down never touches a record */

struct token_record {
    char id[TOKEN_ID_LENGTH + 1]; /* lower-case hex */
    uint8_t hash[SHA256_SIZE];
    struct str name;              /* 1 to TOKEN_NAME_BYTES_MAX of A-Z a-z 0-9 . _ - */
    struct str tenant_id;
    enum role role;
    int64_t created_at, expires_at; /* ms; expires_at 0: never */
    int64_t revoked_at;             /* 0: not */
    int64_t used_at;                /* to the hour; 0: never */
};

/* A fresh one with this prefix, from the clock's randomness. */
enum status token_make(const struct clock *clock, const char *prefix, char text[TOKEN_TEXT_SIZE], struct error *error) must_check;
/* Does it look like one: prefix, length, characters, checksum? */
bool token_is_well_formed(struct str text, const char *prefix);
/* SHA-256 of any credential's text. */
enum status token_hash(struct str text, uint8_t hash[SHA256_SIZE], struct error *error) must_check;
bool token_name_is_fine(struct str name);

/* The record's id from the clock's randomness. */
void token_make_id(const struct clock *clock, char id[TOKEN_ID_LENGTH + 1]);
/* As a setting, in the arena. */
bool token_to_setting(const struct token_record *record, struct arena *arena, struct store_setting *setting) must_check;
/* STATUS_INVALID where it is none; texts in the arena. */
enum status token_from_setting(const struct store_setting *setting, struct json_parser *parser, struct arena *arena,
                               struct token_record *record, struct error *error) must_check;
/* All there are, in the arena, oldest first. */
enum status token_read_all(struct store_reader *reader, struct arena *arena, struct token_record **records, size_t *count,
                           struct error *error) must_check;
/* Where the store knows no token: makes one for an administrator, named "first", commits it with its entry in the audit log and
 * gives its text; else text[0] is NUL. For the start, while nobody else writes. */
enum status token_make_first(struct store *store, struct store_reader *reader, const struct clock *clock,
                             char text[TOKEN_TEXT_SIZE], struct error *error) must_check;
/* The same as token_write as a text in the arena, for the audit log. */
bool token_describe(const struct token_record *record, struct arena *arena, struct str *json) must_check;
/* What a person may see of it: no hash. */
void token_write(struct json_writer *json, const struct token_record *record);

#endif
