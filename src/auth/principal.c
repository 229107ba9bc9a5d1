#include "auth/principal.h"

#include <assert.h>

#define BIT(name) (1u << PERMISSION_##name)

/* SPEC section 8, the whole of it. */
static const struct {
    const char *name;
    uint32_t permissions;
} roles[ROLE_COUNT] = {
    [ROLE_ADMIN] = {"admin", BIT(ITERATION_READ) | BIT(ITERATION_WRITE) | BIT(ITERATION_DELETE) | BIT(AUDIT_READ) |
                                 BIT(USERS_MANAGE) | BIT(SYSTEM_OPERATE) | BIT(METRICS_READ)},
    [ROLE_ENGINEER] = {"engineer", BIT(ITERATION_READ) | BIT(ITERATION_WRITE)},
    [ROLE_VIEWER] = {"viewer", BIT(ITERATION_READ)},
    [ROLE_AUDITOR] = {"auditor", BIT(ITERATION_READ) | BIT(AUDIT_READ)},
};

static const char *const permissions[PERMISSION_COUNT] = {
    [PERMISSION_NONE] = "none",
    [PERMISSION_ITERATION_READ] = "iteration:read",
    [PERMISSION_ITERATION_WRITE] = "iteration:write",
    [PERMISSION_ITERATION_DELETE] = "iteration:delete",
    [PERMISSION_AUDIT_READ] = "audit:read",
    [PERMISSION_USERS_MANAGE] = "users:manage",
    [PERMISSION_SYSTEM_OPERATE] = "system:operate",
    [PERMISSION_METRICS_READ] = "metrics:read",
};

const char *permission_name(enum permission permission)
{
    assert(permission < PERMISSION_COUNT);
    return permissions[permission];
}

const char *role_name(enum role role)
{
    assert(role < ROLE_COUNT);
    return roles[role].name;
}

bool role_from_name(struct str name, enum role *role)
{
    for (int i = 0; i < ROLE_COUNT; i++) {
        if (str_is(name, roles[i].name)) {
            *role = (enum role)i;
            return true;
        }
    }
    return false;
}

uint32_t role_permissions(enum role role)
{
    assert(role < ROLE_COUNT);
    return roles[role].permissions;
}

struct principal principal_of(enum role role, struct str tenant_id, struct str subject)
{
    return (struct principal){
        .known = true,
        .role = role,
        .permissions = role_permissions(role),
        .all_tenants = role == ROLE_ADMIN,
        .tenant_id = tenant_id.length > 0 ? tenant_id : STR(TENANT_DEFAULT),
        .subject = subject,
        .expires_at_ms = INT64_MAX,
    };
}

bool principal_may(const struct principal *principal, enum permission permission)
{
    assert(permission < PERMISSION_COUNT);
    return permission == PERMISSION_NONE || (principal->known && (principal->permissions >> permission & 1) != 0);
}

bool principal_tenant(const struct principal *principal, struct str named, struct str *tenant_id)
{
    struct str own = principal->tenant_id.length > 0 ? principal->tenant_id : STR(TENANT_DEFAULT);
    *tenant_id = named.at == NULL ? own : named;
    return named.at == NULL || (named.length > 0 && (principal->all_tenants || str_equal(named, own)));
}

bool principal_means_all(const struct principal *principal, struct str named)
{
    return principal->all_tenants && named.at == NULL;
}

bool principal_copy(const struct principal *principal, struct arena *arena, struct principal *copy)
{
    *copy = *principal;
    return arena_copy(arena, principal->tenant_id, &copy->tenant_id) && arena_copy(arena, principal->subject, &copy->subject);
}
