/* SPDX-License-Identifier: Apache-2.0 */
/* Gives daqs-agentd-port the counters of the daqs-port's physical function, and of the port,
 * instead of the kernel's. Replaces agentd/host/port_stats.c. */
#include "agentd/host/port_stats.h"

#include <errno.h>
#include <stdlib.h>

#include "shared/base/cleanup.h"
#include "shared/base/clock.h"
#include "tests/port/agent_port.h"

struct port_stats {
    char unused;
};

int port_stats_ioctl(const char *ifname, void *request)
{
    (void)ifname;
    (void)request;
    errno = EOPNOTSUPP;
    return -1;
}

struct port_stats *port_stats_new(const char *root, const char *ifname, ethtool_call *call)
{
    (void)root;
    (void)ifname;
    (void)call;
    return calloc(1, sizeof(struct port_stats));
}

void port_stats_free(struct port_stats *stats)
{
    free(stats);
}

static struct port_reading reading_of(const json_t *object, int64_t at_us)
{
    return (struct port_reading){.at_us = at_us,
                                 .bytes = agent_port_number(object, "tx_bytes"),
                                 .packets = agent_port_number(object, "tx_frames")};
}

void port_stats_read(struct port_stats *stats, struct port_facts *ret)
{
    struct daqs_error err = {0};
    (void)stats;
    *ret = (struct port_facts){.port_asked = true};
    json_t *shown DAQS_AUTO(agent_port_done) = agent_port_stats(&err);
    if (!shown)
        return;
    const int64_t at_us = daqs_mono_ns(daqs_clock_system()) / 1000;
    ret->pf_known = ret->port_known = true;
    ret->pf = reading_of(json_array_get(json_object_get(shown, "vf"), 0), at_us);
    ret->port = reading_of(shown, at_us);
}
