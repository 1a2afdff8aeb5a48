/* guest_job - one visit to one guest: read its counters, look after its limits.
 *
 * Runs in a pool thread. The loop fills in what is to be done, the job fills in what it found;
 * the loop does not touch a job that is under way. */
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
    /* to do */
    struct daqs_mac mac;
    uint32_t uplink;
    struct identity_slot slot;
    bool vf_counts;     /* its VF's counters move, so that the guest's are not missed */
    struct moves_vf vf; /* what they show, then */
    bool tend;          /* look after its limit on this visit */
    bool look;          /* read tc's state even if it is known */
    bool commanded;     /* bring the limit to 'wanted' */
    bool doubted;       /* the agent did not answer to a command of the visit before */
    daqs_bps wanted;
    struct counters counters; /* as of the last visit */
    daqs_bps loosest;         /* of the limits in force since then */
    /* both */
    char ifname[DAQS_IFNAME_MAX + 1];
    struct tc_state tc;
    /* found */
    uint8_t state; /* enum daqs_nic_state */
    uint8_t cause;
    bool by_moves; /* its interface is known by that its counters move with the VF's */
    bool has_reading;
    struct counters_reading reading;
    uint32_t mtu; /* 0: not asked for, or not known */
    bool exceeds; /* more was sent than any limit in force allowed */
    bool removed; /* our limit was not there any more */
};

struct guest_job {
    struct daqs_job job;
    struct guest_job *prev; /* in a list of the poller's */
    struct guest_job *next;
    uint32_t guest_id;
    struct qga_channel *channel; /* the job's own */
    const struct uplink *uplink; /* interfaces that belong to one of these are looked for */
    size_t uplinks;
    bool host_told; /* the guest's nics are told by its host */
    unsigned boots; /* what is known of interfaces is known since then */
    bool read_counters;
    bool read_mtus;      /* when all else is done */
    bool asked_mtus;     /* result: they were asked for */
    bool answered;       /* they were: by guest_job_collect */
    int64_t asked_us;    /* monotonic */
    int64_t took_us;     /* result: from asking for the counters until they were there */
    int64_t until_ms;    /* monotonic: what was posted is waited for until then */
    int64_t deadline_us; /* monotonic, of the whole visit */
    bool slow;           /* result: it kept the thread waiting */
    int64_t held_us;     /* result: for how long it kept a thread; 0: it needed none */
    uint64_t tick;       /* the loop's, in which counters were to be read */
    size_t nics;
    struct guest_job_nic nic[GUEST_NICS_MAX];

    bool looks; /* at the guest's sockets, and does nothing else */
    enum unsent_outcome looked;
    struct unsent_sum unsent[GUEST_NICS_MAX]; /* by the place in 'nic', if they were seen */
    struct unsent_memory sockets;             /* kept from look to look */

    struct guest_identity {
        struct identity_facts facts; /* kept from visit to visit */
        uint64_t key;                /* what they are about */
        unsigned boots;
        int64_t asked_ms;          /* monotonic, */
        bool asked;                /* if that was since they last may have changed */
        bool due;                  /* in this visit */
        int64_t count_ms;          /* counters that the list does not have: not before, */
        int64_t limited_ms;        /* and those that only a limit is held against */
        int place[GUEST_NICS_MAX]; /* of each nic's interface, or IDENTITY_NONE or _OPEN */
        int64_t listed_us;         /* monotonic, when counters were read */
        struct identity_moves moves;
        bool compare;                       /* for them counters are to be read in this visit, */
        bool candidate[QGA_INTERFACES_MAX]; /* of these interfaces */
    } identity;
    unsigned tc_place;          /* where it was found last, for guest_path */
    enum daqs_nic_cause silent; /* a command was not answered: no other is tried; NONE: none */

    unsigned execs_failed; /* of tc, however */
    int result;            /* of reaching the guest at all */
    struct daqs_error error;
    size_t interfaces; /* all the guest has, if counters were read */
    struct qga_interface interface[QGA_INTERFACES_MAX];
};

/* Takes over the channel. NULL if out of memory (the channel is then freed). */
struct guest_job *guest_job_new(uint32_t guest_id, struct qga_channel *channel);
void guest_job_free(struct guest_job *job);

/* The same visit in steps that do not wait, for channels that can post:
 *
 * Asks for the counters. False: it cannot be done like this now, the job is to be run instead. */
bool guest_job_post(struct guest_job *job);
/* Takes the answer, which was there at 'at_us' (monotonic). False: it is not there yet; if
 * 'expired', that is the result. */
bool guest_job_collect(struct guest_job *job, int64_t at_us, bool expired);
/* Looks after the limits. False: that takes commands in the guest (or the agent there was restarted
 * meanwhile), for which the job is to be run. */
bool guest_job_end(struct guest_job *job);

#endif
