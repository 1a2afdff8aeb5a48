/* SPDX-License-Identifier: Apache-2.0 */
/* fleet_world - a host with an inventory that a test makes up, in a fleet. Include it after
 * check.h. */
#ifndef DAQS_TESTS_LIB_FLEET_WORLD_H
#define DAQS_TESTS_LIB_FLEET_WORLD_H

#include <stdlib.h>

#include "controllerd/core/fleet/fleet.h"

/* Some time after the start, in milliseconds. */
static const int64_t start = 1000000;
enum { MOST = 8, HEADROOM_PPM = 10000, POLL_MS = 100 };

/* An inventory, and the fleet that receives it. */
struct world {
    struct fleet *fleet;
    struct ledger *ledger;
    struct fleet_host *host; /* of the last hello */
    uint64_t sequence;       /* of the last report */
    struct daqs_uplink_info uplink[MOST];
    struct daqs_vm_info vm[MOST];
    struct daqs_nic_info nic[MOST];
    struct daqs_inventory inventory;
};

static inline int make_world(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    if (!w)
        return -1;
    w->fleet = fleet_new(3, DAQS_MAX_NICS);
    w->ledger = ledger_new();
    w->inventory = (struct daqs_inventory){.uplink = w->uplink, .vm = w->vm, .nic = w->nic};
    *state = w;
    return w->fleet && w->ledger ? 0 : -1;
}

static inline int end_world(void **state)
{
    struct world *w = *state;
    fleet_free(w->fleet);
    ledger_free(w->ledger);
    free(w);
    return 0;
}

static inline uint32_t add_uplink(struct world *w, const char *name, daqs_bps capacity)
{
    w->uplink[w->inventory.uplinks] = (struct daqs_uplink_info){name, capacity};
    return w->inventory.uplinks++;
}

static inline uint32_t add_vm(struct world *w, const char *name)
{
    w->vm[w->inventory.vms] = (struct daqs_vm_info){.name = name, .uuid = ""};
    return w->inventory.vms++;
}

static inline uint32_t add_nic(struct world *w, uint32_t vm, uint32_t uplink, uint8_t mac)
{
    w->nic[w->inventory.nics] =
        (struct daqs_nic_info){.vm = vm, .uplink = uplink, .mac = {{2, 0, 0, 0, 0, mac}}};
    return w->inventory.nics++;
}

static inline void set_sla(struct world *w, const char *vm, daqs_bps min, daqs_bps max)
{
    const struct sla sla = {.min = min, .max = max, .weight = 1};
    assert_int_equal(ledger_put(w->ledger, "node1", vm, &sla, 0, "eve"), DAQS_OK);
}

static inline int try_hello(struct world *w, const char *name, uint64_t instance,
                            uint64_t generation, int64_t now_ms, struct daqs_error *err)
{
    int result = fleet_hello(w->fleet, w->ledger, name, "1.0", instance, generation, POLL_MS,
                             &w->inventory, now_ms, &w->host, err);
    if (result == DAQS_OK)
        w->host->connected = true;
    return result;
}

static inline void hello(struct world *w, uint64_t generation)
{
    assert_int_equal(try_hello(w, "node1", 1, generation, start, NULL), DAQS_OK);
}

/* Returns what a nic sends at this rate in 0.1 s. */
static inline struct daqs_nic_reading sends(daqs_bps rate)
{
    return (struct daqs_nic_reading){
        .state = DAQS_NIC_OK,
        .sample = {.interval_us = 100000, .tx_bytes = rate / 80, .tx_packets = 1}};
}

/* Sends the next report, which must be accepted. */
static inline void report(struct world *w, const struct daqs_nic_reading *reading, int64_t now_ms)
{
    assert_true(fleet_report(w->host, w->host->generation, ++w->sequence, UINT64_MAX, reading,
                             w->host->nics, now_ms));
}

/* db1 and web1 on a 10 Gbit/s uplink, a nic each. */
static inline void two_vms(struct world *w)
{
    add_uplink(w, "up0", 10 * GBIT);
    add_nic(w, add_vm(w, "db1"), 0, 1);
    add_nic(w, add_vm(w, "web1"), 0, 2);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, make_world, end_world)

#endif
