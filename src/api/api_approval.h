/* api_approval.h: the approval rate (SPEC section 5): of the iterations whose verdict is decided, the share whose gate is open.
 *
 * A verdict is kept while nothing of its iteration moves (api_view.c), so mostly this is a sum over what is there. What has
 * to be worked out anew is: iterations of LIMIT_APPROVAL_FACTS facts together in any case, so that what is small is whole however
 * busy the machine, and more for LIMIT_APPROVAL_MS in one request, since the core thread has other things to do; each request
 * goes on where the one before stopped. `unread` says how many iterations are missing from the sum.
 *
 * Thread: the core thread.
 */
#ifndef TRIMODAL_API_API_APPROVAL_H
#define TRIMODAL_API_API_APPROVAL_H

#include "api/api_private.h"

#define APPROVAL_TARGET 0.8
#define APPROVAL_THRESHOLD 0.7

struct approval {
    uint32_t decided, deployable; /* of these, the gate is open */
    uint32_t pending;
    uint32_t unread; /* not looked at for lack of time */
};

/* Of the tenants that the exchange lists; of all where `all_tenants`. */
struct approval approval_read(struct exchange *exchange, struct clocks clocks, bool all_tenants);
/* deployable / decided; unknown where nothing is decided. */
struct measure approval_rate(const struct approval *approval);
/* "approval": an object. */
void approval_write(struct json_writer *json, const struct approval *approval);

#endif
