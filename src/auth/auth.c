#include "auth/auth.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "auth/credentials.h"
#include "auth/jwks_source.h"
#include "auth/jwt_cache.h"
#include "auth/throttle.h"
#include "base/log.h"
#include "base/memory.h"

#define SESSION_PREFIX "ts_"
#define LINK_PREFIX "to_"
#define LOCAL_PREFIX "tl_"
#define SESSIONS_MAX 4096
#define LINKS_MAX 64
#define HOUR_MS INT64_C(3600000)
#define EXPIRE_INTERVAL_MS 60000
#define USES_NOTED_MAX 256 /* in one transaction */
#define LOCAL_PATH_SIZE 4096
#define OUT_OF_MEMORY "The server is out of memory; try again in a moment."

/* Tokens' last uses on their way to the store. */
struct notes {
    struct auth *auth;
    struct arena arena;
    struct store_setting settings[USES_NOTED_MAX];
    uint64_t numbers[USES_NOTED_MAX];
    int64_t used_at[USES_NOTED_MAX];
    size_t count;
    bool abandoned; /* the door is gone */
};

struct auth {
    enum auth_mode mode;
    const struct clock *clock;
    struct jwt_issuer_options *issuers;
    struct jwks_source **sources;
    size_t issuer_count;
    struct json_parser *parser;
    struct credentials credentials;
    struct throttle throttle;
    struct jwt_cache jwts;
    struct auth_counters counters;
    struct notes *notes; /* in flight */
    int64_t expired_at;
    char local_path[LOCAL_PATH_SIZE]; /* empty: none */
};

/* ---- making ---- */

static enum status add_issuers(struct auth *auth, const struct auth_options *options, struct error *error)
{
    if (options->issuer_count == 0) {
        return STATUS_OK;
    }
    auth->issuers = memory_new_zeroed(options->issuer_count, sizeof *auth->issuers);
    auth->sources = memory_new_zeroed(options->issuer_count, sizeof(struct jwks_source *));
    if (auth->issuers == NULL || auth->sources == NULL) {
        return error_no_memory(error, "auth");
    }
    for (size_t i = 0; i < options->issuer_count; i++) {
        auth->issuers[i] = options->issuers[i];
        enum status status = jwks_source_new(&auth->sources[i], &auth->issuers[i], auth->clock, error);
        if (status != STATUS_OK) {
            return status;
        }
        auth->issuer_count++;
    }
    return STATUS_OK;
}

static enum status add_scrape_token(struct auth *auth, struct str token, struct error *error)
{
    uint8_t hash[SHA256_SIZE];
    struct principal principal = {.known = true,
                                  .role = ROLE_VIEWER,
                                  .permissions = 1u << PERMISSION_METRICS_READ,
                                  .tenant_id = STR(TENANT_DEFAULT),
                                  .subject = STR("metrics"),
                                  .expires_at_ms = INT64_MAX};
    if (token.length == 0) {
        return STATUS_OK;
    }
    if (token.length < JWKS_SECRET_BYTES_MIN || token.length > JWT_BYTES_MAX) {
        return error_set(error, STATUS_INVALID, "metrics_token_file", "the token needs 32 characters at least, random ones");
    }
    enum status status = token_hash(token, hash, error);
    if (status == STATUS_OK && credentials_add(&auth->credentials, CREDENTIAL_SCRAPE, hash, &principal) == NULL) {
        status = error_no_memory(error, "auth");
    }
    return status;
}

enum status auth_new(struct auth **out, const struct auth_options *options, struct error *error)
{
    struct auth *auth = memory_new_zeroed(1, sizeof *auth);
    if (auth == NULL) {
        return error_no_memory(error, "auth");
    }
    auth->mode = options->mode;
    auth->clock = options->clock;
    auth->parser = json_parser_new();
    enum status status = auth->parser == NULL ? error_no_memory(error, "auth") : add_issuers(auth, options, error);
    if (status == STATUS_OK) {
        status = add_scrape_token(auth, options->scrape_token, error);
    }
    if (status != STATUS_OK) {
        auth_free(auth);
        return status;
    }
    *out = auth;
    return STATUS_OK;
}

void auth_free(struct auth *auth)
{
    if (auth == NULL) {
        return;
    }
    auth_local_close(auth);
    if (auth->notes != NULL) {
        auth->notes->abandoned = true;
    }
    for (size_t i = 0; i < auth->issuer_count; i++) {
        jwks_source_free(auth->sources[i]);
    }
    memory_free(auth->sources);
    memory_free(auth->issuers);
    credentials_release(&auth->credentials);
    jwt_cache_clear(&auth->jwts);
    json_parser_free(auth->parser);
    memory_free(auth);
}

bool auth_is_off(const struct auth *auth)
{
    return auth->mode == AUTH_OFF;
}

/* ---- tokens ---- */

enum status auth_token_add(struct auth *auth, const struct token_record *record, struct error *error)
{
    char subject[TOKEN_NAME_BYTES_MAX + 8];
    int64_t now = clock_now_ms(auth->clock);
    if (record->revoked_at != 0 || (record->expires_at != 0 && record->expires_at <= now)) {
        return STATUS_OK;
    }
    (void)snprintf(subject, sizeof subject, "token:%.*s", (int)record->name.length, record->name.at);
    struct principal principal = principal_of(record->role, record->tenant_id, str_from(subject));
    principal.expires_at_ms = record->expires_at == 0 ? INT64_MAX : record->expires_at;
    struct credential *credential = credentials_add(&auth->credentials, CREDENTIAL_TOKEN, record->hash, &principal);
    if (credential == NULL) {
        return error_no_memory(error, "token");
    }
    (void)snprintf(credential->id, sizeof credential->id, "%s", record->id);
    credential->until = principal.expires_at_ms;
    credential->used_at = credential->used_at_noted = record->used_at;
    return STATUS_OK;
}

enum status auth_load_tokens(struct auth *auth, struct store_reader *reader, struct error *error)
{
    struct arena arena;
    struct token_record *records;
    size_t count;
    arena_init(&arena, 64 * MIB);
    enum status status = token_read_all(reader, &arena, &records, &count, error);
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        status = auth_token_add(auth, &records[i], error);
    }
    arena_release(&arena);
    return status;
}

size_t auth_token_count(const struct auth *auth)
{
    return auth->credentials.counts[CREDENTIAL_TOKEN];
}

void auth_token_revoke(struct auth *auth, struct str id)
{
    struct credential *credential = NULL;
    do {
        credential = credentials_next(&auth->credentials, CREDENTIAL_TOKEN, credential);
    } while (credential != NULL && !str_is(id, credential->id));
    if (credential != NULL) {
        credentials_remove(&auth->credentials, credential);
    }
}

/* ---- checking ---- */

/* One check on its way. */
struct check {
    struct auth *auth;
    struct str credential;
    uint64_t network;  /* 0: this machine */
    unsigned wait;     /* seconds that the network is shut out for */
    int64_t now_ms;
    struct arena *arena;
    const char *reason; /* of a refusal, for the log */
    struct auth_refusal *refusal;
};

static bool refuse(struct check *check, unsigned status, unsigned retry_after_seconds, const char *text)
{
    *check->refusal = (struct auth_refusal){status, retry_after_seconds, text};
    check->auth->counters.refused += status == 401;
    check->auth->counters.slowed += status == 429;
    return false;
}

static bool refuse_slowed(struct check *check)
{
    return refuse(check, 429, check->wait, "Too many credentials from this address were not good; wait before the next.");
}

/* One sentence for all that is wrong with a credential: whoever tries learns nothing. */
static bool refuse_bad(struct check *check, const char *reason)
{
    char fields[64];
    if (check->network != 0) {
        throttle_failed(&check->auth->throttle, check->network, clock_monotonic_ns(check->auth->clock));
    }
    (void)snprintf(fields, sizeof fields, "\"network\":\"%016llx\"", (unsigned long long)check->network);
    log_line(LOG_WARN, fields, "a credential was refused: %s", reason);
    return refuse(check, 401, 0,
                  "This credential is not good: it is unknown, has expired, was revoked, or is meant for something else.");
}

static bool let_in(struct check *check, const struct principal *known, uint64_t *network, struct principal *principal)
{
    if (check->wait > 0 && *network != check->network) {
        return refuse_slowed(check);
    }
    if (!principal_copy(known, check->arena, principal)) {
        return refuse(check, 503, 1, OUT_OF_MEMORY);
    }
    *network = check->network;
    check->auth->counters.granted++;
    return true;
}

static bool check_random(struct check *check, const uint8_t hash[SHA256_SIZE], struct principal *principal)
{
    struct credential *credential = credentials_find(&check->auth->credentials, hash);
    if (credential == NULL || credential->kind == CREDENTIAL_LINK) {
        return check->wait > 0 ? refuse_slowed(check) : refuse_bad(check, "it is unknown, or was revoked");
    }
    if (credential->principal.expires_at_ms <= check->now_ms) {
        return check->wait > 0 ? refuse_slowed(check) : refuse_bad(check, "it has expired");
    }
    if (check->now_ms - credential->used_at >= HOUR_MS) {
        credential->used_at = check->now_ms / HOUR_MS * HOUR_MS;
    }
    return let_in(check, &credential->principal, &credential->network, principal);
}

/* The issuer that the token says it is of; NULL: none of ours. */
static const struct jwt_issuer_options *issuer_of(const struct auth *auth, const struct jwt *jwt, size_t *number)
{
    for (size_t i = 0; i < auth->issuer_count; i++) {
        if (str_is(jwt_issuer(jwt), auth->issuers[i].issuer)) {
            *number = i;
            return &auth->issuers[i];
        }
    }
    return NULL;
}

static bool principal_of_claims(const struct auth *auth, const struct jwt_issuer_options *issuer, const struct jwt_claims *claims,
                                struct arena *arena, struct principal *principal)
{
    struct str subject;
    bool formatted = auth->issuer_count > 1 ? arena_format(arena, &subject, "jwt:%s|%.*s", issuer->issuer, STR_ARGS(claims->subject))
                                            : arena_format(arena, &subject, "jwt:%.*s", STR_ARGS(claims->subject));
    *principal = principal_of(claims->role, claims->tenant_id, subject);
    principal->permissions = claims->permissions;
    principal->expires_at_ms = claims->expires_at_ms;
    return formatted;
}

static bool verify_jwt(struct check *check, const uint8_t hash[SHA256_SIZE], struct principal *principal)
{
    struct auth *auth = check->auth;
    const char *reason;
    struct jwt_claims claims;
    size_t number = 0;
    const struct jwt *jwt = jwt_read(check->credential, auth->parser, check->arena, &reason);
    if (jwt == NULL) {
        return refuse_bad(check, reason);
    }
    const struct jwt_issuer_options *issuer = issuer_of(auth, jwt, &number);
    if (issuer == NULL) {
        return refuse_bad(check, "its issuer is none that is configured");
    }
    bool changed;
    const struct jwks *keys = jwks_source_keys(auth->sources[number], &changed);
    if (changed) {
        jwt_cache_clear(&auth->jwts);
    }
    if (keys == NULL) {
        return refuse(check, 503, 2, "The keys of this token's issuer have not been fetched yet; try again in a moment.");
    }
    enum jwt_outcome outcome = jwt_verify(jwt, issuer, keys, check->now_ms, check->arena, &claims, &reason);
    if (outcome == JWT_UNKNOWN_KEY) {
        jwks_source_miss(auth->sources[number]);
    }
    if (outcome != JWT_GOOD) {
        return refuse_bad(check, reason);
    }
    struct principal made;
    uint64_t network = check->network;
    if (!principal_of_claims(auth, issuer, &claims, check->arena, &made)) {
        return refuse(check, 503, 1, OUT_OF_MEMORY);
    }
    jwt_cache_put(&auth->jwts, hash, &made, network);
    return let_in(check, &made, &network, principal);
}

/* What was checked under keys that have changed since is checked again. */
static void follow_keys(struct auth *auth)
{
    for (size_t i = 0; i < auth->issuer_count; i++) {
        bool changed;
        (void)jwks_source_keys(auth->sources[i], &changed);
        if (changed) {
            jwt_cache_clear(&auth->jwts);
        }
    }
}

static bool check_jwt(struct check *check, const uint8_t hash[SHA256_SIZE], struct principal *principal)
{
    follow_keys(check->auth);
    struct jwt_cache_entry *kept = jwt_cache_find(&check->auth->jwts, hash, check->now_ms);
    if (kept != NULL) {
        return let_in(check, &kept->principal, &kept->network, principal);
    }
    return check->wait > 0 ? refuse_slowed(check) : verify_jwt(check, hash, principal);
}

static struct check begin_check(struct auth *auth, struct str credential, struct str address, struct arena *arena,
                                struct auth_refusal *refusal)
{
    struct check check = {.auth = auth, .credential = credential, .now_ms = clock_now_ms(auth->clock), .arena = arena,
                          .refusal = refusal};
    if (address.length > 0) {
        check.network = throttle_network(address);
        check.wait = throttle_wait(&auth->throttle, check.network, clock_monotonic_ns(auth->clock));
    }
    return check;
}

bool auth_check(struct auth *auth, struct str credential, struct str address, struct arena *arena, struct principal *principal,
                struct auth_refusal *refusal)
{
    struct check check = begin_check(auth, credential, address, arena, refusal);
    uint8_t hash[SHA256_SIZE];
    struct str subject;
    *principal = (struct principal){0};
    if (auth->mode == AUTH_OFF) {
        if (!arena_format(arena, &subject, "http:%.*s", STR_ARGS(address))) {
            return refuse(&check, 503, 1, OUT_OF_MEMORY);
        }
        *principal = principal_of(ROLE_ADMIN, STR_NONE, subject);
        return true;
    }
    if (credential.length == 0) {
        *refusal = (struct auth_refusal){401, 0,
                                         "Sign in first: send a token as \"Authorization: Bearer TOKEN\"; `trimodal token create` "
                                         "makes one."};
        return false;
    }
    if (credential.length > JWT_BYTES_MAX) {
        return check.wait > 0 ? refuse_slowed(&check) : refuse_bad(&check, "it is longer than 8 KiB");
    }
    if (token_hash(credential, hash, NULL) != STATUS_OK) {
        return refuse(&check, 503, 1, OUT_OF_MEMORY);
    }
    return str_find(credential, '.') < credential.length ? check_jwt(&check, hash, principal)
                                                         : check_random(&check, hash, principal);
}

bool auth_holds(const struct auth *auth, const struct principal *principal)
{
    return principal->known && principal->expires_at_ms > clock_now_ms(auth->clock) &&
           (principal->token == 0 || credentials_by_number(&auth->credentials, principal->token) != NULL);
}

/* ---- browsers ---- */

/* Room for one more of a kind that is limited: the one that ends first makes room. */
static void make_room(struct auth *auth, enum credential_kind kind, size_t most)
{
    while (auth->credentials.counts[kind] >= most) {
        struct credential *first = NULL;
        for (struct credential *c = NULL; (c = credentials_next(&auth->credentials, kind, c)) != NULL;) {
            first = first == NULL || c->principal.expires_at_ms < first->principal.expires_at_ms ? c : first;
        }
        credentials_remove(&auth->credentials, first);
    }
}

/* A credential of our own making for this principal; its text goes into `text`. */
static enum status add_derived(struct auth *auth, enum credential_kind kind, const char *prefix, const struct principal *principal,
                               uint64_t parent, int64_t seconds, char text[TOKEN_TEXT_SIZE], struct error *error)
{
    uint8_t hash[SHA256_SIZE];
    struct principal derived = *principal;
    int64_t end = clock_now_ms(auth->clock) + seconds * 1000;
    derived.expires_at_ms = end < principal->expires_at_ms ? end : principal->expires_at_ms;
    enum status status = token_make(auth->clock, prefix, text, error);
    if (status == STATUS_OK) {
        status = token_hash((struct str){text, TOKEN_TEXT_LENGTH}, hash, error);
    }
    struct credential *credential = status == STATUS_OK ? credentials_add(&auth->credentials, kind, hash, &derived) : NULL;
    if (status == STATUS_OK && credential == NULL) {
        status = error_no_memory(error, "session");
    }
    if (status == STATUS_OK) {
        credential->parent = parent;
        credential->until = principal->expires_at_ms;
    }
    return status;
}

bool auth_sign_in(struct auth *auth, struct str credential, struct str address, struct arena *arena, struct str *session,
                  struct auth_refusal *refusal)
{
    struct check check = begin_check(auth, credential, address, arena, refusal);
    uint8_t hash[SHA256_SIZE];
    char text[TOKEN_TEXT_SIZE];
    struct error error;
    if (check.wait > 0) {
        return refuse_slowed(&check);
    }
    if (credential.length > JWT_BYTES_MAX) {
        return refuse_bad(&check, "it is longer than 8 KiB");
    }
    if (token_hash(credential, hash, NULL) != STATUS_OK) {
        return refuse(&check, 503, 1, OUT_OF_MEMORY);
    }
    struct credential *found = credentials_find(&auth->credentials, hash);
    if (found == NULL || (found->kind != CREDENTIAL_TOKEN && found->kind != CREDENTIAL_LINK) ||
        found->principal.expires_at_ms <= check.now_ms) {
        return refuse_bad(&check, "a sign-in link that is over, or never was");
    }
    make_room(auth, CREDENTIAL_SESSION, SESSIONS_MAX);
    struct principal principal = found->principal;
    uint64_t parent = found->kind == CREDENTIAL_LINK ? found->parent : found->principal.token;
    principal.expires_at_ms = found->until; /* a link's quarter of an hour is not the session's */
    enum status status = add_derived(auth, CREDENTIAL_SESSION, SESSION_PREFIX, &principal, parent, AUTH_SESSION_SECONDS, text, &error);
    if (found->kind == CREDENTIAL_LINK) {
        found->parent = 0;
        credentials_remove(&auth->credentials, found); /* good once */
    }
    if (status != STATUS_OK || !arena_copy(arena, (struct str){text, TOKEN_TEXT_LENGTH}, session)) {
        return refuse(&check, 503, 1, OUT_OF_MEMORY);
    }
    log_line(LOG_INFO, NULL, "somebody signed in by a link");
    auth->counters.granted++;
    return true;
}

void auth_sign_out(struct auth *auth, const struct principal *principal)
{
    struct credential *credential = principal->token == 0 ? NULL : credentials_by_number(&auth->credentials, principal->token);
    if (credential != NULL && credential->kind == CREDENTIAL_SESSION) {
        credentials_remove(&auth->credentials, credential);
    }
}

enum status auth_link_new(struct auth *auth, const struct principal *principal, char text[TOKEN_TEXT_SIZE], struct error *error)
{
    credentials_expire(&auth->credentials, clock_now_ms(auth->clock));
    if (auth->credentials.counts[CREDENTIAL_LINK] >= LINKS_MAX) {
        return error_set(error, STATUS_RETRY, "link", "%d sign-in links wait to be used; they end after 15 minutes", LINKS_MAX);
    }
    return add_derived(auth, CREDENTIAL_LINK, LINK_PREFIX, principal, principal->token, AUTH_LINK_SECONDS, text, error);
}

/* ---- commands on this machine ---- */

static enum status write_secret(const char *path, struct str text, struct error *error)
{
    (void)unlink(path);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    bool written = file >= 0 && write(file, text.at, text.length) == (ssize_t)text.length;
    int problem = errno;
    if (file >= 0) {
        (void)close(file);
    }
    if (!written) {
        (void)unlink(path);
        return error_set(error, STATUS_RETRY, path, "the token for commands on this machine can't be written: %s",
                         strerror(problem));
    }
    return STATUS_OK;
}

enum status auth_local_open(struct auth *auth, const char *directory, struct error *error)
{
    const struct passwd *user = getpwuid(getuid());
    char subject[128], text[TOKEN_TEXT_SIZE + 1];
    (void)snprintf(subject, sizeof subject, "cli:%s", user != NULL ? user->pw_name : "unknown");
    if (snprintf(auth->local_path, sizeof auth->local_path, "%s/%s", directory, AUTH_LOCAL_FILE) >= LOCAL_PATH_SIZE) {
        auth->local_path[0] = '\0';
        return error_set(error, STATUS_INVALID, "data", "the path is too long");
    }
    struct principal principal = principal_of(ROLE_ADMIN, STR_NONE, str_from(subject));
    enum status status = add_derived(auth, CREDENTIAL_LOCAL, LOCAL_PREFIX, &principal, 0, INT32_MAX, text, error);
    if (status == STATUS_OK) {
        text[TOKEN_TEXT_LENGTH] = '\n';
        status = write_secret(auth->local_path, (struct str){text, TOKEN_TEXT_LENGTH + 1}, error);
    }
    if (status != STATUS_OK) {
        auth->local_path[0] = '\0';
    }
    return status;
}

void auth_local_close(struct auth *auth)
{
    if (auth->local_path[0] != '\0') {
        (void)unlink(auth->local_path);
        auth->local_path[0] = '\0';
    }
}

/* ---- now and then ---- */

static void noted(void *context, const struct ingest_answer *answer)
{
    struct notes *notes = context;
    for (size_t i = 0; i < notes->count && !notes->abandoned && answer->status == STATUS_OK; i++) {
        struct credential *credential = credentials_by_number(&notes->auth->credentials, notes->numbers[i]);
        if (credential != NULL) {
            credential->used_at_noted = notes->used_at[i];
        }
    }
    if (!notes->abandoned) {
        notes->auth->notes = NULL;
    }
    arena_release(&notes->arena);
    memory_free(notes);
}

static void note_use(struct notes *notes, const struct credential *credential)
{
    struct store_setting *setting = &notes->settings[notes->count];
    if (arena_format(&notes->arena, &setting->key, TOKEN_USED_KEY_PREFIX "%s", credential->id) &&
        arena_format(&notes->arena, &setting->value, "%lld", (long long)credential->used_at)) {
        notes->numbers[notes->count] = credential->principal.token;
        notes->used_at[notes->count] = credential->used_at;
        notes->count++;
    }
}

static void note_uses(struct auth *auth, struct ingest *ingest)
{
    struct credential *c = NULL;
    do {
        c = credentials_next(&auth->credentials, CREDENTIAL_TOKEN, c);
    } while (c != NULL && c->used_at == c->used_at_noted);
    struct notes *notes = c == NULL ? NULL : memory_new_zeroed(1, sizeof *notes);
    if (notes == NULL) {
        return;
    }
    notes->auth = auth;
    arena_init(&notes->arena, MIB);
    for (; c != NULL && notes->count < USES_NOTED_MAX; c = credentials_next(&auth->credentials, CREDENTIAL_TOKEN, c)) {
        if (c->used_at != c->used_at_noted) {
            note_use(notes, c);
        }
    }
    auth->notes = notes;
    ingest_change(ingest, &(struct ingest_change){.settings = notes->settings, .setting_count = notes->count}, noted, notes);
}

void auth_tick(struct auth *auth, struct ingest *ingest)
{
    int64_t now = clock_now_ms(auth->clock);
    if (now - auth->expired_at >= EXPIRE_INTERVAL_MS || now < auth->expired_at) {
        auth->expired_at = now;
        credentials_expire(&auth->credentials, now);
    }
    follow_keys(auth);
    if (auth->notes == NULL) {
        note_uses(auth, ingest);
    }
}

void auth_reload(struct auth *auth)
{
    for (size_t i = 0; i < auth->issuer_count; i++) {
        jwks_source_look(auth->sources[i], true);
        jwks_source_miss(auth->sources[i]);
    }
    follow_keys(auth);
}

void auth_counters(const struct auth *auth, struct auth_counters *counters)
{
    *counters = auth->counters;
    counters->sessions = auth->credentials.counts[CREDENTIAL_SESSION];
    counters->tokens = auth->credentials.counts[CREDENTIAL_TOKEN];
}
