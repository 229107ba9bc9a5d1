/* JSON Web Tokens and key sets: any bytes give a verdict, and none that was not signed is let in.
 *
 * The first byte says what the rest is: a key set, a token as it came, or header and claims (between them a line feed) that are
 * signed here by the secret or left unsigned, so that the checks behind the signature are reached, too. */
#include <stdlib.h>

#include <openssl/hmac.h>

#include "auth/jwt.h"
#include "base/buffer.h"
#include "base/json_read.h"
#include "base/log.h"

#define SECRET "0123456789abcdef0123456789abcdef"
#define NOW INT64_C(1790000000000)

static struct json_parser *parser;
static struct jwks *keys;
static const struct jwt_issuer_options issuer = {.issuer = "i", .audience = "a", .algorithms = 15, .clock_skew_seconds = 60};

static void read_set(struct str text)
{
    struct jwks *set;
    char *padded = calloc(1, text.length + JSON_READ_PADDING);
    memcpy(padded, text.at, text.length);
    if (jwks_parse(&set, (struct str){padded, text.length}, true, "fuzz", NULL) == STATUS_OK) {
        if (set->count == 0 || set->count > JWKS_KEYS_MAX) {
            abort();
        }
        jwks_free(set);
    }
    free(padded);
}

static enum jwt_outcome verify(struct str text, struct arena *arena, struct jwt_claims *claims)
{
    const char *reason = NULL;
    const struct jwt *jwt = jwt_read(text, parser, arena, &reason);
    enum jwt_outcome outcome = jwt == NULL ? JWT_REFUSED : jwt_verify(jwt, &issuer, keys, NOW, arena, claims, &reason);
    if ((outcome == JWT_GOOD) != (reason == NULL)) {
        abort();
    }
    return outcome;
}

static void append_part(struct buffer *to, struct str part)
{
    char *room = buffer_reserve(to, part.length * 4 / 3 + 8);
    if (room != NULL) {
        to->length += base64url_encode((const uint8_t *)part.at, part.length, room);
    }
}

static void sign(struct buffer *to)
{
    uint8_t mac[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    (void)HMAC(EVP_sha256(), SECRET, 32, (const uint8_t *)to->bytes, to->length, mac, &length);
    buffer_append_text(to, ".");
    append_part(to, (struct str){(const char *)mac, length});
}

static void check_made(struct str text, bool is_signed, struct arena *arena)
{
    struct buffer token;
    struct jwt_claims claims;
    size_t line = str_find(text, '\n');
    buffer_init(&token, MIB);
    append_part(&token, (struct str){text.at, line});
    buffer_append_text(&token, ".");
    append_part(&token, str_from_offset(text, line + 1));
    if (is_signed) {
        sign(&token);
    } else {
        buffer_append_text(&token, ".");
    }
    if (!buffer_failed(&token) && verify(buffer_str(&token), arena, &claims) == JWT_GOOD) {
        if (!is_signed || claims.subject.length == 0 || claims.tenant_id.length == 0 || claims.permissions == 0 ||
            claims.expires_at_ms <= NOW) {
            abort();
        }
    }
    buffer_release(&token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct jwt_claims claims;
    if (parser == NULL) {
        log_set_level(LOG_ERROR);
        parser = json_parser_new();
        if (parser == NULL || jwks_of_secret(&keys, STR(SECRET), "fuzz", NULL) != STATUS_OK) {
            abort();
        }
    }
    if (size == 0) {
        return 0;
    }
    struct str rest = {(const char *)data + 1, size - 1};
    arena_init(&arena, 4 * MIB);
    switch (data[0]) {
    case 'k':
        read_set(rest);
        break;
    case 's':
        check_made(rest, true, &arena);
        break;
    case 'u':
        check_made(rest, false, &arena);
        break;
    default:
        (void)verify(rest, &arena, &claims);
        break;
    }
    arena_release(&arena);
    return 0;
}
