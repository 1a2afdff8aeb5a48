/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "controllerd/core/group/contest.h"

enum { SECOND = 1000, START = 1000000 };

static void a_row_of_another_member_counts_after_a_while(void **state)
{
    struct contest c = {0};
    (void)state;
    assert_int_equal(contest_due(&c, true, START), CONTEST_NOTHING);
    contest_read(&c, START);
    contest_read(&c, START + SECOND);
    assert_int_equal(contest_due(&c, true, START + CONTEST_WAIT_MS - 1), CONTEST_NOTHING);
    assert_int_equal(contest_due(&c, true, START + CONTEST_WAIT_MS), CONTEST_WRITE);
    assert_int_equal(contest_due(&c, true, START + 60 * SECOND), CONTEST_NOTHING);
    assert_false(contest_is_claimed(&c, START + 60 * SECOND));
}

static void a_host_that_is_gone_by_then_has_left(void **state)
{
    struct contest c = {0};
    (void)state;
    contest_read(&c, START);
    assert_int_equal(contest_due(&c, false, START + CONTEST_WAIT_MS), CONTEST_LEFT);
    assert_int_equal(contest_due(&c, false, START + 2 * CONTEST_WAIT_MS), CONTEST_NOTHING);
}

/* The host is silent some seconds later, for a reason of its own. */
static void a_row_that_is_ours_again_is_settled(void **state)
{
    struct contest c = {0};
    (void)state;
    contest_read(&c, START);
    contest_own(&c);
    assert_int_equal(contest_due(&c, false, START + CONTEST_WAIT_MS), CONTEST_NOTHING);
}

/* Two machines, each at a member: the rows are written once a minute by each, and both know. */
static void two_members_write_once_a_minute_and_notice(void **state)
{
    struct contest c[2] = {0};
    unsigned written = 0;
    int64_t last_ms[2] = {0};
    (void)state;
    contest_read(&c[0], START);
    for (int64_t ms = START; ms < START + 600 * SECOND; ms += 100)
        for (int i = 0; i < 2; i++) {
            if (contest_due(&c[i], true, ms) != CONTEST_WRITE)
                continue;
            assert_true(last_ms[i] == 0 || ms - last_ms[i] >= CONTEST_WRITE_MS);
            last_ms[i] = ms;
            written++;
            contest_read(&c[1 - i], ms + SECOND);
        }
    assert_in_range(written, 10, 22);
    for (int64_t ms = START + 590 * SECOND; ms < START + 600 * SECOND; ms += 100)
        assert_true(contest_is_claimed(&c[0], ms) && contest_is_claimed(&c[1], ms));
    assert_false(contest_is_claimed(&c[0], START + 600 * SECOND + CONTEST_LASTS_MS));
}

static void a_host_that_moves_back_and_forth_slowly_is_no_contest(void **state)
{
    struct contest c = {0};
    (void)state;
    for (int64_t ms = START; ms < START + 3600 * SECOND; ms += CONTEST_AGAIN_MS + 10 * SECOND) {
        contest_read(&c, ms);
        assert_int_equal(contest_due(&c, true, ms + CONTEST_WAIT_MS), CONTEST_WRITE);
        assert_false(contest_is_claimed(&c, ms + CONTEST_WAIT_MS));
    }
}

#define CASE(f) cmocka_unit_test(f)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_row_of_another_member_counts_after_a_while),
        CASE(a_host_that_is_gone_by_then_has_left),
        CASE(a_row_that_is_ours_again_is_settled),
        CASE(two_members_write_once_a_minute_and_notice),
        CASE(a_host_that_moves_back_and_forth_slowly_is_no_contest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
