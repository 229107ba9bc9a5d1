/* From a body to single events: decoded, cut into pieces, each admitted. */
#include <assert.h>
#include <stdio.h>

#include "base/limits.h"
#include "event/inflater.h"
#include "event/split.h"
#include "ingest/ingest_private.h"

struct feeding {
    struct ingest *ingest;
    struct submission *submission;
    const struct ingest_submission *request;
    struct event_defaults defaults;
    struct event_splitter *splitter;
    bool rejected_whole;
    bool audited;
};

/* The body changes something: from now on it is on record that it came. */
static void audit_once(struct feeding *feeding)
{
    if (!feeding->audited) {
        feeding->audited = true;
        ingest_add_audit(feeding->ingest, feeding->submission, feeding->request->audit);
    }
}

static struct arrival arrival_of(const struct feeding *feeding, const struct event_piece *piece)
{
    return (struct arrival){
        .json = piece->text,
        .ordinal = piece->ordinal,
        .offset = piece->offset,
        .defaults = &feeding->defaults,
        .content_type = feeding->request->content_type,
        .origin = feeding->request->origin,
    };
}

/* What can't even be decoded: a piece over the limit, or one that the end of the body cut off. */
static void reject_piece(struct feeding *feeding, const struct event_piece *piece)
{
    struct arrival arrival = arrival_of(feeding, piece);
    struct event_fault fault = {.category = EVENT_FAULT_SCHEMA_VALIDATION, .stream = EVENT_STREAM_COUNT};
    if (piece->kind == EVENT_PIECE_OVERSIZED) {
        char kept[64] = "";
        if (piece->text.length < piece->length) {
            (void)snprintf(kept, sizeof kept, " (its first %zu bytes were kept)", piece->text.length);
        }
        (void)error_set(&fault.error, STATUS_INVALID, "",
                        "the event has %llu bytes; %zu are the most. Send large texts elsewhere and refer to them%s",
                        (unsigned long long)piece->length, LIMIT_EVENT_BYTES, kept);
    } else {
        (void)error_set(&fault.error, STATUS_INVALID, "",
                        "the body ends in the middle of this event or list; was it cut off on its way?");
    }
    ingest_reject(feeding->ingest, feeding->submission, &arrival, &fault);
}

static enum status take_piece(void *context, const struct event_piece *piece)
{
    struct feeding *feeding = context;
    audit_once(feeding);
    if (feeding->submission->status != STATUS_OK) {
        return feeding->submission->status;
    }
    if (piece->kind == EVENT_PIECE_WHOLE) {
        struct arrival arrival = arrival_of(feeding, piece);
        ingest_admit(feeding->ingest, feeding->submission, &arrival);
    } else {
        reject_piece(feeding, piece);
    }
    return feeding->submission->status;
}

/* --- encoded bodies ---------------------------------------------------------------------------------------------------- */

/* The whole body goes to the dead letters: nothing in it can be told apart. */
static void reject_body(struct feeding *feeding, const struct error *error)
{
    struct event_fault fault = {
        .category = EVENT_FAULT_SCHEMA_VALIDATION, .error = *error, .stream = EVENT_STREAM_COUNT};
    struct arrival arrival = {.json = feeding->request->body,
                              .ordinal = event_splitter_count(feeding->splitter),
                              .defaults = &feeding->defaults,
                              .content_type = feeding->request->content_encoding,
                              .origin = feeding->request->origin};
    audit_once(feeding);
    ingest_reject(feeding->ingest, feeding->submission, &arrival, &fault);
    feeding->rejected_whole = true;
}

static enum status feed_inflated(void *context, const void *bytes, size_t length)
{
    struct feeding *feeding = context;
    return event_splitter_feed(feeding->splitter, bytes, length);
}

static void feed_encoded(struct feeding *feeding, enum inflate_coding coding)
{
    struct error error;
    struct inflater *inflater = inflater_new(coding, LIMIT_DECODED_BODY_BYTES, feed_inflated, feeding);
    if (inflater == NULL) {
        submission_out_of_memory(feeding->submission);
        return;
    }
    enum status status = inflater_feed(inflater, feeding->request->body.at, feeding->request->body.length, &error);
    if (status == STATUS_OK) {
        status = inflater_end(inflater, &error);
    }
    inflater_free(inflater);
    if (status == STATUS_INVALID && feeding->submission->status == STATUS_OK) {
        reject_body(feeding, &error);
    } else if (status != STATUS_OK) { /* where take_piece refused, the submission has its reason already */
        submission_out_of_memory(feeding->submission);
    }
}

/* The body is one event, or the beginning of one. */
static void feed_one(struct feeding *feeding)
{
    struct str body = feeding->request->body;
    uint64_t length = feeding->request->event_bytes;
    bool whole = length == body.length && length <= LIMIT_EVENT_BYTES;
    struct event_piece piece = {
        .kind = whole ? EVENT_PIECE_WHOLE : EVENT_PIECE_OVERSIZED, .text = body, .length = length};
    assert(length >= body.length);
    (void)take_piece(feeding, &piece); /* what goes wrong stands in the submission */
}

/* --- the door ------------------------------------------------------------------------------------------------------------ */

static void feed(struct feeding *feeding)
{
    struct error error;
    struct submission *submission = feeding->submission;
    struct str body = feeding->request->body;
    enum inflate_coding coding;
    enum status status = inflate_coding_from_name(feeding->request->content_encoding, &coding, &error);
    if (status != STATUS_OK) {
        submission_fail(submission, status, &error);
        return;
    }
    if (coding != INFLATE_IDENTITY && feeding->request->event_bytes > 0) {
        submission_fail(submission, error_set(&error, STATUS_INVALID, "event_bytes", "it is for bodies without Content-Encoding"),
                        &error);
    } else if (coding != INFLATE_IDENTITY) {
        feed_encoded(feeding, coding);
    } else if (feeding->request->event_bytes > 0) {
        feed_one(feeding);
    } else if (body.length > 0 && event_splitter_feed(feeding->splitter, body.at, body.length) != STATUS_OK) {
        submission_out_of_memory(submission);
    }
    if (submission->status == STATUS_OK && !feeding->rejected_whole &&
        event_splitter_end(feeding->splitter) != STATUS_OK) {
        submission_out_of_memory(submission);
    }
    if (submission->status == STATUS_OK && submission->first == NULL) {
        submission_fail(submission, error_set(&error, STATUS_INVALID, "body", "it holds no event; send JSON, NDJSON or CloudEvents"),
                        &error);
    }
}

void ingest_submit(struct ingest *ingest, const struct ingest_submission *request, ingest_done *done, void *context)
{
    struct submission *submission = submission_new(done, context);
    if (submission == NULL) {
        return;
    }
    struct feeding feeding = {
        .ingest = ingest,
        .submission = submission,
        .request = request,
        .defaults = {.tenant = request->tenant_id,
                     .tenant_is_fixed = request->tenant_is_fixed,
                     .control_is_allowed = request->control_is_allowed,
                     .size_is_checked = true,
                     .iteration_id = request->iteration_id,
                     .now_ms = clock_now_ms(ingest->clock)},
    };
    if (ingest_accepts(ingest, submission, request->body.length)) {
        feeding.splitter = event_splitter_new(take_piece, &feeding);
        if (feeding.splitter == NULL) {
            submission_out_of_memory(submission);
        } else {
            ingest->sending = request->sender;
            feed(&feeding);
            ingest->sending = NULL;
        }
        event_splitter_free(feeding.splitter);
    }
    submission_close(ingest, submission);
    ingest_advance(ingest);
}
