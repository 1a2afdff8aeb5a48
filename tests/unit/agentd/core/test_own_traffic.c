/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agentd/core/own_traffic.h"

enum { POLL_US = 100000, FRAME = 1000 };
static const daqs_bps capacity = UINT64_C(10000000000);

/* Rates in Mbit/s: what the PF itself sends, what the guests send, and what they report. */
struct scene {
    uint64_t own;
    uint64_t sends[3];
    uint64_t says[3];
    bool included;   /* the PF's counter includes the VFs' traffic */
    bool port_known; /* the port's total is known */
    uint32_t missing;
};

static struct port_sample sample(uint64_t mbit)
{
    uint64_t bytes = mbit * POLL_US / 8;
    return (struct port_sample){POLL_US, bytes, bytes / FRAME};
}

static struct port_sample poll(struct own_traffic *o, const struct scene *s)
{
    uint64_t sent = 0;
    uint64_t said = 0;
    uint64_t most = 0;
    for (size_t i = 0; i < 3; i++) {
        sent += s->sends[i];
        said += s->says[i];
        most = s->says[i] > most ? s->says[i] : most;
    }
    const struct own_interval found = {
        .span_us = POLL_US,
        .pf = sample(s->own + (s->included ? sent : 0)),
        .port = s->port_known ? sample(s->own + sent) : (struct port_sample){0},
        .nics_bytes = sample(said).bytes,
        .nics_packets = sample(said).packets,
        .most_bytes = sample(most).bytes,
        .nics = 3,
        .missing = s->missing,
    };
    return own_traffic_update(o, &found, capacity);
}

/* Returns a scene with honest guests that send at these rates. */
static struct scene honest(uint64_t own, uint64_t a, uint64_t b, uint64_t c)
{
    return (struct scene){.own = own, .sends = {a, b, c}, .says = {a, b, c}};
}

/* Runs the scene for 'seconds'. Returns what is known about the PF's own traffic in that time. */
static struct port_sample pass(struct own_traffic *o, const struct scene *s, int seconds)
{
    struct port_sample own = {0};
    for (int i = 0; i < seconds * 10; i++) {
        const struct port_sample now = poll(o, s);
        port_sample_add(&own, &now);
    }
    return own;
}

/* Lets the guests start and stop: a counter that includes their traffic varies with it. */
static void vary(struct own_traffic *o, struct scene s, int times)
{
    for (int i = 0; i < times; i++) {
        for (size_t k = 0; k < 3; k++)
            s.sends[k] = s.says[k] = i % 2 ? 1500 : 100;
        (void)pass(o, &s, 3);
    }
}

static void assert_mbit(struct port_sample own, uint64_t mbit)
{
    assert_true(own.interval_us > 0);
    assert_in_range(port_sample_rate(&own) * 8 / 1000000, mbit - mbit / 50, mbit + mbit / 50);
}

static void nothing_is_known_of_a_pf_that_was_not_watched(void **state)
{
    struct own_traffic o = {0};
    const struct scene s = honest(3000, 500, 500, 500);
    (void)state;
    assert_int_equal(pass(&o, &s, 1).interval_us, 0);
}

static void a_pf_that_counts_less_than_its_guests_send_counts_itself_only(void **state)
{
    struct own_traffic o = {0};
    struct scene s = honest(400, 1000, 1000, 1000);
    (void)state;
    (void)pass(&o, &s, 6);
    assert_int_equal(o.scope, OWN_APART);
    assert_mbit(pass(&o, &s, 1), 400);
    s = honest(5000, 1000, 1000, 1000); /* also when it sends much more than they do */
    assert_mbit(pass(&o, &s, 60), 5000);
    assert_int_equal(o.scope, OWN_APART);
}

static void the_ports_total_shows_it_whatever_the_pf_sends(void **state)
{
    struct own_traffic o = {0};
    struct scene s = honest(4000, 900, 100, 0);
    (void)state;
    s.port_known = true;
    (void)pass(&o, &s, 6);
    assert_int_equal(o.scope, OWN_UNDECIDED); /* the port sent a quarter more, less than a third */
    s = honest(4000, 3000, 100, 0);
    s.port_known = true;
    (void)pass(&o, &s, 6);
    assert_int_equal(o.scope, OWN_APART);
    assert_mbit(pass(&o, &s, 1), 4000);
}

static void a_pf_with_the_ports_counters_includes_its_vfs(void **state)
{
    struct own_traffic o = {0};
    struct scene s = honest(1000, 1500, 100, 0);
    (void)state;
    s.port_known = s.included = true;
    (void)pass(&o, &s, 6);
    assert_int_equal(o.scope, OWN_INCLUDED);
    assert_mbit(pass(&o, &s, 3), 1000);
}

static void a_pf_whose_counter_rises_and_falls_with_its_guests_has_them_in_it(void **state)
{
    struct own_traffic o = {0};
    struct scene s = honest(700, 0, 0, 0);
    (void)state;
    s.included = true;
    vary(&o, s, 8);
    assert_int_equal(o.scope, OWN_INCLUDED);
    s = honest(700, 1000, 1000, 500);
    s.included = true;
    (void)pass(&o, &s, 1);
    assert_mbit(pass(&o, &s, 3), 700);
}

static void a_difference_of_headers_only_counts_as_none(void **state)
{
    struct own_traffic o = {0};
    struct scene s = honest(0, 0, 0, 0);
    (void)state;
    s.included = true;
    vary(&o, s, 8);
    s = honest(125, 1000, 1000, 500); /* the PF counts 5 % more than the guests */
    s.included = true;
    (void)pass(&o, &s, 1);
    const struct port_sample own = pass(&o, &s, 3);
    assert_true(own.interval_us > 0);
    assert_int_equal(own.bytes, 0);
}

static void while_the_guests_hardly_send_it_does_not_matter_whose_the_count_is(void **state)
{
    struct own_traffic o = {0};
    struct scene s = honest(3000, 20, 20, 20);
    (void)state;
    assert_mbit(pass(&o, &s, 1), 3000);
    s.missing = 1; /* its traffic is unknown */
    assert_int_equal(pass(&o, &s, 1).interval_us, 0);
}

static void a_steady_sum_proves_nothing(void **state)
{
    struct own_traffic o = {0};
    const struct scene s = honest(3000, 1000, 1000, 1000);
    (void)state;
    (void)pass(&o, &s, 60); /* the PF's own traffic may equal the guests' */
    assert_int_equal(o.scope, OWN_UNDECIDED);
}

static void guests_that_vary_beside_a_pf_that_does_not_prove_no_inclusion(void **state)
{
    struct own_traffic o = {0};
    (void)state;
    vary(&o, honest(5000, 0, 0, 0), 8);
    assert_int_not_equal(o.scope, OWN_INCLUDED);
}

/* As storage traffic does: it varies with the guests' traffic, but is less. */
static void a_pf_that_sends_along_with_its_guests_but_less_does_not_include_them(void **state)
{
    struct own_traffic o = {0};
    (void)state;
    for (int i = 0; i < 20; i++) {
        const uint64_t more = i % 2 ? 1000 : 100;
        const struct scene s = honest(700 + more, 2000, more / 2, more / 2);
        (void)pass(&o, &s, 3);
        assert_int_not_equal(o.scope, OWN_INCLUDED);
    }
}

static void small_changes_of_much_traffic_prove_no_inclusion(void **state)
{
    struct own_traffic o = {0};
    (void)state;
    for (int i = 0; i < 20; i++) {
        const uint64_t more = i % 2 ? 200 : 0;
        const struct scene s = honest(3100 + more, 3000, more / 2, more / 2);
        (void)pass(&o, &s, 3);
        assert_int_equal(o.scope, OWN_UNDECIDED);
    }
}

static void a_pf_that_counts_nothing_beside_a_single_guest_is_not_judged(void **state)
{
    struct own_traffic o = {0};
    const struct scene s = honest(0, 3000, 0, 0);
    (void)state;
    (void)pass(&o, &s, 20); /* only this guest's report contradicts it */
    assert_int_equal(o.scope, OWN_UNDECIDED);
}

static void learned_rates_are_dropped_when_contradicted(void **state)
{
    struct own_traffic o = {0};
    struct scene s = honest(500, 0, 0, 0);
    (void)state;
    s.included = true;
    vary(&o, s, 8);
    assert_int_equal(o.scope, OWN_INCLUDED);
    s = honest(500, 1000, 1000, 1000); /* the NIC changed its mode */
    (void)pass(&o, &s, 5);
    assert_int_equal(o.scope, OWN_UNDECIDED);
    (void)pass(&o, &s, 3);
    assert_int_equal(o.scope, OWN_APART);
    s.included = true; /* and changed it back */
    vary(&o, s, 14);
    assert_int_equal(o.scope, OWN_INCLUDED);
}

/* Otherwise the other guests' traffic would count as the PF's own, and reduce what all VMs
 * share. */
static void one_guest_that_claims_to_send_more_decides_nothing(void **state)
{
    static const uint64_t lies[] = {100, 900, 2000, 6000, 9900};
    (void)state;
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        struct own_traffic o = {0};
        struct scene s = honest(0, 1000, 500, 0);
        s.included = true;
        for (int n = 0; n < 60; n++) {
            s.says[2] = n % 6 < 3 ? lies[i] : 0;
            (void)pass(&o, &s, 1);
            assert_int_not_equal(o.scope, OWN_APART);
        }
    }
}

static void a_second_without_samples_proves_nothing_about_own_traffic(void **state)
{
    struct own_traffic o = {0};
    struct scene s = honest(700, 0, 0, 0);
    (void)state;
    s.included = true;
    vary(&o, s, 8);
    s = honest(700, 1000, 1000, 500);
    s.included = true;
    s.missing = 1;
    (void)pass(&o, &s, 1);
    assert_int_equal(pass(&o, &s, 3).interval_us, 0);
}

static void a_counter_that_is_not_known_gives_nothing(void **state)
{
    struct own_traffic o = {0};
    const struct scene s = honest(400, 1000, 1000, 1000);
    const struct own_interval silent = {.span_us = POLL_US, .nics = 3};
    (void)state;
    (void)pass(&o, &s, 6);
    assert_int_equal(own_traffic_update(&o, &silent, capacity).interval_us, 0);
    const struct own_interval empty = {0};
    assert_int_equal(own_traffic_update(&o, &empty, 0).interval_us, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_known_of_a_pf_that_was_not_watched),
        cmocka_unit_test(a_pf_that_counts_less_than_its_guests_send_counts_itself_only),
        cmocka_unit_test(the_ports_total_shows_it_whatever_the_pf_sends),
        cmocka_unit_test(a_pf_with_the_ports_counters_includes_its_vfs),
        cmocka_unit_test(a_pf_whose_counter_rises_and_falls_with_its_guests_has_them_in_it),
        cmocka_unit_test(a_difference_of_headers_only_counts_as_none),
        cmocka_unit_test(while_the_guests_hardly_send_it_does_not_matter_whose_the_count_is),
        cmocka_unit_test(a_steady_sum_proves_nothing),
        cmocka_unit_test(guests_that_vary_beside_a_pf_that_does_not_prove_no_inclusion),
        cmocka_unit_test(a_pf_that_sends_along_with_its_guests_but_less_does_not_include_them),
        cmocka_unit_test(small_changes_of_much_traffic_prove_no_inclusion),
        cmocka_unit_test(a_pf_that_counts_nothing_beside_a_single_guest_is_not_judged),
        cmocka_unit_test(learned_rates_are_dropped_when_contradicted),
        cmocka_unit_test(one_guest_that_claims_to_send_more_decides_nothing),
        cmocka_unit_test(a_second_without_samples_proves_nothing_about_own_traffic),
        cmocka_unit_test(a_counter_that_is_not_known_gives_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
