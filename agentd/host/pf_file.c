/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/host/pf_file.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/core/pf.h"
#include "shared/base/cleanup.h"
#include "shared/base/file.h"
#include "shared/base/model.h"

#define FILE_NAME "vf-rates"
enum { LINE_BYTES = 64, ENTRIES_MAX = DAQS_MAX_UPLINKS * PF_VFS_MAX };

static int write_line(const struct pf_file_entry *e, char line[static LINE_BYTES])
{
    return snprintf(line, LINE_BYTES, "%s %" PRIu32 " %" PRIu32 "\n", e->pf, e->vf, e->before_mbit);
}

/* Parses a line; accepts exactly what write_line writes. */
static bool read_line(const char *line, struct pf_file_entry *ret)
{
    char again[LINE_BYTES];
    *ret = (struct pf_file_entry){.vf = 0};
    if (sscanf(line, "%15s %" SCNu32 " %" SCNu32, ret->pf, &ret->vf, &ret->before_mbit) != 3 ||
        !daqs_ifname_ok(ret->pf))
        return false;
    (void)write_line(ret, again);
    return strcmp(line, again) == 0;
}

int pf_file_load(const char *dir, struct pf_file_entry **ret, size_t *ret_count,
                 struct daqs_error *err)
{
    char path[PATH_MAX];
    char line[LINE_BYTES];
    (void)snprintf(path, sizeof path, "%s/" FILE_NAME, dir);
    *ret = NULL;
    *ret_count = 0;
    FILE *file = fopen(path, "re");
    if (!file && errno == ENOENT)
        return DAQS_OK;
    if (!file)
        return daqs_fail(err, DAQS_EIO, "cannot read %.200s: %s", path, strerror(errno));
    struct pf_file_entry *entry = NULL;
    size_t count = 0;
    bool begins = true; /* false: the rest of a line that is too long */
    while (count < ENTRIES_MAX && fgets(line, sizeof line, file)) {
        struct pf_file_entry e;
        bool good = begins && read_line(line, &e);
        begins = strchr(line, '\n') != NULL;
        if (!good)
            continue;
        struct pf_file_entry *grown = realloc(entry, (count + 1) * sizeof *entry);
        if (!grown)
            break;
        entry = grown;
        entry[count++] = e;
    }
    (void)fclose(file);
    *ret = entry;
    *ret_count = count;
    return DAQS_OK;
}

int pf_file_save(const char *dir, const struct pf_file_entry *entry, size_t count,
                 struct daqs_error *err)
{
    char *text DAQS_AUTO_FREE = calloc(count + 1, LINE_BYTES);
    size_t used = 0;
    if (!text)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    for (size_t i = 0; i < count; i++)
        used += (size_t)write_line(&entry[i], text + used);
    return daqs_write_file(dir, FILE_NAME, text, 0600, err);
}
