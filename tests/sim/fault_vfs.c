#include "fault_vfs.h"

#include <assert.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECTOR 512

/* One write or truncation since the last sync of its file. */
struct change {
    struct change *older;
    sqlite3_int64 offset;
    sqlite3_int64 size_before; /* of the file */
    int old_length;            /* bytes that were there */
    int new_length;            /* bytes written; -1: a truncation to `offset` */
    unsigned char *old_bytes, *new_bytes;
};

struct fault_file {
    sqlite3_file base; /* first: SQLite sees only this */
    struct change *changes; /* newest first */
    struct fault_file *next, **link; /* all open files */
    sqlite3_file *real;
};

static sqlite3_vfs vfs;
static sqlite3_vfs *real_vfs;
static struct fault_file *files;
static struct fault_plan plan;
static uint64_t calls, strikes;
static uint64_t random_state;

void fault_vfs_plan(const struct fault_plan *new_plan)
{
    plan = new_plan != NULL ? *new_plan : (struct fault_plan){.operations = FAULT_ALL};
    calls = 0;
    strikes = 0;
    random_state = plan.seed;
}

uint64_t fault_vfs_calls(void)
{
    return calls;
}

uint64_t fault_vfs_strikes(void)
{
    return strikes;
}

static uint64_t random_next(void)
{
    random_state += 0x9e3779b97f4a7c15u;
    uint64_t z = random_state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* ---- power loss ---- */

static void forget_changes(struct fault_file *file)
{
    while (file->changes != NULL) {
        struct change *change = file->changes;
        file->changes = change->older;
        free(change->old_bytes);
        free(change->new_bytes);
        free(change);
    }
}

/* SQLite's VFS for Unix looks at the lower 17 bits of a length only; SQLite itself never moves more than a page at once. */
#define PIECE 65536

static void read_all(struct fault_file *file, unsigned char *bytes, int length, sqlite3_int64 offset)
{
    for (int at = 0; at < length; at += PIECE) {
        int piece = length - at < PIECE ? length - at : PIECE;
        (void)file->real->pMethods->xRead(file->real, bytes + at, piece, offset + at);
    }
}

static void write_all(struct fault_file *file, const unsigned char *bytes, int length, sqlite3_int64 offset)
{
    for (int at = 0; at < length; at += PIECE) {
        int piece = length - at < PIECE ? length - at : PIECE;
        (void)file->real->pMethods->xWrite(file->real, bytes + at, piece, offset + at);
    }
}

static void remember(struct fault_file *file, sqlite3_int64 offset, const void *bytes, int length)
{
    if (!plan.power_loss) {
        return;
    }
    struct change *change = calloc(1, sizeof(*change));
    assert(change != NULL);
    (void)file->real->pMethods->xFileSize(file->real, &change->size_before);
    sqlite3_int64 end = length >= 0 ? offset + length : change->size_before;
    end = end < change->size_before ? end : change->size_before;
    change->offset = offset;
    change->new_length = length;
    change->old_length = end > offset ? (int)(end - offset) : 0;
    if (change->old_length > 0) {
        change->old_bytes = malloc((size_t)change->old_length);
        assert(change->old_bytes != NULL);
        read_all(file, change->old_bytes, change->old_length, offset);
    }
    if (length > 0) {
        change->new_bytes = malloc((size_t)length);
        assert(change->new_bytes != NULL);
        memcpy(change->new_bytes, bytes, (size_t)length);
    }
    change->older = file->changes;
    file->changes = change;
}

/* Some of the bytes of a lost write made it, sector by sector. */
static void survive(struct fault_file *file, const struct change *change)
{
    for (int at = 0; at < change->new_length; at += SECTOR) {
        int length = change->new_length - at < SECTOR ? change->new_length - at : SECTOR;
        if (random_next() % 4 != 0) {
            (void)file->real->pMethods->xWrite(file->real, change->new_bytes + at, length, change->offset + at);
        }
    }
}

static void lose_file(struct fault_file *file)
{
    struct change *oldest_first = NULL;
    while (file->changes != NULL) {
        struct change *change = file->changes;
        file->changes = change->older;
        if (change->old_length > 0) {
            write_all(file, change->old_bytes, change->old_length, change->offset);
        }
        (void)file->real->pMethods->xTruncate(file->real, change->size_before);
        change->older = oldest_first;
        oldest_first = change;
    }
    for (const struct change *change = oldest_first; change != NULL && plan.seed != 0; change = change->older) {
        if (change->new_length > 0 && random_next() % 2 == 0) {
            survive(file, change);
        }
    }
}

static void die(void)
{
    if (plan.power_loss) {
        for (struct fault_file *file = files; file != NULL; file = file->next) {
            lose_file(file);
        }
    }
    (void)kill(getpid(), SIGKILL);
    for (;;) {
        pause();
    }
}

/* ---- striking ---- */

/* Counts a call; what is to happen to it. */
static enum fault_kind strike(enum fault_operation operation)
{
    if ((plan.operations & operation) == 0) {
        return FAULT_COUNT_ONLY;
    }
    calls++;
    bool error = plan.kind == FAULT_ERROR || plan.kind == FAULT_SHORT_WRITE;
    uint64_t last = !error ? plan.at : plan.times == 0 ? UINT64_MAX : plan.at + plan.times - 1;
    if (plan.at == 0 || calls < plan.at || calls > last) {
        return FAULT_COUNT_ONLY;
    }
    strikes++;
    return plan.kind;
}

static int code_or(int code)
{
    return plan.code != 0 ? plan.code : code;
}

/* The frame around each call without halves: CALL is an expression that returns SQLite's code. */
#define AROUND(operation, error_code, call)                        \
    do {                                                           \
        enum fault_kind kind_ = strike(operation);                 \
        if (kind_ == FAULT_ERROR || kind_ == FAULT_SHORT_WRITE) {  \
            return code_or(error_code);                            \
        }                                                          \
        if (kind_ == FAULT_KILL_BEFORE || kind_ == FAULT_KILL_MIDDLE) { \
            die();                                                 \
        }                                                          \
        int code_ = (call);                                        \
        if (kind_ == FAULT_KILL_AFTER) {                           \
            die();                                                 \
        }                                                          \
        return code_;                                              \
    } while (0)

/* ---- file methods ---- */

#define REAL(file) (((struct fault_file *)(file))->real)

static int file_close(sqlite3_file *base)
{
    struct fault_file *file = (struct fault_file *)base;
    int code = file->real->pMethods->xClose(file->real);
    forget_changes(file);
    *file->link = file->next;
    if (file->next != NULL) {
        file->next->link = file->link;
    }
    return code;
}

static int file_read(sqlite3_file *file, void *bytes, int length, sqlite3_int64 offset)
{
    AROUND(FAULT_READ, SQLITE_IOERR_READ, REAL(file)->pMethods->xRead(REAL(file), bytes, length, offset));
}

static int file_write(sqlite3_file *base, const void *bytes, int length, sqlite3_int64 offset)
{
    struct fault_file *file = (struct fault_file *)base;
    enum fault_kind kind = strike(FAULT_WRITE);
    if (kind == FAULT_ERROR) {
        return code_or(SQLITE_IOERR_WRITE);
    }
    if (kind == FAULT_KILL_BEFORE) {
        die();
    }
    bool half = kind == FAULT_SHORT_WRITE || kind == FAULT_KILL_MIDDLE;
    int written = half ? length / 2 : length;
    remember(file, offset, bytes, written);
    int code = written > 0 ? file->real->pMethods->xWrite(file->real, bytes, written, offset) : SQLITE_OK;
    if (kind == FAULT_KILL_MIDDLE || kind == FAULT_KILL_AFTER) {
        die();
    }
    return kind == FAULT_SHORT_WRITE ? code_or(SQLITE_IOERR_WRITE) : code;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct fault_file *file = (struct fault_file *)base;
    enum fault_kind kind = strike(FAULT_TRUNCATE);
    if (kind == FAULT_ERROR || kind == FAULT_SHORT_WRITE) {
        return code_or(SQLITE_IOERR_TRUNCATE);
    }
    if (kind == FAULT_KILL_BEFORE || kind == FAULT_KILL_MIDDLE) {
        die();
    }
    remember(file, size, NULL, -1);
    int code = file->real->pMethods->xTruncate(file->real, size);
    if (kind == FAULT_KILL_AFTER) {
        die();
    }
    return code;
}

static int file_sync(sqlite3_file *base, int flags)
{
    struct fault_file *file = (struct fault_file *)base;
    enum fault_kind kind = strike(FAULT_SYNC);
    if (kind == FAULT_ERROR || kind == FAULT_SHORT_WRITE) {
        return code_or(SQLITE_IOERR_FSYNC);
    }
    if (kind == FAULT_KILL_BEFORE || kind == FAULT_KILL_MIDDLE) {
        die();
    }
    int code = file->real->pMethods->xSync(file->real, flags);
    forget_changes(file);
    if (kind == FAULT_KILL_AFTER) {
        die();
    }
    return code;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    AROUND(FAULT_SIZE, SQLITE_IOERR_FSTAT, REAL(file)->pMethods->xFileSize(REAL(file), size));
}

static int file_lock(sqlite3_file *file, int level)
{
    AROUND(FAULT_LOCK, SQLITE_IOERR_LOCK, REAL(file)->pMethods->xLock(REAL(file), level));
}

static int file_unlock(sqlite3_file *file, int level)
{
    return REAL(file)->pMethods->xUnlock(REAL(file), level);
}

static int file_check_reserved(sqlite3_file *file, int *reserved)
{
    return REAL(file)->pMethods->xCheckReservedLock(REAL(file), reserved);
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
    return REAL(file)->pMethods->xFileControl(REAL(file), operation, argument);
}

static int file_sector_size(sqlite3_file *file)
{
    return REAL(file)->pMethods->xSectorSize(REAL(file));
}

static int file_characteristics(sqlite3_file *file)
{
    return REAL(file)->pMethods->xDeviceCharacteristics(REAL(file));
}

static int file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **memory)
{
    AROUND(FAULT_SHM_MAP, SQLITE_IOERR_SHMMAP, REAL(file)->pMethods->xShmMap(REAL(file), page, size, extend, memory));
}

static int file_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    if ((flags & SQLITE_SHM_UNLOCK) != 0) {
        return REAL(file)->pMethods->xShmLock(REAL(file), offset, count, flags);
    }
    AROUND(FAULT_LOCK, SQLITE_IOERR_SHMLOCK, REAL(file)->pMethods->xShmLock(REAL(file), offset, count, flags));
}

static void file_shm_barrier(sqlite3_file *file)
{
    REAL(file)->pMethods->xShmBarrier(REAL(file));
}

static int file_shm_unmap(sqlite3_file *file, int delete)
{
    return REAL(file)->pMethods->xShmUnmap(REAL(file), delete);
}

/* Version 2: no xFetch, so SQLite cannot map the file into memory behind our back. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

/* ---- VFS methods ---- */

static int vfs_open_real(const char *name, sqlite3_file *base, int flags, int *out_flags)
{
    struct fault_file *file = (struct fault_file *)base;
    file->changes = NULL;
    file->real = (sqlite3_file *)(void *)(file + 1);
    int code = real_vfs->xOpen(real_vfs, name, file->real, flags, out_flags);
    if (file->real->pMethods == NULL) {
        return code;
    }
    file->base.pMethods = &methods;
    file->next = files;
    file->link = &files;
    if (files != NULL) {
        files->link = &file->next;
    }
    files = file;
    return code;
}

static int vfs_open(sqlite3_vfs *self, const char *name, sqlite3_file *file, int flags, int *out_flags)
{
    (void)self;
    file->pMethods = NULL;
    AROUND(FAULT_OPEN, SQLITE_CANTOPEN, vfs_open_real(name, file, flags, out_flags));
}

static int vfs_delete(sqlite3_vfs *self, const char *name, int sync_directory)
{
    (void)self;
    AROUND(FAULT_DELETE, SQLITE_IOERR_DELETE, real_vfs->xDelete(real_vfs, name, sync_directory));
}

static int vfs_access(sqlite3_vfs *self, const char *name, int flags, int *result)
{
    (void)self;
    return real_vfs->xAccess(real_vfs, name, flags, result);
}

static int vfs_full_pathname(sqlite3_vfs *self, const char *name, int size, char *path)
{
    (void)self;
    return real_vfs->xFullPathname(real_vfs, name, size, path);
}

int fault_vfs_register(void)
{
    if (real_vfs != NULL) {
        return SQLITE_OK;
    }
    real_vfs = sqlite3_vfs_find(NULL);
    assert(real_vfs != NULL);
    vfs = *real_vfs; /* what is not replaced (randomness, time, sleep) goes to the real one, which ignores `self` */
    vfs.pNext = NULL;
    vfs.zName = FAULT_VFS;
    vfs.szOsFile = (int)sizeof(struct fault_file) + real_vfs->szOsFile;
    vfs.xOpen = vfs_open;
    vfs.xDelete = vfs_delete;
    vfs.xAccess = vfs_access;
    vfs.xFullPathname = vfs_full_pathname;
    fault_vfs_plan(NULL);
    return sqlite3_vfs_register(&vfs, 0);
}
