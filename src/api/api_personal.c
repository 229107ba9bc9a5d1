#include "api/api_personal.h"

#include "base/memory.h"
#include "base/sha256.h"

#define SETTING_PREFIX "personal-key/"
#define SETTING_SIZE (sizeof SETTING_PREFIX + 2 * SHA256_SIZE)

/* One a tenant that was asked about; as few as there are tenants. */
struct personal_keys {
    struct personal_keys *next;
    struct api *api; /* NULL: it is gone, and this goes when the commit is through */
    struct personal_key key;
    char setting[SETTING_SIZE]; /* "personal-key/" and the tenant's hash: its name may be as long as a key */
    bool is_durable, is_on_its_way;
};

/* ---- the tenant's key ---- */

static bool name_setting(struct str tenant_id, char setting[SETTING_SIZE])
{
    uint8_t digest[SHA256_SIZE];
    struct buffer text;
    struct sha256 *hash = sha256_new();
    if (hash == NULL) {
        return false;
    }
    sha256_begin(hash);
    sha256_add(hash, tenant_id.at, tenant_id.length);
    sha256_end(hash, digest);
    sha256_free(hash);
    buffer_init(&text, SETTING_SIZE);
    buffer_append_text(&text, SETTING_PREFIX);
    buffer_append_hex(&text, digest, sizeof digest);
    bool fine = !buffer_failed(&text) && text.length < SETTING_SIZE;
    if (fine) {
        memcpy(setting, text.bytes, text.length + 1);
    }
    buffer_release(&text);
    return fine;
}

static void on_kept(void *context, const struct ingest_answer *answer)
{
    struct personal_keys *key = context;
    key->is_on_its_way = false;
    key->is_durable = answer->status == STATUS_OK; /* else it is tried again with the next question */
    if (key->api == NULL) {
        memory_free(key);
    }
}

static void keep(struct personal_keys *key)
{
    const struct api_options *options = &key->api->options;
    struct store_setting setting = {str_from(key->setting), {(const char *)key->key.bytes, sizeof key->key.bytes}};
    if (key->is_durable || key->is_on_its_way || options->read_only || options->ingest == NULL) {
        return;
    }
    key->is_on_its_way = true;
    ingest_change(options->ingest, &(struct ingest_change){.settings = &setting, .setting_count = 1}, on_kept, key);
}

/* What the store has, or a new one. */
static struct personal_keys *make(struct api *api, const char *setting)
{
    struct personal_keys *key = memory_new_zeroed(1, sizeof *key);
    struct arena arena;
    struct str value = STR_NONE;
    if (key == NULL) {
        return NULL;
    }
    key->api = api;
    memcpy(key->setting, setting, sizeof key->setting);
    arena_init(&arena, MIB);
    key->is_durable = api->options.reader != NULL &&
                      store_reader_setting(api->options.reader, str_from(setting), &arena, &value, NULL) == STATUS_OK &&
                      value.length == sizeof key->key.bytes;
    if (key->is_durable) {
        memcpy(key->key.bytes, value.at, sizeof key->key.bytes);
    } else {
        api->options.clock->random(api->options.clock->context, key->key.bytes, sizeof key->key.bytes);
    }
    arena_release(&arena);
    key->next = api->personal_keys;
    api->personal_keys = key;
    return key;
}

const struct personal_key *personal_key_of(struct api *api, struct str tenant_id)
{
    static const char nobodys[SETTING_SIZE] = SETTING_PREFIX;
    char setting[SETTING_SIZE];
    memcpy(setting, nobodys, sizeof setting);
    bool named = tenant_id.length > 0 && name_setting(tenant_id, setting);
    struct personal_keys *key = api->personal_keys;
    while (key != NULL && strcmp(key->setting, setting) != 0) {
        key = key->next;
    }
    if (key == NULL) {
        key = make(api, setting);
    }
    if (key == NULL) {
        return &api->personal_fallback;
    }
    if (named) {
        keep(key);
    }
    return &key->key;
}

void personal_keys_free(struct api *api)
{
    while (api->personal_keys != NULL) {
        struct personal_keys *key = api->personal_keys;
        api->personal_keys = key->next;
        key->api = NULL;
        if (!key->is_on_its_way) {
            memory_free(key);
        }
    }
}

/* ---- answers ---- */

void personal_mask_answer(struct exchange *exchange, const char *content_type)
{
    const struct route *route = exchange->route;
    bool is_ours = strcmp(content_type, "application/json") == 0 || strcmp(content_type, "application/problem+json") == 0;
    if (!is_ours || route == NULL || route->permission == PERMISSION_NONE || route->handle == handle_graphql ||
        exchange->tenant_id.at == NULL || exchange->is_masked || sees_personal(&exchange->request.principal)) {
        return;
    }
    const struct personal_key *key = personal_key_of(exchange->api, exchange->tenant_id);
    struct str body = buffer_str(&exchange->body);
    size_t end = exchange->clocks_begin > 0 ? exchange->clocks_begin : body.length; /* what follows is ours alone */
    struct buffer masked;
    buffer_init(&masked, LIMIT_ANSWER_BYTES);
    personal_mask_json(key, (struct str){body.at, end}, PERSONAL_ANSWER, &masked);
    if (buffer_failed(&masked)) {
        buffer_release(&masked);
        buffer_clear(&exchange->body);
        exchange->body.failed = true;
        return;
    }
    size_t grown = masked.length;
    buffer_append_str(&masked, str_from_offset(body, end));
    if (exchange->clocks_begin > 0) {
        exchange->clocks_end = exchange->clocks_end - exchange->clocks_begin + grown;
        exchange->clocks_begin = grown;
    }
    buffer_release(&exchange->body);
    exchange->body = masked;
    exchange->is_masked = true;
}

/* ---- dead letters ---- */

bool personal_mask_letter(struct api *api, const struct principal *principal, struct store_dead_letter *letter,
                          struct arena *arena)
{
    if (letter->raw.length == 0 || sees_personal(principal)) {
        return true;
    }
    struct buffer masked;
    buffer_init(&masked, LIMIT_ANSWER_BYTES);
    personal_mask_json(personal_key_of(api, letter->tenant), letter->raw, PERSONAL_FOREIGN, &masked);
    bool fine = !buffer_failed(&masked) && arena_copy(arena, buffer_str(&masked), &letter->raw);
    buffer_release(&masked);
    return fine;
}

bool personal_unmask_letter(struct api *api, const struct principal *principal, const struct store_dead_letter *letter,
                            struct arena *arena, struct str *text)
{
    if (letter->raw.length == 0 || sees_personal(principal)) {
        return true;
    }
    struct buffer unmasked;
    buffer_init(&unmasked, LIMIT_DEAD_LETTER_BYTES);
    personal_unmask(personal_key_of(api, letter->tenant), letter->raw, *text, &unmasked);
    char *copy = buffer_failed(&unmasked) ? NULL : arena_new(arena, unmasked.length + JSON_READ_PADDING);
    if (copy != NULL) {
        memcpy(copy, unmasked.bytes != NULL ? unmasked.bytes : "", unmasked.length);
        memset(copy + unmasked.length, 0, JSON_READ_PADDING);
        *text = (struct str){copy, unmasked.length};
    }
    buffer_release(&unmasked);
    return copy != NULL;
}
