/* sim_host - a simulated host: guests that send, limits in force, and what its agent reads of both.
 *
 * Pure: no sockets, no clock. Each VM has one nic; nic n is behind uplink n modulo uplinks. */
#ifndef DAQS_FLEETSIM_SIM_HOST_H
#define DAQS_FLEETSIM_SIM_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/base/arena.h"
#include "shared/base/model.h"
#include "tools/fleetsim/trace.h"

/* What all hosts of a fleet have in common. */
struct sim_shape {
    uint32_t nics;       /* 1 to DAQS_MAX_NICS */
    uint32_t uplinks;    /* 1 to DAQS_MAX_UPLINKS */
    uint32_t guaranteed; /* the first so many VMs send in pulses, half an uplink in all */
    daqs_bps capacity;   /* of each uplink */
    struct trace_mix mix;
    uint64_t seed;
};

struct sim_nic {
    struct trace trace;
    uint32_t flows;
    bool using_min; /* the last report that was sent showed its guarantee in use */
    bool untold;    /* its limit is not what 'applied' said last */
    uint64_t bits;  /* sent since the last report, of the wire */
    bool held_back; /* it wanted to send more, since a time */
    int64_t held_back_us;
    daqs_bps usage; /* in the last report made, as counted */
    daqs_bps limit; /* in force */
};

#define SIM_HOST_NAME 16

/* "sim0001" for host number 0, and so on. Returns buf. */
const char *sim_host_name(uint32_t number, char buf[static SIM_HOST_NAME]);

struct sim_host {
    char name[SIM_HOST_NAME];
    const struct sim_shape *shape; /* must outlive the host */
    struct daqs_inventory inventory;
    struct sim_nic *nic;
    struct daqs_nic_setting *setting; /* as ordered last */
    int64_t advanced_us;
    int64_t reported_us;
    struct daqs_arena arena; /* of all of it */
};

/* Host 'number' of the fleet, from 0, at a time. False if out of memory; done in any case. */
bool sim_host_init(struct sim_host *host, const struct sim_shape *shape, uint32_t number,
                   int64_t now_us);
void sim_host_done(struct sim_host *host);

/* Lets the guests send until now, under the limits in force. */
void sim_host_advance(struct sim_host *host, int64_t now_us);

/* Puts limits in force from now on. 'setting' has one for each nic. True if one differs from what
 * was in force. */
bool sim_host_obey(struct sim_host *host, const struct daqs_nic_setting *setting, int64_t now_us);

/* Advances, and fills one reading for each nic: what was sent since the last report. */
void sim_host_read(struct sim_host *host, int64_t now_us, struct daqs_nic_reading *ret);

/* Fills one for each uplink, of the time that the nics' readings are about: the host itself sends
 * nothing, and what the port sends is not known. */
void sim_host_read_uplinks(const struct sim_host *host, const struct daqs_nic_reading *reading,
                           struct daqs_uplink_reading *ret);

/* True if the report just made obliges a controller in 'minimum' mode to send other limits than
 * those in force: on an uplink where nobody without a guarantee is limited, though there is
 * somebody, a nic sends at least half its guarantee, and did not in the last report sent. */
bool sim_host_turns(const struct sim_host *host);

/* That report was sent. */
void sim_host_reported(struct sim_host *host);

/* Fills what 'applied' has to tell, at most one for each nic, and returns how many. */
uint32_t sim_host_applied(struct sim_host *host, struct daqs_nic_applied *ret);

#endif
