/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/fleetsim/sim_host.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agentd/core/unsent.h"
#include "shared/policy/wire_bytes.h"
#include "tools/fleetsim/traffic.h"

/* Guests count a large segment of 43 frames as one packet. */
enum {
    HOST_BYTES = 16 * 1024 * 1024,
    MTU_BYTES = 1500,
    PACKET_BYTES = 43 * 1448,
    TEXT_BYTES = 40,
};

/* --- inventory --- */

__attribute__((format(printf, 2, 3))) static const char *text(struct daqs_arena *arena,
                                                              const char *format, ...)
{
    char buf[TEXT_BYTES];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(buf, sizeof buf, format, args);
    va_end(args);
    return length < 0 ? NULL : daqs_arena_text(arena, buf, strlen(buf));
}

/* All VMs have the same labels, which belong to the shape. */
static struct daqs_label_info *make_labels(struct daqs_arena *arena, const struct vm_labels *labels)
{
    struct daqs_label_info *label = daqs_arena_alloc(arena, labels->count, sizeof *label);
    for (uint32_t i = 0; label && i < labels->count; i++)
        label[i] = (struct daqs_label_info){labels->label[i].key, labels->label[i].value};
    return label;
}

static bool make_inventory(struct sim_host *host, uint32_t number)
{
    const struct sim_shape *shape = host->shape;
    struct daqs_arena *arena = &host->arena;
    struct daqs_inventory *inventory = &host->inventory;
    *inventory = (struct daqs_inventory){
        .uplinks = shape->uplinks,
        .vms = shape->nics,
        .nics = shape->nics,
        .uplink = daqs_arena_alloc(arena, shape->uplinks, sizeof *inventory->uplink),
        .vm = daqs_arena_alloc(arena, shape->nics, sizeof *inventory->vm),
        .nic = daqs_arena_alloc(arena, shape->nics, sizeof *inventory->nic),
    };
    struct daqs_label_info *label = make_labels(arena, &shape->labels);
    if (!inventory->uplink || !inventory->vm || !inventory->nic || !label)
        return false;
    for (uint32_t u = 0; u < shape->uplinks; u++) {
        inventory->uplink[u] =
            (struct daqs_uplink_info){text(arena, "up%u", (unsigned)u), shape->capacity};
        if (!inventory->uplink[u].name)
            return false;
    }
    for (uint32_t v = 0; v < shape->nics; v++) {
        struct daqs_vm_info *vm = &inventory->vm[v];
        vm->name = text(arena, "vm%02u", (unsigned)v + 1);
        vm->uuid = text(arena, "%08x-0000-4000-8000-%012x", (unsigned)number, (unsigned)v);
        vm->described = shape->labels.count > 0;
        vm->labels = shape->labels.count;
        vm->label = label;
        if (!vm->name || !vm->uuid)
            return false;
        inventory->nic[v] = (struct daqs_nic_info){
            .vm = v,
            /* At least one: NOLINTNEXTLINE(clang-analyzer-core.DivideZero) */
            .uplink = v % shape->uplinks,
            .mac = {{0x52, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number,
                     (uint8_t)(v >> 8), (uint8_t)v}},
            .mtu = MTU_BYTES};
    }
    return true;
}

/* Draws traces such that the nics of an uplink together sometimes want more than its capacity. */
static void draw_traces(struct sim_host *host, uint32_t number)
{
    const struct sim_shape *shape = host->shape;
    uint32_t behind = shape->nics / shape->uplinks + 1;
    daqs_bps most = daqs_lower(shape->capacity, shape->capacity / behind * 4);
    for (uint32_t n = 0; n < shape->nics; n++) {
        struct sim_nic *nic = &host->nic[n];
        uint64_t seed = trace_random(shape->seed, (uint64_t)number << 16 | n);
        nic->trace = n < shape->guaranteed
                         ? trace_pulses(seed, shape->capacity / 2 / shape->guaranteed)
                         : trace_draw(&shape->mix, seed, most);
        nic->flows = 1 + (uint32_t)(seed >> 61); /* 1 to 8 */
        nic->limit = DAQS_UNLIMITED;
        nic->untold = true;
        host->setting[n] =
            (struct daqs_nic_setting){.limit = DAQS_UNLIMITED, .max = DAQS_UNLIMITED};
    }
}

const char *sim_host_name(uint32_t number, char buf[static SIM_HOST_NAME])
{
    (void)snprintf(buf, SIM_HOST_NAME, "sim%04u", (unsigned)number + 1);
    return buf;
}

bool sim_host_init(struct sim_host *host, const struct sim_shape *shape, uint32_t number,
                   int64_t now_us)
{
    *host = (struct sim_host){.shape = shape, .advanced_us = now_us, .reported_us = now_us};
    daqs_arena_init(&host->arena, HOST_BYTES);
    (void)sim_host_name(number, host->name);
    host->nic = daqs_arena_alloc(&host->arena, shape->nics, sizeof *host->nic);
    host->setting = daqs_arena_alloc(&host->arena, shape->nics, sizeof *host->setting);
    if (!host->nic || !host->setting || !make_inventory(host, number))
        return false;
    draw_traces(host, number);
    return true;
}

void sim_host_done(struct sim_host *host)
{
    daqs_arena_done(&host->arena);
}

/* --- traffic --- */

static uint64_t bits_in(daqs_bps rate, int64_t span_us)
{
    __extension__ unsigned __int128 bits = (unsigned __int128)rate * (uint64_t)span_us / 1000000;
    return (uint64_t)bits;
}

static void take_rate(struct sim_nic *nic, const struct traffic_sender *sender, int64_t from_us,
                      int64_t span_us)
{
    bool held_back = sender->rate < sender->demand;
    nic->bits += bits_in(sender->rate, span_us);
    if (held_back && !nic->held_back)
        nic->held_back_us = from_us;
    nic->held_back = held_back;
}

/* A real agent knows of a backlog after this at the earliest: its looks at the sockets are a second
 * apart. */
#define KNOWN_US (INT64_C(1000) * (UNSENT_LOOKS - 1) * UNSENT_WAIT_LEAST_MS)

static enum daqs_backlog backlog_of(const struct sim_nic *nic, int64_t now_us)
{
    if (!nic->held_back)
        return DAQS_BACKLOG_NONE;
    return now_us - nic->held_back_us >= KNOWN_US ? DAQS_BACKLOG_SOME : DAQS_BACKLOG_UNKNOWN;
}

void sim_host_advance(struct sim_host *host, int64_t now_us)
{
    const struct sim_shape *shape = host->shape;
    struct traffic_sender sender[DAQS_MAX_NICS];
    int64_t span_us = now_us - host->advanced_us;
    int64_t middle_ms = (host->advanced_us + span_us / 2) / 1000;
    if (span_us <= 0)
        return;
    int64_t from_us = host->advanced_us;
    host->advanced_us = now_us;
    for (uint32_t u = 0; u < shape->uplinks; u++) {
        size_t senders = 0;
        for (uint32_t n = u; n < shape->nics; n += shape->uplinks)
            sender[senders++] =
                (struct traffic_sender){.demand = trace_demand(&host->nic[n].trace, middle_ms),
                                        .limit = host->nic[n].limit,
                                        .flows = host->nic[n].flows};
        traffic_share(sender, senders, shape->capacity);
        senders = 0;
        for (uint32_t n = u; n < shape->nics; n += shape->uplinks)
            take_rate(&host->nic[n], &sender[senders++], from_us, span_us);
    }
}

bool sim_host_obey(struct sim_host *host, const struct daqs_nic_setting *setting, int64_t now_us)
{
    bool changed = false;
    for (uint32_t n = 0; n < host->shape->nics; n++)
        changed |= setting[n].limit != host->nic[n].limit;
    if (changed)
        sim_host_advance(host, now_us);
    for (uint32_t n = 0; n < host->shape->nics; n++) {
        struct sim_nic *nic = &host->nic[n];
        nic->untold |= setting[n].limit != nic->limit;
        nic->limit = setting[n].limit;
        host->setting[n] = setting[n];
    }
    return changed;
}

void sim_host_read(struct sim_host *host, int64_t now_us, struct daqs_nic_reading *ret)
{
    sim_host_advance(host, now_us);
    int64_t interval_us = now_us - host->reported_us;
    host->reported_us = now_us;
    for (uint32_t n = 0; n < host->shape->nics; n++) {
        struct sim_nic *nic = &host->nic[n];
        uint64_t bytes = wire_counted(nic->bits, 0) / 8;
        nic->bits = 0;
        nic->usage = daqs_rate_of(bytes, interval_us);
        ret[n] = (struct daqs_nic_reading){.state = DAQS_NIC_OK,
                                           .sample = {.interval_us = interval_us,
                                                      .tx_bytes = bytes,
                                                      .rx_bytes = bytes / 40,
                                                      .tx_packets = bytes / PACKET_BYTES,
                                                      .rx_packets = bytes / PACKET_BYTES / 2},
                                           .source = DAQS_SOURCE_GUEST,
                                           .backlog = (uint8_t)backlog_of(nic, now_us)};
    }
}

void sim_host_read_uplinks(const struct sim_host *host, const struct daqs_nic_reading *reading,
                           struct daqs_uplink_reading *ret)
{
    for (uint32_t u = 0; u < host->shape->uplinks; u++)
        ret[u] = (struct daqs_uplink_reading){.own_interval_us =
                                                  (uint64_t)reading[0].sample.interval_us};
}

/* --- reports --- */

static bool uses_min(const struct sim_host *host, uint32_t n)
{
    daqs_bps min = host->setting[n].min;
    return min > 0 && host->nic[n].usage >= min / 2;
}

/* Returns true if the uplink has nics without a guarantee, and none of them is limited. */
static bool is_free(const struct sim_host *host, uint32_t uplink)
{
    bool others = false;
    for (uint32_t n = uplink; n < host->shape->nics; n += host->shape->uplinks) {
        if (host->setting[n].min > 0)
            continue;
        if (host->nic[n].limit != DAQS_UNLIMITED)
            return false;
        others = true;
    }
    return others;
}

bool sim_host_turns(const struct sim_host *host)
{
    for (uint32_t n = 0; n < host->shape->nics; n++)
        if (uses_min(host, n) && !host->nic[n].using_min && is_free(host, n % host->shape->uplinks))
            return true;
    return false;
}

void sim_host_reported(struct sim_host *host)
{
    for (uint32_t n = 0; n < host->shape->nics; n++)
        host->nic[n].using_min = uses_min(host, n);
}

uint32_t sim_host_applied(struct sim_host *host, struct daqs_nic_applied *ret)
{
    uint32_t count = 0;
    for (uint32_t n = 0; n < host->shape->nics; n++) {
        struct sim_nic *nic = &host->nic[n];
        if (!nic->untold)
            continue;
        nic->untold = false;
        ret[count++] = (struct daqs_nic_applied){n, nic->limit, DAQS_NIC_OK, DAQS_CAUSE_NONE};
    }
    return count;
}
