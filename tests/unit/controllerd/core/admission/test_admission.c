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
    assert_true(admission->before >= admission->taken);
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

static void each_guarantee_is_counted_with_the_mtu_of_its_vm(void **state)
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

/* --- whether a guarantee fits --- */

/* What a guarantee takes on the wire with an MTU of 1500, at least. */
#define ON_WIRE(rate) ((rate)*1538 / 1448)

/* An uplink for guarantees of 10 Gbit/s with a budget of 9.9, of which 4 are promised to others. */
static const struct uplink_admission ens1 = {.uplink = "ens1",
                                             .capacity = ON_WIRE(10 * GBIT) + 1,
                                             .budget = ON_WIRE(9900 * MBIT) + 1,
                                             .promised = 4 * GBIT,
                                             .taken = ON_WIRE(4 * GBIT)};

/* A guarantee of 1 Gbit/s that is to grow. */
static void assert_fits(daqs_bps min, bool force)
{
    struct daqs_error err = {0};
    assert_int_equal(admission_check(&ens1, 1, GBIT, min, force, &err), DAQS_OK);
    assert_int_equal(err.code, DAQS_OK);
}

static void assert_refused(daqs_bps min, bool force, const char *text)
{
    struct daqs_error err = {0};
    assert_int_equal(admission_check(&ens1, 1, GBIT, min, force, &err), DAQS_EREFUSED);
    assert_int_equal(err.code, DAQS_EREFUSED);
    assert_string_equal(err.text, text);
}

static void more_than_the_uplink_carries_is_refused_even_by_force(void **state)
{
    (void)state;
    const char *text = "10.001Gbit is more than uplink ens1 can carry (10Gbit, headers aside)";
    assert_refused(10001 * MBIT, false, text);
    assert_refused(10001 * MBIT, true, text);
    assert_fits(10 * GBIT, true);
}

static void what_does_not_fit_is_refused_with_what_is_left(void **state)
{
    (void)state;
    assert_fits(5900 * MBIT, false);
    assert_refused(
        5901 * MBIT, false,
        "uplink ens1 has 9.9Gbit to give (headers aside), and 5.9Gbit of it left; 5.901Gbit more "
        "does not fit (use --force to accept that guarantees may shrink)");
}

/* Large frames have fewer headers, so that more of the wire is left for payload. */
static void n12_a_vm_with_large_frames_may_have_more(void **state)
{
    (void)state;
    struct uplink_admission large = ens1;
    struct daqs_error err = {0};
    assert_int_equal(admission_check(&large, 1, 0, 6200 * MBIT, false, &err), DAQS_EREFUSED);
    large.mtu = 9000;
    assert_int_equal(admission_check(&large, 1, 0, 6200 * MBIT, false, &err), DAQS_OK);
    assert_int_equal(admission_check(&large, 1, 0, 6210 * MBIT, false, &err), DAQS_EREFUSED);
    assert_non_null(strstr(err.text, "has 10.41Gbit to give (headers aside), and 6.204Gbit"));
}

static void force_accepts_guarantees_that_do_not_fit(void **state)
{
    (void)state;
    assert_fits(7 * GBIT, true);
}

static void best_effort_and_a_guarantee_that_shrinks_need_no_room(void **state)
{
    (void)state;
    struct uplink_admission full = ens1;
    full.taken = 2 * full.budget;
    assert_int_equal(admission_check(&full, 1, 0, 0, false, NULL), DAQS_OK);
    assert_int_equal(admission_check(&full, 1, 2 * GBIT, GBIT, false, NULL), DAQS_OK);
    assert_int_equal(admission_check(&full, 1, 2 * GBIT, 2 * GBIT, false, NULL), DAQS_OK);
    assert_int_equal(admission_check(&full, 1, 2 * GBIT, 2 * GBIT + 1, false, NULL), DAQS_EREFUSED);
}

/* Others that shrink in the same change make room for one that grows. */
static void what_was_over_the_budget_before_may_stay_so(void **state)
{
    (void)state;
    struct uplink_admission full = ens1;
    full.before = full.taken + ON_WIRE(8 * GBIT);
    assert_int_equal(admission_check(&full, 1, 0, 8 * GBIT, false, NULL), DAQS_OK);
    assert_int_equal(admission_check(&full, 1, 0, 8 * GBIT + 2, false, NULL), DAQS_EREFUSED);
}

static void every_uplink_of_the_vm_has_to_have_room(void **state)
{
    (void)state;
    struct uplink_admission admissions[] = {ens1, ens1, ens1};
    struct daqs_error err = {0};
    assert_int_equal(admission_check(admissions, 3, 0, 5 * GBIT, false, &err), DAQS_OK);
    admissions[2].uplink = "ens3";
    admissions[2].taken = ON_WIRE(5 * GBIT);
    assert_int_equal(admission_check(admissions, 3, 0, 5 * GBIT, false, &err), DAQS_EREFUSED);
    assert_non_null(strstr(err.text, "uplink ens3 has 9.9Gbit to give (headers aside), and 4.9"));
    admissions[1].uplink = "ens2";
    admissions[1].capacity = ON_WIRE(4 * GBIT) + 1;
    assert_int_equal(admission_check(admissions, 3, 0, 5 * GBIT, true, &err), DAQS_EREFUSED);
    assert_string_equal(err.text,
                        "5Gbit is more than uplink ens2 can carry (4Gbit, headers aside)");
}

static void a_host_that_was_not_seen_yet_has_no_rooms_to_check(void **state)
{
    (void)state;
    assert_int_equal(admission_check(NULL, 0, 0, 500 * GBIT, false, NULL), DAQS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(a_vm_is_held_against_the_uplinks_it_is_on),
        IN_WORLD(each_guarantee_is_counted_with_the_mtu_of_its_vm),
        IN_WORLD(a_vm_that_is_not_there_yet_is_held_against_every_uplink),
        IN_WORLD(guarantees_of_vms_that_are_not_there_count_too),
        IN_WORLD(no_more_rooms_are_filled_than_there_is_place_for),
        IN_WORLD(no_uplink_can_reject_a_vm_without_nics),
        cmocka_unit_test(more_than_the_uplink_carries_is_refused_even_by_force),
        cmocka_unit_test(what_does_not_fit_is_refused_with_what_is_left),
        cmocka_unit_test(n12_a_vm_with_large_frames_may_have_more),
        cmocka_unit_test(force_accepts_guarantees_that_do_not_fit),
        cmocka_unit_test(best_effort_and_a_guarantee_that_shrinks_need_no_room),
        cmocka_unit_test(what_was_over_the_budget_before_may_stay_so),
        cmocka_unit_test(every_uplink_of_the_vm_has_to_have_room),
        cmocka_unit_test(a_host_that_was_not_seen_yet_has_no_rooms_to_check),
        IN_WORLD(no_guarantee_can_be_rejected_while_the_speed_is_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
