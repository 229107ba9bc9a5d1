/* uuid.h: UUIDs (RFC 9562). */
#ifndef TRIMODAL_BASE_UUID_H
#define TRIMODAL_BASE_UUID_H

#include <stdint.h>

#include "base/clock.h"
#include "base/str.h"

#define UUID_SIZE 16
#define UUID_TEXT_LENGTH 36

/* True (and the 16 bytes) when the text is a UUID in lower-case 8-4-4-4-12 form, of any version. */
bool uuid_parse(struct str text, uint8_t uuid[UUID_SIZE]);
void uuid_format(const uint8_t uuid[UUID_SIZE], char text[UUID_TEXT_LENGTH + 1]);
/* Version 7: milliseconds of the clock, then random bits. */
void uuid_v7(const struct clock *clock, uint8_t uuid[UUID_SIZE]);
/* Version 8 from any 16 bytes (a hash, say): same bytes, same UUID. */
void uuid_v8(const uint8_t bytes[UUID_SIZE], uint8_t uuid[UUID_SIZE]);

/* Lower- or upper-case hex of exactly 2 * size digits into bytes. */
bool hex_parse(struct str text, uint8_t *bytes, size_t size);

#endif
