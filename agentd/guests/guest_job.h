/* SPDX-License-Identifier: Apache-2.0 */
/* guest_job - one visit to one guest: reads its counters and maintains its limits.
 *
 * A visit runs in a pool thread or in the poller's thread. The loop fills in what to do, and the
 * job fills in what it found. The loop does not access a job that is running. */
#ifndef DAQS_AGENTD_GUESTS_GUEST_JOB_H
#define DAQS_AGENTD_GUESTS_GUEST_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "agentd/core/counters.h"
#include "agentd/core/guests.h"
#include "agentd/core/identity.h"
#include "agentd/core/identity_moves.h"
#include "agentd/core/qga_interfaces.h"
#include "agentd/core/uplinks.h"
#include "agentd/guests/qga.h"
#include "shared/base/pool.h"

struct guest_job_nic {
    /* input */
    struct daqs_mac mac;
    uint32_t uplink;
    struct identity_slot slot;
    bool vf_counts;     /* its VF's counters advance, so the guest's are not required */
    struct moves_vf vf; /* if so, the VF's counters */
    bool tend;          /* maintain its limit in this visit */
    bool look;          /* read tc's state even if it is known */
    bool commanded;     /* set the limit to 'wanted' */
    bool doubted;       /* the guest agent did not answer a command of the last visit */
    daqs_bps wanted;
    struct counters counters; /* as of the last visit */
    daqs_bps loosest;         /* loosest limit in force since then */
    /* input and result */
    char ifname[DAQS_IFNAME_MAX + 1];
    struct tc_state tc;
    /* result */
    uint8_t state; /* enum daqs_nic_state */
    uint8_t cause;
    bool by_moves; /* its interface is identified only by counters that advance with the VF's */
    bool has_reading;
    struct counters_reading reading;
    uint32_t mtu; /* 0: not requested, or not known */
    bool exceeds; /* more was sent than any limit in force allowed */
    bool removed; /* the agent's limit was missing or changed */
};

struct guest_job {
    struct daqs_job job;
    struct guest_job *prev; /* in a list owned by the poller */
    struct guest_job *next;
    uint32_t guest_id;
    struct qga_channel *channel; /* owned by the job */
    const struct uplink *uplink; /* find interfaces that belong to one of these */
    size_t uplinks;
    bool host_reported; /* the host has reported the guest's nics */
    unsigned boots;     /* number of boots; facts about interfaces belong to one boot */
    bool read_counters;
    bool read_mtus;      /* read them last, after everything else */
    bool asked_mtus;     /* result: the MTUs were requested */
    bool answered;       /* the request for counters has ended in guest_job_collect */
    int64_t asked_us;    /* monotonic */
    int64_t took_us;     /* result: time from requesting the counters to the answer */
    int64_t until_ms;    /* monotonic, deadline of the posted command */
    int64_t deadline_us; /* monotonic, of the whole visit */
    bool slow;           /* result: it took too long, which counts as a failure */
    int64_t held_us;     /* result: time that it occupied a thread; 0: it needed none */
    uint64_t tick;       /* of the loop, in which the counters were to be read */
    size_t nics;
    struct guest_job_nic nic[GUEST_NICS_MAX];

    bool looks; /* only check the guest's sockets */
    enum unsent_outcome looked;
    struct unsent_sum unsent[GUEST_NICS_MAX]; /* result: per nic, if 'looked' is UNSENT_SEEN */
    struct unsent_memory sockets;             /* kept between checks */

    struct guest_identity {
        struct identity_facts facts; /* kept between visits */
        uint64_t key;                /* identifies what the facts are about */
        unsigned boots;
        int64_t asked_ms;          /* monotonic, of the last request for facts */
        bool asked;                /* the facts were requested since the list last changed */
        bool due;                  /* facts are to be requested in this visit */
        int64_t count_ms;          /* no counters are read from sysfs before this time */
        int64_t limited_ms;        /* the same for counters that are only compared with a limit */
        int place[GUEST_NICS_MAX]; /* of each nic's interface; IDENTITY_NONE; IDENTITY_OPEN */
        int64_t listed_us;         /* monotonic, when the counters were read */
        struct identity_moves moves;
        bool compare;                       /* counters of 'candidate' are to be compared */
        bool candidate[QGA_INTERFACES_MAX]; /* could be one of the nics that stay open */
    } identity;
    unsigned tc_place;          /* where tc was found last, for guest_path */
    enum daqs_nic_cause silent; /* cause if a command was not answered; no other is tried then */

    unsigned execs_failed; /* of tc, for any reason */
    int result;            /* of reaching the guest */
    struct daqs_error error;
    size_t interfaces; /* of the guest, if the counters were read */
    struct qga_interface interface[QGA_INTERFACES_MAX];
};

/* Takes ownership of the channel. Returns NULL if out of memory; the channel is freed then, too. */
struct guest_job *guest_job_new(uint32_t guest_id, struct qga_channel *channel);
void guest_job_free(struct guest_job *job);

/* The following functions do the same visit in steps that do not block, for channels that can post.
 *
 * Requests the counters. Returns false if that is not possible now and the job has to be run
 * instead. */
bool guest_job_post(struct guest_job *job);
/* Collects the answer, which arrived at 'at_us' (monotonic). Returns false if it has not arrived
 * yet; with 'expired', the request fails with a timeout instead. */
bool guest_job_collect(struct guest_job *job, int64_t at_us, bool expired);
/* Maintains the limits and ends the visit. Returns false if that needs commands in the guest, or if
 * the agent there was restarted meanwhile: then the job has to be run. */
bool guest_job_end(struct guest_job *job);

#endif
