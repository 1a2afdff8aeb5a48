/* SPDX-License-Identifier: Apache-2.0 */
/* vf_tree - a tree like sysfs that has VFs. Include it after check.h. */
#ifndef DAQS_TESTS_LIB_VF_TREE_H
#define DAQS_TESTS_LIB_VF_TREE_H

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/temp_folder.h"

static char root[TEMP_FOLDER_BYTES];

/* Makes a file with this content below the root, or a link to 'target', and its directories. */
static void put(const char *path, const char *content, const char *target)
{
    char full[512];
    (void)snprintf(full, sizeof full, "%s/%s", root, path);
    for (char *slash = strchr(full + strlen(root) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(full, 0755);
        *slash = '/';
    }
    if (target) {
        assert_int_equal(symlink(target, full), 0);
        return;
    }
    FILE *file = fopen(full, "we");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Adds the VF with this number, of the PF at the address 'physical' whose interface is 'pf' ("": it
 * has none). */
static void add_vf(const char *pci, const char *physical, const char *pf, unsigned number)
{
    char path[256];
    char target[256];
    (void)snprintf(path, sizeof path, "bus/pci/devices/%s", pci);
    (void)snprintf(target, sizeof target, "../../../devices/%s", pci);
    put(path, NULL, target);
    (void)snprintf(path, sizeof path, "devices/%s/class", pci);
    put(path, "0x020000\n", NULL);
    (void)snprintf(path, sizeof path, "devices/%s/physfn", pci);
    (void)snprintf(target, sizeof target, "../%s", physical);
    put(path, NULL, target);
    (void)snprintf(path, sizeof path, "devices/%s/virtfn%u", physical, number);
    (void)snprintf(target, sizeof target, "../%s", pci);
    put(path, NULL, target);
    (void)snprintf(path, sizeof path, "devices/%s/net/%s/mtu", physical, pf);
    if (*pf)
        put(path, "1500\n", NULL);
}

#endif
