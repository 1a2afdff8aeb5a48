/* SPDX-License-Identifier: Apache-2.0 */
/* Gives daqs-agentd-port the VFs of the daqs-port at DAQS_PORT_CONTROL instead of the kernel's.
 * Every physical function has these VFs. */
#include "agentd/host/vf_link.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/cleanup.h"
#include "shared/base/clock.h"
#include "tests/port/agent_port.h"

enum { COMMAND_BYTES = 64 };

static int port_read(struct vf_link *link, const char *pf, struct vf_info *ret, size_t *ret_count,
                     uint32_t *ret_vfs, struct daqs_error *err)
{
    const json_t *vf;
    size_t i;
    (void)link;
    (void)pf;
    json_t *stats DAQS_AUTO(agent_port_done) = agent_port_stats(err);
    if (!stats)
        return err ? err->code : DAQS_EIO;
    const json_t *vfs = json_object_get(stats, "vf");
    size_t count = 0;
    /* The port's VF 0 is the physical function's own; the kernel numbers VFs from 0. */
    json_array_foreach(vfs, i, vf)
    {
        const char *mac = json_string_value(json_object_get(vf, "mac"));
        if (i == 0 || count == PF_VFS_MAX)
            continue;
        struct vf_info *info = &ret[count];
        *info = (struct vf_info){.vf = (uint32_t)count,
                                 .rate_mbit = (uint32_t)agent_port_number(vf, "rate_mbit")};
        info->reading = (struct counters_reading){.at_us = daqs_mono_ns(daqs_clock_system()) / 1000,
                                                  .tx_bytes = agent_port_number(vf, "tx_bytes"),
                                                  .rx_bytes = agent_port_number(vf, "rx_bytes"),
                                                  .tx_packets = agent_port_number(vf, "tx_frames"),
                                                  .rx_packets = agent_port_number(vf, "rx_frames")};
        if (mac)
            (void)daqs_mac_parse(mac, &info->mac);
        count++;
    }
    *ret_count = count;
    *ret_vfs = (uint32_t)count;
    return DAQS_OK;
}

static int port_set_rate(struct vf_link *link, const char *pf, const struct pf_change *change,
                         struct daqs_error *err)
{
    char command[COMMAND_BYTES];
    char *text DAQS_AUTO_FREE = NULL;
    (void)link;
    (void)snprintf(command, sizeof command, "set %" PRIu32 " %" PRIu32, change->vf + 1,
                   change->rate_mbit);
    const int code = agent_port_request(command, &text, err);
    if (code != DAQS_OK || strcmp(text, "ok") == 0)
        return code;
    return daqs_fail(err, DAQS_EREFUSED, "cannot set a VF's rate on %s: %s", pf, text);
}

static void port_free(struct vf_link *link)
{
    free(link);
}

/* Replaces agentd/host/vf_netlink.c. */
struct vf_link *vf_link_netlink_new(struct daqs_error *err)
{
    struct vf_link *link = malloc(sizeof *link);
    if (!link) {
        (void)daqs_fail(err, DAQS_ENOMEM, "out of memory");
        return NULL;
    }
    *link = (struct vf_link){port_read, port_set_rate, port_free, VF_BY_RTNETLINK};
    return link;
}
