/* api_personal.h: what of personal data is shown to whom; private to src/api.
 *
 * Who may manage users sees values; all others see the digits that stand for them (event/personal.h). One place decides it for
 * each kind of answer, so that no handler can forget: REST bodies are masked on their way out (represent.c), texts of GraphQL
 * one by one as they are written (by their type in the schema, since whoever asks chooses the names in the answer), frames of
 * REST's live streams for everybody, as one text goes to many. Dead letters are masked before that, as they may be anything.
 *
 * The key is the tenant's, 32 random bytes in a setting of the store, made when it is first needed. Until it is durable it is
 * kept here; where the process dies before that, the next one makes another, and the digits differ. */
#ifndef TRIMODAL_API_API_PERSONAL_H
#define TRIMODAL_API_API_PERSONAL_H

#include "api/api_private.h"
#include "event/personal.h"

static inline bool sees_personal(const struct principal *principal)
{
    return principal_may(principal, PERMISSION_USERS_MANAGE);
}

/* Of the tenant; valid until the next call. Never NULL: where none can be kept, one of this process. */
const struct personal_key *personal_key_of(struct api *api, struct str tenant_id);
void personal_keys_free(struct api *api);

/* Masks the answer's JSON, as it stands in exchange->body, where whoever asks may not see it. A failure sticks in the body. */
void personal_mask_answer(struct exchange *exchange, const char *content_type);
/* The letter's bytes as this one may see them; in the arena. False without memory. */
bool personal_mask_letter(struct api *api, const struct principal *principal, struct store_dead_letter *letter,
                          struct arena *arena) must_check;
/* A new text for the letter, which this one wrote into what they were shown. False without memory. */
bool personal_unmask_letter(struct api *api, const struct principal *principal, const struct store_dead_letter *letter,
                            struct arena *arena, struct str *text) must_check;

#endif
