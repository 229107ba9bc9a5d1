#include "server/config_auth.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ISSUERS "auth.issuers."

static enum status set_text(char to[JWT_TEXT_SIZE], const char *key, const char *value, struct error *error)
{
    if (value[0] == '\0' || strlen(value) >= JWT_TEXT_SIZE) {
        return error_set(error, STATUS_INVALID, key, "it must have 1 to %d bytes", JWT_TEXT_SIZE - 1);
    }
    (void)snprintf(to, JWT_TEXT_SIZE, "%s", value);
    return STATUS_OK;
}

/* The index of the value among the words, which end with NULL. */
static enum status set_word(int *to, const char *const *words, const char *key, const char *value, struct error *error)
{
    for (int i = 0; words[i] != NULL; i++) {
        if (strcmp(words[i], value) == 0) {
            *to = i;
            return STATUS_OK;
        }
    }
    return error_set(error, STATUS_INVALID, key, "\"%.60s\" is neither %s nor %s", value, words[0], words[1]);
}

static enum status set_algorithms(uint32_t *algorithms, const char *key, const char *value, struct error *error)
{
    struct str rest = str_from(value), name;
    *algorithms = 0;
    while (str_split_next(&rest, ',', &name)) {
        enum jwt_algorithm algorithm;
        if (!jwt_algorithm_from_name(str_trim(name), &algorithm)) {
            return error_set(error, STATUS_INVALID, key, "\"%.*s\" is none of HS256, RS256, ES256, EdDSA", STR_ARGS(name));
        }
        *algorithms |= 1u << algorithm;
    }
    return STATUS_OK;
}

static enum status set_seconds(int64_t *to, int64_t most, const char *key, const char *value, struct error *error)
{
    return str_to_i64(str_from(value), to) && *to >= 0 && *to <= most
               ? STATUS_OK
               : error_set(error, STATUS_INVALID, key, "\"%.60s\" is no whole number of seconds from 0 to %lld", value,
                           (long long)most);
}

/* ---- issuers ---- */

static const struct {
    const char *key;
    size_t offset; /* of a text in struct jwt_issuer_options */
} texts[] = {
    {"issuer", offsetof(struct jwt_issuer_options, issuer)},
    {"audience", offsetof(struct jwt_issuer_options, audience)},
    {"jwks_file", offsetof(struct jwt_issuer_options, jwks_file)},
    {"jwks_url", offsetof(struct jwt_issuer_options, jwks_url)},
    {"secret_file", offsetof(struct jwt_issuer_options, secret_file)},
    {"tenant", offsetof(struct jwt_issuer_options, tenant)},
    {"tenant_claim", offsetof(struct jwt_issuer_options, tenant_claim)},
    {"role_claim", offsetof(struct jwt_issuer_options, role_claim)},
};
static const char *const other_issuer_keys[] = {"algorithms", "clock_skew_seconds", "refresh_seconds"};

static enum status set_issuer_key(struct jwt_issuer_options *issuer, const char *name, const char *key, const char *value,
                                  struct error *error)
{
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(texts[i].key, name) == 0) {
            return set_text((char *)issuer + texts[i].offset, key, value, error);
        }
    }
    if (strcmp(name, "algorithms") == 0) {
        return set_algorithms(&issuer->algorithms, key, value, error);
    }
    if (strcmp(name, "clock_skew_seconds") == 0) {
        return set_seconds(&issuer->clock_skew_seconds, JWT_SKEW_SECONDS_MAX, key, value, error);
    }
    if (strcmp(name, "refresh_seconds") == 0) {
        return set_seconds(&issuer->refresh_seconds, JWKS_REFRESH_SECONDS_MAX, key, value, error);
    }
    return STATUS_ABSENT;
}

/* The issuer of this name, made where it is not there yet; NULL: there are too many. */
static struct jwt_issuer_options *issuer_named(struct config_auth *config, struct str name)
{
    for (size_t i = 0; i < config->issuer_count; i++) {
        if (str_equal_ignoring_case(str_from(config->names[i]), name)) {
            return &config->issuers[i];
        }
    }
    if (config->issuer_count == JWT_ISSUERS_MAX || name.length == 0 || name.length >= CONFIG_ISSUER_NAME_SIZE) {
        return NULL;
    }
    (void)snprintf(config->names[config->issuer_count], CONFIG_ISSUER_NAME_SIZE, "%.*s", STR_ARGS(name));
    struct jwt_issuer_options *issuer = &config->issuers[config->issuer_count++];
    *issuer = (struct jwt_issuer_options){.clock_skew_seconds = JWT_SKEW_SECONDS_DEFAULT};
    return issuer;
}

static enum status set_of_issuer(struct config_auth *config, struct str name, const char *member, const char *key,
                                 const char *value, struct error *error)
{
    struct jwt_issuer_options *issuer = issuer_named(config, name);
    if (issuer == NULL) {
        return error_set(error, STATUS_INVALID, key, "up to %d issuers can be configured, with names of 1 to %d bytes",
                         JWT_ISSUERS_MAX, CONFIG_ISSUER_NAME_SIZE - 1);
    }
    return set_issuer_key(issuer, member, key, value, error);
}

/* ---- keys ---- */

enum status config_auth_set(struct config_auth *config, const char *key, const char *value, struct error *error)
{
    static const char *const modes[] = {"required", "off", NULL}, *const truths[] = {"false", "true", NULL},
                      *const accesses[] = {"public", "protected", NULL};
    int number = 0;
    enum status status = STATUS_ABSENT;
    if (strcmp(key, "auth.mode") == 0) {
        status = set_word(&number, modes, key, value, error);
        config->mode = number == 1 ? AUTH_OFF : AUTH_REQUIRED;
    } else if (strcmp(key, "auth.off_for_all_networks") == 0) {
        status = set_word(&number, truths, key, value, error);
        config->off_for_all_networks = number == 1;
    } else if (strcmp(key, "metrics.access") == 0) {
        status = set_word(&number, accesses, key, value, error);
        config->metrics = number == 1 ? METRICS_PROTECTED : METRICS_PUBLIC;
    } else if (strcmp(key, "metrics.token_file") == 0) {
        status = set_text(config->metrics_token_file, key, value, error);
    } else if (strncmp(key, ISSUERS, strlen(ISSUERS)) == 0) {
        struct str rest = str_from(key + strlen(ISSUERS));
        size_t dot = str_find(rest, '.');
        if (dot < rest.length) {
            status = set_of_issuer(config, (struct str){rest.at, dot}, rest.at + dot + 1, key, value, error);
        }
    }
    return status;
}

/* ---- the environment ---- */

/* The member of an issuer that a variable's name ends with ("…_JWKS_URL"), and the name before it. */
static const char *member_of(struct str name, struct str *issuer)
{
    const char *best = NULL;
    size_t best_length = 0, texts_count = sizeof texts / sizeof texts[0];
    size_t count = texts_count + sizeof other_issuer_keys / sizeof other_issuer_keys[0];
    for (size_t i = 0; i < count; i++) {
        const char *key = i < texts_count ? texts[i].key : other_issuer_keys[i - texts_count];
        size_t length = strlen(key);
        bool ends = name.length > length + 1 && name.at[name.length - length - 1] == '_' &&
                    str_equal_ignoring_case(str_from_offset(name, name.length - length), str_from(key));
        if (ends && length > best_length) {
            best = key;
            best_length = length;
        }
    }
    *issuer = best == NULL ? STR_NONE : (struct str){name.at, name.length - best_length - 1};
    return best;
}

static enum status set_from_variable(struct config_auth *config, struct str name, const char *value, struct error *error)
{
    static const char *const keys[][2] = {{"TRIMODAL_AUTH_MODE", "auth.mode"},
                                          {"TRIMODAL_AUTH_OFF_FOR_ALL_NETWORKS", "auth.off_for_all_networks"},
                                          {"TRIMODAL_METRICS_ACCESS", "metrics.access"},
                                          {"TRIMODAL_METRICS_TOKEN_FILE", "metrics.token_file"}};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (str_is(name, keys[i][0])) {
            return config_auth_set(config, keys[i][1], value, error);
        }
    }
    struct str issuer, prefix = STR("TRIMODAL_AUTH_ISSUERS_");
    const char *member = str_starts_with(name, prefix) ? member_of(str_from_offset(name, prefix.length), &issuer) : NULL;
    return member == NULL ? STATUS_ABSENT : set_of_issuer(config, issuer, member, member, value, error);
}

enum status config_auth_environment(struct config_auth *config, struct error *error)
{
    for (char **variable = environ; *variable != NULL; variable++) {
        struct str text = str_from(*variable);
        size_t equals = str_find(text, '=');
        struct str name = {text.at, equals};
        bool ours = str_starts_with(name, STR("TRIMODAL_AUTH_")) || str_starts_with(name, STR("TRIMODAL_METRICS_"));
        if (!ours || equals == text.length) {
            continue;
        }
        enum status status = set_from_variable(config, name, text.at + equals + 1, error);
        if (status == STATUS_ABSENT) {
            return error_set(error, STATUS_INVALID, "environment", "there is no variable %.*s; docs/security.md lists them",
                             STR_ARGS(name));
        }
        if (status != STATUS_OK) {
            if (error != NULL) {
                (void)snprintf(error->place, sizeof error->place, "environment variable %.*s", STR_ARGS(name));
            }
            return status;
        }
    }
    return STATUS_OK;
}

/* ---- as a whole ---- */

static enum status check_issuer(const struct jwt_issuer_options *issuer, const char *name, struct error *error)
{
    char place[CONFIG_ISSUER_NAME_SIZE + 16];
    int sources = (issuer->jwks_file[0] != '\0') + (issuer->jwks_url[0] != '\0') + (issuer->secret_file[0] != '\0');
    (void)snprintf(place, sizeof place, ISSUERS "%s", name);
    if (issuer->issuer[0] == '\0' || issuer->audience[0] == '\0' || issuer->algorithms == 0) {
        return error_set(error, STATUS_INVALID, place, "an issuer needs issuer, audience and algorithms");
    }
    if (sources != 1) {
        return error_set(error, STATUS_INVALID, place, "an issuer needs its keys from one of jwks_url, jwks_file and secret_file");
    }
    bool shared = (issuer->algorithms >> JWT_HS256 & 1) != 0, only_shared = issuer->algorithms == 1u << JWT_HS256;
    if ((issuer->secret_file[0] != '\0' && !only_shared) || (issuer->jwks_url[0] != '\0' && shared)) {
        return error_set(error, STATUS_INVALID, place,
                         "secret_file goes with HS256 alone, and HS256 does not go with jwks_url: a secret does not come over the"
                         " network");
    }
    return STATUS_OK;
}

enum status config_auth_check(const struct config_auth *config, const char *listen_host, struct error *error)
{
    if (config->mode == AUTH_OFF && !config->off_for_all_networks && !config_listens_to_this_machine_only(listen_host)) {
        return error_set(error, STATUS_INVALID, "auth.mode",
                         "it is off, so that whoever can connect to %s would be an administrator; listen on 127.0.0.1, or say"
                         " auth.off_for_all_networks: true", listen_host);
    }
    for (size_t i = 0; i < config->issuer_count; i++) {
        enum status status = check_issuer(&config->issuers[i], config->names[i], error);
        if (status != STATUS_OK) {
            return status;
        }
        for (size_t other = 0; other < i; other++) {
            if (strcmp(config->issuers[other].issuer, config->issuers[i].issuer) == 0) {
                return error_set(error, STATUS_INVALID, "auth.issuers", "%s and %s have the same issuer", config->names[other],
                                 config->names[i]);
            }
        }
    }
    return STATUS_OK;
}

bool config_listens_to_this_machine_only(const char *listen_host)
{
    return strncmp(listen_host, "127.", 4) == 0 || strcmp(listen_host, "::1") == 0 || strcmp(listen_host, "localhost") == 0;
}

bool config_metrics_are_public(const struct config_auth *config, const char *listen_host)
{
    return config->metrics == METRICS_PUBLIC ||
           (config->metrics == METRICS_BY_LISTENING && config_listens_to_this_machine_only(listen_host));
}
