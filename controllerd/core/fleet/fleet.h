/* fleet - the hosts as their agents tell them, and what was decided for their nics.
 *
 * Pure state: given messages' contents and times, never asking for either. */
#ifndef DAQS_CONTROLLERD_CORE_FLEET_FLEET_H
#define DAQS_CONTROLLERD_CORE_FLEET_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controllerd/core/history/attainment.h"
#include "controllerd/core/history/history.h"
#include "controllerd/core/sla/ledger.h"
#include "shared/base/model.h"
#include "shared/policy/policy.h"
#include "shared/policy/uplink_load.h"

/* What operators were told last; the watch's. Times are UTC unless they say otherwise. */
struct fleet_uplink_told {
    bool seen;
    bool over;       /* promised more than there is */
    bool looks_over; /* not told yet perhaps, since looks_ms */
    daqs_bps capacity;
    int64_t over_since_ms;
    int64_t looks_ms; /* monotonic; 0: not looked yet */
    int64_t looks_wall_ms;
    daqs_bps through;   /* behind the port; 0: as much as it carries */
    int64_t through_ms; /* monotonic, when that was seen last */
    int64_t through_since_ms;
};

struct fleet_vm_told {
    uint8_t state; /* enum daqs_nic_state */
    uint8_t seen;  /* not told yet perhaps, since seen_ms */
    uint8_t worst; /* of its nics, now */
    uint8_t cause;
    int64_t seen_ms; /* monotonic */
    int64_t seen_wall_ms;
    int64_t since_ms; /* when the trouble that was told began; 0: none was */
};

struct fleet_told {
    bool up;
    bool missed; /* it was away at the last look */
    bool fenced;
    uint64_t stale_controller;
    int64_t since_ms;    /* when it went up or down */
    int64_t reported_ms; /* monotonic, of the report that was looked at last */
};

struct fleet_uplink {
    char *name;
    daqs_bps capacity;
    enum policy_mode mode;
    struct uplink_load load;
    struct policy_uplink_memory memory;
    struct fleet_uplink_told told;
};

struct fleet_vm {
    char *name;
    char *uuid;
    struct sla sla;
    struct fleet_vm_told told;
    uint32_t nics; /* on all uplinks */
};

/* The nics of a member in one report; accounting.c's. */
struct accounting_look {
    daqs_bps usage; /* of the wire */
    daqs_bps limit;
    uint32_t fresh; /* nics that the report measured */
    uint32_t asked; /* nics whose guests were asked for unsent bytes */
    bool unsent;
};

/* What a nic sent of the wire in the second that is being gathered; accounting.c's. */
struct accounting_sum {
    double bits;
    uint64_t us;
    uint32_t longest_us; /* of the samples */
};

/* A VM on an uplink: what its nics there share. What is looked at for each VM comes first, so that
 * most of it stays out of the processor's cache for those without a guarantee. */
struct fleet_member {
    uint32_t vm;
    uint32_t uplink;
    uint32_t nics;           /* 1 and up */
    uint32_t mtu;            /* least of those that are known; 0: none */
    uint32_t first_measured; /* of its nics, while a second is closed */
    enum policy_reason reason;
    int64_t since_ms; /* monotonic, when 'reason' became what it is */
    daqs_bps wants;   /* of the wire; DAQS_UNLIMITED: all that it can get, or not known */
    bool attains;     /* 'attainment' is of a guarantee; accounting.c's */
    struct policy_memory memory;
    struct attainment attainment;
    uint64_t met_s; /* seconds of its guarantee, since it was seen first */
    uint64_t missed_s;
    struct accounting_look look; /* while a report is looked at */
};

struct fleet_nic {
    uint32_t member;
    uint32_t vm;
    uint32_t uplink;
    struct daqs_mac mac;
    uint8_t state; /* enum daqs_nic_state, as the agent says */
    uint8_t cause;
    uint8_t backlog;    /* enum daqs_backlog, as the last report says */
    uint8_t reason;     /* enum policy_reason */
    bool sampled;       /* 'usage' was measured, at sampled_ms */
    bool fresh;         /* and has not been decided upon yet */
    uint32_t mtu;       /* bytes; 0: not known */
    uint32_t span_us;   /* that the usage is the mean of; UINT32_MAX: or more */
    int64_t store_id;   /* 0: the store has not numbered it yet */
    int64_t sampled_ms; /* monotonic */
    daqs_bps usage;     /* as the guest counts */
    daqs_bps wire;      /* what that takes of the wire */
    daqs_bps demand; /* of the wire: what the policy takes it to want; DAQS_UNLIMITED: not known */
    daqs_bps limit;  /* decided and pushed, or about to be */
    daqs_bps applied;
    uint64_t tx_bytes; /* sent since it was seen first */
    struct history_sum sum;
    struct accounting_sum wire_sum;
};

struct fleet_host {
    char *name;
    char *version;
    void *conn; /* the shell's; NULL: no connection */
    uint64_t instance;
    uint64_t generation;
    uint64_t report_sequence;
    uint32_t poll_ms;
    uint32_t poll_most_ms; /* while nothing is at stake; less than poll_ms: the same */
    int64_t busy_ms;       /* monotonic, when something was at stake last */
    bool slow;             /* it is asked to report rarely */
    int64_t heard_ms;      /* monotonic, last message; 0: never */
    int64_t reported_ms;
    int64_t pushed_ms;
    int64_t decided_ms;        /* monotonic, last decision; 0: none */
    int64_t begun_ms;          /* monotonic, first hello of this instance of the agent */
    bool fenced;               /* it has obeyed a newer controller than this */
    uint64_t stale_controller; /* epoch of an older one that it has heard lately; 0: none */
    bool push_due;             /* something changed since the last push */
    bool limits_due;           /* ... and it was a limit */
    bool relocation_due;       /* SLAs may have to follow its VMs; the shell's */
    bool names_due;            /* the store has still to number its nics; the shell's */
    bool names_asked;          /* ... and is at it */
    int64_t names_s;           /* UTC, when it was asked last */
    int64_t store_id;          /* 0: the store has not numbered it yet */
    int64_t second;            /* UTC, of the one being gathered; the shell's */
    uint64_t push_sequence;
    uint64_t awaited_sequence; /* of the last push that changed a limit */
    uint64_t limits_sequence;  /* of the limits that the last report is about */
    uint32_t uplinks;
    uint32_t vms;
    uint32_t members;
    uint32_t nics;
    struct fleet_told told;
    struct fleet_uplink *uplink;
    struct fleet_vm *vm;
    struct fleet_member *member; /* by uplink, then in the order of their first nics */
    struct fleet_nic *nic;
    uint32_t unwatched_vfs;
    struct daqs_unwatched_info *unwatched; /* VFs that its VMs use and nobody watches */
};

struct fleet; /* opaque: hosts by name */

/* A host is away when nothing was heard for this long, and a nic's usage is shown for so long
 * after its sample; or for three polls, if that is longer. */
#define FLEET_PATIENCE_MS 3000

/* Room for so many hosts, and so many nics on each. */
struct fleet *fleet_new(size_t max_hosts, uint32_t max_nics);
void fleet_free(struct fleet *fleet);

/* The host, or NULL. */
struct fleet_host *fleet_find(const struct fleet *fleet, const char *name);

size_t fleet_count(const struct fleet *fleet);
/* Host number 'index' in the order of their first hello. */
struct fleet_host *fleet_at(const struct fleet *fleet, size_t index);

/* After so long without a sample a reading is not shown any more, nor believed. */
int64_t fleet_patience_ms(const struct fleet_host *host);

bool fleet_host_present(const struct fleet_host *host, int64_t now_ms);

/* True if the nic's usage is recent enough to be shown. */
bool fleet_usage_known(const struct fleet_host *host, const struct fleet_nic *nic, int64_t now_ms);

/* True if the nic is taken to send what it sent last: as above, or longer while its
 * guest is in grace. */
bool fleet_usage_kept(const struct fleet_host *host, const struct fleet_nic *nic, int64_t now_ms);

/* True if the host has been away for so long and no SLA waits for its return. */
bool fleet_forgettable(const struct fleet_host *host, const struct ledger *ledger, int64_t after_ms,
                       int64_t now_ms);

/* Takes host number 'index' out of the fleet and frees it; it has no connection. Those after it
 * move up. */
void fleet_forget(struct fleet *fleet, size_t index);

/* Takes a host's inventory, copying it. What is known of nics that stay (same VM, MAC and
 * uplink) is kept. SLAs come from the ledger. DAQS_EBUSY: another live agent (other instance)
 * speaks for this host. DAQS_ETOOBIG: too many hosts, or nics. */
int fleet_hello(struct fleet *fleet, const struct ledger *ledger, const char *name,
                const char *version, uint64_t instance, uint64_t generation, uint32_t poll_ms,
                const struct daqs_inventory *inventory, int64_t now_ms,
                struct fleet_host **ret_host, struct daqs_error *err);

/* Takes a report's readings (one per nic, in order) into usage and history. 'settled' is the
 * sequence of the limits that were in force while they were taken. False if the report does not
 * fit the inventory held or is not newer than the last: nothing is taken then. */
bool fleet_report(struct fleet_host *host, uint64_t generation, uint64_t sequence,
                  uint64_t limits_sequence, const struct daqs_nic_reading *reading, uint32_t nics,
                  int64_t now_ms);

/* Takes what the report that was taken says of the uplinks, in the order of the inventory. */
void fleet_report_uplinks(struct fleet_host *host, const struct daqs_uplink_reading *reading,
                          uint32_t uplinks, int64_t now_ms);

/* Takes what the agent found in force. Entries that do not fit are left out. */
void fleet_applied(struct fleet_host *host, uint64_t generation,
                   const struct daqs_nic_applied *applied, uint32_t nics);

/* Which of the host's VMs has the name; host->vms: none. */
uint32_t fleet_find_vm(const struct fleet_host *host, const char *name);

/* What gets through behind the uplink's port as it was proven last, where that is less than its
 * capacity; else 0. */
daqs_bps fleet_gets_through(const struct fleet_uplink *uplink);

/* Looks up the SLA of every VM of the host again. */
void fleet_refresh_slas(struct fleet_host *host, const struct ledger *ledger);

#endif
