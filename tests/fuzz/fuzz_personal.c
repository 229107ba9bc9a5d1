/* Whatever text comes: stretches that look personal lie in it, in order, one behind the other. An event with it gets the same
 * tags each time, and none more from its canonical form. Masking is done twice alike, keeps JSON JSON, and what is edited gets
 * its values back. */
#include <stdio.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "base/json_write.h"
#include "base/limits.h"
#include "event/decode.h"
#include "event/personal.h"

static void must(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "broken: %s\n", what);
        abort();
    }
}

static void walk(struct str text, bool numbers)
{
    struct personal_scan scan = {.text = text, .numbers = numbers};
    struct personal_span span;
    size_t done = 0;
    while (personal_next(&scan, &span)) {
        must(span.begin >= done && span.end > span.begin && span.end <= text.length, "stretches are in order");
        must(span.kind > PERSONAL_NONE && span.kind <= PERSONAL_CARD, "a value has a value's kind");
        must(numbers || span.kind == PERSONAL_EMAIL, "no numbers were asked for");
        done = span.end;
    }
}

/* An event with the text as a message, and as the name and value of metadata. */
static void write_event(struct str text, struct buffer *json)
{
    size_t cut = text.length < 40 ? text.length : 40;
    struct json_writer writer;
    json_write_init(&writer, json, 0);
    json_write_object_begin(&writer);
    json_field_text(&writer, "event_id", "e");
    json_field_i64(&writer, "timestamp", 1732183380000);
    json_field_text(&writer, "iteration_id", "i");
    json_field_text(&writer, "event_type", "TASK_FAILED");
    json_field_text(&writer, "node_id", "n");
    json_field_str(&writer, "error_message", text);
    json_write_key(&writer, "metadata");
    json_write_object_begin(&writer);
    json_write_key_str(&writer, (struct str){text.at, cut});
    json_write_str(&writer, str_from_offset(text, cut));
    json_write_object_end(&writer);
    json_write_object_end(&writer);
}

/* Decodes what is in `json`, tags it, and writes it there again; false where it is no event. */
static bool tag_again(struct event_decoder *decoder, struct arena *arena, struct buffer *json)
{
    struct event event;
    struct event_fault fault;
    must(buffer_reserve(json, JSON_READ_PADDING) != NULL, "memory");
    if (event_decode(decoder, buffer_str(json), arena, &event_defaults_for_log, &event, &fault) != STATUS_OK) {
        return false;
    }
    uint64_t hash = event_content_hash(&event);
    must(personal_tag(&event, arena), "memory");
    must(hash == event_content_hash(&event), "tags are no content");
    buffer_clear(json);
    event_encode(&event, json);
    return true;
}

static bool is_json(struct json_parser *parser, struct str text, struct buffer *padded)
{
    struct json root;
    buffer_clear(padded);
    buffer_append_str(padded, text);
    must(buffer_reserve(padded, JSON_READ_PADDING) != NULL, "memory");
    return json_parse(parser, buffer_str(padded), &root, NULL) == STATUS_OK;
}

static void mask(struct str text, enum personal_source source)
{
    static const struct personal_key key = {{7}};
    static struct json_parser *parser;
    struct buffer once, back, padded;
    parser = parser != NULL ? parser : json_parser_new();
    buffer_init(&once, 64 * MIB);
    buffer_init(&back, 64 * MIB);
    buffer_init(&padded, 64 * MIB);
    bool was_json = is_json(parser, text, &padded);
    if (source == PERSONAL_FOREIGN || was_json) {
        personal_mask_json(&key, text, source, &once);
        must(!buffer_failed(&once), "memory");
        must(!was_json || is_json(parser, buffer_str(&once), &padded), "JSON stays JSON");
        personal_unmask(&key, text, buffer_str(&once), &back);
        must(!buffer_failed(&back), "memory");
    }
    buffer_release(&once);
    buffer_release(&back);
    buffer_release(&padded);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct event_decoder *decoder;
    struct str text = {(const char *)data, size};
    struct arena arena;
    struct buffer json, again;
    decoder = decoder != NULL ? decoder : event_decoder_new();
    walk(text, true);
    walk(text, false);
    mask(text, PERSONAL_FOREIGN);
    mask(text, PERSONAL_ANSWER);
    (void)personal_by_name(text);
    (void)personal_is_reference(text);
    if (size > 4096 || !str_is_utf8(text)) {
        return 0;
    }
    arena_init(&arena, 64 * MIB);
    buffer_init(&json, MIB);
    buffer_init(&again, MIB);
    write_event(text, &json);
    if (tag_again(decoder, &arena, &json)) {
        buffer_append_str(&again, buffer_str(&json));
        must(tag_again(decoder, &arena, &again), "the canonical form is an event");
        must(str_equal(buffer_str(&json), buffer_str(&again)), "nothing is tagged twice");
    }
    buffer_release(&json);
    buffer_release(&again);
    arena_release(&arena);
    return 0;
}
