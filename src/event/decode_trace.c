/* W3C trace context (https://www.w3.org/TR/trace-context/) within an event. */
#include "event/decode_job.h"

enum status event_check_trace_id(struct event_decode_job *job, const char *name, size_t digits, struct str *id)
{
    if (id->at == NULL) {
        return STATUS_OK;
    }
    char *at = (char *)(uintptr_t)id->at; /* the event's own memory */
    uint8_t other = id->length != digits, upper = 0, nonzero = 0;
    for (size_t i = 0, length = id->length; i < length; i++) { /* without branches, so that it is vectorised */
        uint8_t c = (uint8_t)at[i];
        uint8_t is_digit = (uint8_t)(c - '0') < 10, is_lower = (uint8_t)(c - 'a') < 6, is_upper = (uint8_t)(c - 'A') < 6;
        other |= !(is_digit | is_lower | is_upper);
        upper |= is_upper;
        nonzero |= c ^ '0';
    }
    for (size_t i = 0; upper != 0 && i < id->length; i++) {
        at[i] = (char)(at[i] >= 'A' && at[i] <= 'F' ? at[i] - 'A' + 'a' : at[i]);
    }
    if (other != 0) {
        return event_fault_schema(job, name,
                                  "%s: expected %zu hex digits (W3C trace context), got %zu characters that are not", name,
                                  digits, id->length);
    }
    if (nonzero == 0) {
        *id = STR_NONE;
    }
    return STATUS_OK;
}

static struct event_value *find_value(struct event *event, enum event_field field)
{
    return (struct event_value *)(uintptr_t)event_value(event, field);
}

static void remove_value(struct event *event, struct event_value *value)
{
    size_t at = (size_t)(value - event->values);
    event->value_count--;
    memmove(value, value + 1, (event->value_count - at) * sizeof *value);
}

static enum status check_span(struct event_decode_job *job, enum event_field field)
{
    struct event_value *value = find_value(job->event, field);
    if (value == NULL) {
        return STATUS_OK;
    }
    enum status status = event_check_trace_id(job, event_field_name(field), 16, &value->text);
    if (status == STATUS_OK && value->text.at == NULL) {
        remove_value(job->event, value);
    }
    return status;
}

/* version "-" trace id "-" span id "-" flags; later versions may append more. */
static bool traceparent_parts(struct str text, struct str *trace_id, struct str *span_id)
{
    if (text.length < 55 || text.at[2] != '-' || text.at[35] != '-' || text.at[52] != '-') {
        return false;
    }
    *trace_id = (struct str){text.at + 3, 32};
    *span_id = (struct str){text.at + 36, 16};
    return true;
}

static void insert_span(struct event *event, struct str span_id)
{
    uint32_t at = event->value_count;
    while (at > 0 && event->values[at - 1].field > EVENT_FIELD_SPAN_ID) {
        event->values[at] = event->values[at - 1];
        at--;
    }
    event->values[at] = (struct event_value){.field = EVENT_FIELD_SPAN_ID, .text = span_id};
    event->value_count++;
}

enum status event_check_trace(struct event_decode_job *job)
{
    struct event *event = job->event;
    enum status status = check_span(job, EVENT_FIELD_SPAN_ID);
    if (status == STATUS_OK) {
        status = check_span(job, EVENT_FIELD_PARENT_SPAN_ID);
    }
    struct str traceparent = event_text(event, EVENT_FIELD_TRACEPARENT);
    if (status != STATUS_OK || traceparent.at == NULL) {
        return status;
    }
    struct str trace_id, span_id;
    if (!traceparent_parts(traceparent, &trace_id, &span_id)) {
        return event_fault_schema(
            job, "traceparent",
            "traceparent: expected W3C trace context such as 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    }
    status = event_check_trace_id(job, "traceparent", 32, &trace_id);
    if (status == STATUS_OK) {
        status = event_check_trace_id(job, "traceparent", 16, &span_id);
    }
    if (status == STATUS_OK && event->trace_id.at == NULL && trace_id.at != NULL) {
        event->trace_id = trace_id;
        if (span_id.at != NULL && event_text(event, EVENT_FIELD_SPAN_ID).at == NULL) {
            insert_span(event, span_id);
        }
    }
    return status;
}
