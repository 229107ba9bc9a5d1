/* unseal.h: events of the log as they came, as far as nothing in them was erased. */
#ifndef TRIMODAL_INGEST_UNSEAL_H
#define TRIMODAL_INGEST_UNSEAL_H

#include "event/decode.h"
#include "event/seal.h"
#include "store/store.h"

struct unseal {
    struct seal_ring *ring; /* NULL: no keys */
    struct event_decoder *decoder;
    struct arena *arena; /* texts go there */
};

/* STATUS_FATAL names the event that can't be read. `without` as of seal_restore. */
enum status unseal_event(const struct unseal *unseal, const struct store_event *logged, const struct seal_name *without,
                         struct event *event, struct error *error) must_check;
/* Its canonical form, with JSON_READ_PADDING behind it: that of the log where nothing was sealed. */
enum status unseal_payload(const struct unseal *unseal, const struct store_event *logged, struct str *payload, struct error *error)
    must_check;

#endif
