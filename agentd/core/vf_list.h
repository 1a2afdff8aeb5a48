/* vf_list - the VFs of a physical function, from the kernel's answer about it (RTM_NEWLINK).
 *
 * The list of VFs is one attribute, whose length has 16 bits. With statistics a VF takes some 296
 * bytes of it, so from 222 VFs on the length is cut (seen with Linux up to 6.18), and parsers that
 * believe it see few of the VFs, or none. The VFs themselves are all there, one behind the other.
 */
#ifndef DAQS_AGENTD_CORE_VF_LIST_H
#define DAQS_AGENTD_CORE_VF_LIST_H

#include "agentd/core/pf.h"
#include "shared/base/name.h"

struct vf_list {
    bool has_list; /* false: the driver says nothing of its VFs, as in switchdev mode */
    uint32_t vfs;  /* that there are; 0 without a list */
    size_t count;  /* that are listed, at most PF_VFS_MAX */
    char ifname[DAQS_IFNAME_MAX + 1]; /* whose they are; "": the answer does not say */
};

/* Reads the attributes behind the ifinfomsg, which may be anything. VFs come in the order of their
 * numbers, all below ret->vfs. Their readings are of 'at_us', and have at_us = 0 where the kernel
 * sent no statistics. */
void vf_list_read(const void *attributes, size_t length, int64_t at_us,
                  struct vf_info vf[static PF_VFS_MAX], struct vf_list *ret);

/* Is that the answer about the interface of this name? One of another's VFs would be limited. */
bool vf_list_is_of(const struct vf_list *list, const char *ifname);

#endif
