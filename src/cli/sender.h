/* sender.h: events on their way to the API, in chunks of NDJSON, with what became of them added up.
 *
 * Memory is one chunk, or the one text sent alone, however much is sent. For `seed` and `import`.
 */
#ifndef TRIMODAL_CLI_SENDER_H
#define TRIMODAL_CLI_SENDER_H

#include "cli/cli.h"

#define SENDER_CHUNK_BYTES (4 * MIB)
#define SENDER_REJECTIONS_SHOWN 5

struct sender {
    struct cli *cli;
    const char *iteration; /* for events that name none; NULL */
    const char *what;      /* for progress: "seeding" */
    struct buffer chunk;
    struct buffer query;
    struct answer answer;
    uint64_t event_bytes; /* of the one event that the chunk is; 0: it holds any number */
    uint64_t events, accepted, duplicates, conflicts, rejected, bytes;
    int64_t position;
    struct buffer rejections; /* the first reasons, rendered */
    int rejections_shown;
};

void sender_init(struct sender *sender, struct cli *cli, const char *iteration, const char *what);
void sender_release(struct sender *sender);

/* One event, one JSON value. */
enum status sender_add(struct sender *sender, struct str event, struct error *error) must_check;
/* One event by itself, whatever its text is; up to LIMIT_DEAD_LETTER_BYTES of one that has `length`. */
enum status sender_add_alone(struct sender *sender, struct str text, uint64_t length, struct error *error) must_check;
/* What is left; call before reading the totals. */
enum status sender_flush(struct sender *sender, struct error *error) must_check;

/* The totals, and the first rejections. */
void sender_put(struct sender *sender, struct buffer *out);
void sender_write_json(const struct sender *sender, struct json_writer *writer); /* members of an object */

#endif
