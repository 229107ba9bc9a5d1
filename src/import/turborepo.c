/* Turborepo's run summary turned into DDE events: one workflow with its tasks.
 *
 *   execution   when the run began and ended, and how: WORKFLOW_STARTED, WORKFLOW_COMPLETED or WORKFLOW_FAILED
 *   tasks[]     TASK_STARTED and TASK_COMPLETED or TASK_FAILED for what ran or came from the cache; TASK_SKIPPED for what a
 *               failed run no longer got to
 *
 * A task whose command is "<NONEXISTENT>" is none: the package has no such script. Turborepo keeps it to hang dependencies on,
 * so what depends on it depends on what it depends on. For that all tasks must be known, and they wait in an arena: a few hundred
 * bytes each, without the inputs and outputs that make up the file. */
#include "import/import_job.h"

#include <stdio.h>

#include "import/json_split.h"
#include "import/name_counter.h"

enum cache { CACHE_UNKNOWN, CACHE_HIT, CACHE_MISS };

struct task {
    struct task *next;
    struct str id, name, package, hash, error;
    struct str *dependencies;
    size_t dependency_count;
    bool is_real;  /* has a command */
    bool executed;
    enum cache cache;
    int64_t started_at, ended_at, exit_code;
    uint32_t mark; /* the last task whose dependencies were followed through this one */
};

struct turbo {
    struct import_job *job;
    struct json_parser *parser;
    struct arena arena;
    struct json_split split;
    struct name_counter ids;  /* task id -> index */
    struct task **by_index;
    uint32_t count;
    struct task *tasks;
    struct task **tasks_end;
    struct buffer room, list;
    struct str id, commit, workflow, command;
    bool has_execution;
    int64_t started_at, ended_at, exit_code, failed;
    uint64_t completed, failed_tasks, skipped, cached, nonexistent, odd;
};

static enum status no_room(const struct turbo *turbo, struct error *error)
{
    if (turbo->arena.used_bytes + IMPORT_ITEM_BYTES < IMPORT_STATE_BYTES) {
        return error_no_memory(error, "import");
    }
    return error_set(error, STATUS_INVALID, "import", "the tasks of this run need more than %zu MiB",
                     (size_t)IMPORT_STATE_BYTES / MIB);
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

static int64_t member_i64(struct json object, const char *key, int64_t fallback)
{
    struct json value;
    if (!json_member(object, key, &value)) {
        return fallback;
    }
    if (json_type(value) == JSON_DOUBLE) {
        double number = json_double(value);
        return number >= -1e15 && number <= 1e15 ? (int64_t)number : fallback;
    }
    return json_type(value) == JSON_I64 ? json_i64(value) : fallback;
}

/* A time in ms; 0 when there is none or it cannot be one. */
static int64_t member_time(struct json object, const char *key)
{
    int64_t ms = member_i64(object, key, 0);
    return ms > LIMIT_TIMESTAMP_MIN && ms <= LIMIT_TIMESTAMP_MAX ? ms : 0;
}

static bool copy(struct turbo *turbo, struct str text, size_t length_max, struct str *kept)
{
    *kept = STR_NONE;
    struct str fit = import_fit_id(text, length_max, &turbo->room);
    return !buffer_failed(&turbo->room) && (fit.at == NULL || arena_copy(&turbo->arena, fit, kept));
}

static bool copy_text(struct turbo *turbo, struct str text, struct str *kept)
{
    *kept = STR_NONE;
    struct str fit = import_fit_text(text, IMPORT_MESSAGE_BYTES, &turbo->room);
    return !buffer_failed(&turbo->room) && (fit.at == NULL || arena_copy(&turbo->arena, fit, kept));
}

static bool copy_dependencies(struct turbo *turbo, struct json item, struct task *task)
{
    struct json list;
    if (!json_member(item, "dependencies", &list) || json_type(list) != JSON_ARRAY) {
        return true;
    }
    size_t count = 0;
    for (struct json_iterator i = json_begin(list); json_next(&i);) {
        count++;
    }
    task->dependencies = arena_new(&turbo->arena, (count + 1) * sizeof *task->dependencies);
    if (task->dependencies == NULL) {
        return false;
    }
    for (struct json_iterator i = json_begin(list); json_next(&i);) {
        struct str id = json_type(i.value) == JSON_STRING ? json_string(i.value) : STR_NONE;
        if (id.length > 0 && !copy(turbo, id, LIMIT_PATH_BYTES, &task->dependencies[task->dependency_count++])) {
            return false;
        }
    }
    return true;
}

static void read_execution(const struct turbo *turbo, struct json item, struct task *task)
{
    struct json cache, execution;
    if (json_member(item, "cache", &cache)) {
        struct str status = json_member_string(cache, "status");
        task->cache = str_is(status, "HIT") ? CACHE_HIT : str_is(status, "MISS") ? CACHE_MISS : CACHE_UNKNOWN;
    }
    task->executed = json_member(item, "execution", &execution) && json_type(execution) == JSON_OBJECT;
    int64_t started_at = task->executed ? member_time(execution, "startTime") : 0;
    int64_t ended_at = task->executed ? member_time(execution, "endTime") : 0;
    task->started_at = started_at > 0 ? started_at : turbo->started_at;
    task->ended_at = ended_at > task->started_at ? ended_at : task->started_at;
    bool has_error = task->executed && json_member_string(execution, "error").length > 0;
    task->exit_code = task->executed ? member_i64(execution, "exitCode", has_error ? 1 : 0) : 0;
}

static enum status keep_task(struct turbo *turbo, struct task *task, struct error *error)
{
    struct name_slot *slot;
    enum status status = name_counter_add(&turbo->ids, str_hash(task->id), &slot, error);
    if (status != STATUS_OK) {
        return status;
    }
    if (slot->count > 1) {
        turbo->odd++;
        return STATUS_OK;
    }
    slot->value = turbo->count++;
    *turbo->tasks_end = task;
    turbo->tasks_end = &task->next;
    return STATUS_OK;
}

static enum status on_task(struct turbo *turbo, struct json item, struct error *error)
{
    turbo->job->summary->items_read++;
    struct str id = json_member_string(item, "taskId");
    if (id.length == 0) {
        turbo->odd++;
        return STATUS_OK;
    }
    struct task *task = arena_new_zeroed(&turbo->arena, 1, sizeof *task);
    if (task == NULL) {
        return no_room(turbo, error);
    }
    struct json execution;
    struct str failure = json_member(item, "execution", &execution) ? json_member_string(execution, "error") : STR_NONE;
    if (!copy(turbo, id, LIMIT_PATH_BYTES, &task->id) ||
        !copy(turbo, json_member_string(item, "task"), LIMIT_ID_BYTES, &task->name) ||
        !copy(turbo, json_member_string(item, "package"), LIMIT_ID_BYTES, &task->package) ||
        !copy(turbo, json_member_string(item, "hash"), LIMIT_ID_BYTES, &task->hash) ||
        !copy_text(turbo, failure, &task->error) || !copy_dependencies(turbo, item, task)) {
        return no_room(turbo, error);
    }
    task->is_real = !str_is(json_member_string(item, "command"), "<NONEXISTENT>");
    turbo->nonexistent += !task->is_real;
    read_execution(turbo, item, task);
    return keep_task(turbo, task, error);
}

static enum status on_run(struct turbo *turbo, struct json execution, struct error *error)
{
    if (json_type(execution) != JSON_OBJECT) {
        return STATUS_OK; /* null in a dry run */
    }
    turbo->has_execution = true;
    turbo->started_at = member_time(execution, "startTime");
    turbo->ended_at = member_time(execution, "endTime");
    turbo->exit_code = member_i64(execution, "exitCode", 0);
    turbo->failed = member_i64(execution, "failed", 0);
    if (turbo->started_at <= 0) {
        turbo->started_at = import_file_time(turbo->job);
    }
    if (turbo->ended_at < turbo->started_at) {
        turbo->ended_at = turbo->started_at;
    }
    return copy(turbo, json_member_string(execution, "command"), LIMIT_PATH_BYTES, &turbo->command) ? STATUS_OK
                                                                                                     : no_room(turbo, error);
}

/* --- dependencies over tasks that are none ------------------------------------------------------------------------- */

static struct task *task_of(const struct turbo *turbo, struct str id)
{
    const struct name_slot *slot = name_counter_find(&turbo->ids, str_hash(id));
    return slot == NULL ? NULL : turbo->by_index[slot->value];
}

static enum status index_tasks(struct turbo *turbo, struct error *error)
{
    turbo->by_index = arena_new(&turbo->arena, ((size_t)turbo->count + 1) * sizeof(struct task *));
    if (turbo->by_index == NULL) {
        return no_room(turbo, error);
    }
    uint32_t i = 0;
    for (struct task *task = turbo->tasks; task != NULL; task = task->next) {
        turbo->by_index[i++] = task;
    }
    return STATUS_OK;
}

static void add_dependency(struct turbo *turbo, struct str id)
{
    if (turbo->list.length > 0) {
        buffer_append_char(&turbo->list, ',');
    }
    buffer_append_str(&turbo->list, id);
}

/* Writes the ids of the real tasks behind `task` to turbo->list, each once, in the order of the summary. A walk with a list of its
 * own, as a chain may be as long as the file says. */
static enum status list_dependencies(struct turbo *turbo, const struct task *task, uint32_t mark, struct task **waiting,
                                     struct error *error)
{
    size_t count = 0;
    const struct task *at = task;
    buffer_clear(&turbo->list);
    for (;;) {
        for (size_t i = 0; i < at->dependency_count; i++) {
            struct task *dependency = task_of(turbo, at->dependencies[i]);
            if (dependency == NULL) {
                add_dependency(turbo, at->dependencies[i]); /* outside this summary */
                continue;
            }
            if (dependency->mark == mark || dependency == task) {
                continue;
            }
            dependency->mark = mark;
            if (dependency->is_real) {
                add_dependency(turbo, dependency->id);
            } else {
                waiting[count++] = dependency; /* at most once each, so there is room */
            }
        }
        if (count == 0) {
            break;
        }
        at = waiting[--count];
    }
    return buffer_failed(&turbo->list) ? no_room(turbo, error) : STATUS_OK;
}

/* --- events ------------------------------------------------------------------------------------------------------- */

static void write_commit(const struct turbo *turbo, struct json_writer *writer)
{
    import_field_if(writer, "commit", turbo->commit);
}

static enum status emit_workflow(struct turbo *turbo, const char *type, int64_t at, struct error *error)
{
    struct json_writer *writer = import_event_begin(turbo->job, &(struct import_event){
        .type = type, .id_field = "workflow_id", .node = turbo->workflow, .timestamp = at});
    json_field_str(writer, "node_id", turbo->workflow);
    json_write_key(writer, "metadata");
    json_write_object_begin(writer);
    import_field_if(writer, "command", turbo->command);
    write_commit(turbo, writer);
    json_write_object_end(writer);
    return import_event_end(turbo->job, error);
}

static bool is_about_contract(struct str name)
{
    for (size_t i = 0; i + 8 <= name.length; i++) {
        if (str_equal_ignoring_case((struct str){name.at + i, 8}, STR("contract"))) {
            return true;
        }
    }
    return false;
}

/* What all events of a task say. */
static struct json_writer *begin_task(struct turbo *turbo, const struct task *task, const char *type, int64_t at)
{
    struct json_writer *writer = import_event_begin(turbo->job, &(struct import_event){
        .type = type, .id_field = "node_id", .node = task->id, .timestamp = at});
    json_field_str(writer, "workflow_id", turbo->workflow);
    /* A task that checks a contract may be called INTERFACE by those who know; do not gainsay them. */
    if (!is_about_contract(task->name.length > 0 ? task->name : task->id)) {
        json_field_text(writer, "node_type", "ACTION");
    }
    return writer;
}

static void write_facts(struct turbo *turbo, struct json_writer *writer, const struct task *task)
{
    json_field_str(writer, "name", task->id);
    import_field_if(writer, "depends_on", buffer_str(&turbo->list));
    import_field_if(writer, "package", task->package);
    import_field_if(writer, "task", task->name);
    import_field_if(writer, "hash", task->hash);
    write_commit(turbo, writer);
}

/* How the first event of a task looks: started, or skipped. */
static enum status emit_first(struct turbo *turbo, const struct task *task, const char *type, int64_t at, struct error *error)
{
    struct json_writer *writer = begin_task(turbo, task, type, at);
    json_write_key(writer, "metadata");
    json_write_object_begin(writer);
    write_facts(turbo, writer, task);
    json_write_object_end(writer);
    return import_event_end(turbo->job, error);
}

static enum status emit_end(struct turbo *turbo, const struct task *task, struct error *error)
{
    static const char *const caches[] = {NULL, "HIT", "MISS"};
    bool failed = task->exit_code != 0;
    char code[24], sentence[96];
    (void)snprintf(code, sizeof code, "%lld", (long long)task->exit_code);
    (void)snprintf(sentence, sizeof sentence, "the task ended with exit code %s", code);
    struct json_writer *writer = begin_task(turbo, task, failed ? "TASK_FAILED" : "TASK_COMPLETED", task->ended_at);
    struct str message = task->error.length > 0 ? task->error : str_from(sentence);
    if (failed) {
        import_field_message(writer, "error_message", message);
        json_write_key(writer, "error");
        json_write_object_begin(writer);
        json_field_text(writer, "code", code);
        import_field_message(writer, "message", message);
        json_write_object_end(writer);
    }
    json_write_key(writer, "metadata");
    json_write_object_begin(writer);
    import_field_if(writer, "cache", str_from(caches[task->cache]));
    json_field_text(writer, "exit_code", code);
    write_commit(turbo, writer);
    json_write_object_end(writer);
    return import_event_end(turbo->job, error);
}

static enum status emit_task(struct turbo *turbo, const struct task *task, struct error *error)
{
    if (!task->executed && task->cache != CACHE_HIT) {
        turbo->skipped++;
        return emit_first(turbo, task, "TASK_SKIPPED", turbo->ended_at, error);
    }
    enum status status = emit_first(turbo, task, "TASK_STARTED", task->started_at, error);
    turbo->completed += task->exit_code == 0;
    turbo->failed_tasks += task->exit_code != 0;
    turbo->cached += task->cache == CACHE_HIT;
    return status != STATUS_OK ? status : emit_end(turbo, task, error);
}

static enum status emit_all(struct turbo *turbo, struct error *error)
{
    if (!arena_format(&turbo->arena, &turbo->workflow, "turbo:%.*s", STR_ARGS(turbo->id))) {
        return no_room(turbo, error);
    }
    struct task **waiting = arena_new(&turbo->arena, ((size_t)turbo->count + 1) * sizeof *waiting);
    enum status status = waiting == NULL ? no_room(turbo, error) : index_tasks(turbo, error);
    if (status == STATUS_OK) {
        status = emit_workflow(turbo, "WORKFLOW_STARTED", turbo->started_at, error);
    }
    uint32_t mark = 0;
    for (const struct task *task = turbo->tasks; status == STATUS_OK && task != NULL; task = task->next) {
        if (task->is_real) {
            status = list_dependencies(turbo, task, ++mark, waiting, error);
            if (status == STATUS_OK) {
                status = emit_task(turbo, task, error);
            }
        }
    }
    if (status != STATUS_OK) {
        return status;
    }
    bool failed = turbo->exit_code != 0 || turbo->failed > 0 || turbo->failed_tasks > 0;
    return emit_workflow(turbo, failed ? "WORKFLOW_FAILED" : "WORKFLOW_COMPLETED", turbo->ended_at, error);
}

/* --- the summary -------------------------------------------------------------------------------------------------- */

enum { PATH_ID, PATH_EXECUTION, PATH_TASK, PATH_SCM, PATH_COUNT };
static const char *const paths[] = {"id", "execution", "tasks[]", "scm", NULL};
static_assert(sizeof paths / sizeof paths[0] == PATH_COUNT + 1, "each path has its number");

static enum status on_piece(struct turbo *turbo, const struct json_piece *piece, struct error *error)
{
    struct json root;
    struct error inner;
    enum status status = json_parse(turbo->parser, piece->text, &root, &inner);
    if (status != STATUS_OK) {
        char place[ERROR_PLACE_SIZE];
        return status == STATUS_FATAL ? error_no_memory(error, "import")
                                      : error_set(error, STATUS_INVALID,
                                                  import_place_byte(&turbo->job->reader, piece->offset, place), "%s: %s",
                                                  paths[piece->path], inner.text);
    }
    switch (piece->path) {
    case PATH_ID:
        return json_type(root) != JSON_STRING || copy(turbo, json_string(root), LIMIT_ID_BYTES, &turbo->id)
                   ? STATUS_OK
                   : no_room(turbo, error);
    case PATH_EXECUTION:
        return on_run(turbo, root, error);
    case PATH_TASK:
        return on_task(turbo, root, error);
    default:
        return turbo->commit.length > 0 || copy(turbo, json_member_string(root, "sha"), LIMIT_ID_BYTES, &turbo->commit)
                   ? STATUS_OK
                   : no_room(turbo, error);
    }
}

static enum status check(const struct turbo *turbo, struct error *error)
{
    char place[ERROR_PLACE_SIZE];
    (void)import_place_byte(&turbo->job->reader, 0, place);
    if ((turbo->split.entered & 1U << PATH_TASK) == 0) {
        return error_set(error, STATUS_INVALID, place,
                         "there is no list of tasks in it; a run summary of Turborepo was expected (%s)",
                         import_format_hint(turbo->job->format));
    }
    if (!turbo->has_execution) {
        return error_set(error, STATUS_INVALID, place,
                         "this is a plan (a dry run), nothing was executed; import what `turbo run … --summarize` writes");
    }
    return turbo->id.length > 0 ? STATUS_OK
                                : error_set(error, STATUS_INVALID, place, "the run summary has no id");
}

static void write_notes(const struct turbo *turbo)
{
    struct import_job *job = turbo->job;
    import_note(job, IMPORT_COUNT_FORMAT ": %llu completed (%llu of them from the cache), %llu failed, %llu skipped",
                IMPORT_COUNT(turbo->completed + turbo->failed_tasks + turbo->skipped, "task"),
                (unsigned long long)turbo->completed, (unsigned long long)turbo->cached,
                (unsigned long long)turbo->failed_tasks, (unsigned long long)turbo->skipped);
    if (turbo->nonexistent > 0) {
        import_note(job, IMPORT_COUNT_FORMAT " without a command left out", IMPORT_COUNT(turbo->nonexistent, "task"));
    }
    if (turbo->odd > 0) {
        import_note(job, IMPORT_COUNT_FORMAT " without an id of its own left out", IMPORT_COUNT(turbo->odd, "task"));
    }
    job->summary->items_skipped = turbo->nonexistent + turbo->odd;
}

enum status import_turborepo(struct import_job *job, struct error *error)
{
    struct turbo turbo = {.job = job, .commit = job->options->commit};
    turbo.tasks_end = &turbo.tasks;
    arena_init(&turbo.arena, IMPORT_STATE_BYTES);
    buffer_init(&turbo.room, IMPORT_ITEM_BYTES);
    buffer_init(&turbo.list, IMPORT_STATE_BYTES);
    json_split_init(&turbo.split, &job->reader, paths);
    turbo.parser = json_parser_new();
    enum status status = turbo.parser == NULL ? error_no_memory(error, "import") : STATUS_OK;
    while (status == STATUS_OK) {
        struct json_piece piece;
        status = json_split_next(&turbo.split, &piece, error);
        if (status == STATUS_OK) {
            status = on_piece(&turbo, &piece, error);
        }
    }
    if (status == STATUS_ABSENT) {
        status = check(&turbo, error);
        status = status == STATUS_OK ? emit_all(&turbo, error) : status;
    }
    write_notes(&turbo);
    json_parser_free(turbo.parser);
    json_split_release(&turbo.split);
    arena_release(&turbo.arena);
    buffer_release(&turbo.room);
    buffer_release(&turbo.list);
    name_counter_release(&turbo.ids);
    return status;
}
