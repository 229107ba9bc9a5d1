/* path.h: paths as the streams write them, made comparable. */
#ifndef TRIMODAL_CORRELATE_PATH_H
#define TRIMODAL_CORRELATE_PATH_H

#include "base/arena.h"

/* The path with '/' between its parts and without empty, "." and (where they can be resolved) ".." parts and without a
 * trailing '/'. A leading '/' stays. In the arena; false without memory. */
bool path_normalise(struct arena *arena, struct str path, struct str *normal) must_check;
/* What follows the last '/'. */
struct str path_base(struct str path);
/* True when `path` is `prefix` or lies below it (both normalised; an empty prefix holds everything). */
bool path_is_below(struct str path, struct str prefix);
/* True when the longer of two normalised paths ends with the other, right behind a '/'. */
bool path_ends_alike(struct str a, struct str b);

#endif
