/* SPDX-License-Identifier: Apache-2.0 */
/* guest_sysfs - reads several files below a guest's /sys/class/net with one command, and parses its
 * output.
 *
 * The command is grep, which every guest with tc has. It runs without a shell. Missing files
 * produce no lines. */
#ifndef DAQS_AGENTD_CORE_GUEST_SYSFS_H
#define DAQS_AGENTD_CORE_GUEST_SYSFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/name.h"

#define GUEST_SYSFS_FILES_MAX 256
#define GUEST_SYSFS_FILE_MAX 31 /* bytes of a file's path below its interface */
#define GUEST_SYSFS_PATH_BYTES (sizeof "/sys/class/net//" + DAQS_IFNAME_MAX + GUEST_SYSFS_FILE_MAX)
/* Room for the output, in bytes: one line per file, and a few more for some files. */
#define GUEST_SYSFS_OUTPUT_MAX (64 * 1024)

struct guest_sysfs {
    const char *argv[GUEST_SYSFS_FILES_MAX + 4]; /* terminated by NULL */
    size_t files;
    char path[GUEST_SYSFS_FILES_MAX][GUEST_SYSFS_PATH_BYTES];
};

/* Starts a command that prints the lines that match the pattern, each preceded by its file's name.
 * 'options' are grep's and must include -H; with -s grep does not report missing files. Both
 * strings must outlive the command. */
void guest_sysfs_begin(struct guest_sysfs *ask, const char *options, const char *pattern);

/* Adds a file of an interface. False if the name is not valid in a path, or there are
 * GUEST_SYSFS_FILES_MAX files already. */
bool guest_sysfs_add(struct guest_sysfs *ask, const char *ifname, const char *file);

struct guest_sysfs_line {
    char ifname[DAQS_IFNAME_MAX + 1];
    char file[GUEST_SYSFS_FILE_MAX + 1];
    char text[64]; /* longer lines are truncated */
};

/* Returns the next line of such a file and advances *at. Other lines are skipped. False at the
 * end. */
bool guest_sysfs_next(const char **at, struct guest_sysfs_line *ret);

/* Parses a line's text as a number of 1 to 19 digits. False for anything else. */
bool guest_sysfs_number(const char *text, uint64_t *ret);

#endif
