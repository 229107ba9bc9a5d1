#include "import/import_job.h"

#include <stdio.h>

#include "base/uuid.h"
#include "event/split.h"

static void add_part(struct sha256 *hash, const void *bytes, size_t length)
{
    uint64_t size = length;
    uint8_t prefix[8];
    for (int i = 0; i < 8; i++) {
        prefix[i] = (uint8_t)(size >> (56 - 8 * i)); /* the same on any machine */
    }
    sha256_add(hash, prefix, sizeof prefix);
    if (length > 0) {
        sha256_add(hash, bytes, length);
    }
}

static void add_text(struct sha256 *hash, struct str text)
{
    add_part(hash, text.at, text.length);
}

static void identify(struct import_job *job, const struct import_event *event, uint8_t uuid[UUID_SIZE],
                     uint8_t key[SHA256_SIZE / 2])
{
    char numbers[64];
    int length = snprintf(numbers, sizeof numbers, "%lld:%u", (long long)event->timestamp, event->ordinal);
    uint8_t digest[SHA256_SIZE];
    sha256_begin(job->sha256);
    add_text(job->sha256, STR("trimodal import 1"));
    add_text(job->sha256, str_from(import_format_name(job->format)));
    add_text(job->sha256, job->options->iteration_id);
    add_text(job->sha256, event->node);
    add_text(job->sha256, str_from(event->type));
    add_part(job->sha256, numbers, (size_t)length);
    sha256_end(job->sha256, digest);

    uint8_t bytes[UUID_SIZE];
    memcpy(bytes, digest, sizeof bytes);
    uint32_t ordinal = event->ordinal > 0xFFF ? 0xFFF : event->ordinal;
    for (int i = 0; i < 6; i++) {
        bytes[i] = (uint8_t)((uint64_t)event->timestamp >> (40 - 8 * i));
    }
    bytes[6] = (uint8_t)(ordinal >> 8);
    bytes[7] = (uint8_t)ordinal;
    uuid_v8(bytes, uuid);
    memcpy(key, digest + SHA256_SIZE / 2, SHA256_SIZE / 2);
}

struct json_writer *import_event_begin(struct import_job *job, const struct import_event *given)
{
    struct import_event clamped = *given, *event = &clamped;
    event->timestamp = event->timestamp < LIMIT_TIMESTAMP_MIN ? LIMIT_TIMESTAMP_MIN : event->timestamp;
    event->timestamp = event->timestamp > LIMIT_TIMESTAMP_MAX ? LIMIT_TIMESTAMP_MAX : event->timestamp;
    uint8_t uuid[UUID_SIZE], key[SHA256_SIZE / 2];
    char uuid_text[UUID_TEXT_LENGTH + 1];
    identify(job, event, uuid, key);
    uuid_format(uuid, uuid_text);

    struct json_writer *writer = &job->writer;
    buffer_clear(&job->event);
    json_write_init(writer, &job->event, 0);
    json_write_object_begin(writer);
    json_field_text(writer, "event_id", uuid_text);
    json_field_i64(writer, "timestamp", event->timestamp);
    json_field_str(writer, "iteration_id", job->options->iteration_id);
    json_field_text(writer, "event_type", event->type);
    if (event->id_field != NULL) {
        json_field_str(writer, event->id_field, event->node);
    }
    char key_text[SHA256_SIZE + 1];
    for (size_t i = 0; i < sizeof key; i++) {
        key_text[2 * i] = "0123456789abcdef"[key[i] >> 4];
        key_text[2 * i + 1] = "0123456789abcdef"[key[i] & 15];
    }
    key_text[SHA256_SIZE] = '\0';
    json_field_text(writer, "idempotency_key", key_text);
    json_field_text(writer, "source", import_format_name(job->format));
    return writer;
}

enum status import_emit(struct import_job *job, struct str text, uint64_t length, struct error *error)
{
    const struct import_sink *sink = job->sink;
    bool is_too_large = length > LIMIT_EVENT_BYTES;
    bool is_alone = is_too_large || (text.length > 0 && memchr(text.at, '\n', text.length) != NULL && !event_split_is_one_value(text));
    text.length = text.length < LIMIT_DEAD_LETTER_BYTES ? text.length : LIMIT_DEAD_LETTER_BYTES;
    enum status status = is_alone && sink->emit_alone != NULL ? sink->emit_alone(sink->context, text, length, error)
                                                              : sink->emit(sink->context, text, error);
    job->too_large += is_too_large;
    job->summary->events += status == STATUS_OK;
    return status;
}

enum status import_event_end(struct import_job *job, struct error *error)
{
    json_write_object_end(&job->writer);
    if (buffer_reserve(&job->event, JSON_READ_PADDING) == NULL) {
        return error_no_memory(error, "import");
    }
    memset(job->event.bytes + job->event.length, 0, JSON_READ_PADDING);
    return import_emit(job, buffer_str(&job->event), job->event.length, error);
}

void import_note(struct import_job *job, const char *format, ...)
{
    struct import_summary *summary = job->summary;
    if (summary->note_count == IMPORT_NOTES_MAX) {
        return;
    }
    va_list args;
    va_start(args, format);
    (void)vsnprintf(summary->notes[summary->note_count++], IMPORT_NOTE_SIZE, format, args);
    va_end(args);
}

int64_t import_file_time(const struct import_job *job)
{
    int64_t modified_at = job->reader.source->modified_at;
    return modified_at >= 0 ? modified_at : job->options->now_ms;
}

/* The longest beginning of at most `length` bytes that cuts no character. */
static size_t cut_length(struct str text, size_t length)
{
    if (text.length <= length) {
        return text.length;
    }
    while (length > 0 && ((unsigned char)text.at[length] & 0xC0) == 0x80) {
        length--;
    }
    return length;
}

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7F;
}

static bool has_controls(struct str text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (is_control(text.at[i])) {
            return true;
        }
    }
    return false;
}

bool import_is_id(struct str text, size_t length_max)
{
    return text.length > 0 && text.length <= length_max && !has_controls(text);
}

struct str import_fit_text(struct str text, size_t length_max, struct buffer *room)
{
    if (text.length <= length_max) {
        return text;
    }
    buffer_clear(room);
    buffer_append(room, text.at, cut_length(text, length_max - 17));
    buffer_append_format(room, "~%016llx", (unsigned long long)str_hash(text));
    return buffer_str(room);
}

struct str import_fit_id(struct str id, size_t length_max, struct buffer *room)
{
    struct str fit = import_fit_text(id, length_max, room);
    if (!has_controls(fit)) {
        return fit;
    }
    if (fit.at == id.at) {
        buffer_clear(room);
        buffer_append_str(room, id);
    }
    for (size_t i = 0; i < room->length; i++) {
        room->bytes[i] = is_control(room->bytes[i]) ? ' ' : room->bytes[i];
    }
    return buffer_str(room);
}

void import_field_if(struct json_writer *writer, const char *key, struct str text)
{
    if (text.length > 0) {
        json_field_str(writer, key, text);
    }
}

void import_field_message(struct json_writer *writer, const char *key, struct str message)
{
    struct str text = str_trim(message);
    if (text.length <= IMPORT_MESSAGE_BYTES) {
        import_field_if(writer, key, text);
        return;
    }
    size_t length = cut_length(text, IMPORT_MESSAGE_BYTES);
    struct buffer cut;
    buffer_init(&cut, IMPORT_MESSAGE_BYTES + 128);
    buffer_append(&cut, text.at, length);
    buffer_append_format(&cut, "\n… (%zu more bytes in the report)", text.length - length);
    if (buffer_failed(&cut)) {
        writer->buffer->failed = true;
    } else {
        json_field_str(writer, key, buffer_str(&cut));
    }
    buffer_release(&cut);
}

bool import_tag_contract(struct str tag, struct str *contract)
{
    static const struct str prefix = {"@contract:", sizeof "@contract:" - 1};
    if (!str_starts_with(tag, prefix) || tag.length == prefix.length) {
        return false;
    }
    *contract = str_from_offset(tag, prefix.length);
    return true;
}

void import_field_tags(struct json_writer *writer, const struct str *tags, size_t count)
{
    if (count > LIMIT_LIST_ITEMS) {
        count = LIMIT_LIST_ITEMS;
    }
    if (count == 0) {
        return;
    }
    bool any = false;
    struct str contract;
    json_write_key(writer, "scenario_tags");
    json_write_array_begin(writer);
    for (size_t i = 0; i < count; i++) {
        json_write_str(writer, tags[i]);
        any = any || import_tag_contract(tags[i], &contract);
    }
    json_write_array_end(writer);
    if (!any) {
        return;
    }
    json_write_key(writer, "contract_tags");
    json_write_array_begin(writer);
    for (size_t i = 0; i < count; i++) {
        if (import_tag_contract(tags[i], &contract)) {
            json_write_str(writer, contract);
        }
    }
    json_write_array_end(writer);
}
