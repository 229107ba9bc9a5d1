/* Whatever text comes: an event, or a sentence that says why not. Of an event, the canonical form is an event again, the
 * same one, with the same canonical form. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_read.h"
#include "base/limits.h"
#include "event/decode.h"

static void must(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "broken: %s\n", what);
        abort();
    }
}

static bool same_text(struct str a, struct str b)
{
    return (a.at == NULL) == (b.at == NULL) && str_equal(a, b);
}

static bool same_value(const struct event_value *a, const struct event_value *b)
{
    if (a->field != b->field) {
        return false;
    }
    bool same = true;
    switch (event_fields[a->field].kind) {
    case EVENT_KIND_STRING:
        return same_text(a->text, b->text);
    case EVENT_KIND_INT:
    case EVENT_KIND_LONG:
        return a->integer == b->integer;
    case EVENT_KIND_FLOAT:
    case EVENT_KIND_DOUBLE:
        return memcmp(&a->real, &b->real, sizeof a->real) == 0;
    case EVENT_KIND_BOOLEAN:
        return a->truth == b->truth;
    case EVENT_KIND_ENUM:
        return a->symbol == b->symbol;
    case EVENT_KIND_STRINGS:
        same = a->count == b->count && a->count > 0;
        for (uint32_t i = 0; same && i < a->count; i++) {
            same = same_text(a->items[i], b->items[i]);
        }
        return same;
    case EVENT_KIND_MAP:
        same = a->count == b->count && a->count > 0;
        for (uint32_t i = 0; same && i < a->count; i++) {
            same = same_text(a->pairs[i].name, b->pairs[i].name) && same_text(a->pairs[i].value, b->pairs[i].value) &&
                   (i == 0 || str_compare(a->pairs[i - 1].name, a->pairs[i].name) < 0);
        }
        return same;
    }
    return false;
}

static bool same_event(const struct event *a, const struct event *b)
{
    bool same = a->stream == b->stream && a->type == b->type && a->timestamp == b->timestamp &&
                same_text(a->event_id, b->event_id) && same_text(a->iteration_id, b->iteration_id) &&
                same_text(a->tenant_id, b->tenant_id) && same_text(a->node_id, b->node_id) &&
                same_text(a->key_text, b->key_text) && memcmp(a->key, b->key, EVENT_KEY_SIZE) == 0 &&
                same_text(a->trace_id, b->trace_id) && a->value_count == b->value_count;
    for (uint32_t i = 0; same && i < a->value_count; i++) {
        same = same_value(&a->values[i], &b->values[i]) && (i == 0 || a->values[i - 1].field < a->values[i].field);
    }
    return same && event_content_hash(a) == event_content_hash(b);
}

static struct event_decoder *decoder;

static enum status decode(struct str text, struct arena *arena, const struct event_defaults *defaults, struct event *event,
                          struct event_fault *fault)
{
    char *padded = malloc(text.length + JSON_READ_PADDING); /* of its own: nothing may point into it afterwards */
    must(padded != NULL, "memory");
    memcpy(padded, text.at, text.length);
    memset(padded + text.length, 'x', JSON_READ_PADDING);
    enum status status = event_decode(decoder, (struct str){padded, text.length}, arena, defaults, event, fault);
    free(padded);
    return status;
}

static void check_event(const struct event *event, struct arena *arena)
{
    struct buffer once, twice;
    buffer_init(&once, 4 * LIMIT_EVENT_BYTES);
    buffer_init(&twice, 4 * LIMIT_EVENT_BYTES);
    event_encode(event, &once);
    must(!buffer_failed(&once), "the canonical form has a bounded size");
    must(once.length <= 2 * LIMIT_EVENT_BYTES, "the store has room for the canonical form");
    struct event again;
    static struct event_fault fault;
    enum status status = decode(buffer_str(&once), arena, &event_defaults_for_log, &again, &fault);
    if (status != STATUS_OK) {
        (void)fprintf(stderr, "%s\n%.*s\n", fault.error.text, STR_ARGS(buffer_str(&once)));
    }
    must(status == STATUS_OK, "the canonical form is an event");
    must(same_event(event, &again), "the canonical form is the same event");
    event_encode(&again, &twice);
    must(!buffer_failed(&twice) && str_equal(buffer_str(&once), buffer_str(&twice)), "it has one canonical form");
    buffer_release(&once);
    buffer_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (decoder == NULL) {
        decoder = event_decoder_new();
        must(decoder != NULL, "memory");
    }
    const struct event_defaults defaults = {.tenant = STR("acme"),
                                            .control_is_allowed = true,
                                            .size_is_checked = true,
                                            .iteration_id = STR("Iter-1"),
                                            .now_ms = INT64_C(1790000000000)};
    struct arena arena;
    arena_init(&arena, 64 * MIB);
    struct event event;
    static struct event_fault fault;
    fault.error.text[0] = '\0';
    enum status status = decode((struct str){(const char *)data, size}, &arena, &defaults, &event, &fault);
    if (status == STATUS_OK) {
        check_event(&event, &arena);
    } else {
        must(status == STATUS_INVALID, "text is an event or invalid");
        must(fault.error.text[0] != '\0', "a fault has a sentence");
        must(str_is_utf8(str_from(fault.error.text)), "which is valid text");
        must(fault.category == EVENT_FAULT_SCHEMA_VALIDATION || fault.category == EVENT_FAULT_CORRELATION_FAILED,
             "and a category");
    }
    arena_release(&arena);
    return 0;
}
