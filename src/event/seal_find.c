/* Looking for a subject in texts, and taking it out of an event in plain. */
#include <assert.h>

#include "event/personal_private.h"
#include "event/seal_private.h"

/* ---- in a text ---- */

/* A text is read letter by letter, each as whoever wrote it may have: as itself (UTF-8), as JSON escapes it, once or in a text within
 * a text (\u00fc, \\u00fc, \/), as a URL does (%C3%BC, %25C3, + for a space), as XML does (&#252;, &#xfc;). Letters are compared without
 * regard to case, those of Latin, Greek and Cyrillic. A subject that is a number is compared by its digits, whatever stands between. */
#define SEPARATORS_MAX 2 /* between two digits of a number */
#define NUMBER_DIGITS_MIN 7
#define BROKEN 0x110000u /* plus the byte: no UTF-8 */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static uint32_t small(uint32_t c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f)) {
        return c + 32;
    }
    if (c >= 0x400 && c <= 0x40f) {
        return c + 80;
    }
    bool is_even = (c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177), is_odd = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e);
    return (is_even && (c & 1) == 0 && c != 0x130) || (is_odd && (c & 1) == 1) ? c + 1 : c;
}

static int hex_of(struct str text, size_t at, size_t digits)
{
    int value = 0;
    for (size_t i = 0; i < digits; i++) {
        char c = at + i < text.length ? (char)small((unsigned char)text.at[at + i]) : ' ';
        int digit = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0) {
            return -1;
        }
        value = value * 16 + digit;
    }
    return value;
}

/* One byte of a text or of a URL; 0: there is none. */
static size_t one_byte(struct str text, size_t at, bool is_url, unsigned char *byte)
{
    if (at >= text.length || (is_url && text.at[at] != '%')) {
        return 0;
    }
    *byte = (unsigned char)text.at[at];
    if (!is_url) {
        return 1;
    }
    size_t digits = at + 1;
    while (hex_of(text, digits, 2) == '%') { /* of a URL within a URL */
        digits += 2;
    }
    int value = hex_of(text, digits, 2);
    *byte = (unsigned char)value;
    return value > 0 ? digits + 2 - at : 0;
}

static size_t one_of_bytes(struct str text, size_t at, bool is_url, uint32_t *c)
{
    unsigned char byte, next;
    size_t used = one_byte(text, at, is_url, &byte);
    int more = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc2 ? 1 : 0;
    if (used == 0) {
        return 0;
    }
    size_t whole = used;
    *c = byte < 0x80 ? byte : BROKEN + byte;
    uint32_t gathered = byte & (0x3fu >> more);
    for (int i = 0; i < more; i++) {
        size_t step = one_byte(text, at + whole, is_url, &next);
        if (step == 0 || (next & 0xc0) != 0x80) {
            return used;
        }
        gathered = gathered << 6 | (next & 0x3f);
        whole += step;
    }
    *c = more > 0 ? gathered : *c;
    return whole;
}

/* \u00fc, \/, \" behind any number of backslashes. */
static size_t one_of_json(struct str text, size_t at, uint32_t *c)
{
    size_t end = at;
    while (end < text.length && text.at[end] == '\\') {
        end++;
    }
    char marked = end < text.length ? text.at[end] : ' ';
    int value = marked == 'u' ? hex_of(text, end + 1, 4) : -1;
    if (marked == '/' || marked == '"' || value > 0) {
        *c = value > 0 ? (uint32_t)value : (unsigned char)marked;
        return end + (value > 0 ? 5 : 1) - at;
    }
    *c = '\\';
    return end - at > 1 ? 2 : 1;
}

static size_t one_of_xml(struct str text, size_t at, uint32_t *c)
{
    static const struct {
        struct str text;
        char c;
    } names[] = {{{"&amp;", 5}, '&'}, {{"&lt;", 4}, '<'}, {{"&gt;", 4}, '>'}, {{"&quot;", 6}, '"'}, {{"&apos;", 6}, '\''}};
    struct str rest = str_from_offset(text, at);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (str_starts_with(rest, names[i].text)) {
            *c = (unsigned char)names[i].c;
            return names[i].text.length;
        }
    }
    bool is_hex = rest.length > 2 && small((unsigned char)rest.at[2]) == 'x';
    size_t digits = is_hex ? 3 : 2, end = digits;
    uint32_t value = 0;
    for (; end < rest.length && end < digits + 7 && hex_of(rest, end, 1) >= 0 && (is_hex || is_digit(rest.at[end])); end++) {
        value = value * (is_hex ? 16 : 10) + (uint32_t)hex_of(rest, end, 1);
    }
    bool is_whole = rest.length > 1 && rest.at[1] == '#' && end > digits && end < rest.length && rest.at[end] == ';';
    *c = is_whole ? value : '&';
    return is_whole ? end + 1 : 1;
}

/* The bytes in which a text writes its next letter, in small. */
static size_t one_letter(struct str text, size_t at, uint32_t *c)
{
    char first = text.at[at];
    size_t used = first == '\\' ? one_of_json(text, at, c)
                  : first == '&' ? one_of_xml(text, at, c)
                  : first == '%' ? one_of_bytes(text, at, true, c)
                                 : one_of_bytes(text, at, false, c);
    if (used == 0) {
        *c = (unsigned char)first;
        used = 1;
    }
    *c = small(*c);
    return used;
}

/* The next letter of what is looked for, which is written as itself. */
static size_t one_wanted(struct str subject, size_t at, uint32_t *c)
{
    size_t used = one_of_bytes(subject, at, false, c);
    *c = small(*c);
    return used;
}

/* JSON writes a letter beyond the first 65536 as two halves. */
static bool is_half(uint32_t c)
{
    return c >= 0xd800 && c <= 0xdbff;
}

static size_t match_at(struct str text, size_t at, struct str subject)
{
    for (size_t i = 0; i < subject.length;) {
        uint32_t c, wanted, second;
        if (at >= text.length) {
            return 0;
        }
        i += one_wanted(subject, i, &wanted);
        at += one_letter(text, at, &c);
        if (is_half(c) && at < text.length) {
            at += one_letter(text, at, &second);
            c = 0x10000 + ((c - 0xd800) << 10) + ((second - 0xdc00) & 0x3ff);
        }
        if (c != wanted && !(c == '+' && wanted == ' ')) {
            return 0;
        }
    }
    return at;
}

static bool joins(char c)
{
    return c == '.' || c == '-' || c == '@' || c == '+';
}

/* Is the byte before the last of an escape? */
static bool is_escape_before(struct str text, size_t at)
{
    return (at >= 2 && text.at[at - 2] == '\\') || (at >= 6 && text.at[at - 6] == '\\' && text.at[at - 5] == 'u') ||
           (at >= 3 && text.at[at - 3] == '%' && hex_of(text, at - 2, 2) >= 0);
}

/* Does what stands before belong to a longer word? */
static bool joined_before(struct str text, size_t at)
{
    if (at == 0) {
        return false;
    }
    char c = text.at[at - 1];
    return !is_escape_before(text, at) && (is_word(c) || (joins(c) && at >= 2 && is_word(text.at[at - 2])));
}

static bool joined_after(struct str text, size_t end)
{
    char c = end < text.length ? text.at[end] : ' ';
    return is_word(c) || (joins(c) && end + 1 < text.length && is_word(text.at[end + 1]));
}

/* ---- numbers ---- */

static bool is_separator(char c)
{
    return c == ' ' || c == '-' || c == '.' || c == '/' || c == '(' || c == ')';
}

static bool is_number(struct str subject)
{
    size_t digits = 0;
    for (size_t i = 0; i < subject.length; i++) {
        digits += is_digit(subject.at[i]);
        if (!is_digit(subject.at[i]) && !is_separator(subject.at[i]) && !(subject.at[i] == '+' && i == 0)) {
            return false;
        }
    }
    return digits >= NUMBER_DIGITS_MIN;
}

static size_t match_digits(struct str text, size_t at, struct str subject)
{
    size_t between = 0;
    for (size_t i = 0; i < subject.length; i++) {
        if (!is_digit(subject.at[i])) {
            continue;
        }
        for (; at < text.length && is_separator(text.at[at]) && between < SEPARATORS_MAX; between++) {
            at++;
        }
        if (at >= text.length || text.at[at] != subject.at[i]) {
            return 0;
        }
        at++;
        between = 0;
    }
    return at;
}

static bool find_number(struct str text, struct str subject, size_t from, size_t *begin, size_t *end)
{
    size_t first = 0;
    while (!is_digit(subject.at[first])) {
        first++;
    }
    for (size_t at = from; at < text.length; at++) {
        bool begins = text.at[at] == subject.at[first] && (at == 0 || !is_digit(text.at[at - 1]) || is_escape_before(text, at));
        size_t behind = begins ? match_digits(text, at, subject) : 0;
        if (behind > 0 && (behind == text.length || !is_digit(text.at[behind]))) {
            *begin = at;
            *end = behind;
            return true;
        }
    }
    return false;
}

bool seal_find(struct str text, struct str subject, size_t from, bool alone, size_t *begin, size_t *end)
{
    subject = str_trim(subject);
    if (subject.length < SEAL_SUBJECT_BYTES_MIN) {
        return false;
    }
    if (is_number(subject)) {
        return find_number(text, subject, from, begin, end);
    }
    uint32_t first;
    (void)one_wanted(subject, 0, &first);
    bool begins_word = alone && is_word(subject.at[0]), ends_word = alone && is_word(subject.at[subject.length - 1]);
    for (size_t at = from; at < text.length; at++) {
        char c = text.at[at];
        bool may_begin = (unsigned char)c >= 0x80 ? first >= 0x80 : small((unsigned char)c) == first || c == '\\' || c == '%' || c == '&';
        size_t behind = may_begin ? match_at(text, at, subject) : 0;
        if (behind > 0 && !(begins_word && joined_before(text, at)) && !(ends_word && joined_after(text, behind))) {
            *begin = at;
            *end = behind;
            return true;
        }
    }
    return false;
}

/* ---- in an event ---- */

struct stretches {
    struct arena *arena;
    struct str text; /* as it was */
    char *made;      /* NULL: nothing has changed */
    size_t length, done, capacity;
    bool failed;
};

/* "[erased]" in place of [begin, end). Capacity: each such stretch has a byte at least. */
static void replace(struct stretches *stretches, size_t begin, size_t end)
{
    struct str erased = SEAL_ERASED;
    if (stretches->made == NULL) {
        stretches->capacity = (stretches->text.length + 1) * erased.length;
        stretches->made = arena_new(stretches->arena, stretches->capacity);
        stretches->failed = stretches->made == NULL;
    }
    if (stretches->failed) {
        return;
    }
    assert(begin >= stretches->done && stretches->length + (begin - stretches->done) + erased.length <= stretches->capacity);
    memcpy(stretches->made + stretches->length, stretches->text.at + stretches->done, begin - stretches->done);
    stretches->length += begin - stretches->done;
    memcpy(stretches->made + stretches->length, erased.at, erased.length);
    stretches->length += erased.length;
    stretches->done = end;
}

static struct str replaced(struct stretches *stretches)
{
    if (stretches->made == NULL || stretches->failed) {
        return stretches->text;
    }
    size_t rest = stretches->text.length - stretches->done;
    assert(stretches->length + rest <= stretches->capacity);
    memcpy(stretches->made + stretches->length, stretches->text.at + stretches->done, rest);
    return (struct str){stretches->made, stretches->length + rest};
}

/* All places of one text where it is written. */
static struct str without_subject(struct str text, const struct seal_subject *subject, struct arena *arena, bool *changed, bool *failed)
{
    struct stretches stretches = {.arena = arena, .text = text};
    size_t begin, end, from = 0;
    while (!stretches.failed && seal_find(text, subject->text, from, true, &begin, &end)) {
        replace(&stretches, begin, end);
        from = end;
        *changed = true;
    }
    *failed = *failed || stretches.failed;
    return replaced(&stretches);
}

static uint32_t bit_of_subject(const struct seal_plan *plan, const struct seal_subject *subject)
{
    for (uint32_t i = 0; subject->has_name && i < plan->name_count; i++) {
        if (memcmp(&plan->names[i], &subject->name, sizeof subject->name) == 0) {
            return 1u << i;
        }
    }
    return 0;
}

/* The values that would be sealed under its key; of all, where it is all of the tenant. */
static bool erase_spans(struct event *event, const struct seal_plan *plan, const struct seal_subject *subject, struct arena *arena,
                        bool *changed)
{
    uint32_t bit = bit_of_subject(plan, subject);
    for (size_t i = 0; i < plan->span_count;) {
        const struct seal_span *first = &plan->spans[i];
        struct event_value *value = &event->values[first->value];
        struct stretches stretches = {.arena = arena, .text = seal_text_at(value, first->item)};
        for (; i < plan->span_count && plan->spans[i].value == first->value && plan->spans[i].item == first->item; i++) {
            if (subject->text.at == NULL || (plan->spans[i].keys & bit) != 0) {
                replace(&stretches, plan->spans[i].begin, plan->spans[i].end);
                *changed = true;
            }
        }
        if (stretches.failed) {
            return false;
        }
        seal_text_set(value, first->item, replaced(&stretches));
    }
    return true;
}

static bool names(struct str text, const struct seal_subject *subject)
{
    size_t begin, end;
    return seal_find(text, subject->text, 0, true, &begin, &end);
}

static bool erase_texts(struct event *event, const struct seal_subject *subject, struct arena *arena, bool *changed, unsigned *in_ids)
{
    bool failed = false;
    for (uint32_t v = 0; v < event->value_count && !failed; v++) {
        struct event_value *value = &event->values[v];
        for (uint32_t i = 0; i < seal_text_count(value) && !failed; i++) {
            bool is_pair = value->field == EVENT_FIELD_METADATA;
            struct str text = seal_text_at(value, i);
            bool is_text = is_pair ? !personal_is_id_of_metadata(value->pairs[i].name) : personal_is_free_text(value->field);
            if (is_text) {
                seal_text_set(value, i, without_subject(text, subject, arena, changed, &failed));
            } else {
                *in_ids += names(text, subject);
            }
            *in_ids += is_pair && names(value->pairs[i].name, subject);
        }
    }
    const struct str ids[] = {event->event_id, event->iteration_id, event->node_id, event->key_text};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        *in_ids += names(ids[i], subject);
    }
    return !failed;
}

bool seal_erase(struct seal_ring *ring, struct event *event, const struct seal_subject *subject, struct arena *arena, bool *changed,
                unsigned *in_ids)
{
    struct seal_plan plan;
    struct event copy;
    uint64_t hash = event_content_hash(event);
    const struct seal_tenant *tenant = subject->has_name ? seal_tenant_of(ring, event->tenant_id, false) : NULL;
    *changed = false;
    *in_ids = 0;
    if (!seal_copy_values(event, arena, &copy) || !seal_plan_event(&copy, tenant, arena, &plan) ||
        !erase_spans(&copy, &plan, subject, arena, changed) ||
        (subject->text.at != NULL && !erase_texts(&copy, subject, arena, changed, in_ids))) {
        return false;
    }
    copy.content_hash = hash;
    *event = copy;
    return true;
}

bool seal_identifiers(const struct event *event, struct arena *arena, seal_found *found, void *context)
{
    struct seal_plan plan;
    if (!seal_plan_event(event, NULL, arena, &plan)) {
        return false;
    }
    for (size_t i = 0; i < plan.span_count; i++) {
        const struct seal_span *span = &plan.spans[i];
        struct str text = seal_text_at(&event->values[span->value], span->item);
        if (span->kind != PERSONAL_NONE) {
            found(context, span->kind, (struct str){text.at + span->begin, span->end - span->begin});
        }
    }
    return true;
}
