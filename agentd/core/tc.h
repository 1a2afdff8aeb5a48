/* SPDX-License-Identifier: Apache-2.0 */
/* tc - expresses limits as Linux traffic control commands, and parses the output.
 *
 * A limit is an HTB qdisc with one class at the nic's root. The agent's qdisc is distinguished from
 * the tenant's by its handle. The state is parsed from tc's plain text: classes have no JSON form
 * before iproute2 6.4, and the text has not changed for two decades. */
#ifndef DAQS_AGENTD_CORE_TC_H
#define DAQS_AGENTD_CORE_TC_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/error.h"
#include "shared/base/rate.h"

#define TC_HANDLE "da05:"
#define TC_CLASS "da05:1"

/* Lowest and highest rate of a limit. Others are clamped. */
#define TC_RATE_MIN UINT64_C(100000)
#define TC_RATE_MAX UINT64_C(10000000000000)

/* Owner of the root qdisc of a guest's nic. */
enum tc_root {
    TC_ROOT_UNKNOWN, /* not read yet, or not understood */
    TC_ROOT_DEFAULT, /* the kernel's default, may be replaced */
    TC_ROOT_OURS,
    TC_ROOT_TENANT,
};

struct tc_state {
    enum tc_root root;
    daqs_bps limit; /* of the agent's class; DAQS_UNLIMITED: none */
};

/* Returns the rate to which a limit is really set: rounded down to what tc's text can show exactly
 * (Gbit from 1 Tbit, Mbit from 1 Gbit, kbit below; at most 0.1 % less, below 1 Mbit 1 %), so that
 * it can be compared with the rate read back. */
daqs_bps tc_round(daqs_bps limit);

/* Returns the burst for a rate in bytes: what the rate sends in 1 ms, at least ten full frames.
 * HTB's default costs 28 % of throughput at 10 Gbit/s (measured). */
uint64_t tc_burst_bytes(daqs_bps rate);

#define TC_BATCH_BYTES 1024

/* Writes the input of "tc -batch -" that reads the state of a nic without changing it. */
void tc_plan_probe(const char *ifname, char buf[static TC_BATCH_BYTES]);

/* Writes the batch that changes the nic from 'now' to 'wanted' (DAQS_UNLIMITED: no limit) and then
 * reads the state. False if there is nothing to do or nothing may be done: the root belongs to the
 * tenant or is not known. 'ifname' must have passed daqs_ifname_ok. */
bool tc_plan_change(const char *ifname, const struct tc_state *now, daqs_bps wanted,
                    char buf[static TC_BATCH_BYTES]);

/* Parses the output of the batch about the state of one nic. The root is TC_ROOT_UNKNOWN if that
 * fails. */
struct tc_state tc_parse_state(const char *output);

#endif
