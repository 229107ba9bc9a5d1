#include "query_synthetic.h"

#include <math.h>

#include "base/limits.h"
#include "query/run.h"

const char synthetic_sdl[] =
    "\"\"\"The schema of a test.\n\nIt has a bit of everything.\"\"\"\n"
    "schema { query: Root mutation: Change subscription: Feed }\n"
    "directive @tag(name: String! = \"a \\\"b\\\"\", list: [Int!] = [1, 2]) repeatable on FIELD | OBJECT | "
    "FIELD_DEFINITION\n"
    "\"A moment.\" scalar DateTime @specifiedBy(url: \"https://www.rfc-editor.org/rfc/rfc3339\")\n"
    "scalar Long\n"
    "scalar JSON\n"
    "enum Color { \"Like blood.\" RED GREEN @deprecated(reason: \"seen as red by some\") BLUE }\n"
    "interface Being { id: ID! name(loud: Boolean = false): String friend: Being }\n"
    "interface Owned implements Being { id: ID! name(loud: Boolean = false): String friend: Being owner: Person! }\n"
    "type Person implements Being { id: ID! name(loud: Boolean = false): String friend: Person age: Int pets(first: Int = "
    "2): [Pet]\n"
    "  home: House! born: DateTime }\n"
    "\"A dog.\" type Dog implements Owned & Being { id: ID! name(loud: Boolean = false): String friend: Being owner: "
    "Person!\n"
    "  barks: Boolean! color: Color }\n"
    "type Cat implements Owned & Being { id: ID! name(loud: Boolean = false): String friend: Owned owner: Person! lives: "
    "Int!\n"
    "  grid: [[Float!]!] color: Color! extra: JSON }\n"
    "union Pet = Dog | Cat\n"
    "type House { rooms: [Room!]! address: String! inhabitants: [Being!] worth: Long! }\n"
    "type Room { size: Float! colors: [Color!]! cells: [[Cell]!]! }\n"
    "type Cell { x: Int! y: Int note: String @deprecated }\n"
    "input Point { x: Int! y: Int = 3 z: Float = 0.5 }\n"
    "input Filter { color: Color = BLUE names: [String!] point: Point nested: Filter since: DateTime tags: [[ID]] = "
    "[[\"a\"], null]\n"
    "  old: Int @deprecated(reason: \"use point\") }\n"
    "input Choice @oneOf { id: ID name: String point: Point }\n"
    "type Root {\n"
    "  being(id: ID!): Being\n"
    "  person(seed: Int = 7): Person\n"
    "  people(filter: Filter, first: Int! = 3): [Person!]\n"
    "  pets(colors: [Color!] = [RED, GREEN]): [Pet!]!\n"
    "  house(at: Point = {x: 1}): House!\n"
    "  chosen(by: Choice!): Being\n"
    "  big(number: Long, real: Float, moment: DateTime, any: JSON): String\n"
    "  many(a: [Int], b: [[Int!]!], c: Boolean! = true, old: Int @deprecated): Cell!\n"
    "  color(of: Color! = RED): Color!\n"
    "}\n"
    "type Change { adopt(pet: ID!, by: Choice): Person paint(color: Color): Room! name(text: String): String }\n"
    "type Feed { pets(color: Color): Pet }\n";

/* ---- hashes, as the other side makes them ---- */

static uint32_t mix(uint32_t h)
{
    h ^= h >> 16;
    h *= 0x85ebca6bU;
    h ^= h >> 13;
    h *= 0xc2b2ae35U;
    return h ^ h >> 16;
}

static uint32_t hash_text(struct str text)
{
    uint32_t h = 2166136261U;
    for (size_t i = 0; i < text.length; i++) {
        h = (h ^ (unsigned char)text.at[i]) * 16777619U;
    }
    return mix(h);
}

static void put_input(const struct query_input *input, struct buffer *buffer)
{
    switch (input->kind) {
    case QUERY_INPUT_ABSENT:
    case QUERY_INPUT_NULL:
        buffer_append_text(buffer, "null");
        break;
    case QUERY_INPUT_BOOLEAN:
        buffer_append_text(buffer, input->boolean ? "true" : "false");
        break;
    case QUERY_INPUT_INTEGER:
        buffer_append_i64(buffer, input->integer);
        break;
    case QUERY_INPUT_REAL:
        buffer_append_char(buffer, 'f');
        buffer_append_i64(buffer, (int64_t)floor(input->real * 1000 + 0.5));
        break;
    case QUERY_INPUT_TEXT:
        buffer_append_format(buffer, "s%zu:", input->text.length);
        buffer_append_str(buffer, input->text);
        break;
    case QUERY_INPUT_JSON:
        buffer_append_char(buffer, 'j');
        buffer_append_str(buffer, input->text);
        break;
    case QUERY_INPUT_LIST:
    case QUERY_INPUT_OBJECT:
        buffer_append_char(buffer, '(');
        for (const struct query_input *inner = input->first; inner != NULL; inner = inner->next) {
            if (input->kind == QUERY_INPUT_OBJECT) {
                buffer_append_str(buffer, inner->name);
                buffer_append_char(buffer, '=');
            }
            put_input(inner, buffer);
            buffer_append_char(buffer, ',');
        }
        buffer_append_char(buffer, ')');
        break;
    }
}

static uint32_t hash_call(struct query_call *call, uint64_t seed)
{
    const struct plan_field *field = call->field;
    struct buffer buffer;
    buffer_init(&buffer, LIMIT_DECODED_BODY_BYTES);
    buffer_append_i64(&buffer, (int64_t)seed);
    buffer_append_format(&buffer, ":%.*s.%.*s:", STR_ARGS(field->parent->name), STR_ARGS(field->field->name));
    for (uint32_t i = 0; i < field->field->arguments.count; i++) {
        struct str name = field->field->arguments.items[i].name;
        const struct query_input *value = call->arguments[i];
        if (value->kind != QUERY_INPUT_ABSENT) {
            buffer_append_format(&buffer, "%.*s=", STR_ARGS(name));
            put_input(value, &buffer);
            buffer_append_char(&buffer, ';');
        }
    }
    if (buffer_failed(&buffer)) {
        query_fail(call, "UNAVAILABLE", "no memory");
    }
    uint32_t hash = hash_text(buffer_str(&buffer));
    buffer_release(&buffer);
    return hash;
}

/* ---- values ---- */

struct place {
    const struct schema_ref *type; /* of the list */
    uint32_t hash;
};

static void give(struct query_call *call, const struct schema_ref *type, uint32_t h, struct query_value *value);

static void give_item(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    const struct place *place = at;
    give(call, place->type->of, mix(place->hash + (uint32_t)index + 1), value);
}

static void give_list(struct query_call *call, const struct schema_ref *type, uint32_t h, struct query_value *value)
{
    struct place *place = arena_new(query_arena(call), sizeof *place);
    if (place == NULL) {
        query_fail(call, "UNAVAILABLE", "no memory");
        return;
    }
    *place = (struct place){type, h};
    value->kind = QUERY_LIST;
    value->list = (struct query_list){(h >> 3) % 4, place, give_item};
}

static void give_format(struct query_call *call, struct query_value *value, enum query_kind kind, const char *format,
                        uint32_t number)
{
    value->kind = kind;
    if (!arena_format(query_arena(call), &value->text, format, (unsigned)number)) {
        query_fail(call, "UNAVAILABLE", "no memory");
    }
}

static void give_text(struct query_call *call, struct query_value *value, uint32_t number)
{
    static const char *const formats[] = {"text %u", "\"quote\" \\ %u", "line\n\ttab %u", "\xC3\xA9 \xF0\x9F\x98\x80 %u",
                                          "\x01 / %u"};
    give_format(call, value, QUERY_TEXT, formats[number % 5], number);
}

static void give_scalar(struct query_call *call, enum schema_scalar scalar, uint32_t roll, uint32_t more,
                        struct query_value *value)
{
    switch (scalar) {
    case SCALAR_INT:
        *value = (struct query_value){.kind = QUERY_INTEGER, .integer = roll == 60 ? INT64_C(2147483648) : (int32_t)more};
        break;
    case SCALAR_FLOAT:
        *value = (struct query_value){.kind = QUERY_REAL, .real = roll == 61 ? (double)NAN : (double)(int32_t)more / 7.0};
        break;
    case SCALAR_STRING:
        give_text(call, value, more);
        break;
    case SCALAR_BOOLEAN:
        *value = (struct query_value){.kind = QUERY_BOOLEAN, .boolean = (more & 1) != 0};
        break;
    case SCALAR_ID:
        give_format(call, value, QUERY_TEXT, "id-%u", more);
        break;
    case SCALAR_DATE_TIME:
        *value = (struct query_value){.kind = QUERY_INTEGER, .integer = (int64_t)more * 1000 + 7};
        break;
    case SCALAR_LONG:
        *value = (struct query_value){.kind = QUERY_INTEGER, .integer = (int64_t)more * 1000000};
        break;
    case SCALAR_JSON:
        give_format(call, value, QUERY_JSON, "{\"n\":%u,\"list\":[1,\"two\",null]}", more);
        break;
    }
}

static const char *literal_name(const struct schema_type *type)
{
    static const char *const names[] = {"Cat", "Dog", "Person"};
    size_t i = 0;
    while (!str_is(type->name, names[i])) {
        i++;
    }
    return names[i];
}

static void give_named(struct query_call *call, const struct schema_type *type, uint32_t h, uint32_t roll,
                       struct query_value *value)
{
    uint32_t more = mix(h);
    switch (type->kind) {
    case SCHEMA_SCALAR:
        give_scalar(call, type->scalar, roll, more, value);
        break;
    case SCHEMA_ENUM:
        *value = (struct query_value){.kind = QUERY_TEXT,
                                      .text = roll == 62 ? STR("NOT_A_VALUE") : type->values[more % type->value_count].name};
        break;
    case SCHEMA_OBJECT:
    case SCHEMA_INTERFACE:
    case SCHEMA_UNION: {
        struct query_object object = {.number = mix(h ^ 0x9e3779b9U)};
        if (type->kind != SCHEMA_OBJECT) {
            object.type = roll == 50 ? "Cell" : literal_name(type->possible[more % type->possible_count]);
        }
        *value = (struct query_value){.kind = QUERY_OBJECT, .object = object};
        break;
    }
    case SCHEMA_INPUT:
        break;
    }
}

static void give(struct query_call *call, const struct schema_ref *type, uint32_t h, struct query_value *value)
{
    bool is_required = type->kind == REF_NON_NULL;
    uint32_t roll = (h >> 8) % 100;
    if (roll < (is_required ? 1 : 4)) {
        query_fail(call, "SEEDED", "an error by the seed");
        return;
    }
    if (roll < (is_required ? 2 : 10)) {
        return;
    }
    type = is_required ? type->of : type;
    if (type->kind == REF_LIST) {
        give_list(call, type, h, value);
    } else {
        give_named(call, type->named, h, roll, value);
    }
}

static void resolve(struct query_call *call, struct query_object object, struct query_value *value)
{
    uint32_t h = hash_call(call, object.number);
    const struct schema_type *mutation = call->run->plan->schema->mutation;
    if (mutation != NULL && call->field->parent == mutation && (h & 1) != 0) {
        struct query_promise *promise = query_defer(call); /* answered before the resolver returns */
        struct query_value later = {.kind = QUERY_NULL};
        if (promise != NULL) {
            give(call, call->field->field->type, h, &later);
            query_fulfil(promise, &later);
        }
        return;
    }
    give(call, call->field->field->type, h, value);
}

enum status synthetic_schema_new(struct query_schema **schema, struct error *error)
{
    const struct schema_demands demands = {.descriptions = false, .bindings = false};
    enum status status = schema_new(schema, str_from(synthetic_sdl), NULL, 0, &demands, error);
    for (uint32_t i = 0; status == STATUS_OK && i < (*schema)->type_count; i++) {
        const struct schema_type *type = &(*schema)->types[i];
        bool answered =
            type->kind == SCHEMA_OBJECT && type != (*schema)->subscription && !str_starts_with(type->name, STR("__"));
        for (uint32_t k = 0; answered && k < type->field_count; k++) {
            type->fields[k].resolve = resolve;
        }
    }
    return status;
}
