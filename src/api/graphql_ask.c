#include "api/graphql_ask.h"

#include <assert.h>

#define SHA256_HEX_LENGTH 64

/* ---- where a member stands ---- */

static size_t skip_space(struct str text, size_t at)
{
    while (at < text.length && (text.at[at] == ' ' || text.at[at] == '\t' || text.at[at] == '\n' || text.at[at] == '\r')) {
        at++;
    }
    return at;
}

/* From the opening quote to behind the closing one. */
static size_t skip_string(struct str text, size_t at)
{
    for (at++; at < text.length && text.at[at] != '"'; at++) {
        at += text.at[at] == '\\' ? 1 : 0;
    }
    return at < text.length ? at + 1 : text.length;
}

static size_t skip_value(struct str text, size_t at)
{
    size_t depth = 0;
    while (at < text.length) {
        char c = text.at[at];
        if (c == '"') {
            at = skip_string(text, at);
            if (depth == 0) {
                return at;
            }
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}' || c == ']')) {
            return at;
        }
        depth += c == '{' || c == '[' ? 1 : 0;
        at++;
        if ((c == '}' || c == ']') && --depth == 0) {
            return at;
        }
    }
    return at;
}

struct str graphql_member_text(struct str object, const char *name)
{
    size_t at = skip_space(object, 0);
    if (at == object.length || object.at[at] != '{') {
        return STR_NONE;
    }
    at = skip_space(object, at + 1);
    while (at < object.length && object.at[at] == '"') {
        size_t end = skip_string(object, at);
        bool found = end - at >= 2 && str_is((struct str){object.at + at + 1, end - at - 2}, name);
        at = skip_space(object, end);
        at = skip_space(object, at < object.length ? at + 1 : at); /* behind the colon */
        end = skip_value(object, at);
        if (found) {
            return str_trim((struct str){object.at + at, end - at});
        }
        at = skip_space(object, end);
        at = skip_space(object, at < object.length ? at + 1 : at); /* behind the comma */
    }
    return STR_NONE;
}

/* ---- parameters ---- */

/* A member that is there and not null. */
static bool given(struct json object, const char *name, struct json *value)
{
    return json_member(object, name, value) && json_type(*value) != JSON_NULL;
}

static enum status read_string(struct json object, const char *name, struct str *text, struct error *error)
{
    struct json value;
    *text = STR_NONE;
    if (!given(object, name, &value)) {
        return STATUS_OK;
    }
    if (json_type(value) != JSON_STRING) {
        return error_set(error, STATUS_INVALID, name, "\"%s\" must be a string, not %s", name, json_type_name(json_type(value)));
    }
    *text = json_string(value);
    return STATUS_OK;
}

static bool is_sha256_hex(struct str text)
{
    for (size_t i = 0; i < text.length; i++) {
        char c = text.at[i];
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f') && !(c >= 'A' && c <= 'F')) {
            return false;
        }
    }
    return text.length == SHA256_HEX_LENGTH;
}

enum status graphql_ask_read_extensions(struct graphql_ask *ask, struct json extensions, struct error *error)
{
    if (json_type(extensions) == JSON_NULL) {
        return STATUS_OK;
    }
    if (json_type(extensions) != JSON_OBJECT) {
        return error_set(error, STATUS_INVALID, "extensions", "\"extensions\" must be an object, not %s",
                         json_type_name(json_type(extensions)));
    }
    struct json persisted, version;
    if (!given(extensions, "persistedQuery", &persisted)) {
        return STATUS_OK;
    }
    struct str hash = json_member_string(persisted, "sha256Hash");
    if (!json_member(persisted, "version", &version) || json_type(version) != JSON_I64 || json_i64(version) != 1 ||
        !is_sha256_hex(hash)) {
        return error_set(error, STATUS_INVALID, "extensions.persistedQuery",
                         "\"persistedQuery\" must be {\"version\": 1, \"sha256Hash\": the SHA-256 of the document as %d "
                         "hexadecimal digits}",
                         SHA256_HEX_LENGTH);
    }
    ask->sha256_hex = hash;
    return STATUS_OK;
}

static enum status read_variables(struct graphql_ask *ask, struct json object, struct str text, struct error *error)
{
    struct json value;
    if (!given(object, "variables", &value)) {
        return STATUS_OK;
    }
    if (json_type(value) != JSON_OBJECT) {
        return error_set(error, STATUS_INVALID, "variables", "\"variables\" must be an object, not %s",
                         json_type_name(json_type(value)));
    }
    ask->variables_json = graphql_member_text(text, "variables");
    if (ask->variables_json.at == NULL || ask->variables_json.at[0] != '{') {
        return error_set(error, STATUS_INVALID, "variables", "write the name \"variables\" once, and without escapes");
    }
    return STATUS_OK;
}

enum status graphql_ask_read(struct graphql_ask *ask, struct json object, struct str text, struct error *error)
{
    *ask = (struct graphql_ask){0};
    if (json_type(object) != JSON_OBJECT) {
        return error_set(error, STATUS_INVALID, "", "an object with \"query\" is expected, not %s",
                         json_type_name(json_type(object)));
    }
    enum status status = read_string(object, "query", &ask->text, error);
    if (status == STATUS_OK) {
        status = read_string(object, "operationName", &ask->operation_name, error);
    }
    if (status == STATUS_OK) {
        status = read_variables(ask, object, text, error);
    }
    struct json extensions;
    if (status == STATUS_OK && json_member(object, "extensions", &extensions)) {
        status = graphql_ask_read_extensions(ask, extensions, error);
    }
    if (status == STATUS_OK && ask->text.at == NULL && ask->sha256_hex.at == NULL) {
        status = error_set(error, STATUS_INVALID, "query", "\"query\" is missing: the text of a GraphQL document");
    }
    return status;
}
