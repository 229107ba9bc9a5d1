/* test_import_support.h: runs an importer over bytes or a file and decodes every event it emits. */
#ifndef TRIMODAL_TEST_IMPORT_SUPPORT_H
#define TRIMODAL_TEST_IMPORT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json_read.h"
#include "base/memory.h"
#include "event/decode.h"
#include "import/import.h"

#ifndef TEST_FIXTURES
#define TEST_FIXTURES "tests/fixtures"
#endif

#define NOW_MS INT64_C(1795300000000)     /* 2026-11-21T22:26:40Z */
#define WRITTEN_MS INT64_C(1795223900000) /* 2026-11-21T01:18:20Z */

struct imported {
    enum status status;
    struct error error;
    struct import_summary summary;
    struct buffer text; /* all events, a line each */
    struct event *events;
    size_t count;
    size_t faults;
    struct arena arena;
    struct event_decoder *decoder;
    size_t capacity;
    /* input */
    const char *bytes;
    size_t length, at, chunk;
};

struct import_case {
    const char *format;
    const char *bytes;
    size_t length;
    size_t chunk; /* bytes a read, 0: as many as asked for */
    int64_t modified_at;
    const char *commit, *manifest;
};

static inline enum status support_read(void *context, void *buffer, size_t size, size_t *length, struct error *error)
{
    struct imported *imported = context;
    (void)error;
    size_t rest = imported->length - imported->at;
    size_t count = imported->chunk != 0 && imported->chunk < size ? imported->chunk : size;
    count = count < rest ? count : rest;
    if (count > 0) {
        memcpy(buffer, imported->bytes + imported->at, count);
    }
    imported->at += count;
    *length = count;
    return STATUS_OK;
}

static inline enum status support_emit(void *context, struct str event_json, struct error *error)
{
    struct imported *imported = context;
    buffer_append_str(&imported->text, event_json);
    buffer_append_char(&imported->text, '\n');
    if (imported->decoder == NULL) {
        return buffer_failed(&imported->text) ? error_no_memory(error, "test") : STATUS_OK;
    }
    if (imported->count == imported->capacity) {
        imported->capacity = imported->capacity == 0 ? 64 : imported->capacity * 2;
        imported->events = realloc(imported->events, imported->capacity * sizeof *imported->events);
        assert_non_null(imported->events);
    }
    struct event_defaults defaults = {.size_is_checked = true, .iteration_id = STR_NONE, .now_ms = NOW_MS};
    struct event_fault fault;
    enum status status = event_decode(imported->decoder, event_json, &imported->arena, &defaults,
                                      &imported->events[imported->count], &fault);
    if (status == STATUS_OK) {
        imported->count++;
    } else {
        imported->faults++;
        print_message("fault: %s: %s\n", fault.error.place, fault.error.text);
    }
    return STATUS_OK;
}

/* `decoded` false: only the texts are kept. */
static inline void import_case_run(struct imported *imported, const struct import_case *input, bool decoded)
{
    memset(imported, 0, sizeof *imported);
    buffer_init(&imported->text, (size_t)1 << 30);
    arena_init(&imported->arena, (size_t)1 << 30);
    imported->bytes = input->bytes;
    imported->length = input->length;
    imported->chunk = input->chunk;
    if (decoded) {
        imported->decoder = event_decoder_new();
        assert_non_null(imported->decoder);
    }
    struct import_source source = {imported, support_read, STR("file"), input->modified_at};
    struct import_options options = {STR("it-1"), str_from(input->commit), str_from(input->manifest), NOW_MS};
    struct import_sink sink = {imported, support_emit};
    imported->status = import_run(import_format_find(str_from(input->format)), &source, &options, &sink, &imported->summary,
                                  &imported->error);
    event_decoder_free(imported->decoder);
    imported->decoder = NULL;
}

static inline void imported_release(struct imported *imported)
{
    buffer_release(&imported->text);
    arena_release(&imported->arena);
    free(imported->events);
}

static inline struct imported import_text(const char *format, const char *text)
{
    struct imported imported;
    struct import_case input = {.format = format, .bytes = text, .length = strlen(text), .modified_at = WRITTEN_MS};
    import_case_run(&imported, &input, true);
    if (imported.status != STATUS_OK) {
        print_message("%s: %s\n", imported.error.place, imported.error.text);
    }
    return imported;
}

static inline char *read_whole(const char *name, size_t *length)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", TEST_FIXTURES, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        print_message("%s is missing; run from the top of the sources\n", path);
    }
    assert_non_null(file);
    char *bytes = malloc((size_t)8 << 20);
    assert_non_null(bytes);
    *length = fread(bytes, 1, (size_t)8 << 20, file);
    (void)fclose(file);
    return bytes;
}

static inline struct imported import_fixture(const char *format, const char *name)
{
    struct imported imported;
    size_t length;
    char *bytes = read_whole(name, &length);
    struct import_case input = {.format = format, .bytes = bytes, .length = length, .modified_at = WRITTEN_MS};
    import_case_run(&imported, &input, true);
    free(bytes);
    if (imported.status != STATUS_OK) {
        print_message("%s: %s\n", imported.error.place, imported.error.text);
    }
    return imported;
}

static inline size_t count_of(const struct imported *imported, enum event_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < imported->count; i++) {
        count += imported->events[i].type == type;
    }
    return count;
}

/* The index-th event of a type; fails the test when there is none. */
static inline const struct event *event_of(const struct imported *imported, enum event_type type, size_t index)
{
    for (size_t i = 0; i < imported->count; i++) {
        if (imported->events[i].type == type && index-- == 0) {
            return &imported->events[i];
        }
    }
    fail_msg("there is no such event");
    return NULL;
}

static inline void assert_str(struct str text, const char *expected)
{
    char got[4096];
    (void)snprintf(got, sizeof got, "%.*s", STR_ARGS(text));
    assert_string_equal(got, expected);
}

static inline void assert_field(const struct event *event, enum event_field field, const char *expected)
{
    assert_str(event_text(event, field), expected);
}

static inline void assert_symbol(const struct event *event, enum event_field field, const char *expected)
{
    const struct event_value *value = event_value(event, field);
    assert_non_null(value);
    assert_string_equal(event_symbol(field, value->symbol), expected);
}

static inline void assert_items(const struct event *event, enum event_field field, const char *joined)
{
    const struct event_value *value = event_value(event, field);
    char got[4096] = "";
    for (uint32_t i = 0; value != NULL && i < value->count; i++) {
        size_t at = strlen(got);
        (void)snprintf(got + at, sizeof got - at, "%s%.*s", i == 0 ? "" : " ", STR_ARGS(value->items[i]));
    }
    assert_string_equal(got, joined);
}

static inline void assert_refused(const char *format, const char *text, const char *place, const char *sentence)
{
    struct imported imported;
    struct import_case input = {.format = format, .bytes = text, .length = strlen(text), .modified_at = WRITTEN_MS};
    import_case_run(&imported, &input, true);
    assert_int_equal(imported.status, STATUS_INVALID);
    if (strstr(imported.error.place, place) == NULL || strstr(imported.error.text, sentence) == NULL) {
        fail_msg("%s: %s", imported.error.place, imported.error.text);
    }
    imported_release(&imported);
}

static inline bool has_note(const struct imported *imported, const char *part)
{
    for (uint32_t i = 0; i < imported->summary.note_count; i++) {
        if (strstr(imported->summary.notes[i], part) != NULL) {
            return true;
        }
    }
    return false;
}

#endif
