/* A document and variables, run on the synthetic schema: any bytes give an answer that is JSON, the same each time, within
 * the limits. The first line is the variables (or nothing), the rest the document. */
#include <stdlib.h>

#include "../e2e/query_synthetic.h"
#include "base/json_read.h"
#include "base/limits.h"

struct bench {
    struct query_schema *schema;
    struct query_cache *cache;
    struct json_parser *parser;
    struct buffer refusal, variables, first, second;
};

static void need(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void begin(struct bench *bench)
{
    struct query_limits limits = query_limits_default();
    limits.objects_max = 2000;
    limits.answer_bytes_max = 256 * KIB;
    limits.time_ms_max = 2000;
    limits.errors_max = 5;
    need(synthetic_schema_new(&bench->schema, NULL) == STATUS_OK);
    const struct query_cache_options options = {bench->schema, limits, 2, MIB};
    need(query_cache_new(&bench->cache, &options, NULL) == STATUS_OK);
    bench->parser = json_parser_new();
    need(bench->parser != NULL);
    buffer_init(&bench->refusal, 16 * MIB);
    buffer_init(&bench->variables, 16 * MIB);
    buffer_init(&bench->first, 16 * MIB);
    buffer_init(&bench->second, 16 * MIB);
}

static void run_plan(struct bench *bench, struct query_plan *plan, struct str variables, struct buffer *answer)
{
    struct query_run *run = NULL;
    const struct query_value root = {.kind = QUERY_OBJECT, .object = {.number = 1, .type = "Dog"}};
    buffer_clear(&bench->variables);
    buffer_append_str(&bench->variables, variables);
    need(buffer_reserve(&bench->variables, JSON_READ_PADDING) != NULL);
    const struct query_run_options options = {
        .plan = plan, .variables_json = buffer_str(&bench->variables), .clock = &clock_system, .root = &root};
    need(query_run_new(&run, &options, NULL) == STATUS_OK);
    while (query_run_step(run) == QUERY_AGAIN) {
    }
    buffer_append_str(answer, query_run_answer(run, NULL));
    query_run_free(run);
}

static void ask(struct bench *bench, struct str variables, struct str text, struct buffer *answer)
{
    const struct query_request request = {.text = text, .introspection = true, .hints = true};
    struct query_plan *plan = NULL;
    struct json root;
    buffer_clear(answer);
    enum status status = query_prepare(bench->cache, &request, &plan, &bench->refusal, NULL);
    if (status == STATUS_OK) {
        run_plan(bench, plan, variables, answer);
        query_plan_release(plan);
    } else {
        need(status == STATUS_INVALID);
        buffer_append_str(answer, buffer_str(&bench->refusal));
    }
    need(buffer_reserve(answer, JSON_READ_PADDING) != NULL && answer->length <= 2 * MIB);
    struct error error = {0};
    status = json_parse(bench->parser, buffer_str(answer), &root, &error);
    need(status == STATUS_OK || strstr(error.text, "deep") != NULL); /* an answer may be deeper than what we read */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct bench bench;
    if (bench.schema == NULL) {
        begin(&bench);
    }
    struct str text = {(const char *)data, size}, variables = STR_NONE;
    (void)str_split_next(&text, '\n', &variables);
    if (text.at == NULL) {
        text = STR("");
    }
    ask(&bench, variables, text, &bench.first);
    ask(&bench, variables, text, &bench.second);
    need(str_equal(buffer_str(&bench.first), buffer_str(&bench.second)));
    return 0;
}
