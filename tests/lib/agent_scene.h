/* SPDX-License-Identifier: Apache-2.0 */
/* agent_scene - guests with nics, and what the agent decides about them, without sockets, NICs and
 * clocks. */
#ifndef DAQS_TESTS_LIB_AGENT_SCENE_H
#define DAQS_TESTS_LIB_AGENT_SCENE_H

#include "tests/lib/check.h"
#include "tests/lib/temp_folder.h"

#include "agentd/orders.h"
#include "shared/policy/policy.h"

enum { SCENE_POLL_MS = 100, SCENE_POLL_MOST_MS = 1000, SCENE_LEASE_MS = 3000, SCENE_NICS = 8 };

struct agent_scene {
    char dir[TEMP_FOLDER_BYTES];
    struct uplink uplink[1];
    daqs_bps capacity[1];
    struct guests guests;
    struct pace pace;
    struct inventory *inventory;
    struct local_control *local;
    struct orders *orders;
    struct daqs_log_budget budget;
    unsigned applied; /* how often limits were to be put into force */
    struct daqs_nic_setting setting[SCENE_NICS];
};

static inline void agent_scene_apply(void *arg, int64_t now_ms)
{
    struct agent_scene *s = arg;
    (void)now_ms;
    s->applied++;
}

/* Starts the agent's decisions, with what an earlier start has saved. */
static inline void agent_scene_start(struct agent_scene *s, int64_t now_ms)
{
    struct daqs_error err = {0};
    guests_init(&s->guests);
    s->pace = (struct pace){SCENE_POLL_MS, SCENE_POLL_MOST_MS, SCENE_POLL_MS};
    s->inventory = inventory_new(&(struct inventory_setup){
        .guests = &s->guests, .uplink = s->uplink, .uplinks = 1, .capacity = s->capacity});
    s->local = local_control_new(&(struct local_control_setup){
        .inventory = s->inventory, .pace = &s->pace, .apply = agent_scene_apply, .arg = s});
    s->orders = orders_new(&(struct orders_setup){.state_dir = s->dir,
                                                  .uplink = s->uplink,
                                                  .uplinks = 1,
                                                  .inventory = s->inventory,
                                                  .local = s->local,
                                                  .pace = &s->pace,
                                                  .apply = agent_scene_apply,
                                                  .arg = s,
                                                  .budget = &s->budget},
                           now_ms, &err);
    assert_non_null(s->inventory);
    assert_non_null(s->local);
    assert_non_null(s->orders);
}

static inline void agent_scene_stop(struct agent_scene *s)
{
    orders_free(s->orders);
    local_control_free(s->local);
    inventory_free(s->inventory);
    guests_done(&s->guests);
}

/* Returns 0, or -1 on failure, as cmocka's set-up functions do. */
static inline int agent_scene_make(struct agent_scene *s, int64_t now_ms)
{
    *s = (struct agent_scene){.uplink = {{.name = "up0"}}, .capacity = {GBIT}};
    for (size_t i = 0; i < SCENE_NICS; i++)
        s->setting[i] =
            (struct daqs_nic_setting){.limit = DAQS_UNLIMITED, .max = DAQS_UNLIMITED, .weight = 1};
    if (temp_folder_make(s->dir) != 0)
        return -1;
    agent_scene_start(s, now_ms);
    return 0;
}

static inline int agent_scene_end(struct agent_scene *s)
{
    agent_scene_stop(s);
    return temp_folder_remove(s->dir);
}

/* Adds a guest with one nic. */
static inline struct guest *agent_scene_add(struct agent_scene *s, const char *name, uint8_t number)
{
    const struct guest_nic_place place = {.mac = {{2, 0, 0, 0, 0, number}}, .vf = -1};
    struct guest *guest = guests_add(&s->guests, name, "");
    assert_non_null(guest);
    assert_int_equal(guests_set_nics(&s->guests, guest, &place, 1), DAQS_OK);
    guest->nic[0].reading.state = DAQS_NIC_OK;
    return guest;
}

static inline struct guest_nic *agent_scene_nic(const struct agent_scene *s, const char *name)
{
    struct guest *guest = guests_by_name(&s->guests, name);
    assert_non_null(guest);
    return &guest->nic[0];
}

/* Returns limits for the current inventory with the scene's settings. */
static inline struct wire_limits agent_scene_limits(struct agent_scene *s, uint64_t epoch,
                                                    uint64_t sequence)
{
    return (struct wire_limits){.epoch = epoch,
                                .sequence = sequence,
                                .generation = inventory_generation(s->inventory),
                                .lease_ms = SCENE_LEASE_MS,
                                .headroom_ppm = 10000,
                                .nics = inventory_current(s->inventory)->nics,
                                .setting = s->setting};
}

#endif
