#include "cli/sender.h"

#include <stdio.h>
#include <unistd.h>

#define RETRY_SECONDS_MAX 8 /* the last wait, 15 s in all, while a server says that it is overloaded */

void sender_init(struct sender *sender, struct cli *cli, const char *iteration, const char *what)
{
    *sender = (struct sender){.cli = cli, .iteration = iteration, .what = what};
    buffer_init(&sender->chunk, SENDER_CHUNK_BYTES + LIMIT_DEAD_LETTER_BYTES);
    buffer_init(&sender->query, MIB);
    buffer_init(&sender->rejections, MIB);
    query_add(&sender->query, "answer", "summary");
    query_add(&sender->query, "iteration", iteration);
    answer_init(&sender->answer);
}

void sender_release(struct sender *sender)
{
    buffer_release(&sender->chunk);
    buffer_release(&sender->query);
    buffer_release(&sender->rejections);
    answer_release(&sender->answer);
}

static void note_rejections(struct sender *sender, struct json results)
{
    struct buffer *out = &sender->rejections;
    for (struct json_iterator i = each(results); json_next(&i) && sender->rejections_shown < SENDER_REJECTIONS_SHOWN;) {
        term_format(&sender->cli->term, out, STYLE_BAD, "  ✘ event %lld", (long long)get_i64(i.value, "index") + 1 +
                    (long long)sender->events);
        buffer_append_text(out, ": ");
        cli_put_reason(sender->cli, out, 4, i.value);
        sender->rejections_shown++;
    }
}

static void show_progress(const struct sender *sender)
{
    if (sender->cli->term.progress) {
        (void)fprintf(stderr, "\r%s: %llu events, %.1f MB\x1b[K", sender->what, (unsigned long long)sender->events,
                      (double)sender->bytes / 1e6);
    }
}

static enum status send_chunk(struct sender *sender, size_t length, struct error *error)
{
    size_t query_length = sender->query.length;
    if (sender->event_bytes > 0) {
        char number[32];
        (void)snprintf(number, sizeof number, "%llu", (unsigned long long)sender->event_bytes);
        query_add(&sender->query, "event_bytes", number);
    }
    enum status status = cli_ask(sender->cli, &(struct ask){.method = API_POST, .path = STR("/api/v1/events"),
                                 .query = buffer_str(&sender->query), .body = {sender->chunk.bytes, length},
                                 .content_type = "application/x-ndjson", .writes = true},
                                 &sender->answer, error);
    buffer_cut(&sender->query, query_length);
    return status;
}

enum status sender_flush(struct sender *sender, struct error *error)
{
    if (sender->chunk.length == 0) {
        return STATUS_OK;
    }
    size_t length = sender->chunk.length;
    char *padding = buffer_reserve(&sender->chunk, JSON_READ_PADDING);
    if (padding == NULL) {
        return error_no_memory(error, sender->what);
    }
    memset(padding, 0, JSON_READ_PADDING);
    enum status status = send_chunk(sender, length, error);
    for (unsigned seconds = 1; status == STATUS_RETRY && sender->answer.status == 503 && seconds <= RETRY_SECONDS_MAX; seconds *= 2) {
        (void)sleep(seconds); /* what was taken already will be a duplicate */
        status = send_chunk(sender, length, error);
    }
    buffer_clear(&sender->chunk);
    if (status != STATUS_OK) {
        return status;
    }
    struct json root = sender->answer.root;
    uint64_t accepted = (uint64_t)get_i64(root, "accepted"), duplicates = (uint64_t)get_i64(root, "duplicates");
    uint64_t conflicts = (uint64_t)get_i64(root, "conflicts"), rejected = (uint64_t)get_i64(root, "rejected");
    note_rejections(sender, get(root, "results"));
    sender->events += accepted + duplicates + conflicts + rejected;
    sender->accepted += accepted;
    sender->duplicates += duplicates;
    sender->conflicts += conflicts;
    sender->rejected += rejected;
    sender->position = get_i64(root, "position");
    show_progress(sender);
    return STATUS_OK;
}

enum status sender_add_alone(struct sender *sender, struct str text, uint64_t length, struct error *error)
{
    enum status status = sender_flush(sender, error);
    if (status != STATUS_OK) {
        return status;
    }
    sender->bytes += length + 1;
    buffer_append_str(&sender->chunk, text);
    if (buffer_failed(&sender->chunk)) {
        return error_no_memory(error, sender->what);
    }
    sender->event_bytes = length;
    status = sender_flush(sender, error);
    sender->event_bytes = 0;
    buffer_release(&sender->chunk); /* which may be much larger than a chunk */
    return status;
}

enum status sender_add(struct sender *sender, struct str event, struct error *error)
{
    if (sender->chunk.length > 0 && sender->chunk.length + event.length + 1 > SENDER_CHUNK_BYTES) {
        enum status status = sender_flush(sender, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    sender->bytes += event.length + 1;
    buffer_append_str(&sender->chunk, event);
    buffer_append_char(&sender->chunk, '\n');
    return buffer_failed(&sender->chunk) ? error_no_memory(error, sender->what) : STATUS_OK;
}

void sender_put(struct sender *sender, struct buffer *out)
{
    const struct term *term = &sender->cli->term;
    if (term->progress) {
        (void)fputs("\r\x1b[K", stderr);
    }
    buffer_append_format(out, "%llu event%s: ", (unsigned long long)sender->events, sender->events == 1 ? "" : "s");
    term_format(term, out, sender->accepted > 0 ? STYLE_GOOD : STYLE_PLAIN, "%llu accepted", (unsigned long long)sender->accepted);
    buffer_append_format(out, ", %llu duplicate%s", (unsigned long long)sender->duplicates, sender->duplicates == 1 ? "" : "s");
    if (sender->conflicts > 0) {
        term_format(term, out, STYLE_WARN, ", %llu conflict%s (same key, other content: the first stays)",
                    (unsigned long long)sender->conflicts, sender->conflicts == 1 ? "" : "s");
    }
    term_format(term, out, sender->rejected > 0 ? STYLE_BAD : STYLE_PLAIN, ", %llu rejected", (unsigned long long)sender->rejected);
    buffer_append_char(out, '\n');
    if (sender->rejected > 0) {
        buffer_append_str(out, buffer_str(&sender->rejections));
        if (sender->rejected > (uint64_t)sender->rejections_shown) {
            buffer_append_format(out, "  and %llu more\n",
                                 (unsigned long long)(sender->rejected - (uint64_t)sender->rejections_shown));
        }
        buffer_append_text(out, "They wait as dead letters: `trimodal dlq list` shows them, `trimodal dlq show ID` says what to change.\n");
    }
}

void sender_write_json(const struct sender *sender, struct json_writer *writer)
{
    json_field_i64(writer, "events", (int64_t)sender->events);
    json_field_i64(writer, "accepted", (int64_t)sender->accepted);
    json_field_i64(writer, "duplicates", (int64_t)sender->duplicates);
    json_field_i64(writer, "conflicts", (int64_t)sender->conflicts);
    json_field_i64(writer, "rejected", (int64_t)sender->rejected);
    json_field_i64(writer, "position", sender->position);
}
