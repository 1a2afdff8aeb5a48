/* SPDX-License-Identifier: Apache-2.0 */
/* devlink - the VFs of a physical function as devlink shows them, parsed from the kernel's replies.
 *
 * In switchdev mode every VF has a port at its PF's devlink device. If the driver can limit VFs in
 * this mode, the port has a rate leaf, whose tx_max is the highest rate at which the VF may send.
 * In this mode 'ip link' does not list the VFs, or rejects their rates.
 *
 * devlink's rates are 64-bit numbers of bytes per second, 0 for no limit. They are converted to
 * Mbit/s and rounded up, so that a limit never appears tighter than it is and never disappears: 1
 * to 125,000 bytes/s are 1 Mbit/s. Values that exceed 32 bits are UINT32_MAX. Rates that are set
 * are whole Mbit/s and read back unchanged. */
#ifndef DAQS_AGENTD_CORE_DEVLINK_H
#define DAQS_AGENTD_CORE_DEVLINK_H

#include "agentd/core/pf.h"

#define DEVLINK_NAME_BYTES 64 /* including the NUL */

/* devlink's name for a device: "pci" and "0000:01:00.0". */
struct devlink_device {
    char bus[DEVLINK_NAME_BYTES];
    char name[DEVLINK_NAME_BYTES]; /* "": not known */
};

struct devlink_vf {
    uint32_t vf;
    uint32_t port;       /* index of its port at the device */
    struct daqs_mac mac; /* all zero: not known */
    bool has_leaf;
    uint32_t rate_mbit; /* limit of the leaf; 0: none */
    uint32_t min_mbit;  /* guaranteed by the NIC; 0: nothing */
};

/* One PF as devlink shows it. Zero-initialise. */
struct devlink_pf {
    struct devlink_device device;
    bool seen;      /* the last list of ports included the PF's own port */
    bool unclear;   /* VFs of several PFs have ports there and cannot be assigned to their PFs */
    bool switchdev; /* the device is in switchdev mode */
    uint32_t pf;    /* number, at the device, of the PF to which the VFs belong */
    size_t vfs;
    struct devlink_vf vf[PF_VFS_MAX];
};

/* Convert bytes/s to Mbit/s as described above, and back. */
uint32_t devlink_mbit(uint64_t bytes_per_s);
uint64_t devlink_bytes(uint32_t mbit);

/* Starts a new list of ports. Ports of the previous list are discarded. */
void devlink_begin(struct devlink_pf *pf);

/* Processes one port. The attributes are untrusted. The device of the PF's own port is stored as
 * the PF's device. VF ports count if they are at the device that was known before this list began
 * and do not belong to another host. */
void devlink_take_port(struct devlink_pf *pf, const char *ifname, const void *attributes,
                       size_t length);

/* Ends the list of ports. Returns true if the ports must be listed again, because the PF's device
 * was not known before. */
bool devlink_ports_end(struct devlink_pf *pf);

/* Processes the reply about the device's mode. */
void devlink_take_mode(struct devlink_pf *pf, const void *attributes, size_t length);

/* Processes one rate. Rates that are not leaves of VF ports are ignored. */
void devlink_take_rate(struct devlink_pf *pf, const void *attributes, size_t length);

/* Returns true if the PF's VFs are limited by their leaves. Some VFs may have none. */
bool devlink_limits(const struct devlink_pf *pf);

/* Returns the VF with this number, or NULL if it has no port. */
const struct devlink_vf *devlink_find(const struct devlink_pf *pf, uint32_t vf);

/* Merges what devlink shows of VFs into what is known from other sources: addresses, and the
 * leaves' rates if VFs are limited by them. VFs that are missing from 'vf' are added. */
void devlink_merge(const struct devlink_pf *pf, struct vf_info vf[static PF_VFS_MAX], size_t *count,
                   uint32_t *vfs);

#endif
