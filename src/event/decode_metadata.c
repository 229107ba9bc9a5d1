#include <stdio.h>
#include <stdlib.h>

#include "base/json_write.h"
#include "event/decode_job.h"

static void write_nested(struct json_writer *writer, struct json json)
{
    struct json_iterator i;
    switch (json_type(json)) {
    case JSON_NULL:
        json_write_null(writer);
        break;
    case JSON_BOOL:
        json_write_bool(writer, json_bool(json));
        break;
    case JSON_I64:
        json_write_i64(writer, json_i64(json));
        break;
    case JSON_U64:
    case JSON_DOUBLE:
        json_write_double(writer, json_double(json));
        break;
    case JSON_STRING:
        json_write_str(writer, json_string(json));
        break;
    case JSON_ARRAY:
        json_write_array_begin(writer);
        for (i = json_begin(json); json_next(&i);) {
            write_nested(writer, i.value);
        }
        json_write_array_end(writer);
        break;
    case JSON_OBJECT:
        json_write_object_begin(writer);
        for (i = json_begin(json); json_next(&i);) {
            json_write_key_str(writer, i.key);
            write_nested(writer, i.value);
        }
        json_write_object_end(writer);
        break;
    }
}

static enum status too_long(struct event_decode_job *job, const char *place)
{
    return event_fault_schema(job, place, "%s: has more than %zu bytes as text", place, LIMIT_TEXT_BYTES);
}

/* What lies in the scratch buffer, as the value's text. */
static enum status keep_scratch(struct event_decode_job *job, const char *place, struct str *text)
{
    struct buffer *scratch = &job->decoder->scratch;
    if (buffer_failed(scratch)) {
        return event_fault_memory(job);
    }
    if (scratch->length > LIMIT_TEXT_BYTES) {
        buffer_release(scratch); /* what is that large is rare; it need not stay */
        return too_long(job, place);
    }
    job->moved_bytes += scratch->length;
    if (job->moved_bytes > LIMIT_TEXT_BYTES) {
        return event_fault_schema(job, place, "%s: what moves to metadata as JSON text has more than %zu bytes together",
                                  place, LIMIT_TEXT_BYTES);
    }
    return arena_copy(job->arena, buffer_str(scratch), text) ? STATUS_OK : event_fault_memory(job);
}

/* A list of ids as the comma-separated text that metadata.depends_on is; false where it is something else. */
static bool write_ids(struct buffer *scratch, struct json json)
{
    bool first = true;
    for (struct json_iterator i = json_begin(json); json_next(&i);) {
        if (json_type(i.value) != JSON_STRING) {
            return false;
        }
        struct str id = json_string(i.value);
        if (str_find(id, ',') < id.length) {
            return false;
        }
        if (!first) {
            buffer_append_char(scratch, ',');
        }
        buffer_append_str(scratch, id);
        first = false;
    }
    return true;
}

static enum status to_text(struct event_decode_job *job, const char *place, bool is_depends_on, struct json json,
                           struct str *text)
{
    struct buffer *scratch = &job->decoder->scratch;
    buffer_clear(scratch);
    if (is_depends_on && json_type(json) == JSON_ARRAY) {
        if (!write_ids(scratch, json)) {
            return event_fault_schema(job, place, "%s: expected a list of ids without commas, or one comma-separated text",
                                      place);
        }
    } else {
        struct json_writer writer;
        json_write_init(&writer, scratch, 0);
        write_nested(&writer, json);
    }
    return keep_scratch(job, place, text);
}

/* One name and value; null gives no pair (*name is STR_NONE then). */
static enum status decode_pair(struct event_decode_job *job, struct str name, bool name_is_kept, struct json json,
                               struct event_pair *pair)
{
    pair->name = STR_NONE;
    if (json_type(json) == JSON_NULL) {
        return STATUS_OK;
    }
    if (name.length == 0 || name.length > LIMIT_ID_BYTES) {
        return event_fault_schema(job, "metadata", "metadata: a name has %zu bytes; 1 to %d are allowed", name.length,
                                  LIMIT_ID_BYTES);
    }
    char place[128], printable[EVENT_QUOTE_SIZE];
    pair->value = STR_NONE;
    if (json_type(json) == JSON_STRING) {
        if (json_string(json).length > LIMIT_TEXT_BYTES) {
            (void)snprintf(place, sizeof place, "metadata.%s", event_printable(name, printable));
            return too_long(job, place);
        }
        pair->value = event_keep_text(job, json_string(json));
    } else {
        (void)snprintf(place, sizeof place, "metadata.%s", event_printable(name, printable));
        enum status status = to_text(job, place, str_equal(name, STR("depends_on")), json, &pair->value);
        if (status != STATUS_OK) {
            return status;
        }
    }
    pair->name = name_is_kept ? name : event_keep_text(job, name);
    return STATUS_OK;
}

static int compare_pairs(const void *a, const void *b)
{
    return str_compare(((const struct event_pair *)a)->name, ((const struct event_pair *)b)->name);
}

/* Sorts by name and finds a name that stands twice. */
static enum status sort_pairs(struct event_decode_job *job, struct event_pair *pairs, uint32_t count)
{
    if (count > 16) {
        qsort(pairs, count, sizeof *pairs, compare_pairs);
    } else {
        for (uint32_t i = 1; i < count; i++) {
            struct event_pair pair = pairs[i];
            uint32_t at = i;
            for (; at > 0 && str_compare(pair.name, pairs[at - 1].name) < 0; at--) {
                pairs[at] = pairs[at - 1];
            }
            pairs[at] = pair;
        }
    }
    for (uint32_t i = 1; i < count; i++) {
        if (str_equal(pairs[i - 1].name, pairs[i].name)) {
            char quoted[EVENT_QUOTE_SIZE];
            return event_fault_schema(job, "metadata", "metadata: %s is given twice", event_quote(pairs[i].name, quoted));
        }
    }
    return STATUS_OK;
}

/* Merges two sorted lists; of a name in both the first list's pair stays. Returns how many there are. */
static uint32_t merge(const struct event_pair *a, uint32_t a_count, const struct event_pair *b, uint32_t b_count,
                      struct event_pair *merged)
{
    uint32_t i = 0, j = 0, count = 0;
    while (i < a_count || j < b_count) {
        int order = i == a_count ? 1 : j == b_count ? -1 : str_compare(a[i].name, b[j].name);
        merged[count++] = order <= 0 ? a[i] : b[j];
        i += order <= 0;
        j += order >= 0;
    }
    return count;
}

static enum status decode_own(struct event_decode_job *job, struct event_pair *pairs, uint32_t *count)
{
    *count = 0;
    if (!event_field_set_has(&job->given, EVENT_FIELD_METADATA)) {
        return STATUS_OK;
    }
    for (struct json_iterator i = json_begin(job->decoder->values[EVENT_FIELD_METADATA]); json_next(&i);) {
        enum status status = decode_pair(job, i.key, false, i.value, &pairs[*count]);
        if (status != STATUS_OK) {
            return status;
        }
        *count += pairs[*count].name.at != NULL;
    }
    return sort_pairs(job, pairs, *count);
}

static enum status decode_moved(struct event_decode_job *job, struct event_pair *pairs, uint32_t *count)
{
    *count = 0;
    for (size_t i = 0; i < job->moved_count; i++) {
        const struct event_moved *moved = &job->decoder->moved[i];
        enum status status = decode_pair(job, moved->name, moved->name_is_kept, moved->value, &pairs[*count]);
        if (status != STATUS_OK) {
            return status;
        }
        *count += pairs[*count].name.at != NULL;
    }
    return sort_pairs(job, pairs, *count);
}

enum status event_decode_metadata(struct event_decode_job *job, struct event_value *value, bool *present)
{
    size_t own_max = 0;
    if (event_field_set_has(&job->given, EVENT_FIELD_METADATA)) {
        struct json json = job->decoder->values[EVENT_FIELD_METADATA];
        if (json_type(json) != JSON_OBJECT) {
            return event_fault_type(job, "metadata", "an object", json);
        }
        for (struct json_iterator i = json_begin(json); json_next(&i);) {
            own_max++;
        }
    }
    size_t most = own_max + job->moved_count;
    *present = false;
    if (most == 0) {
        return STATUS_OK;
    }
    if (most > LIMIT_METADATA_ENTRIES) {
        return event_fault_schema(job, "metadata",
                                  "metadata: has %zu entries (with the members that the schema does not know), %d at most",
                                  most, LIMIT_METADATA_ENTRIES);
    }
    struct event_pair *pairs = arena_new(job->arena, most * sizeof *pairs);
    if (pairs == NULL) {
        return event_fault_memory(job);
    }
    uint32_t own_count, moved_count = 0;
    enum status status = decode_own(job, pairs, &own_count);
    if (status == STATUS_OK) {
        status = decode_moved(job, pairs + own_count, &moved_count);
    }
    if (status == STATUS_OK && own_count > 0 && moved_count > 0) {
        struct event_pair *merged = arena_new(job->arena, (own_count + moved_count) * sizeof *merged);
        if (merged == NULL) {
            return event_fault_memory(job);
        }
        own_count = merge(pairs, own_count, pairs + own_count, moved_count, merged);
        pairs = merged;
    } else {
        own_count += moved_count;
    }
    value->field = EVENT_FIELD_METADATA;
    value->count = own_count;
    value->pairs = pairs;
    *present = own_count > 0;
    return status;
}
