/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdlib.h>

#include "agentd/core/kept_settings.h"

enum { MOST = 8 };

/* An inventory with one nic for each VM. */
struct host {
    struct daqs_vm_info vm[MOST];
    struct daqs_nic_info nic[MOST];
    struct daqs_inventory inventory;
};

static void host_init(struct host *h)
{
    *h = (struct host){0};
    h->inventory.vm = h->vm;
    h->inventory.nic = h->nic;
}

static void add(struct host *h, const char *vm, uint8_t mac)
{
    uint32_t i = h->inventory.vms++;
    h->vm[i] = (struct daqs_vm_info){.name = vm, .uuid = ""};
    h->nic[h->inventory.nics++] = (struct daqs_nic_info){i, 0, {{2, 0, 0, 0, 0, mac}}, 0};
}

static struct daqs_nic_setting guaranteed(daqs_bps min)
{
    return (struct daqs_nic_setting){.limit = 77, .min = min, .max = DAQS_UNLIMITED, .weight = 1};
}

static void settings_follow_their_nics(void **state)
{
    struct kept_settings s = {0};
    struct host old;
    struct host fresh;
    (void)state;
    host_init(&old);
    host_init(&fresh);
    add(&old, "db1", 1);
    add(&old, "web1", 2);
    add(&fresh, "new1", 3);
    add(&fresh, "web1", 2);
    add(&fresh, "db1", 1);
    const struct daqs_nic_setting setting[] = {guaranteed(GBIT), guaranteed(0)};
    struct daqs_nic_setting *carried =
        kept_settings_carry(&s, &old.inventory, setting, &fresh.inventory);
    assert_non_null(carried);
    assert_int_equal(carried[0].min, 0);
    assert_int_equal(carried[0].limit, DAQS_UNLIMITED);
    assert_int_equal(carried[1].limit, 77);
    assert_int_equal(carried[2].min, GBIT);
    free(carried);
    kept_settings_clear(&s);
}

static void a_vm_that_goes_and_comes_back_has_its_guarantee(void **state)
{
    struct kept_settings s = {0};
    struct host with;
    struct host without;
    (void)state;
    host_init(&with);
    host_init(&without);
    add(&with, "db1", 1);
    add(&with, "web1", 2);
    add(&without, "web1", 2);
    const struct daqs_nic_setting setting[] = {guaranteed(GBIT), guaranteed(0)};
    struct daqs_nic_setting *gone =
        kept_settings_carry(&s, &with.inventory, setting, &without.inventory);
    assert_int_equal(s.count, 1); /* web1 has no orders worth saving */
    struct daqs_nic_setting *back =
        kept_settings_carry(&s, &without.inventory, gone, &with.inventory);
    assert_int_equal(back[0].min, GBIT);
    struct daqs_nic_setting *again =
        kept_settings_carry(&s, &with.inventory, back, &without.inventory);
    assert_int_equal(s.count, 1);
    kept_settings_clear(&s);
    struct daqs_nic_setting *forgot =
        kept_settings_carry(&s, &without.inventory, again, &with.inventory);
    assert_int_equal(forgot[0].min, 0);
    free(gone);
    free(back);
    free(again);
    free(forgot);
    kept_settings_clear(&s);
}

/* As with a bond of VFs of two PFs, or two VFs without an address. */
static void nics_with_one_mac_on_two_uplinks_keep_their_own(void **state)
{
    struct kept_settings s = {0};
    struct host both;
    struct host second;
    (void)state;
    host_init(&both);
    host_init(&second);
    add(&both, "db1", 1);
    add(&both, "db1", 1);
    both.nic[1].uplink = 1;
    add(&second, "db1", 1);
    second.nic[0].uplink = 1;
    const struct daqs_nic_setting setting[] = {guaranteed(GBIT), guaranteed(2 * GBIT)};
    struct daqs_nic_setting *same =
        kept_settings_carry(&s, &both.inventory, setting, &both.inventory);
    assert_int_equal(same[0].min, GBIT);
    assert_int_equal(same[1].min, 2 * GBIT);
    struct daqs_nic_setting *one =
        kept_settings_carry(&s, &both.inventory, same, &second.inventory);
    assert_int_equal(one[0].min, 2 * GBIT);
    struct daqs_nic_setting *back =
        kept_settings_carry(&s, &second.inventory, one, &both.inventory);
    assert_int_equal(back[0].min, GBIT);
    assert_int_equal(back[1].min, 2 * GBIT);
    free(same);
    free(one);
    free(back);
    kept_settings_clear(&s);
}

static void a_nic_that_moves_to_another_uplink_keeps_its_own(void **state)
{
    struct kept_settings s = {0};
    struct host old;
    struct host fresh;
    (void)state;
    host_init(&old);
    host_init(&fresh);
    add(&old, "db1", 1);
    add(&fresh, "db1", 1);
    fresh.nic[0].uplink = 1;
    const struct daqs_nic_setting setting[] = {guaranteed(GBIT)};
    struct daqs_nic_setting *carried =
        kept_settings_carry(&s, &old.inventory, setting, &fresh.inventory);
    assert_int_equal(carried[0].min, GBIT);
    free(carried);
    kept_settings_clear(&s);
}

static void another_vm_with_the_same_mac_takes_nothing(void **state)
{
    struct kept_settings s = {0};
    struct host old;
    struct host fresh;
    (void)state;
    host_init(&old);
    host_init(&fresh);
    add(&old, "db1", 1);
    add(&old, "thief", 1);
    add(&fresh, "thief", 1);
    add(&fresh, "db1", 1);
    add(&fresh, "other", 1);
    const struct daqs_nic_setting setting[] = {guaranteed(GBIT), guaranteed(0)};
    struct daqs_nic_setting *carried =
        kept_settings_carry(&s, &old.inventory, setting, &fresh.inventory);
    assert_int_equal(carried[0].min, 0);
    assert_int_equal(carried[1].min, GBIT);
    assert_int_equal(carried[2].min, 0);
    free(carried);
    kept_settings_clear(&s);
}

static void an_agent_without_orders_has_no_settings(void **state)
{
    struct kept_settings s = {0};
    struct host old;
    (void)state;
    host_init(&old);
    add(&old, "db1", 1);
    assert_null(kept_settings_carry(&s, &old.inventory, NULL, &old.inventory));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_follow_their_nics),
        cmocka_unit_test(a_vm_that_goes_and_comes_back_has_its_guarantee),
        cmocka_unit_test(nics_with_one_mac_on_two_uplinks_keep_their_own),
        cmocka_unit_test(a_nic_that_moves_to_another_uplink_keeps_its_own),
        cmocka_unit_test(another_vm_with_the_same_mac_takes_nothing),
        cmocka_unit_test(an_agent_without_orders_has_no_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
