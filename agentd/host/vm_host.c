/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/host/vm_host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agentd/core/pve_labels.h"
#include "shared/base/cleanup.h"
#include "shared/base/file.h"

/* A VM's configuration has a few kB, with snapshots some ten kB; QEMU's arguments have up to ten
 * kB. */
enum { CONFIG_BYTES = 1024 * 1024, ARGUMENTS_BYTES = 256 * 1024 };

static bool is_number(const char *name)
{
    return *name && strspn(name, "0123456789") == strlen(name);
}

static bool is_same(const struct vm_host_stamp *stamp, const struct stat *st)
{
    return stamp->inode == st->st_ino && stamp->size == st->st_size &&
           memcmp(&stamp->changed, &st->st_mtim, sizeof stamp->changed) == 0;
}

/* Reads a regular file unless it still matches *stamp. The caller frees *ret_text. */
static enum vm_host_answer read_if_changed(const char *path, struct vm_host_stamp *stamp,
                                           char **ret_text)
{
    struct stat st;
    char *text DAQS_AUTO_FREE = NULL;
    size_t length = 0;
    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
        return VM_HOST_UNKNOWN;
    if (is_same(stamp, &st))
        return VM_HOST_SAME;
    if (daqs_read_file("", path, CONFIG_BYTES, &text, &length, NULL) != DAQS_OK ||
        strlen(text) != length)
        return VM_HOST_UNKNOWN;
    *stamp = (struct vm_host_stamp){st.st_ino, st.st_size, st.st_mtim};
    *ret_text = DAQS_TAKE(text);
    return VM_HOST_READ;
}

enum vm_host_answer vm_host_config(const char *folder, const char *name,
                                   struct vm_host_stamp *stamp, struct host_nics *ret_nics,
                                   struct vm_labels *ret_labels)
{
    char path[PATH_MAX];
    char *text DAQS_AUTO_FREE = NULL;
    if (!is_number(name) ||
        snprintf(path, sizeof path, "%s/%s.conf", folder, name) >= (int)sizeof path)
        return VM_HOST_UNKNOWN;
    const enum vm_host_answer answer = read_if_changed(path, stamp, &text);
    if (answer != VM_HOST_READ)
        return answer;
    host_nics_of_pve(text, ret_nics);
    memset(ret_labels, 0, sizeof *ret_labels);
    pve_labels_read(text, ret_labels);
    return VM_HOST_READ;
}

enum vm_host_answer vm_host_pools(const char *path, struct vm_host_stamp *stamp, char **ret_text)
{
    return read_if_changed(path, stamp, ret_text);
}

/* --- processes --- */

/* Reads the arguments of a process, NUL-terminated; gets its owner. Returns the length; 0 if there
 * are none or they cannot be read. */
static size_t read_arguments(const char *proc, const char *pid, char *ret, uid_t *ret_owner)
{
    char path[PATH_MAX];
    struct stat st;
    size_t length = 0;
    ssize_t n = 1;
    if (snprintf(path, sizeof path, "%s/%s/cmdline", proc, pid) >= (int)sizeof path)
        return 0;
    int fd DAQS_AUTO_CLOSE = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return 0;
    while (n > 0 && length < ARGUMENTS_BYTES) {
        n = read(fd, ret + length, ARGUMENTS_BYTES - length);
        if (n > 0)
            length += (size_t)n;
    }
    if (n < 0 || length == 0 || length == ARGUMENTS_BYTES)
        return 0;
    if (ret[length - 1] != '\0')
        ret[length++] = '\0';
    *ret_owner = st.st_uid;
    return length;
}

static void compare(struct vm_host_search *search, const char *args, size_t length)
{
    struct host_nics nics;
    if (search->found > 1 || !host_nics_of_qemu(args, length, search->socket, &nics))
        return;
    if (search->found == 0) {
        search->found = 1;
        search->nics = nics;
    } else if (!host_nics_equal(&search->nics, &nics)) {
        /* The arguments of a wrapper that started QEMU show the same nics and do not count. */
        search->found = 2;
    }
}

void vm_host_processes(const char *proc, struct vm_host_search *search, size_t count)
{
    static const char hint[] = "-chardev";
    char *args DAQS_AUTO_FREE = malloc(ARGUMENTS_BYTES + 1);
    DIR *dir = args ? opendir(proc) : NULL;
    if (!dir)
        return;
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        uid_t owner = 0;
        size_t length =
            is_number(entry->d_name) ? read_arguments(proc, entry->d_name, args, &owner) : 0;
        if (length == 0 || !memmem(args, length, hint, strlen(hint)))
            continue;
        for (size_t i = 0; i < count; i++)
            if (owner == 0 || owner == search[i].owner)
                compare(&search[i], args, length);
    }
    closedir(dir);
}
