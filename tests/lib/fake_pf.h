/* SPDX-License-Identifier: Apache-2.0 */
/* fake_pf - physical functions of a kernel that is a variable. Include it after check.h. */
#ifndef DAQS_TESTS_LIB_FAKE_PF_H
#define DAQS_TESTS_LIB_FAKE_PF_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/host/host_pfs.h"

#define FAKE_VFS 4

/* The same for all PFs. */
static struct {
    int result; /* of reading */
    uint32_t vfs;
    struct vf_info vf[FAKE_VFS];
    void (*before_rate)(void); /* called in the middle of a visit */
    bool absent;               /* no interface exists */
    const char *renamed;       /* the name of every interface; NULL: the one asked for */
} kernel;

static int fake_read(struct vf_link *link, const char *ifname, struct vf_info *ret,
                     size_t *ret_count, uint32_t *ret_vfs, struct daqs_error *err)
{
    (void)link;
    if (kernel.result != DAQS_OK)
        return daqs_fail(err, kernel.result, "cannot read the VFs of %s", ifname);
    memcpy(ret, kernel.vf, kernel.vfs * sizeof *ret);
    *ret_count = *ret_vfs = kernel.vfs;
    return DAQS_OK;
}

static int fake_set_rate(struct vf_link *link, const char *ifname, const struct pf_change *change,
                         struct daqs_error *err)
{
    (void)link;
    if (kernel.before_rate)
        kernel.before_rate();
    if (kernel.result != DAQS_OK)
        return daqs_fail(err, kernel.result, "cannot set a VF's rate on %s", ifname);
    if (change->vf >= kernel.vfs) /* as Linux does */
        return daqs_fail(err, DAQS_EREFUSED, "%s has no such VF", ifname);
    kernel.vf[change->vf].rate_mbit = change->rate_mbit;
    return DAQS_OK;
}

static void fake_free(struct vf_link *link)
{
    free(link);
}

static struct vf_link *fake_link_new(struct daqs_error *err)
{
    struct vf_link *link = malloc(sizeof *link);
    (void)err;
    assert_non_null(link);
    *link = (struct vf_link){fake_read, fake_set_rate, fake_free, VF_BY_RTNETLINK};
    return link;
}

static bool fake_find_name(const char *name, char ret[static DAQS_IFNAME_MAX + 1])
{
    (void)snprintf(ret, DAQS_IFNAME_MAX + 1, "%.*s", DAQS_IFNAME_MAX,
                   kernel.renamed ? kernel.renamed : name);
    return !kernel.absent;
}

/* Gives the kernel FAKE_VFS VFs, and returns the PFs of these uplinks. */
static struct host_pfs *fake_pfs_new(const struct uplink *uplink, size_t uplinks, const char *sysfs,
                                     struct daqs_log_budget *budget)
{
    struct daqs_error err = {0};
    memset(&kernel, 0, sizeof kernel);
    kernel.vfs = FAKE_VFS;
    for (uint32_t i = 0; i < FAKE_VFS; i++)
        kernel.vf[i] = (struct vf_info){.vf = i, .mac = {{2, 0, 0, 0, 1, (uint8_t)i}}};
    return host_pfs_new(&(struct host_pfs_setup){.uplink = uplink,
                                                 .uplinks = uplinks,
                                                 .sysfs = sysfs,
                                                 .find_name = fake_find_name,
                                                 .open_link = fake_link_new,
                                                 .budget = budget},
                        &err);
}

#endif
