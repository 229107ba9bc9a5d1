/* json_split.h: a JSON document of any size, in pieces.
 *
 * Given paths such as "id", "tasks[]" or "summary.violations[]" (members from the top, [] for each item of an array), hands
 * out each value found there as one JSON text, in the order of the document. Everything else is passed over: its
 * brackets and strings must be in order, no more is checked. Memory: the largest piece, at most IMPORT_ITEM_BYTES.
 *
 * The document's outermost value must be an object. There are at most 32 paths, at most
 * JSON_SPLIT_LEVELS deep.
 */
#ifndef TRIMODAL_IMPORT_JSON_SPLIT_H
#define TRIMODAL_IMPORT_JSON_SPLIT_H

#include "base/buffer.h"
#include "import/import_reader.h"

#define JSON_SPLIT_LEVELS 6
#define JSON_SPLIT_PATH_SIZE 256

struct json_split {
    struct import_reader *reader;
    const char *const *paths; /* ends with NULL */
    struct buffer text;       /* of the piece handed out */
    char path[JSON_SPLIT_PATH_SIZE];
    struct json_split_level {
        bool in_object;
        bool has_items;
        size_t path_length; /* of the path to this container */
    } levels[JSON_SPLIT_LEVELS];
    int depth;
    bool ended;
    uint32_t entered; /* bit per path: the container that its last part stands in was there, perhaps empty */
};

struct json_piece {
    size_t path;     /* index into paths */
    struct str text; /* one value, JSON_READ_PADDING readable bytes behind it; valid until the next call */
    uint64_t offset; /* of its first byte in the file */
};

void json_split_init(struct json_split *split, struct import_reader *reader, const char *const *paths);
void json_split_release(struct json_split *split);

/* STATUS_ABSENT (and no error set): the document has ended well. */
enum status json_split_next(struct json_split *split, struct json_piece *piece, struct error *error) must_check;
/* True when the object at the beginning of the text, which may be cut off, has this member. */
bool json_split_has_member(struct str text, const char *name);

#endif
