/* door.h: from the header fields of an HTTP request to whoever asks.
 *
 * A credential comes as "Authorization: Bearer …" or in the cookie of a browser's session; where both are there the header
 * counts. A cookie travels with whatever a page of anybody makes a browser send, so what it may change (and WebSockets, which
 * browsers let anybody open) must come from a page of our own: Sec-Fetch-Site or Origin says so. Two Authorization headers
 * are refused, since a proxy before us may have looked at the other one.
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

#define DOOR_COOKIE "trimodal_session"

/* True: *principal is set, its texts in the arena. False: *refusal says what to answer, unless what is asked for is public. */
bool door_check(struct auth *auth, const struct net_request *request, struct arena *arena, struct principal *principal,
                struct auth_refusal *refusal) must_check;
/* Answers a sign-in link and gives true; false: it is none. */
bool door_sign_in(struct auth *auth, struct net *net, const struct net_request *request, struct arena *arena) must_check;
void door_refuse(struct net *net, uint64_t request, const struct auth_refusal *refusal);

#endif
