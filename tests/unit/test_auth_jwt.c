/* JSON Web Tokens: good ones are let in, and the known attacks are not (RFC 8725, and what was seen in the wild). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "base/json_read.h"
#include "base/log.h"
#include "jwt_forge.h"

#define NOW INT64_C(1790000000000)
#define GOOD_CLAIMS                                                                                                          \
    "{\"iss\":\"https://id.example\",\"aud\":\"mission-control\",\"sub\":\"alice\",\"exp\":1790000600,\"iat\":1789999990,"     \
    "\"nbf\":1789999990,\"tenant\":\"acme\",\"role\":\"engineer\"}"
#define ALL (1u << JWT_HS256 | 1u << JWT_RS256 | 1u << JWT_ES256 | 1u << JWT_EDDSA)

static EVP_PKEY *rsa, *ec, *ed, *other_rsa;
static struct jwks *keys;
static struct jwt_issuer_options issuer;
static struct json_parser *parser;
static struct arena arena;
static struct jwt_claims claims;
static const char *reason;
static struct buffer token;

static struct jwks *parse_set(const char *text, size_t length, bool secrets)
{
    struct jwks *set = NULL;
    char *padded = calloc(1, length + JSON_READ_PADDING);
    memcpy(padded, text, length);
    enum status status = jwks_parse(&set, (struct str){padded, length}, secrets, "test", NULL);
    free(padded);
    return status == STATUS_OK ? set : NULL;
}

static int setup_keys(void **state)
{
    (void)state;
    struct buffer text;
    rsa = forge_rsa(2048);
    other_rsa = forge_rsa(2048);
    ec = forge_ec("P-256");
    ed = forge_ed25519();
    buffer_init(&text, MIB);
    buffer_append_text(&text, "{\"keys\":[");
    forge_jwk(&text, rsa, "rsa", ",\"use\":\"sig\",\"alg\":\"RS256\"");
    forge_jwk(&text, ec, "ec", "");
    forge_jwk(&text, ed, "ed", ",\"alg\":\"EdDSA\"");
    buffer_append_text(&text, ",{\"kty\":\"oct\",\"kid\":\"hs\",\"k\":\"");
    forge_base64url(&text, FORGE_SECRET, 32);
    buffer_append_text(&text, "\"}]}");
    keys = parse_set(text.bytes, text.length, true);
    buffer_release(&text);
    parser = json_parser_new();
    return keys != NULL && keys->count == 4 && parser != NULL ? 0 : -1;
}

static int release_keys(void **state)
{
    (void)state;
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(other_rsa);
    EVP_PKEY_free(ec);
    EVP_PKEY_free(ed);
    jwks_free(keys);
    json_parser_free(parser);
    return 0;
}

static int setup(void **state)
{
    (void)state;
    issuer = (struct jwt_issuer_options){
        .issuer = "https://id.example", .audience = "mission-control", .algorithms = ALL, .clock_skew_seconds = 60};
    arena_init(&arena, MIB);
    buffer_init(&token, MIB);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_release(&arena);
    buffer_release(&token);
    return 0;
}

static enum jwt_outcome verdict_at(struct str text, int64_t now_ms)
{
    const struct jwt *jwt = jwt_read(text, parser, &arena, &reason);
    return jwt == NULL ? JWT_REFUSED : jwt_verify(jwt, &issuer, keys, now_ms, &arena, &claims, &reason);
}

static enum jwt_outcome verdict(void)
{
    return verdict_at(buffer_str(&token), NOW);
}

static void make(const char *header, const char *body, enum jwt_algorithm algorithm, EVP_PKEY *key)
{
    buffer_clear(&token);
    forge_unsigned(&token, header, body);
    forge_sign(&token, algorithm, key, STR(FORGE_SECRET));
}

/* Refused, and for this reason: a test that is refused for another one shows nothing. */
static void assert_refused(const char *because)
{
    if (verdict() == JWT_GOOD) {
        fail_msg("let in: %s", token.bytes);
    }
    if (strstr(reason, because) == NULL) {
        fail_msg("refused because \"%s\", not \"%s\"", reason, because);
    }
}

static void assert_good(void)
{
    if (verdict() != JWT_GOOD) {
        fail_msg("refused: %s", reason);
    }
}

/* The good token with one claim more or changed: RS256. */
static void assert_claims_refused(const char *body, const char *because)
{
    make("{\"alg\":\"RS256\",\"kid\":\"rsa\"}", body, JWT_RS256, rsa);
    assert_refused(because);
}

#define CLAIMS(members) "{\"iss\":\"https://id.example\",\"aud\":\"mission-control\",\"sub\":\"alice\",\"tenant\":\"acme\"," members "}"

/* ---- good ones ---- */

static void a_token_of_each_algorithm_is_let_in(void **state)
{
    (void)state;
    const struct {
        const char *header;
        enum jwt_algorithm algorithm;
        EVP_PKEY *key;
    } good[] = {{"{\"alg\":\"RS256\",\"kid\":\"rsa\",\"typ\":\"JWT\"}", JWT_RS256, rsa},
                {"{\"alg\":\"ES256\",\"kid\":\"ec\",\"typ\":\"at+jwt\"}", JWT_ES256, ec},
                {"{\"alg\":\"EdDSA\",\"kid\":\"ed\"}", JWT_EDDSA, ed},
                {"{\"alg\":\"HS256\",\"kid\":\"hs\",\"typ\":\"application/at+jwt\"}", JWT_HS256, NULL},
                {"{\"alg\":\"ES256\"}", JWT_ES256, ec}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        make(good[i].header, GOOD_CLAIMS, good[i].algorithm, good[i].key);
        assert_good();
        assert_true(str_is(claims.subject, "alice"));
        assert_true(str_is(claims.tenant_id, "acme"));
        assert_int_equal(claims.role, ROLE_ENGINEER);
        assert_int_equal(claims.permissions, role_permissions(ROLE_ENGINEER));
        assert_int_equal(claims.expires_at_ms, INT64_C(1790000660000));
    }
}

static void a_set_may_be_one_secret(void **state)
{
    (void)state;
    struct jwks *set = NULL;
    make("{\"alg\":\"HS256\"}", GOOD_CLAIMS, JWT_HS256, NULL);
    const struct jwt *jwt = jwt_read(buffer_str(&token), parser, &arena, &reason);
    assert_int_equal(jwks_of_secret(&set, STR(FORGE_SECRET), "test", NULL), STATUS_OK);
    assert_int_equal(jwt_verify(jwt, &issuer, set, NOW, &arena, &claims, &reason), JWT_GOOD);
    jwks_free(set);
    assert_int_equal(jwks_of_secret(&set, STR("0123456789abcdef0123456789abcde"), "test", NULL), STATUS_INVALID);
}

static void audiences_roles_and_tenants_come_in_the_forms_that_issuers_use(void **state)
{
    (void)state;
    make("{\"alg\":\"ES256\"}",
         "{\"iss\":\"https://id.example\",\"aud\":[\"other\",\"mission-control\"],\"sub\":\"s\",\"exp\":1790000600.5,"
         "\"org\":{\"name\":\"globex\"},\"realm_access\":{\"roles\":[\"offline\",\"viewer\",\"auditor\"]}}",
         JWT_ES256, ec);
    assert_refused("role");
    (void)snprintf(issuer.role_claim, sizeof issuer.role_claim, "/realm_access/roles");
    assert_refused("tenant");
    (void)snprintf(issuer.tenant_claim, sizeof issuer.tenant_claim, "/org/name");
    assert_good();
    assert_true(str_is(claims.tenant_id, "globex"));
    assert_int_equal(claims.permissions, role_permissions(ROLE_VIEWER) | role_permissions(ROLE_AUDITOR));
    (void)snprintf(issuer.tenant, sizeof issuer.tenant, "fixed");
    assert_good();
    assert_true(str_is(claims.tenant_id, "fixed"));
}

/* ---- the algorithm is chosen by the verifier ---- */

static void none_has_no_way_in(void **state)
{
    (void)state;
    static const char *const spellings[] = {"none", "None", "NONE", "nOnE", ""};
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        char header[64];
        (void)snprintf(header, sizeof header, "{\"alg\":\"%s\"}", spellings[i]);
        buffer_clear(&token);
        forge_unsigned(&token, header, GOOD_CLAIMS);
        buffer_append_text(&token, ".");
        assert_refused("algorithm");
        buffer_append_text(&token, "AAAA");
        assert_refused("algorithm");
    }
}

static void a_public_key_is_no_shared_secret(void **state)
{
    (void)state;
    /* HS256 over the RSA key's PEM, DER and modulus: what the confused verifier would take for the secret. */
    unsigned char *der = NULL;
    int der_length = i2d_PUBKEY(rsa, &der);
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PUBKEY(bio, rsa), 1);
    char *pem;
    long pem_length = BIO_get_mem_data(bio, &pem);
    const struct str secrets[] = {{pem, (size_t)pem_length}, {(const char *)der, (size_t)der_length}, STR("")};
    static const char *const headers[] = {"{\"alg\":\"HS256\",\"kid\":\"rsa\"}", "{\"alg\":\"HS256\"}"};
    for (size_t i = 0; i < 3; i++) {
        for (size_t h = 0; h < 2; h++) {
            buffer_clear(&token);
            forge_unsigned(&token, headers[h], GOOD_CLAIMS);
            forge_sign(&token, JWT_HS256, NULL, secrets[i]);
            assert_refused(h == 0 ? "no key" : "signature");
        }
    }
    OPENSSL_free(der);
    BIO_free(bio);
}

static void an_algorithm_that_is_not_configured_is_refused(void **state)
{
    (void)state;
    issuer.algorithms = 1u << JWT_ES256;
    make("{\"alg\":\"RS256\",\"kid\":\"rsa\"}", GOOD_CLAIMS, JWT_RS256, rsa);
    assert_refused("algorithm");
    make("{\"alg\":\"HS256\",\"kid\":\"hs\"}", GOOD_CLAIMS, JWT_HS256, NULL);
    assert_refused("algorithm");
    make("{\"alg\":\"RS512\",\"kid\":\"rsa\"}", GOOD_CLAIMS, JWT_RS256, rsa);
    assert_refused("algorithm");
    buffer_clear(&token);
    forge_unsigned(&token, "{\"alg\":[\"ES256\"]}", GOOD_CLAIMS);
    buffer_append_text(&token, ".AAAA");
    assert_refused("algorithm");
}

static void the_key_must_be_of_the_algorithms_kind(void **state)
{
    (void)state;
    make("{\"alg\":\"ES256\",\"kid\":\"rsa\"}", GOOD_CLAIMS, JWT_ES256, ec);
    assert_refused("no key");
    make("{\"alg\":\"RS256\",\"kid\":\"ec\"}", GOOD_CLAIMS, JWT_RS256, rsa);
    assert_refused("no key");
}

/* ---- the key is the issuer's ---- */

static void a_key_that_the_token_brings_is_not_used(void **state)
{
    (void)state;
    struct buffer header;
    buffer_init(&header, MIB);
    buffer_append_text(&header, "{\"alg\":\"RS256\",\"jwk\":");
    forge_jwk(&header, other_rsa, "rsa", "");
    buffer_append_text(&header, "}");
    make(header.bytes, GOOD_CLAIMS, JWT_RS256, other_rsa);
    assert_refused("its own key");
    buffer_release(&header);
    static const char *const headers[] = {
        "{\"alg\":\"RS256\",\"kid\":\"rsa\",\"jku\":\"https://evil.example/keys\"}",
        "{\"alg\":\"RS256\",\"kid\":\"rsa\",\"x5u\":\"https://evil.example/chain\"}",
        "{\"alg\":\"RS256\",\"kid\":\"rsa\",\"x5c\":[\"MIIB\"]}",
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        make(headers[i], GOOD_CLAIMS, JWT_RS256, rsa); /* even rightly signed */
        assert_refused("its own key");
    }
}

static void a_kid_is_compared_and_nothing_else(void **state)
{
    (void)state;
    static const char *const kids[] = {"../../../../dev/null", "/dev/null", "rsa' UNION SELECT 'x", "rsa\\u0000", "rsa;id", "RSA", " rsa",
                                       "http://evil.example/k"};
    for (size_t i = 0; i < sizeof kids / sizeof kids[0]; i++) {
        char header[160];
        (void)snprintf(header, sizeof header, "{\"alg\":\"HS256\",\"kid\":\"%s\"}", kids[i]);
        buffer_clear(&token);
        forge_unsigned(&token, header, GOOD_CLAIMS);
        forge_sign(&token, JWT_HS256, NULL, STR("")); /* what /dev/null holds */
        assert_refused("no key");
    }
    make("{\"alg\":\"RS256\",\"kid\":\"\"}", GOOD_CLAIMS, JWT_RS256, rsa);
    assert_refused("kid");
    make("{\"alg\":\"RS256\",\"kid\":7}", GOOD_CLAIMS, JWT_RS256, rsa);
    assert_refused("kid");
}

static void a_key_that_is_missing_is_told_from_a_signature_that_is_wrong(void **state)
{
    (void)state;
    make("{\"alg\":\"RS256\",\"kid\":\"newer\"}", GOOD_CLAIMS, JWT_RS256, rsa);
    assert_int_equal(verdict(), JWT_UNKNOWN_KEY);
    make("{\"alg\":\"RS256\",\"kid\":\"rsa\"}", GOOD_CLAIMS, JWT_RS256, other_rsa);
    assert_int_equal(verdict(), JWT_REFUSED);
    assert_refused("signature");
}

/* ---- signatures ---- */

static void every_bit_of_the_signature_and_of_what_is_signed_counts(void **state)
{
    (void)state;
    make("{\"alg\":\"ES256\",\"kid\":\"ec\"}", GOOD_CLAIMS, JWT_ES256, ec);
    struct str text;
    assert_true(arena_copy(&arena, buffer_str(&token), &text));
    for (size_t i = 0; i < text.length; i++) {
        char *byte = &token.bytes[i];
        char was = *byte;
        *byte = was == 'A' ? 'B' : 'A';
        if (verdict() == JWT_GOOD) {
            fail_msg("byte %zu does not count", i);
        }
        *byte = was;
    }
    assert_good();
}

static void a_signature_of_p256_is_64_raw_bytes(void **state)
{
    (void)state;
    static const uint8_t zero[64];
    uint8_t other[64];
    buffer_clear(&token);
    forge_unsigned(&token, "{\"alg\":\"ES256\",\"kid\":\"ec\"}", GOOD_CLAIMS);
    forge_sign_der(&token, ec);
    assert_refused("signature");
    for (int form = 0; form < 4; form++) {
        /* r = s = 0 (CVE-2022-21449), r = 0, s = 0, r = n */
        static const uint8_t n[32] = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
        memcpy(other, zero, sizeof other);
        if (form == 1) {
            other[63] = 1;
        } else if (form == 2) {
            other[31] = 1;
        } else if (form == 3) {
            memcpy(other, n, 32);
            other[63] = 1;
        }
        buffer_clear(&token);
        forge_unsigned(&token, "{\"alg\":\"ES256\",\"kid\":\"ec\"}", GOOD_CLAIMS);
        buffer_append_text(&token, ".");
        forge_base64url(&token, other, sizeof other);
        assert_refused("signature");
    }
}

static void a_signature_is_neither_empty_nor_cut_nor_longer(void **state)
{
    (void)state;
    static const char *const headers[] = {"{\"alg\":\"RS256\",\"kid\":\"rsa\"}", "{\"alg\":\"ES256\",\"kid\":\"ec\"}",
                                          "{\"alg\":\"EdDSA\",\"kid\":\"ed\"}", "{\"alg\":\"HS256\",\"kid\":\"hs\"}"};
    static const enum jwt_algorithm algorithms[] = {JWT_RS256, JWT_ES256, JWT_EDDSA, JWT_HS256};
    EVP_PKEY *const signers[] = {rsa, ec, ed, NULL};
    for (size_t i = 0; i < 4; i++) {
        make(headers[i], GOOD_CLAIMS, algorithms[i], signers[i]);
        size_t whole = token.length, dot = whole;
        while (token.bytes[dot - 1] != '.') {
            dot--;
        }
        buffer_cut(&token, dot);
        assert_refused("signature");
        buffer_clear(&token);
        make(headers[i], GOOD_CLAIMS, algorithms[i], signers[i]);
        buffer_cut(&token, whole - 4 - (whole - dot) % 4);
        assert_int_not_equal(verdict(), JWT_GOOD);
        make(headers[i], GOOD_CLAIMS, algorithms[i], signers[i]);
        buffer_append_text(&token, "AAAA");
        assert_int_not_equal(verdict(), JWT_GOOD);
    }
}

/* ---- the form ---- */

static void base64url_is_strict(void **state)
{
    (void)state;
    uint8_t bytes[8];
    size_t length;
    assert_true(base64url_decode(STR("AAAA"), bytes, 8, &length));
    assert_int_equal(length, 3);
    assert_true(base64url_decode(STR("-_8"), bytes, 8, &length));
    assert_int_equal(length, 2);
    static const char *const wrong[] = {"A", "AAAAA", "AA==", "AA=", "A+AA", "A/AA", "AA\n", " AAA", "AB", "AAB", "\xc3\xa4"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (base64url_decode(str_from(wrong[i]), bytes, 8, &length)) {
            fail_msg("\"%s\" was decoded", wrong[i]);
        }
    }
    assert_false(base64url_decode(STR("AAAAAAAAAAAAAAAA"), bytes, 8, &length));
    make("{\"alg\":\"RS256\",\"kid\":\"rsa\"}", GOOD_CLAIMS, JWT_RS256, rsa);
    buffer_append_text(&token, "==");
    assert_refused("base64url");
}

static void there_are_three_parts(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", ".", "..", "a", "a.b", "a.b.c.d", "a.b.c.d.e", "....."};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(verdict_at(str_from(wrong[i]), NOW), JWT_REFUSED);
    }
    make("{\"alg\":\"RS256\",\"kid\":\"rsa\"}", GOOD_CLAIMS, JWT_RS256, rsa);
    buffer_append_text(&token, ".AAAA");
    assert_refused("three parts");
}

static void what_is_too_long_is_refused_unread(void **state)
{
    (void)state;
    char *padding = calloc(1, 9000);
    memset(padding, 'x', 8999);
    struct buffer body;
    buffer_init(&body, MIB);
    buffer_append_format(&body, CLAIMS("\"role\":\"viewer\",\"exp\":1790000600,\"x\":\"%s\""), padding);
    make("{\"alg\":\"RS256\",\"kid\":\"rsa\"}", body.bytes, JWT_RS256, rsa);
    assert_refused("8 KiB");
    buffer_release(&body);
    free(padding);
}

static void a_member_stands_once(void **state)
{
    (void)state;
    make("{\"alg\":\"none\",\"alg\":\"RS256\",\"kid\":\"rsa\"}", GOOD_CLAIMS, JWT_RS256, rsa);
    assert_refused("twice");
    assert_claims_refused(CLAIMS("\"role\":\"viewer\",\"role\":\"admin\",\"exp\":1790000600"), "twice");
    assert_claims_refused(CLAIMS("\"role\":\"viewer\",\"r\\u006fle\":\"admin\",\"exp\":1790000600"), "twice");
    assert_claims_refused(CLAIMS("\"role\":\"viewer\",\"exp\":1790000600,\"a\":[{\"b\":1,\"b\":2}]"), "twice");
}

static void header_and_claims_are_objects(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "[]", "1", "null", "\"x\"", "{", "{}{}", "{\"alg\":}"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        make(wrong[i], GOOD_CLAIMS, JWT_RS256, rsa);
        assert_int_not_equal(verdict(), JWT_GOOD);
        assert_claims_refused(wrong[i], "claims");
    }
}

static void extensions_and_other_types_are_refused(void **state)
{
    (void)state;
    static const char *const headers[][2] = {
        {"{\"alg\":\"RS256\",\"kid\":\"rsa\",\"crit\":[\"exp\"],\"exp\":1}", "crit"},
        {"{\"alg\":\"RS256\",\"kid\":\"rsa\",\"b64\":false,\"crit\":[\"b64\"]}", "crit"},
        {"{\"alg\":\"RS256\",\"kid\":\"rsa\",\"zip\":\"DEF\"}", "compressed"},
        {"{\"alg\":\"RS256\",\"kid\":\"rsa\",\"enc\":\"A256GCM\"}", "compressed"},
        {"{\"alg\":\"RS256\",\"kid\":\"rsa\",\"typ\":\"logout+jwt\"}", "typ"},
        {"{\"alg\":\"RS256\",\"kid\":\"rsa\",\"typ\":\"dpop+jwt\"}", "typ"},
        {"{\"alg\":\"RS256\",\"kid\":\"rsa\",\"typ\":7}", "typ"},
        {"{\"alg\":\"RS256\",\"kid\":\"rsa\",\"typ\":null}", "typ"},
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        make(headers[i][0], GOOD_CLAIMS, JWT_RS256, rsa);
        assert_refused(headers[i][1]);
    }
}

/* ---- the claims ---- */

static void it_is_of_our_issuer_and_for_us(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"{\"iss\":\"https://id.example/\",\"aud\":\"mission-control\",\"sub\":\"a\",\"exp\":1790000600}", "another issuer"},
        {"{\"iss\":\"https://ID.example\",\"aud\":\"mission-control\",\"sub\":\"a\",\"exp\":1790000600}", "another issuer"},
        {"{\"iss\":[\"https://id.example\"],\"aud\":\"mission-control\",\"sub\":\"a\",\"exp\":1790000600}", "no issuer"},
        {"{\"aud\":\"mission-control\",\"sub\":\"a\",\"exp\":1790000600}", "no issuer"},
        {"{\"iss\":\"https://id.example\",\"sub\":\"a\",\"exp\":1790000600}", "audience"},
        {"{\"iss\":\"https://id.example\",\"aud\":\"mission\",\"sub\":\"a\",\"exp\":1790000600}", "audience"},
        {"{\"iss\":\"https://id.example\",\"aud\":[],\"sub\":\"a\",\"exp\":1790000600}", "audience"},
        {"{\"iss\":\"https://id.example\",\"aud\":[\"mission-control\",7],\"sub\":\"a\",\"exp\":1790000600}", "audience"},
        {"{\"iss\":\"https://id.example\",\"aud\":{\"x\":\"mission-control\"},\"sub\":\"a\",\"exp\":1790000600}", "audience"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_claims_refused(wrong[i][0], wrong[i][1]);
    }
}

static void its_time_has_come_and_is_not_over(void **state)
{
    (void)state;
    assert_claims_refused(CLAIMS("\"role\":\"viewer\""), "no exp");
    assert_claims_refused(CLAIMS("\"role\":\"viewer\",\"exp\":\"1790000600\""), "no time");
    assert_claims_refused(CLAIMS("\"role\":\"viewer\",\"exp\":null"), "no time");
    assert_claims_refused(CLAIMS("\"role\":\"viewer\",\"exp\":-1"), "no time");
    assert_claims_refused(CLAIMS("\"role\":\"viewer\",\"exp\":1e300"), "no time");
    assert_claims_refused(CLAIMS("\"role\":\"viewer\",\"exp\":1789999940"), "expired"); /* 60 s of skew, to the second */
    assert_claims_refused(CLAIMS("\"role\":\"viewer\",\"exp\":1790000600,\"nbf\":1790000061"), "nbf");
    assert_claims_refused(CLAIMS("\"role\":\"viewer\",\"exp\":1790000600,\"iat\":1790000061"), "iat");
    make("{\"alg\":\"RS256\"}", CLAIMS("\"role\":\"viewer\",\"exp\":1789999941,\"nbf\":1790000060"), JWT_RS256, rsa);
    assert_good();
    issuer.clock_skew_seconds = 0;
    assert_refused("expired");
}

static void it_says_whose_it_is_and_what_it_may(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {CLAIMS("\"exp\":1790000600"), "role"},
        {CLAIMS("\"exp\":1790000600,\"role\":\"root\""), "role"},
        {CLAIMS("\"exp\":1790000600,\"role\":\"Admin\""), "role"},
        {CLAIMS("\"exp\":1790000600,\"role\":[]"), "role"},
        {CLAIMS("\"exp\":1790000600,\"role\":{\"admin\":true}"), "role"},
        {CLAIMS("\"exp\":1790000600,\"role\":0"), "role"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_claims_refused(wrong[i][0], wrong[i][1]);
    }
#define HEAD "{\"iss\":\"https://id.example\",\"aud\":\"mission-control\",\"exp\":1790000600,\"role\":\"viewer\","
    assert_claims_refused(HEAD "\"tenant\":\"acme\"}", "sub");
    assert_claims_refused(HEAD "\"tenant\":\"acme\",\"sub\":\"\"}", "sub");
    assert_claims_refused(HEAD "\"tenant\":\"acme\",\"sub\":\"a\\nb\"}", "sub");
    assert_claims_refused(HEAD "\"sub\":\"a\"}", "tenant");
    assert_claims_refused(HEAD "\"sub\":\"a\",\"tenant\":\"\"}", "tenant");
    assert_claims_refused(HEAD "\"sub\":\"a\",\"tenant\":[\"acme\"]}", "tenant");
    assert_claims_refused(HEAD "\"sub\":\"a\",\"tenant\":\"a\\u0000b\"}", "tenant");
}

/* ---- key sets ---- */

static void assert_no_key(EVP_PKEY *key, const char *extra)
{
    struct buffer text;
    buffer_init(&text, MIB);
    buffer_append_text(&text, "{\"keys\":[");
    forge_jwk(&text, key, "k", extra);
    buffer_append_text(&text, "]}");
    struct jwks *set = parse_set(text.bytes, text.length, true);
    if (set != NULL) {
        fail_msg("taken: %s", text.bytes);
    }
    buffer_release(&text);
}

static void weak_and_wrong_keys_are_left_out(void **state)
{
    (void)state;
    EVP_PKEY *weak = forge_rsa(1024), *p384 = forge_ec("P-384");
    assert_no_key(weak, "");
    assert_no_key(p384, "");
    assert_no_key(rsa, ",\"use\":\"enc\"");
    assert_no_key(rsa, ",\"alg\":\"RS512\"");
    assert_no_key(rsa, ",\"alg\":\"HS256\"");
    assert_no_key(rsa, ",\"key_ops\":[\"encrypt\"]");
    assert_no_key(rsa, ",\"d\":\"AAAA\"");
    EVP_PKEY_free(weak);
    EVP_PKEY_free(p384);
    static const char *const sets[] = {
        "", "[]", "{}", "{\"keys\":[]}", "{\"keys\":{}}", "{\"keys\":[1,null,\"x\"]}",
        "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAAAAAAAAAAAAAAAAAAAA\"}]}", /* 16 bytes */
        "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}",
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
        "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}]}", /* not on the curve */
        "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}]}",
        "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}]}",
    };
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        if (parse_set(sets[i], strlen(sets[i]), true) != NULL) {
            fail_msg("taken: %s", sets[i]);
        }
    }
}

static void a_secret_does_not_come_over_the_network(void **state)
{
    (void)state;
    static const char set[] = "{\"keys\":[{\"kty\":\"oct\",\"k\":\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY\"}]}";
    assert_null(parse_set(set, sizeof set - 1, false));
    struct jwks *taken = parse_set(set, sizeof set - 1, true);
    assert_non_null(taken);
    jwks_free(taken);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_token_of_each_algorithm_is_let_in),
        TEST(a_set_may_be_one_secret),
        TEST(audiences_roles_and_tenants_come_in_the_forms_that_issuers_use),
        TEST(none_has_no_way_in),
        TEST(a_public_key_is_no_shared_secret),
        TEST(an_algorithm_that_is_not_configured_is_refused),
        TEST(the_key_must_be_of_the_algorithms_kind),
        TEST(a_key_that_the_token_brings_is_not_used),
        TEST(a_kid_is_compared_and_nothing_else),
        TEST(a_key_that_is_missing_is_told_from_a_signature_that_is_wrong),
        TEST(every_bit_of_the_signature_and_of_what_is_signed_counts),
        TEST(a_signature_of_p256_is_64_raw_bytes),
        TEST(a_signature_is_neither_empty_nor_cut_nor_longer),
        TEST(base64url_is_strict),
        TEST(there_are_three_parts),
        TEST(what_is_too_long_is_refused_unread),
        TEST(a_member_stands_once),
        TEST(header_and_claims_are_objects),
        TEST(extensions_and_other_types_are_refused),
        TEST(it_is_of_our_issuer_and_for_us),
        TEST(its_time_has_come_and_is_not_over),
        TEST(it_says_whose_it_is_and_what_it_may),
        TEST(weak_and_wrong_keys_are_left_out),
        TEST(a_secret_does_not_come_over_the_network),
    };
    log_set_level(LOG_ERROR); /* each refusal is logged, and there are thousands */
    return cmocka_run_group_tests(tests, setup_keys, release_keys);
}
