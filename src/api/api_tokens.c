/* Tokens: listed, made, revoked; sign-in links; who am I; signing out.
 *
 * A token is made or revoked by one change of the store's settings, in one transaction with its entry in the audit log, and is
 * good (or is not any more) once that is on disk. The text of a new token is in the answer and nowhere else. */
#include <stdio.h>

#include "api/api_private.h"

#define LIFETIME_MS_MAX (INT64_C(10) * 366 * 86400000)

/* A change of one token on its way; lives in the exchange's arena. */
struct token_change {
    struct token_record record;
    struct store_setting setting;
    struct store_audit_entry audit;
    char text[TOKEN_TEXT_SIZE]; /* of a new one */
};

static void out_of_memory(struct exchange *exchange)
{
    problem(exchange, 503, "", "out of memory; try again in a moment");
}

static bool read_records(struct exchange *exchange, struct token_record **records, size_t *count)
{
    struct error error;
    if (token_read_all(exchange->api->options.reader, &exchange->arena, records, count, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return false;
    }
    return true;
}

/* ---- listing ---- */

void handle_tokens(struct exchange *exchange)
{
    struct token_record *records;
    size_t count;
    if (!read_records(exchange, &records, &count)) {
        return;
    }
    struct json_writer *json = &exchange->json;
    json_write_object_begin(json);
    json_write_key(json, "tokens");
    json_write_array_begin(json);
    for (size_t i = 0; i < count; i++) {
        if (lists_tenant(exchange, records[i].tenant_id)) {
            token_write(json, &records[i]);
        }
    }
    json_write_array_end(json);
    json_write_object_end(json);
    answer(exchange, 200);
}

/* ---- making ---- */

static bool read_expiry(struct exchange *exchange, struct json body, int64_t now_ms, int64_t *expires_at)
{
    struct json value;
    *expires_at = 0;
    if (!json_member(body, "expires_at", &value) || json_type(value) == JSON_NULL) {
        return true;
    }
    if (json_type(value) != JSON_I64 || json_i64(value) <= now_ms || json_i64(value) > now_ms + LIFETIME_MS_MAX) {
        problem(exchange, 400, "expires_at", "It must be a moment in the next ten years, in ms since 1970, or null for never.");
        return false;
    }
    *expires_at = json_i64(value);
    return true;
}

static bool read_token(struct exchange *exchange, struct json body, struct token_record *record)
{
    struct str role;
    record->created_at = clock_now_ms(exchange->api->options.clock);
    if (!request_text(exchange, body, "name", true, &record->name) || !request_text(exchange, body, "role", true, &role) ||
        !request_text(exchange, body, "tenant", false, &record->tenant_id) ||
        !read_expiry(exchange, body, record->created_at, &record->expires_at)) {
        return false;
    }
    if (!token_name_is_fine(record->name)) {
        problem(exchange, 400, "name", "A token's name has 1 to %d of the characters A-Z a-z 0-9 . _ -", TOKEN_NAME_BYTES_MAX);
        return false;
    }
    if (!role_from_name(role, &record->role)) {
        problem(exchange, 400, "role", "There are the roles admin, engineer, viewer and auditor.");
        return false;
    }
    record->tenant_id = record->tenant_id.length > 0 ? record->tenant_id : exchange->tenant_id;
    if (record->tenant_id.length > LIMIT_ID_BYTES) {
        problem(exchange, 400, "tenant", "A tenant's name has at most %d bytes.", LIMIT_ID_BYTES);
        return false;
    }
    struct str named;
    if (!principal_tenant(&exchange->request.principal, record->tenant_id, &named)) {
        problem(exchange, 403, "tenant", "This credential is not for the tenant that was named.");
        return false;
    }
    return true;
}

/* A name means one token at a time, so that the audit log says who it was. */
static bool name_is_free(struct exchange *exchange, const struct token_record *record)
{
    struct token_record *records;
    size_t count;
    if (!read_records(exchange, &records, &count)) {
        return false;
    }
    if (count >= TOKEN_COUNT_MAX) {
        problem(exchange, 409, "name", "There are %d tokens, which is all that fit.", TOKEN_COUNT_MAX);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (str_equal(records[i].name, record->name)) {
            problem(exchange, 409, "name", "There is or was a token of this name; choose another.");
            return false;
        }
    }
    return true;
}

static void created(void *context, const struct ingest_answer *ingested)
{
    struct exchange *exchange = context;
    struct token_change *change = exchange->state;
    exchange->api->token_change_in_flight = false;
    struct auth *auth = exchange->api->options.auth;
    struct error error;
    if (ingested->status != STATUS_OK) {
        problem_error(exchange, &ingested->error);
        return;
    }
    if (auth != NULL && auth_token_add(auth, &change->record, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return;
    }
    struct json_writer *json = &exchange->json;
    json_write_object_begin(json);
    json_field_text(json, "token", change->text);
    json_write_key(json, "record");
    token_write(json, &change->record);
    json_write_object_end(json);
    static const struct api_header no_store = {{"Cache-Control", 13}, {"no-store", 8}};
    answer_as(exchange, 201, "application/json", &no_store, 1);
}

/* One change at a time, so that each knows what the one before did. */
static bool begin(struct exchange *exchange, struct token_change **change)
{
    *change = arena_new_zeroed(&exchange->arena, 1, sizeof **change);
    if (*change == NULL) {
        out_of_memory(exchange);
        return false;
    }
    if (exchange->api->token_change_in_flight) {
        problem(exchange, 503, "", "Another token is being made or revoked; try again in a moment.");
        return false;
    }
    return true;
}

static void submit(struct exchange *exchange, struct token_change *change, ingest_done *done)
{
    exchange->state = change;
    exchange->api->token_change_in_flight = true;
    ingest_change(exchange->api->options.ingest, &(struct ingest_change){.audit = &change->audit, .audit_count = 1,
                                                                        .settings = &change->setting, .setting_count = 1},
                  done, exchange);
}

void handle_token_create(struct exchange *exchange)
{
    struct json body;
    bool present;
    struct error error;
    const struct clock *clock = exchange->api->options.clock;
    struct token_change *change;
    if (!begin(exchange, &change)) {
        return;
    }
    struct token_record *record = &change->record;
    if (!request_json(exchange, false, &body, &present) || !read_token(exchange, body, record) ||
        !name_is_free(exchange, record)) {
        return;
    }
    token_make_id(clock, record->id);
    if (token_make(clock, TOKEN_PREFIX, change->text, &error) != STATUS_OK ||
        token_hash(str_from(change->text), record->hash, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return;
    }
    change->audit = audit_entry(exchange, "token.create", record->name);
    change->audit.tenant = record->tenant_id;
    if (!token_to_setting(record, &exchange->arena, &change->setting) ||
        !token_describe(record, &exchange->arena, &change->audit.after)) {
        out_of_memory(exchange);
        return;
    }
    submit(exchange, change, created);
}

/* ---- revoking ---- */

static void revoked(void *context, const struct ingest_answer *ingested)
{
    struct exchange *exchange = context;
    struct token_change *change = exchange->state;
    exchange->api->token_change_in_flight = false;
    if (ingested->status != STATUS_OK) {
        problem_error(exchange, &ingested->error);
        return;
    }
    if (exchange->api->options.auth != NULL) {
        auth_token_revoke(exchange->api->options.auth, str_from(change->record.id));
    }
    json_write_object_begin(&exchange->json);
    json_write_key(&exchange->json, "record");
    token_write(&exchange->json, &change->record);
    json_write_object_end(&exchange->json);
    answer(exchange, 200);
}

/* By id or by name. False: answered. */
static bool find_token(struct exchange *exchange, struct token_record *found)
{
    struct token_record *records;
    size_t count;
    if (!read_records(exchange, &records, &count)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (lists_tenant(exchange, records[i].tenant_id) &&
            (str_is(exchange->path[0], records[i].id) || str_equal(exchange->path[0], records[i].name))) {
            *found = records[i];
            return true;
        }
    }
    problem(exchange, 404, "id", "There is no token of this id or name.");
    return false;
}

void handle_token_revoke(struct exchange *exchange)
{
    struct token_change *change;
    if (!begin(exchange, &change)) {
        return;
    }
    struct token_record *record = &change->record;
    if (!find_token(exchange, record)) {
        return;
    }
    if (record->revoked_at != 0) {
        problem(exchange, 409, "id", "This token has been revoked already.");
        return;
    }
    change->audit = audit_entry(exchange, "token.revoke", record->name);
    change->audit.tenant = record->tenant_id;
    bool made = token_describe(record, &exchange->arena, &change->audit.before);
    record->revoked_at = clock_now_ms(exchange->api->options.clock);
    if (!made || !token_to_setting(record, &exchange->arena, &change->setting) ||
        !token_describe(record, &exchange->arena, &change->audit.after)) {
        out_of_memory(exchange);
        return;
    }
    submit(exchange, change, revoked);
}

/* ---- browsers ---- */

void handle_token_link(struct exchange *exchange)
{
    char text[TOKEN_TEXT_SIZE];
    struct error error;
    struct auth *auth = exchange->api->options.auth;
    if (auth == NULL || auth_is_off(auth)) {
        problem(exchange, 409, "", auth == NULL ? "A sign-in link leads to a server; start one with `trimodal serve`."
                                                : "This server asks nobody who they are (auth.mode is off): open it without a link.");
        return;
    }
    if (auth_link_new(auth, &exchange->request.principal, text, &error) != STATUS_OK) {
        problem_error(exchange, &error);
        return;
    }
    struct json_writer *json = &exchange->json;
    json_write_object_begin(json);
    json_field_text(json, "token", text);
    json_write_key(json, "path");
    char path[TOKEN_TEXT_SIZE + 16];
    (void)snprintf(path, sizeof path, "/?token=%s", text);
    json_write_str(json, str_from(path));
    json_field_i64(json, "expires_at", clock_now_ms(exchange->api->options.clock) + AUTH_LINK_SECONDS * 1000);
    json_write_object_end(json);
    static const struct api_header no_store = {{"Cache-Control", 13}, {"no-store", 8}};
    answer_as(exchange, 201, "application/json", &no_store, 1);
}

void handle_whoami(struct exchange *exchange)
{
    const struct principal *principal = &exchange->request.principal;
    struct json_writer *json = &exchange->json;
    json_write_object_begin(json);
    json_field_str(json, "subject", principal->subject);
    json_field_text(json, "role", role_name(principal->role));
    json_field_str(json, "tenant", principal->tenant_id);
    json_field_bool(json, "all_tenants", principal->all_tenants);
    json_write_key(json, "permissions");
    json_write_array_begin(json);
    for (int i = PERMISSION_NONE + 1; i < PERMISSION_COUNT; i++) {
        if (principal_may(principal, (enum permission)i)) {
            json_write_text(json, permission_name((enum permission)i));
        }
    }
    json_write_array_end(json);
    write_measure(json, "expires_at",
                  principal->expires_at_ms == INT64_MAX ? MEASURE_UNKNOWN : measure_of((double)principal->expires_at_ms));
    json_write_object_end(json);
    answer(exchange, 200);
}

void handle_sign_out(struct exchange *exchange)
{
    if (exchange->api->options.auth != NULL) {
        auth_sign_out(exchange->api->options.auth, &exchange->request.principal);
    }
    json_write_object_begin(&exchange->json);
    json_field_bool(&exchange->json, "signed_out", true);
    json_write_object_end(&exchange->json);
    static const struct api_header forget = {{"Set-Cookie", 10},
                                             {"trimodal_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0", 63}};
    answer_as(exchange, 200, "application/json", &forget, 1);
}
