/* SPDX-License-Identifier: Apache-2.0 */
/* ip_address - IP addresses of guests in text and binary form. */
#ifndef DAQS_AGENTD_CORE_IP_ADDRESS_H
#define DAQS_AGENTD_CORE_IP_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

/* IPv4 addresses are stored as ::ffff:a.b.c.d, the form that dual-stack sockets show. */
struct ip_address {
    uint8_t byte[16];
};

/* An address of one of a guest's nics. */
struct nic_address {
    uint32_t nic; /* its index among them */
    struct ip_address ip;
};

/* Parses a numeric address without port and zone. False, with nothing written, for anything
 * else. */
bool ip_address_parse(const char *text, struct ip_address *ret);

#endif
