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

#include "agentd/core/pf_rates.h"
#include "agentd/core/vf_counter.h"
#include "shared/base/mac.h"
#include "shared/base/model.h"

#define PF_VFS_MAX 512

/* A rate that a VF did not take is not asked for again for so long, unless the link changes; and
 * for so long if the driver has taken such a rate before. Other rates are asked for at once. */
#define PF_REFUSED_MS 30000
#define PF_RETRY_MS 1000
#define PF_DOUBT_MOST_MS 480000
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
    uint32_t rate_mbit;              /* most it may send; 0: no limit */
    uint32_t min_mbit;               /* what the NIC itself guarantees it; 0: nothing */
    struct counters_reading reading; /* at_us = 0: its counters were not read */
};

struct pf_vf {
    uint32_t vf; /* as the kernel numbers it */
    struct daqs_mac mac;
    uint32_t rate_mbit;    /* as read last */
    uint32_t min_mbit;     /* the NIC's own guarantee, which is left as it is */
    uint32_t want_mbit;    /* most that is to be in force; 0: nothing of ours */
    uint32_t own_mbit;     /* what its VM is guaranteed, which a rate must not cut; 0: nothing */
    uint32_t ours_mbit;    /* set by us; 0: nothing */
    uint32_t before_mbit;  /* what was there before that */
    uint32_t asked_mbit;   /* the rate that was taken last, */
    uint32_t got_mbit;     /* and what was read back then; 0: none was */
    uint32_t more_mbit;    /* asked for beyond the guarantee, which less would cut; */
    uint32_t more_for;     /* for this guarantee */
    uint32_t refused_mbit; /* the rate that was refused last, */
    int64_t refused_ms;    /* then; 0: it was not */
    int64_t wait_ms;       /* it is not asked for again for so long */
    int64_t kept_ms;       /* it did not let go of ours; 0: it did */
    struct vf_counter counter;
    struct daqs_sample sample; /* gathered since it was taken last */
};

/* Zero-initialise. */
struct pf {
    struct pf_rates rates;
    int64_t too_low_ms; /* a rate was too low for the driver, it seems; 0: none was */
    int64_t doubted_ms; /* that was doubted last, */
    uint32_t doubts;    /* in a row, after each of which it was too low again */
    size_t vfs;
    struct pf_vf vf[PF_VFS_MAX];
};

/* What became of a change. */
enum pf_answer {
    PF_ACCEPTED,
    PF_REFUSED, /* this rate, or a rate now */
    PF_BUSY,    /* to be tried again soon */
    PF_CANNOT,  /* any rate */
};

/* A rate to be set. */
struct pf_change {
    uint32_t vf;
    uint32_t rate_mbit;
    uint32_t min_mbit; /* as it is */
};

/* The rate for a limit: whole Mbit/s, rounded down, 1 at least; 0 for none. */
uint32_t pf_rate(daqs_bps limit);

/* The rate that a guarantee takes of the wire, rounded up. 0: none, or the limit is less:
 * guarantees that exceed the uplink are all cut. */
uint32_t pf_own(daqs_bps guarantee, uint32_t mtu, daqs_bps limit);

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

/* Forgets in time which rates were too low: they may have been refused, or become others, for
 * another reason. After PF_REFUSED_MS; after twice as long each time that they prove too low again,
 * up to PF_DOUBT_MOST_MS. Call before pf_plan. */
void pf_doubt(struct pf *pf, int64_t now_ms);

/* What has to be set so that every VF has what is wanted; returns how many. */
size_t pf_plan(const struct pf *pf, int64_t now_ms, struct pf_change ret[static PF_VFS_MAX]);

/* A change was tried, and nothing could be read after it: it may be in force. */
void pf_assume(struct pf *pf, const struct pf_change *change);

/* A change was tried, and this was read back after it. True if the VF has the rate, or another one
 * that is a limit: lower, or the least that the driver takes. */
bool pf_changed(struct pf *pf, const struct pf_change *change, enum pf_answer answer,
                uint32_t read_mbit, int64_t now_ms);

/* The link's speed, 0: down or not known; refusals end if it has changed. And the PF's driver,
 * NULL: not known. */
void pf_link(struct pf *pf, daqs_bps speed);
void pf_driver(struct pf *pf, const struct nic_driver *driver);

/* The driver is in another mode from now on, where rates are set in another way: what was learned
 * and what was set before is gone. */
void pf_other_way(struct pf *pf);

/* Is some rate refused now? */
bool pf_refuses(const struct pf *pf);

/* The rate in force on the VF, Mbit/s; 0: none. Some drivers read back another one. */
uint32_t pf_in_force(const struct pf *pf, const struct pf_vf *vf);

/* True if a limit is in force on the VF, or can be set as far as is known; a refusal is forgotten
 * in time. */
bool pf_vf_obeys(const struct pf_vf *vf, int64_t now_ms);

/* True if the VF has what is wanted, as far as the driver allows. */
bool pf_vf_converged(const struct pf *pf, const struct pf_vf *vf);

/* Is the VF to be limited, given what the guest's side came to? */
bool pf_needed(enum enforce enforce, uint8_t guest_state);

/* Tells what the VF counted instead of what its guest did: that is silent, or may have forged its
 * counters. The guest's were told up to 'from_us', and a sample that begins before that is not
 * used. False: there is no sample to use, or the VF's counters were never seen to move. 'vf' may be
 * NULL. */
bool pf_count(const struct pf_vf *vf, int64_t from_us, int64_t now_ms,
              struct daqs_nic_reading *reading);

/* What is told of a nic whose VF is limited: its guest's reading, and whose limit it is. In grace
 * the state stays, for what it was seen to send is kept then. */
void pf_merge(const struct pf *pf, const struct pf_vf *vf, int64_t now_ms,
              struct daqs_nic_reading *reading);

/* A sample of less than half a poll shows little but when it was taken: it is added to the next. */
bool pf_sample_too_short(const struct daqs_sample *sample, int64_t poll_ms);

/* The samples so far were reported. */
void pf_reported(struct pf *pf, int64_t poll_ms);

#endif
