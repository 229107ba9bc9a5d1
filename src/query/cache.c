#include "query/cache.h"

#include <assert.h>

#include "base/limits.h"
#include "base/memory.h"

#define FAULTS_MAX 50 /* listed of one request that does not hold */

_Static_assert(QUERY_HASH_SIZE == SHA256_SIZE, "plans are named by SHA-256");

/* What takes most of a stack is to follow a long chain of fragments. */
static size_t stack_bytes(uint32_t tokens_max)
{
    size_t bytes = LIMIT_QUERY_STACK_BYTES;
    for (size_t tokens = LIMIT_QUERY_TOKENS; tokens < tokens_max && bytes < LIMIT_QUERY_STACK_BYTES_MAX; tokens *= 2) {
        bytes *= 2;
    }
    return bytes;
}

enum status query_cache_new(struct query_cache **cache, const struct query_cache_options *options, struct error *error)
{
    *cache = NULL;
    struct query_cache *made = memory_new_zeroed(1, sizeof *made);
    if (made == NULL) {
        return error_no_memory(error, "query cache");
    }
    made->schema = options->schema;
    made->limits = options->limits;
    made->plans_max = options->plans_max;
    made->bytes_max = options->bytes_max;
    made->fibers = (struct fiber_pool){.stack_bytes = stack_bytes(made->limits.tokens_max), .spares_max = LIMIT_QUERY_SPARE_STACKS};
    arena_init(&made->scratch, LIMIT_QUERY_PLAN_BYTES);
    made->bucket_count = 16;
    while (made->bucket_count < options->plans_max && made->bucket_count < 65536) {
        made->bucket_count *= 2;
    }
    made->buckets = memory_new_zeroed(made->bucket_count, sizeof(struct query_plan *));
    made->sha256 = sha256_new();
    made->parser = json_parser_new();
    if (made->buckets == NULL || made->sha256 == NULL || made->parser == NULL) {
        query_cache_free(made);
        return error_no_memory(error, "query cache");
    }
    *cache = made;
    return STATUS_OK;
}

static struct query_plan **bucket_of(struct query_cache *cache, const uint8_t hash[QUERY_HASH_SIZE])
{
    size_t number = (size_t)hash[0] | (size_t)hash[1] << 8;
    return &cache->buckets[number & (cache->bucket_count - 1)];
}

static struct query_plan *find(struct query_cache *cache, const uint8_t hash[QUERY_HASH_SIZE])
{
    struct query_plan *plan = *bucket_of(cache, hash);
    while (plan != NULL && memcmp(plan->hash, hash, QUERY_HASH_SIZE) != 0) {
        plan = plan->bucket_next;
    }
    return plan;
}

/* ---- the order of use ---- */

static void unlink_use(struct query_cache *cache, struct query_plan *plan)
{
    *(plan->newer != NULL ? &plan->newer->older : &cache->newest) = plan->older;
    *(plan->older != NULL ? &plan->older->newer : &cache->oldest) = plan->newer;
    plan->newer = plan->older = NULL;
}

static void link_newest(struct query_cache *cache, struct query_plan *plan)
{
    plan->older = cache->newest;
    *(cache->newest != NULL ? &cache->newest->newer : &cache->oldest) = plan;
    cache->newest = plan;
}

/* Plans grow while they run: what they take is counted again whenever they are met. */
static void count_bytes(struct query_cache *cache, struct query_plan *plan)
{
    size_t bytes = plan->arena.used_bytes + sizeof *plan + plan->condition_capacity * sizeof *plan->conditions;
    cache->statistics.bytes += bytes - plan->counted_bytes;
    plan->counted_bytes = bytes;
}

static void drop(struct query_cache *cache, struct query_plan *plan)
{
    struct query_plan **at = bucket_of(cache, plan->hash);
    while (*at != plan) {
        at = &(*at)->bucket_next;
    }
    *at = plan->bucket_next;
    unlink_use(cache, plan);
    cache->statistics.plans--;
    cache->statistics.bytes -= plan->counted_bytes;
    plan->is_kept = false;
    query_plan_release(plan);
}

static void trim(struct query_cache *cache)
{
    while (cache->oldest != NULL &&
           (cache->statistics.plans > cache->plans_max || cache->statistics.bytes > cache->bytes_max)) {
        cache->statistics.evictions++;
        drop(cache, cache->oldest);
    }
}

static void keep(struct query_cache *cache, struct query_plan *plan)
{
    struct query_plan **bucket = bucket_of(cache, plan->hash);
    plan->bucket_next = *bucket;
    *bucket = query_plan_reference(plan);
    plan->is_kept = true;
    cache->statistics.plans++;
    link_newest(cache, plan);
    count_bytes(cache, plan);
    trim(cache);
}

void query_cache_free(struct query_cache *cache)
{
    if (cache == NULL) {
        return;
    }
    while (cache->newest != NULL) {
        drop(cache, cache->newest);
    }
    assert(cache->plans_alive == 0); /* a cache outlives its plans */
    fiber_pool_release(&cache->fibers);
    arena_release(&cache->scratch);
    sha256_free(cache->sha256);
    json_parser_free(cache->parser);
    memory_free(cache->buckets);
    memory_free(cache);
}

struct query_plan *query_plan_reference(struct query_plan *plan)
{
    plan->references++;
    return plan;
}

void query_plan_release(struct query_plan *plan)
{
    if (plan == NULL || --plan->references > 0) {
        return;
    }
    assert(!plan->is_kept);
    plan->cache->plans_alive--;
    plan_free(plan);
}

void query_cache_statistics(const struct query_cache *cache, struct query_cache_statistics *statistics)
{
    *statistics = cache->statistics;
}

/* ---- requests ---- */

static bool hash_of_hex(struct str hex, uint8_t hash[QUERY_HASH_SIZE])
{
    if (hex.length != (size_t)QUERY_HASH_SIZE * 2) {
        return false;
    }
    memset(hash, 0, QUERY_HASH_SIZE);
    for (size_t i = 0; i < hex.length; i++) {
        char c = hex.at[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0) {
            return false;
        }
        hash[i / 2] = (uint8_t)(hash[i / 2] << 4 | digit);
    }
    return true;
}

/* The text's hash stands for the text: of a plan that is only asked for by hash there is no more. */
static void hash_request(struct query_cache *cache, const uint8_t text[QUERY_HASH_SIZE], const struct query_request *request,
                         uint8_t hash[QUERY_HASH_SIZE])
{
    const uint8_t flags = (uint8_t)((request->introspection ? 1 : 0) | (request->operation_name.at != NULL ? 2 : 0));
    sha256_begin(cache->sha256);
    sha256_add(cache->sha256, text, QUERY_HASH_SIZE);
    sha256_add(cache->sha256, &flags, 1);
    if (request->operation_name.at != NULL) {
        sha256_add(cache->sha256, request->operation_name.at, request->operation_name.length);
    }
    sha256_end(cache->sha256, hash);
}

/* The request's hash, or a fault. */
static bool name_request(struct query_cache *cache, const struct query_request *request, uint8_t hash[QUERY_HASH_SIZE],
                         struct query_faults *faults)
{
    const struct ast_place nowhere = {0, 0};
    uint8_t text_hash[QUERY_HASH_SIZE], given[QUERY_HASH_SIZE];
    bool by_hash = request->sha256_hex.at != NULL;
    if (by_hash && !hash_of_hex(request->sha256_hex, given)) {
        faults_add(faults, "BAD_USER_INPUT", nowhere,
                   "extensions.persistedQuery.sha256Hash is no SHA-256: 64 hexadecimal digits.");
        return false;
    }
    if (request->text.at == NULL && !by_hash) {
        faults_add(faults, "BAD_USER_INPUT", nowhere, "There is no query; give its text, or the hash of one that is kept.");
        return false;
    }
    if (request->text.at == NULL) {
        hash_request(cache, given, request, hash);
        return true;
    }
    sha256_begin(cache->sha256);
    sha256_add(cache->sha256, request->text.at, request->text.length);
    sha256_end(cache->sha256, text_hash);
    if (by_hash && memcmp(text_hash, given, QUERY_HASH_SIZE) != 0) {
        faults_add(faults, "PERSISTED_QUERY_HASH_MISMATCH", nowhere,
                   "The SHA-256 given is not that of the query; hash its UTF-8 text.");
        return false;
    }
    hash_request(cache, text_hash, request, hash);
    return true;
}

static enum status make(struct query_cache *cache, const struct query_request *request, const uint8_t hash[QUERY_HASH_SIZE],
                        struct query_plan **plan, struct query_faults *faults, struct error *error)
{
    const struct ast_place nowhere = {0, 0};
    cache->statistics.misses++;
    if (request->text.at == NULL) {
        /* Clients know this message. */
        faults_add(faults, "PERSISTED_QUERY_NOT_FOUND", nowhere, "PersistedQueryNotFound");
        return error_set(error, STATUS_INVALID, "query", "no query of this hash is kept; send its text along");
    }
    enum status status = plan_new(plan, cache, cache->schema, &cache->limits, &cache->scratch, request, faults, error);
    if (status == STATUS_OK) {
        memcpy((*plan)->hash, hash, QUERY_HASH_SIZE);
        cache->plans_alive++;
        keep(cache, *plan);
    }
    return status;
}

static enum status refuse(struct query_cache *cache, const struct query_faults *faults, struct buffer *answer,
                          struct error *error)
{
    struct json_writer json;
    cache->statistics.refused++;
    buffer_clear(answer);
    json_write_init(&json, answer, 0);
    faults_write(faults, &json);
    if (faults->out_of_memory || buffer_failed(answer)) {
        return error_no_memory(error, "query");
    }
    return error_set(error, STATUS_INVALID, "query", "%.*s", STR_ARGS(faults->first->message));
}

enum status query_prepare(struct query_cache *cache, const struct query_request *request, struct query_plan **plan,
                          struct buffer *answer, struct error *error)
{
    struct query_faults faults;
    uint8_t hash[QUERY_HASH_SIZE];
    *plan = NULL;
    faults_init(&faults, &cache->scratch, FAULTS_MAX);
    enum status status = STATUS_INVALID;
    if (name_request(cache, request, hash, &faults)) {
        struct query_plan *known = find(cache, hash);
        if (known != NULL) {
            cache->statistics.hits++;
            *plan = query_plan_reference(known);
            unlink_use(cache, known);
            link_newest(cache, known);
            count_bytes(cache, known);
            trim(cache);
            return STATUS_OK;
        }
        status = make(cache, request, hash, plan, &faults, error);
    }
    if (status == STATUS_INVALID) {
        status = refuse(cache, &faults, answer, error);
    }
    arena_clear(&cache->scratch);
    return status;
}
