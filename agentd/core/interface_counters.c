/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/interface_counters.h"

#include <string.h>

enum { TX_BYTES, RX_BYTES, TX_PACKETS, RX_PACKETS, COUNTERS };

static const char *const files[COUNTERS] = {"statistics/tx_bytes", "statistics/rx_bytes",
                                            "statistics/tx_packets", "statistics/rx_packets"};

void interface_counters_begin(struct guest_sysfs *ask)
{
    guest_sysfs_begin(ask, "-sHE", "^[0-9]+$");
}

void interface_counters_add(struct guest_sysfs *ask, const char *ifname)
{
    if (ask->files + COUNTERS > GUEST_SYSFS_FILES_MAX)
        return;
    for (int i = 0; i < COUNTERS; i++)
        (void)guest_sysfs_add(ask, ifname, files[i]);
}

/* Accepts at most 63 bits. Real counters do not reach that. */
static uint64_t parse_counter(const char *text)
{
    uint64_t number;
    return guest_sysfs_number(text, &number) && number <= INT64_MAX ? number : COUNTERS_UNKNOWN;
}

bool interface_counters_parse(const char *printed, const char *ifname, struct counters_reading *ret)
{
    struct guest_sysfs_line line;
    uint64_t found[COUNTERS];
    for (int i = 0; i < COUNTERS; i++)
        found[i] = COUNTERS_UNKNOWN;
    while (guest_sysfs_next(&printed, &line))
        for (int i = 0; i < COUNTERS; i++)
            if (strcmp(line.ifname, ifname) == 0 && strcmp(line.file, files[i]) == 0)
                found[i] = parse_counter(line.text);
    if (found[TX_BYTES] == COUNTERS_UNKNOWN || found[TX_PACKETS] == COUNTERS_UNKNOWN)
        return false;
    ret->tx_bytes = found[TX_BYTES];
    ret->rx_bytes = found[RX_BYTES];
    ret->tx_packets = found[TX_PACKETS];
    ret->rx_packets = found[RX_PACKETS];
    return true;
}
