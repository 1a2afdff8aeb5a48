/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/port/port.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/clock.h"

#define RX_EMPTY_NS INT64_C(100000)
#define DOWN_NS INT64_C(300000)

static int attach(struct port *port, size_t vfs, size_t queues_of_vf, struct daqs_error *err)
{
    char name[32];
    for (size_t vf = 0; vf < vfs; vf++) {
        (void)snprintf(name, sizeof name, "vf%zu", vf);
        const int code = xdp_attach(port->xdp, name, vf * queues_of_vf, err);
        if (code != DAQS_OK)
            return code;
    }
    return xdp_attach(port->xdp, "uplink", port->queues, err);
}

static int take_queues(struct port *port, size_t vfs, size_t queues_of_vf, struct daqs_error *err)
{
    char name[32];
    char other[32];
    const struct queues_device device = {name, other};
    for (size_t vf = 0; vf < vfs; vf++) {
        const size_t first = vf * queues_of_vf;
        (void)snprintf(name, sizeof name, "vf%zu", vf);
        (void)snprintf(other, sizeof other, "free%zu", vf);
        int code = queues_take(&device, "bridge", port->xdp, first, queues_of_vf,
                               port->socket + first, err);
        if (code == DAQS_OK && vf == 1)
            code = queues_try_pushback(&device, "bridge", err);
        if (code != DAQS_OK)
            return code;
    }
    return queues_take(&(struct queues_device){"uplink", "wire"}, "bridge", port->xdp, port->queues,
                       1, &port->rx_socket, err);
}

int port_open(struct port *port, uint8_t host, size_t vfs, size_t queues_of_vf, uint64_t bps,
              struct daqs_error *err)
{
    memset(port, 0, sizeof *port);
    port->up = true;
    port->queues = vfs * queues_of_vf;
    port->rx_socket = -1;
    for (size_t q = 0; q < port->queues; q++)
        port->socket[q] = -1;
    port->xdp = xdp_new(port->queues + 1, host, err);
    if (!port->xdp)
        return err->code;
    int code = attach(port, vfs, queues_of_vf, err);
    if (code == DAQS_OK)
        code = take_queues(port, vfs, queues_of_vf, err);
    if (code != DAQS_OK) {
        port_close(port);
        return code;
    }
    const int64_t now_ns = daqs_mono_ns(daqs_clock_system());
    arbiter_init(&port->arbiter, vfs, queues_of_vf, bps, now_ns);
    bucket_set(&port->rx, bps, now_ns);
    return DAQS_OK;
}

void port_close(struct port *port)
{
    for (size_t q = 0; q < port->queues; q++)
        if (port->socket[q] >= 0)
            close(port->socket[q]);
    if (port->rx_socket >= 0)
        close(port->rx_socket);
    xdp_free(port->xdp);
    port->xdp = NULL;
}

/* --- serving --- */

static bool serve_rx(struct port *port, int64_t now_ns)
{
    bucket_fill(&port->rx, now_ns, false);
    if (now_ns < port->rx_look_ns || bucket_wait_ns(&port->rx) > 0)
        return false;
    const uint64_t before = port_rx_count(port).wire;
    queues_poll(port->rx_socket);
    const uint64_t bytes = port_rx_count(port).wire - before;
    bucket_take(&port->rx, bytes);
    port->rx_look_ns = bytes > 0 ? 0 : now_ns + RX_EMPTY_NS;
    return bytes > 0;
}

static void serve_tx(struct port *port, int q)
{
    const struct xdp_queue before = xdp_read(port->xdp, (size_t)q);
    queues_poll(port->socket[q]);
    const struct xdp_queue after = xdp_read(port->xdp, (size_t)q);
    const struct arbiter_served served = {
        .bytes = after.out.wire - before.out.wire + after.local.wire - before.local.wire,
        .local = after.local.wire - before.local.wire,
        .more = after.out.frames - before.out.frames + after.local.frames - before.local.frames >=
                QUEUES_POLL_FRAMES};
    arbiter_served(&port->arbiter, q, &served, daqs_mono_ns(daqs_clock_system()));
}

int64_t port_step(struct port *port, int64_t now_ns)
{
    int64_t wait_ns = DOWN_NS;
    if (!port->up) {
        bucket_fill(&port->arbiter.port, now_ns, false);
        return wait_ns;
    }
    const bool received = serve_rx(port, now_ns);
    const int q = arbiter_next(&port->arbiter, now_ns, &wait_ns);
    if (q != ARBITER_NOTHING)
        serve_tx(port, q);
    if (received || q != ARBITER_NOTHING)
        return 0;
    const int64_t rate_ns = bucket_wait_ns(&port->rx);
    const int64_t look_ns = port->rx_look_ns - now_ns;
    const int64_t rx_ns = rate_ns > look_ns ? rate_ns : look_ns;
    return rx_ns < wait_ns ? rx_ns : wait_ns;
}

/* --- counters --- */

static void add(struct xdp_count *sum, const struct xdp_count *count)
{
    sum->bytes += count->bytes;
    sum->frames += count->frames;
    sum->wire += count->wire;
}

struct xdp_count port_vf_count(const struct port *port, size_t vf)
{
    struct xdp_count sum = {0};
    const size_t n = port->arbiter.queues_of_vf;
    for (size_t q = vf * n; q < (vf + 1) * n; q++) {
        const struct xdp_queue queue = xdp_read(port->xdp, q);
        add(&sum, &queue.out);
        add(&sum, &queue.local);
    }
    return sum;
}

struct xdp_count port_tx_count(const struct port *port)
{
    struct xdp_count sum = {0};
    for (size_t q = 0; q < port->queues; q++) {
        const struct xdp_queue queue = xdp_read(port->xdp, q);
        add(&sum, &queue.out);
    }
    return sum;
}

struct xdp_count port_rx_count(const struct port *port)
{
    const struct xdp_queue queue = xdp_read(port->xdp, port->queues);
    struct xdp_count sum = queue.out;
    add(&sum, &queue.local);
    return sum;
}

static void write_count(const char *name, const struct xdp_count *count, FILE *out)
{
    (void)fprintf(out, "\"%s_bytes\":%" PRIu64 ",\"%s_frames\":%" PRIu64 ",\"%s_wire\":%" PRIu64,
                  name, count->bytes, name, count->frames, name, count->wire);
}

void port_write_truth(const struct port *port, int64_t now_ns, FILE *out)
{
    const struct arbiter *a = &port->arbiter;
    const struct xdp_count tx = port_tx_count(port);
    const struct xdp_count rx = port_rx_count(port);
    (void)fprintf(out,
                  "{\"time_us\":%" PRId64 ",\"link\":\"%s\",\"bps\":%" PRIu64 ",\"rx_bps\":%" PRIu64
                  ",\"lost_bytes\":%" PRIu64 ",",
                  now_ns / 1000, port->up ? "up" : "down", a->port.bps, port->rx.bps,
                  a->port.lost_bytes);
    write_count("tx", &tx, out);
    (void)fputc(',', out);
    write_count("rx", &rx, out);
    (void)fputs(",\"vf\":[", out);
    for (size_t vf = 0; vf < a->vfs; vf++) {
        const struct xdp_count count = port_vf_count(port, vf);
        (void)fprintf(out, "%s{\"vf\":%zu,\"bps\":%" PRIu64 ",\"lost_bytes\":%" PRIu64 ",",
                      vf == 0 ? "" : ",", vf, a->vf_bucket[vf].bps, a->vf_bucket[vf].lost_bytes);
        write_count("tx", &count, out);
        (void)fputs(",\"queue\":[", out);
        for (size_t i = 0; i < a->queues_of_vf; i++) {
            const size_t q = vf * a->queues_of_vf + i;
            const struct xdp_queue queue = xdp_read(port->xdp, q);
            (void)fprintf(out, "%s{\"wire\":%" PRIu64 ",\"local_wire\":%" PRIu64 "}",
                          i == 0 ? "" : ",", queue.out.wire, queue.local.wire);
        }
        (void)fputs("]}", out);
    }
    (void)fputs("]}", out);
}
