#include "store/store_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOCK_TEXT_SIZE (STORE_URL_SIZE + 64)

static enum status open_lock(const char *directory, int flags, int *descriptor, struct error *error)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof(path), "%s/lock", directory);
    if (length < 0 || (size_t)length >= sizeof(path)) {
        return error_set(error, STATUS_INVALID, "data directory", "the path is longer than %d bytes", PATH_MAX);
    }
    *descriptor = open(path, flags | O_CLOEXEC, 0644);
    if (*descriptor >= 0) {
        return STATUS_OK;
    }
    if (errno == ENOENT) {
        return error_set(error, STATUS_ABSENT, directory, "there is no such data directory");
    }
    return error_set(error, STATUS_RETRY, path, "cannot be opened: %s; check that this user may write in the data directory",
                     strerror(errno));
}

static void parse_owner(char *text, struct store_owner *owner)
{
    struct str rest = str_from(text), line;
    while (str_split_next(&rest, '\n', &line)) {
        if (str_starts_with(line, STR("process "))) {
            (void)str_to_i64(str_from_offset(line, 8), &owner->process);
        } else if (str_starts_with(line, STR("url "))) {
            struct str url = str_from_offset(line, 4);
            size_t length = url.length < STORE_URL_SIZE - 1 ? url.length : STORE_URL_SIZE - 1;
            memcpy(owner->url, url.at, length);
            owner->url[length] = '\0';
        }
    }
}

static void read_owner(int descriptor, struct store_owner *owner)
{
    char text[LOCK_TEXT_SIZE];
    *owner = (struct store_owner){0};
    ssize_t length = pread(descriptor, text, sizeof(text) - 1, 0);
    text[length > 0 ? length : 0] = '\0';
    parse_owner(text, owner);
}

enum status store_lock_take(const char *directory, int *descriptor, struct error *error)
{
    enum status status = open_lock(directory, O_RDWR | O_CREAT, descriptor, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(*descriptor, F_OFD_SETLK, &whole) == 0) {
        status = store_lock_write(*descriptor, NULL, error);
    } else if (errno == EAGAIN || errno == EACCES) {
        struct store_owner owner;
        read_owner(*descriptor, &owner);
        status = error_set(error, STATUS_RETRY, directory, "in use by process %lld; use --server %s or stop it",
                           (long long)owner.process, owner.url[0] != '\0' ? owner.url : "URL");
    } else {
        status = error_set(error, STATUS_RETRY, directory, "cannot be locked: %s", strerror(errno));
    }
    if (status != STATUS_OK) {
        close(*descriptor);
        *descriptor = -1;
    }
    return status;
}

enum status store_lock_write(int descriptor, const char *url, struct error *error)
{
    char text[LOCK_TEXT_SIZE];
    if (url != NULL && (strlen(url) >= STORE_URL_SIZE || strchr(url, '\n') != NULL)) {
        return error_set(error, STATUS_INVALID, "url", "must be one line of less than %d bytes", STORE_URL_SIZE);
    }
    int length = snprintf(text, sizeof(text), "process %lld\nurl %s\n", (long long)getpid(), url != NULL ? url : "");
    if (pwrite(descriptor, text, (size_t)length, 0) != length || ftruncate(descriptor, length) != 0) {
        return error_set(error, STATUS_RETRY, "lock", "cannot be written: %s", strerror(errno));
    }
    return STATUS_OK;
}

void store_lock_release(int descriptor)
{
    if (descriptor >= 0) {
        (void)!ftruncate(descriptor, 0);
        close(descriptor);
    }
}

enum status store_lock_owner(const char *directory, struct store_owner *owner, struct error *error)
{
    int descriptor = -1;
    enum status status = open_lock(directory, O_RDONLY, &descriptor, error);
    if (status != STATUS_OK) {
        return status;
    }
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(descriptor, F_OFD_GETLK, &whole) != 0) {
        status = error_set(error, STATUS_RETRY, directory, "the lock cannot be read: %s", strerror(errno));
    } else if (whole.l_type == F_UNLCK) {
        status = error_set(error, STATUS_ABSENT, directory, "no process writes here");
    } else {
        read_owner(descriptor, owner);
    }
    close(descriptor);
    return status;
}
