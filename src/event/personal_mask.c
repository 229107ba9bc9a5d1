/* Masking: the same text with digits where something personal stood.
 *
 * What comes may be JSON, JSON that is broken or cut off, or something else that has names and values: a query string, a
 * Python literal, YAML, XML. So there is no parser but a walk over bytes that knows, at every place, which name the next value
 * has, and errs on the side of masking. It holds: bytes that are not part of a value that is masked come out as they went in,
 * so what was JSON is JSON.
 *
 *   - "…" is a string. With ':' behind it it is a name; else it is a value, unescaped before it is looked into (an e-mail
 *     address may be written with \u0040). A value that is JSON itself is walked through like the whole.
 *   - the value of a personal name is replaced: a string, a number, all strings and numbers of a list or object.
 *   - in an object where "key", "name", "field" or "property" is a personal name, "value", "old", "new", "before" and "after"
 *     are its value.
 *   - outside strings, in FOREIGN text only: name=value, name: value, <name>value</name>, 'strings'. A string ends with its
 *     line there, so that one quotation mark too many does not turn the rest inside out.
 *
 * An ANSWER's own ids are left alone, so that what a list names can be asked for; not so in what events brought along
 * (metadata, properties). Depth has a limit; below it, all strings count as personal. */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#include "base/json_write.h"
#include "base/memory.h"
#include "event/personal.h"

#define DEPTH_MAX 64
#define NESTED_MAX 3 /* JSON in a string in JSON in a string … */

void personal_hash(const struct personal_key *key, struct str value, char digits[PERSONAL_HASH_DIGITS])
{
    static const char hex[] = "0123456789abcdef";
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    const unsigned char *at = (const unsigned char *)(value.at != NULL ? value.at : "");
    if (HMAC(EVP_sha256(), key->bytes, sizeof key->bytes, at, value.length, digest, &length) == NULL) {
        abort(); /* only for an algorithm that is not there */
    }
    for (size_t i = 0; i < PERSONAL_HASH_DIGITS / 2; i++) {
        digits[2 * i] = hex[digest[i] >> 4];
        digits[2 * i + 1] = hex[digest[i] & 15];
    }
}

/* What the value that comes next is, by its name. */
struct expected {
    bool hide;
    bool is_reference; /* its numbers are nobody's */
    bool is_own_id;
    bool is_bare;   /* the name had no quotation marks: it is forgotten with the line */
    bool is_opener; /* what it opens was brought along by events */
    bool names_pair; /* it is the name of a pair whose value stands beside it */
};

struct level {
    bool hide;
    bool is_brought; /* metadata and the like: ids in it are not ours */
    bool has_pair;   /* the pair's name is a personal one */
};

struct mask {
    const struct personal_key *key;
    enum personal_source source;
    struct buffer *out;
    unsigned nested;
    /* Of personal_unmask: told of each place; `value` as it stands in the text. */
    void (*found)(void *context, const char digits[PERSONAL_HASH_DIGITS], struct str value, unsigned nested);
    void *context;
};

struct walk {
    struct mask *mask;
    struct str in;
    size_t at;
    struct level levels[DEPTH_MAX + 1]; /* the last stands for all that are deeper */
    size_t depth; /* may be above DEPTH_MAX */
    struct expected expected;
    char before;  /* the last byte that was no space */
    bool changed; /* anything was masked */
};

static void walk_text(struct walk *walk);

static void put_hash(struct walk *walk, struct str value, struct str as_it_stands)
{
    struct mask *mask = walk->mask;
    char digits[PERSONAL_HASH_DIGITS];
    personal_hash(mask->key, value, digits);
    buffer_append(mask->out, digits, sizeof digits);
    walk->changed = true;
    if (mask->found != NULL) {
        mask->found(mask->context, digits, as_it_stands, mask->nested);
    }
}

static void put_stretches(struct walk *walk, struct str text, bool numbers)
{
    struct personal_scan scan = {.text = text, .numbers = numbers};
    struct personal_span span;
    size_t done = 0;
    while (personal_next(&scan, &span)) {
        struct str value = {text.at + span.begin, span.end - span.begin};
        buffer_append(walk->mask->out, text.at + done, span.begin - done);
        put_hash(walk, value, value);
        done = span.end;
    }
    buffer_append_str(walk->mask->out, str_from_offset(text, done));
}

/* ---- levels and names ---- */

static struct level *level_of(struct walk *walk)
{
    walk->levels[DEPTH_MAX] = (struct level){.hide = true, .is_brought = true}; /* whatever is said of it */
    return &walk->levels[walk->depth < DEPTH_MAX ? walk->depth : DEPTH_MAX];
}

static bool is_one_of(struct str name, const struct str *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (name.length == names[i].length && memcmp(name.at, names[i].at, name.length) == 0) {
            return true;
        }
    }
    return false;
}
#define IS_ONE_OF(name, names) is_one_of(name, names, sizeof(names) / sizeof(names)[0])
#define N(text) {text, sizeof(text) - 1}

static const struct str pair_names[] = {N("key"), N("name"), N("field"), N("property")};
static const struct str pair_values[] = {N("value"), N("old"), N("new"), N("before"), N("after")};
static const struct str brought_names[] = {N("metadata"), N("properties"), N("event"), N("error")};
static const struct str own_ids[] = {
    N("id"),          N("node"),      N("node_id"),        N("iteration"),    N("iteration_id"), N("event_id"), N("tenant"),
    N("tenant_id"),   N("cursor"),    N("next_cursor"),    N("scenario_id"),  N("module_path"),  N("source_id"), N("target_id"),
    N("file_path"),   N("feature_path"), N("requirement_id"), N("contract_id"), N("path"),       N("source"),   N("target"),
    N("subject"),     N("trace_id"),  N("url"),
    N("raw"), /* of a dead letter: masked by whoever showed it */
};

static void expect_value_of(struct walk *walk, struct str name, bool is_bare)
{
    struct level *level = level_of(walk);
    bool answer = walk->mask->source == PERSONAL_ANSWER;
    walk->expected = (struct expected){
        .hide = level->hide || personal_by_name(name) != PERSONAL_NONE || (level->has_pair && IS_ONE_OF(name, pair_values)),
        .is_reference = personal_is_reference(name),
        .is_own_id = answer && !level->is_brought && IS_ONE_OF(name, own_ids),
        .is_bare = is_bare,
        .is_opener = IS_ONE_OF(name, brought_names),
        .names_pair = IS_ONE_OF(name, pair_names) && !(answer && str_is(name, "name")),
    };
}

static void expect_nothing(struct walk *walk)
{
    walk->expected = (struct expected){.hide = level_of(walk)->hide};
}

static void open_level(struct walk *walk)
{
    struct level *outer = level_of(walk);
    struct level inner = {.hide = outer->hide || walk->expected.hide, .is_brought = outer->is_brought || walk->expected.is_opener};
    walk->depth++;
    *level_of(walk) = inner;
    expect_nothing(walk);
}

static void close_level(struct walk *walk)
{
    walk->depth -= walk->depth > 0;
    expect_nothing(walk);
}

/* ---- strings ---- */

static unsigned hex_value(char c)
{
    return c >= '0' && c <= '9' ? (unsigned)(c - '0') : (c | 32) >= 'a' && (c | 32) <= 'f' ? (unsigned)((c | 32) - 'a') + 10 : 16;
}

static bool read_unit(struct str text, size_t at, uint32_t *unit)
{
    *unit = 0;
    for (size_t i = 0; i < 4; i++) {
        unsigned digit = at + i < text.length ? hex_value(text.at[at + i]) : 16;
        if (digit > 15) {
            return false;
        }
        *unit = *unit << 4 | digit;
    }
    return true;
}

static void append_utf8(struct buffer *out, uint32_t c)
{
    char bytes[4];
    size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    if (length == 1) {
        buffer_append_char(out, (char)c);
        return;
    }
    for (size_t i = length; i-- > 1; c >>= 6) {
        bytes[i] = (char)(0x80 | (c & 0x3F));
    }
    bytes[0] = (char)((0xF00u >> length & 0xFF) | c);
    buffer_append(out, bytes, length);
}

/* What follows a backslash at `at`; returns where it ends. What is no escape stands for itself. */
static size_t append_escape(struct str text, size_t at, struct buffer *out)
{
    static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
    char c = text.at[at];
    const char *known = c != '\0' ? strchr(from, c) : NULL;
    uint32_t unit, low;
    if (known != NULL) {
        buffer_append_char(out, to[known - from]);
        return at + 1;
    }
    if (c != 'u' || !read_unit(text, at + 1, &unit)) {
        buffer_append_char(out, c);
        return at + 1;
    }
    bool is_high = unit >= 0xD800 && unit < 0xDC00;
    if (is_high && at + 7 <= text.length && text.at[at + 5] == '\\' && text.at[at + 6] == 'u' && read_unit(text, at + 7, &low) &&
        low >= 0xDC00 && low < 0xE000) {
        append_utf8(out, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
        return at + 11;
    }
    append_utf8(out, unit >= 0xD800 && unit < 0xE000 ? 0xFFFD : unit);
    return at + 5;
}

static void unescape(struct str text, struct buffer *out)
{
    size_t at = 0;
    while (at < text.length) {
        size_t escape = at + str_find(str_from_offset(text, at), '\\');
        buffer_append(out, text.at + at, escape - at);
        at = escape + 1 < text.length ? append_escape(text, escape + 1, out) : text.length;
    }
}

/* What json_append_string writes, without its quotation marks. */
static void append_escaped(struct buffer *out, struct str text)
{
    struct buffer quoted;
    buffer_init(&quoted, 6 * text.length + 3);
    json_append_string(&quoted, text);
    if (buffer_failed(&quoted)) {
        out->failed = true;
    } else {
        buffer_append(out, quoted.bytes + 1, quoted.length - 2);
    }
    buffer_release(&quoted);
}

/* JSON in a string, or any text in one: walked through, and written as it was where nothing in it is personal. */
static void put_inside(struct walk *walk, struct str raw, struct str text)
{
    struct mask mask = *walk->mask;
    struct buffer masked;
    struct str trimmed = str_trim(text);
    bool is_json = trimmed.length > 1 && (trimmed.at[0] == '{' || trimmed.at[0] == '[') && walk->mask->nested < NESTED_MAX;
    buffer_init(&masked, 8 * text.length + 64);
    mask.out = &masked;
    mask.nested++;
    mask.source = PERSONAL_FOREIGN; /* it may be a text that begins with a bracket */
    struct walk *inner = memory_new_zeroed(1, sizeof *inner);
    if (inner == NULL) {
        walk->mask->out->failed = true;
        return;
    }
    inner->mask = &mask;
    inner->in = text;
    inner->levels[0].is_brought = true;
    if (is_json) {
        walk_text(inner);
    } else {
        put_stretches(inner, text, !walk->expected.is_reference);
    }
    walk->mask->out->failed = walk->mask->out->failed || buffer_failed(&masked);
    if (inner->changed) {
        append_escaped(walk->mask->out, buffer_str(&masked));
        walk->changed = true;
    } else {
        buffer_append_str(walk->mask->out, raw);
    }
    memory_free(inner);
    buffer_release(&masked);
}

/* What stands between quotation marks, as a value. */
static void put_content(struct walk *walk, struct str raw)
{
    const struct expected *expected = &walk->expected;
    struct buffer text;
    buffer_init(&text, raw.length + 1);
    bool is_escaped = memchr(raw.at, '\\', raw.length) != NULL;
    struct str value = raw;
    if (is_escaped) {
        unescape(raw, &text);
        value = buffer_str(&text);
        walk->mask->out->failed = walk->mask->out->failed || buffer_failed(&text);
    }
    if (expected->names_pair && personal_by_name(value) != PERSONAL_NONE) {
        level_of(walk)->has_pair = true;
    }
    if (expected->hide && !personal_is_void(value)) {
        put_hash(walk, value, raw);
    } else if (expected->is_own_id) {
        buffer_append_str(walk->mask->out, raw);
    } else if (is_escaped) {
        put_inside(walk, raw, value);
    } else {
        put_stretches(walk, raw, !expected->is_reference);
    }
    buffer_release(&text);
}

/* Where the string that begins behind `at` ends: at its mark, at the end of the line in foreign text, or of all. */
static size_t string_end(const struct walk *walk, size_t at, char mark)
{
    struct str in = walk->in;
    for (; at < in.length && in.at[at] != mark; at++) {
        if (in.at[at] == '\\' && at + 1 < in.length) {
            at++;
        } else if (in.at[at] == '\n' && walk->mask->source == PERSONAL_FOREIGN) {
            break;
        }
    }
    return at;
}

static void put_string(struct walk *walk, char mark)
{
    struct str in = walk->in;
    size_t begin = walk->at + 1, end = string_end(walk, begin, mark), next = end + 1;
    struct str raw = {in.at + begin, end - begin};
    while (next < in.length && (in.at[next] == ' ' || in.at[next] == '\t' || in.at[next] == '\n' || in.at[next] == '\r')) {
        next++;
    }
    bool is_name = end < in.length && next < in.length && in.at[next] == ':';
    buffer_append_char(walk->mask->out, mark);
    if (is_name) {
        expect_nothing(walk);
        walk->expected.hide = false;
        put_content(walk, raw);
        struct buffer name;
        buffer_init(&name, raw.length + 1);
        bool is_escaped = memchr(raw.at, '\\', raw.length) != NULL;
        if (is_escaped) {
            unescape(raw, &name);
        }
        expect_value_of(walk, is_escaped ? buffer_str(&name) : raw, false);
        buffer_release(&name);
    } else {
        put_content(walk, raw);
        expect_nothing(walk);
    }
    if (end < in.length && in.at[end] == mark) {
        buffer_append_char(walk->mask->out, mark);
        end++;
    }
    walk->at = end;
    walk->before = mark;
}

/* ---- outside strings ---- */

static bool is_word_of_json(struct str text)
{
    return str_is(text, "true") || str_is(text, "false") || str_is(text, "null");
}

/* What stands before the name's own last word is none of it: "u email" of <u email="…">. */
static struct str last_word(struct str text)
{
    size_t at = text.length;
    while (at > 0 && text.at[at - 1] != ' ' && text.at[at - 1] != '\t' && text.at[at - 1] != '\n' && text.at[at - 1] != '?') {
        at--;
    }
    return str_from_offset(text, at);
}

static void put_bare(struct walk *walk)
{
    static const char ends[] = "\"'{}[],:=&;<>\n";
    struct str in = walk->in;
    size_t begin = walk->at, end = begin;
    while (end < in.length && (in.at[end] == '\0' || strchr(ends, in.at[end]) == NULL)) {
        end++;
    }
    end += end == begin;
    struct str chunk = {in.at + begin, end - begin}, value = str_trim(chunk);
    bool is_foreign = walk->mask->source == PERSONAL_FOREIGN;
    if (value.length > 0 && walk->expected.hide && !is_word_of_json(value)) {
        bool quoted = !walk->expected.is_bare;
        buffer_append(walk->mask->out, chunk.at, (size_t)(value.at - chunk.at));
        buffer_append_text(walk->mask->out, quoted ? "\"" : "");
        put_hash(walk, value, value);
        buffer_append_text(walk->mask->out, quoted ? "\"" : "");
        buffer_append_str(walk->mask->out, str_from_offset(chunk, (size_t)(value.at - chunk.at) + value.length));
    } else if (is_foreign) {
        put_stretches(walk, chunk, !walk->expected.is_reference);
    } else {
        buffer_append_str(walk->mask->out, chunk);
    }
    char next = end < in.length ? in.at[end] : ' ';
    if (is_foreign && value.length > 0 && (next == ':' || next == '=' || (next == '>' && walk->before == '<' && value.at[0] != '/'))) {
        expect_value_of(walk, last_word(value), true);
    }
    walk->before = value.length > 0 ? value.at[value.length - 1] : walk->before;
    walk->at = end;
}

/* An apostrophe begins a string only where a value or name may begin. */
static bool begins_string(const struct walk *walk)
{
    return walk->mask->source == PERSONAL_FOREIGN && (walk->before == '\0' || strchr("{[,:=(", walk->before) != NULL);
}

static void walk_text(struct walk *walk)
{
    while (walk->at < walk->in.length) {
        char c = walk->in.at[walk->at];
        if (c == '"' || (c == '\'' && begins_string(walk))) {
            put_string(walk, c);
            continue;
        }
        if (c == '\0' || strchr("'{}[],:=&;<>\n\r\t ", c) == NULL) {
            put_bare(walk);
            continue;
        }
        if (c == '{' || c == '[') {
            open_level(walk);
        } else if (c == '}' || c == ']') {
            close_level(walk);
        } else if (c == ',' || c == '&' || c == ';' || (c == '<' && walk->expected.is_bare) ||
                   (c == '\n' && walk->expected.is_bare)) {
            expect_nothing(walk);
        }
        buffer_append_char(walk->mask->out, c);
        walk->before = c == ' ' || c == '\n' || c == '\r' || c == '\t' ? walk->before : c;
        walk->at++;
    }
}

/* ---- the whole ---- */

static void walk_all(struct mask *mask, struct str text)
{
    struct walk *walk = memory_new_zeroed(1, sizeof *walk);
    if (walk == NULL) {
        mask->out->failed = true;
        return;
    }
    walk->mask = mask;
    walk->in = text;
    walk->levels[0].is_brought = mask->source == PERSONAL_BROUGHT;
    if (!str_is_utf8(text) || memchr(text.at, '\0', text.length) != NULL) {
        put_hash(walk, text, text);
    } else {
        walk_text(walk);
    }
    memory_free(walk);
}

void personal_mask_json(const struct personal_key *key, struct str json, enum personal_source source, struct buffer *masked)
{
    struct mask mask = {.key = key, .source = source, .out = masked};
    if (json.length > 0) {
        walk_all(&mask, json);
    }
}

void personal_mask_text(const struct personal_key *key, struct str text, struct buffer *masked)
{
    struct mask mask = {.key = key, .out = masked};
    struct walk walk;
    walk.mask = &mask;
    put_stretches(&walk, text, true);
}

/* ---- putting back ---- */

struct place {
    char digits[PERSONAL_HASH_DIGITS];
    struct str value;
};

struct places {
    struct place *items;
    size_t count, capacity;
    struct arena arena;
    bool failed;
};

static void remember(void *context, const char digits[PERSONAL_HASH_DIGITS], struct str value, unsigned nested)
{
    struct places *places = context;
    struct place *items = memory_grow(places->items, &places->capacity, places->count + 1, sizeof *items);
    if (items == NULL) {
        places->failed = true;
        return;
    }
    places->items = items;
    struct place *place = &items[places->count];
    memcpy(place->digits, digits, sizeof place->digits);
    struct str now = value;
    for (; nested > 0; nested--) {
        struct buffer escaped;
        buffer_init(&escaped, 6 * now.length + 3);
        append_escaped(&escaped, now);
        places->failed = places->failed || buffer_failed(&escaped) || !arena_copy(&places->arena, buffer_str(&escaped), &now);
        buffer_release(&escaped);
    }
    place->value = now;
    places->count++;
}

static int compare_places(const void *a, const void *b)
{
    return memcmp(((const struct place *)a)->digits, ((const struct place *)b)->digits, PERSONAL_HASH_DIGITS);
}

static const struct place *place_at(const struct places *places, struct str text, size_t at)
{
    struct place wanted;
    if (at + PERSONAL_HASH_DIGITS > text.length || places->count == 0) {
        return NULL;
    }
    memcpy(wanted.digits, text.at + at, PERSONAL_HASH_DIGITS);
    return bsearch(&wanted, places->items, places->count, sizeof wanted, compare_places);
}

void personal_unmask(const struct personal_key *key, struct str original, struct str edited, struct buffer *unmasked)
{
    struct places places = {0};
    struct buffer nothing;
    buffer_init(&nothing, 8 * original.length + 64);
    arena_init(&places.arena, 64 * (original.length + 4096));
    struct mask mask = {.key = key, .source = PERSONAL_FOREIGN, .out = &nothing, .found = remember, .context = &places};
    if (original.length > 0) {
        walk_all(&mask, original);
    }
    if (places.count > 1) {
        qsort(places.items, places.count, sizeof *places.items, compare_places);
    }
    for (size_t at = 0; at < edited.length;) {
        const struct place *place = hex_value(edited.at[at]) < 16 ? place_at(&places, edited, at) : NULL;
        if (place != NULL) {
            buffer_append_str(unmasked, place->value);
            at += PERSONAL_HASH_DIGITS;
        } else {
            buffer_append_char(unmasked, edited.at[at++]);
        }
    }
    unmasked->failed = unmasked->failed || places.failed || buffer_failed(&nothing);
    memory_free(places.items);
    arena_release(&places.arena);
    buffer_release(&nothing);
}
