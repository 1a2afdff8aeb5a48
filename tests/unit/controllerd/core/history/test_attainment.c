/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "controllerd/core/history/attainment.h"

#define MIN (1000 * MBIT)

/* Returns the memory of a VM that has sent steadily, with a reserve of a little more. */
static struct policy_memory steady(daqs_bps usage)
{
    double u = (double)usage;
    return (struct policy_memory){.high = u,
                                  .mean = u,
                                  .before = u,
                                  .reserve = u * 1.1,
                                  .min = MIN,
                                  .heard = true,
                                  .on = true};
}

/* --- signs --- */

static void each_report_is_a_sign(void **state)
{
    static const struct {
        const char *what;
        daqs_bps usage, before, limit, slack;
        enum daqs_backlog backlog;
        enum attainment_sign sign;
    } cases[] = {
        {"all of it", MIN, MIN, DAQS_UNLIMITED, 0, DAQS_BACKLOG_SOME, ATTAINMENT_ENOUGH},
        {"99 %", 990 * MBIT, MIN, DAQS_UNLIMITED, 0, 0, ATTAINMENT_ENOUGH},
        {"half, and room", MIN / 2, MIN / 2, DAQS_UNLIMITED, MIN, 0, ATTAINMENT_CONTENT},
        {"half, and less room than it lacks, but reserved", MIN / 2, MIN / 2, DAQS_UNLIMITED, 1, 0,
         ATTAINMENT_CONTENT},
        {"more than is reserved, and little room", 600 * MBIT, MIN / 2, DAQS_UNLIMITED, 1, 0,
         ATTAINMENT_UNCLEAR},
        {"half, on a full port", MIN / 2, MIN / 2, DAQS_UNLIMITED, 0, 0, ATTAINMENT_UNCLEAR},
        {"... and its sockets are empty", MIN / 2, MIN / 2, DAQS_UNLIMITED, 0, DAQS_BACKLOG_NONE,
         ATTAINMENT_CONTENT},
        {"... and they are not", MIN / 2, MIN / 2, DAQS_UNLIMITED, 0, DAQS_BACKLOG_SOME,
         ATTAINMENT_SHORT},
        {"unsent bytes though the port has room", MIN / 2, MIN / 2, DAQS_UNLIMITED, MIN,
         DAQS_BACKLOG_SOME, ATTAINMENT_SHORT},
        {"fell while the port was full", MIN / 2, MIN, DAQS_UNLIMITED, 0, 0, ATTAINMENT_SHORT},
        {"fills its reserve on a full port", 545 * MBIT, MIN / 2, DAQS_UNLIMITED, 0, 0,
         ATTAINMENT_SHORT},
        {"at a limit below the guarantee", MIN / 2, MIN / 2, 510 * MBIT, MIN, 0, ATTAINMENT_SHORT},
        {"below such a limit", MIN / 2, MIN / 2, 600 * MBIT, MIN, 0, ATTAINMENT_CONTENT},
        {"near a limit that is its guarantee", 960 * MBIT, 960 * MBIT, MIN, MIN, 0,
         ATTAINMENT_CONTENT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct policy_memory memory = steady(cases[i].before);
        const struct attainment_look look = {.usage = cases[i].usage,
                                             .min = MIN,
                                             .limit = cases[i].limit,
                                             .slack = cases[i].slack,
                                             .backlog = cases[i].backlog,
                                             .memory = &memory};
        if (attainment_sign(&look) != cases[i].sign)
            fail_msg("%s: %d", cases[i].what, attainment_sign(&look));
    }
}

static void silence_is_content_once_it_waits_for_no_timer(void **state)
{
    struct policy_memory memory = steady(0);
    const struct attainment_look look = {
        .usage = 0, .min = MIN, .limit = DAQS_UNLIMITED, .slack = 0, .memory = &memory};
    (void)state;
    assert_int_equal(attainment_sign(&look), ATTAINMENT_UNCLEAR);
    memory.on = false;
    assert_int_equal(attainment_sign(&look), ATTAINMENT_CONTENT);
    memory.heard = false; /* the first report */
    assert_int_equal(attainment_sign(&look), ATTAINMENT_UNCLEAR);
}

static void a_vm_that_was_short_recently_may_wait_for_a_timer(void **state)
{
    struct policy_memory memory = steady(MIN / 2);
    const struct attainment_look look = {
        .usage = MIN / 4, .min = MIN, .limit = DAQS_UNLIMITED, .slack = MIN, .memory = &memory};
    (void)state;
    assert_int_equal(attainment_sign(&look), ATTAINMENT_CONTENT);
    memory.short_on_full_port = true;
    assert_int_equal(attainment_sign(&look), ATTAINMENT_UNCLEAR);
}

/* --- seconds --- */

enum how { CONTENT, FULL, UNSENT, UNLIKE_BEFORE };

/* Notes one report of this usage. FULL: it is unclear what the VM wants; UNLIKE_BEFORE: its usage
 * fell on a full port. */
static void report(struct attainment *a, daqs_bps usage, enum how how)
{
    const struct policy_memory memory = steady(how == UNLIKE_BEFORE ? MIN : usage);
    attainment_note(a, &(struct attainment_look){.usage = usage,
                                                 .min = MIN,
                                                 .limit = DAQS_UNLIMITED,
                                                 .slack = how == CONTENT ? 10 * MIN : 0,
                                                 .backlog = how == UNSENT ? DAQS_BACKLOG_SOME : 0,
                                                 .memory = &memory});
}

struct booked {
    uint64_t seconds[ATTAINMENT_VERDICTS];
    enum attainment_change change;
};

static struct booked close_second(struct attainment *a, daqs_bps usage, uint64_t ms, int64_t time_s)
{
    struct booked booked;
    booked.change = attainment_close(
        a,
        &(struct attainment_second){
            .time_s = time_s, .usage = usage, .min = MIN, .measured_ms = ms, .complete = true},
        booked.seconds);
    return booked;
}

/* Notes a second of ten equal reports. */
static struct booked second(struct attainment *a, daqs_bps usage, enum how how, int64_t time_s)
{
    for (int i = 0; i < 10; i++)
        report(a, usage, how);
    return close_second(a, usage, 1000, time_s);
}

static void seconds_are_judged_by_their_reports(void **state)
{
    struct attainment a = {0};
    (void)state;
    second(&a, MIN, FULL, 1);
    assert_int_equal(a.last, ATTAINMENT_MET);
    second(&a, MIN / 2, UNSENT, 2);
    assert_int_equal(a.last, ATTAINMENT_MISSED);
    second(&a, MIN / 2, CONTENT, 3);
    assert_int_equal(a.last, ATTAINMENT_IDLE);
    second(&a, MIN / 2, FULL, 4);
    assert_int_equal(a.last, ATTAINMENT_UNKNOWN);
    close_second(&a, 0, 1000, 5); /* a second without reports */
    assert_int_equal(a.last, ATTAINMENT_UNKNOWN);
}

/* The loss of half the guarantee in one of ten reports is 5 % of the second. */
static void one_report_decides_if_it_is_more_than_a_hundredth(void **state)
{
    static const struct {
        enum how how;
        daqs_bps usage;
        enum attainment_verdict verdict;
    } cases[] = {
        {UNLIKE_BEFORE, MIN / 2, ATTAINMENT_MISSED},
        {UNLIKE_BEFORE, 920 * MBIT, ATTAINMENT_IDLE},
        {FULL, MIN / 2, ATTAINMENT_UNKNOWN},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct attainment a = {0};
        for (int k = 0; k < 9; k++)
            report(&a, 800 * MBIT, CONTENT);
        report(&a, cases[i].usage, cases[i].how);
        close_second(&a, 800 * MBIT, 1000, 1);
        assert_int_equal(a.last, cases[i].verdict);
    }
}

static void unmeasured_values_are_unknown(void **state)
{
    struct attainment a = {0};
    uint64_t seconds[ATTAINMENT_VERDICTS];
    (void)state;
    report(&a, MIN, CONTENT);
    attainment_close(&a, &(struct attainment_second){.usage = MIN, .min = MIN, .measured_ms = 9000},
                     seconds);
    assert_int_equal(a.last, ATTAINMENT_UNKNOWN);
    assert_int_equal(seconds[ATTAINMENT_MET], 0);
}

static void parts_of_seconds_are_carried_on(void **state)
{
    static const struct {
        uint64_t ms;
        uint64_t seconds;
    } closed[] = {{900, 0}, {1100, 2}, {500, 0}, {499, 0}, {1, 1}, {1500, 1}, {500, 1}};
    struct attainment a = {0};
    (void)state;
    for (size_t i = 0; i < sizeof closed / sizeof closed[0]; i++)
        assert_int_equal(close_second(&a, MIN, closed[i].ms, (int64_t)i).seconds[ATTAINMENT_MET],
                         closed[i].seconds);
}

/* --- verdicts that come later --- */

static void idle_seconds_are_booked_once_nothing_can_change_them(void **state)
{
    struct attainment a = {0};
    (void)state;
    assert_int_equal(second(&a, MIN / 2, CONTENT, 1).seconds[ATTAINMENT_IDLE], 0);
    assert_int_equal(second(&a, MIN / 2, CONTENT, 2).seconds[ATTAINMENT_IDLE], 0);
    assert_int_equal(second(&a, MIN / 2, CONTENT, 3).seconds[ATTAINMENT_IDLE], 0);
    assert_int_equal(second(&a, MIN / 2, CONTENT, 4).seconds[ATTAINMENT_IDLE], 1);
    struct booked met = second(&a, MIN, CONTENT, 5);
    assert_int_equal(met.seconds[ATTAINMENT_IDLE], 3);
    assert_int_equal(met.seconds[ATTAINMENT_MET], 1);
}

static void unsent_bytes_correct_the_seconds_before(void **state)
{
    struct attainment a = {0};
    (void)state;
    second(&a, MIN, CONTENT, 8);
    second(&a, MIN / 2, CONTENT, 9);
    second(&a, MIN / 2, CONTENT, 10);
    second(&a, MIN / 2, FULL, 11);
    struct booked b = second(&a, MIN / 2, UNSENT, 12);
    assert_int_equal(b.seconds[ATTAINMENT_MISSED], 4);
    assert_int_equal(b.seconds[ATTAINMENT_IDLE] + b.seconds[ATTAINMENT_UNKNOWN], 0);
    assert_int_equal(b.change, ATTAINMENT_VIOLATED);
    assert_int_equal(a.since_s, 9);
}

static void a_miss_of_another_kind_does_not(void **state)
{
    struct attainment a = {0};
    (void)state;
    second(&a, MIN / 2, CONTENT, 10);
    second(&a, MIN / 2, FULL, 11);
    struct booked b = second(&a, MIN / 2, UNLIKE_BEFORE, 12);
    assert_int_equal(b.seconds[ATTAINMENT_MISSED], 1);
    assert_int_equal(b.seconds[ATTAINMENT_IDLE], 1);
    assert_int_equal(b.seconds[ATTAINMENT_UNKNOWN], 1);
}

/* --- violations --- */

static void a_violation_begins_with_two_missed_seconds_and_ends_with_three_others(void **state)
{
    struct attainment a = {0};
    (void)state;
    assert_int_equal(second(&a, 0, UNLIKE_BEFORE, 10).change, ATTAINMENT_SAME);
    assert_int_equal(second(&a, MIN, CONTENT, 11).change, ATTAINMENT_SAME);
    assert_int_equal(second(&a, 0, UNLIKE_BEFORE, 12).change, ATTAINMENT_SAME);
    assert_int_equal(second(&a, 0, UNLIKE_BEFORE, 13).change, ATTAINMENT_VIOLATED);
    assert_int_equal(a.since_s, 12);
    assert_int_equal(second(&a, 0, UNLIKE_BEFORE, 14).change, ATTAINMENT_SAME);
    assert_int_equal(second(&a, MIN, CONTENT, 15).change, ATTAINMENT_SAME);
    assert_int_equal(second(&a, 0, CONTENT, 16).change, ATTAINMENT_SAME);
    assert_int_equal(second(&a, 0, UNLIKE_BEFORE, 17).change, ATTAINMENT_SAME); /* not over yet */
    assert_int_equal(a.since_s, 12);
    assert_int_equal(second(&a, MIN, CONTENT, 18).change, ATTAINMENT_SAME);
    assert_int_equal(second(&a, MIN, CONTENT, 19).change, ATTAINMENT_SAME);
    assert_int_equal(second(&a, 0, CONTENT, 20).change, ATTAINMENT_HELD_AGAIN);
    assert_int_equal(a.since_s, 12); /* so that its duration can be reported */
    assert_int_equal(second(&a, MIN, CONTENT, 21).change, ATTAINMENT_SAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_report_is_a_sign),
        cmocka_unit_test(silence_is_content_once_it_waits_for_no_timer),
        cmocka_unit_test(a_vm_that_was_short_recently_may_wait_for_a_timer),
        cmocka_unit_test(seconds_are_judged_by_their_reports),
        cmocka_unit_test(one_report_decides_if_it_is_more_than_a_hundredth),
        cmocka_unit_test(unmeasured_values_are_unknown),
        cmocka_unit_test(parts_of_seconds_are_carried_on),
        cmocka_unit_test(idle_seconds_are_booked_once_nothing_can_change_them),
        cmocka_unit_test(unsent_bytes_correct_the_seconds_before),
        cmocka_unit_test(a_miss_of_another_kind_does_not),
        cmocka_unit_test(a_violation_begins_with_two_missed_seconds_and_ends_with_three_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
