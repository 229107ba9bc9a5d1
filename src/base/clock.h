/* clock.h: time and randomness as the core sees them (law 5).
 *
 * The core never asks the operating system; it asks this table, which a simulation replaces by a seeded one.
 */
#ifndef TRIMODAL_BASE_CLOCK_H
#define TRIMODAL_BASE_CLOCK_H

#include <stdint.h>

#include "base/status.h"
#include "base/str.h"

struct clock {
    void *context;
    int64_t (*now_ms)(void *context);        /* wall clock, ms since the epoch; may jump */
    uint64_t (*monotonic_ns)(void *context); /* never goes back; only differences mean anything */
    void (*random)(void *context, void *bytes, size_t length);
};

/* The operating system's. */
extern const struct clock clock_system;

static inline int64_t clock_now_ms(const struct clock *clock)
{
    return clock->now_ms(clock->context);
}

static inline uint64_t clock_monotonic_ns(const struct clock *clock)
{
    return clock->monotonic_ns(clock->context);
}

/* Text of a moment: "2026-11-21T10:03:00.123Z" (RFC 3339, always UTC and milliseconds); 24 characters and a NUL. */
#define TIME_TEXT_SIZE 32
void time_format(int64_t ms, char text[TIME_TEXT_SIZE]);
/* Reads ms since the epoch as a number, or RFC 3339 with any offset and up to 9 decimals, or a date alone (midnight UTC), or "now"
 * (clock's, or refused where clock is NULL), or "-15m", "-2h", "-3d", "-10s" before now. */
enum status time_parse(struct str text, const struct clock *clock, int64_t *ms, struct error *error) must_check;

#endif
