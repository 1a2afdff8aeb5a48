/* SPDX-License-Identifier: Apache-2.0 */
/* qga_interfaces - parses the guest agent's list of interfaces. */
#ifndef DAQS_AGENTD_CORE_QGA_INTERFACES_H
#define DAQS_AGENTD_CORE_QGA_INTERFACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agentd/core/counters.h"
#include "agentd/core/ip_address.h"
#include "shared/base/error.h"
#include "shared/base/mac.h"

#define QGA_INTERFACES_MAX 64 /* interfaces processed per guest */
#define QGA_ADDRESSES_MAX 128 /* addresses processed per guest */

#define QGA_GET_INTERFACES "{\"execute\":\"guest-network-get-interfaces\"}"

struct qga_interface {
    char name[64]; /* from the guest; longer names are truncated and so not usable for tc */
    struct daqs_mac mac;
    bool counted; /* tx_bytes and tx_packets are known */
    uint64_t tx_bytes;
    uint64_t rx_bytes; /* like all counters here: COUNTERS_UNKNOWN if not known */
    uint64_t tx_packets;
    uint64_t rx_packets;
};

/* Selects interfaces that are kept first if there are more than QGA_INTERFACES_MAX. */
typedef bool (*qga_wanted_f)(const void *arg, const struct daqs_mac *mac);

/* Fills ret[0..QGA_INTERFACES_MAX) with the interfaces that have a name and a MAC address, in the
 * order of the list. If there are too many, those that are wanted take precedence ('wanted' may be
 * NULL). DAQS_EFORMAT if the reply is malformed, DAQS_ETOOBIG if it is too long; if the agent
 * returned an error, a result of qga_error.h. */
int qga_parse_interfaces(const char *reply, size_t length, qga_wanted_f wanted, const void *arg,
                         struct qga_interface *ret, size_t *ret_count, struct daqs_error *err);

/* Extracts from the same reply the addresses of interfaces with one of these MAC addresses. Fills
 * ret[0..QGA_ADDRESSES_MAX), where 'nic' is the index in 'mac'. DAQS_ETOOBIG if there are more
 * addresses; otherwise as above. */
int qga_parse_addresses(const char *reply, size_t length, const struct daqs_mac *mac, size_t macs,
                        struct nic_address *ret, size_t *ret_count, struct daqs_error *err);

#endif
