#include "shared/net/pacing.h"

#include <netinet/in.h>
#include <sodium.h>
#include <string.h>

enum { SECOND_US = 1000000, NETWORK_BYTES = 8 };

_Static_assert(crypto_shorthash_KEYBYTES == PACING_KEY_BYTES, "SipHash");

void pacing_init(struct pacing *pacing, const uint8_t key[static PACING_KEY_BYTES],
                 uint32_t a_second)
{
    *pacing = (struct pacing){.interval_us = SECOND_US / a_second};
    memcpy(pacing->key, key, sizeof pacing->key);
}

/* False: none of the internet. */
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

bool pacing_allows(struct pacing *pacing, const struct sockaddr_storage *from, int64_t now_us)
{
    uint8_t network[NETWORK_BYTES];
    uint64_t hash;
    if (!network_of(from, network))
        return true;
    crypto_shorthash((uint8_t *)&hash, network, sizeof network, pacing->key);
    int64_t *next_us = &pacing->next_us[hash % PACING_PLACES];
    int64_t due_us = *next_us > now_us ? *next_us : now_us;
    if (due_us - now_us > SECOND_US - pacing->interval_us)
        return false;
    *next_us = due_us + pacing->interval_us;
    return true;
}
