/* import_fuzz.h: what the fuzz targets of the importers share. The first byte says in which chunks the rest is read. Whatever comes
 * in: no crash, the same events however it is cut, and every event of a tool's report decodes. */
#ifndef TRIMODAL_FUZZ_IMPORT_FUZZ_H
#define TRIMODAL_FUZZ_IMPORT_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "event/decode.h"
#include "import/import.h"

struct fuzz_input {
    const uint8_t *at;
    size_t length, chunk;
};

struct fuzz_output {
    struct event_decoder *decoder;
    bool must_decode;
    uint64_t hash, events;
};

static enum status fuzz_read(void *context, void *buffer, size_t size, size_t *length, struct error *error)
{
    (void)error;
    struct fuzz_input *input = context;
    size_t count = input->chunk < size ? input->chunk : size;
    count = count < input->length ? count : input->length;
    if (count > 0) {
        memcpy(buffer, input->at, count);
    }
    input->at += count;
    input->length -= count;
    *length = count;
    return STATUS_OK;
}

static enum status fuzz_emit(void *context, struct str event_json, struct error *error)
{
    (void)error;
    struct fuzz_output *output = context;
    output->hash = output->hash * 31 + str_hash(event_json);
    output->events++;
    if (output->decoder == NULL) {
        return STATUS_OK;
    }
    struct arena arena;
    arena_init(&arena, (size_t)64 << 20);
    struct event_defaults defaults = {.size_is_checked = true, .now_ms = INT64_C(253402300799999)};
    struct event event;
    struct event_fault fault = {0};
    enum status status = event_decode(output->decoder, event_json, &arena, &defaults, &event, &fault);
    if (status == STATUS_INVALID && output->must_decode && fault.category == EVENT_FAULT_SCHEMA_VALIDATION) {
        (void)fprintf(stderr, "%.*s\n%s: %s\n", STR_ARGS(event_json), fault.error.place, fault.error.text);
        abort();
    }
    arena_release(&arena);
    return STATUS_OK;
}

static void fuzz_once(const char *format, const uint8_t *data, size_t size, size_t chunk, struct fuzz_output *output)
{
    struct fuzz_input input = {data, size, chunk};
    struct import_source source = {&input, fuzz_read, STR("fuzz"), INT64_C(1795223900000)};
    struct import_options options = {.iteration_id = STR("i"), .now_ms = INT64_C(1795300000000)};
    struct import_sink sink = {output, fuzz_emit};
    struct import_summary summary;
    struct error error;
    enum status status = import_run(import_format_find(str_from(format)), &source, &options, &sink, &summary, &error);
    if ((status != STATUS_OK && (error.status != status || error.text[0] == '\0')) || summary.events != output->events) {
        abort();
    }
}

static int fuzz_import(const char *format, bool must_decode, const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct fuzz_output whole = {.decoder = event_decoder_new(), .must_decode = must_decode}, cut = {0};
    fuzz_once(format, data + 1, size - 1, SIZE_MAX, &whole);
    fuzz_once(format, data + 1, size - 1, (size_t)data[0] % 64 + 1, &cut);
    event_decoder_free(whole.decoder);
    if (whole.hash != cut.hash) {
        abort();
    }
    return 0;
}

#define FUZZ_IMPORT(format, must_decode)                            \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);   \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)    \
    {                                                               \
        return fuzz_import(format, must_decode, data, size);        \
    }

#endif
