/* guests - what the agent knows of its guests and their nics, and the inventory made of it. */
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
#include "shared/base/arena.h"
#include "shared/base/model.h"
#include "shared/base/name.h"

#define GUEST_NICS_MAX UNSENT_NICS_MAX

struct guest_nic {
    struct daqs_mac mac;
    uint32_t uplink;
    uint32_t pf;                      /* of its uplink's; UPLINK_NONE: not known */
    int vf;                           /* as its source says; -1: not known */
    bool inside;                      /* only its guest tells of it */
    struct identity_slot slot;        /* likewise */
    bool uncounted;                   /* its guest answers, but not with what counts */
    bool by_moves;                    /* it is told by its counters, see identity_moves.h */
    bool on_vf;                       /* the host limits its VF, */
    int64_t needed_ms;                /* as was needed last then; 0: never */
    uint32_t index;                   /* in the inventory made last */
    char ifname[DAQS_IFNAME_MAX + 1]; /* "" until the guest agent told */
    uint32_t mtu;                     /* as its guest says; 0: not known */
    struct counters counters;
    struct daqs_nic_reading reading; /* gathered since the last report */
    int64_t told_us;                 /* its guest's counters were reported up to here; 0: never */
    struct tc_state tc;
    struct shaper shaper;
    daqs_bps loosest; /* of the limits in force since the counters were read last */
    struct compliance compliance;
    struct counter_check counter_check;
    struct unsent_nic unsent;
    daqs_bps wanted;
    bool commanded;    /* 'wanted' was set by someone; before that the nic is left as found */
    bool told;         /* the controller was told 'tc.limit' */
    uint64_t tx_bytes; /* reported so far */
    daqs_bps usage;    /* as of the last sample; DAQS_UNLIMITED: not known */
    daqs_bps wire;     /* what that takes of the wire; likewise */
    int64_t usage_ms;  /* when that was reported */
};

struct guest {
    uint32_t id; /* never used twice */
    char *name;
    char *uuid;              /* "" if not known */
    bool nics_listed;        /* its guest agent may list nics of which its source does not tell */
    struct domain_nic *told; /* what its source says of its nics; NULL: nothing */
    size_t nics_told;
    uint8_t told_outcome[DOMAIN_NICS_MAX]; /* what became of each: enum placing_outcome, as said */
    size_t unwatched_vfs;
    struct daqs_unwatched_info *unwatched; /* of its VFs; 'vm' is not set */
    size_t nics;
    struct guest_nic *nic;
    struct poll_plan poll;
    struct grace grace;
    struct mtu_plan mtu;
    struct unsent_plan looks;
    unsigned turns;    /* polls so far; some work is done every so many */
    int64_t listed_ms; /* when the list of a nics_listed guest changed last */
    bool none_said;    /* that none of its interfaces is a nic */
    bool urgent;       /* a limit changed: do not wait for the next poll */
    bool leaving;      /* to be removed as soon as its job ends */
    bool restarted;    /* since its job began: what that finds is of the guest before */
    unsigned boots;    /* how often its kernel was seen to start anew */
    void *work;        /* the shell's: its channel and job */
};

struct guests {
    size_t count;
    size_t capacity;
    struct guest **guest;
    uint32_t last_id;
    uint64_t generation; /* grows whenever guests or nics change */
};

void guests_init(struct guests *guests);
/* Frees all; the shell has taken care of every guest's 'work' before. */
void guests_done(struct guests *guests);

/* Guests that are leaving are not found by name: another of that name may have come. */
struct guest *guests_by_name(const struct guests *guests, const char *name);
struct guest *guests_by_id(const struct guests *guests, uint32_t id);

/* A new guest without nics; NULL if out of memory or there are DAQS_MAX_VMS. */
struct guest *guests_add(struct guests *guests, const char *name, const char *uuid);

void guests_remove(struct guests *guests, struct guest *guest);

/* What a source says of a nic. */
struct guest_nic_place {
    struct daqs_mac mac;
    uint32_t uplink;
    int vf; /* its number on its PF; -1: not known, or it is none */
    struct identity_slot slot;
    uint32_t pf; /* which of the uplink's that is; UPLINK_NONE: not known */
    bool inside; /* only its guest tells of it */
};

/* The nic of an uplink with that MAC; NULL: there is none. */
struct guest_nic *guests_find_nic(const struct guest *guest, const struct daqs_mac *mac,
                                  uint32_t uplink);

/* Makes these the guest's nics; what is known of nics that stay is kept. The generation
 * grows only if something changed. Nics whose MAC appeared before on the same uplink are left
 * out. */
int guests_set_nics(struct guests *guests, struct guest *guest, const struct guest_nic_place *place,
                    size_t count);

/* These VFs of the guest are not watched; copied. The generation grows only if others were before.
 */
int guests_set_unwatched(struct guests *guests, struct guest *guest,
                         const struct daqs_unwatched_info *vf, size_t count);

/* What was measured is reported: counts it, and keeps the rates. Without a sample they stay for so
 * long: some NICs show every second or two what a VF sent. */
#define GUEST_USAGE_HELD_MS 3000
void guest_nic_reported(struct guest_nic *nic, const struct daqs_sample *sample, int64_t now_ms);

/* Numbers the nics and lists all in the arena. Nics beyond DAQS_MAX_NICS and those of guests that
 * are leaving are left out (index UINT32_MAX), as are VFs beyond DAQS_MAX_UNWATCHED. 'uplinks' are
 * copied by reference. */
int guests_inventory(struct guests *guests, const struct daqs_uplink_info *uplink, uint32_t uplinks,
                     struct daqs_arena *arena, struct daqs_inventory *ret);

#endif
