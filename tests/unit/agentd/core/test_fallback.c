/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agentd/core/fallback.h"
#include "shared/policy/wire_bytes.h"

#define GBIT UINT64_C(1000000000)
#define MBIT UINT64_C(1000000)

enum { HEADROOM_PPM = 10000, NICS = 64, UPLINKS = 4 };

struct host {
    struct daqs_uplink_info uplink[UPLINKS];
    struct daqs_nic_info nic[NICS];
    struct daqs_nic_setting setting[NICS];
    struct daqs_inventory inventory;
};

static void host_init(struct host *h, uint32_t uplinks, daqs_bps capacity)
{
    *h = (struct host){.inventory = {.uplinks = uplinks}};
    for (uint32_t u = 0; u < uplinks; u++)
        h->uplink[u] = (struct daqs_uplink_info){"up", capacity};
    h->inventory.uplink = h->uplink;
    h->inventory.nic = h->nic;
}

/* Adds a nic of a new VM. Its limit before the split is a value that no test expects afterwards. */
static uint32_t add(struct host *h, uint32_t uplink, daqs_bps min, daqs_bps max)
{
    uint32_t i = h->inventory.nics++;
    h->nic[i] = (struct daqs_nic_info){.vm = i, .uplink = uplink};
    h->setting[i] = (struct daqs_nic_setting){.limit = 77, .min = min, .max = max, .weight = 1};
    return i;
}

static void fall_back_in(struct host *h, enum policy_mode mode)
{
    for (uint32_t u = 0; u < h->inventory.uplinks; u++)
        fallback_split(&h->inventory, u, mode, HEADROOM_PPM, h->setting);
}

static void fall_back(struct host *h)
{
    fall_back_in(h, POLICY_MODE_MINIMUM);
}

static void others_share_the_rest_of_the_capacity(void **state)
{
    (void)state;
    struct host h;
    host_init(&h, 1, 10 * GBIT);
    uint32_t guaranteed = add(&h, 0, 4 * GBIT, DAQS_UNLIMITED);
    uint32_t a = add(&h, 0, 0, DAQS_UNLIMITED);
    uint32_t b = add(&h, 0, 0, DAQS_UNLIMITED);
    fall_back(&h);
    assert_true(h.setting[guaranteed].limit == DAQS_UNLIMITED);
    assert_int_equal(h.setting[a].limit, (9900 * MBIT - wire_guarantee(4 * GBIT, 0)) / 2);
    assert_int_equal(h.setting[b].limit, (9900 * MBIT - wire_guarantee(4 * GBIT, 0)) / 2);
}

/* A VM's weight counts once, however many nics it has. */
static void others_share_by_weight(void **state)
{
    (void)state;
    struct host h;
    host_init(&h, 1, 10 * GBIT);
    add(&h, 0, 4 * GBIT, DAQS_UNLIMITED);
    uint32_t a = add(&h, 0, 0, DAQS_UNLIMITED);
    uint32_t b = add(&h, 0, 0, DAQS_UNLIMITED);
    daqs_bps left = 9900 * MBIT - wire_guarantee(4 * GBIT, 0);
    h.setting[b].weight = 3;
    fall_back(&h);
    assert_int_equal(h.setting[a].limit, left / 4);
    assert_int_equal(h.setting[b].limit, left * 3 / 4);
    h.setting[a].weight = 0; /* no weight was given */
    fall_back(&h);
    assert_int_equal(h.setting[a].limit, left / 4);
}

static void the_sla_itself_is_not_changed(void **state)
{
    (void)state;
    struct host h;
    host_init(&h, 1, 10 * GBIT);
    uint32_t a = add(&h, 0, 4 * GBIT, 5 * GBIT);
    (void)add(&h, 0, 0, DAQS_UNLIMITED);
    fall_back(&h);
    assert_int_equal(h.setting[a].min, 4 * GBIT);
    assert_int_equal(h.setting[a].max, 5 * GBIT);
    assert_int_equal(h.setting[a].weight, 1);
}

static void without_a_guarantee_only_ceilings_remain(void **state)
{
    (void)state;
    struct host h;
    host_init(&h, 1, 10 * GBIT);
    uint32_t a = add(&h, 0, 0, DAQS_UNLIMITED);
    uint32_t b = add(&h, 0, 0, 2 * GBIT);
    fall_back(&h);
    assert_true(h.setting[a].limit == DAQS_UNLIMITED);
    assert_int_equal(h.setting[b].limit, wire_guarantee(2 * GBIT, 0));
}

static void of_a_link_whose_speed_is_not_known_nothing_is_shared_out(void **state)
{
    (void)state;
    struct host h;
    host_init(&h, 1, 0);
    (void)add(&h, 0, GBIT, DAQS_UNLIMITED);
    uint32_t a = add(&h, 0, 0, DAQS_UNLIMITED);
    uint32_t b = add(&h, 0, 0, 2 * GBIT);
    fall_back(&h);
    assert_true(h.setting[a].limit == DAQS_UNLIMITED);
    assert_int_equal(h.setting[b].limit, wire_guarantee(2 * GBIT, 0));
}

static void ceilings_hold_for_all(void **state)
{
    (void)state;
    struct host h;
    host_init(&h, 1, 10 * GBIT);
    uint32_t guaranteed = add(&h, 0, 4 * GBIT, 5 * GBIT);
    uint32_t below = add(&h, 0, 0, 300 * MBIT);
    uint32_t above = add(&h, 0, 0, 9 * GBIT);
    fall_back(&h);
    assert_int_equal(h.setting[guaranteed].limit, wire_guarantee(5 * GBIT, 0));
    assert_int_equal(h.setting[below].limit, wire_guarantee(300 * MBIT, 0));
    assert_int_equal(h.setting[above].limit, (9900 * MBIT - wire_guarantee(4 * GBIT, 0)) / 2);
}

static void each_uplink_is_split_by_itself(void **state)
{
    (void)state;
    struct host h;
    host_init(&h, 3, 10 * GBIT);
    h.uplink[1].capacity = 40 * GBIT;
    (void)add(&h, 0, 1 * GBIT, DAQS_UNLIMITED);
    uint32_t on_first = add(&h, 0, 0, DAQS_UNLIMITED);
    (void)add(&h, 1, 2 * GBIT, DAQS_UNLIMITED);
    uint32_t on_second = add(&h, 1, 0, DAQS_UNLIMITED);
    uint32_t on_third = add(&h, 2, 0, DAQS_UNLIMITED);
    fall_back(&h);
    assert_int_equal(h.setting[on_first].limit, 9900 * MBIT - wire_guarantee(GBIT, 0));
    assert_int_equal(h.setting[on_second].limit, 39600 * MBIT - wire_guarantee(2 * GBIT, 0));
    assert_true(h.setting[on_third].limit == DAQS_UNLIMITED);
}

static void an_oversubscribed_uplink_leaves_others_a_trickle(void **state)
{
    (void)state;
    struct host h;
    host_init(&h, 1, 10 * GBIT);
    uint32_t a = add(&h, 0, 8 * GBIT, DAQS_UNLIMITED);
    uint32_t b = add(&h, 0, 8 * GBIT, DAQS_UNLIMITED);
    uint32_t other = add(&h, 0, 0, DAQS_UNLIMITED);
    fall_back(&h);
    assert_int_equal(h.setting[a].limit, 4950 * MBIT); /* 9.9 Gbit/s for 16 */
    assert_int_equal(h.setting[b].limit, 4950 * MBIT);
    assert_in_range(h.setting[other].limit, 1, 10 * MBIT);
}

static void several_guaranteed_nics_cannot_squeeze_each_other(void **state)
{
    (void)state;
    struct host h;
    host_init(&h, 1, 10 * GBIT);
    uint32_t a = add(&h, 0, 4 * GBIT, DAQS_UNLIMITED);
    uint32_t b = add(&h, 0, GBIT, DAQS_UNLIMITED);
    uint32_t other = add(&h, 0, 0, DAQS_UNLIMITED);
    fall_back(&h);
    assert_int_equal(h.setting[a].limit, wire_guarantee(4 * GBIT, 0));
    assert_int_equal(h.setting[b].limit, wire_guarantee(GBIT, 0));
    assert_int_equal(h.setting[other].limit, 9900 * MBIT - wire_guarantee(5 * GBIT, 0));
}

/* The split cannot know through which of its nics a VM sends. */
static void each_nic_of_a_guaranteed_vm_may_send_all_of_its_guarantee(void **state)
{
    (void)state;
    struct host h;
    host_init(&h, 1, 10 * GBIT);
    uint32_t first = add(&h, 0, GBIT, DAQS_UNLIMITED);
    uint32_t second = add(&h, 0, GBIT, DAQS_UNLIMITED);
    uint32_t other = add(&h, 0, 0, DAQS_UNLIMITED);
    h.nic[second].vm = h.nic[first].vm;
    fall_back(&h);
    assert_true(h.setting[first].limit == DAQS_UNLIMITED); /* the only guaranteed VM */
    assert_int_equal(h.setting[other].limit, 9900 * MBIT - wire_guarantee(2 * GBIT, 0));
    (void)add(&h, 0, 3 * GBIT, DAQS_UNLIMITED);
    fall_back(&h);
    assert_int_equal(h.setting[first].limit, wire_guarantee(2 * GBIT, 0));
    assert_int_equal(h.setting[second].limit, wire_guarantee(2 * GBIT, 0));
    assert_int_equal(h.setting[other].limit, 9900 * MBIT - wire_guarantee(5 * GBIT, 0));
}

static void headroom_of_everything_leaves_others_a_trickle(void **state)
{
    (void)state;
    struct host h;
    host_init(&h, 1, 10 * GBIT);
    (void)add(&h, 0, GBIT, DAQS_UNLIMITED);
    uint32_t other = add(&h, 0, 0, DAQS_UNLIMITED);
    fallback_split(&h.inventory, 0, POLICY_MODE_MINIMUM, 1000000, h.setting);
    assert_in_range(h.setting[other].limit, 1, 10 * MBIT);
}

static void an_uplink_of_guaranteed_nics_only_is_split_too(void **state)
{
    (void)state;
    struct host h;
    host_init(&h, 1, 10 * GBIT);
    uint32_t a = add(&h, 0, 4 * GBIT, 4 * GBIT);
    uint32_t b = add(&h, 0, 5 * GBIT, DAQS_UNLIMITED);
    fall_back(&h);
    assert_int_equal(h.setting[a].limit, wire_guarantee(4 * GBIT, 0));
    assert_int_equal(h.setting[b].limit, 5500 * MBIT); /* its share, 5/9, of the whole link */
}

static void modes_without_guarantees_leave_only_ceilings(void **state)
{
    static const enum policy_mode modes[] = {POLICY_MODE_FAIR, POLICY_MODE_WEIGHTED};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct host h;
        host_init(&h, 1, 10 * GBIT);
        (void)add(&h, 0, 4 * GBIT, DAQS_UNLIMITED);
        uint32_t a = add(&h, 0, 0, DAQS_UNLIMITED);
        uint32_t b = add(&h, 0, 0, 2 * GBIT);
        fall_back_in(&h, modes[i]);
        assert_true(h.setting[a].limit == DAQS_UNLIMITED);
        assert_int_equal(h.setting[b].limit, wire_guarantee(2 * GBIT, 0));
    }
}

static void with_the_policy_off_nothing_is_limited(void **state)
{
    struct host h;
    (void)state;
    host_init(&h, 1, 10 * GBIT);
    (void)add(&h, 0, 4 * GBIT, 5 * GBIT);
    (void)add(&h, 0, 0, 2 * GBIT);
    fall_back_in(&h, POLICY_MODE_OFF);
    assert_true(h.setting[0].limit == DAQS_UNLIMITED);
    assert_true(h.setting[1].limit == DAQS_UNLIMITED);
}

static void a_host_without_nics_is_accepted(void **state)
{
    (void)state;
    struct host h;
    host_init(&h, 2, 10 * GBIT);
    h.setting[0].limit = 77;
    fall_back(&h);
    assert_int_equal(h.setting[0].limit, 77);
}

static uint64_t random_state = 88172645463325252U;

static uint64_t random_below(uint64_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % n;
}

static void check_uplink(const struct host *h, uint32_t u)
{
    daqs_bps budget = h->uplink[u].capacity / 100 * 99;
    daqs_bps reserved = 0;
    daqs_bps others = 0;
    daqs_bps limits = 0;
    uint64_t trickles = 0;
    uint64_t guaranteed = 0;
    for (uint32_t i = 0; i < h->inventory.nics; i++) {
        const struct daqs_nic_setting *s = &h->setting[i];
        if (h->nic[i].uplink != u)
            continue;
        assert_true(s->limit > 0);
        assert_true(s->limit <= wire_guarantee(s->max, 0));
        reserved += wire_guarantee(s->min, 0);
        guaranteed += s->min > 0;
        limits += s->limit != DAQS_UNLIMITED ? s->limit : 0;
        others += s->min == 0 && s->limit != DAQS_UNLIMITED ? s->limit : 0;
        trickles += s->min == 0;
    }
    if (reserved == 0)
        return;
    /* Each of the other VMs keeps a minimal rate, even if nothing is left for them. */
    daqs_bps left = budget > reserved ? budget - reserved : 0;
    daqs_bps least = trickles * MBIT;
    assert_true(others <= (left > least ? left : least));
    if (guaranteed > 1)
        assert_true(limits <= budget + least);
    for (uint32_t i = 0; i < h->inventory.nics && reserved <= budget; i++)
        if (h->nic[i].uplink == u)
            assert_true(h->setting[i].limit >= h->setting[i].min);
}

static void whatever_the_slas_guarantees_fit_beside_the_others(void **state)
{
    (void)state;
    for (int round = 0; round < 5000; round++) {
        struct host h;
        host_init(&h, 1 + (uint32_t)random_below(UPLINKS), (1 + random_below(100)) * GBIT);
        uint32_t nics = (uint32_t)random_below(NICS + 1);
        for (uint32_t i = 0; i < nics; i++) {
            daqs_bps min = random_below(3) == 0 ? random_below(5 * GBIT) : 0;
            daqs_bps max = random_below(2) ? DAQS_UNLIMITED : min + 1 + random_below(9 * GBIT);
            (void)add(&h, (uint32_t)random_below(h.inventory.uplinks), min, max);
        }
        fall_back(&h);
        for (uint32_t u = 0; u < h.inventory.uplinks; u++)
            check_uplink(&h, u);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(others_share_the_rest_of_the_capacity),
        cmocka_unit_test(others_share_by_weight),
        cmocka_unit_test(the_sla_itself_is_not_changed),
        cmocka_unit_test(without_a_guarantee_only_ceilings_remain),
        cmocka_unit_test(ceilings_hold_for_all),
        cmocka_unit_test(of_a_link_whose_speed_is_not_known_nothing_is_shared_out),
        cmocka_unit_test(each_uplink_is_split_by_itself),
        cmocka_unit_test(an_oversubscribed_uplink_leaves_others_a_trickle),
        cmocka_unit_test(several_guaranteed_nics_cannot_squeeze_each_other),
        cmocka_unit_test(each_nic_of_a_guaranteed_vm_may_send_all_of_its_guarantee),
        cmocka_unit_test(headroom_of_everything_leaves_others_a_trickle),
        cmocka_unit_test(an_uplink_of_guaranteed_nics_only_is_split_too),
        cmocka_unit_test(modes_without_guarantees_leave_only_ceilings),
        cmocka_unit_test(with_the_policy_off_nothing_is_limited),
        cmocka_unit_test(a_host_without_nics_is_accepted),
        cmocka_unit_test(whatever_the_slas_guarantees_fit_beside_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
