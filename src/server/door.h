/* door.h: from the header fields of an HTTP request to whoever asks.
 *
 * A credential comes as "Authorization: Bearer …" or in the cookie of a browser's session; where both are there the header
 * counts. A cookie travels with whatever a page of anybody makes a browser send, so what it may change (and WebSockets, which
 * browsers let anybody open) must come from a page of our own: Sec-Fetch-Site or Origin says so. Two Authorization headers
 * are refused, since a proxy before us may have looked at the other one.
 *
 * A door that is open (auth.mode off) still tells the person at this machine from the pages that person's browser shows: a page
 * of any site can make it post to 127.0.0.1, and one that has its own name resolve to 127.0.0.1 could read the answers. So
 * what changes something and says that it comes from another site is refused, unless cors.origins names that origin, and so
 * is a Host that does not mean this machine.
 *
 * A sign-in link is GET /?token=…: it sets the cookie and leads to / without the token, so that it stays in no history, log or
 * Referer. Nowhere else is a credential read from a URL.
 *
 * Thread: the core thread.
 */
#ifndef TRIMODAL_SERVER_DOOR_H
#define TRIMODAL_SERVER_DOOR_H

#include "auth/auth.h"
#include "net/net.h"
#include "server/cors.h"

#define DOOR_COOKIE "trimodal_session"

/* Whom an open door lets in. */
struct door_open_to {
    const struct cors_options *cors;
    bool this_machine_only; /* not auth.off_for_all_networks */
};
bool door_is_open_to(const struct door_open_to *whom, const struct net_request *request, struct auth_refusal *refusal) must_check;

/* True: *principal is set, its texts in the arena. False: *refusal says what to answer, unless what is asked for is public. */
bool door_check(struct auth *auth, const struct net_request *request, struct arena *arena, struct principal *principal,
                struct auth_refusal *refusal) must_check;
/* Answers a sign-in link and gives true; false: it is none. */
bool door_sign_in(struct auth *auth, struct net *net, const struct net_request *request, struct arena *arena) must_check;
void door_refuse(struct net *net, uint64_t request, const struct auth_refusal *refusal);

#endif
