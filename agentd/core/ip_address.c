/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/ip_address.h"

#include <arpa/inet.h>
#include <string.h>

bool ip_address_parse(const char *text, struct ip_address *ret)
{
    struct ip_address address = {{[10] = 0xff, [11] = 0xff}};
    if (inet_pton(AF_INET, text, address.byte + 12) != 1 &&
        inet_pton(AF_INET6, text, address.byte) != 1)
        return false;
    *ret = address;
    return true;
}
