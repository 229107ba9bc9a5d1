/* letter_erase.h: what a dead letter says once a subject is erased.
 *
 * Nobody can tell whose the values in it are, so all that is personal goes where the subject occurs: values become digits under a key
 * that nobody keeps, and what is left of the subject becomes "[erased]". The subject is looked for in the bytes as they came,
 * and in what those hold compressed or as base64 (CloudEvents' data_base64); and in the texts beside them, as the reason for a
 * refusal quotes what was refused. Quotations go from the reason of a letter that is rewritten, whole: they may be cut off in the
 * middle of a value.
 *
 * Thread: any, one at a time with each arena.
 */
#ifndef TRIMODAL_INGEST_LETTER_ERASE_H
#define TRIMODAL_INGEST_LETTER_ERASE_H

#include "event/seal.h"
#include "store/store.h"

struct letter_erase {
    struct str subject; /* absent: all of the tenant */
    struct personal_key key; /* made for this letter, and forgotten */
    struct arena *arena;     /* what is made goes there */
};

/* *rewrite is what the letter is to become, *differs whether it says anything else then. False without memory. */
bool letter_erase(const struct letter_erase *erase, const struct store_dead_letter *letter, struct store_dead_letter_rewrite *rewrite,
                  bool *differs) must_check;

#endif
