/* fiber.h: a function on a stack of its own, which may be left in the middle and gone on with later.
 *
 * For work that is written as plain recursion and yet must let others in. A fiber never runs by itself: whoever enters it
 * waits until it leaves or its job returns. Stacks are mapped with pages below them that nothing may touch, so that one that
 * is too small ends in a fault and never in other memory; what a job did not touch costs address space only. A few stacks
 * are kept for the next job.
 *
 * A job is always let run to its end: there is no way to drop one. Who has no more use for what it does tells it so by means
 * of its own, and enters it until it has returned; then whatever its frames hold is given back the ordinary way.
 *
 * Built with AddressSanitizer, each switch is told to it. Thread: one at a time for a pool and its fibers.
 */
#ifndef TRIMODAL_BASE_FIBER_H
#define TRIMODAL_BASE_FIBER_H

#include <stddef.h>

#include "base/status.h"

struct fiber;
typedef void fiber_job(void *context);

/* Zero is an empty one but for the two sizes. */
struct fiber_pool {
    size_t stack_bytes; /* a multiple of the page's size */
    size_t spares_max;
    struct fiber *spare;
    size_t spare_count;
};

/* The job has not begun. NULL without memory for a stack. */
struct fiber *fiber_new(struct fiber_pool *pool, fiber_job *job, void *context) must_check;
/* Begins or goes on. True: the job has returned, and the fiber is the pool's again. */
bool fiber_enter(struct fiber *fiber) must_check;
/* From inside its job only: fiber_enter() returns false, and the next one returns here. */
void fiber_leave(struct fiber *fiber);
/* All of its fibers' jobs have returned. */
void fiber_pool_release(struct fiber_pool *pool);

#endif
