#include "base/fiber.h"

#include <assert.h>
#include <stdint.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "base/limits.h"
#include "base/memory.h"

#if defined(__SANITIZE_ADDRESS__)
#define FIBER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FIBER_ASAN 1
#endif
#endif
#ifdef FIBER_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#define GUARD_BYTES (64 * KIB) /* more than any frame that is not probed page by page */

struct fiber {
    struct fiber *next; /* spare */
    struct fiber_pool *pool;
    ucontext_t inside, outside;
    char *mapping;
    size_t stack_bytes;
    fiber_job *job; /* NULL: returned */
    void *context;
    bool is_ending;
    void *shadow;              /* of AddressSanitizer: the frames of whoever is not running */
    const void *outside_stack; /* likewise: where it is */
    size_t outside_bytes;
};

static char *stack_of(const struct fiber *fiber)
{
    return fiber->mapping + GUARD_BYTES;
}

/* ---- switches ---- */

static void go_in(struct fiber *fiber)
{
#ifdef FIBER_ASAN
    void *shadow;
    __sanitizer_start_switch_fiber(&shadow, stack_of(fiber), fiber->stack_bytes);
#endif
    int failed = swapcontext(&fiber->outside, &fiber->inside);
    assert(failed == 0); /* it only could where the signal mask's address does not hold */
    (void)failed;
#ifdef FIBER_ASAN
    __sanitizer_finish_switch_fiber(shadow, NULL, NULL);
#endif
}

static void go_out(struct fiber *fiber)
{
#ifdef FIBER_ASAN
    __sanitizer_start_switch_fiber(fiber->is_ending ? NULL : &fiber->shadow, fiber->outside_stack, fiber->outside_bytes);
#endif
    int failed = swapcontext(&fiber->inside, &fiber->outside);
    assert(failed == 0);
    (void)failed;
#ifdef FIBER_ASAN
    __sanitizer_finish_switch_fiber(fiber->shadow, &fiber->outside_stack, &fiber->outside_bytes);
#endif
}

/* One job after the other, until it is told to end. */
static void live(unsigned high, unsigned low)
{
    struct fiber *fiber = (struct fiber *)((uintptr_t)high << 32 | low); /* makecontext passes int only */
#ifdef FIBER_ASAN
    __sanitizer_finish_switch_fiber(NULL, &fiber->outside_stack, &fiber->outside_bytes);
#endif
    while (!fiber->is_ending) {
        fiber->job(fiber->context);
        fiber->job = NULL;
        go_out(fiber);
    }
    go_out(fiber);
}

/* ---- from begin to end ---- */

static struct fiber *make(struct fiber_pool *pool)
{
    struct fiber *fiber = memory_new_zeroed(1, sizeof *fiber);
    if (fiber == NULL) {
        return NULL;
    }
    size_t bytes = GUARD_BYTES + pool->stack_bytes;
    char *mapping = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) {
        memory_free(fiber);
        return NULL;
    }
    if (mprotect(mapping + GUARD_BYTES, pool->stack_bytes, PROT_READ | PROT_WRITE) != 0 ||
        getcontext(&fiber->inside) != 0) {
        (void)munmap(mapping, bytes);
        memory_free(fiber);
        return NULL;
    }
    fiber->pool = pool;
    fiber->mapping = mapping;
    fiber->stack_bytes = pool->stack_bytes;
    fiber->inside.uc_stack.ss_sp = stack_of(fiber);
    fiber->inside.uc_stack.ss_size = pool->stack_bytes;
    fiber->inside.uc_link = NULL; /* it never returns */
    uintptr_t address = (uintptr_t)fiber;
    makecontext(&fiber->inside, (void (*)(void))live, 2, (unsigned)(address >> 32), (unsigned)address);
    return fiber;
}

/* Its function is let go to its end, where AddressSanitizer gives its frames back. */
static void unmake(struct fiber *fiber)
{
    fiber->is_ending = true;
    go_in(fiber);
#ifdef FIBER_ASAN
    __asan_unpoison_memory_region(stack_of(fiber), fiber->stack_bytes);
#endif
    (void)munmap(fiber->mapping, GUARD_BYTES + fiber->stack_bytes);
    memory_free(fiber);
}

struct fiber *fiber_new(struct fiber_pool *pool, fiber_job *job, void *context)
{
    struct fiber *fiber = pool->spare;
    if (fiber != NULL) {
        pool->spare = fiber->next;
        pool->spare_count--;
    } else {
        fiber = make(pool);
    }
    if (fiber != NULL) {
        fiber->job = job;
        fiber->context = context;
    }
    return fiber;
}

bool fiber_enter(struct fiber *fiber)
{
    assert(fiber->job != NULL);
    go_in(fiber);
    if (fiber->job != NULL) {
        return false;
    }
    struct fiber_pool *pool = fiber->pool;
    if (pool->spare_count >= pool->spares_max) {
        unmake(fiber);
        return true;
    }
    fiber->next = pool->spare;
    pool->spare = fiber;
    pool->spare_count++;
    return true;
}

void fiber_leave(struct fiber *fiber)
{
    go_out(fiber);
}

void fiber_pool_release(struct fiber_pool *pool)
{
    while (pool->spare != NULL) {
        struct fiber *fiber = pool->spare;
        pool->spare = fiber->next;
        unmake(fiber);
    }
    pool->spare_count = 0;
}
