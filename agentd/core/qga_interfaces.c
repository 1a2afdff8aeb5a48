/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/qga_interfaces.h"

#include <string.h>

#include "agentd/core/qga_reply.h"

struct interfaces {
    qga_wanted_f wanted;
    const void *arg;
    struct qga_interface *list;
    size_t count;
};

enum { COUNTERS = 4 };

/* Returns true if the counters of sent traffic are present. Those of received traffic are less
 * important and may be missing. */
static bool read_statistics(struct qga_reply *r, struct qga_interface *nic)
{
    static const char *const names[COUNTERS] = {"tx-bytes", "rx-bytes", "tx-packets", "rx-packets"};
    uint64_t *const value[COUNTERS] = {&nic->tx_bytes, &nic->rx_bytes, &nic->tx_packets,
                                       &nic->rx_packets};
    bool seen[COUNTERS] = {false};
    char key[12];
    if (!json_read_object(&r->cursor))
        return false;
    while (json_next_key(&r->cursor, key, sizeof key)) {
        size_t i = 0;
        while (i < COUNTERS && strcmp(key, names[i]) != 0)
            i++;
        if (i == COUNTERS || !qga_reply_once(r, &seen[i]))
            json_skip(&r->cursor);
        else if (!json_read_uint(&r->cursor, value[i]) || *value[i] > INT64_MAX)
            *value[i] = COUNTERS_UNKNOWN;
    }
    return nic->tx_bytes != COUNTERS_UNKNOWN && nic->tx_packets != COUNTERS_UNKNOWN;
}

/* Returns true if the interface has a name and a MAC address. */
static bool read_interface(struct qga_reply *r, struct qga_interface *ret)
{
    char key[20];
    char mac[DAQS_MAC_TEXT + 1];
    bool seen_name = false;
    bool seen_mac = false;
    bool seen_statistics = false;
    bool named = false;
    bool placed = false;
    if (!json_read_object(&r->cursor))
        return false;
    *ret = (struct qga_interface){.tx_bytes = COUNTERS_UNKNOWN,
                                  .rx_bytes = COUNTERS_UNKNOWN,
                                  .tx_packets = COUNTERS_UNKNOWN,
                                  .rx_packets = COUNTERS_UNKNOWN};
    while (json_next_key(&r->cursor, key, sizeof key)) {
        if (strcmp(key, "name") == 0 && qga_reply_once(r, &seen_name))
            named = json_read_string(&r->cursor, ret->name, sizeof ret->name);
        else if (strcmp(key, "hardware-address") == 0 && qga_reply_once(r, &seen_mac))
            placed =
                json_read_string(&r->cursor, mac, sizeof mac) && daqs_mac_parse(mac, &ret->mac);
        else if (strcmp(key, "statistics") == 0 && qga_reply_once(r, &seen_statistics))
            ret->counted = read_statistics(r, ret);
        else
            json_skip(&r->cursor);
    }
    return named && placed;
}

static bool is_wanted(const struct interfaces *found, const struct qga_interface *interface)
{
    return found->wanted && found->wanted(found->arg, &interface->mac);
}

/* Replaces the last interface that is not wanted. Those after it move up. */
static void displace(struct interfaces *found, const struct qga_interface *interface)
{
    size_t i = found->count;
    while (i > 0 && is_wanted(found, &found->list[i - 1]))
        i--;
    if (i == 0)
        return;
    memmove(&found->list[i - 1], &found->list[i], (found->count - i) * sizeof *interface);
    found->list[found->count - 1] = *interface;
}

static bool read_interfaces(struct qga_reply *r, void *ret)
{
    struct interfaces *found = ret;
    struct qga_interface interface;
    if (!json_read_list(&r->cursor))
        return false;
    while (json_next_item(&r->cursor)) {
        if (!read_interface(r, &interface))
            continue;
        if (found->count < QGA_INTERFACES_MAX)
            found->list[found->count++] = interface;
        else if (is_wanted(found, &interface))
            displace(found, &interface);
    }
    return true;
}

int qga_parse_interfaces(const char *reply, size_t length, qga_wanted_f wanted, const void *arg,
                         struct qga_interface *ret, size_t *ret_count, struct daqs_error *err)
{
    struct interfaces found = {.wanted = wanted, .arg = arg, .list = ret};
    int result = qga_reply_parse(reply, length, read_interfaces, &found, "list of interfaces", err);
    if (result == DAQS_OK)
        *ret_count = found.count;
    return result;
}

/* --- addresses --- */

struct addresses {
    const struct daqs_mac *mac;
    size_t macs;
    struct nic_address *list;
    size_t count;
    bool full;
};

/* An address that cannot be parsed is left out. */
static void read_address(struct qga_reply *r, struct addresses *found)
{
    char key[12];
    char text[64];
    bool seen = false;
    bool good = false;
    struct ip_address ip;
    if (!json_read_object(&r->cursor))
        return;
    while (json_next_key(&r->cursor, key, sizeof key)) {
        if (strcmp(key, "ip-address") == 0 && qga_reply_once(r, &seen))
            good = json_read_string(&r->cursor, text, sizeof text) && ip_address_parse(text, &ip);
        else
            json_skip(&r->cursor);
    }
    if (good && found->count < QGA_ADDRESSES_MAX)
        found->list[found->count++].ip = ip;
    else
        found->full |= good;
}

static void read_address_list(struct qga_reply *r, struct addresses *found)
{
    if (!json_read_list(&r->cursor))
        return;
    while (json_next_item(&r->cursor))
        read_address(r, found);
}

/* The addresses of an interface may precede its MAC address, so they are discarded at its end if
 * the interface is not one of the nics. */
static void read_addresses_of_one(struct qga_reply *r, struct addresses *found)
{
    char key[20];
    char text[DAQS_MAC_TEXT + 1];
    struct daqs_mac mac = {{0}};
    bool seen_mac = false;
    bool seen_list = false;
    bool placed = false;
    size_t first = found->count;
    size_t nic = 0;
    if (!json_read_object(&r->cursor))
        return;
    while (json_next_key(&r->cursor, key, sizeof key)) {
        if (strcmp(key, "hardware-address") == 0 && qga_reply_once(r, &seen_mac))
            placed = json_read_string(&r->cursor, text, sizeof text) && daqs_mac_parse(text, &mac);
        else if (strcmp(key, "ip-addresses") == 0 && qga_reply_once(r, &seen_list))
            read_address_list(r, found);
        else
            json_skip(&r->cursor);
    }
    while (nic < found->macs && !(placed && daqs_mac_equal(&found->mac[nic], &mac)))
        nic++;
    if (nic == found->macs)
        found->count = first;
    for (size_t i = first; i < found->count; i++)
        found->list[i].nic = (uint32_t)nic;
}

static bool read_addresses(struct qga_reply *r, void *ret)
{
    if (!json_read_list(&r->cursor))
        return false;
    while (json_next_item(&r->cursor))
        read_addresses_of_one(r, ret);
    return true;
}

int qga_parse_addresses(const char *reply, size_t length, const struct daqs_mac *mac, size_t macs,
                        struct nic_address *ret, size_t *ret_count, struct daqs_error *err)
{
    struct addresses found = {.mac = mac, .macs = macs, .list = ret};
    int result = qga_reply_parse(reply, length, read_addresses, &found, "list of interfaces", err);
    if (result == DAQS_OK && found.full)
        return daqs_fail(err, DAQS_ETOOBIG, "the guest has more than %d addresses",
                         QGA_ADDRESSES_MAX);
    if (result == DAQS_OK)
        *ret_count = found.count;
    return result;
}
