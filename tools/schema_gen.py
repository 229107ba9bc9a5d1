#!/usr/bin/env python3
"""Makes event_schema.h, event_schema.c and docs/events.md from schemas/avro/*.avsc.

The schemas are the one place where fields are defined. Everything the C code knows about them (which fields there are,
their kinds, enums, limits and defaults, and how a name is found) is a constant table made here at build time.

    schema_gen.py [--header FILE] [--source FILE] [--docs FILE] SCHEMA...

A schema file is called STREAM_event_vN.avsc; of each stream the highest N counts, the lower ones only say since when a
field exists. Besides Avro's own attributes these are understood:
  "limit"  on a field: "id", "path", or absent for any other text; limits.h says how long each may be.
What the decoder cannot represent (unions other than with null, nested arrays, defaults with contents) is refused here
with the name of the field, so that a schema that builds is a schema that works.
"""
import argparse
import hashlib
import json
import random
import re
import sys

STREAMS = ["dde", "bdv", "acc", "control"]  # in the order of enum event_stream
HASH_SLOTS = 1024
FIELDS_MAX = 128  # the decoder keeps a bit for each


def fail(sentence):
    sys.exit(f"schema_gen: {sentence}")


class Field:
    def __init__(self, name, spec, record=None, record_type=None):
        self.name = name if record is None else f"{record}.{name}"
        self.member = name
        self.c_name = c_name(name if record is None else record_type + "." + name)
        self.record = record
        self.doc = spec.get("doc") or fail(f"{self.name} has no doc")
        self.limit = spec.get("limit", "text")
        self.symbols = None
        self.is_time = False
        self.nullable = False
        self.required = "default" not in spec
        self.default = spec.get("default")
        self.streams = []
        self.since = {}
        self.docs = {}
        self.resolve(spec["type"])

    def resolve(self, avro):
        if isinstance(avro, list):
            if len(avro) != 2 or avro[0] != "null":
                fail(f"{self.name}: of unions only [\"null\", T] is understood")
            self.nullable = True
            avro = avro[1]
        kind = avro if isinstance(avro, str) else avro["type"]
        if kind in ("string", "int", "long", "float", "double", "boolean"):
            self.kind = kind
            self.is_time = isinstance(avro, dict) and avro.get("logicalType") == "timestamp-millis"
        elif kind == "enum":
            self.kind = "enum"
            self.symbols = avro["symbols"]
            self.type_name = avro["name"]
        elif kind == "array" and avro["items"] == "string":
            self.kind = "strings"
        elif kind == "map" and avro["values"] == "string":
            self.kind = "map"
        else:
            fail(f"{self.name}: the type {kind} is not understood")
        if self.limit not in ("id", "path", "text"):
            fail(f"{self.name}: limit is id, path or absent, not {self.limit}")
        empty = self.default is None or self.default in ([], {})
        if not empty and self.kind not in ("enum", "string"):
            fail(f"{self.name}: a default with contents is understood for strings and enums only")

    def same_as(self, other):
        mine = (self.kind, self.symbols, self.limit, self.is_time, self.default, self.required)
        return mine == (other.kind, other.symbols, other.limit, other.is_time, other.default, other.required)


class Record:
    def __init__(self, name, doc):
        self.name, self.doc, self.streams = name, doc, []


class Model:
    def __init__(self, paths):
        self.fields, self.records, self.types, self.schemas = {}, {}, [], {}
        for path in paths:
            match = re.fullmatch(r"(?:.*/)?([a-z]+)_event_v([0-9]+)\.avsc", path)
            if not match or match[1] not in STREAMS:
                fail(f"{path}: the file name must be STREAM_event_vN.avsc with STREAM one of {', '.join(STREAMS)}")
            with open(path, encoding="utf-8") as file:
                self.schemas.setdefault(match[1], {})[int(match[2])] = json.load(file)
        for stream in STREAMS:
            versions = self.schemas.get(stream) or fail(f"no schema for the stream {stream}")
            self.read(stream, versions)
        if len(self.fields) >= FIELDS_MAX:
            fail(f"{len(self.fields)} fields; the decoder has room for {FIELDS_MAX - 1}")
        names = [field.c_name for field in self.fields.values()]
        for name in names:
            if names.count(name) > 1:
                fail(f"two fields would both be called EVENT_FIELD_{name}")
        symbols = [symbol for _, symbol in self.types]
        for symbol in symbols:
            if symbols.count(symbol) > 1:
                fail(f"the event type {symbol} stands in two streams; a type must name its stream")

    def read(self, stream, versions):
        known = set()
        for version in sorted(versions):
            for spec in versions[version]["fields"]:
                for field in self.flatten(spec, stream):
                    if field.name not in known:
                        known.add(field.name)
                        self.add(field, stream, version)
        latest = {f.name for spec in versions[max(versions)]["fields"] for f in self.flatten(spec, stream)}
        if known - latest:
            fail(f"{stream}: a later version drops {', '.join(sorted(known - latest))}")

    def flatten(self, spec, stream):
        avro = spec["type"]
        inner = avro[1] if isinstance(avro, list) and len(avro) == 2 else avro
        if not (isinstance(inner, dict) and inner["type"] == "record"):
            return [Field(spec["name"], spec)]
        if not isinstance(avro, list) or spec.get("default", 0) is not None:
            fail(f"{spec['name']}: a record must be nullable with the default null")
        record = self.records.setdefault(spec["name"], Record(spec["name"], spec["doc"]))
        if stream not in record.streams:
            record.streams.append(stream)
        record_type = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", inner["name"])  # ErrorInfo: ERROR_INFO_CODE, not ERROR_CODE
        return [Field(member["name"], member, spec["name"], record_type) for member in inner["fields"]]

    def add(self, field, stream, version):
        if field.name == "event_type":
            self.types += [(stream, symbol) for symbol in field.symbols]
            field.symbols = []
        known = self.fields.setdefault(field.name, field)
        if not known.same_as(field):
            fail(f"{field.name} is not the same in {stream} as in {known.streams[0]}")
        known.streams.append(stream)
        known.since[stream] = version
        known.docs[stream] = field.doc


def c_name(text):
    return re.sub(r"[^A-Z0-9]", "_", text.upper())


def c_text(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def c_str(text):
    return f"{{{c_text(text)}, {len(text.encode())}}}"


def stable_hash(text):
    return f"UINT64_C(0x{hashlib.sha256(text.encode()).hexdigest()[:16]})"


def words(data):
    """As name_words() in the generated source."""
    if len(data) >= 8:
        return int.from_bytes(data[:8], "little"), int.from_bytes(data[-8:], "little")
    if len(data) >= 4:
        both = int.from_bytes(data[:4], "little") | int.from_bytes(data[-4:], "little") << 32
    else:
        places = (data[0], data[len(data) // 2], data[-1], 0x20, 0x20, 0x20, 0x20, 0x20)
        both = int.from_bytes(bytes(places), "little")
    return both, both


def slot(name, factors):
    """The same arithmetic as name_slot() in the generated source."""
    data = name.encode()
    first, last = words(data)
    return ((first * factors[0] + last * factors[1] + len(data) * factors[2]) & 0xFFFFFFFFFFFFFFFF) >> 54


def perfect_hash(names):
    """Three factors under which all names fall into different slots. `names` maps a name to its number. Always finds
    the same ones."""
    source = random.Random(20)
    for _ in range(20000):
        factors = [source.getrandbits(64) | 1 for _ in range(3)]
        slots = {slot(name, factors): number for name, number in names.items()}
        if len(slots) == len(names):
            return factors, slots
    fail("no perfect hash found; do two names agree in their length, their first and their last eight bytes?")


def mask(streams):
    return " | ".join(f"1 << EVENT_STREAM_{s.upper()}" for s in streams)


NOTE = "/* Made by tools/schema_gen.py from schemas/avro/. Do not edit. */\n"


def enum(name, members, count):
    lines = [f"enum {name} {{"] + [f"    {m}," for m in members] + ([f"    {count}"] if count else []) + ["};\n"]
    return "\n".join(lines)


def header(model):
    out = [NOTE + """#ifndef TRIMODAL_EVENT_EVENT_SCHEMA_H
#define TRIMODAL_EVENT_EVENT_SCHEMA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
"""]
    out.append(enum("event_stream", [f"EVENT_STREAM_{s.upper()}" for s in STREAMS], "EVENT_STREAM_COUNT"))
    out.append("/* All types of all streams. The number is the type's place in SPEC section 2, by which facts are ordered. */")
    out.append(enum("event_type", [f"EVENT_{s.upper()}_{t}" for s, t in model.types], "EVENT_TYPE_COUNT"))
    out.append("/* All fields of all streams in order of first appearance; the members of a record are called\n * after its type: error.code of ErrorInfo is EVENT_FIELD_ERROR_INFO_CODE. */")
    out.append(enum("event_field", [f"EVENT_FIELD_{f.c_name}" for f in model.fields.values()], "EVENT_FIELD_COUNT"))
    out.append(enum("event_record", ["EVENT_RECORD_NONE"] + [f"EVENT_RECORD_{c_name(r)}" for r in model.records],
                    "EVENT_RECORD_COUNT"))
    out.append("/* Symbols of the enum fields. */")
    for field in model.fields.values():
        if field.symbols:
            name = "event_" + field.name
            out.append(enum(name, [f"{name.upper()}_{c_name(s)}" for s in field.symbols], f"{name.upper()}_COUNT"))
    out.append("""enum event_kind {
    EVENT_KIND_STRING,
    EVENT_KIND_INT,  /* 32 bits */
    EVENT_KIND_LONG, /* 64 bits */
    EVENT_KIND_FLOAT,
    EVENT_KIND_DOUBLE,
    EVENT_KIND_BOOLEAN,
    EVENT_KIND_ENUM,
    EVENT_KIND_STRINGS,
    EVENT_KIND_MAP,
};

/* How long a text may be: LIMIT_ID_BYTES, LIMIT_PATH_BYTES, LIMIT_TEXT_BYTES. Ids and paths hold no control characters. */
enum event_limit { EVENT_LIMIT_ID, EVENT_LIMIT_PATH, EVENT_LIMIT_TEXT };

struct event_field_info {
    struct str name;   /* "error.code" */
    struct str member; /* "code": as it stands in JSON, within its record */
    const char *doc;
    enum event_kind kind;
    enum event_limit limit;
    enum event_record record;
    bool required;          /* in its record, or in the event */
    bool is_time;           /* a long in milliseconds since 1970 */
    uint8_t streams;        /* bit 1 << stream for each stream that has it */
    uint32_t symbol_count;  /* of an enum; 0 for event_type, whose symbols are event_types */
    const struct str *symbols;
    int32_t default_symbol; /* of an enum; -1: null */
    uint64_t hash;          /* of the name; the same in all versions of the schemas */
};

struct event_type_info {
    struct str symbol; /* "TASK_STARTED" */
    enum event_stream stream;
    uint64_t hash; /* of the symbol */
};

struct event_record_info {
    struct str name;
    enum event_field first, last; /* its members */
    uint8_t streams;
};

extern const struct event_field_info event_fields[EVENT_FIELD_COUNT];
extern const struct event_type_info event_types[EVENT_TYPE_COUNT];
extern const struct event_record_info event_records[EVENT_RECORD_COUNT]; /* [EVENT_RECORD_NONE] is empty */

/* "DDE", …; "?" for EVENT_STREAM_COUNT. */
const char *event_stream_name(enum event_stream stream);
/* Any case. */
bool event_stream_from_name(struct str name, enum event_stream *stream);

static inline const char *event_type_symbol(enum event_type type)
{
    return event_types[type].symbol.at;
}

static inline enum event_stream event_type_stream(enum event_type type)
{
    return event_types[type].stream;
}

/* The type that a text names: the symbol, in capitals or small letters, or the dotted spelling with or without
 * the stream and whatever stands before it ("dde.task.started", "com.trimodal.dde.task.started", "Task.Started").
 * `stream` EVENT_STREAM_COUNT looks in all; a dotted spelling that names another stream is not found. */
bool event_type_from_symbol(struct str text, enum event_stream stream, enum event_type *type);

static inline const char *event_field_name(enum event_field field)
{
    return event_fields[field].name.at;
}

static inline bool event_field_in_stream(enum event_field field, enum event_stream stream)
{
    return (event_fields[field].streams >> stream & 1) != 0;
}

/* The field with this name ("error.code" for a record's member). */
bool event_field_from_name(struct str name, enum event_field *field);

/* What a JSON object's member is called: a field number, EVENT_FIELD_COUNT + a record's number, or -1. Names of
 * records' members are not found; look through the record's fields for them. */
int event_member_from_name(struct str name);

/* The symbol of an enum field's value, and back: in capitals or small letters throughout. */
static inline const char *event_symbol(enum event_field field, uint32_t symbol)
{
    return event_fields[field].symbols[symbol].at;
}
bool event_symbol_from_text(enum event_field field, struct str text, uint32_t *symbol);

#endif
""")
    return "\n".join(out)


def field_row(field):
    symbols = f"symbols_{field.name}" if field.symbols else "NULL"
    default = field.symbols.index(field.default) if field.symbols and field.default else -1
    record = f"EVENT_RECORD_{c_name(field.record)}" if field.record else "EVENT_RECORD_NONE"
    return (f"    [EVENT_FIELD_{field.c_name}] = {{{c_str(field.name)}, {c_str(field.member)},\n"
            f"        {c_text(field.doc)},\n"
            f"        EVENT_KIND_{field.kind.upper()}, EVENT_LIMIT_{field.limit.upper()}, {record},"
            f" {str(field.required).lower()}, {str(field.is_time).lower()},\n"
            f"        {mask(field.streams)},\n"
            f"        {len(field.symbols or [])}, {symbols}, {default}, {stable_hash(field.name)}}},")


def slot_table(name, names):
    factors, slots = perfect_hash(names)
    cells = [str(slots[i] + 1 if i in slots else 0) for i in range(HASH_SLOTS)]
    rows = [", ".join(cells[i:i + 32]) for i in range(0, HASH_SLOTS, 32)]
    return (f"static const uint64_t {name}_factors[3] = {{{', '.join(f'UINT64_C({f})' for f in factors)}}};\n"
            f"static const uint8_t {name}_slots[{HASH_SLOTS}] = {{ /* number + 1, or 0 */\n    "
            + ",\n    ".join(rows) + "};\n")


def source(model):
    out = [NOTE + '#include "event/event_schema.h"\n\n#include <stddef.h>\n\n#include "event/bytes.h"\n']
    for field in model.fields.values():
        if field.symbols:
            out.append(f"static const struct str symbols_{field.name}[] = {{"
                       + ", ".join(c_str(s) for s in field.symbols) + "};")
    out.append("\nconst struct event_field_info event_fields[EVENT_FIELD_COUNT] = {")
    out += [field_row(f) for f in model.fields.values()] + ["};\n"]
    out.append("const struct event_type_info event_types[EVENT_TYPE_COUNT] = {")
    out += [f"    [EVENT_{s.upper()}_{t}] = {{{c_str(t)}, EVENT_STREAM_{s.upper()}, {stable_hash(t)}}},"
            for s, t in model.types] + ["};\n"]
    out.append("const struct event_record_info event_records[EVENT_RECORD_COUNT] = {")
    for record in model.records.values():
        members = [f.c_name for f in model.fields.values() if f.record == record.name]
        out.append(f"    [EVENT_RECORD_{c_name(record.name)}] = {{{c_str(record.name)}, EVENT_FIELD_{members[0]},"
                   f" EVENT_FIELD_{members[-1]},\n        {mask(record.streams)}}},")
    out.append("};\n")
    fields = list(model.fields.values())
    members = {f.name: i for i, f in enumerate(fields) if f.record is None}
    members.update({name: len(fields) + i + 1 for i, name in enumerate(model.records)})
    out.append("/* Names alone, by number, close together. */\nstatic const struct str member_names[] = {")
    out += [f"    [{number}] = {c_str(name)}," for name, number in members.items()] + ["};\n"]
    out.append(slot_table("name", members))
    out.append(slot_table("type", {t: i for i, (_, t) in enumerate(model.types)}))
    streams = ", ".join(c_text(s.upper()) for s in STREAMS)
    out.append(f"static const char *const stream_names[] = {{{streams}, \"?\"}};\n")
    out.append(FUNCTIONS)
    return "\n".join(out)


FUNCTIONS = r"""
#define SYMBOL_LENGTH_MAX 64

/* Slot of a name in a table of 1024 under which all known names differ. */
static inline uint32_t name_slot(struct str name, const uint64_t factors[3])
{
    uint64_t first, last;
    if (name.length >= 8) {
        first = bytes_word(name.at);
        last = bytes_word(name.at + name.length - 8);
    } else {
        first = last = bytes_short(name.at, name.length);
    }
    return (uint32_t)((first * factors[0] + last * factors[1] + name.length * factors[2]) >> 54);
}

static int find_type(struct str symbol)
{
    if (symbol.length == 0) {
        return -1;
    }
    int found = (int)type_slots[name_slot(symbol, type_factors)] - 1;
    return found >= 0 && bytes_equal(event_types[found].symbol, symbol) ? found : -1;
}

const char *event_stream_name(enum event_stream stream)
{
    return stream_names[stream];
}

bool event_stream_from_name(struct str name, enum event_stream *stream)
{
    for (int i = 0; i < EVENT_STREAM_COUNT; i++) {
        if (str_equal_ignoring_case(name, str_from(stream_names[i]))) {
            *stream = (enum event_stream)i;
            return true;
        }
    }
    return false;
}

int event_member_from_name(struct str name)
{
    if (name.length == 0) {
        return -1;
    }
    int found = (int)name_slots[name_slot(name, name_factors)] - 1;
    if (found < 0) {
        return -1;
    }
    return bytes_equal(member_names[found], name) ? found : -1;
}

bool event_field_from_name(struct str name, enum event_field *field)
{
    int found = event_member_from_name(name);
    for (int i = 0; found < 0 && i < EVENT_FIELD_COUNT; i++) {
        if (event_fields[i].record != EVENT_RECORD_NONE && str_equal(event_fields[i].name, name)) {
            found = i;
        }
    }
    if (found < 0 || found >= EVENT_FIELD_COUNT) {
        return false;
    }
    *field = (enum event_field)found;
    return true;
}

/* Letters to capitals, dots to underscores. False where the text is too long to be a symbol. */
static bool to_symbol(struct str text, char symbol[SYMBOL_LENGTH_MAX], bool dots)
{
    if (text.length > SYMBOL_LENGTH_MAX) {
        return false;
    }
    for (size_t i = 0; i < text.length; i++) {
        char c = text.at[i];
        symbol[i] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : dots && c == '.' ? '_' : c);
    }
    return true;
}

static bool is_lower(struct str text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (text.at[i] >= 'A' && text.at[i] <= 'Z') {
            return false;
        }
    }
    return true;
}

/* "com.trimodal.dde.task.started": what follows the last part that names a stream, or the whole text. */
static struct str after_stream(struct str text, enum event_stream *stream)
{
    struct str rest = text, piece, tail = text;
    while (str_split_next(&rest, '.', &piece)) {
        if (rest.at != NULL && event_stream_from_name(piece, stream)) {
            tail = rest;
        }
    }
    return tail;
}

bool event_type_from_symbol(struct str text, enum event_stream stream, enum event_type *type)
{
    int found = find_type(text);
    if (found < 0) {
        char symbol[SYMBOL_LENGTH_MAX];
        bool dotted = text.length > 0 && memchr(text.at, '.', text.length) != NULL;
        enum event_stream named = EVENT_STREAM_COUNT;
        struct str tail = dotted ? after_stream(text, &named) : text;
        if ((!dotted && !is_lower(text)) || !to_symbol(tail, symbol, dotted)) {
            return false;
        }
        found = find_type((struct str){symbol, tail.length});
        if (found < 0 || (named != EVENT_STREAM_COUNT && named != event_types[found].stream)) {
            return false;
        }
    }
    if (stream != EVENT_STREAM_COUNT && event_types[found].stream != stream) {
        return false;
    }
    *type = (enum event_type)found;
    return true;
}

bool event_symbol_from_text(enum event_field field, struct str text, uint32_t *symbol)
{
    const struct event_field_info *info = &event_fields[field];
    for (uint32_t i = 0; i < info->symbol_count; i++) {
        if (str_equal(info->symbols[i], text) ||
            (is_lower(text) && str_equal_ignoring_case(info->symbols[i], text))) {
            *symbol = i;
            return true;
        }
    }
    return false;
}
"""


def kind_text(field):
    if field.symbols:
        return " ".join(f"`{s}`" for s in field.symbols)
    if field.name == "event_type":
        return "see below"
    words = {"strings": "list of strings", "map": "map of string", "boolean": "true or false", "int": "integer, 32 bits",
             "long": "integer, 64 bits", "float": "number, 32 bits", "double": "number"}
    return "time, ms since 1970" if field.is_time else words.get(field.kind, field.kind)


def field_table(fields, stream):
    limits = {"id": "512 bytes", "path": "4096 bytes", "text": "256 KiB"}
    rows = ["| field | type | at most | default | meaning |", "|---|---|---|---|---|"]
    for field in fields:
        since = field.since[stream]
        name = f"**{field.name}**" if field.required and not field.record else field.name
        text = field.kind in ("string", "strings", "map")
        default = ("" if field.required else "null" if field.default is None else
                   "empty" if field.default in ([], {}) else f"`{field.default}`")
        doc = field.docs[stream] + (f" Since version {since}." if since > 1 and "version" not in field.doc else "")
        rows.append(f"| {name} | {kind_text(field)} | {limits[field.limit] if text else ''} | {default} | {doc} |")
    return rows


DOCS_HEAD = """# Event reference

<!-- Made by tools/schema_gen.py from schemas/avro/. Do not edit. -->

One event is one thing that happened to one node of one iteration. This page is made from the schemas in
`schemas/avro/`, as are the decoder and its messages.

An event may be sent as JSON (below), as CloudEvents 1.0 (structured; `data` or `data_base64` holds the event; `id`, `time`, `type`, `source`
and `subject` serve where it lacks `event_id`, `timestamp`, `event_type`, `source` and `node_id`), or as Avro.

```json
{"event_id":"0193a1c0-7c1e-7b2a-9d00-5f0e3c9d1a10","timestamp":1732183380000,"iteration_id":"Iter-42",
 "event_type":"TASK_STARTED","node_id":"checkout-api","metadata":{"name":"Checkout API","depends_on":"cart-api"}}
```

- **Bold** fields are required; `null` means the same as absence, and so does an empty id.
- An `event_type` may also be written with dots, after its stream: `dde.task.started` is `TASK_STARTED`. Symbols may be in small letters.
- Times are milliseconds since 1970, or RFC 3339 text. `timestamp` may lie at most 24 hours ahead.
- A member that no schema knows is kept in `metadata`, as text (as JSON text where it is an object or a list).
- At most: 1 MiB an event, 10 000 items a list, 256 entries of metadata, 32 levels of nesting.
"""


def docs(model):
    everywhere = [f for f in model.fields.values() if f.streams == STREAMS and len(set(f.docs.values())) == 1]
    out = [DOCS_HEAD, "## Fields that every stream has\n"] + field_table(everywhere, STREAMS[0])
    for stream in STREAMS:
        schema = model.schemas[stream][max(model.schemas[stream])]
        out += [f"\n## {stream.upper()}\n", schema["doc"] + "\n"]
        out += ["Event types, in the order in which they are folded within one moment:\n"]
        out += [", ".join(f"`{t}`" for s, t in model.types if s == stream) + ".\n"]
        out += field_table([f for f in model.fields.values() if stream in f.streams and f not in everywhere], stream)
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--header")
    parser.add_argument("--source")
    parser.add_argument("--docs")
    parser.add_argument("schemas", nargs="+")
    options = parser.parse_args()
    model = Model(options.schemas)
    for path, make in ((options.header, header), (options.source, source), (options.docs, docs)):
        if path:
            with open(path, "w", encoding="utf-8") as file:
                file.write(make(model))


if __name__ == "__main__":
    main()
