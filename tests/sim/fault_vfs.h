/* fault_vfs.h: a SQLite VFS that fails, or kills the process, at a chosen call.
 *
 * It stands over the default VFS under the name "fault" and counts the calls that reach the operating system. A plan says
 * at which counted call to strike and how. One plan for the whole process; set it while no other thread uses the VFS.
 *
 * Power loss: since the last sync of a file, everything written to it may or may not be on the disk. The VFS keeps what each
 * such write replaced and, before it kills the process, takes all of them back (seed 0) or all but a random part, each piece
 * perhaps torn at a sector (any other seed).
 */
#ifndef TRIMODAL_SIM_FAULT_VFS_H
#define TRIMODAL_SIM_FAULT_VFS_H

#include <stdbool.h>
#include <stdint.h>

#define FAULT_VFS "fault"

enum fault_operation {
    FAULT_OPEN = 1,
    FAULT_READ = 2,
    FAULT_WRITE = 4,
    FAULT_TRUNCATE = 8,
    FAULT_SYNC = 16,
    FAULT_DELETE = 32,
    FAULT_SHM_MAP = 64,
    FAULT_SIZE = 128,
    FAULT_LOCK = 256, /* of the file and of the -shm */
    FAULT_CHANGES = FAULT_OPEN | FAULT_WRITE | FAULT_TRUNCATE | FAULT_SYNC | FAULT_DELETE | FAULT_SHM_MAP,
    FAULT_ALL = 511
};

enum fault_kind {
    FAULT_COUNT_ONLY,
    FAULT_ERROR,       /* the call does nothing and fails */
    FAULT_SHORT_WRITE, /* half of the bytes are written, then it fails; other calls: as FAULT_ERROR */
    FAULT_KILL_BEFORE, /* SIGKILL instead of the call */
    FAULT_KILL_MIDDLE, /* half of the bytes are written, then SIGKILL; other calls: as before */
    FAULT_KILL_AFTER,
};

struct fault_plan {
    unsigned operations; /* mask: these are counted */
    enum fault_kind kind;
    uint64_t at;    /* strikes at this counted call, from 1; 0: never */
    uint64_t times; /* errors: so many counted calls fail from there on; 0: all until the next plan */
    int code;       /* errors: what is returned; 0: SQLITE_IOERR_… of the operation */
    bool power_loss;
    uint64_t seed;
};

/* Registers the VFS (again: no effect). Returns SQLite's code. */
int fault_vfs_register(void);
/* Starts counting anew. NULL: count everything, never strike. */
void fault_vfs_plan(const struct fault_plan *plan);
uint64_t fault_vfs_calls(void);  /* counted since the plan was set */
uint64_t fault_vfs_strikes(void);

#endif
