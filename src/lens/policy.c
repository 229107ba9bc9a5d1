#include "lens/policy.h"

#include <cyaml/cyaml.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json_write.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/sha256.h"

#define POLICY_FILE_BYTES_MAX (256 * KIB)

struct metric_info {
    const char *name;
    enum lens lens;
    enum policy_operator operation;
    double threshold, target;
    bool blocks;
    double value_max; /* thresholds and targets lie in 0..value_max */
};

static const struct metric_info metrics[METRIC_COUNT] = {
    [METRIC_TASK_SUCCESS_RATE] = {"task_success_rate", LENS_DDE, OPERATOR_AT_LEAST, 0.95, 0.99, true, 1},
    [METRIC_RETRY_RATE] = {"retry_rate", LENS_DDE, OPERATOR_BELOW, 0.15, 0.10, true, 1},
    [METRIC_CONTRACT_LOCK_LATENCY_P95_MS] =
        {"contract_lock_latency_p95_ms", LENS_DDE, OPERATOR_BELOW, 2000, 1000, false, 1e15},
    [METRIC_FAILED_QUALITY_GATES] = {"failed_quality_gates", LENS_DDE, OPERATOR_EQUAL, 0, 0, false, 1e9},
    [METRIC_SCENARIO_PASS_RATE] = {"scenario_pass_rate", LENS_BDV, OPERATOR_AT_LEAST, 0.90, 0.95, true, 1},
    [METRIC_FLAKE_RATE] = {"flake_rate", LENS_BDV, OPERATOR_BELOW, 0.10, 0.05, true, 1},
    [METRIC_TEST_RUN_TIME_P95_MS] = {"test_run_time_p95_ms", LENS_BDV, OPERATOR_BELOW, 600000, 300000, false, 1e15},
    [METRIC_BLOCKING_VIOLATIONS] = {"blocking_violations", LENS_ACC, OPERATOR_EQUAL, 0, 0, true, 1e9},
    [METRIC_CYCLES] = {"cycles", LENS_ACC, OPERATOR_EQUAL, 0, 0, true, 1e9},
    [METRIC_MEAN_INSTABILITY] = {"mean_instability", LENS_ACC, OPERATOR_BELOW, 0.7, 0.5, true, 1},
    [METRIC_CONTRACT_ALIGNMENT] = {"contract_alignment", LENS_CONVERGENCE, OPERATOR_EQUAL, 1, 1, false, 1},
};

static const char *const operator_names[OPERATOR_COUNT] = {">=", ">", "<=", "<", "=="};

const char *policy_metric_name(enum policy_metric metric)
{
    return metrics[metric].name;
}

enum lens policy_metric_lens(enum policy_metric metric)
{
    return metrics[metric].lens;
}

const char *policy_operator_name(enum policy_operator operation)
{
    return operator_names[operation];
}

bool policy_holds(enum policy_operator operation, double value, double threshold)
{
    switch (operation) {
    case OPERATOR_AT_LEAST:
        return value >= threshold;
    case OPERATOR_ABOVE:
        return value > threshold;
    case OPERATOR_AT_MOST:
        return value <= threshold;
    case OPERATOR_BELOW:
        return value < threshold;
    case OPERATOR_EQUAL:
    case OPERATOR_COUNT:
        break;
    }
    return !(value < threshold) && !(value > threshold);
}

void policy_canonical(const struct policy *policy, struct buffer *text)
{
    struct json_writer numbers;
    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct policy_condition *condition = &policy->conditions[i];
        buffer_append_format(text, "%s %s ", policy_metric_name(condition->metric), operator_names[condition->operation]);
        json_write_init(&numbers, text, 0);
        json_write_double(&numbers, condition->threshold);
        buffer_append_char(text, ' ');
        json_write_init(&numbers, text, 0);
        json_write_double(&numbers, condition->target);
        buffer_append_text(text, condition->blocks ? " true\n" : " false\n");
    }
}

/* The version of a policy that names none. */
static enum status name_by_hash(struct policy *policy, struct error *error)
{
    uint8_t digest[SHA256_SIZE];
    struct buffer text;
    struct sha256 *hash = sha256_new();
    buffer_init(&text, 16 * KIB);
    policy_canonical(policy, &text);
    bool ok = hash != NULL && !buffer_failed(&text);
    if (ok) {
        sha256_begin(hash);
        sha256_add(hash, text.bytes, text.length);
        sha256_end(hash, digest);
        buffer_clear(&text);
        buffer_append_hex(&text, digest, 6);
        memcpy(policy->version, text.bytes, text.length);
        policy->version[text.length] = '\0';
    }
    sha256_free(hash);
    buffer_release(&text);
    return ok ? STATUS_OK : error_no_memory(error, "policy");
}

static void set_defaults(struct policy *policy)
{
    memset(policy, 0, sizeof *policy);
    for (int i = 0; i < METRIC_COUNT; i++) {
        policy->conditions[i] = (struct policy_condition){(enum policy_metric)i, metrics[i].operation,
                                                          metrics[i].threshold, metrics[i].target, metrics[i].blocks};
    }
}

enum status policy_default(struct policy *policy, struct error *error)
{
    set_defaults(policy);
    return name_by_hash(policy, error);
}

/* --- the file ------------------------------------------------------------------------------------------------------- */

/* Taken as texts: libcyaml reads "0.5x" as 0.5 and "perhaps" as true. NULL: not given. */
struct file_condition {
    char *threshold, *target, *blocks, *operation;
};

struct file_policy {
    char *version;
    struct file_conditions {
        struct file_condition *of[METRIC_COUNT];
    } *conditions;
};

static const cyaml_schema_field_t condition_fields[] = {
    CYAML_FIELD_STRING_PTR("threshold", CYAML_FLAG_OPTIONAL, struct file_condition, threshold, 0, 64),
    CYAML_FIELD_STRING_PTR("target", CYAML_FLAG_OPTIONAL, struct file_condition, target, 0, 64),
    CYAML_FIELD_STRING_PTR("blocks", CYAML_FLAG_OPTIONAL, struct file_condition, blocks, 0, 64),
    CYAML_FIELD_STRING_PTR("operator", CYAML_FLAG_OPTIONAL, struct file_condition, operation, 0, 64),
    CYAML_FIELD_END,
};

#define CONDITION(key, metric) \
    CYAML_FIELD_MAPPING_PTR(key, CYAML_FLAG_OPTIONAL, struct file_conditions, of[metric], condition_fields)
static const cyaml_schema_field_t conditions_fields[] = {
    CONDITION("task_success_rate", METRIC_TASK_SUCCESS_RATE),
    CONDITION("retry_rate", METRIC_RETRY_RATE),
    CONDITION("contract_lock_latency_p95_ms", METRIC_CONTRACT_LOCK_LATENCY_P95_MS),
    CONDITION("failed_quality_gates", METRIC_FAILED_QUALITY_GATES),
    CONDITION("scenario_pass_rate", METRIC_SCENARIO_PASS_RATE),
    CONDITION("flake_rate", METRIC_FLAKE_RATE),
    CONDITION("test_run_time_p95_ms", METRIC_TEST_RUN_TIME_P95_MS),
    CONDITION("blocking_violations", METRIC_BLOCKING_VIOLATIONS),
    CONDITION("cycles", METRIC_CYCLES),
    CONDITION("mean_instability", METRIC_MEAN_INSTABILITY),
    CONDITION("contract_alignment", METRIC_CONTRACT_ALIGNMENT),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t policy_fields[] = {
    CYAML_FIELD_STRING_PTR("version", CYAML_FLAG_OPTIONAL, struct file_policy, version, 1, POLICY_VERSION_SIZE - 1),
    CYAML_FIELD_MAPPING_PTR("conditions", CYAML_FLAG_OPTIONAL, struct file_policy, conditions, conditions_fields),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t policy_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct file_policy, policy_fields),
};

/* libcyaml says what is wrong in log lines; the first is the cause, the ones after it say where. */
struct complaint {
    char text[400];
};

static void note_complaint(cyaml_log_t level, void *context, const char *format, va_list args)
{
    struct complaint *complaint = context;
    size_t used = strlen(complaint->text);
    char line[256];
    if (level < CYAML_LOG_ERROR || used + 4 >= sizeof complaint->text) {
        return;
    }
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    (void)vsnprintf(line, sizeof line, format, args);
#pragma GCC diagnostic pop
    struct str said = str_trim(str_from(line));
    if (str_starts_with(said, STR("Load: "))) {
        said = str_trim(str_from_offset(said, 6));
    }
    if (said.length == 0 || str_starts_with(said, STR("Backtrace"))) {
        return;
    }
    (void)snprintf(complaint->text + used, sizeof complaint->text - used, "%s%.*s", used == 0 ? "" : "; ", STR_ARGS(said));
}

static void *yaml_memory(void *context, void *old, size_t size)
{
    (void)context;
    if (size == 0) {
        memory_free(old);
        return NULL;
    }
    return memory_resize(old, size);
}

static enum status refuse(struct error *error, const char *name, const char *key, const char *sentence)
{
    return error_set(error, STATUS_INVALID, name, "%s: %s", key, sentence);
}

static enum status take_number(const char *given, enum policy_metric metric, const char *key, const char *name,
                               double *number, struct error *error)
{
    double value;
    if (given == NULL) {
        return STATUS_OK;
    }
    if (!str_to_double(str_from(given), &value) || value < 0 || value > metrics[metric].value_max) {
        return error_set(error, STATUS_INVALID, name, "conditions.%s.%s: \"%s\" is no number from 0 to %g.",
                         metrics[metric].name, key, given, metrics[metric].value_max);
    }
    *number = value;
    return STATUS_OK;
}

static enum status take_truth(const char *given, enum policy_metric metric, const char *name, bool *truth,
                              struct error *error)
{
    if (given == NULL) {
        return STATUS_OK;
    }
    *truth = strcmp(given, "true") == 0;
    if (!*truth && strcmp(given, "false") != 0) {
        return error_set(error, STATUS_INVALID, name, "conditions.%s.blocks: \"%s\" is neither; write true or false.",
                         metrics[metric].name, given);
    }
    return STATUS_OK;
}

static enum status take_operator(const char *given, enum policy_metric metric, const char *name,
                                 enum policy_operator *operation, struct error *error)
{
    if (given == NULL) {
        return STATUS_OK;
    }
    for (int i = 0; i < OPERATOR_COUNT; i++) {
        if (strcmp(given, operator_names[i]) == 0) {
            *operation = (enum policy_operator)i;
            return STATUS_OK;
        }
    }
    return error_set(error, STATUS_INVALID, name,
                     "conditions.%s.operator: \"%s\" is none; write one of \">=\", \">\", \"<=\", \"<\", \"==\", in quotes.",
                     metrics[metric].name, given);
}

static enum status take(const struct file_policy *file, const char *name, struct policy *policy, struct error *error)
{
    for (int i = 0; file->conditions != NULL && i < METRIC_COUNT; i++) {
        const struct file_condition *given = file->conditions->of[i];
        struct policy_condition *condition = &policy->conditions[i];
        if (given == NULL) {
            continue;
        }
        enum status status =
            take_number(given->threshold, condition->metric, "threshold", name, &condition->threshold, error);
        if (status == STATUS_OK) {
            status = take_number(given->target, condition->metric, "target", name, &condition->target, error);
        }
        if (status == STATUS_OK) {
            status = take_operator(given->operation, condition->metric, name, &condition->operation, error);
        }
        if (status == STATUS_OK) {
            status = take_truth(given->blocks, condition->metric, name, &condition->blocks, error);
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (file->version == NULL) {
        return name_by_hash(policy, error);
    }
    for (const char *c = file->version; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            return refuse(error, name, "version", "holds a control character; write 1 to 64 printable characters.");
        }
    }
    memcpy(policy->version, file->version, strlen(file->version) + 1);
    return STATUS_OK;
}

static enum status explain(cyaml_err_t failure, const struct complaint *complaint, const char *name, struct error *error)
{
    if (failure == CYAML_ERR_OOM) {
        return error_no_memory(error, name);
    }
    const char *remedy = failure == CYAML_ERR_INVALID_KEY
                             ? " Keys are `version` and `conditions`; each condition is named by its metric and has"
                               " `threshold`, `target`, `operator`, `blocks`."
                             : " docs/verdict.md shows a whole policy file.";
    return error_set(error, STATUS_INVALID, name, "the policy cannot be read (%s): %s.%s", cyaml_strerror(failure),
                     complaint->text[0] != '\0' ? complaint->text : "no details", remedy);
}

enum status policy_load_text(struct str yaml, const char *name, struct policy *policy, struct error *error)
{
    struct complaint complaint = {""};
    cyaml_config_t config = {.log_fn = note_complaint, .log_ctx = &complaint, .mem_fn = yaml_memory,
                             .log_level = CYAML_LOG_ERROR, .flags = CYAML_CFG_NO_ALIAS};
    struct file_policy *file = NULL;
    set_defaults(policy);
    if (yaml.length > POLICY_FILE_BYTES_MAX) {
        return error_set(error, STATUS_INVALID, name, "the policy is longer than %zu bytes; a policy needs no more than 4096.",
                         (size_t)POLICY_FILE_BYTES_MAX);
    }
    if (str_trim(yaml).length == 0) {
        return name_by_hash(policy, error);
    }
    cyaml_err_t failure = cyaml_load_data((const uint8_t *)yaml.at, yaml.length, &config, &policy_schema,
                                          (cyaml_data_t **)&file, NULL);
    if (failure != CYAML_OK) {
        return explain(failure, &complaint, name, error);
    }
    enum status status = file == NULL ? name_by_hash(policy, error) : take(file, name, policy, error);
    (void)cyaml_free(&config, &policy_schema, file, 0);
    return status;
}

enum status policy_load_file(const char *path, struct policy *policy, struct error *error)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        return error_set(error, errno == ENOENT ? STATUS_ABSENT : STATUS_INVALID, path, "the policy file cannot be opened: %s.",
                         strerror(errno));
    }
    enum status status;
    char *bytes = memory_new(POLICY_FILE_BYTES_MAX + 1);
    size_t length = bytes == NULL ? 0 : fread(bytes, 1, POLICY_FILE_BYTES_MAX + 1, file);
    if (bytes == NULL) {
        status = error_no_memory(error, path);
    } else if (ferror(file)) {
        status = error_set(error, STATUS_RETRY, path, "the policy file cannot be read: %s.", strerror(errno));
    } else {
        status = policy_load_text((struct str){bytes, length}, path, policy, error);
    }
    memory_free(bytes);
    (void)fclose(file);
    return status;
}
