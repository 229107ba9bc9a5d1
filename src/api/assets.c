#include "api/assets.h"

#include <assert.h>
#include <stdio.h>

#include "api/api_private.h"
#include "api/negotiate.h"

#define TAG_SIZE 48

const struct asset *asset_by_name(const char *name)
{
    for (size_t i = 0; i < asset_count; i++) {
        if (strcmp(assets[i].name, name) == 0) {
            return &assets[i];
        }
    }
    return NULL;
}

const struct asset *asset_by_path(struct str path)
{
    for (size_t i = 0; i < asset_count; i++) {
        if (assets[i].path[0] != '\0' && str_is(path, assets[i].path)) {
            return &assets[i];
        }
    }
    return NULL;
}

/* The compressed form is another representation, and a strong tag may not stand for two: "…-gzip". */
static void tag_of(const struct asset *asset, bool compressed, char tag[TAG_SIZE])
{
    int length = (int)strlen(asset->tag) - 1; /* without the closing quote */
    assert(length > 0 && length + 8 < TAG_SIZE);
    snprintf(tag, TAG_SIZE, "%.*s%s\"", length, asset->tag, compressed ? "-gzip" : "");
}

static void answer_asset(struct exchange *exchange, const struct asset *asset, const char *cache_control,
                         const char *policy)
{
    const struct api_request *request = &exchange->request;
    unsigned offered = asset->gzip.length > 0 ? 1u << CODING_GZIP : 0;
    bool compressed = coding_choose(request->accept_encoding, offered) == CODING_GZIP;
    char tag[TAG_SIZE], other[TAG_SIZE];
    tag_of(asset, compressed, tag);
    tag_of(asset, !compressed, other);
    struct api_header headers[6] = {
        {STR("ETag"), str_from(tag)},
        {STR("Cache-Control"), str_from(cache_control)},
        {STR("Vary"), STR("Accept-Encoding")},
    };
    size_t count = 3;
    if (policy != NULL) {
        headers[count++] = (struct api_header){STR("Content-Security-Policy"), str_from(policy)};
    }
    if (tag_matches(request->if_none_match, str_from(tag)) || tag_matches(request->if_none_match, str_from(other))) {
        answer_bytes(exchange, 304, NULL, headers, count, STR(""));
        return;
    }
    if (compressed) {
        headers[count++] = (struct api_header){STR("Content-Encoding"), STR("gzip")};
    }
    answer_bytes(exchange, 200, asset->content_type, headers, count, compressed ? asset->gzip : asset->bytes);
}

void answer_page_under(struct exchange *exchange, const char *name, const char *policy)
{
    const struct asset *asset = asset_by_name(name);
    assert(asset != NULL);
    answer_asset(exchange, asset, "no-cache", policy);
}

void answer_page(struct exchange *exchange, const char *name)
{
    answer_page_under(exchange, name, PAGE_SECURITY_POLICY);
}

void handle_asset(struct exchange *exchange)
{
    const struct asset *asset = asset_by_path(exchange->request.path);
    if (asset == NULL) {
        problem(exchange, 404, "path", "There is no such file; pages name the files of the version that made them. Reload the page.");
        return;
    }
    answer_asset(exchange, asset, "public, max-age=31536000, immutable", NULL);
}

void handle_page(struct exchange *exchange)
{
    answer_page(exchange, "index.html");
}

void handle_docs(struct exchange *exchange)
{
    answer_page(exchange, "docs.html");
}
