/* qga_interfaces - a guest's interfaces, as its agent lists them. */
#ifndef DAQS_AGENTD_CORE_QGA_INTERFACES_H
#define DAQS_AGENTD_CORE_QGA_INTERFACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agentd/core/counters.h"
#include "agentd/core/ip_address.h"
#include "shared/base/error.h"
#include "shared/base/mac.h"

#define QGA_INTERFACES_MAX 64 /* interfaces of a guest that we look at */
#define QGA_ADDRESSES_MAX 128 /* addresses of a guest that we look at */

#define QGA_GET_INTERFACES "{\"execute\":\"guest-network-get-interfaces\"}"

struct qga_interface {
    char name[64]; /* as the guest says; longer ones are cut and so not usable for tc */
    struct daqs_mac mac;
    bool counted; /* what it sent is known: the bytes and the packets */
    uint64_t tx_bytes;
    uint64_t rx_bytes; /* COUNTERS_UNKNOWN: not known; the packets likewise */
    uint64_t tx_packets;
    uint64_t rx_packets;
};

/* Which interfaces are kept first if there are more than QGA_INTERFACES_MAX. */
typedef bool (*qga_wanted_f)(const void *arg, const struct daqs_mac *mac);

/* Fills ret[0..QGA_INTERFACES_MAX) with the interfaces that have a name and a MAC address, in the
 * order of the list; all that are wanted before any that are not ('wanted' may be NULL).
 * DAQS_EFORMAT: nonsense; if the agent answered with an error: as qga_error.h has it. */
int qga_parse_interfaces(const char *reply, size_t length, qga_wanted_f wanted, const void *arg,
                         struct qga_interface *ret, size_t *ret_count, struct daqs_error *err);

/* The same reply read for the addresses of interfaces with one of these MAC addresses: fills
 * ret[0..QGA_ADDRESSES_MAX), 'nic' being the place in 'mac'. DAQS_ETOOBIG: there are more. */
int qga_parse_addresses(const char *reply, size_t length, const struct daqs_mac *mac, size_t macs,
                        struct nic_address *ret, size_t *ret_count, struct daqs_error *err);

#endif
