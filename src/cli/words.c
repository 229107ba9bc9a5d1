/* JSON read gently, and the words, numbers and symbols that all commands use. */
#include <math.h>
#include <stdio.h>

#include "cli/cli.h"

/* --- JSON ----------------------------------------------------------------------------------------------------------------- */

struct json get(struct json object, const char *key)
{
    struct json value = {0};
    if (object.document != NULL) {
        (void)json_member(object, key, &value);
    }
    return value;
}

static enum json_type type_of(struct json value)
{
    return value.document == NULL ? JSON_NULL : json_type(value);
}

static bool is_number(enum json_type type)
{
    return type == JSON_I64 || type == JSON_U64 || type == JSON_DOUBLE;
}

struct str get_text_or(struct json object, const char *key, const char *otherwise)
{
    struct json value = get(object, key);
    return type_of(value) == JSON_STRING && json_string(value).length > 0 ? json_string(value) : str_from(otherwise);
}

struct str get_text(struct json object, const char *key)
{
    return get_text_or(object, key, "");
}

double get_number(struct json object, const char *key, double otherwise)
{
    struct json value = get(object, key);
    return is_number(type_of(value)) ? json_double(value) : otherwise;
}

int64_t get_i64(struct json object, const char *key)
{
    struct json value = get(object, key);
    return type_of(value) == JSON_I64 ? json_i64(value) : (int64_t)get_number(object, key, 0);
}

bool get_bool(struct json object, const char *key)
{
    struct json value = get(object, key);
    return type_of(value) == JSON_BOOL && json_bool(value);
}

bool has(struct json object, const char *key)
{
    return type_of(get(object, key)) != JSON_NULL;
}

struct json_iterator each(struct json container)
{
    struct json_iterator nothing = {0};
    return container.document == NULL ? nothing : json_begin(container);
}

size_t get_count(struct json container)
{
    size_t count = 0;
    for (struct json_iterator i = each(container); json_next(&i);) {
        count++;
    }
    return count;
}

/* --- time ----------------------------------------------------------------------------------------------------------------- */

void moment_ms(int64_t ms, char text[MOMENT_SIZE])
{
    char full[TIME_TEXT_SIZE];
    time_format(ms, full);
    (void)snprintf(text, MOMENT_SIZE, "%.10s %.8s", full, full + 11);
}

void moment_text(struct json value, char text[MOMENT_SIZE])
{
    int64_t ms = 0;
    text[0] = '\0';
    switch (type_of(value)) {
    case JSON_I64:
        moment_ms(json_i64(value), text);
        break;
    case JSON_STRING:
        if (time_parse(json_string(value), NULL, &ms, NULL) == STATUS_OK) {
            moment_ms(ms, text);
        }
        break;
    case JSON_OBJECT:
        moment_text(get(value, "ms"), text);
        break;
    default:
        break;
    }
}

void duration_text(double ms, char text[MOMENT_SIZE])
{
    if (ms < 1000) {
        (void)snprintf(text, MOMENT_SIZE, "%.0f ms", ms);
    } else if (ms < 60000) {
        (void)snprintf(text, MOMENT_SIZE, "%.3g s", ms / 1000);
    } else if (ms < 3600000) {
        double seconds = floor(fmod(ms, 60000) / 1000);
        if (seconds > 0) {
            (void)snprintf(text, MOMENT_SIZE, "%.0f min %.0f s", floor(ms / 60000), seconds);
        } else {
            (void)snprintf(text, MOMENT_SIZE, "%.0f min", floor(ms / 60000));
        }
    } else {
        (void)snprintf(text, MOMENT_SIZE, "%.0f h %.0f min", floor(ms / 3600000), floor(fmod(ms, 3600000) / 60000));
    }
}

/* --- states --------------------------------------------------------------------------------------------------------------- */

struct mark mark_of(struct str state)
{
    static const struct {
        const char *state;
        struct mark mark;
    } marks[] = {
        {"PASS", {"✔", STYLE_GOOD}},       {"PASSED", {"✔", STYLE_GOOD}},     {"COMPLETED", {"✔", STYLE_GOOD}},
        {"OK", {"✔", STYLE_GOOD}},         {"ALL_PASS", {"✔", STYLE_GOOD}},   {"LOCKED", {"✔", STYLE_GOOD}},
        {"VALIDATED", {"✔", STYLE_GOOD}},  {"FAIL", {"✘", STYLE_BAD}},        {"FAILED", {"✘", STYLE_BAD}},
        {"FAILING", {"✘", STYLE_BAD}},     {"BLOCKED", {"✘", STYLE_BAD}},     {"BLOCKING", {"✘", STYLE_BAD}},
        {"MISSING", {"✘", STYLE_BAD}},     {"DELETED", {"-", STYLE_BAD}},     {"CREATED", {"+", STYLE_GOOD}},
        {"UPDATED", {"~", STYLE_WARN}},    {"PENDING", {"…", STYLE_WARN}},    {"RUNNING", {"▶", STYLE_WARN}},
        {"READY", {"…", STYLE_WARN}},      {"RETRYING", {"↻", STYLE_WARN}},   {"SKIPPED", {"○", STYLE_DIM}},
        {"WARNING", {"!", STYLE_WARN}},    {"INFO", {"i", STYLE_DIM}},        {"SUPPRESSED", {"○", STYLE_DIM}},
        {"STALE", {"!", STYLE_WARN}},      {"OTHER_VERSION", {"!", STYLE_WARN}},
        {"accepted", {"✔", STYLE_GOOD}},   {"duplicate", {"=", STYLE_DIM}},   {"conflict", {"!", STYLE_WARN}},
        {"rejected", {"✘", STYLE_BAD}},
    };
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (str_is(state, marks[i].state)) {
            return marks[i].mark;
        }
    }
    static const char *const bad_endings[] = {"_FAILURE", "_ISSUE", "_GAP", "_EROSION"}; /* of verdicts */
    for (size_t i = 0; i < sizeof bad_endings / sizeof bad_endings[0]; i++) {
        if (str_ends_with(state, str_from(bad_endings[i]))) {
            return (struct mark){"✘", STYLE_BAD};
        }
    }
    return (struct mark){"·", STYLE_PLAIN};
}

struct mark mark_if(bool good)
{
    return good ? (struct mark){"✔", STYLE_GOOD} : (struct mark){"✘", STYLE_BAD};
}

/* --- metrics -------------------------------------------------------------------------------------------------------------- */

void metric_text(struct str metric, struct json value, char text[MOMENT_SIZE])
{
    if (!is_number(type_of(value))) {
        (void)snprintf(text, MOMENT_SIZE, "-");
        return;
    }
    double number = json_double(value);
    if (str_ends_with(metric, STR("_rate")) || str_is(metric, "contract_alignment")) {
        (void)snprintf(text, MOMENT_SIZE, "%.4g %%", number * 100);
    } else if (str_ends_with(metric, STR("_ms"))) {
        duration_text(number, text);
    } else {
        (void)snprintf(text, MOMENT_SIZE, "%.3g", number);
    }
}

void metric_words(struct str metric, char text[64])
{
    size_t length = metric.length < 63 ? metric.length : 63;
    if (str_ends_with(metric, STR("_ms")) && length > 3) {
        length -= 3;
    }
    for (size_t i = 0; i < length; i++) {
        text[i] = metric.at[i] == '_' ? ' ' : metric.at[i];
    }
    text[length] = '\0';
    char *p95 = strstr(text, " p95");
    if (p95 != NULL) {
        memcpy(p95, " P95", 4);
    }
}
