/* auth.h: the door. A credential goes in, a principal or a refusal comes out.
 *
 * Credentials:
 *   tm_…    a token of this system (token.h): kept in the store's settings as a hash, made and revoked over the API
 *   ts_…    a session of a browser: made when somebody comes in by a sign-in link; in memory, 12 hours
 *   to_…    a sign-in link's one-time token: in memory, 15 minutes, good once, and for auth_sign_in only
 *   tl_…    the local token: made at start, in DATA/local.token while the server runs, for commands on this machine
 *   a.b.c   a JSON Web Token of a configured issuer (jwt.h)
 * The first four are 256 random bits; what is compared is their SHA-256, found in a hash table and compared in constant time.
 *
 * Refusals say the same whether a credential never was, is over, or was revoked. Why it was refused goes to the log, without
 * the credential. Failures are counted by address, and an address with too many is answered 429 for a while: see throttle.h.
 * Whoever was let in from there before goes on undisturbed.
 *
 * With AUTH_OFF everybody is an administrator of the default tenant: for a machine of one's own.
 *
 * Thread: the core thread, all of it. (Keys that come over the network are fetched on a thread of their own: jwks_source.h.)
 */
#ifndef TRIMODAL_AUTH_AUTH_H
#define TRIMODAL_AUTH_AUTH_H

#include "auth/jwt.h"
#include "auth/principal.h"
#include "auth/token.h"
#include "base/clock.h"
#include "ingest/ingest.h"
#include "store/store.h"

struct auth;

enum auth_mode { AUTH_REQUIRED, AUTH_OFF };

struct auth_options {
    enum auth_mode mode;
    const struct clock *clock;
    const struct jwt_issuer_options *issuers; /* copied */
    size_t issuer_count;
    struct str scrape_token; /* who sends it may read the metrics and nothing else; absent: nobody. Copied */
};

/* STATUS_INVALID where an issuer's keys can't be read. */
enum status auth_new(struct auth **auth, const struct auth_options *options, struct error *error) must_check;
void auth_free(struct auth *auth); /* NULL is allowed */
bool auth_is_off(const struct auth *auth);

/* Reads the tokens that the store knows. */
enum status auth_load_tokens(struct auth *auth, struct store_reader *reader, struct error *error) must_check;
size_t auth_token_count(const struct auth *auth);

/* ---- coming in ---- */

struct auth_refusal {
    unsigned status;              /* 401, 403, 429, 503 */
    unsigned retry_after_seconds; /* 0: none */
    const char *text;             /* a sentence for the one who asks; a literal */
};

/* What comes of a credential, "" or absent where none was given. True: *principal is set, its texts in the arena. False:
 * *refusal says what to answer. A missing credential is refused with 401 and not counted as a failure. `address` is where it
 * comes from, as text; absent: this machine, not slowed. */
bool auth_check(struct auth *auth, struct str credential, struct str address, struct arena *arena,
                struct principal *principal, struct auth_refusal *refusal) must_check;
/* For what lasts (WebSockets): is the credential behind this principal still good? Asks for time, revocation, sign-out. */
bool auth_holds(const struct auth *auth, const struct principal *principal);

/* ---- browsers ---- */

/* A session for whoever holds this credential (tm_ or to_; a to_ is used up). `session` is the new credential. */
bool auth_sign_in(struct auth *auth, struct str credential, struct str address, struct arena *arena, struct str *session,
                  struct auth_refusal *refusal) must_check;
/* Ends the session behind this principal; nothing where it is of another kind. */
void auth_sign_out(struct auth *auth, const struct principal *principal);
#define AUTH_SESSION_SECONDS (12 * 3600)

/* A one-time token for a sign-in link: with it somebody comes in as this principal. STATUS_RETRY where too many wait. */
#define AUTH_LINK_SECONDS (15 * 60)
enum status auth_link_new(struct auth *auth, const struct principal *principal, char text[TOKEN_TEXT_SIZE],
                          struct error *error) must_check;

/* ---- commands on this machine ---- */

/* Makes the local token, good until the end of this process, and writes it into the file, which only its owner can read. */
#define AUTH_LOCAL_FILE "local.token"
enum status auth_local_open(struct auth *auth, const char *directory, struct error *error) must_check;
void auth_local_close(struct auth *auth); /* removes the file */

/* ---- tokens that come and go while the server runs ---- */

/* After the store has them: see api_tokens.c. The record's texts are copied. */
enum status auth_token_add(struct auth *auth, const struct token_record *record, struct error *error) must_check;
void auth_token_revoke(struct auth *auth, struct str id); /* ends its sessions, too */

/* Once a second or so: writes down when tokens were last used (to the hour), looks whether files of keys have changed, forgets
 * what is over. */
void auth_tick(struct auth *auth, struct ingest *ingest);
/* Looks at files of keys now: on SIGHUP. */
void auth_reload(struct auth *auth);

struct auth_counters {
    uint64_t granted, refused, slowed; /* checks, since the start */
    uint64_t sessions, tokens;         /* there are */
};
void auth_counters(const struct auth *auth, struct auth_counters *counters);

#endif
