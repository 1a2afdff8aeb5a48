/* ip_address - IP addresses of guests, as text and as bytes. */
#ifndef DAQS_AGENTD_CORE_IP_ADDRESS_H
#define DAQS_AGENTD_CORE_IP_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

/* IPv4 as ::ffff:a.b.c.d, which is how sockets of both kinds show it. */
struct ip_address {
    uint8_t byte[16];
};

/* An address of one of a guest's nics. */
struct nic_address {
    uint32_t nic; /* its place among them */
    struct ip_address ip;
};

/* Numeric text without port and zone. False, with nothing written, for anything else. */
bool ip_address_parse(const char *text, struct ip_address *ret);

#endif
