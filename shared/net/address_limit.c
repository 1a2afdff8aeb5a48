/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/net/address_limit.h"

#include <netinet/in.h>
#include <sodium.h>
#include <string.h>

enum { SECOND_US = 1000000, NETWORK_BYTES = 8 };

_Static_assert(crypto_shorthash_KEYBYTES == ADDRESS_LIMIT_KEY_BYTES, "SipHash");

void address_limit_init(struct address_limit *limit,
                        const uint8_t key[static ADDRESS_LIMIT_KEY_BYTES], uint32_t per_second)
{
    *limit = (struct address_limit){.interval_us = SECOND_US / per_second};
    memcpy(limit->key, key, sizeof limit->key);
}

/* Returns false if the address is neither IPv4 nor IPv6. */
static bool network_of(const struct sockaddr_storage *from, uint8_t ret[static NETWORK_BYTES])
{
    const struct sockaddr_in *four = (const struct sockaddr_in *)from;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)from;
    memset(ret, 0, NETWORK_BYTES);
    if (from->ss_family == AF_INET)
        memcpy(ret, &four->sin_addr, sizeof four->sin_addr);
    else if (from->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
        memcpy(ret, six->sin6_addr.s6_addr + 12, 4);
    else if (from->ss_family == AF_INET6)
        memcpy(ret, six->sin6_addr.s6_addr, NETWORK_BYTES);
    else
        return false;
    return true;
}

bool address_limit_take(struct address_limit *limit, const struct sockaddr_storage *from,
                        int64_t now_us)
{
    uint8_t network[NETWORK_BYTES];
    uint64_t hash;
    if (!network_of(from, network))
        return true;
    crypto_shorthash((uint8_t *)&hash, network, sizeof network, limit->key);
    return rate_limit_take(&limit->place[hash % ADDRESS_LIMIT_PLACES], limit->interval_us,
                           SECOND_US, now_us);
}
