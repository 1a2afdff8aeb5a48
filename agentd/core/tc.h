/* tc - limits as Linux traffic control commands, and back.
 *
 * A limit is an HTB qdisc of ours on the nic's root with one class. Ours is told from the
 * tenant's by its handle. State is read from tc's plain text: classes have no JSON form before
 * iproute2 6.4, and the text has been the same for two decades. */
#ifndef DAQS_AGENTD_CORE_TC_H
#define DAQS_AGENTD_CORE_TC_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/base/error.h"
#include "shared/base/rate.h"

#define TC_HANDLE "da05:"
#define TC_CLASS "da05:1"

/* The least and most that a limit is set to; others are moved there. */
#define TC_RATE_MIN UINT64_C(100000)
#define TC_RATE_MAX UINT64_C(10000000000000)

/* Whose qdisc is at the root of a guest's nic. */
enum tc_root {
    TC_ROOT_UNKNOWN, /* not looked at yet, or it could not be understood */
    TC_ROOT_DEFAULT, /* the kernel's own, free to be replaced */
    TC_ROOT_OURS,
    TC_ROOT_TENANT,
};

struct tc_state {
    enum tc_root root;
    daqs_bps limit; /* of our class; DAQS_UNLIMITED if there is none */
};

/* The rate a limit is really set to: rounded down to what tc's text can show exactly (Gbit
 * above 1 Tbit, Mbit above 1 Gbit, kbit below; at most 0.1 % less, below 1 Mbit 1 %), so that
 * readback can be compared. */
daqs_bps tc_round(daqs_bps limit);

/* The burst for a rate: what it sends in 1 ms, and ten full frames at least. HTB's default
 * costs 28 % of throughput at 10 Gbit/s (measured). Bytes. */
uint64_t tc_burst_bytes(daqs_bps rate);

#define TC_BATCH_BYTES 1024

/* Writes into buf the input of "tc -batch -" that only reads the state of a nic. */
void tc_plan_probe(const char *ifname, char buf[static TC_BATCH_BYTES]);

/* Writes into buf the batch that takes the nic from 'now' to 'wanted' (DAQS_UNLIMITED: no
 * limit) and then reads the state. False if there is nothing to do, or nothing that may be
 * done: the root is the tenant's or not known. 'ifname' has passed daqs_ifname_ok. */
bool tc_plan_change(const char *ifname, const struct tc_state *now, daqs_bps wanted,
                    char buf[static TC_BATCH_BYTES]);

/* Understands what the batch printed about the state of one nic. Unknown root if it cannot. */
struct tc_state tc_parse_state(const char *output);

#endif
