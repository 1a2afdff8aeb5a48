/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include "shared/base/clock.h"
#include "tests/port/arbiter.h"

#define SECOND INT64_C(1000000000)
#define POLL_BYTES 12304 /* eight full frames */

/* Two VFs with two queues each; a queue is empty or never runs empty. */
struct scene {
    struct arbiter arbiter;
    bool full[4];
    uint64_t local_of_full; /* bytes of each poll that are not for the wire */
    uint64_t sent[4];
    int64_t now_ns;
};

static void set_up(struct scene *s, uint64_t bps)
{
    *s = (struct scene){.now_ns = SECOND};
    arbiter_init(&s->arbiter, 2, 2, bps, s->now_ns);
}

/* Polls take 10 us; each wait takes 'late_ns' longer than requested. */
static void run_for(struct scene *s, int64_t span_ns, int64_t late_ns)
{
    const int64_t end_ns = s->now_ns + span_ns;
    while (s->now_ns < end_ns) {
        int64_t wait_ns = 0;
        const int q = arbiter_next(&s->arbiter, s->now_ns, &wait_ns);
        if (q == ARBITER_NOTHING) {
            s->now_ns += wait_ns + late_ns;
            continue;
        }
        const uint64_t bytes = s->full[q] ? POLL_BYTES : 0;
        s->now_ns += 10000;
        s->sent[q] += bytes;
        arbiter_served(&s->arbiter, q,
                       &(struct arbiter_served){.bytes = bytes,
                                                .local = bytes ? s->local_of_full : 0,
                                                .more = bytes > 0},
                       s->now_ns);
    }
}

static void assert_mbit(uint64_t bytes, uint64_t mbit)
{
    assert_in_range(bytes * 8, mbit * MBIT * 99 / 100, mbit * MBIT * 101 / 100);
}

static void queues_share_the_port_equally(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s, 300 * MBIT);
    s.full[0] = s.full[2] = s.full[3] = true;
    run_for(&s, SECOND, 0);
    assert_mbit(s.sent[0], 100);
    assert_mbit(s.sent[2], 100);
    assert_mbit(s.sent[3], 100);
}

static void vfs_share_the_port_equally_if_it_is_fair_by_vf(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s, 300 * MBIT);
    arbiter_set_fair(&s.arbiter, ARBITER_BY_VF);
    s.full[0] = s.full[2] = s.full[3] = true;
    run_for(&s, SECOND, 0);
    assert_mbit(s.sent[0], 150);
    assert_mbit(s.sent[2], 75);
    assert_mbit(s.sent[3], 75);
}

static void a_vf_gets_its_rate_and_others_the_rest(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s, 300 * MBIT);
    s.full[0] = s.full[2] = s.full[3] = true;
    bucket_set(&s.arbiter.vf_bucket[1], 20 * MBIT, s.now_ns);
    run_for(&s, SECOND, 0);
    assert_mbit(s.sent[0], 280);
    assert_mbit(s.sent[2] + s.sent[3], 20);
}

static void local_bytes_take_nothing_from_the_port(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s, 100 * MBIT);
    s.full[0] = true;
    s.local_of_full = POLL_BYTES;
    bucket_set(&s.arbiter.vf_bucket[0], 200 * MBIT, s.now_ns);
    run_for(&s, SECOND, 0);
    assert_mbit(s.sent[0], 200);
}

static void a_poller_that_is_late_within_the_depth_loses_nothing(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s, 300 * MBIT);
    s.full[1] = true;
    run_for(&s, SECOND, ARBITER_DEPTH_NS * 9 / 10);
    assert_mbit(s.sent[1], 300);
    assert_int_equal(s.arbiter.port.lost_bytes, 0);
}

static void a_poller_that_is_late_reports_the_lost_events(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s, 300 * MBIT);
    s.full[1] = true;
    run_for(&s, SECOND, 0);
    s.sent[1] = 0;
    for (int i = 0; i < 10; i++) {
        int64_t wait_ns;
        while (arbiter_next(&s.arbiter, s.now_ns, &wait_ns) == ARBITER_NOTHING)
            s.now_ns += wait_ns;
        s.now_ns += 50 * DAQS_NS_PER_MS; /* the poller was not scheduled */
        run_for(&s, 50 * DAQS_NS_PER_MS, 0);
    }
    assert_mbit(s.sent[1] + s.arbiter.port.lost_bytes, 300);
    assert_true(s.arbiter.port.lost_bytes > 0);
}

static void without_a_reader_nothing_is_lost(void **state)
{
    struct scene s;
    (void)state;
    set_up(&s, 300 * MBIT);
    s.full[1] = true;
    bucket_set(&s.arbiter.vf_bucket[0], 20 * MBIT, s.now_ns);
    run_for(&s, SECOND, 0);
    assert_mbit(s.sent[1], 20);
    assert_in_range(s.arbiter.port.lost_bytes * 8, 0, MBIT);
    assert_int_equal(s.arbiter.vf_bucket[0].lost_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queues_share_the_port_equally),
        cmocka_unit_test(vfs_share_the_port_equally_if_it_is_fair_by_vf),
        cmocka_unit_test(a_vf_gets_its_rate_and_others_the_rest),
        cmocka_unit_test(local_bytes_take_nothing_from_the_port),
        cmocka_unit_test(a_poller_that_is_late_within_the_depth_loses_nothing),
        cmocka_unit_test(a_poller_that_is_late_reports_the_lost_events),
        cmocka_unit_test(without_a_reader_nothing_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
