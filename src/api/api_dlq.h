/* api_dlq.h: what the files about dead letters share; private to src/api. False means answered. */
#ifndef TRIMODAL_API_API_DLQ_H
#define TRIMODAL_API_API_DLQ_H

#include "api/api_private.h"

bool dlq_category(struct exchange *exchange, struct str text, int *category) must_check; /* STORE_ANY where empty */
bool dlq_stream(struct exchange *exchange, struct str text, int *stream) must_check;
bool dlq_read(struct exchange *exchange, struct store_dead_letter *letter) must_check; /* by {id}, with raw */
/* Says what became of a letter that is asked for but no longer waits. */
void dlq_refuse_removed(struct exchange *exchange, unsigned status, const struct store_dead_letter *letter);
bool dlq_read_waiting(struct exchange *exchange, struct store_dead_letter *letter) must_check;
bool dlq_write_counts(struct exchange *exchange) must_check; /* an object */
void dlq_write_cursor(struct exchange *exchange, bool more, int64_t last_id);
/* Field by field what the letter has and what the schema wants (api_dlq_difference.c). */
enum dlq_field_state {
    DLQ_FIELD_PRESENT,
    DLQ_FIELD_ABSENT,
    DLQ_FIELD_MISSING,
    DLQ_FIELD_WRONG_TYPE,
    DLQ_FIELD_WRONG_VALUE,
    DLQ_FIELD_UNKNOWN,
    DLQ_FIELD_STATE_COUNT
};
const char *dlq_field_state_name(enum dlq_field_state state); /* "missing" */
struct dlq_field {
    struct str field;
    enum dlq_field_state state;
    struct str expected; /* absent for one that the schema does not know */
    const char *found;   /* type of what is there; NULL where nothing is */
};
/* None where it can't be parsed or has left the queue. False without memory. */
bool dlq_differences(struct api *api, const struct store_dead_letter *letter, struct arena *arena,
                     const struct dlq_field **fields, uint32_t *count) must_check;
/* "schema_diff" */
bool dlq_write_difference(struct exchange *exchange, const struct store_dead_letter *letter) must_check;
/* The bytes as text, or in base64 where they are none; absent where they are gone. The buffer holds what was coded. */
struct str dlq_raw_text(const struct store_dead_letter *letter, struct buffer *coded, bool *is_base64);
const char *dlq_removal_name(enum store_removal removal); /* NULL while it waits */

/* ?order=newest (the default) or oldest. False: answered. */
bool dlq_order(struct exchange *exchange, bool *newest_first) must_check;

#endif
