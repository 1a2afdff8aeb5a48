/* SPDX-License-Identifier: Apache-2.0 */
/* guests - what the agent knows about its guests and their nics, and the inventory built from
 * it. */
#ifndef DAQS_AGENTD_CORE_GUESTS_H
#define DAQS_AGENTD_CORE_GUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agentd/core/compliance.h"
#include "agentd/core/counter_check.h"
#include "agentd/core/counters.h"
#include "agentd/core/domain_xml.h"
#include "agentd/core/grace.h"
#include "agentd/core/identity.h"
#include "agentd/core/mtu.h"
#include "agentd/core/poll_plan.h"
#include "agentd/core/shaper.h"
#include "agentd/core/tc.h"
#include "agentd/core/unsent.h"
#include "agentd/core/uplinks.h"
#include "agentd/core/vm_labels.h"
#include "shared/base/arena.h"
#include "shared/base/model.h"
#include "shared/base/name.h"

#define GUEST_NICS_MAX UNSENT_NICS_MAX

struct guest_nic {
    struct daqs_mac mac;
    uint32_t uplink;
    uint32_t pf;                      /* number among its uplink's PFs; UPLINK_NONE: not known */
    int vf;                           /* VF number from the source; -1: not known */
    bool inside;                      /* known only from its guest */
    struct identity_slot slot;        /* position from the source */
    bool uncounted;                   /* its guest responds, but without usable counters */
    bool by_moves;                    /* identified by its counters, see identity_moves.h */
    bool on_vf;                       /* the host limits its VF */
    int64_t needed_ms;                /* when that was last necessary; 0: never */
    uint32_t index;                   /* in the latest inventory */
    char ifname[DAQS_IFNAME_MAX + 1]; /* "" until the guest agent has reported it */
    uint32_t mtu;                     /* reported by its guest; 0: not known */
    struct counters counters;
    struct daqs_nic_reading reading; /* accumulated since the last report */
    int64_t reported_us; /* its guest's counters were reported up to this time; 0: never */
    struct tc_state tc;
    struct shaper shaper;
    daqs_bps loosest; /* highest limit in force since the counters were last read */
    struct compliance compliance;
    struct counter_check counter_check;
    struct unsent_nic unsent;
    daqs_bps wanted;
    bool commanded;    /* 'wanted' has been set; until then the nic is left as it was found */
    bool reported;     /* 'tc.limit' has been reported to the controller */
    uint64_t tx_bytes; /* reported so far */
    daqs_bps usage;    /* rate of the last sample; DAQS_UNLIMITED: not known */
    daqs_bps wire;     /* the same on the wire */
    int64_t usage_ms;  /* when it was reported */
};

struct guest {
    uint32_t id; /* never reused */
    char *name;
    char *uuid;               /* "": not known */
    bool described;           /* 'labels' are those of the VM; false: they are not known */
    struct vm_labels *labels; /* its title and its labels; NULL: none */
    bool nics_listed;         /* its guest agent may list nics that its source does not report */
    struct domain_nic *source_nic; /* its nics according to its source; NULL: not known */
    size_t source_nics;
    uint8_t logged_outcome[DOMAIN_NICS_MAX]; /* enum placing_outcome of each, as last logged */
    size_t unwatched_vfs;
    struct daqs_unwatched_info *unwatched; /* its unwatched VFs; 'vm' is not set */
    size_t nics;
    struct guest_nic *nic;
    struct poll_plan poll;
    struct grace grace;
    struct mtu_plan mtu;
    struct unsent_plan looks;
    unsigned turns;    /* polls so far; some work is done only on every n-th poll */
    int64_t listed_ms; /* when the nics of a guest with nics_listed last changed */
    bool none_said;    /* it has been logged that none of its interfaces is a nic */
    bool silence_said; /* it has been logged that it does not answer, and it has not since */
    bool urgent;       /* a limit changed: do not wait for the next poll */
    bool leaving;      /* to be removed when its job ends */
    bool restarted;    /* since its job began: the job's results are about the previous boot */
    unsigned boots;    /* number of kernel starts detected */
    void *work;        /* struct guest_job with its channel; owned by agentd/discovery.c */
};

struct guests {
    size_t count;
    size_t capacity;
    struct guest **guest;
    uint32_t last_id;
    uint64_t generation; /* incremented whenever guests or nics change */
};

void guests_init(struct guests *guests);
/* Frees everything except the guests' 'work', which the caller must have freed. */
void guests_done(struct guests *guests);

/* Return the guest with this name or id, NULL if there is none. guests_by_name ignores guests that
 * are leaving, because a new guest may have the same name. */
struct guest *guests_by_name(const struct guests *guests, const char *name);
struct guest *guests_by_id(const struct guests *guests, uint32_t id);

/* Adds a guest without nics. NULL if out of memory or there are DAQS_MAX_VMS already. */
struct guest *guests_add(struct guests *guests, const char *name, const char *uuid);

void guests_remove(struct guests *guests, struct guest *guest);

/* A nic as its source describes it. */
struct guest_nic_place {
    struct daqs_mac mac;
    uint32_t uplink;
    int vf; /* number on its PF; -1: not known, or not a VF */
    struct identity_slot slot;
    uint32_t pf; /* number among its uplink's PFs; UPLINK_NONE: not known */
    bool inside; /* known only from its guest */
};

/* Returns the nic with that MAC address on an uplink, or NULL. */
struct guest_nic *guests_find_nic(const struct guest *guest, const struct daqs_mac *mac,
                                  uint32_t uplink);

/* Replaces the guest's nics. State of nics that stay is kept. The generation is incremented only if
 * something changed. A nic whose MAC address appeared before on the same uplink is left out.
 * DAQS_ENOMEM if out of memory. */
int guests_set_nics(struct guests *guests, struct guest *guest, const struct guest_nic_place *place,
                    size_t count);

/* Replaces the guest's unwatched VFs with copies of these. The generation is incremented only if
 * they changed. DAQS_ENOMEM if out of memory. */
int guests_set_unwatched(struct guests *guests, struct guest *guest,
                         const struct daqs_unwatched_info *vf, size_t count);

/* Replaces the guest's title and labels with copies of these. The generation is incremented only if
 * they changed, or were not known. DAQS_ENOMEM if out of memory. */
int guests_describe(struct guests *guests, struct guest *guest, const struct vm_labels *labels);

/* Records that a sample was reported: counts its bytes and stores its rates. Without a sample the
 * rates are kept for GUEST_USAGE_HELD_MS, because some NICs refresh the counters of a VF only every
 * one or two seconds. */
#define GUEST_USAGE_HELD_MS 3000
void guest_nic_reported(struct guest_nic *nic, const struct daqs_sample *sample, int64_t now_ms);

/* Has the limits of all nics removed: nothing else is wanted of them. */
void guests_release(struct guests *guests);

/* An inventory goes into one message, of which this part is for names, titles and labels. The
 * titles and labels of guests for which nothing is left are not included. */
#define GUESTS_TEXT_BYTES (704 * 1024)

/* Numbers the nics and builds the inventory in the arena. Nics beyond DAQS_MAX_NICS and those of
 * guests that are leaving are left out (index UINT32_MAX), as are VFs beyond DAQS_MAX_UNWATCHED.
 * Texts are referenced, not copied. DAQS_ENOMEM if the arena is full. */
int guests_inventory(struct guests *guests, const struct daqs_uplink_info *uplink, uint32_t uplinks,
                     struct daqs_arena *arena, struct daqs_inventory *ret);

#endif
