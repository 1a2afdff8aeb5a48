/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the controller and what the agent does with them: an inventory (a hello), then limits
 * and other inventories. The lease expires after each. */
#include "agentd/core/fallback.h"
#include "agentd/core/lease.h"
#include "agentd/core/local_policy.h"
#include "agentd/core/saved_orders.h"
#include "shared/wire/bus.h"
#include "tests/fuzz/sequence.h"
#include "tests/fuzz/wire_check.h"

enum { ARENA_BYTES = 4 * 1024 * 1024 };

struct world {
    struct daqs_arena arena; /* holds the inventories */
    struct daqs_inventory inventory;
    struct daqs_nic_setting *setting; /* NULL: no orders yet */
    struct kept_settings kept;
    struct lease lease;
    struct order_terms terms;
    struct local_policy *local; /* NULL: no orders yet */
    int64_t now_ms;
};

static void check_limits(const struct world *w)
{
    for (uint32_t i = 0; i < w->inventory.nics; i++)
        FUZZ_CHECK(w->setting[i].limit == DAQS_UNLIMITED ||
                   w->setting[i].limit <= 2 * DAQS_BPS_MAX);
}

/* Lets all nics send, except every third: it has no reading, or cannot be limited. */
static void decide(struct world *w)
{
    struct daqs_nic_reading *reading = calloc(w->inventory.nics + 1U, sizeof *reading);
    daqs_bps *applied = calloc(w->inventory.nics + 1U, sizeof *applied);
    FUZZ_CHECK(reading && applied);
    for (uint32_t i = 0; i < w->inventory.nics; i++) {
        reading[i].state = i % 6 == 5 ? DAQS_NIC_UNMANAGED : DAQS_NIC_OK;
        if (i % 3 != 2)
            reading[i].sample = (struct daqs_sample){
                .interval_us = 100000, .tx_bytes = UINT64_C(1) << (i % 63), .tx_packets = i};
    }
    const struct local_readings readings = {.nic = reading, .applied = applied};
    w->now_ms += 100;
    local_policy_note(w->local, &w->inventory, &readings, w->now_ms);
    local_policy_decide(w->local, &w->inventory, &w->terms, 100, w->setting, w->now_ms);
    check_limits(w);
    free(applied);
    free(reading);
}

static void take_inventory(struct world *w, const struct daqs_inventory *fresh)
{
    struct daqs_nic_setting *carried =
        kept_settings_carry(&w->kept, &w->inventory, w->setting, fresh);
    FUZZ_CHECK(!carried == !w->setting);
    free(w->setting);
    w->setting = carried;
    if (w->local)
        w->local = local_policy_carry(w->local, &w->inventory, fresh, carried);
    w->inventory = *fresh;
    if (w->local)
        decide(w);
}

static void take_limits(struct world *w, const struct wire_limits *limits)
{
    uint64_t epoch = w->lease.epoch;
    if (limits->nics != w->inventory.nics)
        return;
    enum lease_verdict verdict =
        lease_receive(&w->lease, limits->epoch, limits->sequence, limits->lease_ms, w->now_ms);
    FUZZ_CHECK(w->lease.epoch >= epoch);
    FUZZ_CHECK(verdict == LEASE_OBEY || w->lease.epoch == epoch);
    if (verdict != LEASE_OBEY)
        return;
    FUZZ_CHECK(w->lease.expires_ms >= w->now_ms);
    if (!w->setting)
        w->setting = calloc(limits->nics + 1U, sizeof *w->setting);
    FUZZ_CHECK(w->setting);
    kept_settings_clear(&w->kept);
    memcpy(w->setting, limits->setting, limits->nics * sizeof *w->setting);
    w->now_ms = w->lease.expires_ms;
    FUZZ_CHECK(lease_expired(&w->lease, w->now_ms) && !lease_expired(&w->lease, w->now_ms));
    for (uint32_t u = 0; u < w->inventory.uplinks; u++)
        fallback_split(&w->inventory, u, POLICY_MODE_MINIMUM, limits->headroom_ppm, w->setting);
    for (uint32_t i = 0; i < limits->nics; i++)
        FUZZ_CHECK(w->setting[i].limit <= w->setting[i].max);
    check_limits(w);
    w->terms = (struct order_terms){.headroom_ppm = limits->headroom_ppm};
    order_terms_take_modes(&w->terms, limits->uplink, limits->uplinks, w->inventory.uplinks);
    local_policy_free(w->local);
    w->local = local_policy_new(&w->inventory, w->setting);
    FUZZ_CHECK(w->local);
    decide(w);
    decide(w);
}

static void run(const uint8_t *bytes, size_t length)
{
    struct sequence sequence = {bytes, length};
    struct world w = {.now_ms = 1000};
    struct wire_message message;
    const uint8_t *part = NULL;
    size_t part_length = 0;
    daqs_arena_init(&w.arena, ARENA_BYTES);
    while (sequence_next(&sequence, &part, &part_length)) {
        if (wire_decode(part, part_length, &w.arena, &message, NULL) != DAQS_OK)
            continue;
        if (message.type == WIRE_HELLO)
            take_inventory(&w, &message.hello.inventory);
        else if (message.type == WIRE_LIMITS)
            take_limits(&w, &message.limits);
    }
    kept_settings_clear(&w.kept);
    local_policy_free(w.local);
    free(w.setting);
    daqs_arena_done(&w.arena);
}

const struct fuzz_target fuzz_target = {
    .run = run, .most_bytes = 2048, .fixed_bytes = 34 * 1024, .times_length = 64};
