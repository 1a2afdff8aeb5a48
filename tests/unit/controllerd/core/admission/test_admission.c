/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <string.h>

#include "controllerd/core/admission/admission.h"
#include "shared/policy/wire_bytes.h"
#include "tests/lib/fleet_world.h"

/* db1 on up0 and up1, web1 with two nics on up0, app1 on up1 only, old1 without a nic. */
static void rooms_world(struct world *w)
{
    add_uplink(w, "up0", 10 * GBIT);
    add_uplink(w, "up1", 4 * GBIT);
    uint32_t db1 = add_vm(w, "db1");
    uint32_t web1 = add_vm(w, "web1");
    uint32_t app1 = add_vm(w, "app1");
    add_vm(w, "old1");
    add_nic(w, db1, 0, 1);
    add_nic(w, db1, 1, 2);
    add_nic(w, web1, 0, 3);
    add_nic(w, web1, 0, 4);
    add_nic(w, app1, 1, 5);
    set_sla(w, "db1", GBIT, DAQS_UNLIMITED);
    set_sla(w, "web1", 3 * GBIT, DAQS_UNLIMITED);
    set_sla(w, "app1", 500 * MBIT, DAQS_UNLIMITED);
    set_sla(w, "old1", 700 * MBIT, DAQS_UNLIMITED);
    hello(w, 1);
}

/* The sum of rounded rates differs from the rounded sum by less than one bit/s for each part. */
static void assert_room(const struct uplink_admission *admission, const char *uplink,
                        daqs_bps capacity, daqs_bps promised)
{
    assert_string_equal(admission->uplink, uplink);
    assert_int_equal(admission->capacity, capacity);
    assert_int_equal(admission->budget, capacity / 100 * 99);
    assert_int_equal(admission->promised, promised);
    assert_in_range(admission->taken, wire_guarantee(promised, 0) - MOST,
                    wire_guarantee(promised, 0));
}

static void a_vm_is_held_against_the_uplinks_it_is_on(void **state)
{
    struct world *w = *state;
    struct uplink_admission admission[MOST];
    rooms_world(w);
    assert_int_equal(admission_of_vm(w->host, w->ledger, "web1", HEADROOM_PPM, admission, MOST), 1);
    assert_room(&admission[0], "up0", 10 * GBIT, GBIT);
    assert_int_equal(admission_of_vm(w->host, w->ledger, "app1", HEADROOM_PPM, admission, MOST), 1);
    assert_room(&admission[0], "up1", 4 * GBIT, GBIT);
    /* web1's guarantee counts once although it has two nics */
    assert_int_equal(admission_of_vm(w->host, w->ledger, "db1", HEADROOM_PPM, admission, MOST), 2);
    assert_room(&admission[0], "up0", 10 * GBIT, 3 * GBIT);
    assert_room(&admission[1], "up1", 4 * GBIT, 500 * MBIT);
}

static void each_guarantee_takes_what_it_does_with_its_vms_mtu(void **state)
{
    struct world *w = *state;
    struct uplink_admission admission[MOST];
    rooms_world(w);
    for (uint32_t i = 0; i < w->inventory.nics; i++)
        if (strcmp(w->vm[w->nic[i].vm].name, "web1") == 0)
            w->nic[i].mtu = 9000;
    hello(w, 2);
    assert_int_equal(admission_of_vm(w->host, w->ledger, "db1", HEADROOM_PPM, admission, MOST), 2);
    assert_int_equal(admission[0].mtu, 0);
    assert_int_equal(admission[0].promised, 3 * GBIT);
    assert_int_equal(admission[0].taken, wire_guarantee(3 * GBIT, 9000));
    assert_int_equal(admission_of_vm(w->host, w->ledger, "web1", HEADROOM_PPM, admission, MOST), 1);
    assert_int_equal(admission[0].mtu, 9000);
    assert_int_equal(admission[0].taken, wire_guarantee(GBIT, 0));
}

static void a_vm_that_is_not_there_yet_is_held_against_every_uplink(void **state)
{
    struct world *w = *state;
    struct uplink_admission admission[MOST];
    rooms_world(w);
    assert_int_equal(admission_of_vm(w->host, w->ledger, "soon1", HEADROOM_PPM, admission, MOST),
                     2);
    assert_room(&admission[0], "up0", 10 * GBIT, 4 * GBIT);
    assert_room(&admission[1], "up1", 4 * GBIT, 1500 * MBIT);
}

static void guarantees_of_vms_that_are_not_there_count_too(void **state)
{
    const struct sla absent = {.min = 300 * MBIT, .max = DAQS_UNLIMITED, .weight = 1};
    struct world *w = *state;
    struct uplink_admission admission[MOST];
    rooms_world(w);
    assert_int_equal(ledger_put(w->ledger, w->host->name, "off1", &absent, 0, "me"), DAQS_OK);
    assert_int_equal(ledger_put(w->ledger, "elsewhere", "off2", &absent, 0, "me"), DAQS_OK);
    assert_int_equal(admission_of_vm(w->host, w->ledger, "web1", HEADROOM_PPM, admission, MOST), 1);
    assert_room(&admission[0], "up0", 10 * GBIT, GBIT + 300 * MBIT);
    assert_int_equal(admission_of_vm(w->host, w->ledger, "off1", HEADROOM_PPM, admission, MOST), 2);
    assert_room(&admission[0], "up0", 10 * GBIT, 4 * GBIT);
}

static void no_more_rooms_are_filled_than_there_is_place_for(void **state)
{
    struct world *w = *state;
    struct uplink_admission admission[2] = {{0}};
    rooms_world(w);
    assert_int_equal(admission_of_vm(w->host, w->ledger, "soon1", HEADROOM_PPM, admission, 1), 1);
    assert_null(admission[1].uplink);
}

static void no_uplink_can_reject_a_vm_without_nics(void **state)
{
    struct world *w = *state;
    struct uplink_admission admission[MOST];
    add_uplink(w, "up0", 10 * GBIT);
    add_vm(w, "db1");
    hello(w, 1);
    report(w, NULL, start);
    fleet_applied(w->host, 1, &(struct daqs_nic_applied){.nic = 0}, 1);
    assert_int_equal(admission_of_vm(w->host, w->ledger, "db1", HEADROOM_PPM, admission, MOST), 0);
    w->inventory.uplinks = w->inventory.vms = 0;
    hello(w, 2);
    assert_int_equal(admission_of_vm(w->host, w->ledger, "db1", HEADROOM_PPM, admission, MOST), 0);
}

static void no_guarantee_can_be_rejected_while_the_speed_is_unknown(void **state)
{
    struct world *w = *state;
    struct uplink_admission admission[MOST];
    two_vms(w);
    set_sla(w, "db1", 2 * GBIT, DAQS_UNLIMITED);
    w->uplink[0].capacity = 25 * GBIT;
    hello(w, 1);
    assert_int_equal(admission_of_vm(w->host, w->ledger, "db1", HEADROOM_PPM, admission, MOST), 1);
    w->uplink[0].capacity = 0;
    hello(w, 2);
    assert_int_equal(admission_of_vm(w->host, w->ledger, "db1", HEADROOM_PPM, admission, MOST), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(a_vm_is_held_against_the_uplinks_it_is_on),
        IN_WORLD(each_guarantee_takes_what_it_does_with_its_vms_mtu),
        IN_WORLD(a_vm_that_is_not_there_yet_is_held_against_every_uplink),
        IN_WORLD(guarantees_of_vms_that_are_not_there_count_too),
        IN_WORLD(no_more_rooms_are_filled_than_there_is_place_for),
        IN_WORLD(no_uplink_can_reject_a_vm_without_nics),
        IN_WORLD(no_guarantee_can_be_rejected_while_the_speed_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
