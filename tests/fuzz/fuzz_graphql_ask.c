/* What clients ask of /graphql: any JSON gives an ask or an error with a sentence; the variables are one object of the text, and each
 * member that the JSON reader finds is found in the text with the same meaning. */
#include <stdlib.h>
#include <string.h>

#include "api/graphql_ask.h"

#define BYTES_MAX 65536

static char text[BYTES_MAX + JSON_READ_PADDING], member[BYTES_MAX + JSON_READ_PADDING];

static void require(bool truth)
{
    if (!truth) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct json_parser *parser, *other;
    parser = parser != NULL ? parser : json_parser_new();
    other = other != NULL ? other : json_parser_new();
    struct json root, again, value = {0};
    struct error error = {0};
    struct graphql_ask ask;
    if (size > BYTES_MAX) {
        return 0;
    }
    memset(text, 0, sizeof text);
    memcpy(text, data, size);
    if (json_parse(parser, (struct str){text, size}, &root, &error) != STATUS_OK) {
        return 0;
    }
    if (graphql_ask_read(&ask, root, (struct str){text, size}, &error) != STATUS_OK) {
        require(error.text[0] != '\0');
        return 0;
    }
    require(ask.text.at != NULL || ask.sha256_hex.length == 64);
    if (ask.variables_json.at != NULL) {
        require(ask.variables_json.at >= text && ask.variables_json.at + ask.variables_json.length <= text + size);
        memset(member, 0, sizeof member);
        memcpy(member, ask.variables_json.at, ask.variables_json.length);
        require(json_parse(other, (struct str){member, ask.variables_json.length}, &again, &error) == STATUS_OK);
        require(json_type(again) == JSON_OBJECT && json_member(root, "variables", &value));
        struct json_iterator a = json_begin(value), b = json_begin(again);
        while (json_next(&a)) {
            require(json_next(&b) && str_equal(a.key, b.key) && json_type(a.value) == json_type(b.value));
        }
        require(!json_next(&b));
    }
    return 0;
}
