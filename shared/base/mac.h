/* SPDX-License-Identifier: Apache-2.0 */
/* mac - Ethernet addresses. */
#ifndef DAQS_BASE_MAC_H
#define DAQS_BASE_MAC_H

#include <stdbool.h>
#include <stdint.h>

#define DAQS_MAC_TEXT 18

struct daqs_mac {
    uint8_t byte[6];
};

/* Parses "52:54:00:da:05:01", in either case. Returns false for anything else and leaves *ret
 * unchanged. */
bool daqs_mac_parse(const char *text, struct daqs_mac *ret);

/* Writes the address in lower case. Returns buf. */
const char *daqs_mac_format(const struct daqs_mac *mac, char buf[static DAQS_MAC_TEXT]);

bool daqs_mac_equal(const struct daqs_mac *a, const struct daqs_mac *b);

/* The first bytes of an address, such as a vendor's "52:54:00". */
struct daqs_mac_prefix {
    struct daqs_mac mac;
    int bytes; /* 1 to 6 */
};

/* Parses one to six bytes: "52:54:00" or a whole address. Returns false for anything else and
 * leaves *ret unchanged. */
bool daqs_mac_prefix_parse(const char *text, struct daqs_mac_prefix *ret);
bool daqs_mac_has_prefix(const struct daqs_mac *mac, const struct daqs_mac_prefix *prefix);

/* Returns true if some address begins with both prefixes. */
bool daqs_mac_prefixes_overlap(const struct daqs_mac_prefix *a, const struct daqs_mac_prefix *b);

#endif
