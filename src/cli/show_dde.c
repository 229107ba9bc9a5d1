/* The DDE lens: tasks as a tree by dependency (each task once, below the first task it waits for), retries, contracts,
 * gates, the critical path. */
#include <stdio.h>

#include "base/memory.h"
#include "cli/show.h"
#include "cli/table.h"

#define TREE_DEPTH_MAX 64
#define PREFIX_SIZE (TREE_DEPTH_MAX * 8)

struct tree_task {
    struct str id, name, status, error;
    double duration, effort;
    int64_t retries;
    bool critical;
    uint32_t parent; /* index, or NONE */
    uint32_t first_child, next_sibling;
};
#define NONE UINT32_MAX

struct tree {
    struct tree_task *tasks;
    uint32_t count;
    struct table table;
};

static uint32_t find_task(const struct tree *tree, struct str id)
{
    uint32_t low = 0, high = tree->count; /* the answer lists tasks by id */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = str_compare(tree->tasks[middle].id, id);
        if (order == 0) {
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NONE;
}

static bool is_above(const struct tree *tree, uint32_t above, uint32_t task)
{
    for (uint32_t at = task, steps = 0; at != NONE && steps < tree->count; at = tree->tasks[at].parent, steps++) {
        if (at == above) {
            return true;
        }
    }
    return false;
}

static void read_tasks(struct tree *tree, struct json root)
{
    uint32_t n = 0;
    for (struct json_iterator i = each(get(root, "tasks")); json_next(&i) && n < tree->count; n++) {
        struct json task = i.value;
        tree->tasks[n] = (struct tree_task){
            .id = get_text(task, "id"), .status = get_text(task, "status"), .error = get_text(task, "error_message"),
            .duration = get_number(task, "duration_ms", -1), .effort = get_number(task, "estimated_effort", -1),
            .retries = get_i64(task, "retry_count"), .critical = get_bool(task, "on_critical_path"), .parent = NONE,
            .first_child = NONE, .next_sibling = NONE};
    }
    for (struct json_iterator i = each(get(root, "nodes")); json_next(&i);) {
        uint32_t task = str_is(get_text(i.value, "kind"), "Task") ? find_task(tree, get_text(i.value, "id")) : NONE;
        if (task != NONE) {
            tree->tasks[task].name = get_text(i.value, "name");
        }
    }
}

static void link_tasks(struct tree *tree, struct json root)
{
    for (struct json_iterator i = each(get(root, "edges")); json_next(&i);) {
        if (!str_is(get_text(i.value, "kind"), "DEPENDS_ON") || get_number(i.value, "confidence", 0) <= 0) {
            continue;
        }
        uint32_t child = find_task(tree, get_text(i.value, "source")), parent = find_task(tree, get_text(i.value, "target"));
        if (child != NONE && parent != NONE && tree->tasks[child].parent == NONE && !is_above(tree, child, parent)) {
            tree->tasks[child].parent = parent;
        }
    }
    for (uint32_t t = tree->count; t-- > 0;) {
        uint32_t parent = tree->tasks[t].parent;
        if (parent != NONE) {
            tree->tasks[t].next_sibling = tree->tasks[parent].first_child;
            tree->tasks[parent].first_child = t;
        }
    }
}

static void put_task(struct tree *tree, uint32_t index, const char *prefix)
{
    const struct tree_task *task = &tree->tasks[index];
    struct mark mark = mark_of(task->status);
    char duration[MOMENT_SIZE] = "";
    table_format(&tree->table, STYLE_PLAIN, "%s%s %.*s", prefix, mark.symbol, STR_ARGS(task->id));
    table_put(&tree->table, mark.style, task->status);
    if (task->duration >= 0) {
        duration_text(task->duration, duration);
    }
    table_put(&tree->table, STYLE_PLAIN, str_from(duration));
    if (task->retries > 0) {
        table_format(&tree->table, STYLE_WARN, "↻ %lld", (long long)task->retries);
    } else {
        table_put(&tree->table, STYLE_PLAIN, STR(""));
    }
    table_put(&tree->table, STYLE_NAME, str_from(task->critical ? "◆" : ""));
    bool told = task->error.length > 0;
    table_put(&tree->table, told ? STYLE_BAD : STYLE_DIM, told ? task->error : task->name);
}

static void put_branch(struct tree *tree, uint32_t index, char *prefix, size_t length, unsigned depth, bool last)
{
    if (depth > 0) {
        (void)snprintf(prefix + length, PREFIX_SIZE - length, "%s", last ? "└─" : "├─");
    }
    put_task(tree, index, prefix);
    prefix[length] = '\0';
    if (depth + 1 >= TREE_DEPTH_MAX) {
        return;
    }
    size_t next = length;
    if (depth > 0) {
        next += (size_t)snprintf(prefix + length, PREFIX_SIZE - length, "%s", last ? "  " : "│ ");
    }
    for (uint32_t child = tree->tasks[index].first_child; child != NONE; child = tree->tasks[child].next_sibling) {
        put_branch(tree, child, prefix, next, depth + 1, tree->tasks[child].next_sibling == NONE);
    }
    prefix[length] = '\0';
}

static void put_tree(struct cli *cli, struct json root)
{
    static const struct table_column columns[] = {{"TASK", 0}, {"STATUS", TABLE_KEEP}, {"TOOK", TABLE_RIGHT | TABLE_KEEP},
        {"RETRIES", TABLE_RIGHT | TABLE_KEEP}, {"", TABLE_KEEP}, {"NAME OR ERROR", 0}};
    char prefix[PREFIX_SIZE] = "";
    struct tree tree = {.count = (uint32_t)get_count(get(root, "tasks"))};
    if (tree.count == 0) {
        return;
    }
    tree.tasks = memory_new_zeroed(tree.count, sizeof *tree.tasks);
    if (tree.tasks == NULL) {
        cli->out.failed = true;
        return;
    }
    read_tasks(&tree, root);
    link_tasks(&tree, root);
    table_init(&tree.table, &cli->term, columns, 6);
    for (uint32_t t = 0; t < tree.count; t++) {
        if (tree.tasks[t].parent == NONE) {
            put_branch(&tree, t, prefix, 0, 0, true);
        }
    }
    table_write(&tree.table, &cli->out);
    table_release(&tree.table);
    memory_free(tree.tasks);
}

static void put_contracts(struct cli *cli, struct json contracts)
{
    static const struct table_column columns[] = {{"CONTRACT", 0}, {"LOCKED", TABLE_KEEP}, {"AT (UTC)", TABLE_KEEP},
        {"LATENCY", TABLE_RIGHT | TABLE_KEEP}, {"BY TASK", 0}};
    struct table table;
    if (get_count(contracts) == 0) {
        return;
    }
    table_init(&table, &cli->term, columns, 5);
    for (struct json_iterator i = each(contracts); json_next(&i);) {
        bool locked = get_bool(i.value, "locked");
        char moment[MOMENT_SIZE], latency[MOMENT_SIZE];
        moment_text(get(i.value, "locked_at"), moment);
        metric_text(STR("lock_latency_ms"), get(i.value, "lock_latency_ms"), latency);
        table_put(&table, STYLE_NAME, get_text(i.value, "id"));
        table_format(&table, mark_if(locked).style, "%s %s", mark_if(locked).symbol, locked ? "yes" : "no");
        table_put(&table, STYLE_PLAIN, str_from(moment));
        table_put(&table, STYLE_PLAIN, str_from(latency));
        table_put(&table, STYLE_PLAIN, get_text(i.value, "task"));
    }
    term_heading(&cli->term, &cli->out, "Contracts");
    table_write(&table, &cli->out);
    table_release(&table);
}

static void put_gates(struct cli *cli, struct json gates)
{
    static const struct table_column columns[] = {{"GATE", 0}, {"RESULT", TABLE_KEEP}, {"TASK", 0}};
    struct table table;
    if (get_count(gates) == 0) {
        return;
    }
    table_init(&table, &cli->term, columns, 3);
    for (struct json_iterator i = each(gates); json_next(&i);) {
        bool checked = get_bool(i.value, "checked"), passed = get_bool(i.value, "passed");
        struct mark mark = checked ? mark_if(passed) : mark_of(STR("PENDING"));
        table_put(&table, STYLE_NAME, get_text(i.value, "id"));
        table_format(&table, mark.style, "%s %s", mark.symbol, !checked ? "not checked" : passed ? "passed" : "failed");
        table_put(&table, STYLE_PLAIN, get_text(i.value, "task"));
    }
    term_heading(&cli->term, &cli->out, "Quality gates");
    table_write(&table, &cli->out);
    table_release(&table);
}

static void put_critical_path(struct cli *cli, struct json path)
{
    struct buffer line;
    char length[MOMENT_SIZE];
    bool first = true, in_ms = str_ends_with(get_text(path, "basis"), STR("_ms"));
    if (get_count(get(path, "tasks")) == 0) {
        return;
    }
    buffer_init(&line, MIB);
    for (struct json_iterator i = each(get(path, "tasks")); json_next(&i); first = false) {
        buffer_append_text(&line, first ? "" : " → ");
        buffer_append_str(&line, get_text(i.value, "id"));
    }
    if (in_ms) {
        duration_text(get_number(path, "length", 0), length);
    } else {
        (void)snprintf(length, sizeof length, "%.6g", get_number(path, "length", 0));
    }
    term_heading(&cli->term, &cli->out, "Critical path ◆");
    buffer_append_format(&cli->out, "  %s by %.*s: ", length, STR_ARGS(get_text(path, "basis")));
    term_paragraph(&cli->term, &cli->out, 2, buffer_str(&line));
    buffer_release(&line);
}

void show_dde(struct cli *cli, struct json root)
{
    static const char *const kpis[] = {"task_success_rate", "retry_rate", "contract_lock_latency_p95_ms", "tasks", "completed",
                                       "failed", "retried", "failed_gates", "artifacts", NULL};
    show_kpis(cli, get(root, "kpis"), kpis);
    buffer_append_char(&cli->out, '\n');
    put_tree(cli, root);
    put_critical_path(cli, get(root, "critical_path"));
    put_contracts(cli, get(root, "contracts"));
    put_gates(cli, get(root, "gates"));
}
