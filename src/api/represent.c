#include "api/represent.h"

#include <stdio.h>
#include <xxhash.h>
#include <zlib.h>
#include <zstd.h>

#include "api/negotiate.h"
#include "base/memory.h"

#define GZIP_LEVEL 1
#define ZSTD_LEVEL 1
#define GZIP_WINDOW_BITS (15 + 16) /* 16: with gzip's head and tail */
#define KEPT_BYTES_MAX (1 * MIB)   /* a larger buffer is given back */
#define PROOF_DIGITS 16
#define TAG_SIZE (PROOF_DIGITS + 40)
#define HEADERS_MAX 12

struct represent {
    z_stream gzip;
    bool gzip_ready;
    ZSTD_CCtx *zstd;
    XXH3_state_t *hash;
    struct buffer coded;
    uint64_t process; /* differs from run to run: another program may answer otherwise */
};

struct represent *represent_new(const struct clock *clock)
{
    struct represent *represent = memory_new_zeroed(1, sizeof *represent);
    if (represent == NULL) {
        return NULL;
    }
    clock->random(clock->context, &represent->process, sizeof represent->process);
    represent->hash = XXH3_createState();
    buffer_init(&represent->coded, COMPRESSED_BYTES_MAX * 2);
    if (represent->hash == NULL) {
        represent_free(represent);
        return NULL;
    }
    return represent;
}

void represent_free(struct represent *represent)
{
    if (represent == NULL) {
        return;
    }
    if (represent->gzip_ready) {
        (void)deflateEnd(&represent->gzip);
    }
    ZSTD_freeCCtx(represent->zstd);
    (void)XXH3_freeState(represent->hash);
    buffer_release(&represent->coded);
    memory_free(represent);
}

/* ---- coding ---- */

static bool gzip_into(struct represent *represent, struct str body)
{
    z_stream *stream = &represent->gzip;
    if (!represent->gzip_ready) {
        represent->gzip_ready =
            deflateInit2(stream, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW_BITS, 8, Z_DEFAULT_STRATEGY) == Z_OK;
    } else if (deflateReset(stream) != Z_OK) {
        return false;
    }
    if (!represent->gzip_ready) {
        return false;
    }
    size_t most = deflateBound(stream, body.length);
    char *to = buffer_reserve(&represent->coded, most);
    if (to == NULL) {
        return false;
    }
    stream->next_in = (z_const Bytef *)body.at;
    stream->avail_in = (uInt)body.length;
    stream->next_out = (Bytef *)to;
    stream->avail_out = (uInt)most;
    bool fine = deflate(stream, Z_FINISH) == Z_STREAM_END;
    represent->coded.length = stream->total_out;
    return fine;
}

static bool zstd_into(struct represent *represent, struct str body)
{
    if (represent->zstd == NULL) {
        represent->zstd = ZSTD_createCCtx();
    }
    size_t most = ZSTD_compressBound(body.length);
    char *to = represent->zstd != NULL ? buffer_reserve(&represent->coded, most) : NULL;
    if (to == NULL) {
        return false;
    }
    size_t length = ZSTD_compressCCtx(represent->zstd, to, most, body.at, body.length, ZSTD_LEVEL);
    represent->coded.length = ZSTD_isError(length) != 0 ? 0 : length;
    return ZSTD_isError(length) == 0;
}

/* The body in the coding that the request prefers; as it is where that fails or is no shorter. */
static enum coding encode(struct exchange *exchange, struct str *body)
{
    struct represent *represent = exchange->api->represent;
    if (body->length < COMPRESSED_BYTES_MIN || body->length > COMPRESSED_BYTES_MAX) {
        return CODING_IDENTITY;
    }
    enum coding coding =
        coding_choose(exchange->request.accept_encoding, 1u << CODING_GZIP | 1u << CODING_ZSTD);
    if (coding == CODING_IDENTITY) {
        return coding;
    }
    buffer_clear(&represent->coded);
    bool fine = coding == CODING_ZSTD ? zstd_into(represent, *body) : gzip_into(represent, *body);
    if (!fine || represent->coded.length >= body->length) {
        return CODING_IDENTITY;
    }
    *body = buffer_str(&represent->coded);
    return coding;
}

static void give_back(struct represent *represent)
{
    if (represent->coded.capacity > KEPT_BYTES_MAX) {
        buffer_release(&represent->coded);
        buffer_init(&represent->coded, COMPRESSED_BYTES_MAX * 2);
    }
}

/* ---- tags ---- */

static void add_text(XXH3_state_t *hash, struct str text)
{
    uint64_t length = text.length;
    (void)XXH3_64bits_update(hash, &length, sizeof length);
    (void)XXH3_64bits_update(hash, text.at, text.at != NULL ? text.length : 0);
}

static void add_number(XXH3_state_t *hash, uint64_t number)
{
    (void)XXH3_64bits_update(hash, &number, sizeof number);
}

/* All that an answer about a view follows from, but the time. */
static void prove(struct exchange *exchange, char proof[PROOF_DIGITS + 1])
{
    const struct api *api = exchange->api;
    const struct graph *graph = api->options.graph;
    XXH3_state_t *hash = api->represent->hash;
    (void)XXH3_64bits_reset(hash);
    add_number(hash, api->represent->process);
    add_number(hash, graph_position(graph));
    add_number(hash, graph_restated(graph));
    add_number(hash, graph_known_facts(graph, ingest_now(api->options.ingest).known_at));
    add_number(hash, exchange->all_tenants);
    add_number(hash, exchange->request.principal.permissions);
    add_text(hash, str_from(api->options.policy->version));
    add_text(hash, exchange->tenant_id);
    add_text(hash, exchange->request.path);
    add_text(hash, exchange->request.query);
    snprintf(proof, PROOF_DIGITS + 1, "%016llx", (unsigned long long)XXH3_64bits_digest(hash));
}

/* Absent, or a moment that does not move while one looks: a number or a date. */
static bool stands_still(struct str moment)
{
    return moment.at == NULL || (moment.length > 0 && moment.at[0] >= '0' && moment.at[0] <= '9');
}

static bool has_override(const struct graph_view *view)
{
    for (uint32_t n = view->kind_start[NODE_ITERATION]; n < view->kind_start[NODE_ITERATION + 1]; n++) {
        if (view_property(&view->nodes[n], PROPERTY_GATE_OVERRIDE, 0) != NULL) {
            return true;
        }
    }
    return false;
}

static bool route_may_prove(const struct route *route)
{
    return route != NULL && route->method == API_GET && (route->parameters & PARAMETER(AS_OF)) != 0 &&
           (route->parameters & (PARAMETER(FROM) | PARAMETER(TO) | PARAMETER(FROM_KNOWN) | PARAMETER(TO_KNOWN))) == 0;
}

void represent_view(struct exchange *exchange, const struct view_request *opened)
{
    struct str valid = exchange->query[PARAMETER_AS_OF];
    struct graph_iteration iteration;
    if (!route_may_prove(exchange->route) || !stands_still(valid) || !stands_still(exchange->query[PARAMETER_OBSERVED_AT]) ||
        !graph_iteration_find(exchange->api->options.graph, opened->view->tenant_id, opened->view->iteration_id, &iteration)) {
        return;
    }
    exchange->is_proven =
        valid.at != NULL || (iteration.last_valid_from <= opened->clocks.valid_at && !has_override(opened->view));
}

bool represent_unchanged(struct exchange *exchange)
{
    struct str sent = exchange->request.if_none_match, tag;
    if (sent.at == NULL || !route_may_prove(exchange->route)) {
        return false;
    }
    char proof[PROOF_DIGITS + 1];
    prove(exchange, proof);
    while (tag_next(&sent, &tag)) {
        /* W/"0123456789abcdef.… */
        if (tag.length > PROOF_DIGITS + 4 && tag.length < TAG_SIZE && tag.at[3 + PROOF_DIGITS] == '.' &&
            memcmp(tag.at, "W/\"", 3) == 0 && memcmp(tag.at + 3, proof, PROOF_DIGITS) == 0) {
            const struct api_header headers[] = {
                {STR("ETag"), tag}, {STR("Cache-Control"), STR("no-cache, private")}, {STR("Vary"), STR("Accept-Encoding, Accept")}};
            answer_bytes(exchange, 304, NULL, headers, 3, STR(""));
            return true;
        }
    }
    return false;
}

static void make_tag(struct exchange *exchange, char tag[TAG_SIZE])
{
    struct str body = buffer_str(&exchange->body);
    char proof[PROOF_DIGITS + 1] = "-";
    if (exchange->is_proven) {
        prove(exchange, proof);
    }
    XXH3_state_t *hash = exchange->api->represent->hash;
    (void)XXH3_128bits_reset(hash);
    (void)XXH3_128bits_update(hash, body.at, exchange->clocks_begin);
    (void)XXH3_128bits_update(hash, body.at + exchange->clocks_end, body.length - exchange->clocks_end);
    XXH128_hash_t content = XXH3_128bits_digest(hash);
    snprintf(tag, TAG_SIZE, "W/\"%s.%016llx%016llx\"", proof, (unsigned long long)content.high64,
             (unsigned long long)content.low64);
}

/* The part behind the '.', which says what the content is. */
static bool content_matches(struct str if_none_match, const char *tag)
{
    struct str rest = if_none_match, sent;
    const char *content = strchr(tag, '.');
    while (tag_next(&rest, &sent)) {
        const char *at = memchr(sent.at, '.', sent.length);
        if (at != NULL && str_equal((struct str){at, (size_t)(sent.at + sent.length - at)}, str_from(content))) {
            return true;
        }
    }
    return tag_matches(if_none_match, str_from(tag));
}

/* ---- answers ---- */

static bool has_header(const struct api_header *headers, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_equal_ignoring_case(headers[i].name, str_from(name))) {
            return true;
        }
    }
    return false;
}

void represent_answer(struct exchange *exchange, unsigned status, const char *content_type,
                      const struct api_header *headers, size_t header_count)
{
    struct api_header all[HEADERS_MAX];
    size_t count = 0;
    for (; count < header_count && count < HEADERS_MAX - 5; count++) {
        all[count] = headers[count];
    }
    char tag[TAG_SIZE];
    bool is_kept = exchange->request.method == API_GET && status == 200 && strcmp(content_type, "application/json") == 0;
    bool says = has_header(headers, header_count, "Cache-Control"); /* the handler knows better */
    is_kept = is_kept && !says;
    if (!is_kept && !says) {
        all[count++] = (struct api_header){STR("Cache-Control"), STR("no-store")};
    } else if (is_kept) {
        make_tag(exchange, tag);
        all[count++] = (struct api_header){STR("ETag"), str_from(tag)};
        all[count++] = (struct api_header){STR("Cache-Control"), STR("no-cache, private")};
        all[count++] = (struct api_header){STR("Vary"), STR("Accept-Encoding, Accept")};
        if (content_matches(exchange->request.if_none_match, tag)) {
            answer_bytes(exchange, 304, NULL, all, count, STR(""));
            return;
        }
    }
    struct str link = page_link(exchange);
    if (link.at != NULL && status == 200) {
        all[count++] = (struct api_header){STR("Link"), link};
    }
    struct represent *represent = exchange->api->represent;
    struct str body = buffer_str(&exchange->body);
    enum coding coding = encode(exchange, &body);
    if (coding != CODING_IDENTITY) {
        all[count++] = (struct api_header){STR("Content-Encoding"), str_from(coding_name(coding))};
    }
    answer_bytes(exchange, status, content_type, all, count, body);
    give_back(represent);
}
