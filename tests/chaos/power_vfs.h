/* SPDX-License-Identifier: Apache-2.0 */
/* power_vfs - a VFS for SQLite that simulates power failures.
 *
 * Files are those of the previous default VFS, and written data can be read at once. What is
 * guaranteed to be on the disk is stored separately: what was synced. After the power has failed,
 * nothing can be written, and power_vfs_restore() turns the files into what the disk could hold:
 * everything that was synced, and of each later write all, nothing, or some of its sectors. The
 * creation or deletion of a file is durable with the next sync of any file, as with journalling
 * file systems.
 *
 * There is one instance for the whole process; several threads may call it. */
#ifndef DAQS_TESTS_CHAOS_POWER_VFS_H
#define DAQS_TESTS_CHAOS_POWER_VFS_H

#include <stdbool.h>
#include <stdint.h>

struct power_tally {
    uint64_t failures;
    uint64_t whole; /* unsynced writes that reached the disk as a whole, */
    uint64_t torn;  /* in part, */
    uint64_t lost;  /* or not at all */
};

/* Makes this the default VFS. A file that no handle has opened since then counts as synced. */
void power_vfs_begin(uint64_t seed);
/* Restores the previous default. All handles must be closed. */
void power_vfs_end(void);

/* Makes the power fail during the write, truncation, sync or deletion with this number from now; 0:
 * never. */
void power_vfs_fail_after(uint64_t operations);
bool power_vfs_failed(void);

/* Restores the power. All handles must be closed. */
void power_vfs_restore(void);

struct power_tally power_vfs_tally(void);

#endif
