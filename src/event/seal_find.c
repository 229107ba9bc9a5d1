/* Looking for a subject in texts, and taking it out of an event in plain. */
#include <assert.h>

#include "event/personal_private.h"
#include "event/seal_private.h"

/* ---- in a text ---- */

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static char small(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static int hex_of(struct str text, size_t at, size_t digits)
{
    int value = 0;
    for (size_t i = 0; i < digits; i++) {
        char c = at + i < text.length ? small(text.at[at + i]) : ' ';
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0) {
            return -1;
        }
        value = value * 16 + digit;
    }
    return value;
}

/* The bytes in which a text may write one of ASCII: itself, \uXXXX, \/ or %XX. What it is goes into *c. */
static size_t one_char(struct str text, size_t at, bool is_source, char *c)
{
    *c = text.at[at];
    int value = -1;
    size_t used = 1;
    if (is_source && *c == '\\' && at + 1 < text.length && text.at[at + 1] == 'u') {
        value = hex_of(text, at + 2, 4);
        used = 6;
    } else if (is_source && *c == '\\' && at + 1 < text.length && (text.at[at + 1] == '/' || text.at[at + 1] == '\\' || text.at[at + 1] == '"')) {
        value = text.at[at + 1];
        used = 2;
    } else if (is_source && *c == '%') {
        value = hex_of(text, at + 1, 2);
        used = 3;
    }
    if (value > 0 && value < 0x80) {
        *c = (char)value;
        return used;
    }
    return 1;
}

static size_t match_at(struct str text, size_t at, struct str subject, bool is_source)
{
    for (size_t i = 0; i < subject.length; i++) {
        char c;
        if (at >= text.length) {
            return 0;
        }
        size_t used = one_char(text, at, is_source, &c);
        if (small(c) != small(subject.at[i])) {
            return 0;
        }
        at += used;
    }
    return at;
}

static bool joins(char c)
{
    return c == '.' || c == '-' || c == '@' || c == '+';
}

/* Does what stands before belong to a longer word? The letters of an escape do not. */
static bool joined_before(struct str text, size_t at, bool is_source)
{
    if (at == 0) {
        return false;
    }
    char c = text.at[at - 1];
    bool escape = is_source && ((at >= 2 && text.at[at - 2] == '\\') || (at >= 6 && text.at[at - 6] == '\\' && text.at[at - 5] == 'u') ||
                                (at >= 3 && text.at[at - 3] == '%' && hex_of(text, at - 2, 2) >= 0));
    return !escape && (is_word(c) || (joins(c) && at >= 2 && is_word(text.at[at - 2])));
}

static bool joined_after(struct str text, size_t end)
{
    char c = end < text.length ? text.at[end] : ' ';
    return is_word(c) || (joins(c) && end + 1 < text.length && is_word(text.at[end + 1]));
}

bool seal_find(struct str text, struct str subject, size_t from, bool is_source, size_t *begin, size_t *end)
{
    subject = str_trim(subject);
    if (subject.length < SEAL_SUBJECT_BYTES_MIN) {
        return false;
    }
    char first = small(subject.at[0]);
    bool begins_word = is_word(first), ends_word = is_word(subject.at[subject.length - 1]);
    for (size_t at = from; at < text.length; at++) {
        char c = small(text.at[at]);
        if (c != first && !(is_source && (c == '\\' || c == '%'))) {
            continue;
        }
        size_t behind = match_at(text, at, subject, is_source);
        if (behind > 0 && !(begins_word && joined_before(text, at, is_source)) && !(ends_word && joined_after(text, behind))) {
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

static bool looks_like_json(struct str text)
{
    return text.length > 1 && (text.at[0] == '{' || text.at[0] == '[');
}

/* All places of one text where it is written. */
static struct str without_subject(struct str text, const struct seal_subject *subject, struct arena *arena, bool *changed, bool *failed)
{
    struct stretches stretches = {.arena = arena, .text = text};
    size_t begin, end, from = 0;
    while (!stretches.failed && seal_find(text, subject->text, from, looks_like_json(text), &begin, &end)) {
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
    return seal_find(text, subject->text, 0, false, &begin, &end);
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
