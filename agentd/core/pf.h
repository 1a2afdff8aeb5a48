/* pf - the host's side of one uplink: what its physical function shows of its virtual functions,
 * and the rates that are to be set there.
 *
 * A VF's rate outlives its guest and would be the next one's (seen with igb), so what was there
 * before is put back once nobody needs ours any more. */
#ifndef DAQS_AGENTD_CORE_PF_H
#define DAQS_AGENTD_CORE_PF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agentd/core/counters.h"
#include "shared/base/mac.h"
#include "shared/base/model.h"

#define PF_VFS_MAX 256

/* A VF that did not take its rate is left alone for so long. */
#define PF_REFUSED_MS 30000
/* The host goes on limiting a VF for so long after its guest does so itself again: guests that
 * falter would have it set and put back with every poll. */
#define PF_HOLD_MS 30000

/* Where the limits of an uplink's nics are set. */
enum enforce {
    ENFORCE_AUTO,  /* in the guest; on the VF where that does not work */
    ENFORCE_GUEST, /* in the guest only */
    ENFORCE_HOST,  /* on the VF only */
};

/* A VF as its PF shows it. */
struct vf_info {
    uint32_t vf;
    struct daqs_mac mac;
    uint32_t rate_mbit; /* most it may send; 0: no limit */
    uint32_t min_mbit;  /* what the NIC itself guarantees it; 0: nothing */
    struct counters_reading reading;
};

struct pf_vf {
    uint32_t vf; /* as the kernel numbers it */
    struct daqs_mac mac;
    uint32_t rate_mbit;   /* in force, as read last */
    uint32_t min_mbit;    /* the NIC's own guarantee, which is left as it is */
    uint32_t want_mbit;   /* to be in force; 0: nothing of ours */
    uint32_t ours_mbit;   /* set by us; 0: nothing */
    uint32_t before_mbit; /* what was there before that */
    int64_t refused_ms;   /* it did not take a rate; 0: it did, or was not asked */
    int64_t kept_ms;      /* it did not let go of ours; 0: it did */
    bool counts;          /* its counters were seen to move: with some drivers they never do */
    struct counters counters;
    struct daqs_sample sample; /* gathered since it was taken last */
};

/* Zero-initialise. */
struct pf {
    size_t vfs;
    struct pf_vf vf[PF_VFS_MAX];
};

/* A rate to be set. */
struct pf_change {
    uint32_t vf;
    uint32_t rate_mbit;
    uint32_t min_mbit; /* as it is */
};

/* The rate for a limit: whole Mbit/s, rounded down, 1 at least; 0 for none. */
uint32_t pf_rate(daqs_bps limit);

/* What was read of the VF of this number; NULL: the driver left it out. */
const struct vf_info *pf_listed(const struct vf_info *info, size_t count, uint32_t vf);

/* Takes what was read. There are VFs of the numbers below 'vfs'; drivers leave out those that are
 * busy, and what is known of these is kept. Others are forgotten, with what we set there. */
void pf_take(struct pf *pf, const struct vf_info *info, size_t count, uint32_t vfs);

/* The VF of this number, or with this address; NULL: none, or (addresses) not one. */
struct pf_vf *pf_find_number(struct pf *pf, uint32_t vf);
struct pf_vf *pf_find(struct pf *pf, const struct daqs_mac *mac);

/* The VF's rate is ours, from before a restart; call when the VFs have been read first. */
void pf_remember(struct pf *pf, uint32_t vf, uint32_t before_mbit);

/* What has to be set so that every VF has what is wanted; returns how many. */
size_t pf_plan(const struct pf *pf, int64_t now_ms, struct pf_change ret[static PF_VFS_MAX]);

/* A change was tried, and nothing could be read after it: it may be in force. */
void pf_assume(struct pf *pf, const struct pf_change *change);

/* A change was tried, and this was read back after it. True if the VF took it. */
bool pf_changed(struct pf *pf, const struct pf_change *change, uint32_t read_mbit, int64_t now_ms);

/* True if a limit can be set on the VF, as far as is known; a refusal is forgotten in time. */
bool pf_vf_obeys(const struct pf_vf *vf, int64_t now_ms);

/* Is the VF to be limited, given what the guest's side came to? */
bool pf_needed(enum enforce enforce, uint8_t guest_state);

/* The VF's own counters instead of the guest's, which may be forged. False: it has none; it may be
 * NULL. */
bool pf_count(const struct pf_vf *vf, int64_t now_ms, struct daqs_nic_reading *reading);

/* What is told of a nic whose VF is limited: its guest's reading, with what the host knows
 * better: counters that a guest cannot forge, if the NIC has any. */
void pf_merge(const struct pf_vf *vf, int64_t now_ms, struct daqs_nic_reading *reading);

#endif
