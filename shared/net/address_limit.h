/* SPDX-License-Identifier: Apache-2.0 */
/* address_limit - limits how often one address may connect. After a second without connections, a
 * second's worth may come at once.
 *
 * The memory is fixed, so addresses share places. A secret key chooses the place of an address, so
 * that an attacker cannot find addresses that share a victim's place. */
#ifndef DAQS_NET_ADDRESS_LIMIT_H
#define DAQS_NET_ADDRESS_LIMIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "shared/base/rate_limit.h"

enum { ADDRESS_LIMIT_PLACES = 4096, ADDRESS_LIMIT_KEY_BYTES = 16 };

struct address_limit {
    uint8_t key[ADDRESS_LIMIT_KEY_BYTES];
    int64_t interval_us;
    struct rate_limit place[ADDRESS_LIMIT_PLACES];
};

/* per_second: 1 to 1,000,000. */
void address_limit_init(struct address_limit *limit,
                        const uint8_t key[static ADDRESS_LIMIT_KEY_BYTES], uint32_t per_second);

/* Takes a connection from an address. Returns false if too many came recently. Of an IPv6 address
 * the first 64 bits count; families other than IPv4 and IPv6 are not limited. */
bool address_limit_take(struct address_limit *limit, const struct sockaddr_storage *from,
                        int64_t now_us);

#endif
