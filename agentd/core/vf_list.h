/* SPDX-License-Identifier: Apache-2.0 */
/* vf_list - parses the VFs of a physical function from the kernel's reply about it (RTM_NEWLINK).
 *
 * The list of VFs is one attribute with a 16-bit length. With statistics a VF takes about 296
 * bytes, so from 222 VFs on the length is truncated (observed with Linux up to 6.18). Parsers that
 * trust it find few of the VFs or none. The VFs themselves are complete and follow each other. */
#ifndef DAQS_AGENTD_CORE_VF_LIST_H
#define DAQS_AGENTD_CORE_VF_LIST_H

#include "agentd/core/pf.h"
#include "shared/base/name.h"

struct vf_list {
    bool has_list; /* false: the driver does not list its VFs, as in switchdev mode */
    uint32_t vfs;  /* number of VFs that exist; 0 without a list */
    size_t count;  /* number of VFs listed, at most PF_VFS_MAX */
    char ifname[DAQS_IFNAME_MAX + 1]; /* their PF; "": the reply does not include it */
};

/* Parses the untrusted attributes after the ifinfomsg. VFs are in the order of their numbers, all
 * below ret->vfs. Their readings have the time 'at_us', or at_us = 0 if the kernel sent no
 * statistics. */
void vf_list_read(const void *attributes, size_t length, int64_t at_us,
                  struct vf_info vf[static PF_VFS_MAX], struct vf_list *ret);

/* Returns true if the reply is about the interface with this name, or does not name one. A reply
 * about another PF must not be used, because its VFs would be limited. */
bool vf_list_is_of(const struct vf_list *list, const char *ifname);

#endif
