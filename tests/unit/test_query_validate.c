/* Documents that a schema takes and refuses, rule by rule, with the places of the faults; limits; documents made to take long.
 * tests/e2e/graphql_language.test.mjs asks the same of many more, beside graphql-js. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka wants the above first */
#include <cmocka.h>

#include "base/limits.h"
#include "base/memory.h"
#include "query/language.h"

static const char sdl[] =
    "directive @tag(name: String!) repeatable on FIELD | QUERY directive @once on FIELD | VARIABLE_DEFINITION\n"
    "scalar DateTime scalar JSON scalar Long enum E { ONE TWO } interface Node { id: ID! } union Any = A | B\n"
    "type A implements Node { id: ID! a: A s: String i: Int list(first: Int = 10): [A!]! f(x: Int!, y: Int! = 1): Int }\n"
    "type B implements Node { id: ID! b: B s: Int! i: Int } type C { i: Int }\n"
    "input In { n: Int! e: E = ONE in: [In!] } input One @oneOf { a: Int b: String }\n"
    "type Query { a: A b: B node: Node any: Any int(v: Int): Int float(v: Float): Float string(v: String): String bool(v: Boolean): Int\n"
    "id(v: ID): ID e(v: E): E time(v: DateTime): DateTime json(v: JSON): JSON long(v: Long): Long ints(v: [Int!]): Int in(v: In): Int\n"
    "one(v: One): Int oneRequired(v: One!): Int }\n"
    "type Mutation { set(id: ID!): A } type Subscription { changed: A other: B }\n";

static struct query_schema *schema;
static struct arena arena;
static struct query_faults faults;
static struct validate_options options;

static int set_up(void **context)
{
    (void)context;
    const struct schema_demands none = {0};
    struct error error = {0};
    if (schema_new(&schema, str_from(sdl), NULL, 0, &none, &error) != STATUS_OK) {
        fail_msg("%s: %s", error.place, error.text);
    }
    arena_init(&arena, 1 * GIB);
    options = (struct validate_options){100, 1000, 100000, true, true};
    return 0;
}

static int tear_down(void **context)
{
    (void)context;
    arena_release(&arena);
    query_schema_free(schema);
    return 0;
}

static void validate(struct str text)
{
    arena_clear(&arena);
    faults_init(&faults, &arena, 100);
    const struct ast_document *document = ast_parse(text, UINT32_MAX, &arena, &faults);
    if (document == NULL) {
        fail_msg("%.*s: %.*s", STR_ARGS(text), STR_ARGS(faults.first->message));
    }
    validate_document(schema, document, &options, &faults);
    assert_false(faults.out_of_memory);
}

/* The faults' places, all in line 1, as "column+column column": with + between the places of one. */
static void assert_faults(const char *text, const char *expected)
{
    validate(str_from(text));
    char found[512] = "";
    size_t length = 0;
    for (const struct query_fault *fault = faults.first; fault != NULL; fault = fault->next) {
        for (uint32_t i = 0; i < fault->place_count; i++) {
            length += (size_t)snprintf(found + length, sizeof found - length, "%s%u", i > 0 ? "+" : length > 0 ? " " : "",
                                       (unsigned)fault->places[i].column);
        }
    }
    if (strcmp(found, expected) != 0) {
        fail_msg("%s: \"%s\", not \"%s\": %.*s", text, found, expected,
                 STR_ARGS(faults.first == NULL ? STR("no fault") : faults.first->message));
    }
}

struct example {
    const char *text, *places; /* "" where the document holds */
};

static void assert_examples(const struct example *examples, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_faults(examples[i].text, examples[i].places);
    }
}
#define EXAMPLES(...)                                                   \
    do {                                                                \
        const struct example examples_[] = {__VA_ARGS__};               \
        assert_examples(examples_, sizeof examples_ / sizeof *examples_); \
    } while (0)

static void requests_define_operations_and_fragments_once_each(void **context)
{
    (void)context;
    EXAMPLES({"{ a { s } }", ""}, {"query Q { a { s } } query R { b { s } }", ""}, {"{ a { s } } type T { a: Int }", "13"},
             {"query Q { a { s } } query Q { b { s } }", "7+27"}, {"{ a { s } } query Q { b { s } }", "1"},
             {"{ a { s } } { b { s } }", "1 13"}, {"query Q { a { ...Q } } fragment Q on A { s }", ""},
             {"{ a { ...F } } fragment F on A { s } fragment F on A { i }", "25+47"});
}

static void subscriptions_have_one_root_field(void **context)
{
    (void)context;
    EXAMPLES({"subscription { changed { s } }", ""}, {"subscription { changed { s i __typename } changed { id } }", ""},
             {"subscription { changed { s } other { s } }", "30"}, {"subscription { __typename }", "16"},
             {"subscription { x: changed { s } changed { s } }", "33"},
             {"subscription { ...F } fragment F on Subscription { changed { s } ... { other { s } } }", "72"},
             {"subscription { changed @skip(if: false) { s } }", "24"},
             {"subscription { ...F ...F } fragment F on Subscription { changed { s } ...G } fragment G on Subscription { changed { i } }", ""});
}

static void fields_exist_and_leaves_are_leaves(void **context)
{
    (void)context;
    EXAMPLES({"{ a { s __typename } any { __typename } __schema { description } __type(name: \"A\") { name } }", ""},
             {"{ nope }", "3"}, {"{ a { nope { deeper } } }", "7"}, {"{ node { s } }", "10"}, {"{ any { id } }", "9"},
             {"{ a { __schema { description } } }", "7"}, {"{ a }", "3"}, {"{ a { s { x } } }", "9"}, {"mutation { a { s } }", "12"},
             {"{ a { x: a } }", "7"}, {"{ __typename { x } }", "14"}, {"mutation { set(id: 1) { id } }", ""});
}

static void fragments_are_used_where_they_can_apply(void **context)
{
    (void)context;
    EXAMPLES({"{ node { ... on A { s } ... on Any { __typename } ...F } } fragment F on B { i }", ""}, {"{ a { ... on B { i } } }", "7"},
             {"{ a { ...F } } fragment F on B { i }", "7"}, {"{ node { ... on C { i } } }", "10"}, {"{ a { ... on Nope { x } } }", "14"},
             {"{ a { ... on E { x } } }", "14"}, {"{ a { s } } fragment F on A { s }", "13"}, {"{ a { ...Nope } }", "10"},
             {"{ a { ...F } } fragment F on String { s }", "30"}, {"{ a { ... { s } ... @include(if: true) { i } } }", ""},
             {"{ a { ...F } } fragment F on A { ...F }", "34"},
             {"{ a { ...F } } fragment F on A { a { ...G } } fragment G on A { ...H } fragment H on Node { ...F }", "38+65+93"},
             {"{ a { s } } fragment F on A { ...G } fragment G on A { ...F }", "31+56 13 38"});
}

static void arguments_are_known_given_and_unique(void **context)
{
    (void)context;
    EXAMPLES({"{ a { f(x: 1) list { s } } }", ""}, {"{ a { f } }", "7"}, {"{ a { f(x: 1, z: 2) } }", "15"}, {"{ a { f(x: 1, x: 2) } }", "9+15"},
             {"{ a { f(y: 2) } }", "7"}, {"{ a { f(x: null) } }", "12"}, {"{ __type { name } }", "3"}, {"{ a { s @skip } }", "9"},
             {"{ a { s @skip(if: true, unless: 1) } }", "25"}, {"{ a { s @tag(name: \"a\", name: \"b\") } }", "14+25"});
}

static void directives_are_known_and_where_they_may_be(void **context)
{
    (void)context;
    EXAMPLES({"query Q($v: Int @once) @tag(name: \"a\") { int(v: $v) @once @tag(name: \"b\") @tag(name: \"c\") }", ""}, {"{ a @nope { s } }", "5"},
             {"query @skip(if: true) { a { s } }", "7"}, {"{ a { s @once @once } }", "9+15"}, {"{ a { ... @once { s } } }", "11"},
             {"{ a { s @deprecated } }", "9"});
}

static void values_are_of_their_types(void **context)
{
    (void)context;
    EXAMPLES({"{ int(v: -2147483648) }", ""}, {"{ int(v: 2147483648) }", "10"}, {"{ int(v: 1.0) }", "10"}, {"{ int(v: \"1\") }", "10"}, {"{ int(v: null) }", ""},
             {"{ float(v: 1) }", ""}, {"{ float(v: 1.5e300) }", ""}, {"{ float(v: 1e999) }", "12"}, {"{ float(v: \"1\") }", "12"},
             {"{ string(v: \"a\") }", ""}, {"{ string(v: 1) }", "13"}, {"{ bool(v: true) }", ""}, {"{ bool(v: 1) }", "11"}, {"{ id(v: 1) }", ""},
             {"{ id(v: \"a\") }", ""}, {"{ id(v: 1.5) }", "9"}, {"{ e(v: ONE) }", ""}, {"{ e(v: \"ONE\") }", "8"}, {"{ e(v: THREE) }", "8"},
             {"{ time(v: \"2026-11-21T10:03:00Z\") }", ""}, {"{ time(v: 1795223815000) }", ""}, {"{ time(v: \"soon\") }", "11"}, {"{ time(v: 1.5) }", "11"},
             {"{ json(v: {a: [1, NAME, {b: null}], c: 1.5}) }", ""}, {"query Q($v: Int) { json(v: [$v, {a: $v}]) }", ""},
             {"{ long(v: 9223372036854775807) }", ""}, {"{ long(v: 9223372036854775808) }", "11"}, {"{ long(v: \"1\") }", "11"},
             {"{ ints(v: [1, 2]) }", ""}, {"{ ints(v: 1) }", ""}, {"{ ints(v: [null]) }", "12"}, {"{ ints(v: [[1]]) }", "12"}, {"{ int(v: [1]) }", "10"},
             {"query Q($v: Int = \"a\") { int(v: $v) }", "19"});
}

static void input_objects_have_their_fields(void **context)
{
    (void)context;
    EXAMPLES({"{ in(v: {n: 1, in: [{n: 2}, {n: 3, e: TWO}]}) }", ""}, {"{ in(v: {n: 1, in: {n: 2}}) }", ""}, {"{ in(v: {}) }", "9"},
             {"{ in(v: {n: 1, x: 2}) }", "16"}, {"{ in(v: {n: 1, n: 2}) }", "10+16"}, {"{ in(v: {n: 1, in: [{n: null}]}) }", "25"}, {"{ in(v: 1) }", "9"},
             {"{ json(v: {a: 1, a: 2}) }", "12+18"}, {"{ one(v: {a: 1}) }", ""}, {"{ one(v: {}) }", "10"}, {"{ one(v: {a: 1, b: \"x\"}) }", "10"},
             {"{ one(v: {a: null}) }", "10"});
}

static void variables_are_defined_used_and_fit(void **context)
{
    (void)context;
    EXAMPLES({"query Q($v: Int!) { int(v: $v) float }", ""}, {"query Q($v: Int, $v: Int) { int(v: $v) }", "10+19"}, {"query Q($v: Nope) { int(v: $v) }", "13"},
             {"query Q($v: A) { int }", "13 9"}, {"{ int(v: $v) }", "10+1"}, {"query Q($v: Int) { int }", "9"},
             {"query Q($v: Int) { a { f(x: $v) } }", "9+29"}, {"query Q($v: Int = 1) { a { f(x: $v) } }", ""},
             {"query Q($v: Int = null) { a { f(x: $v) } }", "9+36"}, {"query Q($v: Int) { a { f(x: 1, y: $v) } }", ""},
             {"query Q($v: String) { int(v: $v) }", "9+30"}, {"query Q($v: Int) { ints(v: $v) }", "9+28"}, {"query Q($v: Int) { ints(v: [$v]) }", "9+29"},
             {"query Q($v: [Int!]!) { ints(v: $v) }", ""}, {"query Q($v: Int) { one(v: {a: $v}) }", "9+31"},
             {"query Q($v: Int!) { oneRequired(v: {a: $v}) }", ""}, {"query Q($v: Int = 1) { oneRequired(v: {a: $v}) }", "9+43"},
             {"query Q { a { ...F } } query R($v: Int) { a { ...F } } fragment F on A { list(first: $v) { s } }", "86+1"});
}

static void fields_of_one_name_can_be_one(void **context)
{
    (void)context;
    EXAMPLES({"{ a { s s } a { i } }", ""}, {"{ x: int x: float }", "3+10"}, {"{ int(v: 1) int(v: 2) }", "3+13"}, {"{ int(v: 1) int }", "3+13"},
             {"{ in(v: {n: 1, e: ONE}) in(v: {e: ONE, n: 1}) }", ""}, {"{ ints(v: [1, 2]) ints(v: [2, 1]) }", "3+19"},
             {"{ node { ... on A { x: s } ... on B { x: i } } }", "21+39"}, {"{ node { ... on A { s } ... on B { s } } }", "21+36"},
             {"{ node { ... on A { x: i } ... on B { x: i } } }", ""}, {"{ node { ... on A { x: a { i } } ... on B { x: b { i } } } }", ""},
             {"{ node { ... on A { x: a { i } } ... on B { x: b { i: s } } } }", "28+52"},
             {"{ node { ... on A { x: list { i } } ... on B { x: b { i } } } }", "21+48"},
             {"{ node { x: id ... on A { x: s } } }", "10+27"},
             {"{ a { ...F } a { ...G } } fragment F on A { a { x: s } } fragment G on A { a { x: i } }", "49+80"});
}

static void introspection_can_be_forbidden(void **context)
{
    (void)context;
    options.introspection = false;
    EXAMPLES({"{ __schema { description } }", "3"}, {"{ ...F } fragment F on Query { __type(name: \"A\") { name } }", "32"},
             {"{ __typename a { __typename } }", ""});
}

static void names_are_suggested_only_to_those_who_may_see_them(void **context)
{
    (void)context;
    static const char *const texts[] = {"{ a { lisst { s } } }", "{ e(v: ON) }", "{ int(w: 1) }", "{ in(v: {n: 1, ee: ONE}) }",
                                        "{ node { ... on Nodes { id } } }", "query Q($v: Inn) { in(v: $v) }"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        for (int hints = 0; hints < 2; hints++) {
            options.hints = hints == 1;
            validate(str_from(texts[i]));
            assert_int_equal(faults.count, 1);
            bool suggests = str_find_str(faults.first->message, STR("Did you mean"), 0) < faults.first->message.length;
            assert_int_equal(suggests, hints);
        }
    }
    options.hints = true;
    validate(STR("{ somethingElseAltogether }"));
    assert_int_equal(str_find_str(faults.first->message, STR("Did"), 0), faults.first->message.length);
}

static void limits_follow_fragments(void **context)
{
    (void)context;
    static const char text[] = "{ a { a { ...F } x: s } } fragment F on A { a { ... { ...G ...G } } } fragment G on A { y: s z: i }";
    options = (struct validate_options){4, 5, 9, true, true};
    assert_faults(text, "");
    const struct validate_options tight[] = {{3, 5, 9, true, true}, {4, 4, 9, true, true}, {4, 5, 7, true, true}};
    for (size_t i = 0; i < sizeof tight / sizeof tight[0]; i++) {
        options = tight[i];
        assert_faults(text, "1");
        assert_string_equal(faults.first->code, "QUERY_TOO_COMPLEX");
    }
}

/* ---- documents made to take long; the test's time-out stands for "ends" ---- */

static void append_many(struct buffer *buffer, const char *format, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        char piece[256];
        int length = snprintf(piece, sizeof piece, format, i, i + 1, i + 1, i + 1);
        buffer_append(buffer, piece, (size_t)length);
    }
}

static const char *hostile(const char *start, const char *format, uint32_t count, const char *end, struct buffer *buffer)
{
    buffer_clear(buffer);
    buffer_append_text(buffer, start);
    append_many(buffer, format, count);
    buffer_append_text(buffer, end);
    assert_false(buffer_failed(buffer));
    validate(buffer_str(buffer));
    return faults.count == 0 ? "" : faults.first->code;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static const char *every_operation_uses_every_fragment(struct buffer *buffer)
{
    buffer_clear(buffer);
    append_many(buffer, "query Q%u($v: Int) { a { ...F0 } } ", 2000);
    for (uint32_t i = 0; i < 2000; i++) {
        buffer_append_format(buffer, "fragment F%u on A { list(first: $v) { s } ...F%u } ", (unsigned)i, (unsigned)i + 1);
    }
    buffer_append_text(buffer, "fragment F2000 on A { s }");
    validate(buffer_str(buffer));
    return faults.count == 0 ? "" : faults.first->code;
}

/* Chains of fragments beside each other, each of which goes on below x, below y or below both: each way of x and y leads to
 * another set of chains. */
static const char *sets_in_ever_new_combinations(struct buffer *buffer)
{
    static const char *const ways[] = {"x: a { ...F%u_%u }", "y: a { ...F%u_%u }", "x: a { ...F%u_%u } y: a { ...F%u_%u }"};
    buffer_clear(buffer);
    buffer_append_text(buffer, "{ a {");
    append_many(buffer, " ...F%u_0", 20);
    buffer_append_text(buffer, "} }");
    uint32_t state = 1;
    for (uint32_t chain = 0; chain < 20; chain++) {
        for (uint32_t level = 0; level < 40; level++) {
            char way[128];
            state = state * 1664525 + 1013904223;
            (void)snprintf(way, sizeof way, ways[(state >> 16) % 12 > 2 ? 2 : (state >> 16) % 12], (unsigned)chain, (unsigned)level + 1, (unsigned)chain, (unsigned)level + 1);
            buffer_append_format(buffer, " fragment F%u_%u on A { s %s }", (unsigned)chain, (unsigned)level, way);
        }
        buffer_append_format(buffer, " fragment F%u_40 on A { s }", (unsigned)chain);
    }
    validate(buffer_str(buffer));
    return faults.count == 0 ? "" : faults.first->code;
}

static void documents_made_to_take_long_end(void **context)
{
    (void)context;
    const char *too_complex = "QUERY_TOO_COMPLEX", *invalid = "GRAPHQL_VALIDATION_FAILED";
    struct buffer buffer;
    buffer_init(&buffer, 64 * MIB);
    assert_string_equal(hostile("{", " a%u: int", 100000, "}", &buffer), too_complex);
    options.aliases_max = UINT32_MAX;
    options.fields_max = UINT32_MAX;
    options.depth_max = UINT32_MAX;
    assert_string_equal(hostile("{", " a%u: int", 100000, "}", &buffer), "");
    assert_string_equal(hostile("{", " int", 100000, "}", &buffer), "");
    assert_string_equal(hostile("{", " x: int(v: %u)", 100000, "}", &buffer), invalid);
    assert_string_equal(hostile("{", " a { s }", 100000, "}", &buffer), "");
    assert_string_equal(hostile("{", " a { a { x: s } } a { a { a { y: i } } }", 10000, "}", &buffer), "");
    /* 2^200 fields, by fragments that spread the next one twice */
    const char *last = " fragment F200 on A { s }";
    assert_string_equal(hostile("{ a { ...F0 } }", " fragment F%u on A { x: a { ...F%u } y: a { ...F%u } }", 200, last, &buffer), "");
    options.fields_max = 1000000;
    assert_string_equal(hostile("{ a { ...F0 } }", " fragment F%u on A { x: a { ...F%u } y: a { ...F%u } }", 200, last, &buffer), too_complex);
    options.fields_max = UINT32_MAX;
    assert_string_equal(hostile("{ a { ...F0 } }", " fragment F%u on A { ...F%u ...F%u ...F%u }", 200, last, &buffer), "");
    /* a long chain of fragments, and a long cycle */
    assert_string_equal(hostile("{ a { ...F0 } }", " fragment F%u on A { ...F%u }", 50000, " fragment F50000 on A { s }", &buffer), "");
    assert_string_equal(hostile("{ a { ...F0 } }", " fragment F%u on A { ...F%u }", 50000, " fragment F50000 on A { ...F0 }", &buffer), invalid);
    assert_string_equal(every_operation_uses_every_fragment(&buffer), too_complex);
    assert_string_equal(sets_in_ever_new_combinations(&buffer), too_complex);
    /* names given again and again */
    assert_string_equal(hostile("{ int(", " v%u: 1", 50000, ") }", &buffer), invalid);
    assert_string_equal(hostile("{ json(v: {", " f%u: 1", 50000, "}) }", &buffer), "");
    assert_string_equal(hostile("{ a { s", " @tag(name: \"%u\")", 50000, "} }", &buffer), "");
    assert_string_equal(hostile("query Q(", " $v%u: Int", 50000, ") { int }", &buffer), invalid);
    assert_string_equal(hostile("{ in(v: {n: 1, in: [", " {n: %u}", 50000, "]}) }", &buffer), "");
    assert_string_equal(hostile("{ x: json(v: {", " f%u: 1", 3000, "}) }", &buffer), "");
    buffer_release(&buffer);
}
#pragma GCC diagnostic pop

static void faults_past_the_maximum_are_counted_only(void **context)
{
    (void)context;
    struct buffer buffer;
    buffer_init(&buffer, 1 * MIB);
    (void)hostile("{", " nope%u", 250, "}", &buffer);
    assert_int_equal(faults.count, 250);
    uint32_t listed = 0;
    for (const struct query_fault *fault = faults.first; fault != NULL; fault = fault->next) {
        listed++;
    }
    assert_int_equal(listed, 100);
    buffer_release(&buffer);
}

/* Each allocation fails once: the failure is told, and nothing leaks. */
static void running_out_of_memory_is_told(void **context)
{
    (void)context;
    const struct schema_demands none = {0};
    struct error error;
    for (int64_t i = 0;; i++) {
        struct query_schema *made = NULL;
        memory_fail_after(i);
        enum status status = schema_new(&made, str_from(sdl), NULL, 0, &none, &error);
        bool struck = memory_injected();
        memory_fail_after(-1);
        query_schema_free(made);
        assert_int_equal(status, struck ? STATUS_FATAL : STATUS_OK);
        if (!struck) {
            break;
        }
    }
    for (int64_t i = 0;; i++) {
        arena_release(&arena);
        faults_init(&faults, &arena, 100);
        memory_fail_after(i);
        const struct ast_document *document = ast_parse(STR("query Q($v: Int) { a { ...F } int(v: $v) } fragment F on A { s }"), 1000, &arena, &faults);
        if (document != NULL) {
            validate_document(schema, document, &options, &faults);
        }
        bool struck = memory_injected();
        memory_fail_after(-1);
        assert_int_equal(faults.out_of_memory, struck);
        if (!struck) {
            break;
        }
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(requests_define_operations_and_fragments_once_each),
        TEST(subscriptions_have_one_root_field),
        TEST(fields_exist_and_leaves_are_leaves),
        TEST(fragments_are_used_where_they_can_apply),
        TEST(arguments_are_known_given_and_unique),
        TEST(directives_are_known_and_where_they_may_be),
        TEST(values_are_of_their_types),
        TEST(input_objects_have_their_fields),
        TEST(variables_are_defined_used_and_fit),
        TEST(fields_of_one_name_can_be_one),
        TEST(introspection_can_be_forbidden),
        TEST(names_are_suggested_only_to_those_who_may_see_them),
        TEST(limits_follow_fragments),
        TEST(documents_made_to_take_long_end),
        TEST(faults_past_the_maximum_are_counted_only),
        TEST(running_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
