/* guest_sysfs - several files of a guest's /sys/class/net in one command, and what it printed.
 *
 * One grep, which every guest with tc has, and no shell. A file that is not there has no lines. */
#ifndef DAQS_AGENTD_CORE_GUEST_SYSFS_H
#define DAQS_AGENTD_CORE_GUEST_SYSFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/name.h"

#define GUEST_SYSFS_FILES_MAX 256
#define GUEST_SYSFS_FILE_MAX 31 /* bytes of a file's name below its interface */
#define GUEST_SYSFS_PATH_BYTES (sizeof "/sys/class/net//" + DAQS_IFNAME_MAX + GUEST_SYSFS_FILE_MAX)
/* Room for the output, in bytes: one line per file, and a few more for some files. */
#define GUEST_SYSFS_OUTPUT_MAX (64 * 1024)

struct guest_sysfs {
    const char *argv[GUEST_SYSFS_FILES_MAX + 4]; /* NULL ends */
    size_t files;
    char path[GUEST_SYSFS_FILES_MAX][GUEST_SYSFS_PATH_BYTES];
};

/* Prints the lines that match the pattern, each behind its file's name. 'options' are grep's, with
 * -H; -s says nothing of a file that is missing. Both strings must outlive the command. */
void guest_sysfs_begin(struct guest_sysfs *ask, const char *options, const char *pattern);

/* One more file of an interface. False: the name is not fit for a path, or there are too many. */
bool guest_sysfs_add(struct guest_sysfs *ask, const char *ifname, const char *file);

struct guest_sysfs_line {
    char ifname[DAQS_IFNAME_MAX + 1];
    char file[GUEST_SYSFS_FILE_MAX + 1];
    char text[64]; /* longer ones are cut */
};

/* The next line that is of such a file; what is none is passed over. *at moves on. False: there is
 * none any more. */
bool guest_sysfs_next(const char **at, struct guest_sysfs_line *ret);

/* A line's text as a number: digits only, 19 at most. False: it is something else. */
bool guest_sysfs_number(const char *text, uint64_t *ret);

#endif
