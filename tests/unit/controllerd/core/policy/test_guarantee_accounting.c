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
    struct accounting *accounting;
    double longer; /* on the wire, than full frames; 0: they are full */
    struct rollup rollup[4];
    struct accounting_change change[3];
};

static int set_up(void **state)
{
    static struct scene scene;
    struct scene *s = *state = &scene;
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
    s->accounting = accounting_new();
    return s->accounting && accounting_hello(s->accounting, &s->host) ? 0 : -1;
}

static int tear_down(void **state)
{
    const struct scene *s = *state;
    accounting_free(s->accounting);
    return 0;
}

/* Makes a report that spans 'ms', in which each nic sent this many Mbit/s in full frames (0: it was
 * not measured). */
static void report(struct scene *s, const unsigned mbit[static 4], enum daqs_backlog backlog,
                   unsigned ms)
{
    struct daqs_nic_reading reading[4] = {{0}};
    for (int i = 0; i < 4; i++) {
        struct fleet_nic *nic = &s->nic[i];
        nic->fresh = mbit[i] > 0;
        if (!nic->fresh)
            continue;
        nic->wire = wire_guarantee(mbit[i] * MBIT, 0);
        if (s->longer > 0)
            nic->wire = (daqs_bps)((double)nic->wire * s->longer);
        nic->span_us = ms * 1000;
        nic->sampled = true;
        nic->sampled_ms = 1000;
        nic->backlog = (uint8_t)backlog;
        reading[i].sample =
            (struct daqs_sample){.interval_us = ms * 1000, .tx_bytes = mbit[i] * MBIT / 8000 * ms};
    }
    accounting_note(s->accounting, &s->host, reading, 1000);
}

static size_t close_second(struct scene *s, const unsigned mbit[static 4],
                           enum daqs_backlog backlog)
{
    for (int i = 0; i < 10; i++)
        report(s, mbit, backlog, 100);
    return accounting_close(s->accounting, &s->host, 1000, s->rollup, s->change);
}

static const struct accounting_member *account(const struct scene *s, uint32_t member)
{
    return accounting_member(s->accounting, &s->host, member);
}

static void measured_nics_become_points_and_others_do_not(void **state)
{
    struct scene *s = *state;
    s->nic[3].demand = wire_guarantee(50 * MBIT, 0);
    assert_int_equal(close_second(s, (const unsigned[]){10, 0, 30, 40}, DAQS_BACKLOG_NONE), 0);
    assert_int_equal(s->rollup[0].value[ROLLUP_TX], 10 * MBIT / 8);
    assert_int_equal(s->rollup[0].value[ROLLUP_MS], 1000);
    assert_int_equal(s->rollup[0].value[ROLLUP_LIMIT], rate_code_encode(GBIT));
    assert_int_equal(s->rollup[0].value[ROLLUP_DEMAND], RATE_CODE_NONE);
    assert_int_equal(s->rollup[1].value[ROLLUP_MS], 0);
    assert_int_equal(s->rollup[2].value[ROLLUP_TX], 30 * MBIT / 8);
    assert_int_equal(s->rollup[3].value[ROLLUP_LIMIT], rate_code_encode(4 * GBIT));
    assert_int_equal(s->rollup[3].value[ROLLUP_DEMAND],
                     rate_code_encode(50 * MBIT - 1)); /* as counted */
}

static void the_nics_of_a_vm_share_its_guarantee_on_each_uplink(void **state)
{
    struct scene *s = *state;
    close_second(s, (const unsigned[]){40, 70, 1, 90}, DAQS_BACKLOG_SOME);
    assert_int_equal(s->rollup[0].value[ROLLUP_MET], 1); /* 40 + 70 */
    assert_int_equal(s->rollup[1].value[ROLLUP_MET], 0); /* a verdict counts once */
    assert_int_equal(s->rollup[3].value[ROLLUP_MISSED], 1);
    assert_int_equal(account(s, 0)->met_s, 1); /* summed up for metrics */
    assert_int_equal(account(s, 0)->missed_s, 0);
    assert_int_equal(account(s, 2)->met_s, 0);
    assert_int_equal(account(s, 2)->missed_s, 1);
    for (int c = ROLLUP_MET; c <= ROLLUP_IDLE; c++)
        assert_int_equal(s->rollup[2].value[c], 0); /* no guarantee */
}

static void a_verdict_is_with_the_first_nic_that_was_measured(void **state)
{
    struct scene *s = *state;
    close_second(s, (const unsigned[]){5, 5, 1, 5}, DAQS_BACKLOG_NONE);
    assert_int_equal(s->rollup[0].value[ROLLUP_IDLE], 1);
    assert_int_equal(s->rollup[1].value[ROLLUP_IDLE], 0);
    assert_int_equal(s->rollup[3].value[ROLLUP_IDLE], 1);
}

static uint64_t verdicts(const struct rollup *rollup)
{
    return rollup->value[ROLLUP_MET] + rollup->value[ROLLUP_MISSED] + rollup->value[ROLLUP_IDLE];
}

static void a_nic_that_was_not_measured_leaves_its_vm_unknown(void **state)
{
    struct scene *s = *state;
    close_second(s, (const unsigned[]){0, 5, 1, 0}, DAQS_BACKLOG_NONE);
    for (int i = 0; i < 4; i++)
        assert_int_equal(verdicts(&s->rollup[i]), 0);
}

/* A mean above the guarantee over nine seconds does not show that each second was met. */
static void the_seconds_of_a_gap_are_unknown(void **state)
{
    struct scene *s = *state;
    report(s, (const unsigned[]){60, 60, 1, 90}, DAQS_BACKLOG_NONE, 9000);
    assert_int_equal(accounting_close(s->accounting, &s->host, 1000, s->rollup, s->change), 0);
    assert_int_equal(verdicts(&s->rollup[0]) + verdicts(&s->rollup[3]), 0);
    close_second(s, (const unsigned[]){60, 60, 1, 90}, DAQS_BACKLOG_NONE);
    assert_int_equal(s->rollup[0].value[ROLLUP_MET], 1);
    assert_int_equal(s->rollup[3].value[ROLLUP_IDLE], 1);
}

/* 64 bytes take 88 on the wire: less than 100 Mbit/s are counted, but the whole guarantee is used
 * on the wire. */
static void small_frames_are_judged_by_their_share_of_the_wire(void **state)
{
    struct scene *s = *state;
    s->longer = 88.0 / 64;
    report(s, (const unsigned[]){40, 40, 1, 80}, DAQS_BACKLOG_NONE, 1000);
    accounting_close(s->accounting, &s->host, 1000, s->rollup, s->change);
    assert_int_equal(s->rollup[0].value[ROLLUP_MET], 1);
    assert_int_equal(s->rollup[3].value[ROLLUP_MET], 1);
}

/* Only the port's room counts, whatever fills it. */
static void behind_a_full_port_the_demand_of_vms_is_unknown(void **state)
{
    struct scene *s = *state;
    s->member[2].memory.reserve = 1e8;
    s->uplink[1].load = (struct uplink_load){.own_ms = 1000, .own = 950 * MBIT};
    close_second(s, (const unsigned[]){5, 5, 1, 50}, DAQS_BACKLOG_UNKNOWN);
    assert_int_equal(account(s, 0)->attainment.last, ATTAINMENT_IDLE);
    assert_int_equal(account(s, 2)->attainment.last, ATTAINMENT_UNKNOWN);
}

static void violations_are_reported_when_they_begin_and_end(void **state)
{
    struct scene *s = *state;
    assert_int_equal(close_second(s, (const unsigned[]){10, 10, 1, 100}, DAQS_BACKLOG_SOME), 0);
    assert_int_equal(close_second(s, (const unsigned[]){10, 20, 1, 100}, DAQS_BACKLOG_SOME), 1);
    assert_int_equal(s->change[0].member, 0);
    assert_int_equal(s->change[0].change, ATTAINMENT_VIOLATED);
    assert_true(s->change[0].usage + 10 >= 30 * MBIT && s->change[0].usage <= 30 * MBIT);
    for (int i = 0; i < 2; i++)
        assert_int_equal(close_second(s, (const unsigned[]){60, 60, 1, 100}, DAQS_BACKLOG_SOME), 0);
    assert_int_equal(close_second(s, (const unsigned[]){60, 60, 1, 100}, DAQS_BACKLOG_SOME), 1);
    assert_int_equal(s->change[0].change, ATTAINMENT_HELD_AGAIN);
}

static void closing_begins_the_next_second_at_nothing(void **state)
{
    struct scene *s = *state;
    close_second(s, (const unsigned[]){10, 10, 10, 10}, DAQS_BACKLOG_SOME);
    assert_int_equal(accounting_close(s->accounting, &s->host, 1001, s->rollup, s->change), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(s->rollup[i].value[ROLLUP_MS], 0);
}

static void reports_add_up_for_history(void **state)
{
    struct scene *s = *state;
    const struct daqs_nic_reading reading[4] = {
        {.sample = {.interval_us = 100000, .tx_bytes = 10000000, .rx_bytes = 5}}};
    accounting_note(s->accounting, &s->host, reading, 1000);
    accounting_note(s->accounting, &s->host, reading, 1100);
    assert_int_equal(accounting_close(s->accounting, &s->host, 1, s->rollup, s->change), 0);
    assert_int_equal(s->rollup[0].value[ROLLUP_MS], 200);
    assert_int_equal(s->rollup[0].value[ROLLUP_TX], 20000000);
    assert_int_equal(s->rollup[0].value[ROLLUP_RX], 10);
}

/* Two VMs change places, and one of them has a new nic. */
static void accounting_follows_its_nics_to_a_new_inventory(void **state)
{
    struct scene *s = *state;
    for (int i = 0; i < 10; i++)
        report(s, (const unsigned[]){10, 20, 30, 40}, DAQS_BACKLOG_SOME, 100);
    uint32_t member_was[] = {2, 0, FLEET_NEW};
    uint32_t nic_was[] = {3, 1, 0, FLEET_NEW};
    s->host.was = (struct fleet_was){.member = member_was, .nic = nic_was};
    const struct fleet_member member[] = {s->member[2], s->member[0], s->member[1]};
    for (int m = 0; m < 3; m++)
        s->member[m] = member[m];
    s->nic[0].member = 0;
    s->nic[1].member = s->nic[2].member = 1;
    s->nic[3].member = 2;
    assert_true(accounting_hello(s->accounting, &s->host));
    assert_int_equal(accounting_close(s->accounting, &s->host, 1000, s->rollup, s->change), 0);
    assert_int_equal(s->rollup[0].value[ROLLUP_TX], 40 * MBIT / 8);
    assert_int_equal(s->rollup[1].value[ROLLUP_TX], 20 * MBIT / 8);
    assert_int_equal(s->rollup[2].value[ROLLUP_TX], 10 * MBIT / 8);
    assert_int_equal(s->rollup[3].value[ROLLUP_MS], 0);
    assert_int_equal(account(s, 0)->missed_s, 1);
    assert_int_equal(account(s, 1)->missed_s, 1);
    assert_int_equal(account(s, 2)->missed_s, 0);
}

static void nothing_is_accounted_of_a_host_that_was_forgotten(void **state)
{
    struct scene *s = *state;
    close_second(s, (const unsigned[]){40, 70, 1, 90}, DAQS_BACKLOG_SOME);
    assert_int_equal(account(s, 0)->met_s, 1);
    accounting_forget(s->accounting, &s->host);
    assert_int_equal(account(s, 0)->met_s, 0);
    close_second(s, (const unsigned[]){40, 70, 1, 90}, DAQS_BACKLOG_SOME);
    for (int i = 0; i < 4; i++)
        assert_int_equal(s->rollup[i].value[ROLLUP_MS], 0);
}

#define IN_SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCENE(reports_add_up_for_history),
        IN_SCENE(measured_nics_become_points_and_others_do_not),
        IN_SCENE(the_nics_of_a_vm_share_its_guarantee_on_each_uplink),
        IN_SCENE(a_verdict_is_with_the_first_nic_that_was_measured),
        IN_SCENE(a_nic_that_was_not_measured_leaves_its_vm_unknown),
        IN_SCENE(the_seconds_of_a_gap_are_unknown),
        IN_SCENE(small_frames_are_judged_by_their_share_of_the_wire),
        IN_SCENE(behind_a_full_port_the_demand_of_vms_is_unknown),
        IN_SCENE(violations_are_reported_when_they_begin_and_end),
        IN_SCENE(closing_begins_the_next_second_at_nothing),
        IN_SCENE(accounting_follows_its_nics_to_a_new_inventory),
        IN_SCENE(nothing_is_accounted_of_a_host_that_was_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
