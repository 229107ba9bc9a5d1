/* Schemas: what SDL holds, what does not and where, look-ups, bindings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
/* cmocka wants the above first */
#include <cmocka.h>

#include "query/schema.h"

static const struct schema_demands nothing;

static void assert_holds(const char *sdl)
{
    struct query_schema *schema;
    struct error error = {0};
    if (schema_new(&schema, str_from(sdl), NULL, 0, &nothing, &error) != STATUS_OK) {
        fail_msg("%s: %s: %s", sdl, error.place, error.text);
    }
    query_schema_free(schema);
}

/* `sdl` follows a query type in line 1. */
static void assert_refused(const char *sdl, const char *place)
{
    char text[2048];
    (void)snprintf(text, sizeof text, "type Query { q: Int }\n%s", sdl);
    struct query_schema *schema;
    struct error error = {0};
    enum status status = schema_new(&schema, str_from(text), NULL, 0, &nothing, &error);
    if (status != STATUS_INVALID || strcmp(error.place, place) != 0) {
        query_schema_free(schema);
        fail_msg("%s: %s, %s: %s; not %s", sdl, status_name(status), error.place, error.text, place);
    }
}

static const char full_sdl[] =
    "scalar DateTime @specifiedBy(url: \"https://www.rfc-editor.org/rfc/rfc3339\") scalar JSON scalar Long\n"
    "interface Named { name: String! } interface Node implements Named { id: ID! name: String! }\n"
    "type A implements Node & Named { id: ID! name(up: Boolean, x: Int = 1): String! b: [B!] }\n"
    "type B { a: A @deprecated(reason: \"old\") }\n"
    "union U = A | B enum E { ONE TWO @deprecated } directive @d(n: Int) on FIELD\n"
    "input I { a: Int = 3 b: [I!] } input Choice @oneOf { a: Int b: String }\n"
    "type Query { node(id: ID!, kind: E = ONE): Node u: [U!]! at(i: I = {a: 1}): DateTime json: JSON long: Long }\n"
    "extend type Query { more: Int }";

static struct query_schema *full(void)
{
    struct query_schema *schema;
    struct error error = {0};
    if (schema_new(&schema, str_from(full_sdl), NULL, 0, &nothing, &error) != STATUS_OK) {
        fail_msg("%s: %s", error.place, error.text);
    }
    return schema;
}

static void everything_is_found_by_its_name(void **context)
{
    (void)context;
    struct query_schema *schema = full();
    const struct schema_type *node = schema_type_find(schema, STR("Node")), *a = schema_type_find(schema, STR("A"));
    const struct schema_type *b = schema_type_find(schema, STR("B")), *u = schema_type_find(schema, STR("U"));
    assert_int_equal(node->kind, SCHEMA_INTERFACE);
    assert_int_equal(node->possible_count, 1);
    assert_true(schema_type_is_possible(node, a));
    assert_false(schema_type_is_possible(node, b));
    assert_true(schema_type_is_possible(u, b));
    assert_true(schema_type_is_possible(b, b));
    assert_ptr_equal(schema->query, schema_type_find(schema, STR("Query")));
    assert_null(schema->mutation);
    assert_null(schema_type_find(schema, STR("Quer")));
    assert_null(schema_type_find(schema, STR("__Meta")));
    for (uint32_t i = 0; i < schema->type_count; i++) {
        assert_int_equal(schema->types[i].number, i);
        assert_ptr_equal(schema_type_find(schema, schema->types[i].name), &schema->types[i]);
    }
    const struct schema_field *field = schema_field_find(schema->query, STR("node"));
    assert_ptr_equal(field->type->named, node);
    const struct schema_input *kind = schema_input_find(&field->arguments, STR("kind"));
    assert_int_equal(kind->default_value->kind, AST_ENUM);
    assert_true(schema_input_is_required(schema_input_find(&field->arguments, STR("id"))));
    assert_false(schema_input_is_required(kind));
    assert_non_null(schema_field_find(schema->query, STR("more")));
    const struct schema_type *e = schema_type_find(schema, STR("E"));
    assert_true(schema_enum_value_find(e, STR("TWO"))->deprecation.is_deprecated);
    assert_true(str_is(schema_enum_value_find(e, STR("TWO"))->deprecation.reason, "No longer supported"));
    assert_null(schema_enum_value_find(e, STR("THREE")));
    assert_true(str_is(schema_field_find(b, STR("a"))->deprecation.reason, "old"));
    assert_true(schema_type_find(schema, STR("Choice"))->is_one_of);
    assert_int_equal(schema_type_find(schema, STR("Long"))->scalar, SCALAR_LONG);
    assert_true(str_starts_with(schema_type_find(schema, STR("DateTime"))->specified_by, STR("https")));
    assert_int_equal(schema_directive_find(schema, STR("d"))->locations, 1 << LOCATION_FIELD);
    struct buffer buffer;
    buffer_init(&buffer, 100);
    schema_ref_print(schema_field_find(schema->query, STR("u"))->type, &buffer);
    assert_string_equal(buffer.bytes, "[U!]!");
    buffer_release(&buffer);
    query_schema_free(schema);
}

static void meta_fields_are_seen_where_they_may_be_selected(void **context)
{
    (void)context;
    struct query_schema *schema = full();
    const struct schema_type *u = schema_type_find(schema, STR("U"));
    assert_non_null(schema_selected_field(schema, u, STR("__typename")));
    assert_null(schema_selected_field(schema, u, STR("__schema")));
    assert_null(schema_selected_field(schema, schema_type_find(schema, STR("E")), STR("__typename")));
    assert_non_null(schema_selected_field(schema, schema->query, STR("__schema")));
    assert_int_equal(schema_selected_field(schema, schema->query, STR("__type"))->arguments.count, 1);
    assert_non_null(schema_selected_field(schema, schema->query, STR("u")));
    query_schema_free(schema);
}

static void introspection_types_are_part_of_it_and_described(void **context)
{
    (void)context;
    struct query_schema *schema = full();
    static const char *const names[] = {"__Schema", "__Type", "__Field", "__InputValue", "__EnumValue", "__Directive", "__TypeKind",
                                        "__DirectiveLocation", "Int", "Float", "String", "Boolean", "ID"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct schema_type *type = schema_type_find(schema, str_from(names[i]));
        assert_non_null(type);
        assert_true(type->description.length > 0);
        for (uint32_t k = 0; k < type->field_count; k++) {
            assert_true(type->fields[k].description.length > 0);
        }
        for (uint32_t k = 0; k < type->value_count; k++) {
            assert_true(type->values[k].description.length > 0);
        }
    }
    assert_int_equal(schema_type_find(schema, STR("__DirectiveLocation"))->value_count, LOCATION_COUNT);
    query_schema_free(schema);
}

static void sdl_that_does_not_hold_is_refused_with_its_place(void **context)
{
    (void)context;
    assert_refused("type T {", "schema:2:9");
    assert_refused("{ q }", "schema:2:1");
    assert_refused("type T { a: Nope }", "schema:2:13");
    assert_refused("type T { a: Int a: Int }", "schema:2:6");
    assert_refused("type T { a(b: Int, b: Int): Int }", "schema:2:10");
    assert_refused("type T { a(b: Query): Int }", "schema:2:15");
    assert_refused("input I { a: Int } type T { a: I }", "schema:2:32");
    assert_refused("type T", "schema:2:1");
    assert_refused("type __T { a: Int }", "schema:2:6");
    assert_refused("type T { __a: Int }", "schema:2:10");
    assert_refused("type T { a: Int } type T { b: Int }", "schema:2:24");
    assert_refused("type String { b: Int }", "schema:2:6");
    assert_refused("type T implements Query { q: Int }", "schema:2:19");
    assert_refused("interface I { q: Int } type T implements I { a: Int }", "schema:2:24");
    assert_refused("interface I { q: Int } type T implements I & I { q: Int }", "schema:2:46");
    assert_refused("interface I { q: Int } type T implements I { q: String }", "schema:2:46");
    assert_refused("interface I { q: Int } type T implements I { q(a: Int!): Int }", "schema:2:46");
    assert_refused("interface I { q(a: Int): Int } type T implements I { q: Int }", "schema:2:54");
    assert_refused("interface I { q: Int } interface J implements I { q: Int } type T implements J { q: Int }", "schema:2:60");
    assert_refused("interface I implements I { q: Int }", "schema:2:1");
    assert_refused("union U = Int", "schema:2:11");
    assert_refused("union U = Query | Query", "schema:2:19");
    assert_refused("union U", "schema:2:1");
    assert_refused("enum E { A A }", "schema:2:6");
    assert_refused("enum E { __A }", "schema:2:10");
    assert_refused("input I { a: Query }", "schema:2:14");
    assert_refused("input I { a: I! }", "schema:2:1");
    assert_refused("input I { a: J! } input J { i: [I!] k: I! }", "schema:2:1");
    assert_refused("input I @oneOf { a: Int! }", "schema:2:18");
    assert_refused("input I { a: Int! @deprecated }", "schema:2:11");
    assert_refused("directive @d on NOWHERE", "schema:2:17");
    assert_refused("directive @d on FIELD directive @d on FIELD", "schema:2:34");
    assert_refused("scalar Money", "schema:2:8");
    assert_refused("extend type Nope { a: Int }", "schema:2:1");
    assert_refused("extend enum Query { A }", "schema:2:1");
    assert_refused("schema { query: Query } schema { query: Query }", "schema:2:25");
    assert_refused("schema { mutation: Query }", "schema:2:1");
    assert_refused("schema { query: Nope }", "schema:2:17");
    assert_refused("schema { query: Query query: Query }", "schema:2:30");
    assert_refused("schema { query: Query mutation: Query }", "schema:2:1");
    assert_refused("enum Mutation { A }", "schema:2:1");
}

static void sdl_that_holds_is_taken(void **context)
{
    (void)context;
    assert_holds("type Query { q: Int }");
    assert_holds("schema { query: Q mutation: M } type Q { q: Int } type M { m: Int } type Mutation { x: Int }");
    assert_holds("type Query { q: I } interface I { q: I } type T implements I { q: T! }");
    assert_holds("type Query { q(i: I): Int } input I { a: I b: [I!]! }");
    assert_holds("type Query { q: U } union U = Query extend union U = T type T { a: Int }");
}

static void resolve_nothing(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    (void)object;
    (void)value;
}

static enum status bind(const char *sdl, const struct query_binding *bindings, size_t count, struct error *error)
{
    struct query_schema *schema;
    enum status status = query_schema_new(&schema, str_from(sdl), bindings, count, error);
    if (status == STATUS_OK) {
        const struct schema_field *field = schema_field_find(schema->query, STR("q"));
        assert_ptr_equal(field->resolve, resolve_nothing);
        assert_int_equal(field->permission, 7);
        assert_true(str_is(query_schema_sdl(schema), sdl));
    }
    query_schema_free(schema);
    return status;
}

static void every_field_is_bound_once_and_described(void **context)
{
    (void)context;
    static const char sdl[] = "\"Q\" type Query {\n\"q\" q(\n\"a\" a: Int): E }\n\"S\" type Subscription { \"s\" s: Int }\n"
                              "\"E\" enum E {\n\"x\" X }\n\"I\" input I {\n\"f\" f: Int }\n\"F\" interface F { \"f\" f: Int }";
    const struct query_binding bindings[] = {{"Query", "q", resolve_nothing, 7}, {"Query", "q", resolve_nothing, 7},
                                             {"Query", "p", resolve_nothing, 0}};
    struct error error = {0};
    assert_int_equal(bind(sdl, bindings, 1, &error), STATUS_OK);
    assert_int_equal(bind(sdl, bindings, 0, &error), STATUS_INVALID);
    assert_non_null(strstr(error.text, "Query.q"));
    assert_int_equal(bind(sdl, bindings, 2, &error), STATUS_INVALID);
    assert_non_null(strstr(error.text, "twice"));
    assert_int_equal(bind(sdl, bindings + 1, 2, &error), STATUS_INVALID);
    assert_non_null(strstr(error.text, "Query.p"));
    static const char *const texts[] = {"\"Q\"", "\"q\"", "\"a\"", "\"S\"", "\"s\"", "\"E\"", "\"x\"", "\"I\"", "\"f\" f: Int }\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char copy[sizeof sdl];
        memcpy(copy, sdl, sizeof sdl);
        memcpy(strstr(copy, texts[i]), "   ", 3);
        assert_int_equal(bind(copy, bindings, 1, &error), STATUS_INVALID);
        assert_non_null(strstr(error.text, "description"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_found_by_its_name),
        cmocka_unit_test(meta_fields_are_seen_where_they_may_be_selected),
        cmocka_unit_test(introspection_types_are_part_of_it_and_described),
        cmocka_unit_test(sdl_that_does_not_hold_is_refused_with_its_place),
        cmocka_unit_test(sdl_that_holds_is_taken),
        cmocka_unit_test(every_field_is_bound_once_and_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
