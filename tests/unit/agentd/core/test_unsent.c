/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdbool.h>

#include "agentd/core/unsent.h"
#include "shared/policy/wire_bytes.h"

enum { POLL_US = 100000, FRAME = 1514 };

static struct unsent_nic nic;
static struct unsent_plan plan;
static int64_t now;

static int setup(void **state)
{
    (void)state;
    nic = (struct unsent_nic){0};
    plan = (struct unsent_plan){0};
    now = 5000000;
    return 0;
}

/* A poll of 100 ms in which full frames took 'wire' on the wire. */
static void poll(daqs_bps wire, daqs_bps min)
{
    uint64_t frames = wire / 80 / (FRAME + 24);
    const struct daqs_sample sample = {
        .interval_us = POLL_US, .tx_bytes = frames * FRAME, .tx_packets = frames};
    unsent_note(&nic, &plan, &sample, 1500, min);
    now += POLL_US / 1000;
}

static void second(daqs_bps wire, daqs_bps min)
{
    for (int i = 0; i < 10; i++)
        poll(wire, min);
}

static const struct unsent_sum some = {2, UNSENT_LEAST_BYTES + 1};
static const struct unsent_sum little = {2, UNSENT_LEAST_BYTES};
static const struct unsent_sum nothing = {1, 0};
static const struct unsent_sum no_sockets = {0, 0};

static void look(const struct unsent_sum *sum)
{
    bool waiting = sum && unsent_waiting(sum);
    unsent_plan_looked(&plan, sum ? UNSENT_SEEN : UNSENT_REFUSED, waiting, now);
    unsent_looked(&nic, &plan, sum, now);
}

static enum daqs_backlog after_look(const struct unsent_sum *sum)
{
    look(sum);
    return unsent_backlog(&nic, now);
}

/* --- which nics are looked at --- */

static void a_suspect_sends_less_than_its_guarantee_on_the_wire(void **state)
{
    const daqs_bps due = wire_guarantee(100 * MBIT, 1500);
    const struct {
        daqs_bps wire;
        bool suspect;
    } cases[] = {{0, false},      {due / 1000, false},    {due / 50, true},
                 {due / 2, true}, {due / 100 * 98, true}, {due / 1000 * 995, false},
                 {due, false},    {2 * due, false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        second(cases[i].wire, 100 * MBIT);
        if (nic.suspect != cases[i].suspect)
            fail_msg("%llu bit/s: %d", (unsigned long long)cases[i].wire, nic.suspect);
    }
}

/* What the guest itself counts of its TCP traffic is less than what that takes on the wire. */
static void a_guarantee_that_is_met_as_guests_count_is_met(void **state)
{
    const uint64_t bytes = 12500000 / 10; /* 100 Mbit/s of payload */
    const struct daqs_sample sample = {
        .interval_us = POLL_US, .tx_bytes = bytes + bytes / 1448 * 66, .tx_packets = bytes / 1448};
    (void)state;
    for (int i = 0; i < 10; i++)
        unsent_note(&nic, &plan, &sample, 1500, 100 * MBIT);
    assert_false(nic.suspect);
}

static void one_without_a_guarantee_is_none(void **state)
{
    (void)state;
    second(10 * MBIT, 0);
    assert_false(nic.suspect);
}

static void a_whole_second_decides(void **state)
{
    (void)state;
    for (int i = 0; i < 9; i++)
        poll(10 * MBIT, 100 * MBIT);
    assert_false(nic.suspect);
    poll(10 * MBIT, 100 * MBIT);
    assert_true(nic.suspect);
    for (int i = 0; i < 9; i++)
        poll(200 * MBIT, 100 * MBIT);
    assert_true(nic.suspect);
    poll(200 * MBIT, 100 * MBIT);
    assert_false(nic.suspect);
}

static void polls_without_a_sample_prove_nothing(void **state)
{
    const struct daqs_sample none = {0};
    (void)state;
    for (int i = 0; i < 20; i++)
        unsent_note(&nic, &plan, &none, 1500, 100 * MBIT);
    assert_false(nic.suspect);
    assert_int_equal(nic.span_us, 0);
}

/* A large guarantee does not make 2 Mbit/s count as idle. */
static void idle_means_less_than_a_megabit(void **state)
{
    (void)state;
    second(2 * MBIT, 10 * GBIT);
    assert_true(nic.suspect);
    second(MBIT / 2, 10 * GBIT);
    assert_false(nic.suspect);
}

/* --- what looks find --- */

static void three_looks_in_a_row_make_a_backlog(void **state)
{
    (void)state;
    assert_int_equal(unsent_backlog(&nic, now), DAQS_BACKLOG_UNKNOWN);
    for (int i = 0; i < 2; i++, now += 1000)
        assert_int_equal(after_look(&some), DAQS_BACKLOG_UNKNOWN);
    for (int i = 0; i < 300; i++, now += 1000)
        assert_int_equal(after_look(&some), DAQS_BACKLOG_SOME);
    assert_int_equal(after_look(&nothing), DAQS_BACKLOG_NONE);
    now += 1000;
    for (int i = 0; i < 2; i++, now += 1000)
        assert_int_equal(after_look(&some), DAQS_BACKLOG_UNKNOWN);
    assert_int_equal(after_look(&little), DAQS_BACKLOG_NONE);
}

static void looks_that_are_far_apart_are_not_in_a_row(void **state)
{
    (void)state;
    look(&some);
    look(&some);
    now += UNSENT_WAIT_LEAST_MS + UNSENT_LATE_MS;
    assert_int_equal(after_look(&some), DAQS_BACKLOG_UNKNOWN);
    assert_int_equal(after_look(&some), DAQS_BACKLOG_UNKNOWN);
    assert_int_equal(after_look(&some), DAQS_BACKLOG_SOME);
}

static void a_look_without_sockets_in_use_proves_nothing(void **state)
{
    (void)state;
    assert_int_equal(after_look(&no_sockets), DAQS_BACKLOG_UNKNOWN);
    look(&some);
    look(&some);
    look(&some);
    assert_int_equal(after_look(&no_sockets), DAQS_BACKLOG_UNKNOWN);
}

static void a_look_that_failed_makes_it_unknown(void **state)
{
    (void)state;
    look(&some);
    look(&some);
    look(&some);
    assert_int_equal(after_look(NULL), DAQS_BACKLOG_UNKNOWN);
    assert_int_equal(after_look(&some), DAQS_BACKLOG_UNKNOWN);
}

static void a_look_is_believed_until_the_next_one_is_late(void **state)
{
    (void)state;
    look(&nothing);
    now += UNSENT_WAIT_LEAST_MS + UNSENT_LATE_MS - 1;
    assert_int_equal(unsent_backlog(&nic, now), DAQS_BACKLOG_NONE);
    assert_int_equal(unsent_backlog(&nic, now + 1), DAQS_BACKLOG_UNKNOWN);
}

/* --- when to look --- */

static int64_t wait_after(const struct unsent_sum *sum)
{
    look(sum);
    return plan.next_ms - now;
}

static void a_content_guest_is_looked_at_ever_more_rarely(void **state)
{
    static const int64_t waits[] = {1000, 1000, 2000, 4000, 8000, 10000, 10000};
    (void)state;
    second(10 * MBIT, 100 * MBIT);
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        if (wait_after(&nothing) != waits[i])
            fail_msg("wait %zu: %lld ms", i, (long long)(plan.next_ms - now));
        assert_int_equal(unsent_backlog(&nic, plan.next_ms), DAQS_BACKLOG_NONE);
        now = plan.next_ms;
    }
    assert_int_equal(wait_after(&some), 1000);
    assert_int_equal(wait_after(&some), 1000);
    assert_int_equal(wait_after(&nothing), 1000);
}

static void one_whose_rate_changes_is_looked_at_soon(void **state)
{
    (void)state;
    second(40 * MBIT, 100 * MBIT);
    for (int i = 0; i < 6; i++)
        look(&nothing);
    second(32 * MBIT, 100 * MBIT); /* by less than a quarter */
    assert_int_equal(plan.next_ms - plan.looked_ms, UNSENT_WAIT_MOST_MS);
    second(28 * MBIT, 100 * MBIT);
    assert_int_equal(plan.next_ms - plan.looked_ms, UNSENT_WAIT_LEAST_MS);
    int64_t until_ms = plan.looked_ms + UNSENT_WAIT_LEAST_MS + UNSENT_LATE_MS;
    assert_int_equal(unsent_backlog(&nic, until_ms - 1), DAQS_BACKLOG_NONE);
    assert_int_equal(unsent_backlog(&nic, until_ms), DAQS_BACKLOG_UNKNOWN);
    assert_int_equal(wait_after(&nothing), UNSENT_WAIT_LEAST_MS);
}

/* Neither if it has never been looked at, nor if it rises above its guarantee. */
static void a_change_makes_no_look_more_often_than_each_second(void **state)
{
    (void)state;
    second(40 * MBIT, 100 * MBIT);
    assert_int_equal(plan.next_ms, 0);
    look(&nothing);
    int64_t next_ms = plan.next_ms;
    second(80 * MBIT, 100 * MBIT);
    second(20 * MBIT, 100 * MBIT);
    assert_int_equal(plan.next_ms, next_ms);
}

static void a_guest_that_refuses_is_left_alone_whatever_it_sends(void **state)
{
    (void)state;
    second(40 * MBIT, 100 * MBIT);
    look(NULL);
    assert_int_equal(plan.next_ms, now + UNSENT_REFUSED_MS);
    second(5 * MBIT, 100 * MBIT);
    assert_int_equal(plan.next_ms, now - 1000 + UNSENT_REFUSED_MS);
    now = plan.next_ms;
    assert_int_equal(wait_after(&nothing), UNSENT_WAIT_LEAST_MS);
}

static void one_that_did_not_answer_is_tried_again_after_a_while(void **state)
{
    (void)state;
    unsent_plan_looked(&plan, UNSENT_FAILED, false, now);
    assert_int_equal(plan.next_ms, now + UNSENT_WAIT_MOST_MS);
    second(40 * MBIT, 100 * MBIT);
    assert_int_equal(plan.next_ms, now - 1000 + UNSENT_WAIT_MOST_MS);
}

#define CASE(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_suspect_sends_less_than_its_guarantee_on_the_wire),
        CASE(a_guarantee_that_is_met_as_guests_count_is_met),
        CASE(one_without_a_guarantee_is_none),
        CASE(a_whole_second_decides),
        CASE(polls_without_a_sample_prove_nothing),
        CASE(idle_means_less_than_a_megabit),
        CASE(three_looks_in_a_row_make_a_backlog),
        CASE(looks_that_are_far_apart_are_not_in_a_row),
        CASE(a_look_without_sockets_in_use_proves_nothing),
        CASE(a_look_that_failed_makes_it_unknown),
        CASE(a_look_is_believed_until_the_next_one_is_late),
        CASE(a_content_guest_is_looked_at_ever_more_rarely),
        CASE(one_whose_rate_changes_is_looked_at_soon),
        CASE(a_change_makes_no_look_more_often_than_each_second),
        CASE(a_guest_that_refuses_is_left_alone_whatever_it_sends),
        CASE(one_that_did_not_answer_is_tried_again_after_a_while),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
