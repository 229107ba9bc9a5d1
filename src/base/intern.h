/* intern.h: each distinct text once.
 *
 * Maps bytes to a small number and back. Numbers start at 1 in order of first appearance and stay valid for the
 * table's life; 0 means "none". Texts never move, so a `struct str` from here lives as long as the table. Nothing is
 * removed, but a text can be overwritten. Memory: the text, its length and 8 bytes of index, plus hash slots at a load of at most 0.8.
 */
#ifndef TRIMODAL_BASE_INTERN_H
#define TRIMODAL_BASE_INTERN_H

#include <stdint.h>

#include "base/status.h"
#include "base/str.h"

struct intern;

struct intern *intern_new(void) must_check; /* NULL without memory */
void intern_free(struct intern *intern);

/* The number of the text, entering it when new. 0 without memory. The empty text has a number like any other. */
uint32_t intern_add(struct intern *intern, struct str text) must_check;
/* The number of the text, or 0 when it was never entered. */
uint32_t intern_find(const struct intern *intern, struct str text);
/* The text of a number; STR_NONE for 0. */
/* Overwrites the text, of which nobody must know the number any more; it can be entered anew, under another number. Its bytes stay
 * readable, as others may still hold them: '*'. */
void intern_wipe(struct intern *intern, uint32_t number);
struct str intern_text(const struct intern *intern, uint32_t number);
uint32_t intern_count(const struct intern *intern);
size_t intern_bytes(const struct intern *intern); /* memory in use */

#endif
