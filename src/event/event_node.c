#include "event/event_node.h"

#include <stdlib.h>

#include "base/limits.h"
#include "event/bytes.h"

/* Joins up to three texts that are there; STR_NONE where none is. */
static enum status join(struct event *event, struct arena *arena, struct str a, struct str b, struct str c,
                        struct str between, struct error *error)
{
    const struct str parts[] = {a, b, c};
    size_t length = 0;
    for (size_t i = 0; i < 3; i++) {
        if (parts[i].at != NULL) {
            length += parts[i].length + (length > 0 ? between.length : 0);
        }
    }
    if (length == 0) {
        event->node_id = STR_NONE;
        return STATUS_OK;
    }
    char *text = arena_new(arena, length);
    if (text == NULL) {
        return error_no_memory(error, "node_id");
    }
    size_t at = 0;
    for (size_t i = 0; i < 3; i++) {
        if (parts[i].at == NULL) {
            continue;
        }
        if (at > 0) {
            memcpy(text + at, between.at, between.length);
            at += between.length;
        }
        memcpy(text + at, parts[i].at, parts[i].length);
        at += parts[i].length;
    }
    event->node_id = (struct str){text, length};
    return STATUS_OK;
}

static int compare_texts(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

enum status event_cycle_id(struct sha256 *hash, struct arena *arena, const struct str *modules, uint32_t count,
                           struct str *id)
{
    static const char prefix[6] = {'c', 'y', 'c', 'l', 'e', ':'};
    struct str *sorted = arena_new(arena, count * sizeof *sorted);
    char *text = arena_new(arena, sizeof prefix + 16);
    if (sorted == NULL || text == NULL) {
        return STATUS_FATAL;
    }
    for (uint32_t i = 0; i < count; i++) {
        sorted[i] = modules[i];
    }
    qsort(sorted, count, sizeof *sorted, compare_texts);
    sha256_begin(hash);
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0 && str_equal(sorted[i - 1], sorted[i])) {
            continue;
        }
        if (i > 0) {
            sha256_add(hash, "\n", 1);
        }
        sha256_add(hash, sorted[i].at, sorted[i].length);
    }
    uint8_t digest[SHA256_SIZE];
    sha256_end(hash, digest);
    static const char digits[] = "0123456789abcdef";
    memcpy(text, prefix, sizeof prefix);
    for (size_t i = 0; i < 8; i++) {
        text[sizeof prefix + 2 * i] = digits[digest[i] >> 4];
        text[sizeof prefix + 2 * i + 1] = digits[digest[i] & 15];
    }
    *id = (struct str){text, sizeof prefix + 16};
    return STATUS_OK;
}

static struct str first_of(struct str a, struct str b)
{
    return a.at != NULL ? a : b;
}

/* The field that serves, or STR_NONE, and what to say when it is not there. */
static struct str plain_fallback(const struct event *event, const char **give)
{
    switch (event->type) {
    case EVENT_DDE_WORKFLOW_STARTED:
    case EVENT_DDE_WORKFLOW_COMPLETED:
    case EVENT_DDE_WORKFLOW_FAILED:
        return first_of(event_text(event, EVENT_FIELD_WORKFLOW_ID), event->iteration_id);
    case EVENT_DDE_ARTIFACT_CREATED:
    case EVENT_DDE_ARTIFACT_VALIDATED:
        *give = "node_id or artifact_path";
        return event_text(event, EVENT_FIELD_ARTIFACT_PATH);
    case EVENT_DDE_CONTRACT_LOCKED:
    case EVENT_DDE_CONTRACT_VALIDATED:
        *give = "node_id or contract_id";
        return event_text(event, EVENT_FIELD_CONTRACT_ID);
    case EVENT_DDE_QUALITY_GATE_CHECKED:
        *give = "node_id or quality_gate_name";
        return event_text(event, EVENT_FIELD_QUALITY_GATE_NAME);
    case EVENT_DDE_REQUIREMENT_DECLARED:
        *give = "node_id or requirement_id";
        return event_text(event, EVENT_FIELD_REQUIREMENT_ID);
    case EVENT_BDV_FEATURE_STARTED:
    case EVENT_BDV_FEATURE_COMPLETED:
        *give = "node_id, feature_path or feature_name";
        return first_of(event_text(event, EVENT_FIELD_FEATURE_PATH), event_text(event, EVENT_FIELD_FEATURE_NAME));
    case EVENT_BDV_SCENARIO_STARTED:
    case EVENT_BDV_SCENARIO_PASSED:
    case EVENT_BDV_SCENARIO_FAILED:
    case EVENT_BDV_SCENARIO_SKIPPED:
    case EVENT_BDV_SCENARIO_QUARANTINED:
    case EVENT_BDV_STEP_EXECUTED:
    case EVENT_BDV_CONTRACT_TAG_DETECTED:
    case EVENT_BDV_FLAKE_DETECTED:
        *give = "node_id or scenario_id";
        return event_text(event, EVENT_FIELD_SCENARIO_ID);
    case EVENT_ACC_MODULE_ANALYZED:
    case EVENT_ACC_COUPLING_ALERT:
        *give = "node_id or module_path";
        return event_text(event, EVENT_FIELD_MODULE_PATH);
    case EVENT_ACC_ANALYSIS_STARTED:
    case EVENT_ACC_ANALYSIS_COMPLETED:
    case EVENT_ACC_GRAPH_BUILT:
        return first_of(event_text(event, EVENT_FIELD_MANIFEST_NAME), event->iteration_id);
    case EVENT_BDV_TEST_RUN_STARTED:
    case EVENT_BDV_TEST_RUN_COMPLETED:
    case EVENT_CONTROL_GATE_OVERRIDDEN:
    case EVENT_CONTROL_GATE_OVERRIDE_WITHDRAWN:
        return event->iteration_id;
    default:
        *give = "the id of the task that it happened to";
        return STR_NONE;
    }
}

static enum status violation_id(struct event *event, struct arena *arena, const char **give, struct error *error)
{
    struct str rule = event_text(event, EVENT_FIELD_RULE_ID);
    int32_t kind = event_symbol_of(event, EVENT_FIELD_VIOLATION_TYPE);
    if (rule.at == NULL && kind >= 0) {
        rule = event_fields[EVENT_FIELD_VIOLATION_TYPE].symbols[kind];
    }
    *give = "node_id, or rule_id and source_module";
    return join(event, arena, rule,
                first_of(event_text(event, EVENT_FIELD_SOURCE_MODULE), event_text(event, EVENT_FIELD_MODULE_PATH)),
                event_text(event, EVENT_FIELD_TARGET_MODULE), STR(":"), error);
}

static enum status fill(struct event *event, struct sha256 *hash, struct arena *arena, const char **give,
                        struct error *error)
{
    switch (event->type) {
    case EVENT_ACC_DEPENDENCY_DETECTED:
        *give = "node_id, module_path, or source_module and target_module";
        event->node_id = event_text(event, EVENT_FIELD_MODULE_PATH);
        if (event->node_id.at != NULL) {
            return STATUS_OK;
        }
        return join(event, arena, event_text(event, EVENT_FIELD_SOURCE_MODULE), event_text(event, EVENT_FIELD_TARGET_MODULE),
                    STR_NONE, STR("->"), error);
    case EVENT_ACC_VIOLATION_DETECTED:
    case EVENT_ACC_VIOLATION_SUPPRESSED:
    case EVENT_ACC_LAYERING_VIOLATION:
        return violation_id(event, arena, give, error);
    case EVENT_ACC_CYCLE_DETECTED: {
        const struct event_value *modules = event_value(event, EVENT_FIELD_CYCLE_MODULES);
        *give = "node_id or cycle_modules";
        if (modules == NULL) {
            return STATUS_OK;
        }
        enum status status = event_cycle_id(hash, arena, modules->items, modules->count, &event->node_id);
        return status == STATUS_OK ? status : error_no_memory(error, "node_id");
    }
    case EVENT_CONTROL_LINK_ASSERTED:
    case EVENT_CONTROL_LINK_DENIED:
        *give = "node_id, or source_id, link_kind and target_id";
        return join(event, arena, event_text(event, EVENT_FIELD_SOURCE_ID), event_text(event, EVENT_FIELD_LINK_KIND),
                    event_text(event, EVENT_FIELD_TARGET_ID), STR(":"), error);
    default:
        event->node_id = plain_fallback(event, give);
        return STATUS_OK;
    }
}

enum status event_node_id(struct event *event, struct sha256 *hash, struct arena *arena, struct error *error)
{
    if (event->node_id.at != NULL) {
        return STATUS_OK;
    }
    const char *give = "node_id";
    enum status status = fill(event, hash, arena, &give, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (event->node_id.at == NULL) {
        return error_set(error, STATUS_INVALID, "node_id", "node_id: missing; %s needs %s", event_type_symbol(event->type),
                         give);
    }
    if (event->node_id.length > LIMIT_PATH_BYTES) {
        return error_set(
            error, STATUS_INVALID, "node_id",
            "node_id: missing, and the id made of the other fields would have %zu bytes, %d at most; give node_id",
            event->node_id.length, LIMIT_PATH_BYTES);
    }
    return STATUS_OK;
}

/* 0 to 15, and 16 for what is no lower-case hex digit. */
static unsigned hex_digit(char c)
{
    return c >= '0' && c <= '9' ? (unsigned)(c - '0') : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}

/* The bytes of a key that is itself 32 lower-case hex digits. */
static bool own_bytes(struct str text, uint8_t key[EVENT_KEY_SIZE])
{
    if (text.length != 2 * EVENT_KEY_SIZE) {
        return false;
    }
    unsigned all = 0;
    for (size_t i = 0; i < EVENT_KEY_SIZE; i++) {
        unsigned high = hex_digit(text.at[2 * i]), low = hex_digit(text.at[2 * i + 1]);
        key[i] = (uint8_t)(high << 4 | low);
        all |= high | low;
    }
    return all < 16;
}

static size_t put(char *at, struct str text)
{
    memcpy(at, text.at, text.length);
    return text.length;
}

/* In decimal; the number is not negative. */
static size_t put_number(char *at, int64_t number)
{
    char digits[24];
    size_t first = sizeof digits;
    uint64_t rest = (uint64_t)number;
    do {
        digits[--first] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    memcpy(at, digits + first, sizeof digits - first);
    return sizeof digits - first;
}

/* Sixteen bytes as hex digits, eight at a time (each byte's halves become two bytes, then letters where above 9). */
static void put_hex(char *at, const uint8_t bytes[EVENT_KEY_SIZE])
{
    for (size_t i = 0; i < EVENT_KEY_SIZE; i += 4) {
        uint64_t word =
            (uint64_t)bytes[i] | (uint64_t)bytes[i + 1] << 16 | (uint64_t)bytes[i + 2] << 32 | (uint64_t)bytes[i + 3] << 48;
        word = (word >> 4 & UINT64_C(0x000F000F000F000F)) | (word & UINT64_C(0x000F000F000F000F)) << 8;
        uint64_t above_9 = (word + BYTES_ALL(6)) >> 4 & BYTES_ALL(1);
        word += BYTES_ALL('0') + above_9 * ('a' - '0' - 10);
        for (size_t j = 0; j < 8; j++) {
            at[2 * i + j] = (char)(word >> (8 * j));
        }
    }
}

static void digest_of(struct sha256 *hash, const char *bytes, size_t length, uint8_t digest[SHA256_SIZE])
{
    sha256_begin(hash);
    sha256_add(hash, bytes, length);
    sha256_end(hash, digest);
}

enum status event_key(struct event *event, struct sha256 *hash, struct arena *arena, struct error *error)
{
    uint8_t digest[SHA256_SIZE];
    if (event->key_text.at != NULL) {
        if (own_bytes(event->key_text, event->key)) {
            return STATUS_OK;
        }
        digest_of(hash, event->key_text.at, event->key_text.length, digest);
        memcpy(event->key, digest, EVENT_KEY_SIZE);
        return STATUS_OK;
    }
    char formula[LIMIT_ID_BYTES + LIMIT_PATH_BYTES + 128];
    assert(event->iteration_id.length <= LIMIT_ID_BYTES && event->node_id.length <= LIMIT_PATH_BYTES);
    size_t length = put(formula, event->iteration_id);
    formula[length++] = ':';
    length += put(formula + length, event->node_id);
    formula[length++] = ':';
    length += put(formula + length, event_types[event->type].symbol);
    formula[length++] = ':';
    length += put_number(formula + length, event->timestamp);
    digest_of(hash, formula, length, digest);
    char *text = arena_new(arena, 2 * EVENT_KEY_SIZE);
    if (text == NULL) {
        return error_no_memory(error, "idempotency_key");
    }
    put_hex(text, digest);
    memcpy(event->key, digest, EVENT_KEY_SIZE);
    event->key_text = (struct str){text, 2 * EVENT_KEY_SIZE};
    return STATUS_OK;
}
