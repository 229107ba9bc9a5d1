/* Who may do what: SPEC section 8, and which tenant a request is about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "auth/principal.h"

static void each_role_has_the_permissions_of_the_specification(void **state)
{
    (void)state;
    /* none, iteration:read, iteration:write, iteration:delete, audit:read, users:manage, system:operate,
     * metrics:read */
    static const char *const allowed[ROLE_COUNT] = {
        [ROLE_ADMIN] = "11111111", [ROLE_ENGINEER] = "11100000", [ROLE_VIEWER] = "11000000", [ROLE_AUDITOR] = "11001000"};
    for (int role = 0; role < ROLE_COUNT; role++) {
        struct principal principal = principal_of((enum role)role, STR_NONE, STR("test"));
        for (int permission = 0; permission < PERMISSION_COUNT; permission++) {
            if (principal_may(&principal, (enum permission)permission) != (allowed[role][permission] == '1')) {
                fail_msg("%s, %s", role_name((enum role)role), permission_name((enum permission)permission));
            }
        }
    }
}

static void nobody_may_what_is_public_only(void **state)
{
    (void)state;
    struct principal nobody = {0};
    for (int permission = 0; permission < PERMISSION_COUNT; permission++) {
        assert_int_equal(principal_may(&nobody, (enum permission)permission), permission == PERMISSION_NONE);
    }
    nobody.permissions = UINT32_MAX; /* bits without a credential are worth nothing */
    assert_false(principal_may(&nobody, PERMISSION_ITERATION_READ));
}

static void roles_are_found_by_their_exact_names(void **state)
{
    (void)state;
    enum role role;
    for (int i = 0; i < ROLE_COUNT; i++) {
        assert_true(role_from_name(str_from(role_name((enum role)i)), &role));
        assert_int_equal(role, i);
    }
    assert_false(role_from_name(STR("Admin"), &role));
    assert_false(role_from_name(STR("admin "), &role));
    assert_false(role_from_name(STR_NONE, &role));
}

static void only_administrators_name_another_tenant(void **state)
{
    (void)state;
    struct str tenant;
    for (int role = 0; role < ROLE_COUNT; role++) {
        struct principal principal = principal_of((enum role)role, STR("acme"), STR("test"));
        bool admin = role == ROLE_ADMIN;
        assert_true(principal_tenant(&principal, STR_NONE, &tenant));
        assert_true(str_is(tenant, "acme"));
        assert_true(principal_tenant(&principal, STR("acme"), &tenant));
        assert_int_equal(principal_tenant(&principal, STR("globex"), &tenant), admin);
        assert_false(principal_tenant(&principal, STR(""), &tenant));
        assert_int_equal(principal_means_all(&principal, STR_NONE), admin);
        assert_false(principal_means_all(&principal, STR("acme")));
    }
}

static void a_credential_without_tenant_belongs_to_the_default_one(void **state)
{
    (void)state;
    struct str tenant;
    struct principal principal = principal_of(ROLE_VIEWER, STR_NONE, STR("test"));
    assert_true(principal_tenant(&principal, STR_NONE, &tenant));
    assert_true(str_is(tenant, "default"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_role_has_the_permissions_of_the_specification),
        cmocka_unit_test(nobody_may_what_is_public_only),
        cmocka_unit_test(roles_are_found_by_their_exact_names),
        cmocka_unit_test(only_administrators_name_another_tenant),
        cmocka_unit_test(a_credential_without_tenant_belongs_to_the_default_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
