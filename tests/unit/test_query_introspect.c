/* test_query_introspect: what a schema says of itself. The whole of it is compared with another implementation in
 * tests/e2e/graphql_execute.test.mjs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "query_scene.h"

static const char sdl[] =
    "\"All.\" schema { query: Root }\n"
    "directive @mark(text: String = \"a\\n\\\"b\\\"\", old: Int @deprecated) repeatable on FIELD | QUERY\n"
    "scalar DateTime @specifiedBy(url: \"https://example.org/time\")\n"
    "enum Color { RED \"The old green.\" GREEN @deprecated(reason: \"use RED\") }\n"
    "interface Being { name: String } type Dog implements Being { name: String } type Cat implements Being { name: String "
    "}\n"
    "union Pet = Dog | Cat\n"
    "input Choice @oneOf { id: ID name: String } input Point { x: Int! = 4 y: [Color!] = [RED, GREEN] old: Int @deprecated "
    "}\n"
    "type Root { dog(at: Point = {x: 1, y: []}, old: Int @deprecated(reason: \"r\")): [Dog!]! gone: Int @deprecated }\n";

static struct query_scene scene;

static void give_nothing(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    (void)object;
    (void)value;
}

static const struct query_binding bindings[] = {
    {"Dog", "name", give_nothing, 0},
    {"Cat", "name", give_nothing, 0},
    {"Root", "dog", give_nothing, 0},
    {"Root", "gone", give_nothing, 0},
};

static int setup(void **state)
{
    (void)state;
    scene_open(&scene, sdl, bindings, sizeof bindings / sizeof bindings[0], NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    scene_close(&scene);
    return 0;
}

static void expect(const char *text, const char *data)
{
    const char *answer = scene_ask(&scene, text, NULL);
    size_t length = strlen(data);
    assert_int_equal(strncmp(answer, "{\"data\":", 8), 0);
    if (strncmp(answer + 8, data, length) != 0 || strcmp(answer + 8 + length, "}") != 0) {
        fail_msg("%s\nexpected %s", answer, data);
    }
}

static void the_roots_are_told(void **state)
{
    (void)state;
    expect("{ __schema { description queryType { name } mutationType { name } subscriptionType { name } } }",
           "{\"__schema\":{\"description\":\"All.\",\"queryType\":{\"name\":\"Root\"},\"mutationType\":null,"
           "\"subscriptionType\":null}}");
}

static void a_type_tells_what_its_kind_has_and_null_for_the_rest(void **state)
{
    (void)state;
    const char *all =
        "kind name specifiedByURL isOneOf fields { name } interfaces { name } possibleTypes { name } enumValues { name } "
        "inputFields { name } ofType { name }";
    char text[512];
    static const struct {
        const char *name, *data;
    } types[] = {
        {"DateTime",
         "\"SCALAR\",\"name\":\"DateTime\",\"specifiedByURL\":\"https://example.org/time\",\"isOneOf\":null,\"fields\":null,"
         "\"interfaces\":null,\"possibleTypes\":null,\"enumValues\":null,\"inputFields\":null,\"ofType\":null"},
        {"Dog", "\"OBJECT\",\"name\":\"Dog\",\"specifiedByURL\":null,\"isOneOf\":null,\"fields\":[{\"name\":\"name\"}],"
                "\"interfaces\":[{\"name\":\"Being\"}],\"possibleTypes\":null,\"enumValues\":null,\"inputFields\":null,"
                "\"ofType\":null"},
        {"Being",
         "\"INTERFACE\",\"name\":\"Being\",\"specifiedByURL\":null,\"isOneOf\":null,\"fields\":[{\"name\":\"name\"}],"
         "\"interfaces\":[],\"possibleTypes\":[{\"name\":\"Cat\"},{\"name\":\"Dog\"}],\"enumValues\":null,\"inputFields\":"
         "null,"
         "\"ofType\":null"},
        {"Pet", "\"UNION\",\"name\":\"Pet\",\"specifiedByURL\":null,\"isOneOf\":null,\"fields\":null,\"interfaces\":null,"
                "\"possibleTypes\":[{\"name\":\"Cat\"},{\"name\":\"Dog\"}],\"enumValues\":null,\"inputFields\":null,"
                "\"ofType\":null"},
        {"Color", "\"ENUM\",\"name\":\"Color\",\"specifiedByURL\":null,\"isOneOf\":null,\"fields\":null,\"interfaces\":null,"
                  "\"possibleTypes\":null,\"enumValues\":[{\"name\":\"RED\"}],\"inputFields\":null,\"ofType\":null"},
        {"Choice",
         "\"INPUT_OBJECT\",\"name\":\"Choice\",\"specifiedByURL\":null,\"isOneOf\":true,\"fields\":null,\"interfaces\":null,"
         "\"possibleTypes\":null,\"enumValues\":null,\"inputFields\":[{\"name\":\"id\"},{\"name\":\"name\"}],\"ofType\":"
         "null"},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        char data[512];
        (void)snprintf(text, sizeof text, "{ __type(name: \"%s\") { %s } }", types[i].name, all);
        (void)snprintf(data, sizeof data, "{\"__type\":{\"kind\":%s}}", types[i].data);
        expect(text, data);
    }
}

static void lists_and_non_nulls_are_types_around_types(void **state)
{
    (void)state;
    expect(
        "{ __type(name: \"Root\") { fields { type { kind name ofType { kind ofType { kind name ofType { name } } } } } } }",
        "{\"__type\":{\"fields\":[{\"type\":{\"kind\":\"NON_NULL\",\"name\":null,\"ofType\":{\"kind\":\"LIST\",\"ofType\":{"
        "\"kind\":"
        "\"NON_NULL\",\"name\":null,\"ofType\":{\"name\":\"Dog\"}}}}}]}}");
}

static void defaults_are_graphql_text(void **state)
{
    (void)state;
    expect("{ __type(name: \"Point\") { inputFields { name defaultValue } } r: __type(name: \"Root\") { fields { args { "
           "defaultValue } } } }",
           "{\"__type\":{\"inputFields\":[{\"name\":\"x\",\"defaultValue\":\"4\"},{\"name\":\"y\",\"defaultValue\":\"[RED, "
           "GREEN]\"}]},"
           "\"r\":{\"fields\":[{\"args\":[{\"defaultValue\":\"{x: 1, y: []}\"}]}]}}");
}

static void what_is_deprecated_is_shown_when_it_is_asked_for(void **state)
{
    (void)state;
    expect("{ __type(name: \"Root\") { fields(includeDeprecated: true) { name isDeprecated deprecationReason "
           "args(includeDeprecated: true) "
           "{ name deprecationReason } } } }",
           "{\"__type\":{\"fields\":[{\"name\":\"dog\",\"isDeprecated\":false,\"deprecationReason\":null,\"args\":[{"
           "\"name\":\"at\","
           "\"deprecationReason\":null},{\"name\":\"old\",\"deprecationReason\":\"r\"}]},{\"name\":\"gone\","
           "\"isDeprecated\":true,"
           "\"deprecationReason\":\"No longer supported\",\"args\":[]}]}}");
    expect("{ __type(name: \"Color\") { enumValues(includeDeprecated: true) { name description isDeprecated "
           "deprecationReason } } }",
           "{\"__type\":{\"enumValues\":[{\"name\":\"RED\",\"description\":null,\"isDeprecated\":false,"
           "\"deprecationReason\":null},{\"name\":"
           "\"GREEN\",\"description\":\"The old green.\",\"isDeprecated\":true,\"deprecationReason\":\"use RED\"}]}}");
    expect("{ __type(name: \"Color\") { enumValues(includeDeprecated: null) { name } } }",
           "{\"__type\":{\"enumValues\":[{\"name\":\"RED\"}]}}");
}

static void directives_are_told(void **state)
{
    (void)state;
    const char *answer =
        scene_ask(&scene, "{ __schema { directives { name isRepeatable locations args { name defaultValue } } } }", NULL);
    assert_non_null(strstr(
        answer, "{\"name\":\"mark\",\"isRepeatable\":true,\"locations\":[\"QUERY\",\"FIELD\"],\"args\":[{\"name\":\"text\","
                "\"defaultValue\":\"\\\"a\\\\n\\\\\\\"b\\\\\\\"\\\"\"}]}"));
    static const char *const builtin[] = {"\"skip\"", "\"include\"", "\"deprecated\"", "\"specifiedBy\"", "\"oneOf\""};
    for (size_t i = 0; i < sizeof builtin / sizeof builtin[0]; i++) {
        assert_non_null(strstr(answer, builtin[i]));
    }
}

static void without_the_right_to_it_only_typename_is_answered(void **state)
{
    (void)state;
    struct query_request request = scene_request("{ __schema { queryType { name } } }");
    request.introspection = false;
    assert_int_equal(scene_try(&scene, &request, NULL), STATUS_INVALID);
    request.text = STR("{ __typename }");
    assert_int_equal(scene_try(&scene, &request, NULL), STATUS_OK);
    assert_string_equal(scene.answer.bytes, "{\"data\":{\"__typename\":\"Root\"}}");
}

#define WITH_SCENE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SCENE(the_roots_are_told),
        WITH_SCENE(a_type_tells_what_its_kind_has_and_null_for_the_rest),
        WITH_SCENE(lists_and_non_nulls_are_types_around_types),
        WITH_SCENE(defaults_are_graphql_text),
        WITH_SCENE(what_is_deprecated_is_shown_when_it_is_asked_for),
        WITH_SCENE(directives_are_told),
        WITH_SCENE(without_the_right_to_it_only_typename_is_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
