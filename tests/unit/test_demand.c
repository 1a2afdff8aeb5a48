#include "tests/lib/check.h"

#include "controllerd/core/demand.h"

/* On a full link of 4 Gbit/s, with a floor of 4 Mbit/s. */
static struct demand_input full(daqs_bps usage, daqs_bps share, daqs_bps min)
{
    return (struct demand_input){
        .usage = usage, .share = share, .min = min, .floor = 4 * MBIT, .link_full = true};
}

static struct demand_input not_full(daqs_bps usage, daqs_bps share, daqs_bps min)
{
    struct demand_input in = full(usage, share, min);
    in.link_full = false;
    return in;
}

static void update(struct demand *d, struct demand_input in)
{
    demand_update(d, &in);
}

static void repeat(struct demand *d, unsigned reports, struct demand_input in)
{
    for (unsigned i = 0; i < reports; i++)
        demand_update(d, &in);
}

/* --- best effort --- */

static void an_idle_vm_is_granted_the_floor_and_not_more(void **state)
{
    struct demand d = {0};
    (void)state;
    update(&d, not_full(0, DAQS_UNLIMITED, 0));
    assert_int_equal(d.state, DEMAND_IDLE);
    assert_int_equal(d.want, 4 * MBIT);
}

static void below_its_limit_it_wants_a_quarter_more_to_grow(void **state)
{
    struct demand d = {0};
    (void)state;
    update(&d, full(400 * MBIT, GBIT, 0));
    assert_int_equal(d.state, DEMAND_SATED);
    assert_int_equal(d.want, 504 * MBIT);
}

static void at_its_limit_it_wants_more_than_can_be_seen(void **state)
{
    struct demand d = {0};
    struct demand_input in = not_full(955 * MBIT, GBIT, 0);
    (void)state;
    in.at_limit = true;
    update(&d, in);
    assert_int_equal(d.want, DAQS_UNLIMITED);
}

static void unlimited_on_a_full_link_it_wants_more_than_can_be_seen(void **state)
{
    struct demand d = {0};
    (void)state;
    update(&d, full(500 * MBIT, DAQS_UNLIMITED, 0));
    assert_int_equal(d.want, DAQS_UNLIMITED);
    update(&d, not_full(500 * MBIT, DAQS_UNLIMITED, 0));
    assert_int_equal(d.want, 629 * MBIT);
}

static void chatter_does_not_count_as_sending(void **state)
{
    struct demand d = {0};
    (void)state;
    update(&d, not_full(2 * MBIT, DAQS_UNLIMITED, GBIT));
    assert_int_equal(d.state, DEMAND_IDLE);
    update(&d, not_full(2 * MBIT + 1, DAQS_UNLIMITED, GBIT));
    assert_int_equal(d.state, DEMAND_HUNGRY);
}

static void on_a_full_link_little_may_be_all_it_gets(void **state)
{
    struct demand d = {0};
    (void)state;
    update(&d, full(MBIT, DAQS_UNLIMITED, GBIT));
    assert_int_equal(d.state, DEMAND_HUNGRY);
    update(&d, full(200000, DAQS_UNLIMITED, GBIT));
    assert_int_equal(d.state, DEMAND_IDLE);
    update(&d, full(MBIT, DAQS_UNLIMITED, 0));
    assert_int_equal(d.state, DEMAND_IDLE); /* nothing was promised to it */
}

static void a_small_guarantee_in_use_is_not_chatter(void **state)
{
    struct demand d = {0};
    (void)state;
    update(&d, not_full(MBIT, DAQS_UNLIMITED, MBIT));
    assert_int_equal(d.state, DEMAND_HUNGRY);
}

/* --- guaranteed --- */

static void a_guaranteed_vm_that_begins_wants_its_guarantee_at_once(void **state)
{
    struct demand d = {0};
    (void)state;
    update(&d, full(20 * MBIT, DAQS_UNLIMITED, GBIT));
    assert_int_equal(d.state, DEMAND_HUNGRY);
    assert_true(d.want >= GBIT && d.want <= 1300 * MBIT);
}

static void filling_its_share_it_wants_more_than_can_be_seen(void **state)
{
    struct demand d = {0};
    (void)state;
    update(&d, full(20 * MBIT, DAQS_UNLIMITED, GBIT));
    update(&d, full(1240 * MBIT, 1250 * MBIT, GBIT));
    assert_int_equal(d.want, DAQS_UNLIMITED);
}

static void above_its_guarantee_it_is_sated_after_patience_and_not_before(void **state)
{
    struct demand d = {0};
    const struct demand_input in = full(1100 * MBIT, 2 * GBIT, GBIT);
    (void)state;
    update(&d, full(1100 * MBIT, DAQS_UNLIMITED, GBIT));
    repeat(&d, DEMAND_PATIENCE - 1, in);
    assert_int_equal(d.state, DEMAND_HUNGRY);
    update(&d, in);
    assert_int_equal(d.state, DEMAND_SATED);
    assert_in_range(d.want, 1130 * MBIT, 1140 * MBIT); /* 2.5 % and the floor */
    assert_false(demand_suspect(&d, GBIT));
}

static void sated_it_is_hungry_again_when_it_takes_most_of_its_room(void **state)
{
    struct demand d = {0};
    (void)state;
    update(&d, full(1100 * MBIT, DAQS_UNLIMITED, GBIT));
    repeat(&d, DEMAND_PATIENCE, full(1100 * MBIT, 2 * GBIT, GBIT));
    update(&d, full(1110 * MBIT, d.want, GBIT));
    assert_int_equal(d.state, DEMAND_SATED);
    update(&d, full(d.want, d.want, GBIT));
    assert_int_equal(d.state, DEMAND_HUNGRY);
    assert_int_equal(d.want, DAQS_UNLIMITED);
}

/* Each time it looked hungry and was not it gets more room, and after a while less. */
static void false_alarms_make_room_and_are_forgotten(void **state)
{
    struct demand d = {0};
    (void)state;
    update(&d, full(1100 * MBIT, DAQS_UNLIMITED, GBIT));
    repeat(&d, 40, full(1100 * MBIT, 2 * GBIT, GBIT));
    daqs_bps before = d.want;
    update(&d, full(d.want, d.want, GBIT));
    repeat(&d, 40, full(1100 * MBIT, 2 * GBIT, GBIT));
    assert_int_equal(d.state, DEMAND_SATED);
    assert_true(d.want > before + 20 * MBIT);
    repeat(&d, 200, full(1100 * MBIT, 2 * GBIT, GBIT));
    assert_true(d.want < before + 10 * MBIT);
}

static void who_varies_gets_more_room_than_who_does_not(void **state)
{
    struct demand steady = {0};
    struct demand varied = {0};
    (void)state;
    for (unsigned i = 0; i < 60; i++) {
        update(&steady, not_full(1200 * MBIT, 3 * GBIT, GBIT));
        update(&varied, not_full(i % 2 ? 1280 * MBIT : 1120 * MBIT, 3 * GBIT, GBIT));
    }
    assert_int_equal(steady.state, DEMAND_SATED);
    assert_int_equal(varied.state, DEMAND_SATED);
    assert_true(varied.want > steady.want + 100 * MBIT);
}

static void below_its_guarantee_it_is_a_suspect_and_not_released(void **state)
{
    struct demand d = {0};
    const struct demand_input in = full(400 * MBIT, GBIT, GBIT);
    (void)state;
    update(&d, full(400 * MBIT, DAQS_UNLIMITED, GBIT));
    repeat(&d, DEMAND_PATIENCE - 1, in);
    assert_false(demand_suspect(&d, GBIT));
    repeat(&d, 10, in);
    assert_true(demand_suspect(&d, GBIT));
    assert_int_equal(d.state, DEMAND_HUNGRY);
    assert_true(d.want >= GBIT);
}

static void a_suspect_that_wants_no_more_is_sated(void **state)
{
    struct demand d = {0};
    const struct demand_input in = full(400 * MBIT, GBIT, GBIT);
    (void)state;
    repeat(&d, 10, in);
    demand_settle(&d, &in, false, 0);
    assert_int_equal(d.state, DEMAND_SATED);
    assert_in_range(d.want, 410 * MBIT, 420 * MBIT);
    repeat(&d, 10, in);
    assert_false(demand_suspect(&d, GBIT));
}

static void a_squeezed_suspect_keeps_its_claim(void **state)
{
    struct demand d = {0};
    const struct demand_input in = full(400 * MBIT, GBIT, GBIT);
    (void)state;
    repeat(&d, 10, in);
    demand_settle(&d, &in, true, 0);
    assert_int_equal(d.state, DEMAND_HUNGRY);
    assert_true(d.want >= GBIT);
    assert_false(demand_suspect(&d, GBIT));
}

/* Someone may be squeezing it further and further. */
static void sinking_below_what_it_was_content_with_makes_a_suspect(void **state)
{
    struct demand d = {0};
    struct demand_input in = full(400 * MBIT, GBIT, GBIT);
    (void)state;
    repeat(&d, 10, in);
    demand_settle(&d, &in, false, 0);
    in.usage = 360 * MBIT;
    repeat(&d, 20, in);
    assert_true(demand_suspect(&d, GBIT));
    demand_settle(&d, &in, false, 0);
    repeat(&d, 20, in);
    assert_false(demand_suspect(&d, GBIT));
}

static void one_percent_less_than_its_guarantee_is_taken_for_all_of_it(void **state)
{
    struct demand d = {0};
    (void)state;
    repeat(&d, 20, full(991 * MBIT, GBIT, GBIT));
    assert_false(demand_suspect(&d, GBIT));
    repeat(&d, 20, full(985 * MBIT, GBIT, GBIT));
    assert_true(demand_suspect(&d, GBIT));
}

static void a_pause_gives_the_guarantee_back_at_once_and_its_end_takes_it(void **state)
{
    struct demand d = {0};
    (void)state;
    repeat(&d, 5, full(990 * MBIT, GBIT, GBIT));
    update(&d, not_full(100 * MBIT, GBIT, GBIT)); /* most of the time since the last report */
    assert_true(d.want < 150 * MBIT);
    update(&d, full(0, 150 * MBIT, GBIT));
    assert_int_equal(d.state, DEMAND_IDLE);
    update(&d, not_full(50 * MBIT, DAQS_UNLIMITED, GBIT));
    assert_true(d.want >= GBIT);
}

/* Somebody has what it sent until now: that is no pause. */
static void sending_less_on_a_full_link_is_no_pause(void **state)
{
    struct demand d = {0};
    (void)state;
    repeat(&d, 5, full(990 * MBIT, GBIT, GBIT));
    update(&d, full(100 * MBIT, GBIT, GBIT));
    assert_true(d.want >= GBIT);
}

static void a_pause_that_was_none_makes_a_suspect(void **state)
{
    struct demand d = {0};
    (void)state;
    repeat(&d, 5, full(990 * MBIT, GBIT, GBIT));
    update(&d, not_full(100 * MBIT, GBIT, GBIT)); /* the whole host stood still */
    repeat(&d, DEMAND_PATIENCE, full(100 * MBIT, 150 * MBIT, GBIT));
    assert_true(demand_suspect(&d, GBIT));
}

static void who_was_found_sated_is_trusted_for_longer_each_time(void **state)
{
    struct demand d = {0};
    struct demand_input in = full(100 * MBIT, 150 * MBIT, GBIT);
    int64_t now_ms = 100000;
    (void)state;
    repeat(&d, 5, in);
    for (int i = 0; i < 10; i++) {
        demand_settle(&d, &in, false, now_ms);
        assert_true(demand_trusted(&d, now_ms + 999));
        assert_false(demand_trusted(&d, now_ms + 16000)); /* but not for ever */
        now_ms = d.trust_ms;
    }
    assert_true(demand_trusted(&d, now_ms - 1));
    assert_int_equal(d.wait_ms, 16000);
    demand_settle(&d, &in, false, now_ms + 100000); /* long after: anew */
    assert_int_equal(d.wait_ms, 1000);
    demand_settle(&d, &in, true, now_ms + 100000);
    assert_false(demand_trusted(&d, now_ms + 100001));
}

static void a_guarantee_not_heard_of_for_long_counts_whatever_was_known(void **state)
{
    struct demand d = {0};
    struct demand_input in = not_full(0, DAQS_UNLIMITED, GBIT);
    (void)state;
    update(&d, in);
    assert_int_equal(d.state, DEMAND_IDLE);
    demand_keep(&d, &in, false);
    assert_true(d.want < GBIT);
    demand_keep(&d, &in, true);
    assert_int_equal(d.state, DEMAND_UNKNOWN);
    assert_int_equal(d.want, GBIT);
    in.min = 0; /* best effort has nothing to count */
    demand_keep(&d, &in, true);
    assert_int_equal(d.want, GBIT);
}

static void a_new_guarantee_counts_at_once(void **state)
{
    struct demand d = {0};
    struct demand_input in = full(300 * MBIT, 400 * MBIT, 0);
    (void)state;
    demand_keep(&d, &in, false);
    assert_int_equal(d.want, 4 * MBIT); /* never heard of: it may begin */
    update(&d, in);
    in.min = GBIT;
    demand_keep(&d, &in, false);
    assert_true(d.want >= GBIT);
    update(&d, in);
    assert_int_equal(d.state, DEMAND_HUNGRY);
    repeat(&d, 10, in);
    demand_settle(&d, &in, false, 0);
    demand_keep(&d, &in, false);
    assert_true(d.want < GBIT); /* it has proved not to use it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_vm_is_granted_the_floor_and_not_more),
        cmocka_unit_test(below_its_limit_it_wants_a_quarter_more_to_grow),
        cmocka_unit_test(at_its_limit_it_wants_more_than_can_be_seen),
        cmocka_unit_test(unlimited_on_a_full_link_it_wants_more_than_can_be_seen),
        cmocka_unit_test(chatter_does_not_count_as_sending),
        cmocka_unit_test(on_a_full_link_little_may_be_all_it_gets),
        cmocka_unit_test(a_small_guarantee_in_use_is_not_chatter),
        cmocka_unit_test(a_guaranteed_vm_that_begins_wants_its_guarantee_at_once),
        cmocka_unit_test(filling_its_share_it_wants_more_than_can_be_seen),
        cmocka_unit_test(above_its_guarantee_it_is_sated_after_patience_and_not_before),
        cmocka_unit_test(sated_it_is_hungry_again_when_it_takes_most_of_its_room),
        cmocka_unit_test(false_alarms_make_room_and_are_forgotten),
        cmocka_unit_test(who_varies_gets_more_room_than_who_does_not),
        cmocka_unit_test(below_its_guarantee_it_is_a_suspect_and_not_released),
        cmocka_unit_test(a_suspect_that_wants_no_more_is_sated),
        cmocka_unit_test(a_squeezed_suspect_keeps_its_claim),
        cmocka_unit_test(sinking_below_what_it_was_content_with_makes_a_suspect),
        cmocka_unit_test(one_percent_less_than_its_guarantee_is_taken_for_all_of_it),
        cmocka_unit_test(a_pause_gives_the_guarantee_back_at_once_and_its_end_takes_it),
        cmocka_unit_test(sending_less_on_a_full_link_is_no_pause),
        cmocka_unit_test(a_pause_that_was_none_makes_a_suspect),
        cmocka_unit_test(who_was_found_sated_is_trusted_for_longer_each_time),
        cmocka_unit_test(a_guarantee_not_heard_of_for_long_counts_whatever_was_known),
        cmocka_unit_test(a_new_guarantee_counts_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
