/* devlink - the VFs of a physical function as devlink shows them, from the kernel's answers.
 *
 * In switchdev mode every VF has a port at its PF's devlink device, and where the driver can limit
 * VFs then, that port has a rate leaf, whose tx_max is the most that the VF may send. 'ip link'
 * does not list such VFs then, or refuses their rates.
 *
 * devlink's rates are bytes per second in 64 bits, 0 for none. They are read as Mbit/s, rounded up,
 * so that no limit is taken for tighter than it is, or for none: 1 to 125,000 bytes/s are 1 Mbit/s;
 * what exceeds 32 bits is UINT32_MAX. A rate that is set is whole Mbit/s, and reads back as such.
 */
#ifndef DAQS_AGENTD_CORE_DEVLINK_H
#define DAQS_AGENTD_CORE_DEVLINK_H

#include "agentd/core/pf.h"

#define DEVLINK_NAME_BYTES 64 /* with the NUL */

/* What devlink knows a device by: "pci" and "0000:01:00.0". */
struct devlink_device {
    char bus[DEVLINK_NAME_BYTES];
    char name[DEVLINK_NAME_BYTES]; /* "": not known */
};

struct devlink_vf {
    uint32_t vf;
    uint32_t port;       /* its port's index at the device */
    struct daqs_mac mac; /* all zero: not known */
    bool has_leaf;
    uint32_t rate_mbit; /* of the leaf; 0: no limit */
    uint32_t min_mbit;  /* likewise: what the NIC guarantees it */
};

/* What devlink shows of one PF. Zero-initialise. */
struct devlink_pf {
    struct devlink_device device;
    bool seen;      /* the PF's own port was among those that were listed last */
    bool unclear;   /* VFs of several PFs have ports there: whose are whose is not known */
    bool switchdev; /* the device is in that mode */
    uint32_t pf;    /* number of the PF that the VFs are of, at the device */
    size_t vfs;
    struct devlink_vf vf[PF_VFS_MAX];
};

/* bytes/s to Mbit/s as above, and back. */
uint32_t devlink_mbit(uint64_t bytes_per_s);
uint64_t devlink_bytes(uint32_t mbit);

/* Ports are about to be listed: those of before are forgotten. */
void devlink_begin(struct devlink_pf *pf);

/* Takes one port; the attributes may be anything. The device of the PF's own port is the PF's. VFs
 * count if their ports are at this device as it was known before, and not another host's. */
void devlink_take_port(struct devlink_pf *pf, const char *ifname, const void *attributes,
                       size_t length);

/* All ports were listed. True: list them again, because which device the PF's is was not known
 * before. */
bool devlink_ports_end(struct devlink_pf *pf);

/* Takes the answer to which mode the device is in. */
void devlink_take_mode(struct devlink_pf *pf, const void *attributes, size_t length);

/* Takes one rate, if it is of a leaf at a VF's port. */
void devlink_take_rate(struct devlink_pf *pf, const void *attributes, size_t length);

/* Are the PF's VFs limited by their leaves? Not all of them need to have one. */
bool devlink_limits(const struct devlink_pf *pf);

/* The VF of this number, NULL: it has no port. */
const struct devlink_vf *devlink_find(const struct devlink_pf *pf, uint32_t vf);

/* Lays what devlink shows of VFs over what else is known of them: addresses, and the leaves' rates
 * if VFs are limited by these. Those that were missing are added. */
void devlink_merge(const struct devlink_pf *pf, struct vf_info vf[static PF_VFS_MAX], size_t *count,
                   uint32_t *vfs);

#endif
