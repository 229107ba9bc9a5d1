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
/* "schema_diff": field by field what the letter has and what the schema wants (api_dlq_difference.c). */
void dlq_write_difference(struct exchange *exchange, const struct store_dead_letter *letter);

/* ?order=newest (the default) or oldest. False: answered. */
bool dlq_order(struct exchange *exchange, bool *newest_first) must_check;

#endif
