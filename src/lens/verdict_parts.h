/* verdict_parts.h: the verdict's own parts, for verdict*.c only.
 *
 * Order of work: verdict.c reads the lenses, the conditions, the streams and the gate; verdict_issues.c then lists what is
 * behind what failed; verdict_advice.c puts it into sentences. Each returns false without memory.
 */
#ifndef TRIMODAL_LENS_VERDICT_PARTS_H
#define TRIMODAL_LENS_VERDICT_PARTS_H

#include "lens/verdict.h"

struct verdict_work {
    const struct graph_view *view;
    struct arena *arena;
    struct verdict *verdict;
};

bool verdict_list_issues(struct verdict_work *work) must_check;
bool verdict_advise(struct verdict_work *work) must_check;

/* "88 %", "1.2 s", "3": a number as its metric is read. The text is static per call: 32 bytes given by the caller. */
#define VERDICT_NUMBER_SIZE 32
void verdict_number(enum policy_metric metric, double value, char text[VERDICT_NUMBER_SIZE]);
/* "at least", "less than", "exactly", … */
const char *verdict_operator_words(enum policy_operator operation);

static inline bool verdict_fails(const struct verdict_condition *condition)
{
    return !condition->pass;
}

#endif
