/* Saved layouts: what a user has arranged in the page, under a name of their own. The server keeps the JSON and does not look
 * into it. One setting of the store each; the key begins with a hash of tenant and subject, so that nobody's names show in
 * another's keys and none is too long. */
#include "api/api_private.h"
#include "base/sha256.h"

#define NAME_BYTES_MAX 128
#define LAYOUTS_PER_USER_MAX 100

struct change {
    struct str name;
    struct store_setting setting;
    struct store_audit_entry audit;
};

static bool out_of_memory(struct exchange *exchange)
{
    problem(exchange, 503, "", "out of memory; try again in a moment");
    return false;
}

/* "layout/<hash>/" of whoever asks. */
static enum status prefix_of(const struct principal *principal, struct arena *arena, struct str *prefix, struct error *error)
{
    uint8_t digest[SHA256_SIZE];
    struct buffer text;
    struct sha256 *hash = sha256_new();
    if (hash == NULL) {
        return error_no_memory(error, "layouts");
    }
    struct str tenant = principal->tenant_id, subject = principal->subject;
    sha256_begin(hash);
    sha256_add(hash, tenant.at, tenant.length);
    sha256_add(hash, "", 1);
    sha256_add(hash, subject.at, subject.length);
    sha256_end(hash, digest);
    sha256_free(hash);
    buffer_init(&text, LIMIT_ID_BYTES);
    buffer_append_text(&text, "layout/");
    buffer_append_hex(&text, digest, sizeof digest);
    buffer_append_char(&text, '/');
    bool fine = !buffer_failed(&text) && arena_copy(arena, buffer_str(&text), prefix);
    buffer_release(&text);
    return fine ? STATUS_OK : error_no_memory(error, "layouts");
}

static bool key_prefix(struct exchange *exchange, struct str *prefix)
{
    struct error error;
    return prefix_of(&exchange->request.principal, &exchange->arena, prefix, &error) == STATUS_OK || out_of_memory(exchange);
}

static bool key_of(struct exchange *exchange, struct str *key)
{
    struct str name = exchange->path[0], prefix;
    bool printable = true;
    for (size_t i = 0; i < name.length; i++) {
        printable = printable && (unsigned char)name.at[i] >= ' ' && name.at[i] != 0x7f;
    }
    if (name.length > NAME_BYTES_MAX || !printable) {
        problem(exchange, 400, "name", "A layout's name has at most %d bytes and no control characters.", NAME_BYTES_MAX);
        return false;
    }
    if (!key_prefix(exchange, &prefix)) {
        return false;
    }
    return arena_format(&exchange->arena, key, "%.*s%.*s", STR_ARGS(prefix), STR_ARGS(name)) || out_of_memory(exchange);
}

enum status layouts_read(const struct api *api, const struct principal *principal, struct arena *arena, struct str *prefix,
                         struct store_setting **settings, size_t *count, struct error *error)
{
    enum status status = prefix_of(principal, arena, prefix, error);
    return status != STATUS_OK ? status
                               : store_reader_settings(api->options.reader, *prefix, arena, settings, count, error);
}

static bool read_all(struct exchange *exchange, struct str *prefix, struct store_setting **settings, size_t *count)
{
    struct error error;
    if (layouts_read(exchange->api, &exchange->request.principal, &exchange->arena, prefix, settings, count, &error) !=
        STATUS_OK) {
        problem_error(exchange, &error);
        return false;
    }
    return true;
}

void handle_layouts(struct exchange *exchange)
{
    struct str prefix;
    struct store_setting *settings;
    size_t count;
    if (!read_all(exchange, &prefix, &settings, &count)) {
        return;
    }
    json_write_object_begin(&exchange->json);
    json_write_key(&exchange->json, "layouts");
    json_write_array_begin(&exchange->json);
    for (size_t i = 0; i < count; i++) {
        json_write_object_begin(&exchange->json);
        json_field_str(&exchange->json, "name", str_from_offset(settings[i].key, prefix.length));
        json_field_i64(&exchange->json, "bytes", (int64_t)settings[i].value.length);
        json_write_object_end(&exchange->json);
    }
    json_write_array_end(&exchange->json);
    json_write_object_end(&exchange->json);
    answer(exchange, 200);
}

/* False: answered, with 404 where there is none. */
static bool read_one(struct exchange *exchange, struct str key, struct str *value)
{
    struct error error;
    enum status status = store_reader_setting(exchange->api->options.reader, key, &exchange->arena, value, &error);
    if (status == STATUS_ABSENT) {
        problem(exchange, 404, "name", "You have saved no layout \"%.*s\".", STR_ARGS(exchange->path[0]));
    } else if (status != STATUS_OK) {
        problem_error(exchange, &error);
    }
    return status == STATUS_OK;
}

void handle_layout(struct exchange *exchange)
{
    struct str key, value;
    if (!key_of(exchange, &key) || !read_one(exchange, key, &value)) {
        return;
    }
    json_write_object_begin(&exchange->json);
    json_field_str(&exchange->json, "name", exchange->path[0]);
    json_write_key(&exchange->json, "layout");
    json_write_raw(&exchange->json, value);
    json_write_object_end(&exchange->json);
    exchange->is_masked = true; /* one's own, with the ids of nodes for names: "user" may be one */
    answer(exchange, 200);
}

static void on_changed(void *context, const struct ingest_answer *ingested)
{
    struct exchange *exchange = context;
    const struct change *change = exchange->state;
    if (ingested->status != STATUS_OK) {
        problem_error(exchange, &ingested->error);
        return;
    }
    json_write_object_begin(&exchange->json);
    json_field_str(&exchange->json, "name", change->name);
    json_field_bool(&exchange->json, "saved", change->setting.value.at != NULL);
    json_write_object_end(&exchange->json);
    answer(exchange, 200);
}

static void commit(struct exchange *exchange, const char *action, struct str key, struct str value)
{
    struct change *change = arena_new_zeroed(&exchange->arena, 1, sizeof *change);
    if (change == NULL) {
        (void)out_of_memory(exchange);
        return;
    }
    *change = (struct change){
        .name = exchange->path[0], .setting = {key, value}, .audit = audit_entry(exchange, action, exchange->path[0])};
    exchange->state = change;
    struct ingest_change request = {
        .settings = &change->setting, .setting_count = 1, .audit = &change->audit, .audit_count = 1};
    ingest_change(exchange->api->options.ingest, &request, on_changed, exchange);
}

void handle_layout_save(struct exchange *exchange)
{
    struct str key, prefix;
    struct json body;
    bool present;
    struct store_setting *settings;
    size_t count, same = 0;
    if (!key_of(exchange, &key) || !request_json(exchange, false, &body, &present) ||
        !read_all(exchange, &prefix, &settings, &count)) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        same += str_equal(settings[i].key, key);
    }
    if (same == 0 && count >= LAYOUTS_PER_USER_MAX) {
        problem(exchange, 409, "name", "You have saved %d layouts, which is as many as there may be; delete one first.",
                LAYOUTS_PER_USER_MAX);
        return;
    }
    commit(exchange, "layout.save", key, str_trim(exchange->request.body));
}

void handle_layout_delete(struct exchange *exchange)
{
    struct str key, value;
    if (key_of(exchange, &key) && read_one(exchange, key, &value)) {
        commit(exchange, "layout.delete", key, STR_NONE);
    }
}
