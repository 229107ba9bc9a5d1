/* personal.h: which texts are personal data, and what is shown instead (SPEC section 10; docs/personal-data.md).
 *
 * Two signs: the name of a field (user_email, author_name, client_ip), which makes all of its value personal, and the look of
 * a value (an e-mail address, a phone number, a US social security number, a card number that passes Luhn's check), which
 * makes that stretch of any text personal. Names of tasks, scenarios, features and modules are names of things. What looks
 * like a number of a person but is an id, hash, version, timestamp, duration or UUID is none: a number counts only where it
 * stands alone, in the shape in which people write such numbers.
 *
 * What is shown to those who may not see a value is the first 16 hex digits of HMAC-SHA-256 over it, with a key of the
 * tenant: the same value gives the same digits throughout a tenant, and says nothing without the key.
 *
 * All of this is a pure function of its arguments: the same event gets the same tags on every machine, and tagging what was
 * tagged changes nothing. Thread-safe.
 */
#ifndef TRIMODAL_EVENT_PERSONAL_H
#define TRIMODAL_EVENT_PERSONAL_H

#include "event/event.h"

enum personal_kind {
    PERSONAL_NONE,
    PERSONAL_EMAIL,
    PERSONAL_PHONE,
    PERSONAL_SSN,
    PERSONAL_CARD,
    PERSONAL_NAME, /* from here on told by the field's name only */
    PERSONAL_ADDRESS,
    PERSONAL_IP,
    PERSONAL_USER,
    PERSONAL_KIND_COUNT
};
const char *personal_kind_name(enum personal_kind kind); /* "email", … */

/* ---- finding ---- */

/* What a field of this name holds: snake_case, camelCase, dotted, any case. */
enum personal_kind personal_by_name(struct str name);
/* A field whose name says that its numbers are ids, hashes, times or the like: there only e-mail addresses are looked for. */
bool personal_is_reference(struct str name);
/* A value that says nothing of anybody, whatever its field is called: empty, true, false, null, or what stands for an erased one. */
bool personal_is_void(struct str value);

struct personal_span {
    size_t begin, end; /* bytes of the text */
    enum personal_kind kind;
};
/* Goes through a text: the stretches that look personal, in order; time is linear in the text, whatever is in it. */
struct personal_scan {
    struct str text;
    bool numbers; /* not only e-mail addresses */
    size_t at;    /* where it goes on */
    bool looked;  /* for the next e-mail address, which is `email` (of PERSONAL_NONE: there is none any more) */
    struct personal_span email;
};
bool personal_next(struct personal_scan *scan, struct personal_span *span);

/* ---- tagging ---- */

/* Adds to pii_tags what is not there yet, behind what the sender gave: "metadata.email" where the name says it,
 * "error.message:email" where a value looks so. False without memory; the event is then as it was. */
bool personal_tag(struct event *event, struct arena *arena) must_check;

/* ---- masking ---- */

#define PERSONAL_KEY_SIZE 32
#define PERSONAL_HASH_DIGITS 16
struct personal_key {
    uint8_t bytes[PERSONAL_KEY_SIZE];
};

void personal_hash(const struct personal_key *key, struct str value, char digits[PERSONAL_HASH_DIGITS]);

/* The text with every stretch that looks personal replaced. Failure sticks in the buffer. */
void personal_mask_text(const struct personal_key *key, struct str text, struct buffer *masked);

/* How JSON came to be, which says what its keys mean. */
enum personal_source {
    PERSONAL_FOREIGN, /* any bytes, as somebody sent them: maybe no JSON at all, maybe cut off */
    PERSONAL_ANSWER,  /* an answer of this system: well-formed; its own ids and numbers are no personal data */
    PERSONAL_BROUGHT, /* a part of one that events brought along: well-formed, and no id in it is ours */
};
/* The text with all values of fields that are personal by name, and every stretch elsewhere that looks so, replaced. Where
 * the text was JSON, it is JSON. Bytes that are no UTF-8 text can't be looked into and are replaced as one. */
void personal_mask_json(const struct personal_key *key, struct str json, enum personal_source source, struct buffer *masked);
/* The edited form of what personal_mask_json gave of `original`, with what was masked in it put back. */
void personal_unmask(const struct personal_key *key, struct str original, struct str edited, struct buffer *unmasked);

#endif
