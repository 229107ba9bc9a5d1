/* golden.h: five iterations with known verdicts, as events (SPEC section 5).
 *
 * The same product, a network of parcel lockers, on five days of one week; each a working session of two hours that
 * begins well and then turns. Nothing here asks a clock or a random source: the same bytes on every machine, forever.
 */
#ifndef TRIMODAL_CLI_GOLDEN_H
#define TRIMODAL_CLI_GOLDEN_H

#include "base/buffer.h"

#define GOLDEN_COUNT 5

/* "Iter-Golden-AllPass", …; index below GOLDEN_COUNT. */
const char *golden_iteration(size_t index);
/* What its verdict has to be. */
const char *golden_verdict(size_t index);

/* Appends all events of one iteration in the order of time, one JSON object a line. STATUS_FATAL without memory. */
enum status golden_write(size_t index, struct buffer *ndjson, struct error *error) must_check;

#endif
