/* store_session.h: a run of the store whose every batch is a pure function of (seed, number), so that whatever is found in a
 * file after a fault can be compared, byte by byte, with what batches 1..n must have left there.
 *
 * Batch n: some events, one dead letter (which gets id n), from time to time a removal or an edit of an older one, one audit
 * entry and the setting "batch" = n. All of it is in one transaction, so one of them there means all of them there.
 *
 * Every fifth batch erases as well, as ingest/erasure.c does: of the four before it every third event is rewritten, and of the dead letters
 * those with odd ids (every other one loses its bytes); the setting "key", which the others set, goes; and the batch scrubs. Until it is there all is
 * as it came, byte by byte; from it on nothing is, in no file.
 */
#ifndef TRIMODAL_SIM_STORE_SESSION_H
#define TRIMODAL_SIM_STORE_SESSION_H

#include "store/store.h"

#define SESSION_EVENTS_MAX 64
#define SESSION_REWRITES_MAX (4 * SESSION_EVENTS_MAX / 3 + 1)
#define SESSION_MARK "secret-"

struct session_batch {
    struct store_batch batch;
    struct store_event events[SESSION_EVENTS_MAX];
    struct store_dead_letter letter;
    struct store_dead_letter_removal removal;
    struct store_dead_letter_update update;
    struct store_audit_entry audit;
    struct store_setting settings[2];
    struct store_rewrite rewrites[SESSION_REWRITES_MAX];
    struct store_dead_letter_rewrite letter_rewrites[4];
    char number[24], object[64];
    struct arena arena;
};

/* False without memory. Release with session_batch_release in any case. */
bool session_batch_make(struct session_batch *made, uint64_t seed, uint64_t number) must_check;
void session_batch_release(struct session_batch *made);

/* Makes and commits it. */
enum status session_commit(struct store *store, uint64_t seed, uint64_t number, struct error *error) must_check;
/* Reads the number of the newest batch in the file: 0 for a fresh one. */
enum status session_last(struct store_reader *reader, uint64_t *number, struct error *error) must_check;
/* Compares everything in the file with batches 1..number. STATUS_FATAL with a sentence about the first difference. */
enum status session_verify(struct store_reader *reader, uint64_t seed, uint64_t number, struct error *error) must_check;
/* Is this event erased by batches 1..number? Its mark is SESSION_MARK, seq and '!'. */
bool session_event_is_erased(uint64_t seed, uint64_t seq, uint64_t number);
/* Last event of batches 1..number. */
uint64_t session_seq(uint64_t seed, uint64_t number);

#endif
