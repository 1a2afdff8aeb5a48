/* power_vfs - a VFS for SQLite under which the power can fail.
 *
 * Files are those of the VFS that was the default before, and what is written can be read at once.
 * What a disk holds for sure is kept apart: what was synced. When the power has failed nothing
 * can be written any more, and power_vfs_restore makes the files what such a disk could hold: all
 * that was synced, and of each write since then all, nothing, or some of its sectors. That a file
 * was made or deleted is for sure with the next sync of any file, as journalling file systems do.
 *
 * One for the whole process; its calls may come from several threads. */
#ifndef DAQS_TESTS_CHAOS_POWER_VFS_H
#define DAQS_TESTS_CHAOS_POWER_VFS_H

#include <stdbool.h>
#include <stdint.h>

struct power_tally {
    uint64_t failures;
    uint64_t whole; /* writes not synced that were on the disk all the same, */
    uint64_t torn;  /* in part, */
    uint64_t lost;  /* or not at all */
};

/* Becomes the default VFS; files that no handle has had open since are taken as they are. */
void power_vfs_begin(uint64_t seed);
/* The default is what it was. All handles are closed. */
void power_vfs_end(void);

/* The power fails with the so manieth write, truncation, sync or deletion from now; 0: not. */
void power_vfs_fail_after(uint64_t operations);
bool power_vfs_failed(void);

/* The power is back. All handles are closed. */
void power_vfs_restore(void);

struct power_tally power_vfs_tally(void);

#endif
