#include "base/json_rewrite.h"

#include <stdio.h>

void json_rewrite(struct json value, struct json_writer *writer)
{
    switch (json_type(value)) {
    case JSON_NULL:
        json_write_null(writer);
        break;
    case JSON_BOOL:
        json_write_bool(writer, json_bool(value));
        break;
    case JSON_I64:
        json_write_i64(writer, json_i64(value));
        break;
    case JSON_U64: {
        char digits[24];
        (void)snprintf(digits, sizeof digits, "%llu", (unsigned long long)json_i64(value));
        json_write_raw(writer, str_from(digits));
        break;
    }
    case JSON_DOUBLE:
        json_write_double(writer, json_double(value));
        break;
    case JSON_STRING:
        json_write_str(writer, json_string(value));
        break;
    case JSON_ARRAY:
        json_write_array_begin(writer);
        for (struct json_iterator i = json_begin(value); json_next(&i);) {
            json_rewrite(i.value, writer);
        }
        json_write_array_end(writer);
        break;
    case JSON_OBJECT:
        json_write_object_begin(writer);
        for (struct json_iterator i = json_begin(value); json_next(&i);) {
            json_write_key_str(writer, i.key);
            json_rewrite(i.value, writer);
        }
        json_write_object_end(writer);
        break;
    }
}
