/* Two scanners in one. Along the wanted paths the document is read token by token (`json_split_next`, `begin_value`); a value
 * that is handed out or passed over is scanned as a whole (`scan_value`), a byte at a time with the strings by memchr-like
 * runs, because that is where nearly all bytes are.
 *
 * Invariants: `path` up to the top level's path_length names the container that is open; while a member's value is begun,
 * its key stands behind. Nothing is consumed from the reader that was not looked at. */
#include "import/json_split.h"

#include <assert.h>

#include "base/json_read.h"
#include "base/limits.h"

static_assert(IMPORT_ITEM_BYTES == 16 * MIB, "the messages say 16 MiB");

enum found { FOUND_NOTHING, FOUND_PREFIX, FOUND_WHOLE };

void json_split_init(struct json_split *split, struct import_reader *reader, const char *const *paths)
{
    *split = (struct json_split){.reader = reader, .paths = paths};
    buffer_init(&split->text, IMPORT_ITEM_BYTES + JSON_READ_PADDING);
}

void json_split_release(struct json_split *split)
{
    buffer_release(&split->text);
}

static enum status malformed(const struct json_split *split, struct error *error, const char *sentence)
{
    char place[ERROR_PLACE_SIZE];
    return error_set(error, STATUS_INVALID, import_place_byte(split->reader, split->reader->offset, place), "%s", sentence);
}

static enum status cut_off(const struct json_split *split, struct error *error)
{
    return malformed(split, error, "the file ends in the middle of the document; was it written to the end?");
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Makes at least one byte available; false at the end of the file. */
static enum status look(struct json_split *split, bool *there, struct error *error)
{
    struct import_reader *reader = split->reader;
    while (reader->available == 0 && !reader->ended) {
        enum status status = import_reader_more(reader, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    *there = reader->available > 0;
    return STATUS_OK;
}

/* The next byte that is no white space, not yet consumed; 0 at the end of the file. */
static enum status peek(struct json_split *split, char *c, struct error *error)
{
    for (;;) {
        bool there;
        enum status status = look(split, &there, error);
        if (status != STATUS_OK) {
            return status;
        }
        if (!there) {
            *c = '\0';
            return STATUS_OK;
        }
        size_t i = 0;
        while (i < split->reader->available && is_space(split->reader->at[i])) {
            i++;
        }
        bool found = i < split->reader->available;
        *c = found ? split->reader->at[i] : '\0';
        import_reader_consume(split->reader, i);
        if (found) {
            return *c == '\0' ? malformed(split, error, "a NUL byte stands where JSON was expected") : STATUS_OK;
        }
    }
}

/* --- whole values ------------------------------------------------------------------------------------------------- */

struct scan {
    bool in_string;
    bool escaped;
    bool scalar;   /* a number or word: ends before a delimiter */
    int depth;
    uint64_t braces; /* bit per open bracket, the innermost lowest: 1 is { */
    bool done;
    const char *wrong;
};

static void scan_open(struct scan *scan, bool brace)
{
    if (scan->depth == IMPORT_JSON_DEPTH) {
        scan->wrong = "the JSON is nested too deeply";
        return;
    }
    scan->depth++;
    scan->braces = scan->braces << 1 | (uint64_t)brace;
}

static void scan_close(struct scan *scan, bool brace)
{
    if (scan->depth == 0 || (scan->braces & 1) != (uint64_t)brace) {
        scan->wrong = "a bracket is closed that was not opened";
        return;
    }
    scan->depth--;
    scan->braces >>= 1;
    scan->done = scan->depth == 0;
}

/* Inside a string: the number of bytes up to and including its end, or all. */
static size_t scan_string(struct scan *scan, const char *at, size_t length)
{
    size_t i = 0;
    while (i < length) {
        if (scan->escaped) {
            scan->escaped = false;
            i++;
            continue;
        }
        while (i < length && at[i] != '"' && at[i] != '\\') {
            i++;
        }
        if (i == length) {
            break;
        }
        if (at[i++] == '"') {
            scan->in_string = false;
            scan->done = scan->depth == 0;
            return i;
        }
        scan->escaped = true;
    }
    return i;
}

/* Looks at one byte outside strings; false when it does not belong to the value any more. */
static bool scan_byte(struct scan *scan, char c)
{
    switch (c) {
    case '"':
        scan->in_string = true;
        return !scan->scalar;
    case '{':
    case '[':
        scan_open(scan, c == '{');
        return !scan->scalar;
    case '}':
    case ']':
        if (scan->scalar) {
            return false;
        }
        scan_close(scan, c == '}');
        return true;
    case ',':
    case ':':
        return !scan->scalar;
    default:
        scan->scalar = scan->scalar || scan->depth == 0;
        return !(scan->scalar && is_space(c));
    }
}

static size_t scan_run(struct scan *scan, const char *at, size_t length)
{
    size_t i = 0;
    while (i < length && !scan->done && scan->wrong == NULL) {
        if (scan->in_string) {
            i += scan_string(scan, at + i, length - i);
        } else if (scan_byte(scan, at[i])) {
            i++;
        } else {
            scan->in_string = false;
            scan->done = true;
        }
    }
    return i;
}

/* Consumes one value; its text goes to `into`, unless that is NULL. */
static enum status scan_value(struct json_split *split, struct buffer *into, struct error *error)
{
    struct scan scan = {0};
    while (!scan.done) {
        bool there;
        enum status status = look(split, &there, error);
        if (status != STATUS_OK) {
            return status;
        }
        if (!there) {
            return cut_off(split, error);
        }
        size_t length = scan_run(&scan, split->reader->at, split->reader->available);
        if (into != NULL) {
            if (into->length + length > IMPORT_ITEM_BYTES) {
                return malformed(split, error, "one item is longer than the 16 MiB allowed");
            }
            buffer_append(into, split->reader->at, length);
            if (buffer_failed(into)) {
                return error_no_memory(error, "import");
            }
        }
        import_reader_consume(split->reader, length);
        if (scan.wrong != NULL) {
            return malformed(split, error, scan.wrong);
        }
    }
    return STATUS_OK;
}

/* One value, handed out. */
static enum status take_value(struct json_split *split, struct json_piece *piece, struct error *error)
{
    buffer_clear(&split->text);
    enum status status = scan_value(split, &split->text, error);
    if (status == STATUS_OK) {
        char *padding = buffer_reserve(&split->text, JSON_READ_PADDING);
        if (padding == NULL) {
            return error_no_memory(error, "import");
        }
        memset(padding, 0, JSON_READ_PADDING);
        piece->text = buffer_str(&split->text);
    }
    return status;
}

/* --- along the paths ---------------------------------------------------------------------------------------------- */

static enum found find_path(const struct json_split *split, size_t *index)
{
    size_t length = strlen(split->path);
    enum found found = FOUND_NOTHING;
    for (size_t i = 0; split->paths[i] != NULL; i++) {
        const char *path = split->paths[i];
        if (strncmp(path, split->path, length) != 0) {
            continue;
        }
        if (path[length] == '\0') {
            *index = i;
            return FOUND_WHOLE;
        }
        if (path[length] == '.' || path[length] == '[') {
            found = FOUND_PREFIX;
        }
    }
    return found;
}

/* Puts `name` behind the path of the innermost container; one that no path can match is spelt "?". */
static void set_path(struct json_split *split, struct str name)
{
    size_t at = split->levels[split->depth - 1].path_length;
    bool in_object = split->levels[split->depth - 1].in_object;
    bool odd = memchr(name.at, '\0', name.length) != NULL || memchr(name.at, '\\', name.length) != NULL;
    if (odd || at + name.length + 2 > sizeof split->path) {
        name = STR("?");
    }
    if (in_object && at > 0) {
        split->path[at++] = '.';
    }
    memcpy(split->path + at, name.at, name.length);
    split->path[at + name.length] = '\0';
}

static enum status push(struct json_split *split, bool in_object, struct error *error)
{
    if (split->depth == JSON_SPLIT_LEVELS) {
        return malformed(split, error, "the JSON is nested too deeply");
    }
    split->levels[split->depth++] = (struct json_split_level){.in_object = in_object, .path_length = strlen(split->path)};
    import_reader_consume(split->reader, 1);
    return STATUS_OK;
}

/* The container that begins here is one in which pieces of some paths may stand directly. */
static void mark_entered(struct json_split *split)
{
    size_t length = strlen(split->path);
    for (size_t i = 0; split->paths[i] != NULL; i++) {
        const char *path = split->paths[i];
        bool last = strncmp(path, split->path, length) == 0 && strpbrk(path + length + 1, ".[") == NULL;
        split->entered |= last ? UINT32_C(1) << i : 0;
    }
}

/* At the first byte of a value. *handed_out when it is one of those asked for. */
static enum status begin_value(struct json_split *split, char c, struct json_piece *piece, bool *handed_out, struct error *error)
{
    if (strchr(",:]}", c) != NULL) {
        return malformed(split, error, "a value was expected");
    }
    size_t index = 0;
    enum found found = find_path(split, &index);
    if (found == FOUND_PREFIX && (c == '{' || c == '[')) {
        mark_entered(split);
        return push(split, c == '{', error);
    }
    *handed_out = found == FOUND_WHOLE;
    *piece = (struct json_piece){.path = index, .offset = split->reader->offset};
    return *handed_out ? take_value(split, piece, error) : scan_value(split, NULL, error);
}

/* Key and colon, up to the value. */
static enum status read_key(struct json_split *split, char c, struct error *error)
{
    if (c != '"') {
        return malformed(split, error, c == '\0' ? "the file ends in the middle of the document; was it written to the end?"
                                                 : "a member's name in quotes was expected");
    }
    buffer_clear(&split->text);
    enum status status = scan_value(split, &split->text, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct str key = buffer_str(&split->text);
    set_path(split, (struct str){key.at + 1, key.length - 2});
    status = peek(split, &c, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (c != ':') {
        return c == '\0' ? cut_off(split, error) : malformed(split, error, "a colon was expected behind a member's name");
    }
    import_reader_consume(split->reader, 1);
    return STATUS_OK;
}

/* Between values of the innermost container: the comma or the end of it. *open: another value follows. */
static enum status between(struct json_split *split, bool *open, struct error *error)
{
    struct json_split_level *level = &split->levels[split->depth - 1];
    char c;
    enum status status = peek(split, &c, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (c == '\0') {
        return cut_off(split, error);
    }
    if (c == (level->in_object ? '}' : ']')) {
        import_reader_consume(split->reader, 1);
        split->depth--;
        *open = false;
        return STATUS_OK;
    }
    if (level->has_items) {
        if (c != ',') {
            return malformed(split, error, "a comma or a closing bracket was expected");
        }
        import_reader_consume(split->reader, 1);
    }
    level->has_items = true;
    *open = true;
    return STATUS_OK;
}

static enum status begin(struct json_split *split, struct error *error)
{
    char c;
    enum status status = peek(split, &c, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (c != '{') {
        return malformed(split, error, c == '\0' ? "the file is empty; a JSON object was expected"
                                                 : "a JSON object was expected");
    }
    split->path[0] = '\0';
    return push(split, true, error);
}

static enum status finish(struct json_split *split, struct error *error)
{
    char c;
    enum status status = peek(split, &c, error);
    if (status != STATUS_OK) {
        return status;
    }
    split->ended = true;
    return c == '\0' ? STATUS_ABSENT : malformed(split, error, "something follows the end of the document");
}

static enum status value_of_container(struct json_split *split, struct json_piece *piece, bool *handed_out, struct error *error)
{
    char c;
    enum status status = peek(split, &c, error);
    if (status == STATUS_OK && split->levels[split->depth - 1].in_object) {
        status = read_key(split, c, error);
        if (status == STATUS_OK) {
            status = peek(split, &c, error);
        }
    } else if (status == STATUS_OK) {
        set_path(split, STR("[]"));
    }
    if (status != STATUS_OK) {
        return status;
    }
    return c == '\0' ? cut_off(split, error) : begin_value(split, c, piece, handed_out, error);
}

enum status json_split_next(struct json_split *split, struct json_piece *piece, struct error *error)
{
    if (split->depth == 0 && !split->ended) {
        enum status status = begin(split, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    while (split->depth > 0) {
        bool open = false, handed_out = false;
        enum status status = between(split, &open, error);
        if (status == STATUS_OK && open) {
            status = value_of_container(split, piece, &handed_out, error);
        }
        if (status != STATUS_OK || handed_out) {
            return status;
        }
    }
    return split->ended ? STATUS_ABSENT : finish(split, error);
}

bool json_split_has_member(struct str text, const char *name)
{
    struct scan scan = {0};
    bool key_next = false;
    for (size_t i = 0; i < text.length && !scan.done && scan.wrong == NULL;) {
        char c = text.at[i];
        if (!scan_byte(&scan, c)) {
            break;
        }
        i++;
        if (!scan.in_string) {
            key_next = c == '{' || c == ',' || (key_next && is_space(c));
            continue;
        }
        size_t length = scan_string(&scan, text.at + i, text.length - i);
        if (key_next && scan.depth == 1 && !scan.in_string && str_is((struct str){text.at + i, length - 1}, name)) {
            return true;
        }
        key_next = false;
        i += length;
    }
    return false;
}
