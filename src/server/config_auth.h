/* config_auth.h: what the server is told about who may come in: the keys auth.* and metrics.* of the configuration.
 *
 *     auth:
 *       mode: required                # or off: everybody is an administrator; for this machine only
 *       issuers:
 *         corporate:                  # a name of your own
 *           issuer: https://id.example
 *           audience: mission-control
 *           algorithms: [RS256, ES256]
 *           jwks_url: https://id.example/keys    # or jwks_file, or secret_file (HS256)
 *           role_claim: /realm_access/roles
 *     metrics:
 *       access: protected             # or public; by default public where only this machine is listened to
 *       token_file: /run/secrets/scrape
 *
 * In the environment the first two levels of an issuer are one name: TRIMODAL_AUTH_ISSUERS_CORPORATE_JWKS_URL.
 */
#ifndef TRIMODAL_SERVER_CONFIG_AUTH_H
#define TRIMODAL_SERVER_CONFIG_AUTH_H

#include "auth/auth.h"

#define CONFIG_ISSUER_NAME_SIZE 64

enum metrics_access { METRICS_BY_LISTENING, METRICS_PUBLIC, METRICS_PROTECTED };

struct config_auth {
    enum auth_mode mode;
    bool off_for_all_networks; /* mode off is meant even where others than this machine can connect */
    struct jwt_issuer_options issuers[JWT_ISSUERS_MAX];
    char names[JWT_ISSUERS_MAX][CONFIG_ISSUER_NAME_SIZE];
    size_t issuer_count;
    enum metrics_access metrics;
    char metrics_token_file[JWT_TEXT_SIZE];
};

/* One key, "auth.mode" and so on; lists are texts with commas. STATUS_ABSENT where it is no key of these. */
enum status config_auth_set(struct config_auth *config, const char *key, const char *value, struct error *error) must_check;
/* All TRIMODAL_AUTH_… and TRIMODAL_METRICS_… of the environment. */
enum status config_auth_environment(struct config_auth *config, struct error *error) must_check;
/* Is it whole, and is it safe for a server that listens on this host? */
enum status config_auth_check(const struct config_auth *config, const char *listen_host, struct error *error) must_check;
bool config_listens_to_this_machine_only(const char *listen_host);
bool config_metrics_are_public(const struct config_auth *config, const char *listen_host);

#endif
