/* test_query_run: what a run makes of what resolvers give it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json_read.h"
#include "base/limits.h"
#include "base/memory.h"
#include "query_scene.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MS UINT64_C(1000000)
#define SECRET 7

static const char sdl[] =
    "scalar DateTime scalar Long scalar JSON\n"
    "enum Color { RED GREEN }\n"
    "interface Being { name: String }\n"
    "type Dog implements Being { name: String barks: Boolean! }\n"
    "type Cat implements Being { name: String lives: Int }\n"
    "type Thing { id: ID! name: String strict: String! broken: String never: String! thing: Thing sure: Thing! things: "
    "[Thing]\n"
    "  sureThings: [Thing!] words: [String!] secret: String slow: String missing: String }\n"
    "type Query { thing: Thing sure: Thing! things(count: Int = 3): [Thing] list(count: Int = 3): [Thing!]! int: Int float: "
    "Float\n"
    "  string: String id: ID long: Long time: DateTime json: JSON color: Color boolean: Boolean being: Being beings: "
    "[Being] slow: Int\n"
    "  secret: String never: String! asks: String broken: String many(count: Int): [Int] wrong: Thing\n"
  "  walk(pieces: Int = 5): Int }\n"
    "type Mutation { now(text: String): String later(text: String): String laterThing: Thing laterSure: Thing! }\n"
    "type Subscription { thing(id: Int = 4): Thing }\n";

static struct query_scene scene;
static struct query_value given; /* what the leaf fields of Query give */

static struct query_scene *scene_of(struct query_call *call)
{
    return query_context(call);
}

static void give_text(struct query_value *value, const char *text)
{
    value->kind = QUERY_TEXT;
    value->text = str_from(text);
}

static void give_given(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    (void)object;
    *value = given;
}

static void give_object(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    value->kind = QUERY_OBJECT;
    value->object = (struct query_object){.number = object.number + 1};
}

static void give_id(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    value->kind = QUERY_INTEGER;
    value->integer = (int64_t)object.number;
}

static void give_name(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    (void)call;
    give_text(value, "n");
}

static void give_nothing(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    (void)object;
    (void)value;
}

static void give_error(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    give_text(value, "what was given before it failed is not seen");
    query_fail(call, "NOT_FOUND", "no %s here", "thing");
    query_fail(call, "INTERNAL", "a second error at the same place is not listed");
}

/* Of items, those with an odd index are null. */
static void give_item(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)at;
    if (index % 2 == 0) {
        give_object(call, (struct query_object){.number = index}, value);
    }
}

static void give_sure_item(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)at;
    give_object(call, (struct query_object){.number = index}, value);
}

static void give_items(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    value->kind = QUERY_LIST;
    value->list = (struct query_list){(size_t)query_argument(call, "count")->integer, NULL, give_item};
}

static void give_sure_items(struct query_call *call, struct query_object object, struct query_value *value)
{
    give_items(call, object, value);
    value->list.item = give_sure_item;
}

static void give_three(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    (void)object;
    value->kind = QUERY_LIST;
    value->list = (struct query_list){3, NULL, give_item};
}

static void give_word(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)at;
    if (index == 1) {
        query_fail(call, "UNAVAILABLE", "word %zu", index);
    } else {
        give_text(value, "w");
    }
}

static void give_words(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    (void)object;
    value->kind = QUERY_LIST;
    value->list = (struct query_list){3, NULL, give_word};
}

static void give_number(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)call;
    (void)at;
    value->kind = QUERY_INTEGER;
    value->integer = (int64_t)index;
}

static void give_many(struct query_call *call, struct query_object object, struct query_value *value)
{
    give_items(call, object, value);
    value->list.item = give_number;
}

static void give_slowly(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    (void)value;
    scene_of(call)->now_ns += 3 * MS;
}

/* Works in pieces, with memory of its own, which it looks at after each: another's would be seen by the sanitizer, and by the sum. */
static void give_walked(struct query_call *call, struct query_object object, struct query_value *value)
{
    struct query_scene *at = scene_of(call);
    int64_t pieces = query_argument(call, "pieces")->integer;
    int64_t *held = memory_new_zeroed((size_t)pieces + 1, sizeof *held);
    (void)object;
    assert_non_null(held);
    buffer_append_text(&at->log, "holds;");
    bool goes_on = true;
    for (int64_t i = 0; i < pieces && goes_on; i++) {
        held[i + 1] = held[i] + 1;
        at->now_ns += 3 * MS;
        goes_on = query_breathe(call);
    }
    value->kind = QUERY_INTEGER;
    value->integer = held[pieces];
    memory_free(held);
    buffer_append_text(&at->log, goes_on ? "whole;" : "part;");
}

static void give_being(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    static const char *const types[] = {"Dog", "Cat", "Thing", NULL};
    (void)call;
    (void)at;
    value->kind = QUERY_OBJECT;
    value->object = (struct query_object){.type = types[index]};
}

static void give_one_being(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    give_being(call, NULL, (size_t)scene_of(call)->number, value);
}

static void give_beings(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    (void)call;
    value->kind = QUERY_LIST;
    value->list = (struct query_list){4, NULL, give_being};
}

static void give_true(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    (void)object;
    value->kind = QUERY_BOOLEAN;
    value->boolean = true;
}

static void ask_selection(struct query_call *call, struct query_object object, struct query_value *value)
{
    give_object(call, object, value);
    buffer_append_format(&scene_of(call)->log, "name %d thing %d id %d;", query_selects(call, "name"),
                         query_selects(call, "thing"), query_selects(call, "id"));
}

static void write_now(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    value->kind = QUERY_TEXT;
    value->text = query_argument(call, "text")->text;
    buffer_append_str(&scene_of(call)->log, value->text);
    buffer_append_char(&scene_of(call)->log, ';');
}

static void write_later(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)object;
    (void)value;
    struct query_scene *at = scene_of(call);
    buffer_append_text(&at->log, "later;");
    at->promise = query_defer(call);
}

static const struct query_binding bindings[] = {
    {"Dog", "name", give_name, 0},
    {"Dog", "barks", give_true, 0},
    {"Cat", "name", give_name, 0},
    {"Cat", "lives", give_id, 0},
    {"Thing", "id", give_id, 0},
    {"Thing", "name", give_name, 0},
    {"Thing", "strict", give_error, 0},
    {"Thing", "broken", give_error, 0},
    {"Thing", "never", give_nothing, 0},
    {"Thing", "thing", give_object, 0},
    {"Thing", "sure", give_object, 0},
    {"Thing", "things", give_three, 0},
    {"Thing", "sureThings", give_three, 0},
    {"Thing", "words", give_words, 0},
    {"Thing", "secret", give_name, SECRET},
    {"Thing", "slow", give_slowly, 0},
    {"Thing", "missing", give_nothing, SECRET},
    {"Query", "thing", ask_selection, 0},
    {"Query", "sure", give_object, 0},
    {"Query", "things", give_items, 0},
    {"Query", "list", give_sure_items, 0},
    {"Query", "int", give_given, 0},
    {"Query", "float", give_given, 0},
    {"Query", "string", give_given, 0},
    {"Query", "id", give_given, 0},
    {"Query", "long", give_given, 0},
    {"Query", "time", give_given, 0},
    {"Query", "json", give_given, 0},
    {"Query", "color", give_given, 0},
    {"Query", "boolean", give_given, 0},
    {"Query", "being", give_one_being, 0},
    {"Query", "beings", give_beings, 0},
    {"Query", "slow", give_slowly, 0},
    {"Query", "secret", give_name, SECRET},
    {"Query", "never", give_nothing, 0},
    {"Query", "asks", give_nothing, 0},
    {"Query", "broken", give_error, 0},
    {"Query", "many", give_many, 0},
    {"Query", "walk", give_walked, 0},
    {"Query", "wrong", give_name, 0},
    {"Mutation", "now", write_now, 0},
    {"Mutation", "later", write_later, 0},
    {"Mutation", "laterThing", write_later, 0},
    {"Mutation", "laterSure", write_later, 0},
};

static int setup(void **state)
{
    (void)state;
    scene_open(&scene, sdl, bindings, COUNT(bindings), NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    memory_fail_after(-1);
    scene_close(&scene);
    return 0;
}

static void reopen(const struct query_limits *limits)
{
    scene_close(&scene);
    scene_open(&scene, sdl, bindings, COUNT(bindings), limits);
}

static void expect(const char *text, const char *answer)
{
    assert_string_equal(scene_ask(&scene, text, NULL), answer);
}

static void expect_part(const char *text, const char *part)
{
    const char *answer = scene_ask(&scene, text, NULL);
    if (strstr(answer, part) == NULL) {
        fail_msg("%s\nis not in\n%s", part, answer);
    }
}

/* ---- nulls and errors ---- */

static void an_object_has_its_fields_in_the_order_they_are_asked_for(void **state)
{
    (void)state;
    expect("{ thing { name id other: name __typename ...F name } } fragment F on Thing { more: id id }",
           "{\"data\":{\"thing\":{\"name\":\"n\",\"id\":\"1\",\"other\":\"n\",\"__typename\":\"Thing\",\"more\":\"1\"}}}");
}

static void an_error_is_listed_with_path_place_and_code_and_its_field_is_null(void **state)
{
    (void)state;
    expect("{ thing {\n  a: broken id } }",
           "{\"data\":{\"thing\":{\"a\":null,\"id\":\"1\"}},\"errors\":[{\"message\":\"no thing "
           "here\",\"locations\":[{\"line\":2,"
           "\"column\":3}],\"path\":[\"thing\",\"a\"],\"extensions\":{\"code\":\"NOT_FOUND\"}}]}");
}

static void an_error_in_a_field_that_may_not_be_null_makes_the_nearest_parent_null_that_may(void **state)
{
    (void)state;
    expect_part("{ int thing { name sure { sure { id strict name } } } }", "{\"data\":{\"int\":null,\"thing\":null},");
    expect_part("{ thing { thing { id strict } name } }", "{\"data\":{\"thing\":{\"thing\":null,\"name\":\"n\"}},");
    expect_part("{ sure { strict } }", "{\"data\":null,\"errors\":[{\"message\":\"no thing here\"");
}

static void null_where_none_is_allowed_is_an_error_of_its_own(void **state)
{
    (void)state;
    expect_part("{ thing { never } }",
                "{\"data\":{\"thing\":null},\"errors\":[{\"message\":\"Cannot return null for non-nullable field "
                "Thing.never.\"");
}

static void items_of_lists_are_nulled_one_by_one_or_all_together_as_their_type_says(void **state)
{
    (void)state;
    expect("{ things(count: 4) { id } }", "{\"data\":{\"things\":[{\"id\":\"1\"},null,{\"id\":\"3\"},null]}}");
    expect_part("{ things(count: 3) { id strict } }", "{\"data\":{\"things\":[null,null,null]},");
    expect_part("{ thing { sureThings { id } } }", "{\"data\":{\"thing\":{\"sureThings\":null}},");
    expect_part("{ thing { words } }", "\"path\":[\"thing\",\"words\",1]");
    expect_part("{ list { strict } }", "{\"data\":null,");
    expect("{ things(count: 0) { id } }", "{\"data\":{\"things\":[]}}");
}

static void errors_over_the_maximum_are_counted(void **state)
{
    (void)state;
    struct query_limits limits = query_limits_default();
    limits.errors_max = 2;
    reopen(&limits);
    const char *answer = scene_ask(&scene, "{ list(count: 7) { broken } }", NULL);
    assert_non_null(strstr(answer, "\"path\":[\"list\",1,\"broken\"]"));
    assert_null(strstr(answer, "\"path\":[\"list\",2,\"broken\"]"));
    assert_non_null(strstr(answer, ",\"extensions\":{\"errorsOmitted\":5}}"));
}

static void a_resolver_that_gives_the_wrong_kind_of_value_is_an_error_of_the_server(void **state)
{
    (void)state;
    expect_part("{ wrong { id } }",
                "{\"data\":{\"wrong\":null},\"errors\":[{\"message\":\"Query.wrong was to be an object, and is not.\"");
    given = (struct query_value){.kind = QUERY_OBJECT};
    expect_part("{ int }", "\"code\":\"INTERNAL\"");
    expect_part("{ boolean }", "\"code\":\"INTERNAL\"");
}

/* ---- leaves ---- */

static void expect_leaf(const char *field, struct query_value value, const char *text)
{
    char query[64], answer[128];
    (void)snprintf(query, sizeof query, "{ %s }", field);
    given = value;
    if (text == NULL) {
        (void)snprintf(answer, sizeof answer, "{\"data\":{\"%s\":null},\"errors\":[", field);
        expect_part(query, answer);
    } else {
        (void)snprintf(answer, sizeof answer, "{\"data\":{\"%s\":%s}}", field, text);
        expect(query, answer);
    }
}

#define INTEGER(number) ((struct query_value){.kind = QUERY_INTEGER, .integer = (number)})
#define REAL(number) ((struct query_value){.kind = QUERY_REAL, .real = (number)})
#define TEXT(literal) ((struct query_value){.kind = QUERY_TEXT, .text = STR(literal)})

static void numbers_are_what_their_type_allows(void **state)
{
    (void)state;
    expect_leaf("int", INTEGER(2147483647), "2147483647");
    expect_leaf("int", INTEGER(-INT64_C(2147483648)), "-2147483648");
    expect_leaf("int", INTEGER(INT64_C(2147483648)), NULL);
    expect_leaf("int", INTEGER(-INT64_C(2147483649)), NULL);
    expect_leaf("int", REAL(1.5), NULL);
    expect_leaf("long", INTEGER(INT64_MIN), "-9223372036854775808");
    expect_leaf("long", INTEGER(INT64_MAX), "9223372036854775807");
    expect_leaf("float", REAL(0.1), "0.1");
    expect_leaf("float", REAL(-3), "-3");
    expect_leaf("float", REAL(1e300), "1e+300");
    expect_leaf("float", INTEGER(4), "4");
    expect_leaf("float", REAL((double)NAN), NULL);
    expect_leaf("float", REAL((double)INFINITY), NULL);
}

static void texts_are_escaped_and_enum_values_are_of_the_enum(void **state)
{
    (void)state;
    expect_leaf("string", TEXT("a \"b\" \\ \n\x01 \xC3\xA9 and a tail that is long enough"),
                "\"a \\\"b\\\" \\\\ \\n\\u0001 \xC3\xA9 and a tail that is long enough\"");
    expect_leaf("string", TEXT("\xFF"), "\"\xEF\xBF\xBD\"");
    expect_leaf("string", ((struct query_value){.kind = QUERY_TEXT}), "null");
    expect_leaf("string", INTEGER(1), NULL);
    expect_leaf("id", TEXT("x"), "\"x\"");
    expect_leaf("id", INTEGER(-12), "\"-12\"");
    expect_leaf("color", TEXT("GREEN"), "\"GREEN\"");
    expect_leaf("color", TEXT("BLUE"), NULL);
    expect_leaf("color", INTEGER(1), NULL);
}

static void moments_are_text_and_json_stays_as_it_is(void **state)
{
    (void)state;
    expect_leaf("time", INTEGER(INT64_C(1795255380123)), "\"2026-11-21T10:03:00.123Z\"");
    expect_leaf("time", INTEGER(-1), "\"1969-12-31T23:59:59.999Z\"");
    expect_leaf("time", INTEGER(INT64_MAX), NULL);
    expect_leaf("time", TEXT("2026-11-21T10:03:00Z"), "\"2026-11-21T10:03:00Z\"");
    expect_leaf("json", ((struct query_value){.kind = QUERY_JSON, .text = STR("{\"a\":[1, 2]}")}), "{\"a\":[1, 2]}");
    expect_leaf("json", TEXT("x"), "\"x\"");
    expect_leaf("boolean", ((struct query_value){.kind = QUERY_BOOLEAN, .boolean = true}), "true");
}

/* ---- what is there depends on variables ---- */

static void skip_and_include_decide_in_each_run(void **state)
{
    (void)state;
    const char *text = "query($a: Boolean!, $b: Boolean!) { thing { x: name @skip(if: $a) id @include(if: $b) x: name "
                       "... @include(if: $a) @skip(if: $b) { y: id } ... @skip(if: true) { z: id } } }";
    assert_string_equal(scene_ask(&scene, text, "{\"a\":false,\"b\":true}"),
                        "{\"data\":{\"thing\":{\"x\":\"n\",\"id\":\"1\"}}}");
    assert_string_equal(scene_ask(&scene, text, "{\"a\":true,\"b\":true}"),
                        "{\"data\":{\"thing\":{\"id\":\"1\",\"x\":\"n\"}}}");
    assert_string_equal(scene_ask(&scene, text, "{\"a\":true,\"b\":false}"),
                        "{\"data\":{\"thing\":{\"x\":\"n\",\"y\":\"1\"}}}");
}

static void what_decides_may_not_be_null(void **state)
{
    (void)state;
    const char *answer = scene_ask(&scene, "query($a: Boolean = true) { thing { id @skip(if: $a) } }", "{\"a\":null}");
    assert_string_equal(
        answer, "{\"data\":null,\"errors\":[{\"message\":\"Variable \\\"$a\\\" decides what is asked for; it may not be "
                "null.\",\"extensions\":{\"code\":\"BAD_USER_INPUT\"}}]}");
}

static void a_resolver_can_see_what_is_asked_of_it(void **state)
{
    (void)state;
    const char *text = "query($a: Boolean!) { thing { ...F thing @skip(if: $a) { id } } } fragment F on Thing { x: name }";
    (void)scene_ask(&scene, text, "{\"a\":true}");
    (void)scene_ask(&scene, text, "{\"a\":false}");
    assert_string_equal(scene.log.bytes, "name 1 thing 0 id 0;name 1 thing 1 id 0;");
}

static void variables_that_do_not_hold_end_the_run_before_it_begins(void **state)
{
    (void)state;
    const char *text = "query($n: Int!) { things(count: $n) { id } }";
    const char *answer = scene_ask(&scene, text, "{\"n\":\"x\"}");
    assert_non_null(strstr(answer, "{\"errors\":[{\"message\":\"Variable \\\"$n\\\""));
    assert_false(scene.data_present);
    (void)scene_ask(&scene, text, "[1]");
    assert_false(scene.data_present);
    (void)scene_ask(&scene, text, "{\"n\":");
    assert_false(scene.data_present);
    (void)scene_ask(&scene, text, NULL);
    assert_false(scene.data_present);
    (void)scene_ask(&scene, text, "{\"n\":1}");
    assert_true(scene.data_present);
}

/* ---- abstract types ---- */

static void an_abstract_type_is_what_its_resolver_says_or_an_error(void **state)
{
    (void)state;
    const char *text = "{ beings { __typename name ... on Dog { barks } ... on Cat { lives } } }";
    for (int round = 0; round < 2; round++) {
        const char *answer = scene_ask(&scene, text, NULL);
        assert_non_null(strstr(answer, "{\"data\":{\"beings\":[{\"__typename\":\"Dog\",\"name\":\"n\",\"barks\":true},"
                                       "{\"__typename\":\"Cat\",\"name\":\"n\",\"lives\":0},null,null]},\"errors\":["));
        assert_non_null(strstr(answer, "\"path\":[\"beings\",2]"));
        assert_non_null(strstr(answer, "\"path\":[\"beings\",3]"));
    }
}

/* ---- permissions ---- */

static bool may_nothing(void *context, uint32_t permission)
{
    (void)context;
    assert_int_equal(permission, SECRET);
    return false;
}

static void what_may_not_be_seen_is_refused_alike_whether_it_is_there_or_not(void **state)
{
    (void)state;
    expect("{ thing { secret missing } }", "{\"data\":{\"thing\":{\"secret\":\"n\",\"missing\":null}}}");
    scene.may = may_nothing;
    expect("{ thing { id secret missing } }",
           "{\"data\":{\"thing\":{\"id\":\"1\",\"secret\":null,\"missing\":null}},\"errors\":["
           "{\"message\":\"Thing.secret may not be asked for with the permissions "
           "given.\",\"locations\":[{\"line\":1,\"column\":14}],"
           "\"path\":[\"thing\",\"secret\"],\"extensions\":{\"code\":\"FORBIDDEN\"}},"
           "{\"message\":\"Thing.missing may not be asked for with the permissions "
           "given.\",\"locations\":[{\"line\":1,\"column\":21}],"
           "\"path\":[\"thing\",\"missing\"],\"extensions\":{\"code\":\"FORBIDDEN\"}}]}");
}

/* ---- limits ---- */

static void expect_limit(struct query_limits limits, const char *text, const char *name)
{
    reopen(&limits);
    const char *answer = scene_ask(&scene, text, NULL);
    assert_non_null(strstr(answer, "{\"data\":null,\"errors\":[{\"message\":\""));
    assert_non_null(strstr(answer, "\"extensions\":{\"code\":\"LIMIT_EXCEEDED\"}}]}"));
    if (strstr(answer, name) == NULL) {
        fail_msg("%s does not name %s", answer, name);
    }
}

static void a_run_that_meets_a_limit_ends_with_an_error_that_names_it(void **state)
{
    (void)state;
    struct query_limits limits = query_limits_default();
    limits.objects_max = 10;
    expect_limit(limits, "{ things(count: 100) { id } }", "objects_max");
    expect_part("{ list(count: 10) { id } }", "{\"data\":{\"list\":[");
    limits = query_limits_default();
    limits.answer_bytes_max = 1000;
    expect_limit(limits, "{ things(count: 1000) { id name } }", "answer_bytes_max");
    expect_limit(limits, "{ many(count: 1000000) }", "answer_bytes_max");
    given = TEXT("a text that is longer than what is left, in a field before one that fails where no null may be");
    limits.answer_bytes_max = 60;
    expect_limit(limits, "{ string never }", "answer_bytes_max");
    limits = query_limits_default();
    limits.time_ms_max = 1000;
    expect_limit(limits, "{ list(count: 1000) { slow } }", "time_ms_max");
}

static void between_root_fields_others_get_their_turn_once_the_slice_is_used_up(void **state)
{
    (void)state;
    const struct query_request request = scene_request("{ a: slow b: slow never: int }");
    given = INTEGER(1);
    assert_int_equal(scene_begin(&scene, &request, NULL), STATUS_OK);
    assert_int_equal(query_run_step(scene.run), QUERY_AGAIN);
    assert_int_equal(query_run_step(scene.run), QUERY_AGAIN);
    assert_int_equal(query_run_step(scene.run), QUERY_DONE);
    assert_int_equal(query_run_step(scene.run), QUERY_DONE);
    scene_end(&scene);
    assert_string_equal(scene.answer.bytes, "{\"data\":{\"a\":null,\"b\":null,\"never\":1}}");
    const struct query_request quick = scene_request("{ a: int b: int }");
    assert_int_equal(scene_begin(&scene, &quick, NULL), STATUS_OK);
    assert_int_equal(query_run_step(scene.run), QUERY_DONE);
    scene_end(&scene);
}

/* ---- being left in the middle ---- */

static const char *const texts_to_leave[] = {
    "query($n: Int, $b: Boolean!) { list(count: $n) { id name @skip(if: $b) words things { id strict } } being { name } }",
    "{ beings { name ... on Dog { barks } } thing { id strict } a: thing { sureThings { id words broken never } } }",
    "{ __schema { types { name fields { name args { name defaultValue } type { kind ofType { name } } } } } }",
    "{ thing { thing { thing { thing { thing { things { id thing { things { id name missing } } } } } } } } never }",
    "mutation { a: now(text: \"1\") c: now(text: \"2\") }",
};
#define VARIABLES_TO_LEAVE "{\"n\":40,\"b\":false}"

static void a_run_that_is_left_at_every_field_says_the_same(void **state)
{
    (void)state;
    struct buffer whole;
    buffer_init(&whole, 64 * MIB);
    for (size_t i = 0; i < COUNT(texts_to_leave); i++) {
        scene.pace = QUERY_AT_ONCE;
        buffer_clear(&whole);
        buffer_append_text(&whole, scene_ask(&scene, texts_to_leave[i], VARIABLES_TO_LEAVE));
        scene.pace = QUERY_EVERY_FIELD;
        assert_string_equal(scene_ask(&scene, texts_to_leave[i], VARIABLES_TO_LEAVE), whole.bytes);
        assert_true(scene.data_present);
    }
    buffer_release(&whole);
}

static uint32_t steps_until(uint32_t most, enum query_progress *progress)
{
    uint32_t steps = 0;
    *progress = QUERY_AGAIN;
    while (steps < most && *progress == QUERY_AGAIN) {
        *progress = query_run_step(scene.run);
        steps++;
    }
    return steps;
}

static void a_run_can_be_freed_wherever_it_was_left(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(texts_to_leave); i++) {
        const struct query_request request = scene_request(texts_to_leave[i]);
        enum query_progress progress = QUERY_AGAIN;
        scene.pace = QUERY_EVERY_FIELD;
        uint32_t most = 0;
        for (; progress == QUERY_AGAIN; most++) {
            buffer_clear(&scene.log);
            assert_int_equal(scene_begin(&scene, &request, VARIABLES_TO_LEAVE), STATUS_OK);
            (void)steps_until(most, &progress);
            size_t logged = scene.log.length;
            query_run_free(scene.run);
            assert_int_equal(scene.log.length, logged); /* nothing is asked for any more */
            query_plan_release(scene.plan);
        }
        assert_true(most > 2);
    }
}

/* ---- resolvers that let others in ---- */

static const char walks[] = "{ before: int walk(pieces: 6) again: walk(pieces: 2) after: asks }";

static const char *logged(void)
{
    char *end = buffer_reserve(&scene.log, 1);
    assert_non_null(end);
    *end = '\0';
    return scene.log.bytes;
}

static void a_resolver_that_lets_others_in_says_the_same(void **state)
{
    (void)state;
    const char whole[] = "{\"data\":{\"walk\":40,\"again\":7}}";
    const enum query_pace paces[] = {QUERY_AT_ONCE, QUERY_EVERY_FIELD, QUERY_IN_SLICES};
    for (size_t i = 0; i < COUNT(paces); i++) {
        scene.pace = paces[i];
        assert_string_equal(scene_ask(&scene, "{ walk(pieces: 40) again: walk(pieces: 7) }", NULL), whole);
    }
}

static void resolvers_of_many_runs_work_by_turns(void **state)
{
    (void)state;
    enum { RUNS = 20, PIECES = 30 };
    const struct query_request request = scene_request("{ walk(pieces: 30) }");
    struct query_run *runs[RUNS];
    for (int i = 0; i < RUNS; i++) {
        assert_int_equal(scene_begin(&scene, &request, NULL), STATUS_OK);
        query_plan_release(scene.plan);
        runs[i] = scene.run;
    }
    for (int i = 0; i < RUNS; i++) {
        assert_int_equal(query_run_step(runs[i]), QUERY_AGAIN);
    }
    assert_null(strstr(logged(), "whole;")); /* all have begun, none is through */
    int rounds = 1;
    for (int done = 0; done < RUNS; rounds++) {
        done = 0;
        for (int i = 0; i < RUNS; i++) {
            done += query_run_step(runs[i]) == QUERY_DONE;
        }
    }
    assert_in_range(rounds, 2, PIECES + 2);
    for (int i = 0; i < RUNS; i++) {
        assert_true(str_is(query_run_answer(runs[i], NULL), "{\"data\":{\"walk\":30}}"));
        query_run_free(runs[i]);
    }
}

static uint32_t times(const char *text, const char *part)
{
    uint32_t count = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part)) {
        count++;
    }
    return count;
}

/* It releases what it holds before the run is gone, and nothing is asked for any more: neither its second half nor another field. */
static void a_resolver_that_is_cancelled_where_it_let_others_in_ends(void **state)
{
    (void)state;
    const struct query_request request = scene_request(walks);
    enum query_progress progress = QUERY_AGAIN;
    uint32_t most = 0, cut = 0;
    scene.pace = QUERY_EVERY_FIELD;
    for (; progress == QUERY_AGAIN; most++) {
        buffer_clear(&scene.log);
        assert_int_equal(scene_begin(&scene, &request, NULL), STATUS_OK);
        (void)steps_until(most, &progress);
        uint32_t begun = times(logged(), "holds;");
        query_run_free(scene.run);
        query_plan_release(scene.plan);
        const char *log = logged();
        assert_int_equal(times(log, "holds;"), begun);
        assert_int_equal(times(log, "part;") + times(log, "whole;"), begun);
        assert_true(times(log, "part;") <= 1);
        cut += times(log, "part;");
    }
    assert_int_equal(cut, 8); /* at each of its 6 + 2 pieces */
}

static void a_resolver_that_lets_others_in_is_over_when_the_time_is(void **state)
{
    (void)state;
    scene.pace = QUERY_IN_SLICES;
    buffer_clear(&scene.log);
    expect_part("{ walk(pieces: 100000) again: walk }", "{\"data\":null,\"errors\":[{\"message\":\"The query took longer than");
    assert_string_equal(logged(), "holds;part;");
}

static void one_root_field_lets_others_in_and_many_may_be_left_at_once(void **state)
{
    (void)state;
    enum { RUNS = 50 };
    const struct query_request request = scene_request("{ list(count: 1000) { slow } }");
    struct query_run *runs[RUNS];
    for (int i = 0; i < RUNS; i++) {
        assert_int_equal(scene_begin(&scene, &request, NULL), STATUS_OK);
        query_plan_release(scene.plan);
        runs[i] = scene.run;
    }
    int steps = 0;
    for (int done = 0; done < RUNS;) {
        done = 0;
        for (int i = 0; i < RUNS; i++) {
            done += query_run_step(runs[i]) == QUERY_DONE;
        }
        steps++;
    }
    assert_true(steps > 10);
    for (int i = 0; i < RUNS; i++) {
        struct str answer = query_run_answer(runs[i], NULL);
        assert_true(str_equal(answer, query_run_answer(runs[0], NULL)));
        assert_true(str_starts_with(answer, STR("{\"data\":{\"list\":[{\"slow\":")));
    }
    for (int i = 0; i < RUNS; i++) {
        query_run_free(runs[i]);
    }
}

static void what_may_not_last_is_done_in_one_step_or_not_at_all(void **state)
{
    (void)state;
    struct query_limits limits = query_limits_default();
    limits.time_ms_max = 100000000;
    reopen(&limits);
    scene.pace = QUERY_AT_ONCE;
    const struct query_request request = scene_request("{ list(count: 100) { slow } }");
    assert_int_equal(scene_begin(&scene, &request, NULL), STATUS_OK);
    assert_int_equal(query_run_step(scene.run), QUERY_DONE);
    scene_end(&scene);
    assert_string_equal(strstr(scene.answer.bytes, "\"errors\"") == NULL ? "whole" : scene.answer.bytes, "whole");
    expect_part("{ list(count: 100000) { slow } }", "took longer than 1000 ms");
}

static void the_longest_chain_of_fragments_has_room_on_the_stack(void **state)
{
    (void)state;
    struct buffer text;
    buffer_init(&text, MIB);
    int count = LIMIT_QUERY_TOKENS / 8 - 5;
    buffer_append_text(&text, "{ thing { ...f0 } }");
    for (int i = 0; i < count; i++) {
        buffer_append_format(&text, " fragment f%d on Thing { ...f%d }", i, i + 1);
    }
    buffer_append_format(&text, " fragment f%d on Thing { id }", count);
    expect(text.bytes, "{\"data\":{\"thing\":{\"id\":\"1\"}}}");
    buffer_release(&text);
}

/* ---- deferred fields ---- */

static void count_ready(void *context, struct query_run *run)
{
    struct query_scene *at = context;
    assert_ptr_equal(run, at->run);
    at->ready_count++;
}

static void begin(const char *text)
{
    const struct query_request request = scene_request(text);
    scene.on_ready = count_ready;
    assert_int_equal(scene_begin(&scene, &request, NULL), STATUS_OK);
}

static void mutations_wait_for_each_other(void **state)
{
    (void)state;
    begin("mutation { a: now(text: \"1\") b: later c: now(text: \"2\") }");
    assert_int_equal(query_run_step(scene.run), QUERY_WAITING);
    assert_int_equal(query_run_step(scene.run), QUERY_WAITING);
    assert_string_equal(scene.log.bytes, "1;later;");
    char text[] = "gone after the call";
    query_fulfil(scene.promise, &(struct query_value){.kind = QUERY_TEXT, .text = str_from(text)});
    memset(text, 'x', sizeof text - 1);
    assert_int_equal(scene.ready_count, 1);
    assert_int_equal(query_run_step(scene.run), QUERY_DONE);
    assert_string_equal(scene.log.bytes, "1;later;2;");
    scene_end(&scene);
    assert_string_equal(scene.answer.bytes, "{\"data\":{\"a\":\"1\",\"b\":\"gone after the call\",\"c\":\"2\"}}");
}

static void what_is_deferred_may_be_refused(void **state)
{
    (void)state;
    begin("mutation { b: later c: now(text: \"2\") }");
    assert_int_equal(query_run_step(scene.run), QUERY_WAITING);
    query_reject(scene.promise, "CONFLICT", "%d others were first", 2);
    assert_int_equal(query_run_step(scene.run), QUERY_DONE);
    scene_end(&scene);
    assert_string_equal(
        scene.answer.bytes,
        "{\"data\":{\"b\":null,\"c\":\"2\"},\"errors\":[{\"message\":\"2 others were first\",\"locations\":[{\"line\":1,"
        "\"column\":12}],\"path\":[\"b\"],\"extensions\":{\"code\":\"CONFLICT\"}}]}");
}

static void objects_that_come_later_are_completed_like_others(void **state)
{
    (void)state;
    begin("mutation { laterThing { id thing { id } } }");
    assert_int_equal(query_run_step(scene.run), QUERY_WAITING);
    query_fulfil(scene.promise, &(struct query_value){.kind = QUERY_OBJECT, .object = {.number = 5}});
    assert_int_equal(query_run_step(scene.run), QUERY_DONE);
    scene_end(&scene);
    assert_string_equal(scene.answer.bytes, "{\"data\":{\"laterThing\":{\"id\":\"5\",\"thing\":{\"id\":\"6\"}}}}");
}

static void where_a_mutation_fails_that_may_not_be_null_none_follows(void **state)
{
    (void)state;
    begin("mutation { laterSure { id } now(text: \"not done\") }");
    assert_int_equal(query_run_step(scene.run), QUERY_WAITING);
    query_reject(scene.promise, "INTERNAL", "no");
    assert_int_equal(query_run_step(scene.run), QUERY_DONE);
    scene_end(&scene);
    assert_string_equal(scene.log.bytes, "later;");
    assert_non_null(strstr(scene.answer.bytes, "{\"data\":null,"));
}

static void a_run_freed_while_it_waits_takes_no_answer(void **state)
{
    (void)state;
    for (int refused = 0; refused < 2; refused++) {
        begin("mutation { later }");
        assert_int_equal(query_run_step(scene.run), QUERY_WAITING);
        query_run_free(scene.run);
        query_plan_release(scene.plan);
        if (refused) {
            query_reject(scene.promise, "INTERNAL", "late");
        } else {
            query_fulfil(scene.promise, &TEXT("late"));
        }
    }
    assert_int_equal(scene.ready_count, 0);
}

/* ---- subscriptions ---- */

static void a_subscription_tells_its_root_and_runs_with_a_value(void **state)
{
    (void)state;
    const struct query_request request = scene_request("subscription($i: Int) { t: thing(id: $i) { id } }");
    struct str field;
    struct query_call *call = NULL;
    assert_int_equal(scene_begin(&scene, &request, "{\"i\":9}"), STATUS_OK);
    assert_int_equal(query_run_root(scene.run, &field, &call, &scene.error), STATUS_OK);
    assert_true(str_is(field, "thing"));
    assert_int_equal(query_argument(call, "id")->integer, 9);
    query_run_free(scene.run);
    query_plan_release(scene.plan);
    scene.root = &(struct query_value){.kind = QUERY_OBJECT, .object = {.number = 8}};
    assert_int_equal(scene_try(&scene, &request, "{\"i\":9}"), STATUS_OK);
    assert_string_equal(scene.answer.bytes, "{\"data\":{\"t\":{\"id\":\"8\"}}}");
}

static void a_subscription_whose_variables_do_not_hold_has_no_root(void **state)
{
    (void)state;
    const struct query_request request = scene_request("subscription($i: Int!) { thing(id: $i) { id } }");
    struct str field;
    struct query_call *call = NULL;
    assert_int_equal(scene_begin(&scene, &request, "{}"), STATUS_OK);
    assert_int_equal(query_run_root(scene.run, &field, &call, &scene.error), STATUS_INVALID);
    scene_end(&scene);
    assert_false(scene.data_present);
    assert_int_equal(strncmp(scene.answer.bytes, "{\"errors\":[", 11), 0);
}

static void a_subscription_that_may_not_be_seen_does_not_begin(void **state)
{
    (void)state;
    static struct query_binding bound[COUNT(bindings) + 1];
    memcpy(bound, bindings, sizeof bindings);
    bound[COUNT(bindings)] = (struct query_binding){"Subscription", "thing", NULL, SECRET};
    scene_close(&scene);
    scene_open(&scene, sdl, bound, COUNT(bound), NULL);
    scene.may = may_nothing;
    const struct query_request request = scene_request("subscription { thing { id } }");
    struct str field;
    struct query_call *call = NULL;
    assert_int_equal(scene_begin(&scene, &request, NULL), STATUS_OK);
    assert_int_equal(query_run_root(scene.run, &field, &call, &scene.error), STATUS_INVALID);
    scene_end(&scene);
    assert_non_null(strstr(scene.answer.bytes, "\"code\":\"FORBIDDEN\""));
    scene.root = &(struct query_value){.kind = QUERY_OBJECT, .object = {.number = 8}};
    assert_int_equal(scene_try(&scene, &request, NULL), STATUS_OK); /* nor does it go on once the right is gone */
    assert_non_null(strstr(scene.answer.bytes, "{\"data\":{\"thing\":null},"));
}

/* ---- memory ---- */

static bool is_json(struct str text)
{
    struct json_parser *parser = json_parser_new();
    struct buffer padded;
    struct json root;
    buffer_init(&padded, 64 * MIB);
    buffer_append_str(&padded, text);
    assert_non_null(parser);
    assert_non_null(buffer_reserve(&padded, JSON_READ_PADDING));
    bool holds = json_parse(parser, buffer_str(&padded), &root, NULL) == STATUS_OK;
    json_parser_free(parser);
    buffer_release(&padded);
    return holds;
}

static void every_allocation_that_fails_is_told_and_leaves_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "query($n: Int, $b: Boolean!, $s: [Int]) { list(count: $n) { id name @skip(if: $b) words things { id } } being { "
        "name } }",
        "{ beings { name ... on Dog { barks } } thing { id strict } __schema { types { name fields { args { defaultValue } "
        "} } } }",
        "{ nothing }",
    };
    int count = 0;
    for (size_t i = 0; i < COUNT(texts); i++) {
        const struct query_request request = scene_request(texts[i]);
        bool struck = true;
        for (int64_t n = 0; struck; n++) {
            scene_close(&scene);
            scene_open(&scene, sdl, bindings, COUNT(bindings), NULL);
            assert_non_null(buffer_reserve(&scene.answer, 256 * KIB)); /* the test's own */
            memory_fail_after(n);
            enum status status = scene_try(&scene, &request, "{\"n\":500,\"b\":true}");
            struck = memory_injected();
            count += struck;
            memory_fail_after(-1);
            if (status != STATUS_FATAL) {
                assert_true(is_json(buffer_str(&scene.answer)));
            }
            if (struck && i == 2) {
                assert_int_not_equal(status, STATUS_OK);
            }
            assert_int_not_equal(scene_try(&scene, &request, "{\"n\":500,\"b\":true}"), STATUS_FATAL); /* it is over */
        }
    }
    assert_true(count > 30);
}

static void a_deferred_field_without_memory_fails_and_the_run_goes_on(void **state)
{
    (void)state;
    bool struck = true;
    int unavailable = 0;
    assert_non_null(buffer_reserve(&scene.log, 1000)); /* the test's own */
    for (int64_t n = 0; struck; n++) {
        begin("mutation { later now(text: \"2\") }");
        scene.promise = NULL;
        memory_fail_after(n);
        enum query_progress progress = query_run_step(scene.run);
        if (progress == QUERY_WAITING) {
            assert_non_null(scene.promise);
            query_fulfil(scene.promise, &TEXT("1"));
            progress = query_run_step(scene.run);
        }
        struck = memory_injected();
        memory_fail_after(-1);
        assert_int_equal(progress, QUERY_DONE);
        scene_end(&scene);
        assert_true(is_json(buffer_str(&scene.answer)));
        unavailable += strstr(scene.answer.bytes, "UNAVAILABLE") != NULL;
    }
    assert_true(unavailable > 0);
    assert_string_equal(scene.answer.bytes, "{\"data\":{\"later\":\"1\",\"now\":\"2\"}}");
}

#define WITH_SCENE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SCENE(an_object_has_its_fields_in_the_order_they_are_asked_for),
        WITH_SCENE(an_error_is_listed_with_path_place_and_code_and_its_field_is_null),
        WITH_SCENE(an_error_in_a_field_that_may_not_be_null_makes_the_nearest_parent_null_that_may),
        WITH_SCENE(null_where_none_is_allowed_is_an_error_of_its_own),
        WITH_SCENE(items_of_lists_are_nulled_one_by_one_or_all_together_as_their_type_says),
        WITH_SCENE(errors_over_the_maximum_are_counted),
        WITH_SCENE(a_resolver_that_gives_the_wrong_kind_of_value_is_an_error_of_the_server),
        WITH_SCENE(numbers_are_what_their_type_allows),
        WITH_SCENE(texts_are_escaped_and_enum_values_are_of_the_enum),
        WITH_SCENE(moments_are_text_and_json_stays_as_it_is),
        WITH_SCENE(skip_and_include_decide_in_each_run),
        WITH_SCENE(what_decides_may_not_be_null),
        WITH_SCENE(a_resolver_can_see_what_is_asked_of_it),
        WITH_SCENE(variables_that_do_not_hold_end_the_run_before_it_begins),
        WITH_SCENE(an_abstract_type_is_what_its_resolver_says_or_an_error),
        WITH_SCENE(what_may_not_be_seen_is_refused_alike_whether_it_is_there_or_not),
        WITH_SCENE(a_run_that_meets_a_limit_ends_with_an_error_that_names_it),
        WITH_SCENE(between_root_fields_others_get_their_turn_once_the_slice_is_used_up),
        WITH_SCENE(a_run_that_is_left_at_every_field_says_the_same),
        WITH_SCENE(a_run_can_be_freed_wherever_it_was_left),
        WITH_SCENE(a_resolver_that_lets_others_in_says_the_same),
        WITH_SCENE(resolvers_of_many_runs_work_by_turns),
        WITH_SCENE(a_resolver_that_is_cancelled_where_it_let_others_in_ends),
        WITH_SCENE(a_resolver_that_lets_others_in_is_over_when_the_time_is),
        WITH_SCENE(one_root_field_lets_others_in_and_many_may_be_left_at_once),
        WITH_SCENE(what_may_not_last_is_done_in_one_step_or_not_at_all),
        WITH_SCENE(the_longest_chain_of_fragments_has_room_on_the_stack),
        WITH_SCENE(mutations_wait_for_each_other),
        WITH_SCENE(what_is_deferred_may_be_refused),
        WITH_SCENE(objects_that_come_later_are_completed_like_others),
        WITH_SCENE(where_a_mutation_fails_that_may_not_be_null_none_follows),
        WITH_SCENE(a_run_freed_while_it_waits_takes_no_answer),
        WITH_SCENE(a_subscription_tells_its_root_and_runs_with_a_value),
        WITH_SCENE(a_subscription_whose_variables_do_not_hold_has_no_root),
        WITH_SCENE(a_subscription_that_may_not_be_seen_does_not_begin),
        WITH_SCENE(every_allocation_that_fails_is_told_and_leaves_nothing),
        WITH_SCENE(a_deferred_field_without_memory_fails_and_the_run_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
