#include "auth/token.h"

#include <stdio.h>
#include <stdlib.h>

#include "auth/jwks.h"
#include "base/uuid.h"

#define SECRET_BYTES 32
#define SECRET_TEXT_LENGTH 43
#define CHECK_BYTES 4
#define CHECK_TEXT_LENGTH 6
#define RECORD_BYTES_MAX (8 * KIB)

_Static_assert(TOKEN_PREFIX_LENGTH + SECRET_TEXT_LENGTH + CHECK_TEXT_LENGTH == TOKEN_TEXT_LENGTH, "the parts make the token");

/* ---- the text ---- */

enum status token_hash(struct str text, uint8_t hash[SHA256_SIZE], struct error *error)
{
    struct sha256 *sha256 = sha256_new();
    if (sha256 == NULL) {
        return error_no_memory(error, "token");
    }
    sha256_begin(sha256);
    sha256_add(sha256, text.at, text.length);
    sha256_end(sha256, hash);
    sha256_free(sha256);
    return STATUS_OK;
}

static enum status checksum(struct str text, char check[CHECK_TEXT_LENGTH + 1], struct error *error)
{
    uint8_t hash[SHA256_SIZE];
    enum status status = token_hash(text, hash, error);
    if (status == STATUS_OK) {
        (void)base64url_encode(hash, CHECK_BYTES, check);
    }
    return status;
}

enum status token_make(const struct clock *clock, const char *prefix, char text[TOKEN_TEXT_SIZE], struct error *error)
{
    uint8_t secret[SECRET_BYTES];
    clock->random(clock->context, secret, sizeof secret);
    memcpy(text, prefix, TOKEN_PREFIX_LENGTH);
    (void)base64url_encode(secret, sizeof secret, text + TOKEN_PREFIX_LENGTH);
    struct str begin = {text, TOKEN_PREFIX_LENGTH + SECRET_TEXT_LENGTH};
    return checksum(begin, text + begin.length, error);
}

bool token_is_well_formed(struct str text, const char *prefix)
{
    uint8_t secret[SECRET_BYTES];
    char check[CHECK_TEXT_LENGTH + 1];
    size_t length, begin = TOKEN_PREFIX_LENGTH + SECRET_TEXT_LENGTH;
    return text.length == TOKEN_TEXT_LENGTH && str_starts_with(text, str_from(prefix)) &&
           base64url_decode((struct str){text.at + TOKEN_PREFIX_LENGTH, SECRET_TEXT_LENGTH}, secret, sizeof secret, &length) &&
           checksum((struct str){text.at, begin}, check, NULL) == STATUS_OK &&
           memcmp(check, text.at + begin, CHECK_TEXT_LENGTH) == 0;
}

bool token_name_is_fine(struct str name)
{
    for (size_t i = 0; i < name.length; i++) {
        char c = name.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-')) {
            return false;
        }
    }
    return name.length > 0 && name.length <= TOKEN_NAME_BYTES_MAX;
}

void token_make_id(const struct clock *clock, char id[TOKEN_ID_LENGTH + 1])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t random[TOKEN_ID_LENGTH / 2];
    clock->random(clock->context, random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++) {
        id[2 * i] = digits[random[i] >> 4];
        id[2 * i + 1] = digits[random[i] & 15];
    }
    id[TOKEN_ID_LENGTH] = '\0';
}

/* ---- the record ---- */

static void write_moment(struct json_writer *json, const char *key, int64_t ms)
{
    json_write_key(json, key);
    if (ms == 0) {
        json_write_null(json);
    } else {
        json_write_i64(json, ms);
    }
}

static void write_members(struct json_writer *json, const struct token_record *record)
{
    json_field_text(json, "id", record->id);
    json_field_str(json, "name", record->name);
    json_field_str(json, "tenant", record->tenant_id);
    json_field_text(json, "role", role_name(record->role));
    write_moment(json, "created_at", record->created_at);
    write_moment(json, "expires_at", record->expires_at);
    write_moment(json, "revoked_at", record->revoked_at);
}

void token_write(struct json_writer *json, const struct token_record *record)
{
    json_write_object_begin(json);
    write_members(json, record);
    write_moment(json, "used_at", record->used_at);
    json_write_object_end(json);
}

bool token_describe(const struct token_record *record, struct arena *arena, struct str *text)
{
    struct buffer buffer;
    struct json_writer json;
    buffer_init(&buffer, RECORD_BYTES_MAX);
    json_write_init(&json, &buffer, 0);
    json_write_object_begin(&json);
    write_members(&json, record);
    json_write_object_end(&json);
    bool made = !buffer_failed(&buffer) && arena_copy(arena, buffer_str(&buffer), text);
    buffer_release(&buffer);
    return made;
}

bool token_to_setting(const struct token_record *record, struct arena *arena, struct store_setting *setting)
{
    struct buffer text;
    struct json_writer json;
    char hash[2 * SHA256_SIZE + 1];
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        (void)snprintf(hash + 2 * i, 3, "%02x", record->hash[i]);
    }
    buffer_init(&text, RECORD_BYTES_MAX);
    json_write_init(&json, &text, 0);
    json_write_object_begin(&json);
    json_field_text(&json, "hash", hash);
    write_members(&json, record);
    json_write_object_end(&json);
    bool made = !buffer_failed(&text) && arena_copy(arena, buffer_str(&text), &setting->value) &&
                arena_format(arena, &setting->key, TOKEN_KEY_PREFIX "%s", record->id);
    buffer_release(&text);
    return made;
}

static int64_t moment(struct json object, const char *key)
{
    struct json value;
    return json_member(object, key, &value) && json_type(value) == JSON_I64 ? json_i64(value) : 0;
}

/* The parser wants readable bytes behind the text. */
static bool pad(struct arena *arena, struct str text, struct str *padded)
{
    char *bytes = arena_new_zeroed(arena, 1, text.length + JSON_READ_PADDING);
    if (bytes == NULL) {
        return false;
    }
    memcpy(bytes, text.at, text.length);
    *padded = (struct str){bytes, text.length};
    return true;
}

enum status token_from_setting(const struct store_setting *setting, struct json_parser *parser, struct arena *arena,
                               struct token_record *record, struct error *error)
{
    struct json root;
    struct str text;
    *record = (struct token_record){0};
    if (setting->value.length == 0 || setting->value.length > RECORD_BYTES_MAX) {
        return error_set(error, STATUS_INVALID, "token", "the record of a token is damaged");
    }
    if (!pad(arena, setting->value, &text)) {
        return error_no_memory(error, "token");
    }
    if (json_parse(parser, text, &root, NULL) != STATUS_OK) {
        return error_set(error, STATUS_INVALID, "token", "the record of a token is damaged");
    }
    struct str id = json_member_string(root, "id");
    if (id.length != TOKEN_ID_LENGTH || !hex_parse(json_member_string(root, "hash"), record->hash, SHA256_SIZE) ||
        !role_from_name(json_member_string(root, "role"), &record->role)) {
        return error_set(error, STATUS_INVALID, "token", "the record of a token is damaged");
    }
    memcpy(record->id, id.at, TOKEN_ID_LENGTH);
    record->created_at = moment(root, "created_at");
    record->expires_at = moment(root, "expires_at");
    record->revoked_at = moment(root, "revoked_at");
    return arena_copy(arena, json_member_string(root, "name"), &record->name) &&
                   arena_copy(arena, json_member_string(root, "tenant"), &record->tenant_id)
               ? STATUS_OK
               : error_no_memory(error, "token");
}

static enum status read_use(struct store_reader *reader, struct arena *arena, struct token_record *record, struct error *error)
{
    struct str key, value;
    if (!arena_format(arena, &key, TOKEN_USED_KEY_PREFIX "%s", record->id)) {
        return error_no_memory(error, "token");
    }
    enum status status = store_reader_setting(reader, key, arena, &value, error);
    if (status == STATUS_OK && !str_to_i64(value, &record->used_at)) {
        record->used_at = 0;
    }
    return status == STATUS_ABSENT ? STATUS_OK : status;
}

static int by_age(const void *a, const void *b)
{
    const struct token_record *left = a, *right = b;
    return left->created_at != right->created_at ? (left->created_at < right->created_at ? -1 : 1)
                                                 : memcmp(left->id, right->id, TOKEN_ID_LENGTH);
}

enum status token_read_all(struct store_reader *reader, struct arena *arena, struct token_record **records, size_t *count,
                           struct error *error)
{
    struct store_setting *settings;
    struct json_parser *parser = json_parser_new();
    *count = 0;
    if (parser == NULL) {
        return error_no_memory(error, "token");
    }
    size_t found = 0;
    enum status status = store_reader_settings(reader, STR(TOKEN_KEY_PREFIX), arena, &settings, &found, error);
    if (status == STATUS_OK) {
        *records = arena_new_zeroed(arena, found + 1, sizeof **records);
        status = *records == NULL ? error_no_memory(error, "token") : STATUS_OK;
    }
    for (size_t i = 0; status == STATUS_OK && i < found; i++) {
        status = token_from_setting(&settings[i], parser, arena, &(*records)[*count], error);
        if (status == STATUS_OK) {
            status = read_use(reader, arena, &(*records)[*count], error);
        }
        *count += status == STATUS_OK;
    }
    json_parser_free(parser);
    if (status == STATUS_OK) {
        qsort(*records, *count, sizeof **records, by_age);
    }
    return status;
}

/* ---- the first one ---- */

static enum status commit_first(struct store *store, const struct clock *clock, struct arena *arena, char text[TOKEN_TEXT_SIZE],
                                struct error *error)
{
    struct store_setting setting;
    struct token_record record = {.name = STR("first"), .tenant_id = STR(TENANT_DEFAULT), .role = ROLE_ADMIN,
                                  .created_at = clock_now_ms(clock)};
    struct store_audit_entry entry = {.at = record.created_at, .actor = STR("system"), .tenant = record.tenant_id,
                                      .action = STR("token.create"), .object = STR("first"), .origin = STR("first start")};
    token_make_id(clock, record.id);
    enum status status = token_make(clock, TOKEN_PREFIX, text, error);
    if (status == STATUS_OK) {
        status = token_hash((struct str){text, TOKEN_TEXT_LENGTH}, record.hash, error);
    }
    if (status == STATUS_OK &&
        (!token_to_setting(&record, arena, &setting) || !token_describe(&record, arena, &entry.after))) {
        status = error_no_memory(error, "token");
    }
    if (status == STATUS_OK) {
        status = store_commit(store, &(struct store_batch){.settings = &setting, .setting_count = 1, .audit = &entry,
                                                           .audit_count = 1}, error);
    }
    return status;
}

enum status token_make_first(struct store *store, struct store_reader *reader, const struct clock *clock,
                             char text[TOKEN_TEXT_SIZE], struct error *error)
{
    struct arena arena;
    struct store_setting *settings;
    size_t count;
    text[0] = '\0';
    arena_init(&arena, 64 * MIB);
    enum status status = store_reader_settings(reader, STR(TOKEN_KEY_PREFIX), &arena, &settings, &count, error);
    if (status == STATUS_OK && count == 0) {
        status = commit_first(store, clock, &arena, text, error);
    }
    if (status != STATUS_OK) {
        text[0] = '\0';
    }
    arena_release(&arena);
    return status;
}
