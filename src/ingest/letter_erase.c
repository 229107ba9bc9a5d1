#include "ingest/letter_erase.h"

#include "base/limits.h"
#include "base/memory.h"
#include "event/inflater.h"

#define INFLATED_BYTES_MAX LIMIT_DEAD_LETTER_BYTES
#define BASE64_LETTERS_MIN 12 /* shorter runs are words */

/* Bytes that are no text have no words: before a string may stand its length, which looks like a letter. */
static bool is_text(struct str bytes)
{
    for (size_t i = 0; i < bytes.length; i++) {
        char c = bytes.at[i];
        if ((unsigned char)c < 0x20 && c != '\n' && c != '\r' && c != '\t') {
            return false;
        }
    }
    return str_is_utf8(bytes);
}

static bool holds(const struct letter_erase *erase, struct str text)
{
    size_t begin, end;
    return text.length > 0 && erase->subject.at != NULL && seal_find(text, erase->subject, 0, is_text(text), &begin, &end);
}

/* ---- compressed ---- */

static enum status gather(void *context, const void *bytes, size_t length)
{
    struct buffer *out = context;
    buffer_append(out, bytes, length);
    return buffer_failed(out) ? STATUS_INVALID : STATUS_OK;
}

/* As far as it can be read: it may be cut off. */
static bool inflated_holds(const struct letter_erase *erase, struct str raw, bool *failed)
{
    struct error error;
    struct buffer out;
    enum inflate_coding coding = inflate_coding_guess(raw);
    if (coding == INFLATE_IDENTITY && raw.length > 1 && raw.at[0] == 0x78 && !is_text(raw)) {
        coding = INFLATE_DEFLATE;
    }
    buffer_init(&out, INFLATED_BYTES_MAX);
    struct inflater *inflater = coding == INFLATE_IDENTITY ? NULL : inflater_new(coding, INFLATED_BYTES_MAX, gather, &out);
    bool found = false;
    if (inflater != NULL) {
        *failed = inflater_feed(inflater, raw.at, raw.length, &error) == STATUS_FATAL;
        found = holds(erase, buffer_str(&out));
    } else {
        *failed = coding != INFLATE_IDENTITY;
    }
    inflater_free(inflater);
    buffer_release(&out);
    return found;
}

/* ---- base64 ---- */

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* The next run of base64, "\/" for '/' as JSON may have it, and what it says. False: there is none. */
static bool next_base64(struct str text, size_t *begin, size_t *end, struct buffer *says)
{
    for (size_t at = *end; at < text.length; at++) {
        uint32_t gathered = 0;
        unsigned bits = 0;
        size_t behind = at;
        buffer_clear(says);
        for (; behind < text.length; behind++) {
            bool is_escape = text.at[behind] == '\\' && behind + 1 < text.length && text.at[behind + 1] == '/';
            int value = is_escape ? 0 : base64_value(text.at[behind]);
            if (value < 0) {
                break;
            }
            if (is_escape) {
                continue;
            }
            gathered = (gathered << 6 | (uint32_t)value) & 0xffffff;
            bits += 6;
            if (bits >= 8) {
                bits -= 8;
                buffer_append_char(says, (char)(gathered >> bits & 0xff));
            }
        }
        if (behind - at >= BASE64_LETTERS_MIN) {
            *begin = at;
            *end = behind;
            return true;
        }
        at = behind > at ? behind - 1 : at;
    }
    return false;
}

/* Does what it says have to go? Of all the tenant: where masking would change it. */
static bool is_to_go(const struct letter_erase *erase, struct str says)
{
    if (erase->subject.at != NULL) {
        return holds(erase, says);
    }
    struct buffer masked;
    buffer_init(&masked, 2 * LIMIT_DEAD_LETTER_BYTES);
    if (is_text(says)) {
        personal_mask_json(&erase->key, says, PERSONAL_FOREIGN, &masked);
    } else {
        buffer_append_str(&masked, says);
    }
    bool differs = !str_equal(buffer_str(&masked), says);
    buffer_release(&masked);
    return differs;
}

/* The text without such runs; *found says whether there was one. */
static void put_without_base64(const struct letter_erase *erase, struct str text, struct buffer *out, bool *found)
{
    struct buffer says;
    size_t begin = 0, end = 0, done = 0;
    buffer_init(&says, LIMIT_DEAD_LETTER_BYTES);
    while (next_base64(text, &begin, &end, &says)) {
        if (is_to_go(erase, buffer_str(&says))) {
            buffer_append(out, text.at + done, begin - done);
            buffer_append_str(out, SEAL_ERASED);
            done = end;
            *found = true;
        }
    }
    buffer_append_str(out, str_from_offset(text, done));
    out->failed = out->failed || says.failed;
    buffer_release(&says);
}

/* ---- texts ---- */

static void put_without_subject(const struct letter_erase *erase, struct str text, struct buffer *out)
{
    size_t begin, end, done = 0;
    bool alone = is_text(text);
    while (erase->subject.at != NULL && seal_find(text, erase->subject, done, alone, &begin, &end)) {
        buffer_append(out, text.at + done, begin - done);
        buffer_append_str(out, SEAL_ERASED);
        done = end;
    }
    buffer_append_str(out, str_from_offset(text, done));
}

static void put_without_quotations(struct str text, struct buffer *out)
{
    bool inside = false;
    for (size_t at = 0; at < text.length; at++) {
        bool is_mark = text.at[at] == '"';
        if (is_mark && !inside) {
            buffer_append_char(out, '"');
            buffer_append_str(out, SEAL_ERASED);
        }
        if (is_mark || !inside) {
            inside = is_mark ? !inside : inside;
            if (!(is_mark && inside)) {
                buffer_append_char(out, text.at[at]);
            }
        }
    }
}

/* One of the texts beside the bytes. */
static bool make_text(const struct letter_erase *erase, struct str text, bool has_quotations, struct str *made)
{
    struct buffer quoted, masked, out;
    *made = text;
    if (text.at == NULL) {
        return true;
    }
    buffer_init(&quoted, MIB);
    buffer_init(&masked, MIB);
    buffer_init(&out, MIB);
    if (has_quotations) {
        put_without_quotations(text, &quoted);
    } else {
        buffer_append_str(&quoted, text);
    }
    personal_mask_text(&erase->key, buffer_str(&quoted), &masked);
    put_without_subject(erase, buffer_str(&masked), &out);
    bool fine = !buffer_failed(&quoted) && !buffer_failed(&masked) && !buffer_failed(&out) &&
                arena_copy(erase->arena, buffer_str(&out), made);
    buffer_release(&quoted);
    buffer_release(&masked);
    buffer_release(&out);
    return fine;
}

/* ---- the letter ---- */

static bool make_raw(const struct letter_erase *erase, struct str raw, struct str *made)
{
    struct buffer masked, plain, out;
    bool found = false;
    *made = STR_NONE;
    if (raw.length == 0) {
        return true;
    }
    buffer_init(&masked, 2 * LIMIT_DEAD_LETTER_BYTES);
    buffer_init(&plain, 4 * LIMIT_DEAD_LETTER_BYTES);
    buffer_init(&out, 4 * LIMIT_DEAD_LETTER_BYTES);
    personal_mask_json(&erase->key, raw, PERSONAL_FOREIGN, &masked);
    put_without_base64(erase, buffer_str(&masked), &plain, &found);
    put_without_subject(erase, buffer_str(&plain), &out);
    bool fine = !buffer_failed(&masked) && !buffer_failed(&plain) && !buffer_failed(&out);
    if (fine && out.length <= LIMIT_DEAD_LETTER_BYTES) { /* else it keeps none */
        fine = arena_copy(erase->arena, buffer_str(&out), made);
    }
    buffer_release(&masked);
    buffer_release(&plain);
    buffer_release(&out);
    return fine;
}

static bool affects(const struct letter_erase *erase, const struct store_dead_letter *letter, bool *failed)
{
    const struct str texts[] = {letter->raw, letter->reason, letter->event_id, letter->iteration_id, letter->place};
    bool found = erase->subject.at == NULL;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && !found; i++) {
        found = holds(erase, texts[i]);
    }
    if (!found && letter->raw.length > 0) {
        struct buffer out;
        buffer_init(&out, 4 * LIMIT_DEAD_LETTER_BYTES);
        found = inflated_holds(erase, letter->raw, failed);
        put_without_base64(erase, letter->raw, &out, &found);
        *failed = *failed || buffer_failed(&out);
        buffer_release(&out);
    }
    return found;
}

bool letter_erase(const struct letter_erase *erase, const struct store_dead_letter *letter, struct store_dead_letter_rewrite *rewrite,
                  bool *differs)
{
    *rewrite = (struct store_dead_letter_rewrite){.id = letter->id};
    *differs = false;
    bool failed = false, is_affected = affects(erase, letter, &failed);
    if (failed || !is_affected) {
        return !failed;
    }
    bool made = make_raw(erase, letter->raw, &rewrite->raw) && make_text(erase, letter->reason, true, &rewrite->reason) &&
                make_text(erase, letter->event_id, false, &rewrite->event_id) &&
                make_text(erase, letter->iteration_id, false, &rewrite->iteration_id) &&
                make_text(erase, letter->place, false, &rewrite->place);
    *differs = made && !(str_equal(rewrite->raw, letter->raw) && str_equal(rewrite->reason, letter->reason) &&
                         str_equal(rewrite->event_id, letter->event_id) && str_equal(rewrite->iteration_id, letter->iteration_id) &&
                         str_equal(rewrite->place, letter->place));
    return made;
}
