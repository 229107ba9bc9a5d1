#include "server/config_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <yaml.h>

#define DEPTH_MAX 6
#define REMEDY "docs/operations.md lists the keys"

/* One level of nesting: what `key` was cut to when it began. */
struct level {
    bool is_list;
    size_t key_length;
};

struct reading {
    const char *path;
    yaml_parser_t parser;
    config_take take;
    void *context;
    struct error *error;
    struct level levels[DEPTH_MAX];
    size_t depth;
    bool has_key; /* in a mapping: the key was read, its value comes next */
    char key[CONFIG_KEY_SIZE];
    char list[CONFIG_TEXT_SIZE];
    size_t list_length;
};

static enum status refuse(struct reading *reading, size_t line, const char *what)
{
    return error_set(reading->error, STATUS_INVALID, reading->path, "line %zu: %s; " REMEDY, line + 1, what);
}

static enum status hand_on(struct reading *reading, const char *value, size_t line)
{
    enum status status = reading->take(reading->context, reading->key, value, reading->error);
    if (status != STATUS_OK && reading->error != NULL) {
        (void)snprintf(reading->error->place, sizeof reading->error->place, "%.100s, line %zu, %.80s", reading->path, line + 1,
                       reading->key);
    }
    return status;
}

static enum status begin(struct reading *reading, bool is_list, size_t line)
{
    if (reading->depth == DEPTH_MAX || (reading->depth > 0 && reading->levels[reading->depth - 1].is_list)) {
        return refuse(reading, line, "nested too deeply");
    }
    if (is_list && reading->depth == 0) {
        return refuse(reading, line, "keys with values are expected, not a list");
    }
    reading->levels[reading->depth++] = (struct level){is_list, strlen(reading->key)};
    reading->has_key = false;
    reading->list_length = 0;
    reading->list[0] = '\0';
    return STATUS_OK;
}

/* Cuts the key back to the mapping that holds what has ended. */
static void cut_key(struct reading *reading)
{
    reading->key[reading->depth > 0 ? reading->levels[reading->depth - 1].key_length : 0] = '\0';
    reading->has_key = false;
}

static enum status end(struct reading *reading, size_t line)
{
    bool is_list = reading->levels[--reading->depth].is_list;
    enum status status = is_list ? hand_on(reading, reading->list, line) : STATUS_OK;
    cut_key(reading);
    return status;
}

static enum status take_key(struct reading *reading, const char *name, size_t line)
{
    size_t used = strlen(reading->key), length = strlen(name);
    if (length == 0 || used + length + 2 > sizeof reading->key || strchr(name, '.') != NULL) {
        return refuse(reading, line, "there is no such key");
    }
    (void)snprintf(reading->key + used, sizeof reading->key - used, "%s%s", used > 0 ? "." : "", name);
    reading->has_key = true;
    return STATUS_OK;
}

static enum status take_item(struct reading *reading, const char *value, size_t line)
{
    size_t length = strlen(value), needed = reading->list_length + length + 2;
    if (needed > sizeof reading->list || length == 0 || strchr(value, ',') != NULL) {
        return refuse(reading, line, "an item of a list is empty, too long or holds a comma");
    }
    reading->list_length += (size_t)snprintf(reading->list + reading->list_length, sizeof reading->list - reading->list_length,
                                             "%s%s", reading->list_length > 0 ? "," : "", value);
    return STATUS_OK;
}

static enum status take_scalar(struct reading *reading, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t line = event->start_mark.line;
    if (strlen(text) != event->data.scalar.length || event->data.scalar.length >= CONFIG_TEXT_SIZE) {
        return refuse(reading, line, "the text is too long, or holds a NUL");
    }
    if (reading->depth == 0) {
        return text[0] == '\0' ? STATUS_OK : refuse(reading, line, "keys with values are expected, not a text");
    }
    if (reading->levels[reading->depth - 1].is_list) {
        return take_item(reading, text, line);
    }
    if (!reading->has_key) {
        return take_key(reading, text, line);
    }
    enum status status = hand_on(reading, text, line);
    cut_key(reading);
    return status;
}

static bool stands_for_key(const struct reading *reading)
{
    return reading->depth > 0 && !reading->has_key && !reading->levels[reading->depth - 1].is_list;
}

static enum status take_event(struct reading *reading, const yaml_event_t *event)
{
    size_t line = event->start_mark.line;
    switch (event->type) {
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT:
        return stands_for_key(reading) ? refuse(reading, line, "a key is no text")
                                       : begin(reading, event->type == YAML_SEQUENCE_START_EVENT, line);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        return end(reading, line);
    case YAML_SCALAR_EVENT:
        return take_scalar(reading, event);
    case YAML_ALIAS_EVENT:
        return refuse(reading, line, "aliases are not taken");
    default:
        return STATUS_OK;
    }
}

static enum status read_events(struct reading *reading)
{
    enum status status = STATUS_OK;
    bool ended = false;
    while (status == STATUS_OK && !ended) {
        yaml_event_t event;
        if (yaml_parser_parse(&reading->parser, &event) != 1) {
            const char *problem = reading->parser.problem != NULL ? reading->parser.problem : "it is no YAML";
            return refuse(reading, reading->parser.problem_mark.line, problem);
        }
        ended = event.type == YAML_STREAM_END_EVENT;
        status = take_event(reading, &event);
        yaml_event_delete(&event);
    }
    return status;
}

enum status config_file_read(const char *path, config_take take, void *context, struct error *error)
{
    struct reading reading = {.path = path, .take = take, .context = context, .error = error};
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return error_set(error, STATUS_INVALID, path, "the configuration can't be read: %s", strerror(errno));
    }
    enum status status = STATUS_OK;
    if (yaml_parser_initialize(&reading.parser) != 1) {
        status = error_no_memory(error, "configuration");
    } else {
        yaml_parser_set_input_file(&reading.parser, file);
        status = read_events(&reading);
        yaml_parser_delete(&reading.parser);
    }
    (void)fclose(file);
    return status;
}
