/* principal.h: who asks, and what they may do.
 *
 * A principal is what is left of a credential once it has been checked: a plain value that a request carries from the door
 * (HTTP, WebSocket, the command line) to whatever answers it. Nothing behind the door knows tokens.
 *
 * Permissions are given to roles in one table (principal.c, SPEC section 8). Each REST route (api/routes.c), each GraphQL
 * field and each subscription names the one permission it asks for, and is refused before its handler runs.
 *
 * Tenants. A principal belongs to one tenant and sees that one; only where `all_tenants` is set (administrators) may it
 * name another. Whoever may not is answered the same whether the tenant they name exists or not: principal_tenant is the one
 * place that decides it.
 *
 * A zero-initialised principal is nobody: it may do PERMISSION_NONE, what is public, and nothing else.
 *
 * Ownership: the texts belong to whoever made the principal, usually the arena of the request; principal_copy for longer.
 */
#ifndef TRIMODAL_AUTH_PRINCIPAL_H
#define TRIMODAL_AUTH_PRINCIPAL_H

#include <stdint.h>

#include "base/arena.h"

enum permission {
    PERMISSION_NONE, /* public: asked of nobody */
    PERMISSION_ITERATION_READ,
    PERMISSION_ITERATION_WRITE,
    PERMISSION_ITERATION_DELETE,
    PERMISSION_AUDIT_READ,
    PERMISSION_USERS_MANAGE,
    PERMISSION_SYSTEM_OPERATE, /* what is about the whole process, across tenants: digest, rebuild */
    PERMISSION_METRICS_READ,   /* /metrics: counters over all tenants; also what a scraper's token gives */
    PERMISSION_COUNT
};
const char *permission_name(enum permission permission); /* "iteration:read"; "none" */

enum role { ROLE_ADMIN, ROLE_ENGINEER, ROLE_VIEWER, ROLE_AUDITOR, ROLE_COUNT };
const char *role_name(enum role role); /* "admin" */
bool role_from_name(struct str name, enum role *role);
/* Bits 1u << permission. */
uint32_t role_permissions(enum role role);

#define TENANT_DEFAULT "default"

struct principal {
    bool known;            /* a credential was given and is good */
    enum role role;        /* where known */
    uint32_t permissions;  /* bits 1u << permission */
    bool all_tenants;      /* may name any tenant */
    struct str tenant_id;  /* its own */
    struct str subject;    /* for the audit log: "token:ci-main", "jwt:alice", "cli:user" */
    int64_t expires_at_ms; /* after it the credential is no longer good; INT64_MAX where it does not end */
    uint64_t token;        /* of a token of this system its number, for auth_holds; else 0 */
};

/* With all that the role gives. `tenant_id` absent: TENANT_DEFAULT. Does not end. */
struct principal principal_of(enum role role, struct str tenant_id, struct str subject);
bool principal_may(const struct principal *principal, enum permission permission);

/* The tenant a request is about: the one it names (absent: its own). False where it may not name that one. */
bool principal_tenant(const struct principal *principal, struct str named, struct str *tenant_id) must_check;
/* Does it mean all tenants: it may see them and has named none? For listings. */
bool principal_means_all(const struct principal *principal, struct str named);

/* With its texts in the arena. */
bool principal_copy(const struct principal *principal, struct arena *arena, struct principal *copy) must_check;

#endif
