#include "server/cors.h"

#include <ctype.h>

/* What a script may read besides what the Fetch Standard always lets it. */
#define EXPOSED "ETag, Link, Location, Retry-After, RateLimit, RateLimit-Policy, Content-Length, WWW-Authenticate"
#define HEADER_NAMES_BYTES_MAX 512

static bool is_origin(struct str text)
{
    struct str rest;
    if (str_starts_with(text, STR("https://"))) {
        rest = str_from_offset(text, 8);
    } else if (str_starts_with(text, STR("http://"))) {
        rest = str_from_offset(text, 7);
    } else {
        return false;
    }
    for (size_t i = 0; i < rest.length; i++) {
        unsigned char c = (unsigned char)rest.at[i];
        if (isalnum(c) == 0 && strchr(".-:[]_", c) == NULL) {
            return false;
        }
    }
    return rest.length > 0;
}

enum status cors_check(const struct cors_options *options, struct error *error)
{
    struct str rest = str_from(options->origins), origin;
    size_t count = 0;
    while (str_split_next(&rest, ',', &origin)) {
        bool any = str_is(origin, "*");
        if (!any && !is_origin(origin)) {
            return error_set(error, STATUS_INVALID, "cors.origins",
                             "\"%.*s\" is no origin; one is https://HOST or https://HOST:PORT, without a path", STR_ARGS(origin));
        }
        if (any && options->credentials) {
            return error_set(error, STATUS_INVALID, "cors.origins",
                             "\"*\" with cors.credentials would let every page act for whoever visits it; list the origins");
        }
        if (++count > CORS_ORIGINS_MAX) {
            return error_set(error, STATUS_INVALID, "cors.origins", "at most %d origins", CORS_ORIGINS_MAX);
        }
    }
    return STATUS_OK;
}

size_t cors_origins(const struct cors_options *options, struct str origins[CORS_ORIGINS_MAX])
{
    struct str rest = str_from(options->origins);
    size_t count = 0;
    while (count < CORS_ORIGINS_MAX && str_split_next(&rest, ',', &origins[count])) {
        count++;
    }
    return count;
}

bool cors_names(const struct cors_options *options, struct str origin)
{
    struct str origins[CORS_ORIGINS_MAX];
    size_t count = cors_origins(options, origins), i = 0;
    while (i < count && !str_equal_ignoring_case(origins[i], origin)) {
        i++;
    }
    return i < count;
}

static bool lists(const struct cors_options *options, struct str origin, bool *any)
{
    struct str rest = str_from(options->origins), listed;
    *any = false;
    while (origin.at != NULL && str_split_next(&rest, ',', &listed)) {
        *any = str_is(listed, "*");
        if (*any || str_equal_ignoring_case(listed, origin)) {
            return true;
        }
    }
    return false;
}

static size_t allow_origin(const struct cors_options *options, struct str origin, struct net_header *headers, bool *allowed)
{
    bool any;
    size_t count = 0;
    *allowed = lists(options, origin, &any);
    if (options->origins[0] != '\0' && !(*allowed && any)) {
        headers[count++] = (struct net_header){STR("Vary"), STR("Origin")}; /* to each origin another answer */
    }
    if (*allowed) {
        headers[count++] = (struct net_header){STR("Access-Control-Allow-Origin"), any ? STR("*") : origin};
    }
    if (*allowed && options->credentials) {
        headers[count++] = (struct net_header){STR("Access-Control-Allow-Credentials"), STR("true")};
    }
    return count;
}

size_t cors_headers(const struct cors_options *options, struct str origin, struct net_header headers[CORS_HEADERS_MAX])
{
    bool allowed;
    size_t count = allow_origin(options, origin, headers, &allowed);
    if (allowed) {
        headers[count++] = (struct net_header){STR("Access-Control-Expose-Headers"), STR(EXPOSED)};
    }
    return count;
}

/* Names of header fields and what stands between them; nothing else goes back into a header. */
static bool are_names(struct str asked)
{
    for (size_t i = 0; i < asked.length; i++) {
        unsigned char c = (unsigned char)asked.at[i];
        if (isalnum(c) == 0 && strchr("-_, ", c) == NULL) {
            return false;
        }
    }
    return asked.length > 0 && asked.length <= HEADER_NAMES_BYTES_MAX;
}

size_t cors_preflight(const struct cors_options *options, struct str origin, struct str methods, struct str asked,
                      struct arena *arena, struct net_header headers[CORS_HEADERS_MAX])
{
    bool allowed;
    size_t count = allow_origin(options, origin, headers, &allowed);
    struct str age;
    if (!allowed) {
        return count;
    }
    headers[count++] = (struct net_header){STR("Access-Control-Allow-Methods"), methods};
    if (are_names(asked)) {
        headers[count++] = (struct net_header){STR("Access-Control-Allow-Headers"), asked};
    }
    if (arena_format(arena, &age, "%lld", (long long)options->max_age_seconds)) {
        headers[count++] = (struct net_header){STR("Access-Control-Max-Age"), age};
    }
    return count;
}
