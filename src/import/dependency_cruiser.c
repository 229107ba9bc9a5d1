/* dependency-cruiser's JSON report turned into ACC events: one analysis of one manifest.
 *
 *   modules[]              our own ones become MODULE_ANALYZED; node's core, packages and what could not be resolved do not
 *   summary.violations[]   VIOLATION_DETECTED; a cycle also CYCLE_DETECTED, once for each set of modules
 *   summary.ruleSetUsed    the rules' comments, which become the violations' messages
 *
 * Modules leave as they come. The rule set stands behind the violations, so these wait, in an arena.
 *
 * The report says no time; all events are of the moment when the file was written (import.h says what follows from it). */
#include "import/import_job.h"

#include <stdlib.h>

#include "import/json_split.h"
#include "import/name_counter.h"

enum kind { KIND_DEPENDENCY, KIND_CYCLE, KIND_MODULE };

struct violation {
    struct violation *next;
    enum kind kind;
    struct str rule, severity, from, to, comment, type;
    struct str *cycle;
    size_t cycle_count;
};

struct rule {
    struct rule *next;
    struct str name, comment;
};

struct cruiser {
    struct import_job *job;
    struct json_parser *parser;
    struct arena arena;
    struct json_split split;
    struct name_counter identities; /* of violations and cycles */
    struct buffer room;
    struct name_counter seen;       /* targets of the module at hand */
    int64_t at;
    bool started;
    struct violation *violations;
    struct violation **violations_end;
    struct rule *rules;
    uint64_t modules, dependencies, violation_count, blocking, cycles;
    uint64_t core, external, unresolved, known, odd;
};

static enum status no_room(const struct cruiser *cruiser, struct error *error)
{
    if (cruiser->arena.used_bytes + IMPORT_ITEM_BYTES < IMPORT_STATE_BYTES) {
        return error_no_memory(error, "import");
    }
    return error_set(error, STATUS_INVALID, "import", "the violations of this report need more than %zu MiB; analyse in parts",
                     (size_t)IMPORT_STATE_BYTES / MIB);
}

static struct str manifest(const struct cruiser *cruiser)
{
    struct str given = cruiser->job->options->manifest;
    return given.length > 0 ? given : STR("dependency-cruiser");
}

/* --- which modules are ours --------------------------------------------------------------------------------------- */

enum origin { ORIGIN_OURS, ORIGIN_CORE, ORIGIN_EXTERNAL, ORIGIN_UNRESOLVED };

static bool is_true(struct json object, const char *key)
{
    struct json value;
    return json_member(object, key, &value) && json_type(value) == JSON_BOOL && json_bool(value);
}

static bool in_node_modules(struct str path)
{
    return str_starts_with(path, STR("node_modules/")) ||
           str_find_str(path, STR("/node_modules/"), 0) < path.length;
}

/* A module or a dependency: both say where what they name comes from, in the same words. */
static enum origin origin_of(struct json item, struct str path)
{
    if (is_true(item, "coreModule")) {
        return ORIGIN_CORE;
    }
    if (is_true(item, "couldNotResolve")) {
        return ORIGIN_UNRESOLVED;
    }
    if (in_node_modules(path)) {
        return ORIGIN_EXTERNAL;
    }
    struct json types;
    enum origin origin = ORIGIN_OURS;
    if (json_member(item, "dependencyTypes", &types)) {
        for (struct json_iterator i = json_begin(types); json_next(&i);) {
            struct str type = json_type(i.value) == JSON_STRING ? json_string(i.value) : STR_NONE;
            if (str_is(type, "core")) {
                return ORIGIN_CORE;
            }
            if (str_is(type, "local") || str_starts_with(type, STR("aliased"))) {
                return ORIGIN_OURS;
            }
            origin = str_starts_with(type, STR("npm")) ? ORIGIN_EXTERNAL : origin;
        }
    }
    return origin;
}

/* The first `length` bytes of the path after the folder that begins at `from`, plus one more folder; 0 when there is none. */
static size_t with_next_folder(struct str path, size_t from)
{
    size_t end = from + str_find(str_from_offset(path, from), '/');
    if (end < path.length && path.at[from] == '@') {
        end += 1 + str_find(str_from_offset(path, end + 1), '/'); /* a scope is no package */
    }
    return end < path.length && end > from ? end : 0;
}

/* The folder that stands for a component; see docs/import.md. Empty for a file at the top. */
static struct str component_of(struct str path)
{
    static const struct str groups[] = {{"packages", 8}, {"apps", 4}, {"libs", 4}, {"services", 8}};
    size_t at = 0;
    while (str_starts_with(str_from_offset(path, at), STR("../"))) {
        at += 3;
    }
    size_t first = at;
    size_t first_end = with_next_folder(path, first);
    for (size_t end; (end = at + str_find(str_from_offset(path, at), '/')) < path.length; at = end + 1) {
        struct str folder = {path.at + at, end - at};
        for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
            size_t length = str_equal(folder, groups[i]) ? with_next_folder(path, end + 1) : 0;
            if (length > 0) {
                return (struct str){path.at, length};
            }
        }
    }
    if (str_is((struct str){path.at + first, first_end > first ? first_end - first : 0}, "src")) {
        size_t length = with_next_folder(path, first_end + 1);
        first_end = length > 0 ? length : first_end;
    }
    return (struct str){path.at, first_end};
}

/* --- modules ------------------------------------------------------------------------------------------------------ */

static enum status emit_analysis(struct cruiser *cruiser, const char *type, bool with_totals, struct error *error)
{
    struct json_writer *writer = import_event_begin(cruiser->job, &(struct import_event){
        .type = type, .id_field = "node_id", .node = manifest(cruiser), .timestamp = cruiser->at});
    json_field_str(writer, "manifest_name", manifest(cruiser));
    if (with_totals) {
        json_field_i64(writer, "total_modules", (int64_t)cruiser->modules);
        json_field_i64(writer, "total_dependencies", (int64_t)cruiser->dependencies);
        json_field_i64(writer, "total_violations", (int64_t)cruiser->violation_count);
        json_field_i64(writer, "blocking_violations", (int64_t)cruiser->blocking);
    }
    if (cruiser->job->options->commit.length > 0) {
        json_write_key(writer, "metadata");
        json_write_object_begin(writer);
        json_field_str(writer, "commit", cruiser->job->options->commit);
        json_write_object_end(writer);
    }
    return import_event_end(cruiser->job, error);
}

/* The next dependency that leads to one of our modules, each target once. */
static enum status next_target(struct cruiser *cruiser, struct json_iterator *iterator, struct str *target, struct error *error)
{
    while (json_next(iterator)) {
        *target = json_member_string(iterator->value, "resolved");
        if (!import_is_id(*target, LIMIT_PATH_BYTES) || origin_of(iterator->value, *target) != ORIGIN_OURS) {
            continue;
        }
        struct name_slot *slot;
        enum status status = name_counter_add(&cruiser->seen, str_hash(*target), &slot, error);
        if (status != STATUS_OK) {
            return status;
        }
        if (slot->count == 1) {
            cruiser->dependencies++;
            return STATUS_OK;
        }
    }
    return STATUS_ABSENT;
}

/* What no longer fits the module's list: an event each. */
static enum status emit_dependency(struct cruiser *cruiser, struct str source, struct str target, uint32_t ordinal,
                                   struct error *error)
{
    struct json_writer *writer = import_event_begin(cruiser->job, &(struct import_event){
        .type = "DEPENDENCY_DETECTED", .id_field = "source_module", .node = source, .timestamp = cruiser->at, .ordinal = ordinal});
    json_field_str(writer, "target_module", target);
    json_field_str(writer, "manifest_name", manifest(cruiser));
    return import_event_end(cruiser->job, error);
}

static enum status emit_module(struct cruiser *cruiser, struct str path, struct json dependencies, struct error *error)
{
    struct json_writer *writer = import_event_begin(cruiser->job, &(struct import_event){
        .type = "MODULE_ANALYZED", .id_field = "module_path", .node = path, .timestamp = cruiser->at});
    json_field_str(writer, "manifest_name", manifest(cruiser));
    struct str component = component_of(path);
    if (component.length > 0 && component.length <= LIMIT_ID_BYTES) {
        json_field_str(writer, "component", component);
    }
    json_write_key(writer, "depends_on");
    json_write_array_begin(writer);
    struct json_iterator iterator = json_begin(dependencies);
    struct str target;
    enum status status = STATUS_OK;
    uint32_t listed = 0;
    while (listed < LIMIT_LIST_ITEMS && cruiser->job->event.length < IMPORT_LIST_BYTES && status == STATUS_OK) {
        status = next_target(cruiser, &iterator, &target, error);
        if (status == STATUS_OK) {
            json_write_str(writer, target);
            listed++;
        }
    }
    json_write_array_end(writer);
    if (status != STATUS_OK && status != STATUS_ABSENT) {
        return status;
    }
    status = import_event_end(cruiser->job, error);
    for (uint32_t ordinal = 0; status == STATUS_OK; ordinal++) {
        status = next_target(cruiser, &iterator, &target, error);
        if (status == STATUS_OK) {
            status = emit_dependency(cruiser, path, target, ordinal, error);
        }
    }
    return status == STATUS_ABSENT ? STATUS_OK : status;
}

static enum status on_module(struct cruiser *cruiser, struct json module, struct error *error)
{
    cruiser->job->summary->items_read++;
    struct str path = json_member_string(module, "source");
    struct json dependencies = module;
    bool has = json_member(module, "dependencies", &dependencies);
    if (!import_is_id(path, LIMIT_PATH_BYTES) || !has || json_type(dependencies) != JSON_ARRAY) {
        cruiser->odd++;
        return STATUS_OK;
    }
    uint64_t *const counts[] = {&cruiser->modules, &cruiser->core, &cruiser->external, &cruiser->unresolved};
    enum origin origin = origin_of(module, path);
    ++*counts[origin];
    if (origin != ORIGIN_OURS) {
        return STATUS_OK;
    }
    name_counter_clear(&cruiser->seen);
    return emit_module(cruiser, path, dependencies, error);
}

/* --- violations --------------------------------------------------------------------------------------------------- */

static bool copy(struct cruiser *cruiser, struct str text, size_t length_max, struct str *kept)
{
    *kept = STR_NONE;
    struct str fit = import_fit_id(text, length_max, &cruiser->room);
    return !buffer_failed(&cruiser->room) && (fit.at == NULL || arena_copy(&cruiser->arena, fit, kept));
}

static bool copy_text(struct cruiser *cruiser, struct str text, struct str *kept)
{
    *kept = STR_NONE;
    struct str fit = import_fit_text(text, IMPORT_MESSAGE_BYTES, &cruiser->room);
    return !buffer_failed(&cruiser->room) && (fit.at == NULL || arena_copy(&cruiser->arena, fit, kept));
}

/* Names of the modules of a cycle: objects with a name, in older versions the names. */
static bool copy_cycle(struct cruiser *cruiser, struct json list, struct violation *violation)
{
    size_t count = 0;
    for (struct json_iterator i = json_begin(list); json_next(&i);) {
        count++;
    }
    violation->cycle = arena_new(&cruiser->arena, (count + 1) * sizeof *violation->cycle);
    if (violation->cycle == NULL) {
        return false;
    }
    for (struct json_iterator i = json_begin(list); json_next(&i) && violation->cycle_count < LIMIT_LIST_ITEMS;) {
        struct str name = json_type(i.value) == JSON_STRING ? json_string(i.value) : json_member_string(i.value, "name");
        if (name.length > 0 && !copy(cruiser, name, LIMIT_PATH_BYTES, &violation->cycle[violation->cycle_count++])) {
            return false;
        }
    }
    return true;
}

static enum status on_violation(struct cruiser *cruiser, struct json item, struct error *error)
{
    cruiser->job->summary->items_read++;
    struct json rule = item, cycle;
    struct violation *violation = arena_new_zeroed(&cruiser->arena, 1, sizeof *violation);
    if (violation == NULL) {
        return no_room(cruiser, error);
    }
    struct str from = json_member_string(item, "from"), to = json_member_string(item, "to");
    if (!json_member(item, "rule", &rule) || json_member_string(rule, "name").length == 0 || from.length == 0) {
        cruiser->odd++;
        return STATUS_OK;
    }
    if (str_is(json_member_string(rule, "severity"), "ignore")) {
        cruiser->known++;
        return STATUS_OK;
    }
    bool kept = copy(cruiser, json_member_string(rule, "name"), LIMIT_ID_BYTES, &violation->rule) &&
                copy(cruiser, json_member_string(rule, "severity"), LIMIT_ID_BYTES, &violation->severity) &&
                copy(cruiser, json_member_string(item, "type"), LIMIT_ID_BYTES, &violation->type) &&
                copy_text(cruiser, json_member_string(item, "comment"), &violation->comment) &&
                copy(cruiser, from, LIMIT_PATH_BYTES, &violation->from) && copy(cruiser, to, LIMIT_PATH_BYTES, &violation->to);
    bool has_cycle = json_member(item, "cycle", &cycle) && json_type(cycle) == JSON_ARRAY;
    if (kept && has_cycle) {
        kept = copy_cycle(cruiser, cycle, violation);
    }
    if (!kept) {
        return no_room(cruiser, error);
    }
    violation->kind = str_is(violation->type, "cycle") || violation->cycle_count > 0 ? KIND_CYCLE
                      : str_is(violation->type, "module")                            ? KIND_MODULE
                                                                                     : KIND_DEPENDENCY;
    *cruiser->violations_end = violation;
    cruiser->violations_end = &violation->next;
    return STATUS_OK;
}

static enum status on_rule_set(struct cruiser *cruiser, struct json rule_set, struct error *error)
{
    static const char *const lists[] = {"forbidden", "required", "allowed"};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        struct json list;
        if (!json_member(rule_set, lists[i], &list)) {
            continue;
        }
        for (struct json_iterator r = json_begin(list); json_next(&r);) {
            struct rule *rule = arena_new_zeroed(&cruiser->arena, 1, sizeof *rule);
            if (rule == NULL || !copy(cruiser, json_member_string(r.value, "name"), LIMIT_ID_BYTES, &rule->name) ||
                !copy_text(cruiser, json_member_string(r.value, "comment"), &rule->comment)) {
                return no_room(cruiser, error);
            }
            rule->next = cruiser->rules;
            cruiser->rules = rule;
        }
    }
    return STATUS_OK;
}

static struct str comment_of(const struct cruiser *cruiser, const struct violation *violation)
{
    if (violation->comment.length > 0) {
        return violation->comment;
    }
    for (const struct rule *rule = cruiser->rules; rule != NULL; rule = rule->next) {
        if (str_equal(rule->name, violation->rule)) {
            return rule->comment;
        }
    }
    return STR_NONE;
}

static bool speaks_of_layers(struct str text)
{
    for (size_t i = 0; i + 5 <= text.length; i++) {
        if (str_equal_ignoring_case((struct str){text.at + i, 5}, STR("layer"))) {
            return true;
        }
    }
    return false;
}

/* NULL where none of our types is meant: a module that breaks a rule by itself (an orphan, say) depends on nothing that is
 * forbidden, and its name is not the matter. */
static const char *violation_type(const struct violation *violation, struct str comment)
{
    if (violation->kind == KIND_CYCLE) {
        return "CIRCULAR_DEPENDENCY";
    }
    if (speaks_of_layers(violation->rule) || speaks_of_layers(comment)) {
        return "LAYER_VIOLATION";
    }
    return violation->kind == KIND_MODULE ? NULL : "FORBIDDEN_DEPENDENCY";
}

static const char *severity(const struct violation *violation)
{
    return str_is(violation->severity, "error") ? "BLOCKING" : str_is(violation->severity, "info") ? "INFO" : "WARNING";
}

/* "RULE:FROM->TO": the same in each report until it is mended. */
static struct str violation_id(struct cruiser *cruiser, const struct violation *violation)
{
    buffer_clear(&cruiser->room);
    buffer_append_str(&cruiser->room, violation->rule);
    buffer_append_char(&cruiser->room, ':');
    buffer_append_str(&cruiser->room, violation->from);
    if (violation->kind != KIND_MODULE) {
        buffer_append_text(&cruiser->room, "->");
        buffer_append_str(&cruiser->room, violation->to);
    }
    return buffer_str(&cruiser->room);
}

static void write_violation(struct cruiser *cruiser, struct json_writer *writer, const struct violation *violation)
{
    struct str comment = comment_of(cruiser, violation);
    const char *type = violation_type(violation, comment);
    json_field_str(writer, "manifest_name", manifest(cruiser));
    if (type != NULL) {
        json_field_text(writer, "violation_type", type);
    }
    json_field_text(writer, "violation_severity", severity(violation));
    json_field_str(writer, "rule_id", violation->rule);
    json_field_str(writer, "source_module", violation->from);
    if (violation->kind != KIND_MODULE) {
        import_field_if(writer, "target_module", violation->to);
    }
    if (comment.length > 0) {
        import_field_message(writer, "violation_message", comment);
    } else {
        buffer_clear(&cruiser->room);
        buffer_append_format(&cruiser->room, "%.*s breaks the rule %.*s", STR_ARGS(violation->from), STR_ARGS(violation->rule));
        import_field_message(writer, "violation_message", buffer_str(&cruiser->room));
    }
    json_write_key(writer, "metadata");
    json_write_object_begin(writer);
    import_field_if(writer, "kind", violation->type);
    json_write_object_end(writer);
}

static enum status emit_violation(struct cruiser *cruiser, const struct violation *violation, struct error *error)
{
    buffer_clear(&cruiser->room);
    struct str id = violation_id(cruiser, violation);
    struct buffer fit;
    buffer_init(&fit, LIMIT_PATH_BYTES + 64);
    struct str node = import_fit_id(id, LIMIT_PATH_BYTES, &fit);
    struct name_slot *slot;
    enum status status = buffer_failed(&cruiser->room) || buffer_failed(&fit)
                             ? error_no_memory(error, "import")
                             : name_counter_add(&cruiser->identities, str_hash(node), &slot, error);
    bool again = status == STATUS_OK && slot->count > 1; /* by another way round the same cycle, say */
    if (status == STATUS_OK && !again) {
        struct json_writer *writer = import_event_begin(cruiser->job, &(struct import_event){
            .type = "VIOLATION_DETECTED", .id_field = "node_id", .node = node, .timestamp = cruiser->at});
        write_violation(cruiser, writer, violation);
        cruiser->violation_count++;
        cruiser->blocking += str_is(violation->severity, "error");
        status = buffer_failed(&cruiser->room) ? error_no_memory(error, "import") : import_event_end(cruiser->job, error);
    }
    buffer_release(&fit);
    return status;
}

static int compare_names(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* One event for each set of modules, whichever of them the report starts with. Its node is the decoder's to find: by its
 * members. */
static enum status emit_cycle(struct cruiser *cruiser, const struct violation *violation, struct error *error)
{
    size_t count = violation->cycle_count;
    struct str *sorted = arena_new(&cruiser->arena, (count + 1) * sizeof *sorted);
    if (sorted == NULL) {
        return no_room(cruiser, error);
    }
    memcpy(sorted, violation->cycle, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_names);
    buffer_clear(&cruiser->room);
    buffer_append_text(&cruiser->room, "cycle");
    for (size_t i = 0; i < count; i++) {
        buffer_append_char(&cruiser->room, '\n');
        buffer_append_str(&cruiser->room, sorted[i]);
    }
    if (buffer_failed(&cruiser->room)) {
        return error_no_memory(error, "import");
    }
    struct name_slot *slot;
    enum status status = name_counter_add(&cruiser->identities, str_hash(buffer_str(&cruiser->room)), &slot, error);
    if (status != STATUS_OK || slot->count > 1) {
        return status;
    }
    struct json_writer *writer = import_event_begin(cruiser->job, &(struct import_event){
        .type = "CYCLE_DETECTED", .node = buffer_str(&cruiser->room), .timestamp = cruiser->at});
    json_field_str(writer, "manifest_name", manifest(cruiser));
    json_field_str(writer, "rule_id", violation->rule);
    json_write_key(writer, "cycle_modules");
    json_write_array_begin(writer);
    for (size_t i = 0; i < count; i++) {
        json_write_str(writer, violation->cycle[i]);
    }
    json_write_array_end(writer);
    cruiser->cycles++;
    return import_event_end(cruiser->job, error);
}

static enum status emit_violations(struct cruiser *cruiser, struct error *error)
{
    for (const struct violation *violation = cruiser->violations; violation != NULL; violation = violation->next) {
        enum status status = emit_violation(cruiser, violation, error);
        if (status == STATUS_OK && violation->kind == KIND_CYCLE && violation->cycle_count > 0) {
            status = emit_cycle(cruiser, violation, error);
        }
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* --- the report --------------------------------------------------------------------------------------------------- */

enum { PATH_MODULE, PATH_VIOLATION, PATH_RULE_SET, PATH_COUNT };
static const char *const paths[] = {"modules[]", "summary.violations[]", "summary.ruleSetUsed", NULL};
static_assert(sizeof paths / sizeof paths[0] == PATH_COUNT + 1, "each path has its number");

static enum status on_piece(struct cruiser *cruiser, const struct json_piece *piece, struct error *error)
{
    struct json root;
    struct error inner;
    enum status status = json_parse(cruiser->parser, piece->text, &root, &inner);
    if (status != STATUS_OK) {
        char place[ERROR_PLACE_SIZE];
        return status == STATUS_FATAL ? error_no_memory(error, "import")
                                      : error_set(error, STATUS_INVALID,
                                                  import_place_byte(&cruiser->job->reader, piece->offset, place),
                                                  "an item of %s: %s", paths[piece->path], inner.text);
    }
    switch (piece->path) {
    case PATH_MODULE:
        if (!cruiser->started) {
            cruiser->started = true;
            status = emit_analysis(cruiser, "ANALYSIS_STARTED", false, error);
        }
        return status != STATUS_OK ? status : on_module(cruiser, root, error);
    case PATH_VIOLATION:
        return on_violation(cruiser, root, error);
    default:
        return on_rule_set(cruiser, root, error);
    }
}

static enum status read_report(struct cruiser *cruiser, struct error *error)
{
    char place[ERROR_PLACE_SIZE];
    struct json_piece piece;
    enum status status;
    while ((status = json_split_next(&cruiser->split, &piece, error)) == STATUS_OK) {
        status = on_piece(cruiser, &piece, error);
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (status != STATUS_ABSENT) {
        return status;
    }
    const uint32_t needed = 1U << PATH_MODULE | 1U << PATH_RULE_SET;
    if ((cruiser->split.entered & needed) != needed) {
        return error_set(error, STATUS_INVALID, import_place_byte(&cruiser->job->reader, 0, place),
                         "there is no list of modules, or no summary, in it; a report of dependency-cruiser was expected (%s)",
                         import_format_hint(cruiser->job->format));
    }
    status = cruiser->started ? STATUS_OK : emit_analysis(cruiser, "ANALYSIS_STARTED", false, error);
    if (status == STATUS_OK) {
        status = emit_violations(cruiser, error);
    }
    return status != STATUS_OK ? status : emit_analysis(cruiser, "ANALYSIS_COMPLETED", true, error);
}

static void write_notes(const struct cruiser *cruiser)
{
    struct import_job *job = cruiser->job;
    import_note(job, IMPORT_COUNT_FORMAT ", %llu dependencies, " IMPORT_COUNT_FORMAT " (%llu blocking), "
                IMPORT_COUNT_FORMAT, IMPORT_COUNT(cruiser->modules, "module"), (unsigned long long)cruiser->dependencies,
                IMPORT_COUNT(cruiser->violation_count, "violation"), (unsigned long long)cruiser->blocking,
                IMPORT_COUNT(cruiser->cycles, "cycle"));
    const struct {
        uint64_t count;
        const char *noun, *rest;
    } left_out[] = {
        {cruiser->core, "core module", " left out"},
        {cruiser->external, "module", " of packages left out"},
        {cruiser->unresolved, "module", " that could not be resolved left out"},
        {cruiser->known, "violation", " left out because the rules ignore known ones"},
        {cruiser->odd, "item", " without a source or rule left out"},
    };
    for (size_t i = 0; i < sizeof left_out / sizeof left_out[0]; i++) {
        job->summary->items_skipped += left_out[i].count;
        if (left_out[i].count > 0) {
            import_note(job, IMPORT_COUNT_FORMAT "%s", IMPORT_COUNT(left_out[i].count, left_out[i].noun), left_out[i].rest);
        }
    }
}

enum status import_dependency_cruiser(struct import_job *job, struct error *error)
{
    struct cruiser cruiser = {.job = job, .at = import_file_time(job)};
    cruiser.violations_end = &cruiser.violations;
    arena_init(&cruiser.arena, IMPORT_STATE_BYTES);
    buffer_init(&cruiser.room, IMPORT_STATE_BYTES);
    json_split_init(&cruiser.split, &job->reader, paths);
    cruiser.parser = json_parser_new();
    enum status status = cruiser.parser == NULL ? error_no_memory(error, "import") : read_report(&cruiser, error);
    write_notes(&cruiser);
    json_parser_free(cruiser.parser);
    json_split_release(&cruiser.split);
    arena_release(&cruiser.arena);
    buffer_release(&cruiser.room);
    name_counter_release(&cruiser.identities);
    name_counter_release(&cruiser.seen);
    return status;
}
