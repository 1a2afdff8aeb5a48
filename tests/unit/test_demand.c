#include "tests/lib/check.h"

#include "controllerd/core/demand.h"

static const struct demand_input idle = {.usage = 0, .share = DAQS_UNLIMITED, .floor = 4 * MBIT};

static void an_idle_nic_is_granted_the_floor_and_not_more(void **state)
{
    struct demand d = {0};
    (void)state;
    demand_update(&d, &idle);
    assert_false(d.active);
    assert_int_equal(d.want, 4 * MBIT);
}

static void below_its_share_it_wants_a_quarter_more_to_grow(void **state)
{
    struct demand d = {0};
    (void)state;
    demand_update(&d, &(struct demand_input){400 * MBIT, 1000 * MBIT, 0, 4 * MBIT, true});
    assert_true(d.active);
    assert_int_equal(d.want, 504 * MBIT);
}

static void at_its_share_it_wants_more_than_can_be_seen(void **state)
{
    /* 0.955: what counters show of a shaped rate, because they leave out headers. */
    struct demand d = {0};
    (void)state;
    demand_update(&d, &(struct demand_input){955 * MBIT, 1000 * MBIT, 0, 4 * MBIT, false});
    assert_int_equal(d.want, DAQS_UNLIMITED);
}

static void unlimited_on_a_full_link_it_wants_more_than_can_be_seen(void **state)
{
    struct demand d = {0};
    (void)state;
    demand_update(&d, &(struct demand_input){500 * MBIT, DAQS_UNLIMITED, 0, 4 * MBIT, true});
    assert_int_equal(d.want, DAQS_UNLIMITED);
    d = (struct demand){0};
    demand_update(&d, &(struct demand_input){500 * MBIT, DAQS_UNLIMITED, 0, 4 * MBIT, false});
    assert_int_equal(d.want, 629 * MBIT);
}

static void a_guaranteed_nic_that_begins_gets_its_whole_guarantee(void **state)
{
    struct demand d = {0};
    (void)state;
    demand_update(&d, &(struct demand_input){20 * MBIT, DAQS_UNLIMITED, GBIT, 4 * MBIT, false});
    assert_int_equal(d.want, GBIT);
}

static void an_unused_guarantee_goes_back_after_patience_and_not_before(void **state)
{
    struct demand d = {0};
    const struct demand_input in = {200 * MBIT, 3 * GBIT, GBIT, 4 * MBIT, false};
    (void)state;
    for (int i = 1; i < DEMAND_PATIENCE; i++) {
        demand_update(&d, &in);
        assert_int_equal(d.want, GBIT);
    }
    demand_update(&d, &in);
    assert_int_equal(d.want, 254 * MBIT);
}

static void a_released_guarantee_is_reclaimed_by_one_report_at_the_share(void **state)
{
    struct demand d = {0};
    struct demand_input in = {200 * MBIT, 3 * GBIT, GBIT, 4 * MBIT, false};
    (void)state;
    for (int i = 0; i < 2 * DEMAND_PATIENCE; i++)
        demand_update(&d, &in);
    in.share = 254 * MBIT;
    in.usage = 250 * MBIT;
    demand_update(&d, &in);
    assert_int_equal(d.want, DAQS_UNLIMITED);
}

static void a_short_pause_keeps_the_guarantee_and_a_long_one_does_not(void **state)
{
    struct demand d = {0};
    struct demand_input in = {900 * MBIT, 3 * GBIT, GBIT, 4 * MBIT, false};
    (void)state;
    demand_update(&d, &in);
    in.usage = 0;
    demand_update(&d, &in);
    assert_true(d.active);
    assert_true(d.want >= GBIT);
    for (int i = 0; i < DEMAND_PATIENCE; i++)
        demand_update(&d, &in);
    assert_false(d.active);
    assert_int_equal(d.want, 4 * MBIT);
}

static void chatter_does_not_count_as_sending(void **state)
{
    struct demand d = {0};
    (void)state;
    demand_update(&d, &(struct demand_input){2 * MBIT, DAQS_UNLIMITED, GBIT, 4 * MBIT, false});
    assert_false(d.active);
    demand_update(&d, &(struct demand_input){2 * MBIT + 1, DAQS_UNLIMITED, GBIT, 4 * MBIT, false});
    assert_true(d.active);
}

/* Two times on and off within patience must not add up to a long silence. */
static void pauses_between_sending_do_not_add_up(void **state)
{
    struct demand d = {0};
    struct demand_input on = {900 * MBIT, 3 * GBIT, GBIT, 4 * MBIT, false};
    struct demand_input off = {0, 3 * GBIT, GBIT, 4 * MBIT, false};
    (void)state;
    for (int i = 0; i < 4 * DEMAND_PATIENCE; i++) {
        demand_update(&d, i % 2 ? &off : &on);
        assert_true(d.active);
        assert_true(d.want >= GBIT);
    }
}

static void on_a_full_link_little_may_be_all_it_gets(void **state)
{
    struct demand d = {0};
    (void)state;
    demand_update(&d, &(struct demand_input){MBIT, DAQS_UNLIMITED, GBIT, 4 * MBIT, true});
    assert_true(d.active);
    d = (struct demand){0};
    demand_update(&d, &(struct demand_input){200000, DAQS_UNLIMITED, GBIT, 4 * MBIT, true});
    assert_false(d.active);
    demand_update(&d, &(struct demand_input){MBIT, DAQS_UNLIMITED, 0, 4 * MBIT, true});
    assert_false(d.active); /* nothing was promised to it */
}

static void a_small_guarantee_in_use_is_not_chatter(void **state)
{
    struct demand d = {0};
    (void)state;
    demand_update(&d, &(struct demand_input){MBIT, DAQS_UNLIMITED, MBIT, 4 * MBIT, false});
    assert_true(d.active);
}

static void without_a_report_only_a_new_guarantee_counts(void **state)
{
    struct demand d = {0};
    struct demand_input in = {300 * MBIT, 3 * GBIT, 0, 4 * MBIT, false};
    (void)state;
    demand_keep(&d, &in);
    assert_int_equal(d.want, 4 * MBIT); /* never heard of: it may begin */
    demand_update(&d, &in);
    in.min = GBIT;
    demand_keep(&d, &in);
    assert_int_equal(d.want, GBIT);
    for (int i = 0; i < DEMAND_PATIENCE; i++)
        demand_update(&d, &in);
    assert_true(d.want < GBIT);
    demand_keep(&d, &in);
    assert_true(d.want < GBIT); /* it has proved not to use it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_nic_is_granted_the_floor_and_not_more),
        cmocka_unit_test(below_its_share_it_wants_a_quarter_more_to_grow),
        cmocka_unit_test(at_its_share_it_wants_more_than_can_be_seen),
        cmocka_unit_test(unlimited_on_a_full_link_it_wants_more_than_can_be_seen),
        cmocka_unit_test(a_guaranteed_nic_that_begins_gets_its_whole_guarantee),
        cmocka_unit_test(an_unused_guarantee_goes_back_after_patience_and_not_before),
        cmocka_unit_test(a_released_guarantee_is_reclaimed_by_one_report_at_the_share),
        cmocka_unit_test(a_short_pause_keeps_the_guarantee_and_a_long_one_does_not),
        cmocka_unit_test(chatter_does_not_count_as_sending),
        cmocka_unit_test(pauses_between_sending_do_not_add_up),
        cmocka_unit_test(on_a_full_link_little_may_be_all_it_gets),
        cmocka_unit_test(a_small_guarantee_in_use_is_not_chatter),
        cmocka_unit_test(without_a_report_only_a_new_guarantee_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
