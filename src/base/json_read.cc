/* The one C++ file: simdjson's DOM behind json_read.h. A place in the document is simdjson's own tape position
 * (document, index); the tape's layout is described in simdjson's doc/tape.md. Nothing here throws: simdjson is used
 * through its error codes, and allocation failures come back as MEMALLOC. */
#include "base/json_read.h"

#include <simdjson.h>

#include <new>

#include "base/limits.h"

using simdjson::internal::tape_ref;
using simdjson::internal::tape_type;

static_assert(JSON_READ_PADDING >= simdjson::SIMDJSON_PADDING, "callers pad enough");

struct json_parser {
    simdjson::dom::parser parser{LIMIT_DECODED_BODY_BYTES};
};

namespace {

tape_ref place(struct json value)
{
    return tape_ref(static_cast<const simdjson::dom::document *>(value.document), value.index);
}

const char *explain(simdjson::error_code code)
{
    switch (code) {
    case simdjson::UTF8_ERROR:
        return "the text is not valid UTF-8";
    case simdjson::DEPTH_ERROR:
        return "the JSON is nested too deeply";
    case simdjson::EMPTY:
        return "the text is empty; a JSON value was expected";
    case simdjson::UNCLOSED_STRING:
        return "a string is not closed; is the text cut off?";
    case simdjson::UNESCAPED_CHARS:
        return "a string holds a control character that must be escaped";
    case simdjson::NUMBER_ERROR:
        return "a number is malformed or out of range";
    case simdjson::T_ATOM_ERROR:
    case simdjson::F_ATOM_ERROR:
    case simdjson::N_ATOM_ERROR:
        return "a word is neither true, false nor null";
    case simdjson::STRING_ERROR:
        return "a string holds a bad escape sequence";
    case simdjson::CAPACITY:
        return "the JSON value is too large";
    default:
        return "the text is not valid JSON (a bracket, comma, colon or quote is missing or misplaced)";
    }
}

} // namespace

struct json_parser *json_parser_new(void)
{
    json_parser *parser = new (std::nothrow) json_parser;
    if (parser != nullptr && parser->parser.allocate(16 * 1024, LIMIT_JSON_DEPTH) != simdjson::SUCCESS) {
        delete parser;
        return nullptr;
    }
    return parser;
}

void json_parser_free(struct json_parser *parser)
{
    delete parser;
}

enum status json_parse(struct json_parser *parser, struct str text, struct json *root, struct error *error)
{
    /* parser::parse would allocate with its default depth; allocating here keeps ours. */
    if (text.length > parser->parser.capacity()) {
        size_t wanted = text.length < parser->parser.capacity() * 2 ? parser->parser.capacity() * 2 : text.length;
        if (parser->parser.allocate(wanted, LIMIT_JSON_DEPTH) != simdjson::SUCCESS) {
            return error_no_memory(error, "JSON parser");
        }
    }
    simdjson::dom::element element;
    simdjson::error_code code = parser->parser.parse(text.at, text.length, false).get(element);
    if (code == simdjson::MEMALLOC) {
        return error_no_memory(error, "JSON parser");
    }
    if (code != simdjson::SUCCESS) {
        return error_set(error, STATUS_INVALID, "", "%s", explain(code));
    }
    root->document = &parser->parser.doc;
    root->index = 1;
    return STATUS_OK;
}

enum json_type json_type(struct json value)
{
    switch (place(value).tape_ref_type()) {
    case tape_type::START_ARRAY:
        return JSON_ARRAY;
    case tape_type::START_OBJECT:
        return JSON_OBJECT;
    case tape_type::STRING:
        return JSON_STRING;
    case tape_type::INT64:
        return JSON_I64;
    case tape_type::UINT64:
        return JSON_U64;
    case tape_type::DOUBLE:
        return JSON_DOUBLE;
    case tape_type::TRUE_VALUE:
    case tape_type::FALSE_VALUE:
        return JSON_BOOL;
    default:
        return JSON_NULL;
    }
}

const char *json_type_name(enum json_type type)
{
    static const char *const names[] = {"null", "boolean", "integer", "integer above 2^63-1", "number", "string", "array",
                                        "object"};
    return names[type];
}

struct str json_string(struct json value)
{
    tape_ref at = place(value);
    struct str text = {at.get_c_str(), at.get_string_length()};
    return text;
}

int64_t json_i64(struct json value)
{
    return place(value).next_tape_value<int64_t>();
}

double json_double(struct json value)
{
    tape_ref at = place(value);
    switch (at.tape_ref_type()) {
    case tape_type::INT64:
        return static_cast<double>(at.next_tape_value<int64_t>());
    case tape_type::UINT64:
        return static_cast<double>(at.next_tape_value<uint64_t>());
    default:
        return at.next_tape_value<double>();
    }
}

bool json_bool(struct json value)
{
    return place(value).is_true();
}

struct json_iterator json_begin(struct json container)
{
    struct json_iterator iterator = {};
    enum json_type type = json_type(container);
    iterator.document = container.document;
    if (type == JSON_ARRAY || type == JSON_OBJECT) {
        iterator.at = container.index + 1;
        iterator.end = place(container).matching_brace_index() - 1;
        iterator.in_object = type == JSON_OBJECT;
    }
    return iterator;
}

bool json_next(struct json_iterator *iterator)
{
    if (iterator->at >= iterator->end) {
        return false;
    }
    struct json here = {iterator->document, iterator->at};
    if (iterator->in_object) {
        iterator->key = json_string(here);
        here.index++; /* a string takes one tape word */
    }
    iterator->value = here;
    iterator->at = place(here).after_element();
    return true;
}

bool json_member(struct json object, const char *key, struct json *value)
{
    if (json_type(object) != JSON_OBJECT) {
        return false;
    }
    for (struct json_iterator i = json_begin(object); json_next(&i);) {
        if (str_is(i.key, key)) {
            *value = i.value;
            return true;
        }
    }
    return false;
}

struct str json_member_string(struct json object, const char *key)
{
    struct json value;
    struct str none = {nullptr, 0};
    return json_member(object, key, &value) && json_type(value) == JSON_STRING ? json_string(value) : none;
}
