/* vault.h: where the master key lies, and the ring of keys that it opens (event/seal.h; docs/operations.md, "Personal data").
 *
 * The key is 32 random bytes, written as 64 hex digits: in a configured file, in the configuration itself (an environment
 * variable, mostly), or in DATA/master.key, which is made when there is none and nothing was ever sealed. Backups of the store do not have it. */
#ifndef TRIMODAL_INGEST_VAULT_H
#define TRIMODAL_INGEST_VAULT_H

#include "event/seal.h"
#include "store/store.h"

#define VAULT_FILE "master.key"
#define VAULT_KEY_DIGITS (2 * SEAL_KEY_SIZE)

struct vault_options {
    const char *directory;  /* of the data */
    const char *key_file;   /* NULL or empty: not configured */
    const char *key_digits; /* likewise */
    bool read_only;         /* makes no file */
    const struct clock *clock;
};

/* Reads the key, or makes it, and all keys of the store. STATUS_INVALID: there is no key for what is sealed, or it is another. */
enum status vault_open(struct seal_ring **ring, const struct vault_options *options, struct store_reader *reader, struct error *error)
    must_check;
/* 64 hex digits, white space around them allowed. */
enum status vault_parse_key(struct str text, uint8_t key[SEAL_KEY_SIZE], struct error *error) must_check;

/* Makes a new master key, wraps the tenants' keys by it, and puts it in place of DATA/master.key. The store must not be open
 * elsewhere. Where it dies in between, DATA/master.key.new is the key to what is there; vault_open takes that by itself. STATUS_INVALID
 * where the key is configured to lie elsewhere: there it is changed by hand. */
enum status vault_rotate(struct seal_ring *ring, const struct vault_options *options, struct store *store, struct error *error) must_check;

#endif
