/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/mac.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool daqs_mac_prefix_parse(const char *text, struct daqs_mac_prefix *ret)
{
    struct daqs_mac_prefix prefix = {0};
    for (const char *p = text; prefix.bytes < 6; p += 3) {
        int high = hex_digit(p[0]);
        int low = high < 0 ? -1 : hex_digit(p[1]);
        if (low < 0)
            return false;
        prefix.mac.byte[prefix.bytes++] = (uint8_t)(high << 4 | low);
        if (p[2] == '\0') {
            *ret = prefix;
            return true;
        }
        if (p[2] != ':')
            return false;
    }
    return false;
}

bool daqs_mac_parse(const char *text, struct daqs_mac *ret)
{
    struct daqs_mac_prefix prefix;
    if (!daqs_mac_prefix_parse(text, &prefix) || prefix.bytes != 6)
        return false;
    *ret = prefix.mac;
    return true;
}

const char *daqs_mac_format(const struct daqs_mac *mac, char buf[static DAQS_MAC_TEXT])
{
    const uint8_t *b = mac->byte;
    (void)snprintf(buf, DAQS_MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3],
                   b[4], b[5]);
    return buf;
}

bool daqs_mac_equal(const struct daqs_mac *a, const struct daqs_mac *b)
{
    return memcmp(a->byte, b->byte, sizeof a->byte) == 0;
}

bool daqs_mac_has_prefix(const struct daqs_mac *mac, const struct daqs_mac_prefix *prefix)
{
    return memcmp(mac->byte, prefix->mac.byte, (size_t)prefix->bytes) == 0;
}

bool daqs_mac_prefixes_overlap(const struct daqs_mac_prefix *a, const struct daqs_mac_prefix *b)
{
    int bytes = a->bytes < b->bytes ? a->bytes : b->bytes;
    return memcmp(a->mac.byte, b->mac.byte, (size_t)bytes) == 0;
}
