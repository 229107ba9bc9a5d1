/* test_query_plan: how requests become plans, and how plans are found again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/sha256.h"
#include "query/plan.h"
#include "query_scene.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char sdl[] =
    "interface Node { id: ID node: Node nodes: [Node] }\n"
    "type A implements Node { id: ID node: Node nodes: [Node] a: Int } type B implements Node { id: ID node: Node nodes: "
    "[Node] b: Int }\n"
    "type C implements Node { id: ID node: Node nodes: [Node] c: Int } type Query { node: Node nodes: [Node] id: ID }\n"
    "type Mutation { id: ID } type Subscription { id: ID other(since: ID, n: Int): Node }\n";

static struct query_scene scene;

static void give_id(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    value->kind = QUERY_INTEGER;
    value->integer = (int64_t)object.number;
}

/* Another type at each step down. */
static void give_node(struct query_call *call, struct query_object object, struct query_value *value)
{
    static const char *const types[] = {"A", "B", "C"};
    (void)call;
    value->kind = QUERY_OBJECT;
    value->object = (struct query_object){.number = object.number + 1, .type = types[object.number % 3]};
}

static void give_item(struct query_call *call, const void *at, size_t index, struct query_value *value)
{
    (void)at;
    give_node(call, (struct query_object){.number = index}, value);
}

static void give_nodes(struct query_call *call, struct query_object object, struct query_value *value)
{
    (void)call;
    (void)object;
    value->kind = QUERY_LIST;
    value->list = (struct query_list){3, NULL, give_item};
}

static const struct query_binding bindings[] = {
    {"A", "id", give_id, 0},        {"A", "node", give_node, 0},     {"A", "nodes", give_nodes, 0},
    {"A", "a", give_id, 0},         {"B", "id", give_id, 0},         {"B", "node", give_node, 0},
    {"B", "nodes", give_nodes, 0},  {"B", "b", give_id, 0},          {"C", "id", give_id, 0},
    {"C", "node", give_node, 0},    {"C", "nodes", give_nodes, 0},   {"C", "c", give_id, 0},
    {"Query", "id", give_id, 0},    {"Query", "node", give_node, 0}, {"Query", "nodes", give_nodes, 0},
    {"Mutation", "id", give_id, 0},
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
    scene_close(&scene);
    return 0;
}

static struct query_plan *prepare(const struct query_request *request)
{
    struct query_plan *plan = NULL;
    if (query_prepare(scene.cache, request, &plan, &scene.answer, &scene.error) != STATUS_OK) {
        fail_msg("%s", scene.error.text);
    }
    return plan;
}

static void expect_refusal(const struct query_request *request, const char *code)
{
    struct query_plan *plan = NULL;
    char part[96];
    (void)snprintf(part, sizeof part, "\"extensions\":{\"code\":\"%s\"}", code);
    assert_int_equal(query_prepare(scene.cache, request, &plan, &scene.answer, &scene.error), STATUS_INVALID);
    assert_null(plan);
    assert_int_equal(strncmp(scene.answer.bytes, "{\"errors\":[{\"message\":", 22), 0);
    if (strstr(scene.answer.bytes, part) == NULL) {
        fail_msg("%s is not in %s", part, scene.answer.bytes);
    }
}

static struct query_cache_statistics statistics(void)
{
    struct query_cache_statistics counted;
    query_cache_statistics(scene.cache, &counted);
    return counted;
}

static void hex_of(const char *text, char hex[65])
{
    uint8_t digest[SHA256_SIZE];
    struct sha256 *hash = sha256_new();
    assert_non_null(hash);
    sha256_begin(hash);
    sha256_add(hash, text, strlen(text));
    sha256_end(hash, digest);
    sha256_free(hash);
    for (size_t i = 0; i < sizeof digest; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    }
}

/* ---- the subject of a subscription ---- */

static void identify(const char *text, uint8_t name[SHA256_SIZE], char variable[32])
{
    const struct query_request request = scene_request(text);
    struct query_plan *plan = prepare(&request);
    struct sha256 *hash = sha256_new();
    struct str found;
    assert_non_null(hash);
    sha256_begin(hash);
    assert_true(query_plan_identify(plan, "since", hash, &found));
    sha256_end(hash, name);
    sha256_free(hash);
    (void)snprintf(variable, 32, "%.*s", STR_ARGS(found));
    query_plan_release(plan);
}

static void where_one_goes_on_from_is_no_part_of_the_subject(void **state)
{
    (void)state;
    static const char *const alike[] = {
        "subscription { other(since: \"12@34\", n: 1) { id } }",
        "subscription { other(since: \"56@78\", n: 1) { id } }",
        "subscription { other(since: 9, n: 1) { id } }",
        "subscription {\n  # another\n  other(since: \"\"\"7\"\"\", n: 1), { id }\n}",
    };
    static const char *const others[] = {
        "subscription { other(n: 1) { id } }",
        "subscription { other(since: null, n: 1) { id } }",
        "subscription { other(since: \"12@34\", n: 2) { id } }",
        "subscription { x: other(since: \"12@34\", n: 1) { id } }",
        "subscription { other(since: \"12@34\", n: 1) { id node { id } } }",
        "subscription A { other(since: \"12@34\", n: 1) { id } }",
    };
    uint8_t name[SHA256_SIZE], other[SHA256_SIZE];
    char variable[32];
    identify(alike[0], name, variable);
    for (size_t i = 0; i < COUNT(alike); i++) {
        identify(alike[i], other, variable);
        assert_memory_equal(name, other, SHA256_SIZE);
        assert_string_equal(variable, "");
    }
    for (size_t i = 0; i < COUNT(others); i++) {
        identify(others[i], other, variable);
        assert_memory_not_equal(name, other, SHA256_SIZE);
    }
}

static void a_variable_is_no_part_of_the_subject_where_it_says_nothing_else(void **state)
{
    (void)state;
    uint8_t name[SHA256_SIZE];
    char variable[32];
    identify("subscription ($p: ID, $n: Int) { other(since: $p, n: $n) { id } }", name, variable);
    assert_string_equal(variable, "p");
    identify("subscription ($p: ID) { ...F } fragment F on Subscription { other(since: $p) { id } }", name, variable);
    assert_string_equal(variable, "p");
    identify("subscription ($p: ID, $b: Boolean! = true) { other(since: $p) { id node @include(if: $b) { id } } }", name, variable);
    assert_string_equal(variable, "p");
    identify("subscription ($n: Int) { other(n: $n) { id } }", name, variable);
    assert_string_equal(variable, "");
}

/* ---- the cache ---- */

static void the_same_request_has_the_same_plan(void **state)
{
    (void)state;
    const struct query_request request = scene_request("{ id }");
    struct query_plan *first = prepare(&request), *second = prepare(&request);
    assert_ptr_equal(first, second);
    assert_int_equal(statistics().hits, 1);
    assert_int_equal(statistics().misses, 1);
    assert_int_equal(statistics().plans, 1);
    assert_true(statistics().bytes > 0);
    query_plan_release(first);
    query_plan_release(second);
}

static void operation_name_and_introspection_right_are_part_of_what_a_plan_is(void **state)
{
    (void)state;
    struct query_request request = scene_request("query A { id } query B { x: id }");
    request.operation_name = STR("A");
    struct query_plan *a = prepare(&request);
    request.operation_name = STR("B");
    struct query_plan *b = prepare(&request);
    request.introspection = false;
    struct query_plan *c = prepare(&request);
    assert_memory_not_equal(query_plan_hash(a), query_plan_hash(b), QUERY_HASH_SIZE);
    assert_memory_not_equal(query_plan_hash(b), query_plan_hash(c), QUERY_HASH_SIZE);
    query_plan_release(a);
    query_plan_release(b);
    query_plan_release(c);
}

static void a_query_is_found_by_its_hash_once_its_text_was_seen(void **state)
{
    (void)state;
    const char *text = "{ persisted: id }";
    char hex[65];
    hex_of(text, hex);
    struct query_request by_hash = {.sha256_hex = str_from(hex)},
                         both = {.text = str_from(text), .sha256_hex = str_from(hex)};
    expect_refusal(&by_hash, "PERSISTED_QUERY_NOT_FOUND");
    assert_non_null(strstr(scene.answer.bytes, "\"message\":\"PersistedQueryNotFound\""));
    struct query_plan *plan = prepare(&both), *again = prepare(&by_hash);
    assert_ptr_equal(plan, again);
    query_plan_release(plan);
    query_plan_release(again);
    for (char *c = hex; *c != '\0'; c++) {
        *c = *c >= 'a' ? (char)(*c - 'a' + 'A') : *c;
    }
    query_plan_release(prepare(&by_hash));
    by_hash.introspection = true;
    expect_refusal(&by_hash, "PERSISTED_QUERY_NOT_FOUND"); /* another plan, which was not made */
}

static void a_text_that_is_not_its_hash_and_a_hash_that_is_none_are_refused(void **state)
{
    (void)state;
    char hex[65];
    hex_of("{ id }", hex);
    expect_refusal(&(struct query_request){.text = STR("{ x: id }"), .sha256_hex = str_from(hex)},
                   "PERSISTED_QUERY_HASH_MISMATCH");
    expect_refusal(&(struct query_request){.text = STR("{ id }"), .sha256_hex = STR("abc")}, "BAD_USER_INPUT");
    hex[10] = 'g';
    expect_refusal(&(struct query_request){.sha256_hex = str_from(hex)}, "BAD_USER_INPUT");
    expect_refusal(&(struct query_request){.introspection = true}, "BAD_USER_INPUT");
    assert_int_equal(statistics().refused, 4);
    assert_int_equal(statistics().plans, 0);
}

static void prepare_numbered(int number)
{
    char text[32];
    (void)snprintf(text, sizeof text, "{ x%d: id }", number);
    const struct query_request request = scene_request(text);
    query_plan_release(prepare(&request));
}

static void the_plan_used_longest_ago_goes_first(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        prepare_numbered(i);
    }
    prepare_numbered(0);
    prepare_numbered(8); /* 1 goes */
    assert_int_equal(statistics().evictions, 1);
    assert_int_equal(statistics().plans, 8);
    prepare_numbered(0);
    assert_int_equal(statistics().hits, 2);
    prepare_numbered(1);
    assert_int_equal(statistics().hits, 2);
    assert_int_equal(statistics().evictions, 2);
}

static void plans_are_kept_up_to_a_number_of_bytes(void **state)
{
    (void)state;
    struct query_cache *cache = NULL;
    const struct query_cache_options options = {scene.schema, query_limits_default(), 1000, 200 * KIB};
    assert_int_equal(query_cache_new(&cache, &options, &scene.error), STATUS_OK);
    struct query_cache *others = scene.cache;
    scene.cache = cache;
    for (int i = 0; i < 20; i++) {
        prepare_numbered(i);
        assert_true(statistics().bytes <= 200 * KIB);
    }
    assert_true(statistics().plans >= 1 && statistics().evictions > 10);
    scene.cache = others;
    query_cache_free(cache);
}

static void a_plan_that_has_gone_is_whole_for_those_who_hold_it(void **state)
{
    (void)state;
    const struct query_request request = scene_request("{ held: id }");
    struct query_plan *plan = prepare(&request);
    for (int i = 0; i < 20; i++) {
        prepare_numbered(i);
    }
    struct query_run *run = NULL;
    const struct query_run_options options = {.plan = plan, .clock = &scene.clock};
    assert_int_equal(query_run_new(&run, &options, &scene.error), STATUS_OK);
    query_plan_release(plan);
    assert_int_equal(query_run_step(run), QUERY_DONE);
    assert_true(str_is(query_run_answer(run, NULL), "{\"data\":{\"held\":\"0\"}}"));
    query_run_free(run);
}

/* ---- operations ---- */

static void the_operation_is_the_only_one_or_the_one_named(void **state)
{
    (void)state;
    struct query_request request = scene_request("query A { id } mutation B { id } subscription S { id }");
    static const struct {
        const char *name;
        enum query_operation operation;
    } named[] = {{"A", QUERY_QUERY}, {"B", QUERY_MUTATION}, {"S", QUERY_SUBSCRIPTION}};
    expect_refusal(&request, "OPERATION_RESOLUTION_FAILURE");
    for (size_t i = 0; i < COUNT(named); i++) {
        request.operation_name = str_from(named[i].name);
        struct query_plan *plan = prepare(&request);
        assert_int_equal(query_plan_operation(plan), named[i].operation);
        query_plan_release(plan);
    }
    request.operation_name = STR("X");
    expect_refusal(&request, "OPERATION_RESOLUTION_FAILURE");
    const struct query_request none = scene_request("fragment F on Query { id }");
    expect_refusal(&none, "GRAPHQL_VALIDATION_FAILED"); /* of a fragment that nobody uses */
}

static void what_does_not_hold_is_told_with_its_place(void **state)
{
    (void)state;
    const struct query_request syntax = scene_request("{ id"), wrong = scene_request("{ id\n  nothing }");
    expect_refusal(&syntax, "GRAPHQL_PARSE_FAILED");
    expect_refusal(&wrong, "GRAPHQL_VALIDATION_FAILED");
    assert_non_null(strstr(scene.answer.bytes, "\"locations\":[{\"line\":2,\"column\":3}]"));
    const struct query_request constant = scene_request("query($a: Int = \"x\") { id @skip(if: true) }");
    expect_refusal(&constant, "GRAPHQL_VALIDATION_FAILED");
}

/* ---- size ---- */

/* Each object at each level is of another type, so that every path of types is walked. */
static void abstract_types_inside_each_other_do_not_multiply(void **state)
{
    (void)state;
    struct buffer text;
    buffer_init(&text, MIB);
    buffer_append_text(&text, "{ ");
    for (int i = 0; i < 8; i++) {
        buffer_append_text(&text, "nodes { id ... on A { a } ... on B { b } ... on C { c } ");
    }
    buffer_append_text(&text, "} } } } } } } } }");
    const char *answer = scene_ask(&scene, text.bytes, NULL);
    assert_non_null(strstr(answer, "{\"id\":\"1\",\"a\":1},{\"id\":\"2\",\"b\":2},{\"id\":\"3\",\"c\":3}"));
    const struct query_request request = scene_request(text.bytes);
    struct query_plan *plan = prepare(&request);
    assert_true(plan->arena.used_bytes < 512 * KIB);
    query_plan_release(plan);
    buffer_release(&text);
}

static void fragments_that_are_spread_often_are_made_once(void **state)
{
    (void)state;
    const char *text = "query($a: Boolean!, $b: Boolean!) { node { ...F ...F @skip(if: $a) ...F @include(if: $b) ...F } } "
                       "fragment F on Node { id ...G @skip(if: $b) ...G } fragment G on Node { x: id }";
    assert_string_equal(scene_ask(&scene, text, "{\"a\":true,\"b\":true}"),
                        "{\"data\":{\"node\":{\"id\":\"1\",\"x\":\"1\"}}}");
    const struct query_request request = scene_request(text);
    struct query_plan *plan = prepare(&request);
    assert_int_equal(plan->root->entries[0].field->set->selections->entries[0].field->node_count, 1);
    query_plan_release(plan);
}

#define WITH_SCENE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SCENE(where_one_goes_on_from_is_no_part_of_the_subject),
        WITH_SCENE(a_variable_is_no_part_of_the_subject_where_it_says_nothing_else),
        WITH_SCENE(the_same_request_has_the_same_plan),
        WITH_SCENE(operation_name_and_introspection_right_are_part_of_what_a_plan_is),
        WITH_SCENE(a_query_is_found_by_its_hash_once_its_text_was_seen),
        WITH_SCENE(a_text_that_is_not_its_hash_and_a_hash_that_is_none_are_refused),
        WITH_SCENE(the_plan_used_longest_ago_goes_first),
        WITH_SCENE(plans_are_kept_up_to_a_number_of_bytes),
        WITH_SCENE(a_plan_that_has_gone_is_whole_for_those_who_hold_it),
        WITH_SCENE(the_operation_is_the_only_one_or_the_one_named),
        WITH_SCENE(what_does_not_hold_is_told_with_its_place),
        WITH_SCENE(abstract_types_inside_each_other_do_not_multiply),
        WITH_SCENE(fragments_that_are_spread_often_are_made_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
