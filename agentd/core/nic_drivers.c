/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/nic_drivers.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct nic_driver drivers[] = {
    {.name = "bnxt_en",
     .rates = true,
     .least_mbit = 1,
     .step_mbit = 1,
     .readback = NIC_READS_ASKED,
     .down = NIC_DOWN_REFUSES,
     .vf_age_ms = NIC_AGE_NO_COUNTERS,
     .pf_counts = NIC_PF_OWN,
     .port = {"tx_bytes", "tx_total_frames"},
     .exceptions = "the port's counter is refreshed every second"},
    {.name = "cxgb4",
     .rates = true,
     .least_mbit = 1,
     .step_mbit = 1,
     .readback = NIC_READS_ASKED,
     .down = NIC_DOWN_REFUSES,
     .vf_age_ms = NIC_AGE_NO_COUNTERS,
     .pf_counts = NIC_PF_PORT,
     .exceptions = "-"},
    {.name = "i40e",
     .rates = true,
     .least_mbit = 50,
     .step_mbit = 50,
     .readback = NIC_READS_ASKED,
     .down = NIC_DOWN_UNKNOWN,
     .vf_age_ms = 0,
     .pf_counts = NIC_PF_OWN,
     .port = {"port.tx_bytes", "port.tx_unicast", "port.tx_multicast", "port.tx_broadcast"},
     .exceptions = "refuses rates while a VF is reset"},
    {.name = "ice",
     .rates = true,
     .least_mbit = 1,
     .step_mbit = 1,
     .readback = NIC_READS_ASKED,
     .down = NIC_DOWN_REFUSES,
     .vf_age_ms = 0,
     .pf_counts = NIC_PF_OWN,
     .port = {"tx_bytes.nic", "tx_unicast.nic", "tx_multicast.nic", "tx_broadcast.nic"},
     .exceptions = "at most 100 Gbit/s; in switchdev mode the PF counts differently"},
    {.name = "igb",
     .rates = true,
     .least_mbit = 1,
     .step_mbit = 1,
     .seen = true,
     .speed_clears = true,
     .readback = NIC_READS_ASKED,
     .down = NIC_DOWN_REFUSES,
     .vf_age_ms = NIC_AGE_NO_COUNTERS,
     .pf_counts = NIC_PF_OWN,
     .port = {"tx_bytes", "tx_packets"},
     .exceptions = "VF rates on the 82576 only; VF counters are there and always 0"},
    {.name = "ixgbe",
     .rates = true,
     .least_mbit = 11,
     .step_mbit = 1,
     .refuses_less = true,
     .speed_clears = true,
     .readback = NIC_READS_ASKED,
     .down = NIC_DOWN_REFUSES,
     .vf_age_ms = 2000,
     .pf_counts = NIC_PF_OWN,
     .port = {"tx_bytes_nic", "tx_pkts_nic"},
     .exceptions = "VF rates on a link of 10 Gbit/s only"},
    {.name = "mlx5_core",
     .rates = true,
     .least_mbit = 1,
     .step_mbit = 1,
     .readback = NIC_READS_ASKED,
     .down = NIC_DOWN_UNKNOWN,
     .vf_age_ms = 0,
     .pf_counts = NIC_PF_OWN,
     .port = {"tx_bytes_phy", "tx_packets_phy"},
     .exceptions = "in switchdev mode the PF counts what the port sends"},
    {.name = "nfp",
     .rates = true,
     .least_mbit = 1,
     .step_mbit = 1,
     .readback = NIC_READS_ASKED,
     .down = NIC_DOWN_UNKNOWN,
     .vf_age_ms = NIC_AGE_NO_COUNTERS,
     .pf_counts = NIC_PF_OWN,
     .port = {"mac.tx_octets", "mac.tx_frames_transmitted_ok"},
     .exceptions = "at most 65534 Mbit/s; older firmware has no VF rates"},
    {.name = "qede",
     .rates = true,
     .readback = NIC_READS_ASKED,
     .down = NIC_DOWN_UNKNOWN,
     .vf_age_ms = NIC_AGE_NO_COUNTERS,
     .pf_counts = NIC_PF_OWN,
     .exceptions = "a rate of 0 is ignored: a limit can be raised to the link's speed, which VFs "
                   "without one read back"},
    {.name = "sfc",
     .rates = false,
     .readback = NIC_READS_UNKNOWN,
     .down = NIC_DOWN_UNKNOWN,
     .vf_age_ms = NIC_AGE_NO_COUNTERS,
     .pf_counts = NIC_PF_UNKNOWN,
     .port = {"port_tx_bytes", "port_tx_packets"},
     .exceptions = "the port's counter is refreshed every second"},
};

const struct nic_driver *nic_driver_find(const char *name)
{
    for (size_t i = 0; i < sizeof drivers / sizeof drivers[0]; i++)
        if (strcmp(drivers[i].name, name) == 0)
            return &drivers[i];
    return NULL;
}

const struct nic_driver *nic_driver_at(size_t index)
{
    return index < sizeof drivers / sizeof drivers[0] ? &drivers[index] : NULL;
}

const char *nic_fact_title(enum nic_fact fact)
{
    static const char *const titles[NIC_FACTS] = {
        [NIC_FACT_LEAST] = "lowest VF rate",
        [NIC_FACT_STEP] = "step of VF rates",
        [NIC_FACT_READBACK] = "a VF rate reads back",
        [NIC_FACT_DOWN] = "while the link is down",
        [NIC_FACT_SPEED] = "when the speed changes",
        [NIC_FACT_VF_COUNTERS] = "VF counters",
        [NIC_FACT_PORT] = "the port's counter",
        [NIC_FACT_PF] = "the PF counts",
        [NIC_FACT_SOURCE] = "known from",
        [NIC_FACT_ELSE] = "besides",
    };
    return titles[fact];
}

static const char *rate_text(const struct nic_driver *d, uint32_t mbit, const char *behind,
                             char *buf)
{
    if (!d->rates)
        return "there are no VF rates";
    if (mbit == 0)
        return "not known";
    (void)snprintf(buf, NIC_FACT_TEXT, "%" PRIu32 " Mbit/s%s", mbit, behind);
    return buf;
}

static const char *port_text(const struct nic_driver *d, char *buf)
{
    if (!d->port[0])
        return d->pf_counts == NIC_PF_PORT ? "the PF's own" : "not known";
    int used = snprintf(buf, NIC_FACT_TEXT, "%s", d->port[0]);
    for (int i = 1; i < NIC_PORT_NAMES && d->port[i] && used < NIC_FACT_TEXT; i++)
        used += snprintf(buf + used, (size_t)(NIC_FACT_TEXT - used), ", %s", d->port[i]);
    return buf;
}

static const char *counters_text(const struct nic_driver *d, char *buf)
{
    if (d->vf_age_ms == NIC_AGE_NO_COUNTERS)
        return "none";
    if (d->vf_age_ms == 0)
        return "fresh";
    (void)snprintf(buf, NIC_FACT_TEXT, "up to %" PRId32 " ms old", d->vf_age_ms);
    return buf;
}

const char *nic_fact_text(const struct nic_driver *d, enum nic_fact fact,
                          char buf[static NIC_FACT_TEXT])
{
    static const char *const readback[] = {"not known", "as asked for"};
    static const char *const down[] = {"not known", "rates are refused"};
    static const char *const pf[] = {"not known", "what it sends itself", "what the port sends"};
    switch (fact) {
    case NIC_FACT_LEAST:
        return rate_text(d, d->least_mbit, d->refuses_less ? "; less is refused" : "", buf);
    case NIC_FACT_STEP:
        return rate_text(d, d->step_mbit, "", buf);
    case NIC_FACT_READBACK:
        return d->rates ? readback[d->readback] : "-";
    case NIC_FACT_DOWN:
        return d->rates ? down[d->down] : "-";
    case NIC_FACT_SPEED:
        return d->speed_clears ? "rates are cleared" : d->rates ? "not known" : "-";
    case NIC_FACT_VF_COUNTERS:
        return counters_text(d, buf);
    case NIC_FACT_PORT:
        return port_text(d, buf);
    case NIC_FACT_PF:
        return pf[d->pf_counts];
    case NIC_FACT_SOURCE:
        return d->seen ? "its source, and seen" : "its source";
    case NIC_FACT_ELSE:
    case NIC_FACTS:
        break;
    }
    return d->exceptions;
}
