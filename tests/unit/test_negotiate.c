/* What header fields let an answer be: its coding, and whether it is needed at all; and the files of pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/assets.h"
#include "api/negotiate.h"

#define BOTH (1u << CODING_GZIP | 1u << CODING_ZSTD)

static enum coding chosen(const char *header)
{
    return coding_choose(str_from(header), BOTH);
}

static void without_the_header_nothing_is_compressed(void **state)
{
    (void)state;
    assert_int_equal(coding_choose(STR_NONE, BOTH), CODING_IDENTITY);
    assert_int_equal(chosen(""), CODING_IDENTITY);
    assert_int_equal(chosen("br, deflate"), CODING_IDENTITY);
}

static void the_greatest_weight_wins_and_zstd_of_equal_ones(void **state)
{
    (void)state;
    assert_int_equal(chosen("gzip, deflate, br, zstd"), CODING_ZSTD);
    assert_int_equal(chosen("zstd;q=0.5, gzip"), CODING_GZIP);
    assert_int_equal(chosen("gzip;q=0.501, zstd;q=0.5"), CODING_GZIP);
    assert_int_equal(chosen("GZIP"), CODING_GZIP);
    assert_int_equal(chosen("x-gzip"), CODING_GZIP);
    assert_int_equal(chosen("identity;q=1, gzip;q=0.5"), CODING_IDENTITY);
    assert_int_equal(chosen("gzip , identity;q=0"), CODING_GZIP);
}

static void a_coding_of_weight_zero_is_never_sent(void **state)
{
    (void)state;
    assert_int_equal(chosen("gzip;q=0, zstd;q=0.000"), CODING_IDENTITY);
    assert_int_equal(chosen("*;q=0"), CODING_IDENTITY);
    assert_int_equal(chosen("zstd;q=0, *"), CODING_GZIP);
}

static void the_star_stands_for_what_is_not_named(void **state)
{
    (void)state;
    assert_int_equal(chosen("*"), CODING_ZSTD);
    assert_int_equal(chosen("*;q=0.1, gzip;q=0.5"), CODING_GZIP);
}

static void what_cannot_be_read_is_not_said(void **state)
{
    (void)state;
    static const char *const texts[] = {"gzip;q=2", "gzip;q=1.5", "gzip;q=", "gzip;q=x", "gzip;q=0.0001", "gzip;q=-1", ";;;", ",,,", ";q=1", "gz ip"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(chosen(texts[i]), CODING_IDENTITY);
    }
}

static void only_what_is_offered_is_chosen(void **state)
{
    (void)state;
    assert_int_equal(coding_choose(STR("zstd, gzip;q=0.1"), 1u << CODING_GZIP), CODING_GZIP);
    assert_int_equal(coding_choose(STR("zstd, gzip"), 0), CODING_IDENTITY);
}

static void tags_match_whether_weak_or_not(void **state)
{
    (void)state;
    assert_true(tag_matches(STR("\"a\""), STR("\"a\"")));
    assert_true(tag_matches(STR("W/\"a\""), STR("\"a\"")));
    assert_true(tag_matches(STR("\"a\""), STR("W/\"a\"")));
    assert_true(tag_matches(STR("\"x\", W/\"y, z\" ,\"a\""), STR("W/\"a\"")));
    assert_true(tag_matches(STR(" * "), STR("\"a\"")));
    assert_false(tag_matches(STR_NONE, STR("\"a\"")));
    assert_false(tag_matches(STR("\"b\""), STR("\"a\"")));
    assert_false(tag_matches(STR("a"), STR("\"a\"")));
    assert_false(tag_matches(STR("\"a"), STR("\"a\"")));
    assert_false(tag_matches(STR("w/\"a\""), STR("\"a\"")));
}

static int choose(const char *accept)
{
    static const char *const offered[] = {"application/json", "application/graphql-response+json", "text/html"};
    return media_type_choose(str_from(accept), offered, 3);
}

static void without_accept_the_first_type_offered_is_taken(void **state)
{
    (void)state;
    assert_int_equal(choose(NULL), 0);
    assert_int_equal(choose(" "), 0);
}

static void a_type_named_in_full_comes_before_a_range_of_the_same_weight(void **state)
{
    (void)state;
    assert_int_equal(choose("*/*"), 0);
    assert_int_equal(choose("application/*, */*"), 0);
    assert_int_equal(choose("*/*, application/graphql-response+json"), 1);
    assert_int_equal(choose("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), 2);
    assert_int_equal(choose("text/*"), 2);
}

static void of_types_named_alike_the_one_named_first_is_taken(void **state)
{
    (void)state;
    assert_int_equal(choose("application/graphql-response+json, application/json"), 1);
    assert_int_equal(choose("application/json, application/graphql-response+json"), 0);
    assert_int_equal(choose("Application/JSON ; charset=utf-8 , text/html"), 0);
}

static void the_greatest_weight_decides_between_types(void **state)
{
    (void)state;
    assert_int_equal(choose("application/graphql-response+json;q=0.4, application/json;q=0.5"), 0);
    assert_int_equal(choose("application/graphql-response+json;q=0.9, application/*;q=0.5"), 1);
    assert_int_equal(choose("application/json;q=0, */*"), 1); /* the more exact range says what weight a type has */
}

static void where_nothing_offered_is_acceptable_there_is_none(void **state)
{
    (void)state;
    assert_int_equal(choose("text/csv"), -1);
    assert_int_equal(choose("application/json;q=0"), -1);
    assert_int_equal(choose("image/*, application"), -1);
    assert_int_equal(choose("application/json;q=2"), -1);
}

static void a_file_is_found_under_the_path_with_its_hash_only(void **state)
{
    (void)state;
    const struct asset *script = asset_by_name("docs.js");
    assert_non_null(script);
    assert_ptr_equal(asset_by_path(str_from(script->path)), script);
    assert_null(asset_by_path(STR("/assets/docs.js")));
    assert_null(asset_by_path(STR("")));
    assert_null(asset_by_name("nothing.js"));
}

static void a_page_names_its_files_by_their_paths(void **state)
{
    (void)state;
    const struct asset *page = asset_by_name("docs.html");
    const struct asset *script = asset_by_name("docs.js");
    assert_non_null(page);
    assert_string_equal(page->path, "");
    assert_non_null(memmem(page->bytes.at, page->bytes.length, script->path, strlen(script->path)));
    assert_null(memmem(page->bytes.at, page->bytes.length, "{{", 2));
    assert_null(memmem(page->bytes.at, page->bytes.length, "//", 2)); /* nothing from elsewhere */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_the_header_nothing_is_compressed),
        cmocka_unit_test(the_greatest_weight_wins_and_zstd_of_equal_ones),
        cmocka_unit_test(a_coding_of_weight_zero_is_never_sent),
        cmocka_unit_test(the_star_stands_for_what_is_not_named),
        cmocka_unit_test(what_cannot_be_read_is_not_said),
        cmocka_unit_test(only_what_is_offered_is_chosen),
        cmocka_unit_test(tags_match_whether_weak_or_not),
        cmocka_unit_test(without_accept_the_first_type_offered_is_taken),
        cmocka_unit_test(a_type_named_in_full_comes_before_a_range_of_the_same_weight),
        cmocka_unit_test(of_types_named_alike_the_one_named_first_is_taken),
        cmocka_unit_test(the_greatest_weight_decides_between_types),
        cmocka_unit_test(where_nothing_offered_is_acceptable_there_is_none),
        cmocka_unit_test(a_file_is_found_under_the_path_with_its_hash_only),
        cmocka_unit_test(a_page_names_its_files_by_their_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
