/* personal_private.h: what tagging and sealing say alike of an event's fields; for the files of this folder only. */
#ifndef TRIMODAL_EVENT_PERSONAL_PRIVATE_H
#define TRIMODAL_EVENT_PERSONAL_PRIVATE_H

#include "event/personal.h"

/* Texts that people write. What is an id or a path is none: it is how a thing is found again. */
bool personal_is_free_text(enum event_field field);
/* Well-known names of metadata whose values are ids, paths or numbers. */
bool personal_is_id_of_metadata(struct str name);
/* A list or object that moved to metadata as JSON: is there anything in it that would be masked? False without memory. */
bool personal_holds(struct str json, bool *holds) must_check;

#endif
