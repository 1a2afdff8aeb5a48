/* SPDX-License-Identifier: Apache-2.0 */
/* pf - the host's side of an uplink's physical function: what it shows of its virtual functions,
 * and the rates that are to be set on them.
 *
 * A VF's rate outlives its guest and would apply to the next one (observed with igb). The previous
 * rate is therefore restored when the agent's rate is no longer needed. */
#ifndef DAQS_AGENTD_CORE_PF_H
#define DAQS_AGENTD_CORE_PF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agentd/core/pf_rates.h"
#include "agentd/core/vf_counter.h"
#include "shared/base/mac.h"
#include "shared/base/model.h"

#define PF_VFS_MAX 512

/* A rate that a VF did not accept is requested again after PF_REFUSED_MS, or when the link changes.
 * If the driver is busy, or has accepted this rate or a lower one before, it is requested again
 * after PF_RETRY_MS. Other rates are requested at once. PF_DOUBT_MOST_MS is the maximum for
 * pf_doubt. */
#define PF_REFUSED_MS 30000
#define PF_RETRY_MS 1000
#define PF_DOUBT_MOST_MS 480000
/* The host continues to limit a VF for this time after its guest enforces the limit again.
 * Otherwise the rate of an unreliable guest would be set and restored on every poll. */
#define PF_HOLD_MS 30000

/* Where the limits of an uplink's nics are set. */
enum enforce {
    ENFORCE_AUTO,  /* in the guest, or on the VF where that does not work */
    ENFORCE_GUEST, /* in the guest only */
    ENFORCE_HOST,  /* on the VF only */
};

/* A VF as its PF shows it. */
struct vf_info {
    uint32_t vf;
    struct daqs_mac mac;
    uint32_t rate_mbit;              /* highest rate at which it may send; 0: no limit */
    uint32_t min_mbit;               /* rate that the NIC itself guarantees; 0: none */
    struct counters_reading reading; /* at_us = 0: its counters were not read */
};

struct pf_vf {
    uint32_t vf; /* number assigned by the kernel */
    struct daqs_mac mac;
    uint32_t rate_mbit;   /* last rate read */
    uint32_t min_mbit;    /* the NIC's own guarantee, which the agent leaves unchanged */
    uint32_t want_mbit;   /* highest rate that may be in force; 0: the agent sets none */
    uint32_t own_mbit;    /* guarantee of its VM, below which no rate may be; 0: none */
    uint32_t ours_mbit;   /* rate set by the agent; 0: none */
    uint32_t before_mbit; /* rate before that */
    uint32_t asked_mbit;  /* rate accepted last */
    uint32_t got_mbit;    /* rate read back after that; 0: none */
    uint32_t more_mbit; /* requested in addition to the guarantee, so that the driver does not round
                           below it */
    uint32_t more_for;  /* guarantee for which more_mbit was found */
    uint32_t refused_mbit; /* rate rejected last */
    int64_t refused_ms;    /* when it was rejected; 0: it was not */
    int64_t wait_ms;       /* time until it is requested again */
    int64_t kept_ms;       /* when restoring the previous rate failed; 0: it did not */
    struct vf_counter counter;
    struct daqs_sample sample; /* accumulated since the last report */
};

/* Zero-initialise. */
struct pf {
    struct pf_rates rates;
    int64_t too_low_ms; /* when a rate last seemed too low for the driver; 0: none did */
    int64_t doubted_ms; /* when that was last doubted */
    uint32_t doubts;    /* doubts in a row after which a rate was too low again */
    size_t vfs;
    struct pf_vf vf[PF_VFS_MAX];
};

/* Result of a change. */
enum pf_answer {
    PF_ACCEPTED,
    PF_REFUSED, /* this rate, or any rate at present */
    PF_BUSY,    /* to be retried soon */
    PF_CANNOT,  /* any rate */
};

/* A rate to be set. */
struct pf_change {
    uint32_t vf;
    uint32_t rate_mbit;
    uint32_t min_mbit; /* current value, to be kept */
};

/* Returns the rate for a limit: whole Mbit/s, rounded down, at least 1. 0 for no limit. */
uint32_t pf_rate(daqs_bps limit);

/* Returns the rate of a guarantee on the wire, rounded up. 0 if there is none or the limit is
 * lower: if guarantees exceed the uplink, all are reduced. */
uint32_t pf_own(daqs_bps guarantee, uint32_t mtu, daqs_bps limit);

/* Returns what was read of the VF with this number, or NULL if the driver left it out. */
const struct vf_info *pf_listed(const struct vf_info *info, size_t count, uint32_t vf);

/* Processes a list of VFs. VFs with numbers below 'vfs' exist. Drivers leave out busy VFs, whose
 * state is kept. The state of other VFs is dropped, including the rates that the agent set
 * there. */
void pf_take(struct pf *pf, const struct vf_info *info, size_t count, uint32_t vfs);

/* Return the VF with this number or address. NULL if there is none, or if several VFs have the
 * address. */
struct pf_vf *pf_find_number(struct pf *pf, uint32_t vf);
struct pf_vf *pf_find(struct pf *pf, const struct daqs_mac *mac);

/* Records that the VF's rate was set by the agent before a restart. To be called after VFs have
 * been read for the first time. */
void pf_remember(struct pf *pf, uint32_t vf, uint32_t before_mbit);

/* Forgets after a while which rates were too low, because there may have been another reason for
 * rejecting or changing them: after PF_REFUSED_MS, and after twice the previous time whenever they
 * prove too low again, up to PF_DOUBT_MOST_MS. To be called before pf_plan. */
void pf_doubt(struct pf *pf, int64_t now_ms);

/* Stores the changes that give every VF the wanted rate. Returns their number. */
size_t pf_plan(const struct pf *pf, int64_t now_ms, struct pf_change ret[static PF_VFS_MAX]);

/* Records a change after which nothing could be read: it may be in force. */
void pf_assume(struct pf *pf, const struct pf_change *change);

/* Records a change and the rate read back after it. Returns true if the VF has the requested rate
 * or another one that is a limit: a lower one, or the lowest that the driver accepts. */
bool pf_changed(struct pf *pf, const struct pf_change *change, enum pf_answer answer,
                uint32_t read_mbit, int64_t now_ms);

/* Record the link's speed (0: down or not known; if it has changed, rejections expire) and the PF's
 * driver (NULL: not known). */
void pf_link(struct pf *pf, daqs_bps speed);
void pf_driver(struct pf *pf, const struct nic_driver *driver);

/* Records that the driver switched to a mode in which rates are set in a different way. Everything
 * learned and set before is dropped. */
void pf_other_way(struct pf *pf);

/* Returns true if some VF's rate was rejected and none has been accepted for it since. */
bool pf_refuses(const struct pf *pf);

/* Returns the rate in force on the VF in Mbit/s, 0 for none. Some drivers read back a different
 * rate. */
uint32_t pf_in_force(const struct pf *pf, const struct pf_vf *vf);

/* Returns true if a limit is in force on the VF, or can be set as far as is known. Rejections
 * expire after PF_REFUSED_MS. */
bool pf_vf_obeys(const struct pf_vf *vf, int64_t now_ms);

/* Returns true if the VF has the wanted rate, as far as the driver allows. */
bool pf_vf_converged(const struct pf *pf, const struct pf_vf *vf);

/* Returns true if the VF has to be limited, given the state of the guest's side. */
bool pf_needed(enum enforce enforce, uint8_t guest_state);

/* Uses the VF's sample instead of that of its guest, which does not respond or may have falsified
 * its counters. The guest's counters were reported up to 'from_us', and a sample that begins
 * earlier is not used. False if the VF has no usable sample, or the VF's counters have never
 * changed. 'vf' may be NULL. */
bool pf_count(const struct pf_vf *vf, int64_t from_us, int64_t now_ms,
              struct daqs_nic_reading *reading);

/* Completes the reading of a nic whose VF is limited: its guest's reading, with the state and cause
 * of the limit on the VF. In grace the state stays unchanged, because the policy then keeps the
 * nic's last known usage. */
void pf_merge(const struct pf *pf, const struct pf_vf *vf, int64_t now_ms,
              struct daqs_nic_reading *reading);

/* A sample of less than half a poll interval depends too much on its timing: it is added to the
 * next one. */
bool pf_sample_too_short(const struct daqs_sample *sample, int64_t poll_ms);

/* Records that the samples so far were reported. */
void pf_reported(struct pf *pf, int64_t poll_ms);

#endif
