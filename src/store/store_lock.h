/* store_lock.h: keeps a second writer out of a data directory. Private to src/store.
 *
 * An open-file-description lock (fcntl F_OFD_SETLK) on the file `lock`: it goes with the process however that ends, holds
 * within one process too, and can be asked about without being taken. The file's text says who holds it:
 * "process N\nurl U\n"; the text of a dead process means nothing.
 */
#ifndef TRIMODAL_STORE_STORE_LOCK_H
#define TRIMODAL_STORE_STORE_LOCK_H

#include "store/store.h"

/* *descriptor holds the lock until it is closed. STATUS_RETRY when another has it. */
enum status store_lock_take(const char *directory, int *descriptor, struct error *error) must_check;
enum status store_lock_write(int descriptor, const char *url, struct error *error) must_check;
void store_lock_release(int descriptor);

#endif
