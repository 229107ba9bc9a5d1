/* graphql_ask.h: what a client asks of /graphql, read from what it sent.
 *
 * The same four parameters come as a JSON body, as the payload of a WebSocket message or as query parameters of GET
 * (GraphQL over HTTP, section 5; the extension persistedQuery as Apollo's clients send it). Here they are checked for
 * their types and no more: what they mean is the engine's business.
 *
 * Ownership: texts point into what was given or into the parser, until its next document.
 */
#ifndef TRIMODAL_API_GRAPHQL_ASK_H
#define TRIMODAL_API_GRAPHQL_ASK_H

#include "base/json_read.h"

struct graphql_ask {
    struct str text;           /* of the document; absent where its hash alone is given */
    struct str operation_name; /* absent: not given */
    struct str variables_json; /* one object as it was sent, JSON_READ_PADDING readable bytes behind it; absent: none */
    struct str sha256_hex;     /* of persistedQuery; absent: not given */
};

/* From the object that is parsed as `object` and whose text is `text`. STATUS_INVALID says which parameter is wrong. */
enum status graphql_ask_read(struct graphql_ask *ask, struct json object, struct str text, struct error *error) must_check;
/* From the extensions alone. */
enum status graphql_ask_read_extensions(struct graphql_ask *ask, struct json extensions, struct error *error) must_check;

/* The text of the first member of that name, as it stands in the object's text; STR_NONE where there is none. The text is
 * JSON that a parser has found well-formed; names written with escapes are not found. */
struct str graphql_member_text(struct str object, const char *name);

#endif
