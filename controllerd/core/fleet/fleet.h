/* SPDX-License-Identifier: Apache-2.0 */
/* fleet - the hosts as their agents report them, and the decisions for their nics.
 *
 * Pure state: messages' contents and times are passed in; the fleet obtains neither by itself. */
#ifndef DAQS_CONTROLLERD_CORE_FLEET_FLEET_H
#define DAQS_CONTROLLERD_CORE_FLEET_FLEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controllerd/core/fleet/description.h"
#include "controllerd/core/sla/ledger.h"
#include "shared/base/model.h"
#include "shared/policy/policy.h"
#include "shared/policy/uplink_load.h"

struct fleet_uplink {
    char *name;
    daqs_bps capacity;
    enum policy_mode mode;
    struct uplink_load load;
    struct policy_uplink_memory memory;
};

struct fleet_vm {
    char *name;
    char *uuid;
    struct sla sla;
    uint32_t nics;                   /* on all uplinks */
    struct description *description; /* what those who made it say; NULL: not known */
};

/* A VM on an uplink, with what its nics there share. Fields that are read for each VM come first,
 * so that for VMs without a guarantee most of the struct stays out of the processor's cache. */
struct fleet_member {
    uint32_t vm;
    uint32_t uplink;
    uint32_t nics; /* at least 1 */
    uint32_t mtu;  /* lowest known one of its nics; 0: unknown */
    enum policy_reason reason;
    int64_t since_ms; /* monotonic, when 'reason' changed */
    daqs_bps wants;   /* on the wire; DAQS_UNLIMITED: all it can get, or unknown */
    struct policy_memory memory;
};

struct fleet_nic {
    uint32_t member;
    uint32_t vm;
    uint32_t uplink;
    struct daqs_mac mac;
    uint8_t state; /* enum daqs_nic_state, reported by the agent */
    uint8_t cause;
    uint8_t backlog;    /* enum daqs_backlog, of the last report */
    uint8_t reason;     /* enum policy_reason */
    bool sampled;       /* 'usage' was measured, at sampled_ms */
    bool fresh;         /* and has not been used in a decision yet */
    uint32_t mtu;       /* bytes; 0: unknown */
    uint32_t span_us;   /* interval that 'usage' is the mean of; UINT32_MAX: that or longer */
    int64_t sampled_ms; /* monotonic */
    daqs_bps usage;     /* as the guest counts */
    daqs_bps wire;      /* the same, on the wire */
    daqs_bps demand;    /* on the wire, as estimated by the policy; DAQS_UNLIMITED: unknown */
    daqs_bps limit;     /* decided, and pushed or to be pushed */
    daqs_bps applied;
    uint64_t tx_bytes; /* sent since the nic first appeared */
};

/* The indexes in the host's inventory before its last hello, in the order of the present one;
 * FLEET_NEW: it was not there. For what others keep of a host, see host_table_carry. */
#define FLEET_NEW UINT32_MAX
struct fleet_was {
    uint32_t *uplink;
    uint32_t *vm;
    uint32_t *member;
    uint32_t *nic;
};

struct fleet_host {
    char *name;
    char *version;
    bool connected; /* its agent has a connection */
    uint64_t instance;
    uint64_t generation;
    uint64_t report_sequence;
    uint32_t poll_ms;
    uint32_t poll_most_ms; /* while nothing is at stake; below poll_ms: poll_ms applies */
    int64_t heard_ms;      /* monotonic, last message; 0: never */
    int64_t reported_ms;
    int64_t begun_ms;          /* monotonic, first hello of this agent instance */
    uint64_t epoch;            /* under which this controller commands it; 0 before its hello */
    uint64_t obeyed;           /* highest epoch that the agent has obeyed, by its hello */
    bool fenced;               /* that is higher than 'epoch' */
    bool withheld;             /* its SLAs are not known: nothing is pushed, or "none" would be
                                  believed */
    uint64_t stale_controller; /* epoch of an older controller that it received from; 0: none */
    int64_t stale_ms;          /* monotonic, when it reported that */
    uint8_t saving;            /* enum daqs_saving, of the last report */
    uint64_t limits_sequence;  /* of the limits that the last report was taken under */
    uint32_t uplinks;
    uint32_t vms;
    uint32_t members;
    uint32_t nics;
    struct fleet_uplink *uplink;
    struct fleet_vm *vm;
    struct fleet_member *member; /* by uplink, then in the order of their first nics */
    struct fleet_nic *nic;
    uint32_t unwatched_vfs;
    struct daqs_unwatched_info *unwatched; /* unwatched VFs of its VMs */
    struct fleet_was was;
};

struct fleet; /* opaque: hosts by name */

/* A host is away if nothing has been received for this long, and a nic's usage is shown for this
 * long after its sample. Three poll intervals apply instead if they are longer. */
#define FLEET_PATIENCE_MS 3000

/* Creates a fleet of at most max_hosts hosts, with at most max_nics nics each. NULL if out of
 * memory. */
struct fleet *fleet_new(size_t max_hosts, uint32_t max_nics);
void fleet_free(struct fleet *fleet);

/* Returns the host, or NULL. */
struct fleet_host *fleet_find(const struct fleet *fleet, const char *name);

size_t fleet_count(const struct fleet *fleet);
/* Returns host number 'index', in the order of their first hello. */
struct fleet_host *fleet_at(const struct fleet *fleet, size_t index);

struct fleet_totals {
    size_t present; /* hosts */
    size_t fenced;  /* of these, those that obey a higher epoch */
    uint64_t vms;
    uint64_t nics;
    uint64_t nics_limited; /* with a limit in force */
};
struct fleet_totals fleet_totals(const struct fleet *fleet, int64_t now_ms);

/* Intervals between reports that agents may be configured with. */
enum { FLEET_POLL_MIN_MS = 10, FLEET_POLL_MAX_MS = 60000 };

/* Returns the interval that an agent reports, moved into this range. A longer one would keep a host
 * present long after its end; with a shorter one, its readings would count as outdated. */
uint32_t fleet_poll_ms(uint32_t told_ms);

/* Returns how long after its sample a reading is shown and used. */
int64_t fleet_patience_ms(const struct fleet_host *host);

bool fleet_host_present(const struct fleet_host *host, int64_t now_ms);

/* An agent reports an older controller when it connects, and no end of it. */
#define FLEET_STALE_CONTROLLER_MS 600000

/* Returns true if an older controller sends to the host's agent, too, as far as is known. */
bool fleet_has_stale_controller(const struct fleet_host *host, int64_t now_ms);

/* Returns true if the nic's usage is recent enough to be shown. */
bool fleet_usage_known(const struct fleet_host *host, const struct fleet_nic *nic, int64_t now_ms);

/* Returns true if the nic is assumed to still send what it last sent: as long as fleet_usage_known,
 * or longer while its guest is in grace. */
bool fleet_usage_kept(const struct fleet_host *host, const struct fleet_nic *nic, int64_t now_ms);

/* Returns true if the host has been away for after_ms and has no SLA. */
bool fleet_forgettable(const struct fleet_host *host, const struct ledger *ledger, int64_t after_ms,
                       int64_t now_ms);

/* Removes host number 'index', which has no connection, and frees it. Later hosts move up. */
void fleet_forget(struct fleet *fleet, size_t index);

/* Checks whether fleet_hello takes this inventory, and changes nothing. DAQS_EBUSY: another live
 * agent (another instance) has this host. DAQS_ETOOBIG: too many hosts, or nics. */
int fleet_check_hello(const struct fleet *fleet, const char *name, uint64_t instance,
                      const struct daqs_inventory *inventory, int64_t now_ms,
                      struct daqs_error *err);

/* Replaces a host's inventory with a copy of this one. The state of nics that stay (same VM, MAC
 * and uplink) is kept. SLAs come from the ledger. Fails as fleet_check_hello does, or with
 * DAQS_ENOMEM. */
int fleet_hello(struct fleet *fleet, const struct ledger *ledger, const char *name,
                const char *version, uint64_t instance, uint64_t generation, uint32_t poll_ms,
                const struct daqs_inventory *inventory, int64_t now_ms,
                struct fleet_host **ret_host, struct daqs_error *err);

/* Records a report's readings (one per nic, in order). limits_sequence is the
 * sequence of the limits that were in force while they were taken. Returns false, and uses nothing,
 * if the report does not match the host's inventory or is not newer than the last one. */
bool fleet_report(struct fleet_host *host, uint64_t generation, uint64_t sequence,
                  uint64_t limits_sequence, const struct daqs_nic_reading *reading, uint32_t nics,
                  int64_t now_ms);

/* Records the uplinks' readings of the report that was just added, in the order of the
 * inventory. */
void fleet_report_uplinks(struct fleet_host *host, const struct daqs_uplink_reading *reading,
                          uint32_t uplinks, int64_t now_ms);

/* Records what the agent found in force. Entries that do not match the inventory are ignored. */
void fleet_applied(struct fleet_host *host, uint64_t generation,
                   const struct daqs_nic_applied *applied, uint32_t nics);

/* Returns the index of the host's VM with this name; host->vms: none. */
uint32_t fleet_find_vm(const struct fleet_host *host, const char *name);

/* Returns the rate that last proved to get through behind the uplink's port, if it is below the
 * uplink's capacity; else 0. */
daqs_bps fleet_gets_through(const struct fleet_uplink *uplink);

/* Updates the SLA of every VM of the host from the ledger. */
void fleet_refresh_slas(struct fleet_host *host, const struct ledger *ledger);

#endif
