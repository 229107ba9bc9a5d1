/* contract_key.h: one spelling for an interface contract.
 *
 * Contracts come named in several ways: contract_id "PricingAPI" with contract_version "v1", contract_id "PricingAPI:v1",
 * "CONTRACT.PricingAPI.v1", or the tag "@contract:PricingAPI:v1". All of them mean the contract with the key
 * "PricingAPI:v1"; without a version the key is the bare name. Names hold no ':' and versions are compared to the byte.
 */
#ifndef TRIMODAL_GRAPH_CONTRACT_KEY_H
#define TRIMODAL_GRAPH_CONTRACT_KEY_H

#include "base/arena.h"

struct contract_key {
    struct str name;
    struct str version; /* empty when none is given */
};

/* Views into the arguments; `version` may be absent. A version inside `id` yields to an explicit one. */
struct contract_key contract_key_parse(struct str id, struct str version);
/* Reads a tag "@contract:Name:version" (the '@' may be missing); false when it is another tag or names nothing. */
bool contract_key_from_tag(struct str tag, struct contract_key *key);
/* Reads an item of contract_tags: a tag as above, or a bare "Name:version"; false for tags that speak of something else. */
bool contract_key_from_item(struct str item, struct contract_key *key);
/* Reads a tag "@requirement:ID" likewise. */
bool requirement_from_tag(struct str tag, struct str *requirement_id);
/* "name" or "name:version", copied into the arena. */
bool contract_key_text(struct arena *arena, struct contract_key key, struct str *text) must_check;

#endif
