/* test_query_coerce: what becomes of what came in. Each case is given as a variable and, where that can be, as a literal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/json_write.h"
#include "base/limits.h"
#include "query_scene.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char sdl[] =
    "scalar DateTime scalar JSON scalar Long enum Color { RED GREEN }\n"
    "input Point { x: Int! y: Int = 3 label: String } input Tree { left: Tree right: Tree value: Int }\n"
    "input Choice @oneOf { id: ID point: Point }\n"
    "type Query {\n"
    "  int(v: Int): JSON sure(v: Int!): JSON float(v: Float): JSON string(v: String): JSON boolean(v: Boolean): JSON id(v: "
    "ID): JSON\n"
    "  long(v: Long): JSON time(v: DateTime): JSON json(v: JSON): JSON color(v: Color): JSON point(v: Point): JSON\n"
    "  tree(v: Tree): JSON choice(v: Choice): JSON ints(v: [Int]): JSON sureInts(v: [Int!]!): JSON grid(v: [[Int]]): JSON\n"
    "  preset(v: Int = 5): JSON presetSure(v: Int! = 6): JSON presetPoint(v: Point = {x: 1}): JSON points(v: [Point!]): "
    "JSON }\n";

static struct query_scene scene;

/* What was coerced, as JSON in which all kinds look different. */
static void write(const struct query_input *input, struct json_writer *json)
{
    struct str kind = STR_NONE;
    switch (input->kind) {
    case QUERY_INPUT_ABSENT:
        kind = STR("absent");
        break;
    case QUERY_INPUT_NULL:
        json_write_null(json);
        return;
    case QUERY_INPUT_BOOLEAN:
        json_write_bool(json, input->boolean);
        return;
    case QUERY_INPUT_INTEGER:
        json_write_i64(json, input->integer);
        return;
    case QUERY_INPUT_REAL:
        kind = STR("real");
        break;
    case QUERY_INPUT_TEXT:
        json_write_str(json, input->text);
        return;
    case QUERY_INPUT_JSON:
        kind = STR("json");
        break;
    case QUERY_INPUT_LIST:
        json_write_array_begin(json);
        for (const struct query_input *item = input->first; item != NULL; item = item->next) {
            write(item, json);
        }
        json_write_array_end(json);
        return;
    case QUERY_INPUT_OBJECT:
        json_write_object_begin(json);
        for (const struct query_input *field = input->first; field != NULL; field = field->next) {
            json_write_key_str(json, field->name);
            write(field, json);
        }
        json_write_object_end(json);
        return;
    }
    json_write_array_begin(json);
    json_write_str(json, kind);
    if (input->kind == QUERY_INPUT_REAL) {
        json_write_double(json, input->real);
    } else if (input->kind == QUERY_INPUT_JSON) {
        json_write_raw(json, input->text);
    }
    json_write_array_end(json);
}

static void echo(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    struct buffer text;
    struct json_writer json;
    buffer_init(&text, MIB);
    json_write_init(&json, &text, 0);
    write(query_argument(call, "v"), &json);
    assert_true(arena_copy(query_arena(call), buffer_str(&text), &value->text));
    value->kind = QUERY_JSON;
    buffer_release(&text);
}

static const char *const fields[] = {"int",      "sure", "float",  "string",     "boolean",     "id",     "long",
                                     "time",     "json", "color",  "point",      "tree",        "choice", "ints",
                                     "sureInts", "grid", "preset", "presetSure", "presetPoint", "points"};

static int setup(void **state)
{
    (void)state;
    static struct query_binding bindings[COUNT(fields)];
    for (size_t i = 0; i < COUNT(fields); i++) {
        bindings[i] = (struct query_binding){"Query", fields[i], echo, 0};
    }
    scene_open(&scene, sdl, bindings, COUNT(fields), NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scene_close(&scene);
    return 0;
}

static void expect_answer(const char *what, const char *answer, const char *value)
{
    char expected[512];
    (void)snprintf(expected, sizeof expected, "{\"data\":{\"r\":%s}}", value == NULL ? "" : value);
    if (value == NULL ? strstr(answer, "\"errors\":[") == NULL : strcmp(answer, expected) != 0) {
        fail_msg("%s: %s, expected %s", what, answer, value == NULL ? "an error" : expected);
    }
}

/* `value` NULL: it is refused. */
static void variable(const char *field, const char *type, const char *json, const char *value)
{
    char text[256], variables[512];
    (void)snprintf(text, sizeof text, "query($v: %s) { r: %s(v: $v) }", type, field);
    (void)snprintf(variables, sizeof variables, "{\"v\":%s}", json);
    expect_answer(variables, scene_ask(&scene, text, json == NULL ? NULL : variables), value);
    assert_true(value != NULL || !scene.data_present);
}

static void literal(const char *field, const char *given, const char *value)
{
    char text[512];
    (void)snprintf(text, sizeof text, "{ r: %s(v: %s) }", field, given);
    expect_answer(text, scene_ask(&scene, text, NULL), value);
}

static void with(const char *text, const char *variables, const char *value)
{
    expect_answer(text, scene_ask(&scene, text, variables), value);
}

static void whole_numbers_are_exact_and_in_range(void **state)
{
    (void)state;
    variable("int", "Int", "2147483647", "2147483647");
    variable("int", "Int", "-2147483648", "-2147483648");
    variable("int", "Int", "2147483648", NULL);
    variable("int", "Int", "3.0", "3");
    variable("int", "Int", "3.5", NULL);
    variable("int", "Int", "\"3\"", NULL);
    variable("int", "Int", "true", NULL);
    variable("long", "Long", "9223372036854775807", "9223372036854775807");
    variable("long", "Long", "9007199254740993", "9007199254740993");
    variable("long", "Long", "9223372036854775808", NULL);
    variable("long", "Long", "1e30", NULL);
    literal("int", "-2147483648", "-2147483648");
    literal("int", "2147483648", NULL);
    literal("int", "1.0", NULL);
    literal("long", "-9223372036854775808", "-9223372036854775808");
    literal("long", "9223372036854775808", NULL);
}

static void other_scalars_take_what_is_theirs(void **state)
{
    (void)state;
    variable("float", "Float", "1", "[\"real\",1]");
    variable("float", "Float", "18446744073709551615", "[\"real\",1.8446744073709552e+19]");
    variable("float", "Float", "\"1\"", NULL);
    variable("string", "String", "\"a\\u00e9\"", "\"a\xC3\xA9\"");
    variable("string", "String", "1", NULL);
    variable("boolean", "Boolean", "false", "false");
    variable("boolean", "Boolean", "0", NULL);
    variable("id", "ID", "\"x\"", "\"x\"");
    variable("id", "ID", "18446744073709551615", "\"18446744073709551615\"");
    variable("id", "ID", "-7", "\"-7\"");
    variable("id", "ID", "1.5", NULL);
    variable("color", "Color", "\"RED\"", "\"RED\"");
    variable("color", "Color", "\"red\"", NULL);
    literal("float", "1e3", "[\"real\",1000]");
    literal("id", "12", "\"12\"");
    literal("id", "1.5", NULL);
    literal("color", "GREEN", "\"GREEN\"");
    literal("color", "\"GREEN\"", NULL);
    literal("string", "\"\"\"\n  block\n    in\n\"\"\"", "\"block\\n  in\"");
}

static void moments_are_rfc_3339_or_milliseconds(void **state)
{
    (void)state;
    variable("time", "DateTime", "\"2026-11-21T10:03:00.123Z\"", "1795255380123");
    variable("time", "DateTime", "\"2026-11-21T12:03:00+02:00\"", "1795255380000");
    variable("time", "DateTime", "1795255380123", "1795255380123");
    variable("time", "DateTime", "\"now\"", NULL);
    variable("time", "DateTime", "\"-15m\"", NULL);
    variable("time", "DateTime", "\"1795255380123\"", NULL);
    variable("time", "DateTime", "\"\"", NULL);
    literal("time", "\"2026-11-21T10:03:00Z\"", "1795255380000");
    literal("time", "\"yesterday\"", NULL);
}

static void json_is_taken_as_it_is(void **state)
{
    (void)state;
    variable("json", "JSON", "{\"a\":[1,18446744073709551615,1.5,\"x\",null,{}]}",
             "[\"json\",{\"a\":[1,18446744073709551615,1.5,\"x\",null,{}]}]");
    variable("json", "JSON", "null", "null");
    literal("json", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
            NULL); /* deeper than JSON may be */
    literal("json", "{a: [1, WORD, \"x\", null, true]}", "[\"json\",{\"a\":[1,\"WORD\",\"x\",null,true]}]");
    with("query($i: Int, $p: Point, $n: Int) { r: json(v: {i: $i, p: $p, n: $n, l: [$n]}) }", "{\"i\":4,\"p\":{\"x\":1}}",
         "[\"json\",{\"i\":4,\"p\":{\"x\":1,\"y\":3},\"l\":[null]}]");
}

static void a_single_item_is_a_list_of_one(void **state)
{
    (void)state;
    variable("ints", "[Int]", "[1,null,2]", "[1,null,2]");
    variable("ints", "[Int]", "1", "[1]");
    variable("ints", "[Int]", "null", "null");
    variable("ints", "[Int]", "[]", "[]");
    variable("sureInts", "[Int!]!", "[1,null]", NULL);
    variable("sureInts", "[Int!]!", "null", NULL);
    variable("grid", "[[Int]]", "1", "[[1]]");
    variable("grid", "[[Int]]", "[[1],[2,3]]", "[[1],[2,3]]");
    literal("ints", "1", "[1]");
    literal("grid", "[[1], null, []]", "[[1],null,[]]");
    literal("sureInts", "null", NULL);
    with("query($a: Int) { r: ints(v: [1, $a]) }", NULL, "[1,null]");
    with("query($a: Int!) { r: sureInts(v: [$a, $a]) }", "{\"a\":3}", "[3,3]");
}

static void input_objects_have_known_fields_defaults_and_what_is_required(void **state)
{
    (void)state;
    variable("point", "Point", "{\"x\":1}", "{\"x\":1,\"y\":3}");
    variable("point", "Point", "{\"label\":null,\"y\":null,\"x\":1}", "{\"x\":1,\"y\":null,\"label\":null}");
    variable("point", "Point", "{}", NULL);
    variable("point", "Point", "{\"x\":null}", NULL);
    variable("point", "Point", "{\"x\":1,\"z\":1}", NULL);
    variable("point", "Point", "[]", NULL);
    variable("tree", "Tree", "{\"left\":{\"right\":{\"value\":3}}}", "{\"left\":{\"right\":{\"value\":3}}}");
    variable("points", "[Point!]", "{\"x\":1}", "[{\"x\":1,\"y\":3}]");
    literal("point", "{x: 1, label: \"a\"}", "{\"x\":1,\"y\":3,\"label\":\"a\"}");
    literal("presetPoint", "null", "null");
    with("query($y: Int, $l: String) { r: point(v: {x: 2, y: $y, label: $l}) }", NULL, "{\"x\":2,\"y\":3}");
    with("query($y: Int) { r: point(v: {x: 2, y: $y}) }", "{\"y\":null}", "{\"x\":2,\"y\":null}");
}

static void of_one_of_exactly_one_is_given(void **state)
{
    (void)state;
    variable("choice", "Choice", "{\"id\":1}", "{\"id\":\"1\"}");
    variable("choice", "Choice", "{\"point\":{\"x\":1}}", "{\"point\":{\"x\":1,\"y\":3}}");
    variable("choice", "Choice", "{}", NULL);
    variable("choice", "Choice", "{\"id\":null}", NULL);
    variable("choice", "Choice", "{\"id\":1,\"point\":null}", NULL);
    literal("choice", "{id: 1}", "{\"id\":\"1\"}");
    literal("choice", "{id: 1, point: {x: 1}}", NULL);
    literal("choice", "{id: null}", NULL);
    with("query($i: ID!) { r: choice(v: {id: $i}) }", "{\"i\":\"a\"}", "{\"id\":\"a\"}");
}

static void what_is_not_given_is_absent_or_its_default_and_null_is_null(void **state)
{
    (void)state;
    with("{ r: int }", NULL, "[\"absent\"]");
    with("query($a: Int) { r: int(v: $a) }", NULL, "[\"absent\"]");
    with("query($a: Int) { r: int(v: $a) }", "{\"a\":null}", "null");
    with("query($a: Int = 9) { r: int(v: $a) }", "{}", "9");
    with("query($a: Int = 9) { r: int(v: $a) }", "{\"a\":null}", "null");
    with("{ r: preset }", NULL, "5");
    with("{ r: preset(v: null) }", NULL, "null");
    with("query($a: Int) { r: preset(v: $a) }", NULL, "5");
    with("query($a: Int) { r: presetSure(v: $a) }", NULL, "6");
    with("query($a: Int) { r: presetSure(v: $a) }", "{\"a\":null}", NULL);
    assert_true(scene.data_present); /* an error of the field */
    with("query($a: Int = 4) { r: sure(v: $a) }", "{\"a\":null}", NULL);
    with("{ r: presetPoint }", NULL, "{\"x\":1,\"y\":3}");
    with("query($a: Int!) { r: int(v: $a) }", "{}", NULL);
    assert_false(scene.data_present);
}

static void what_is_too_deep_or_too_much_is_refused(void **state)
{
    (void)state;
    struct buffer text;
    buffer_init(&text, 64 * MIB);
    buffer_append_text(&text, "query($v: ");
    for (int i = 0; i < 100; i++) {
        buffer_append_char(&text, '[');
    }
    buffer_append_text(&text, "Int");
    for (int i = 0; i < 100; i++) {
        buffer_append_char(&text, ']');
    }
    buffer_append_text(&text, ") { r: json(v: {a: $v}) }");
    with(text.bytes, "{\"v\":1}", NULL); /* a list in a list in a list … of one */
    buffer_clear(&text);
    buffer_append_text(&text, "{\"a\":0");
    for (int i = 0; i < LIMIT_QUERY_VARIABLES; i++) {
        buffer_append_format(&text, ",\"x%d\":1", i);
    }
    buffer_append_char(&text, '}');
    with("query($a: Int) { r: int(v: $a) }", text.bytes, NULL);
    buffer_clear(&text);
    buffer_append_text(&text, "{\"a\":\"");
    for (size_t i = 0; i < LIMIT_QUERY_VARIABLES_BYTES; i++) {
        buffer_append_char(&text, 'x');
    }
    buffer_append_text(&text, "\"}");
    with("query($a: String) { r: string(v: $a) }", text.bytes, NULL);
    buffer_release(&text);
}

static void a_refusal_names_variable_and_place(void **state)
{
    (void)state;
    const char *answer = scene_ask(&scene, "query($a: Int,\n $p: [Point!]) { a: int(v: $a) r: points(v: $p) }",
                                   "{\"a\":\"x\",\"p\":[{\"x\":1},{\"x\":1,\"y\":\"2\"}]}");
    assert_string_equal(
        answer, "{\"errors\":[{\"message\":\"Variable \\\"$a\\\" has no valid value at \\\"a\\\": type \\\"Int\\\" takes a "
                "whole number "
                "of 32 bits.\",\"locations\":[{\"line\":1,\"column\":7}],\"extensions\":{\"code\":\"BAD_USER_INPUT\"}},"
                "{\"message\":\"Variable \\\"$p\\\" has no valid value at \\\"p[1].y\\\": type \\\"Int\\\" takes a whole "
                "number of 32 "
                "bits.\",\"locations\":[{\"line\":2,\"column\":2}],\"extensions\":{\"code\":\"BAD_USER_INPUT\"}}]}");
}

#define WITH_SCENE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SCENE(whole_numbers_are_exact_and_in_range),
        WITH_SCENE(other_scalars_take_what_is_theirs),
        WITH_SCENE(moments_are_rfc_3339_or_milliseconds),
        WITH_SCENE(json_is_taken_as_it_is),
        WITH_SCENE(a_single_item_is_a_list_of_one),
        WITH_SCENE(input_objects_have_known_fields_defaults_and_what_is_required),
        WITH_SCENE(of_one_of_exactly_one_is_given),
        WITH_SCENE(what_is_not_given_is_absent_or_its_default_and_null_is_null),
        WITH_SCENE(what_is_too_deep_or_too_much_is_refused),
        WITH_SCENE(a_refusal_names_variable_and_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
