/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "controllerd/core/policy/accounting.h"
#include "shared/policy/wire_bytes.h"

/* db1 has two nics on one uplink and one on another; web1 is best effort. */
struct scene {
    struct fleet_vm vm[2];
    struct fleet_uplink uplink[2];
    struct fleet_member member[3];
    struct fleet_nic nic[4];
    struct fleet_host host;
    struct rollup rollup[4];
    struct accounting_change change[3];
};

static void set_up(struct scene *s)
{
    *s = (struct scene){
        .vm = {{.name = "db1", .sla = {.min = 100 * MBIT, .max = DAQS_UNLIMITED, .weight = 1}},
               {.name = "web1", .sla = SLA_NONE}},
        .uplink = {{.capacity = GBIT}, {.capacity = GBIT}},
        .member = {{.vm = 0, .uplink = 0, .nics = 2},
                   {.vm = 1, .uplink = 0, .nics = 1},
                   {.vm = 0, .uplink = 1, .nics = 1}},
        .nic = {{.member = 0}, {.member = 0}, {.member = 1}, {.member = 2, .uplink = 1}},
    };
    for (int i = 0; i < 4; i++) {
        s->nic[i].applied = (daqs_bps)(i + 1) * 1000 * MBIT;
        s->nic[i].demand = DAQS_UNLIMITED;
    }
    for (int m = 0; m < 3; m++)
        s->member[m].memory.heard = true;
    s->host = (struct fleet_host){.poll_ms = 100,
                                  .uplinks = 2,
                                  .vms = 2,
                                  .members = 3,
                                  .nics = 4,
                                  .uplink = s->uplink,
                                  .vm = s->vm,
                                  .member = s->member,
                                  .nic = s->nic};
}

/* Makes a report that spans 'ms', in which each nic sent this many Mbit/s in full frames (0: it was
 * not measured). */
static void report(struct scene *s, const unsigned mbit[static 4], enum daqs_backlog backlog,
                   unsigned ms)
{
    for (int i = 0; i < 4; i++) {
        struct fleet_nic *nic = &s->nic[i];
        nic->fresh = mbit[i] > 0;
        if (!nic->fresh)
            continue;
        nic->wire = wire_guarantee(mbit[i] * MBIT, 0);
        nic->span_us = ms * 1000;
        nic->sampled = true;
        nic->sampled_ms = 1000;
        nic->backlog = (uint8_t)backlog;
        history_add(&nic->sum, &(struct daqs_sample){.interval_us = ms * 1000,
                                                     .tx_bytes = mbit[i] * MBIT / 8000 * ms});
    }
    accounting_note(&s->host, 1000);
}

static size_t close_second(struct scene *s, const unsigned mbit[static 4],
                           enum daqs_backlog backlog)
{
    for (int i = 0; i < 10; i++)
        report(s, mbit, backlog, 100);
    return accounting_close(&s->host, 1000, s->rollup, s->change);
}

static void nics_become_points_and_what_was_not_measured_does_not(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s);
    s.nic[3].demand = wire_guarantee(50 * MBIT, 0);
    assert_int_equal(close_second(&s, (const unsigned[]){10, 0, 30, 40}, DAQS_BACKLOG_NONE), 0);
    assert_int_equal(s.rollup[0].value[ROLLUP_TX], 10 * MBIT / 8);
    assert_int_equal(s.rollup[0].value[ROLLUP_MS], 1000);
    assert_int_equal(s.rollup[0].value[ROLLUP_LIMIT], rate_code_encode(GBIT));
    assert_int_equal(s.rollup[0].value[ROLLUP_DEMAND], RATE_CODE_NONE);
    assert_int_equal(s.rollup[1].value[ROLLUP_MS], 0);
    assert_int_equal(s.rollup[2].value[ROLLUP_TX], 30 * MBIT / 8);
    assert_int_equal(s.rollup[3].value[ROLLUP_LIMIT], rate_code_encode(4 * GBIT));
    assert_int_equal(s.rollup[3].value[ROLLUP_DEMAND],
                     rate_code_encode(50 * MBIT - 1)); /* as counted */
}

static void the_nics_of_a_vm_share_its_guarantee_on_each_uplink(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s);
    close_second(&s, (const unsigned[]){40, 70, 1, 90}, DAQS_BACKLOG_SOME);
    assert_int_equal(s.rollup[0].value[ROLLUP_MET], 1); /* 40 + 70 */
    assert_int_equal(s.rollup[1].value[ROLLUP_MET], 0); /* a verdict counts once */
    assert_int_equal(s.rollup[3].value[ROLLUP_MISSED], 1);
    assert_int_equal(s.member[0].met_s, 1); /* summed up for metrics */
    assert_int_equal(s.member[0].missed_s, 0);
    assert_int_equal(s.member[2].met_s, 0);
    assert_int_equal(s.member[2].missed_s, 1);
    for (int c = ROLLUP_MET; c <= ROLLUP_IDLE; c++)
        assert_int_equal(s.rollup[2].value[c], 0); /* no guarantee */
}

static void a_verdict_is_with_the_first_nic_that_was_measured(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s);
    close_second(&s, (const unsigned[]){5, 5, 1, 5}, DAQS_BACKLOG_NONE);
    assert_int_equal(s.rollup[0].value[ROLLUP_IDLE], 1);
    assert_int_equal(s.rollup[1].value[ROLLUP_IDLE], 0);
    assert_int_equal(s.rollup[3].value[ROLLUP_IDLE], 1);
}

static uint64_t verdicts(const struct rollup *rollup)
{
    return rollup->value[ROLLUP_MET] + rollup->value[ROLLUP_MISSED] + rollup->value[ROLLUP_IDLE];
}

static void a_nic_that_was_not_measured_leaves_its_vm_unknown(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s);
    close_second(&s, (const unsigned[]){0, 5, 1, 0}, DAQS_BACKLOG_NONE);
    for (int i = 0; i < 4; i++)
        assert_int_equal(verdicts(&s.rollup[i]), 0);
}

/* A mean above the guarantee over nine seconds does not show that each second was met. */
static void the_seconds_of_a_gap_are_unknown(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s);
    report(&s, (const unsigned[]){60, 60, 1, 90}, DAQS_BACKLOG_NONE, 9000);
    assert_int_equal(accounting_close(&s.host, 1000, s.rollup, s.change), 0);
    assert_int_equal(verdicts(&s.rollup[0]) + verdicts(&s.rollup[3]), 0);
    close_second(&s, (const unsigned[]){60, 60, 1, 90}, DAQS_BACKLOG_NONE);
    assert_int_equal(s.rollup[0].value[ROLLUP_MET], 1);
    assert_int_equal(s.rollup[3].value[ROLLUP_IDLE], 1);
}

/* 64 bytes take 88 on the wire: less than 100 Mbit/s are counted, but the whole guarantee is used
 * on the wire. */
static void small_frames_are_judged_by_what_they_take_of_the_wire(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s);
    report(&s, (const unsigned[]){40, 40, 1, 80}, DAQS_BACKLOG_NONE, 1000);
    for (int i = 0; i < 4; i++)
        s.nic[i].wire_sum.bits *= 88.0 / 64;
    accounting_close(&s.host, 1000, s.rollup, s.change);
    assert_int_equal(s.rollup[0].value[ROLLUP_MET], 1);
    assert_int_equal(s.rollup[3].value[ROLLUP_MET], 1);
}

/* Only the port's room counts, whatever fills it. */
static void a_full_port_leaves_open_what_its_vms_wanted(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s);
    s.member[2].memory.reserve = 1e8;
    s.uplink[1].load = (struct uplink_load){.own_ms = 1000, .own = 950 * MBIT};
    close_second(&s, (const unsigned[]){5, 5, 1, 50}, DAQS_BACKLOG_UNKNOWN);
    assert_int_equal(s.member[0].attainment.last, ATTAINMENT_IDLE);
    assert_int_equal(s.member[2].attainment.last, ATTAINMENT_UNKNOWN);
}

static void violations_are_told_when_they_begin_and_end(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s);
    assert_int_equal(close_second(&s, (const unsigned[]){10, 10, 1, 100}, DAQS_BACKLOG_SOME), 0);
    assert_int_equal(close_second(&s, (const unsigned[]){10, 20, 1, 100}, DAQS_BACKLOG_SOME), 1);
    assert_int_equal(s.change[0].member, 0);
    assert_int_equal(s.change[0].change, ATTAINMENT_VIOLATED);
    assert_true(s.change[0].usage + 10 >= 30 * MBIT && s.change[0].usage <= 30 * MBIT);
    for (int i = 0; i < 2; i++)
        assert_int_equal(close_second(&s, (const unsigned[]){60, 60, 1, 100}, DAQS_BACKLOG_SOME),
                         0);
    assert_int_equal(close_second(&s, (const unsigned[]){60, 60, 1, 100}, DAQS_BACKLOG_SOME), 1);
    assert_int_equal(s.change[0].change, ATTAINMENT_HELD_AGAIN);
}

static void closing_begins_the_next_second_at_nothing(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s);
    close_second(&s, (const unsigned[]){10, 10, 10, 10}, DAQS_BACKLOG_SOME);
    assert_int_equal(accounting_close(&s.host, 1001, s.rollup, s.change), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(s.rollup[i].value[ROLLUP_MS], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nics_become_points_and_what_was_not_measured_does_not),
        cmocka_unit_test(the_nics_of_a_vm_share_its_guarantee_on_each_uplink),
        cmocka_unit_test(a_verdict_is_with_the_first_nic_that_was_measured),
        cmocka_unit_test(a_nic_that_was_not_measured_leaves_its_vm_unknown),
        cmocka_unit_test(the_seconds_of_a_gap_are_unknown),
        cmocka_unit_test(small_frames_are_judged_by_what_they_take_of_the_wire),
        cmocka_unit_test(a_full_port_leaves_open_what_its_vms_wanted),
        cmocka_unit_test(violations_are_told_when_they_begin_and_end),
        cmocka_unit_test(closing_begins_the_next_second_at_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
