/* status.h: how every fallible function of this program answers.
 *
 * A fallible function returns an `enum status` that the compiler makes the caller look at; data leaves by
 * out-pointer. What a person needs to know travels in a `struct error` that the caller owns: the class, the place
 * (a field, a file and line, a request) and one sentence that says what to do. Passing NULL for the error is allowed
 * where the caller has no use for the sentence.
 */
#ifndef TRIMODAL_BASE_STATUS_H
#define TRIMODAL_BASE_STATUS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define must_check __attribute__((warn_unused_result))
#define printf_like(at, first) __attribute__((__format__(__printf__, at, first)))

enum status {
    STATUS_OK = 0,
    STATUS_INVALID, /* what came in is wrong; the same input will fail again */
    STATUS_ABSENT,  /* well-formed, but what it names is not there (for this tenant) */
    STATUS_RETRY,   /* the world is in the way (disk full, time-out, overload); the same call may succeed later */
    STATUS_FATAL,   /* this part cannot go on (out of memory, corrupt file, a broken invariant) */
};

#define ERROR_PLACE_SIZE 192
#define ERROR_TEXT_SIZE 640

struct error {
    enum status status;
    char place[ERROR_PLACE_SIZE]; /* may be empty */
    char text[ERROR_TEXT_SIZE];   /* one sentence; names the remedy where there is one */
};

/* Fills *error (when not NULL) and returns `status`, so that a failing function can `return error_set(...)`.
 * Longer texts are cut at the buffer's end; valid UTF-8 stays valid. */
enum status error_set(struct error *error, enum status status, const char *place, const char *format, ...)
    printf_like(4, 5);
enum status error_set_v(struct error *error, enum status status, const char *place, const char *format, va_list args);

/* Shorthand for the one error that needs no thought. */
enum status error_no_memory(struct error *error, const char *place);

/* "invalid", "absent", "retry", "fatal", "ok". */
const char *status_name(enum status status);

#ifdef __cplusplus
}
#endif

#endif
