/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/port/driver.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BPS_PER_MBIT UINT64_C(1000000)

void driver_init(struct driver *driver, struct port *port)
{
    *driver = (struct driver){.port = port};
}

/* --- rates --- */

static int pick(const char *value, const char *no, const char *yes, bool *ret,
                struct daqs_error *err)
{
    if (strcmp(value, no) != 0 && strcmp(value, yes) != 0)
        return daqs_fail(err, DAQS_EINVALID, "'%s'; use %s or %s", value, no, yes);
    *ret = strcmp(value, yes) == 0;
    return DAQS_OK;
}

int driver_set_profile(struct driver *driver, const char *name, const char *value,
                       struct daqs_error *err)
{
    struct driver_profile *p = &driver->profile;
    if (strcmp(name, "below") == 0)
        return pick(value, "refuse", "raise", &p->raise, err);
    if (strcmp(name, "readback") == 0)
        return pick(value, "set", "asked", &p->reads_asked, err);
    if (strcmp(name, "down") == 0)
        return pick(value, "accept", "refuse", &p->down_refuses, err);
    if (strcmp(name, "speed") == 0)
        return pick(value, "keep", "clear", &p->speed_clears, err);
    if (strcmp(name, "least") == 0)
        p->least_mbit = (uint32_t)strtoul(value, NULL, 10);
    else if (strcmp(name, "step") == 0)
        p->step_mbit = (uint32_t)strtoul(value, NULL, 10);
    else
        return daqs_fail(err, DAQS_EINVALID,
                         "unknown setting '%s'; use least, step, below, readback, down, speed",
                         name);
    return DAQS_OK;
}

static void put_rate(struct driver *driver, size_t vf, uint32_t set_mbit, uint32_t shown_mbit)
{
    struct arbiter *a = &driver->port->arbiter;
    bucket_set(&a->vf_bucket[vf], set_mbit * BPS_PER_MBIT, a->port.at_ns);
    driver->shown_mbit[vf] = shown_mbit;
}

int driver_set_rate(struct driver *driver, size_t vf, uint32_t mbit, struct daqs_error *err)
{
    const struct driver_profile *p = &driver->profile;
    const uint64_t speed_mbit = driver->port->arbiter.port.bps / BPS_PER_MBIT;
    uint32_t set = mbit;
    if (vf >= driver->port->arbiter.vfs || vf == 0)
        return daqs_fail(err, DAQS_ENOTFOUND, "no VF %zu", vf);
    if (mbit > 0 && p->down_refuses && !driver->port->up)
        return daqs_fail(err, DAQS_EREFUSED, "the link is down");
    if (mbit > speed_mbit)
        return daqs_fail(err, DAQS_EREFUSED, "above the link's %" PRIu64 " Mbit/s", speed_mbit);
    if (mbit > 0 && mbit < p->least_mbit) {
        if (!p->raise)
            return daqs_fail(err, DAQS_EREFUSED, "below %" PRIu32 " Mbit/s", p->least_mbit);
        set = p->least_mbit;
    }
    if (set > 0 && p->step_mbit > 0) {
        set = set / p->step_mbit * p->step_mbit;
        if (set == 0) /* 0 would mean no limit */
            set = p->step_mbit;
    }
    put_rate(driver, vf, set, p->reads_asked ? mbit : set);
    return DAQS_OK;
}

void driver_set_speed(struct driver *driver, uint64_t bps, int64_t now_ns)
{
    struct arbiter *a = &driver->port->arbiter;
    if (bps == a->port.bps)
        return;
    bucket_set(&a->port, bps, now_ns);
    for (size_t vf = 0; vf < a->vfs && driver->profile.speed_clears; vf++)
        put_rate(driver, vf, 0, 0);
}

/* --- counters --- */

static uint64_t read_statistic(size_t vf, const char *name)
{
    char path[96];
    uint64_t value = 0;
    (void)snprintf(path, sizeof path, "/sys/class/net/vf%zu/statistics/%s", vf, name);
    FILE *file = fopen(path, "re");
    if (file) {
        if (fscanf(file, "%" SCNu64, &value) != 1)
            value = 0;
        (void)fclose(file);
    }
    return value;
}

static void read_all(struct driver *driver, int64_t now_ns)
{
    const struct port *port = driver->port;
    const struct xdp_count rx = port_rx_count(port);
    driver->read_ns = now_ns;
    driver->port_counts = (struct driver_counts){
        .tx = port_tx_count(port), .rx_bytes = rx.bytes, .rx_frames = rx.frames};
    /* The VF receives what its device on the port sends. */
    for (size_t vf = 0; vf < port->arbiter.vfs; vf++)
        driver->vf_counts[vf] =
            (struct driver_counts){.tx = port_vf_count(port, vf),
                                   .rx_bytes = read_statistic(vf, "tx_bytes"),
                                   .rx_frames = read_statistic(vf, "tx_packets")};
}

void driver_refresh(struct driver *driver, int64_t now_ns)
{
    if (driver->refresh_ns > 0 && now_ns - driver->read_ns >= driver->refresh_ns)
        read_all(driver, now_ns);
}

static void write_counts(const struct driver_counts *counts, FILE *out)
{
    (void)fprintf(out,
                  "\"tx_bytes\":%" PRIu64 ",\"tx_frames\":%" PRIu64 ",\"tx_wire\":%" PRIu64
                  ",\"rx_bytes\":%" PRIu64 ",\"rx_frames\":%" PRIu64,
                  counts->tx.bytes, counts->tx.frames, counts->tx.wire, counts->rx_bytes,
                  counts->rx_frames);
}

void driver_write_stats(struct driver *driver, int64_t now_ns, FILE *out)
{
    const struct port *port = driver->port;
    char mac[DAQS_MAC_TEXT];
    if (driver->refresh_ns == 0)
        read_all(driver, now_ns);
    (void)fprintf(out, "{\"link\":\"%s\",\"speed_mbit\":%" PRIu64 ",", port->up ? "up" : "down",
                  port->up ? port->arbiter.port.bps / BPS_PER_MBIT : 0);
    write_counts(&driver->port_counts, out);
    (void)fputs(",\"vf\":[", out);
    for (size_t vf = 0; vf < port->arbiter.vfs; vf++) {
        (void)fprintf(out, "%s{\"vf\":%zu,\"mac\":\"%s\",\"rate_mbit\":%" PRIu32 ",",
                      vf == 0 ? "" : ",", vf, daqs_mac_format(&driver->mac[vf], mac),
                      driver->shown_mbit[vf]);
        write_counts(&driver->vf_counts[vf], out);
        (void)fputc('}', out);
    }
    (void)fputs("]}", out);
}
