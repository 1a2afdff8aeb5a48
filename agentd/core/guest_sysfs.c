/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/guest_sysfs.h"

#include <stdio.h>
#include <string.h>

enum { WORDS = 3 };

static const char folder[] = "/sys/class/net/";

void guest_sysfs_begin(struct guest_sysfs *ask, const char *options, const char *pattern)
{
    const char *const words[WORDS] = {"grep", options, pattern};
    ask->files = 0;
    memcpy(ask->argv, words, sizeof words);
    ask->argv[WORDS] = NULL;
}

bool guest_sysfs_add(struct guest_sysfs *ask, const char *ifname, const char *file)
{
    if (!daqs_ifname_ok(ifname) || ask->files == GUEST_SYSFS_FILES_MAX)
        return false;
    char *path = ask->path[ask->files];
    (void)snprintf(path, GUEST_SYSFS_PATH_BYTES, "%s%.15s/%.31s", folder, ifname, file);
    ask->argv[WORDS + ask->files] = path;
    ask->argv[WORDS + ++ask->files] = NULL;
    return true;
}

/* Copies the text before 'end' and advances *at past 'end'. False if 'end' is not on the line or
 * the text does not fit. */
static bool take(const char **at, char end, char *buf, size_t size)
{
    size_t length = strcspn(*at, (const char[]){end, '\n', '\0'});
    if ((*at)[length] != end || length >= size)
        return false;
    memcpy(buf, *at, length);
    buf[length] = '\0';
    *at += length + 1;
    return true;
}

static bool read_line(const char *line, struct guest_sysfs_line *ret)
{
    const size_t skipped = sizeof folder - 1;
    if (strncmp(line, folder, skipped) != 0)
        return false;
    line += skipped;
    if (!take(&line, '/', ret->ifname, sizeof ret->ifname) ||
        !take(&line, ':', ret->file, sizeof ret->file))
        return false;
    (void)snprintf(ret->text, sizeof ret->text, "%.*s", (int)strcspn(line, "\n"), line);
    return daqs_ifname_ok(ret->ifname);
}

bool guest_sysfs_next(const char **at, struct guest_sysfs_line *ret)
{
    while (**at) {
        const char *line = *at;
        *at += strcspn(line, "\n");
        *at += **at == '\n';
        if (read_line(line, ret))
            return true;
    }
    return false;
}

bool guest_sysfs_number(const char *text, uint64_t *ret)
{
    enum { DIGITS_MAX = 19 };
    size_t digits = strspn(text, "0123456789");
    uint64_t number = 0;
    if (digits == 0 || digits > DIGITS_MAX || text[digits] != '\0')
        return false;
    for (size_t i = 0; i < digits; i++)
        number = number * 10 + (uint64_t)(text[i] - '0');
    *ret = number;
    return true;
}
