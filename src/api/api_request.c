/* What a request says: path, query, clocks, body. Whatever is wrong is answered here, once. */
#include "api/api_private.h"
#include "net/net.h"

static bool out_of_memory(struct exchange *exchange)
{
    problem(exchange, 503, "", "out of memory; try again with less at once");
    return false;
}

static bool decode(struct exchange *exchange, struct str encoded, bool plus_is_space, const char *place, struct str *decoded)
{
    char *memory = arena_new(&exchange->arena, encoded.length + 1);
    if (memory == NULL) {
        return out_of_memory(exchange);
    }
    size_t length;
    if (!net_percent_decode(encoded, plus_is_space, memory, &length)) {
        problem(exchange, 400, place, "The percent-encoding is wrong, or what it stands for is not UTF-8.");
        return false;
    }
    *decoded = (struct str){memory, length};
    return true;
}

static void refuse_parameter(struct exchange *exchange, struct str name)
{
    struct buffer known;
    buffer_init(&known, 1024);
    for (int i = 0; i < PARAMETER_COUNT; i++) {
        if (route_takes(exchange->route, (enum parameter)i)) {
            buffer_append_text(&known, known.length > 0 ? ", " : "");
            buffer_append_text(&known, parameters[i].name);
        }
    }
    struct str list = known.length > 0 ? buffer_str(&known) : STR("none");
    char place[64];
    size_t length = name.length < sizeof place - 1 ? name.length : sizeof place - 1;
    if (length > 0) {
        memcpy(place, name.at, length);
    }
    place[length] = '\0';
    problem(exchange, 400, place, "There is no query parameter \"%.*s\" here; known are: %.*s.", (int)length, place,
            STR_ARGS(list));
    buffer_release(&known);
}

static bool decode_query(struct exchange *exchange)
{
    struct str rest = exchange->request.query, raw_name, raw_value, name, value;
    bool of_script = (exchange->route->parameters & PARAMETERS_OF_SCRIPT) != 0;
    while (net_query_next(&rest, &raw_name, &raw_value)) {
        if (!decode(exchange, raw_name, true, "query", &name) || !decode(exchange, raw_value, true, "query", &value)) {
            return false;
        }
        int parameter = 0;
        while (parameter < PARAMETER_COUNT && !str_is(name, parameters[parameter].name)) {
            parameter++;
        }
        if (parameter == PARAMETER_COUNT || !route_takes(exchange->route, (enum parameter)parameter)) {
            if (of_script) {
                continue;
            }
            refuse_parameter(exchange, name);
            return false;
        }
        if (exchange->query[parameter].at != NULL) {
            problem(exchange, 400, parameters[parameter].name, "It is given twice; which of the two was meant?");
            return false;
        }
        exchange->query[parameter] = value;
    }
    return true;
}

/* The tenant that the request is about. Whether a tenant exists makes no difference to the answer. */
static bool decide_tenant(struct exchange *exchange)
{
    const struct principal *principal = &exchange->request.principal;
    struct str in_query = exchange->query[PARAMETER_TENANT], in_header = exchange->request.tenant_named;
    struct str named = in_query.at != NULL ? in_query : in_header;
    if (in_query.at != NULL && in_header.at != NULL && !str_equal(in_query, in_header)) {
        problem(exchange, 400, "tenant", "The query names another tenant than the header X-Tenant; which of the two was meant?");
        return false;
    }
    if (!principal_tenant(principal, named, &exchange->tenant_id) || exchange->tenant_id.length > LIMIT_ID_BYTES) {
        problem(exchange, 403, "tenant", "This credential is not for the tenant that was named; leave it out to mean its own.");
        return false;
    }
    exchange->all_tenants = principal_means_all(principal, named);
    exchange->tenant_is_fixed = !exchange->all_tenants;
    return true;
}

bool request_decode(struct exchange *exchange, const struct str encoded[PATH_PARAMETERS_MAX])
{
    for (int i = 0; i < PATH_PARAMETERS_MAX && encoded[i].at != NULL; i++) {
        if (!decode(exchange, encoded[i], false, "path", &exchange->path[i])) {
            return false;
        }
    }
    return decode_query(exchange) && decide_tenant(exchange);
}

bool request_time(struct exchange *exchange, enum parameter parameter, int64_t fallback, int64_t *ms)
{
    *ms = fallback;
    if (exchange->query[parameter].at == NULL) {
        return true;
    }
    struct error error;
    if (time_parse(exchange->query[parameter], exchange->api->options.clock, ms, &error) != STATUS_OK) {
        problem(exchange, 400, parameters[parameter].name, "%s", error.text);
        return false;
    }
    return true;
}

struct clocks clocks_of(struct ingest_now now, const int64_t *valid_at, const int64_t *known_at)
{
    int64_t known = known_at != NULL && *known_at < now.known_at ? *known_at : now.known_at;
    return (struct clocks){.valid_at = valid_at != NULL ? *valid_at : known_at != NULL ? known : now.valid_at,
                           .known_at = known,
                           .is_now = valid_at == NULL && known_at == NULL};
}

bool request_clocks(struct exchange *exchange, struct clocks *clocks)
{
    struct ingest_now now = ingest_now(exchange->api->options.ingest);
    int64_t valid_at, known_at;
    bool has_cursor;
    uint64_t limit_default = exchange->route->handle == handle_nodes || exchange->route->handle == handle_search ||
                                         exchange->route->handle == handle_search_violations
                                 ? PAGE_ITEMS_DEFAULT
                                 : UINT64_MAX;
    if (!page_begin(exchange, limit_default, &has_cursor, clocks)) {
        return false;
    }
    if (has_cursor) { /* it goes on with what the first page was about */
        clocks->known_at = clocks->known_at < now.known_at ? clocks->known_at : now.known_at;
        clocks->is_now = false;
        return true;
    }
    if (!request_time(exchange, PARAMETER_OBSERVED_AT, 0, &known_at) ||
        !request_time(exchange, PARAMETER_AS_OF, 0, &valid_at)) {
        return false;
    }
    *clocks = clocks_of(now, exchange->query[PARAMETER_AS_OF].at != NULL ? &valid_at : NULL,
                        exchange->query[PARAMETER_OBSERVED_AT].at != NULL ? &known_at : NULL);
    return true;
}

bool request_number(struct exchange *exchange, enum parameter parameter, int64_t least, int64_t most, int64_t fallback,
                    int64_t *number)
{
    *number = fallback;
    struct str text = exchange->query[parameter];
    if (text.at == NULL) {
        return true;
    }
    if (!str_to_i64(text, number) || *number < least || *number > most) {
        problem(exchange, 400, parameters[parameter].name, "It must be a whole number from %lld to %lld.", (long long)least,
                (long long)most);
        return false;
    }
    return true;
}

bool request_required(struct exchange *exchange, enum parameter parameter)
{
    if (exchange->query[parameter].length == 0) {
        problem(exchange, 400, parameters[parameter].name, "The query parameter %s is required: %s.",
                parameters[parameter].name, parameters[parameter].summary);
        return false;
    }
    return true;
}

/* ---- bodies ---- */

const char *asked_as(const struct exchange *exchange, const char *member)
{
    const struct api_word *word = exchange->request.words;
    while (word != NULL && word->member != NULL && strcmp(word->member, member) != 0) {
        word++;
    }
    return word != NULL && word->member != NULL ? word->asked_as : member;
}

bool request_json(struct exchange *exchange, bool may_be_empty, struct json *root, bool *present)
{
    struct str body = str_trim(exchange->request.body);
    *present = body.length > 0;
    *root = (struct json){NULL, 0};
    if (!*present && may_be_empty) {
        return true;
    }
    if (!*present) {
        problem(exchange, 400, "body", "A JSON object is expected; the body is empty.");
        return false;
    }
    struct error error;
    enum status status = json_parse(exchange->api->parser, body, root, &error);
    if (status != STATUS_OK) {
        problem(exchange, status == STATUS_INVALID ? 400 : 503, "body", "%s", error.text);
        return false;
    }
    if (json_type(*root) != JSON_OBJECT) {
        problem(exchange, 400, "body", "A JSON object is expected, not %s.", json_type_name(json_type(*root)));
        return false;
    }
    return true;
}

bool request_text(struct exchange *exchange, struct json object, const char *key, bool required, struct str *text)
{
    struct json value;
    *text = STR_NONE;
    bool given = object.document != NULL && json_member(object, key, &value) && json_type(value) != JSON_NULL;
    if (given && json_type(value) != JSON_STRING) {
        problem(exchange, 400, key, "A text is expected, not %s.", json_type_name(json_type(value)));
        return false;
    }
    struct str came = given ? str_trim(json_string(value)) : STR_NONE;
    if (came.length == 0) {
        if (required) {
            problem(exchange, 400, key, "\"%s\" is required.", asked_as(exchange, key));
            return false;
        }
        return true;
    }
    if (came.length > LIMIT_TEXT_BYTES) {
        problem(exchange, 400, key, "At most %zu bytes of text are taken here.", LIMIT_TEXT_BYTES);
        return false;
    }
    return arena_copy(&exchange->arena, came, text) || out_of_memory(exchange);
}
