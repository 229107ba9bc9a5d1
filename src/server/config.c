#include "server/config.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

enum status config_set_listen(struct config *config, const char *listen, struct error *error)
{
    struct str text = str_from(listen);
    size_t colon = text.length;
    while (colon > 0 && text.at[colon - 1] != ':') {
        colon--;
    }
    struct str host = colon == 0 ? STR_NONE : (struct str){text.at, colon - 1};
    struct str port = str_from_offset(text, colon);
    if (host.length >= 2 && host.at[0] == '[' && host.at[host.length - 1] == ']') {
        host = (struct str){host.at + 1, host.length - 2};
    }
    int64_t number;
    if (!str_to_i64(port, &number) || number < 0 || number > 65535 || host.length >= sizeof config->listen_host) {
        return error_set(error, STATUS_INVALID, "listen", "\"%.200s\" is no address to listen on; give HOST:PORT, e.g. 127.0.0.1:8000",
                         listen);
    }
    (void)snprintf(config->listen_host, sizeof config->listen_host, "%.*s", (int)(host.length > 0 ? host.length : 9),
                   host.length > 0 ? host.at : "127.0.0.1");
    config->listen_port = (uint16_t)number;
    return STATUS_OK;
}

/* --- one setter a kind of value; `to` is where it goes --------------------------------------------------------------------- */

static enum status set_listen(struct config *config, void *to, const char *key, const char *value, struct error *error)
{
    (void)to;
    (void)key;
    return config_set_listen(config, value, error);
}

static enum status set_text(struct config *config, void *to, const char *key, const char *value, struct error *error)
{
    (void)config;
    if (strlen(value) == 0 || strlen(value) >= CONFIG_TEXT_SIZE) {
        return error_set(error, STATUS_INVALID, key, "it must have 1 to %d bytes", CONFIG_TEXT_SIZE - 1);
    }
    (void)snprintf(to, CONFIG_TEXT_SIZE, "%s", value);
    return STATUS_OK;
}

static enum status set_log_level(struct config *config, void *to, const char *key, const char *value, struct error *error)
{
    (void)config;
    return log_level_from_name(str_from(value), to)
               ? STATUS_OK
               : error_set(error, STATUS_INVALID, key, "\"%.60s\" is none of debug, info, warn, error", value);
}

static enum status set_log_format(struct config *config, void *to, const char *key, const char *value, struct error *error)
{
    (void)to;
    if (strcmp(value, "json") != 0 && strcmp(value, "plain") != 0) {
        return error_set(error, STATUS_INVALID, key, "\"%.60s\" is neither json nor plain", value);
    }
    config->log_format = strcmp(value, "json") == 0 ? LOG_JSON : LOG_PLAIN;
    return STATUS_OK;
}

static enum status set_access_log(struct config *config, void *to, const char *key, const char *value, struct error *error)
{
    (void)to;
    static const char *const words[] = {[ACCESS_LOG_OFF] = "off", [ACCESS_LOG_ERRORS] = "errors", [ACCESS_LOG_ALL] = "all"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(value, words[i]) == 0) {
            config->access_log.mode = (enum access_log_mode)i;
            return STATUS_OK;
        }
    }
    return error_set(error, STATUS_INVALID, key, "\"%.60s\" is none of off, errors, all", value);
}

static enum status set_boolean(struct config *config, void *to, const char *key, const char *value, struct error *error)
{
    (void)config;
    bool *boolean = to;
    if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0) {
        return error_set(error, STATUS_INVALID, key, "\"%.60s\" is neither true nor false", value);
    }
    *boolean = value[0] == 't';
    return STATUS_OK;
}

static enum status set_client_certificate(struct config *config, void *to, const char *key, const char *value,
                                          struct error *error)
{
    (void)to;
    if (strcmp(value, "required") != 0 && strcmp(value, "optional") != 0) {
        return error_set(error, STATUS_INVALID, key, "\"%.60s\" is neither required nor optional", value);
    }
    config->tls.client_certificate_optional = value[0] == 'o';
    return STATUS_OK;
}

static enum status set_number(const char *key, const char *value, double least, double most, double *to, struct error *error)
{
    double number;
    if (!str_to_double(str_from(value), &number) || number < least || number > most) {
        return error_set(error, STATUS_INVALID, key, "\"%.60s\" is no number from %g to %g", value, least, most);
    }
    *to = number;
    return STATUS_OK;
}

static enum status set_share(struct config *config, void *to, const char *key, const char *value, struct error *error)
{
    (void)config;
    return set_number(key, value, 0, 1, to, error);
}

static enum status set_rate(struct config *config, void *to, const char *key, const char *value, struct error *error)
{
    (void)config;
    return set_number(key, value, 0, RATE_MOST, to, error);
}

static enum status set_burst(struct config *config, void *to, const char *key, const char *value, struct error *error)
{
    (void)config;
    return set_number(key, value, 0, RATE_BURST_SECONDS_MOST, to, error);
}

static enum status set_day(struct config *config, void *to, const char *key, const char *value, struct error *error)
{
    (void)config;
    int64_t *seconds = to;
    if (!str_to_i64(str_from(value), seconds) || *seconds < 0 || *seconds > 86400) {
        return error_set(error, STATUS_INVALID, key, "\"%.60s\" is no whole number of seconds from 0 to 86400", value);
    }
    return STATUS_OK;
}

static enum status set_count(struct config *config, void *to, const char *key, const char *value, struct error *error)
{
    (void)config;
    uint32_t *count = to;
    int64_t number;
    if (!str_to_i64(str_from(value), &number) || number < 1 || number > UINT32_MAX) {
        return error_set(error, STATUS_INVALID, key, "\"%.60s\" is no whole number from 1 to %u", value, UINT32_MAX);
    }
    *count = (uint32_t)number;
    return STATUS_OK;
}

static enum status set_objects(struct config *config, void *to, const char *key, const char *value, struct error *error)
{
    (void)to;
    uint32_t count = 0;
    enum status status = set_count(config, &count, key, value, error);
    config->graphql.limits.objects_max = count;
    return status;
}

static enum status set_introspection(struct config *config, void *to, const char *key, const char *value, struct error *error)
{
    (void)to;
    static const char *const words[] = {[GRAPHQL_INTROSPECTION_AUTHENTICATED] = "authenticated",
                                        [GRAPHQL_INTROSPECTION_ALL] = "all",
                                        [GRAPHQL_INTROSPECTION_OFF] = "off"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(value, words[i]) == 0) {
            config->graphql.introspection = (enum graphql_introspection)i;
            return STATUS_OK;
        }
    }
    return error_set(error, STATUS_INVALID, key, "\"%.60s\" is none of authenticated, all, off", value);
}

/* --- the keys --------------------------------------------------------------------------------------------------------- */

typedef enum status (*setter)(struct config *config, void *to, const char *key, const char *value, struct error *error);

#define CONFIDENCE(method) offsetof(struct config, correlate.confidence[method])
#define GRAPHQL(member) offsetof(struct config, graphql.member)
#define LIMIT(scope, group) offsetof(struct config, limits.scope[group])

static const struct {
    const char *key;
    setter set;
    size_t offset; /* in struct config */
} keys[] = {
    {"listen", set_listen, 0},
    {"data", set_text, offsetof(struct config, data)},
    {"policy", set_text, offsetof(struct config, policy)},
    {"log_level", set_log_level, offsetof(struct config, log_level)},
    {"log_format", set_log_format, offsetof(struct config, log_format)},
    {"access_log.requests", set_access_log, 0},
    {"access_log.paths", set_boolean, offsetof(struct config, access_log.paths)},
    {"access_log.lines_per_second", set_count, offsetof(struct config, access_log.lines_per_second)},
    {"confidence.explicit_id", set_share, CONFIDENCE(METHOD_EXPLICIT_ID)},
    {"confidence.contract_tag", set_share, CONFIDENCE(METHOD_CONTRACT_TAG)},
    {"confidence.file_path_exact", set_share, CONFIDENCE(METHOD_FILE_PATH_EXACT)},
    {"confidence.file_path_fuzzy", set_share, CONFIDENCE(METHOD_FILE_PATH_FUZZY)},
    {"confidence.heuristic_threshold", set_share, offsetof(struct config, correlate.heuristic_threshold)},
    {"tls.certificate", set_text, offsetof(struct config, tls.certificate)},
    {"tls.key", set_text, offsetof(struct config, tls.key)},
    {"tls.client_ca", set_text, offsetof(struct config, tls.client_ca)},
    {"tls.client_certificate", set_client_certificate, 0},
    {"cors.origins", set_text, offsetof(struct config, cors.origins)},
    {"cors.credentials", set_boolean, offsetof(struct config, cors.credentials)},
    {"cors.max_age_seconds", set_day, offsetof(struct config, cors.max_age_seconds)},
    {"limits.read.user", set_rate, LIMIT(user, RATE_READ)},
    {"limits.read.tenant", set_rate, LIMIT(tenant, RATE_READ)},
    {"limits.write.user", set_rate, LIMIT(user, RATE_WRITE)},
    {"limits.write.tenant", set_rate, LIMIT(tenant, RATE_WRITE)},
    {"limits.admin.user", set_rate, LIMIT(user, RATE_ADMIN)},
    {"limits.admin.tenant", set_rate, LIMIT(tenant, RATE_ADMIN)},
    {"limits.sign_in.user", set_rate, LIMIT(user, RATE_SIGN_IN)},
    {"personal.master_key", set_text, offsetof(struct config, master_key)},
    {"personal.master_key_file", set_text, offsetof(struct config, master_key_file)},
    {"graphql.introspection", set_introspection, 0},
    {"graphql.tokens", set_count, GRAPHQL(limits.tokens_max)},
    {"graphql.depth", set_count, GRAPHQL(limits.depth_max)},
    {"graphql.aliases", set_count, GRAPHQL(limits.aliases_max)},
    {"graphql.fields", set_count, GRAPHQL(limits.fields_max)},
    {"graphql.objects", set_objects, 0},
    {"graphql.time_ms", set_count, GRAPHQL(limits.time_ms_max)},
    {"graphql.init_timeout_ms", set_count, GRAPHQL(init_timeout_ms)},
    {"graphql.socket_operations", set_count, GRAPHQL(socket_operations_max)},
    {"limits.burst_seconds", set_burst, offsetof(struct config, limits.burst_seconds)},
};

#define KEY_COUNT (sizeof keys / sizeof keys[0])

static enum status set(struct config *config, size_t key, const char *value, struct error *error)
{
    return keys[key].set(config, (char *)config + keys[key].offset, keys[key].key, value, error);
}

/* --- sources ------------------------------------------------------------------------------------------------------------ */

static enum status take_from_file(void *context, const char *key, const char *value, struct error *error)
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (strcmp(keys[i].key, key) == 0) {
            return set(context, i, value, error);
        }
    }
    struct config *config = context;
    enum status status = config_auth_set(&config->auth, key, value, error);
    if (status != STATUS_ABSENT) {
        return status;
    }
    return error_set(error, STATUS_INVALID, key, "there is no key %.90s; docs/operations.md lists the keys", key);
}

static enum status read_environment(struct config *config, struct error *error)
{
    for (size_t i = 0; i < KEY_COUNT; i++) {
        char name[CONFIG_KEY_SIZE] = "TRIMODAL_";
        size_t at = strlen(name);
        for (const char *c = keys[i].key; *c != '\0'; c++) {
            name[at++] = (char)(*c == '.' ? '_' : *c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
        }
        name[at] = '\0';
        const char *value = getenv(name);
        enum status status = value == NULL ? STATUS_OK : set(config, i, value, error);
        if (status != STATUS_OK) {
            if (error != NULL) {
                (void)snprintf(error->place, sizeof error->place, "environment variable %s", name);
            }
            return status;
        }
    }
    return STATUS_OK;
}

/* What one key alone can't say. */
static enum status check_together(const struct config *config, struct error *error)
{
    const struct config_tls *tls = &config->tls;
    bool certificate = tls->certificate[0] != '\0', key = tls->key[0] != '\0';
    if (certificate != key || (!certificate && tls->client_ca[0] != '\0')) {
        return error_set(error, STATUS_INVALID, "tls", "tls.certificate and tls.key go together; tls.client_ca needs both");
    }
    return cors_check(&config->cors, error);
}

enum status config_load(struct config *config, const char *path, struct error *error)
{
    *config = (struct config){
        .listen_host = "127.0.0.1",
        .listen_port = 8000,
        .data = "./data",
        .log_level = LOG_INFO,
        .log_format = LOG_JSON,
        .correlate = correlate_config_default(),
        .cors = {.max_age_seconds = 600},
        .limits = rate_limits_default(),
    };
    enum status status = path == NULL ? STATUS_OK : config_file_read(path, take_from_file, config, error);
    if (status == STATUS_OK) {
        status = read_environment(config, error);
    }
    if (status == STATUS_OK) {
        status = config_auth_environment(&config->auth, error);
    }
    return status != STATUS_OK ? status : check_together(config, error);
}
