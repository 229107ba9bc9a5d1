#include "server/config.h"

#include <cyaml/cyaml.h>
#include <stdio.h>
#include <stdlib.h>

/* --- the file, as libcyaml reads it ------------------------------------------------------------------------------------ */

struct confidence_file {
    double *explicit_id, *contract_tag, *file_path_exact, *file_path_fuzzy, *heuristic_threshold;
};

struct config_file {
    char *listen, *data, *policy, *log_level, *log_format;
    struct confidence_file *confidence;
};

#define NUMBER(key) \
    CYAML_FIELD_FLOAT_PTR(#key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct confidence_file, key)
#define TEXT(key) \
    CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct config_file, key, 1, CONFIG_TEXT_SIZE - 1)

static const cyaml_schema_field_t confidence_fields[] = {
    NUMBER(explicit_id), NUMBER(contract_tag), NUMBER(file_path_exact), NUMBER(file_path_fuzzy),
    NUMBER(heuristic_threshold), CYAML_FIELD_END};

static const cyaml_schema_field_t config_fields[] = {
    TEXT(listen), TEXT(data), TEXT(policy), TEXT(log_level), TEXT(log_format),
    CYAML_FIELD_MAPPING_PTR("confidence", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct config_file, confidence,
                            confidence_fields),
    CYAML_FIELD_END};

static const cyaml_schema_value_t config_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct config_file, config_fields)};

/* libcyaml explains itself through a log: the last line it says is the reason. */
static void keep_reason(cyaml_log_t level, void *context, const char *format, va_list args)
{
    (void)level;
    char *reason = context;
    char line[256];
    (void)vsnprintf(line, sizeof line, format, args);
    if (reason[0] == '\0') {
        line[strcspn(line, "\n")] = '\0';
        (void)snprintf(reason, sizeof line, "%s", line);
    }
}

/* --- values ------------------------------------------------------------------------------------------------------------ */

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

static enum status set_text(char to[CONFIG_TEXT_SIZE], const char *key, const char *value, struct error *error)
{
    if (strlen(value) == 0 || strlen(value) >= CONFIG_TEXT_SIZE) {
        return error_set(error, STATUS_INVALID, key, "it must have 1 to %d bytes", CONFIG_TEXT_SIZE - 1);
    }
    (void)snprintf(to, CONFIG_TEXT_SIZE, "%s", value);
    return STATUS_OK;
}

static enum status set_log_format(struct config *config, const char *value, struct error *error)
{
    if (strcmp(value, "json") != 0 && strcmp(value, "plain") != 0) {
        return error_set(error, STATUS_INVALID, "log_format", "\"%.60s\" is neither json nor plain", value);
    }
    config->log_format = strcmp(value, "json") == 0 ? LOG_JSON : LOG_PLAIN;
    return STATUS_OK;
}

static enum status set_confidence(double *to, const char *key, double value, struct error *error)
{
    if (!(value >= 0 && value <= 1)) {
        return error_set(error, STATUS_INVALID, key, "%g is no confidence; give a number from 0 to 1", value);
    }
    *to = value;
    return STATUS_OK;
}

/* One key of the configuration, whoever gives it a value. */
static enum status set(struct config *config, const char *key, const char *value, struct error *error)
{
    struct correlate_config *correlate = &config->correlate;
    const struct {
        const char *key;
        double *to;
    } confidences[] = {
        {"confidence.explicit_id", &correlate->confidence[METHOD_EXPLICIT_ID]},
        {"confidence.contract_tag", &correlate->confidence[METHOD_CONTRACT_TAG]},
        {"confidence.file_path_exact", &correlate->confidence[METHOD_FILE_PATH_EXACT]},
        {"confidence.file_path_fuzzy", &correlate->confidence[METHOD_FILE_PATH_FUZZY]},
        {"confidence.heuristic_threshold", &correlate->heuristic_threshold},
    };
    for (size_t i = 0; i < sizeof confidences / sizeof confidences[0]; i++) {
        double number;
        if (strcmp(key, confidences[i].key) == 0) {
            return str_to_double(str_from(value), &number)
                       ? set_confidence(confidences[i].to, key, number, error)
                       : error_set(error, STATUS_INVALID, key, "\"%.60s\" is no number from 0 to 1", value);
        }
    }
    if (strcmp(key, "listen") == 0) {
        return config_set_listen(config, value, error);
    }
    if (strcmp(key, "data") == 0) {
        return set_text(config->data, key, value, error);
    }
    if (strcmp(key, "policy") == 0) {
        return set_text(config->policy, key, value, error);
    }
    if (strcmp(key, "log_level") == 0) {
        return log_level_from_name(str_from(value), &config->log_level)
                   ? STATUS_OK
                   : error_set(error, STATUS_INVALID, key, "\"%.60s\" is none of debug, info, warn, error", value);
    }
    return set_log_format(config, value, error);
}

static const char *const keys[] = {
    "listen", "data", "policy", "log_level", "log_format", "confidence.explicit_id", "confidence.contract_tag",
    "confidence.file_path_exact", "confidence.file_path_fuzzy", "confidence.heuristic_threshold"};

/* --- sources ------------------------------------------------------------------------------------------------------------ */

static enum status read_environment(struct config *config, struct error *error)
{
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char name[96] = "TRIMODAL_";
        size_t at = strlen(name);
        for (const char *c = keys[i]; *c != '\0'; c++) {
            name[at++] = (char)(*c == '.' ? '_' : *c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
        }
        name[at] = '\0';
        const char *value = getenv(name);
        if (value == NULL) {
            continue;
        }
        enum status status = set(config, keys[i], value, error);
        if (status != STATUS_OK) {
            if (error != NULL) {
                (void)snprintf(error->place, sizeof error->place, "environment variable %s", name);
            }
            return status;
        }
    }
    return STATUS_OK;
}

static enum status take_file(struct config *config, const struct config_file *file, struct error *error)
{
    const struct {
        const char *key;
        const char *value;
    } texts[] = {{"listen", file->listen},
                 {"data", file->data},
                 {"policy", file->policy},
                 {"log_level", file->log_level},
                 {"log_format", file->log_format}};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && status == STATUS_OK; i++) {
        if (texts[i].value != NULL) {
            status = set(config, texts[i].key, texts[i].value, error);
        }
    }
    if (file->confidence == NULL) {
        return status;
    }
    struct correlate_config *correlate = &config->correlate;
    const struct {
        const char *key;
        const double *value;
        double *to;
    } numbers[] = {
        {"confidence.explicit_id", file->confidence->explicit_id, &correlate->confidence[METHOD_EXPLICIT_ID]},
        {"confidence.contract_tag", file->confidence->contract_tag, &correlate->confidence[METHOD_CONTRACT_TAG]},
        {"confidence.file_path_exact", file->confidence->file_path_exact, &correlate->confidence[METHOD_FILE_PATH_EXACT]},
        {"confidence.file_path_fuzzy", file->confidence->file_path_fuzzy, &correlate->confidence[METHOD_FILE_PATH_FUZZY]},
        {"confidence.heuristic_threshold", file->confidence->heuristic_threshold, &correlate->heuristic_threshold}};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && status == STATUS_OK; i++) {
        if (numbers[i].value != NULL) {
            status = set_confidence(numbers[i].to, numbers[i].key, *numbers[i].value, error);
        }
    }
    return status;
}

static enum status read_file(struct config *config, const char *path, struct error *error)
{
    char reason[256] = "";
    const cyaml_config_t settings = {
        .log_fn = keep_reason, .log_ctx = reason, .log_level = CYAML_LOG_ERROR, .mem_fn = cyaml_mem};
    struct config_file *file = NULL; /* an empty file leaves it so */
    cyaml_err_t outcome = cyaml_load_file(path, &settings, &config_schema, (cyaml_data_t **)&file, NULL);
    if (outcome != CYAML_OK) {
        return error_set(error, STATUS_INVALID, path, "the configuration can't be read: %s (%s); docs/operations.md lists the keys",
                         reason[0] != '\0' ? reason : "no reason given", cyaml_strerror(outcome));
    }
    enum status status = file == NULL ? STATUS_OK : take_file(config, file, error);
    (void)cyaml_free(&settings, &config_schema, file, 0);
    return status;
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
    };
    enum status status = path == NULL ? STATUS_OK : read_file(config, path, error);
    return status != STATUS_OK ? status : read_environment(config, error);
}
