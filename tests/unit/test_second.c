#include "tests/lib/check.h"

#include "controllerd/core/second.h"

/* db1 with two nics on one uplink and one on another, and web1, best effort. */
struct scene {
    struct fleet_vm vm[2];
    struct fleet_member member[3];
    struct fleet_nic nic[4];
    struct fleet_host host;
    struct point point[4];
    struct second_change change[3];
};

static void set_up(struct scene *s)
{
    *s = (struct scene){
        .vm = {{.name = "db1", .sla = {.min = 100 * MBIT, .max = DAQS_UNLIMITED, .weight = 1}},
               {.name = "web1", .sla = SLA_NONE}},
        .member = {{.vm = 0, .uplink = 0}, {.vm = 1, .uplink = 0}, {.vm = 0, .uplink = 1}},
        .nic = {{.member = 0}, {.member = 0}, {.member = 1}, {.member = 2}},
    };
    for (int i = 0; i < 4; i++) {
        s->nic[i].applied = (daqs_bps)(i + 1) * 1000;
        s->nic[i].demand = DAQS_UNLIMITED;
    }
    s->host = (struct fleet_host){
        .vms = 2, .members = 3, .nics = 4, .vm = s->vm, .member = s->member, .nic = s->nic};
}

/* A second in which each nic sent so many Mbit/s (0: it was not measured), and each member was as
 * hungry in all reports as it is said to be. */
static size_t close_second(struct scene *s, const unsigned mbit[static 4], bool hungry)
{
    for (int i = 0; i < 4; i++)
        if (mbit[i])
            history_add(&s->nic[i].sum, &(struct daqs_sample){.interval_us = 1000000,
                                                              .tx_bytes = mbit[i] * MBIT / 8});
    for (int m = 0; m < 3; m++)
        attainment_note(&s->member[m].attainment, 0, 100 * MBIT, hungry);
    return second_close(&s->host, 1000, s->point, s->change);
}

static void nics_become_points_and_what_was_not_measured_does_not(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s);
    assert_int_equal(close_second(&s, (const unsigned[]){10, 0, 30, 40}, false), 0);
    assert_int_equal(s.point[0].value[POINT_TX], 10 * MBIT / 8);
    assert_int_equal(s.point[0].value[POINT_MS], 1000);
    assert_int_equal(s.point[0].value[POINT_LIMIT], 1000);
    assert_int_equal(s.point[0].value[POINT_DEMAND], POINT_NO_RATE);
    assert_int_equal(s.point[1].value[POINT_MS], 0);
    assert_int_equal(s.point[2].value[POINT_TX], 30 * MBIT / 8);
    assert_int_equal(s.point[3].value[POINT_LIMIT], 4000);
}

static void the_nics_of_a_vm_share_its_guarantee_on_each_uplink(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s);
    close_second(&s, (const unsigned[]){40, 70, 1, 90}, true);
    assert_int_equal(s.point[0].value[POINT_MET], 1); /* 40 + 70 */
    assert_int_equal(s.point[1].value[POINT_MET], 0); /* counted once */
    assert_int_equal(s.point[3].value[POINT_MISSED], 1);
    assert_int_equal(s.member[0].met_s, 1); /* and summed up, for monitoring */
    assert_int_equal(s.member[0].missed_s, 0);
    assert_int_equal(s.member[2].met_s, 0);
    assert_int_equal(s.member[2].missed_s, 1);
    for (int c = POINT_MET; c < POINT_COLUMNS; c++)
        assert_int_equal(s.point[2].value[c], 0); /* nothing was promised */
}

static void a_verdict_is_with_the_first_nic_that_was_measured(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s);
    close_second(&s, (const unsigned[]){0, 5, 1, 0}, false);
    assert_int_equal(s.point[1].value[POINT_IDLE], 1);
    assert_int_equal(s.point[3].value[POINT_IDLE], 0); /* nobody knows */
}

static void violations_are_told_when_they_begin_and_end(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s);
    assert_int_equal(close_second(&s, (const unsigned[]){10, 10, 1, 100}, true), 0);
    assert_int_equal(close_second(&s, (const unsigned[]){10, 20, 1, 100}, true), 1);
    assert_int_equal(s.change[0].member, 0);
    assert_int_equal(s.change[0].change, ATTAINMENT_VIOLATED);
    assert_int_equal(s.change[0].usage, 30 * MBIT);
    for (int i = 0; i < 2; i++)
        assert_int_equal(close_second(&s, (const unsigned[]){60, 60, 1, 100}, true), 0);
    assert_int_equal(close_second(&s, (const unsigned[]){60, 60, 1, 100}, true), 1);
    assert_int_equal(s.change[0].change, ATTAINMENT_HELD_AGAIN);
}

static void closing_begins_the_next_second_at_nothing(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s);
    close_second(&s, (const unsigned[]){10, 10, 10, 10}, true);
    assert_int_equal(second_close(&s.host, 1001, s.point, s.change), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(s.point[i].value[POINT_MS], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nics_become_points_and_what_was_not_measured_does_not),
        cmocka_unit_test(the_nics_of_a_vm_share_its_guarantee_on_each_uplink),
        cmocka_unit_test(a_verdict_is_with_the_first_nic_that_was_measured),
        cmocka_unit_test(violations_are_told_when_they_begin_and_end),
        cmocka_unit_test(closing_begins_the_next_second_at_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
