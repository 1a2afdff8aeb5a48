/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the interface whose counters move with a VF's (FIELD.md G2). A guest has some interfaces
 * that send, and VFs that each count what one interface sends and update their counters now and
 * then. */
#include "tests/lib/check.h"

#include <stdio.h>
#include <string.h>

#include "agentd/core/identity_moves.h"
#include "tests/lib/random.h"

#define S INT64_C(1000000)
#define POLL_US (S / 5)
enum { MOST = 4, MB = 1000000 };

static struct identity_moves m;
static int64_t now;
static unsigned reads; /* how often the interfaces' counters were read */

/* What the guest reports. */
static struct moves_interface interface[MOST];
static size_t interfaces;
static double said[MOST]; /* bytes per second */
/* The truth: VF i belongs to interface i. */
static struct moves_vf vf[MOST];
static size_t nics;
static double counted[MOST];
static double hidden[MOST]; /* counted, but not shown yet */
static int64_t refresh_us;
static bool late; /* the VFs' counters are those of the previous poll */

static int setup(void **state)
{
    (void)state;
    m = (struct identity_moves){0};
    now = 100 * S;
    reads = 0;
    refresh_us = 0;
    late = false;
    interfaces = 2;
    nics = 1;
    for (size_t i = 0; i < MOST; i++) {
        interface[i] = (struct moves_interface){.known = true, .tx_bytes = 1000 * i};
        (void)snprintf(interface[i].ifname, sizeof interface[i].ifname, "eth%zu", i);
        vf[i] = (struct moves_vf){.known = true, .tx_bytes = 77, .mac.byte = {2, 0, 0, 0, 0, 1}};
        vf[i].mac.byte[5] = (uint8_t)i;
        said[i] = counted[i] = hidden[i] = 0;
    }
    return 0;
}

static void show(size_t i)
{
    int64_t at_us = late ? now - POLL_US : now;
    if (at_us < vf[i].at_us + refresh_us || hidden[i] < 1)
        return;
    vf[i].at_us = at_us;
    vf[i].tx_bytes += (uint64_t)hidden[i];
    vf[i].tx_packets += (uint64_t)hidden[i] / 1500;
    hidden[i] = 0;
}

static void poll(void)
{
    now += POLL_US;
    for (size_t i = 0; i < MOST; i++) {
        interface[i].at_us = now;
        interface[i].tx_bytes += (uint64_t)(said[i] * POLL_US / S);
        if (late)
            show(i);
        hidden[i] += counted[i] * POLL_US / S;
        if (!late)
            show(i);
    }
    if (!identity_moves_due(&m, vf, nics, now))
        return;
    reads++;
    identity_moves_take(&m, vf, nics, interface, interfaces, now);
}

static void go(int seconds)
{
    for (int64_t end = now + seconds * S; now < end;)
        poll();
}

static void send(size_t i, double bytes_per_s)
{
    said[i] = bytes_per_s;
    counted[i] = bytes_per_s * 1.016; /* the frame check sequence, and headers of segments */
}

static void assert_is(size_t i, const char *ifname)
{
    assert_string_equal(identity_moves_with(&m, i, &vf[i].mac), ifname);
}

static void g2_the_one_that_moves_with_the_vf_is_the_nic(void **state)
{
    (void)state;
    send(0, 5 * MB);
    said[1] = MB;
    go(4);
    assert_is(0, "");
    go(16);
    assert_is(0, "eth0");
    assert_in_range(reads, 4, 6);
}

static void it_takes_several_spans(void **state)
{
    (void)state;
    send(0, 5 * MB);
    for (unsigned span = 0; span < MOVES_ROUNDS; span++) {
        assert_is(0, "");
        go(MOVES_SPAN_US / S + 1);
    }
    assert_is(0, "eth0");
}

static void g2_a_bridge_and_its_port_stay_open(void **state)
{
    (void)state;
    send(0, 5 * MB);
    said[1] = said[0];
    go(300);
    assert_is(0, "");
    said[1] = said[0] * 0.6; /* another bridge sent part of it */
    go(300);
    assert_is(0, "");
    assert_in_range(reads, 5, 30); /* they are read less and less often */
}

static void a_value_unknown_for_one_leaves_all_open(void **state)
{
    (void)state;
    send(0, 5 * MB);
    interface[1].known = false;
    go(100);
    assert_is(0, "");
}

static void an_idle_vf_proves_nothing_and_costs_nothing(void **state)
{
    (void)state;
    said[1] = 5 * MB;
    go(100);
    assert_int_equal(reads, 0);
    send(0, 100); /* very little */
    go(200);
    assert_in_range(reads, 1, 3);
    assert_is(0, "");
}

static void counters_that_are_shown_late_will_do(void **state)
{
    (void)state;
    send(0, 5 * MB);
    refresh_us = 2 * S;
    go(60);
    assert_is(0, "eth0");
}

/* Active-active first, then one port after the other. */
static void g2_each_port_of_a_team_is_identified_by_its_vf(void **state)
{
    (void)state;
    nics = 2;
    send(0, 5 * MB);
    send(1, 5 * MB);
    go(60);
    assert_is(0, "");
    assert_is(1, "");
    send(1, 0);
    go(200);
    assert_is(0, "eth0");
    assert_is(1, "");
    send(0, 0);
    send(1, 5 * MB);
    go(60);
    assert_is(0, "eth0");
    assert_is(1, "eth1");
    send(0, 5 * MB); /* moving alike again refutes nothing */
    go(60);
    assert_is(0, "eth0");
    assert_is(1, "eth1");
}

/* In every second span of 4 s, another interface sends nearly as much. */
static void a_span_that_was_long_enough_is_kept(void **state)
{
    (void)state;
    send(0, 5 * MB);
    for (int i = 0; i < 30; i++) {
        said[1] = i % 2 ? 0 : 4 * MB;
        go(4);
    }
    assert_is(0, "eth0");
}

/* The second VF's interface is in another network namespace. */
static void vfs_that_send_alike_do_not_share_an_interface(void **state)
{
    (void)state;
    nics = 2;
    send(0, 5 * MB);
    send(1, 5 * MB);
    said[1] = 0;
    go(100);
    assert_is(0, "");
    assert_is(1, "");
}

/* The guest made up "eth1", which reports what the VF sends; the real sender is eth0, or bypasses
 * the kernel. */
static void tell_eth1(void)
{
    said[1] = counted[0] = 5 * MB;
    go(20);
    assert_is(0, "eth1");
}

static void a_guest_that_lies_is_detected_and_not_believed_again(void **state)
{
    (void)state;
    tell_eth1();
    said[1] = 3 * MB;
    go(25);
    assert_is(0, "");
    said[1] = 5 * MB;
    go(300);
    assert_is(0, "");
    identity_moves_forget(&m, false); /* other interfaces */
    go(300);
    assert_is(0, "");
    identity_moves_forget(&m, true); /* another boot */
    go(30);
    assert_is(0, "eth1");
}

static void a_guest_that_lies_every_other_time_is_detected(void **state)
{
    (void)state;
    tell_eth1();
    for (int i = 0; i < 10; i++) {
        said[1] = (i % 2 ? 5 : 2) * MB;
        go(9);
    }
    assert_is(0, "");
}

static void counters_that_always_restart_are_not_an_excuse(void **state)
{
    (void)state;
    tell_eth1();
    for (int i = 0; i < 30; i++) {
        go(1);
        interface[1].tx_bytes = 0;
    }
    assert_is(0, "");
}

/* The driver was reloaded. */
static void counters_that_restart_once_refute_nothing(void **state)
{
    (void)state;
    tell_eth1();
    interface[1].tx_bytes = 0;
    go(60);
    assert_is(0, "eth1");
    vf[0].tx_bytes = 0;
    go(60);
    assert_is(0, "eth1");
}

static void tell_eth0(void)
{
    send(0, 5 * MB);
    go(20);
    assert_is(0, "eth0");
}

/* Counters that the guest agent failed to report are not evidence against the interface. */
static void a_reading_that_fails_refutes_nothing(void **state)
{
    (void)state;
    tell_eth0();
    for (int i = 0; i < 20; i++) {
        unsigned before = reads;
        interface[0].known = false;
        while (reads == before)
            poll();
        interface[0].known = true;
        go(20);
        assert_is(0, "eth0");
    }
}

static void a_guest_that_stops_reporting_is_open_again(void **state)
{
    (void)state;
    tell_eth1();
    for (int i = 0; i < 2; i++) {
        interface[1].known = false;
        go(50);
        assert_is(0, "");
        interface[1].known = true;
        go(120);
        assert_is(0, "eth1");
    }
}

static void a_guest_that_falls_silent_repeatedly_is_not_believed(void **state)
{
    (void)state;
    tell_eth1();
    for (int i = 0; i < 2; i++) {
        interface[1].known = false;
        go(50);
        interface[1].known = true;
        go(20);
    }
    assert_is(0, "");
}

static void burst(void)
{
    send(0, 100 * MB);
    poll();
    send(0, MB / 4);
}

/* What is sent between the two readings is in the guest's counters but not yet in the VF's. */
static void bursts_at_the_ends_of_spans_refute_nothing(void **state)
{
    struct random_source r = {random_seed()};
    (void)state;
    late = true;
    tell_eth0();
    send(0, MB / 4);
    for (int i = 0; i < 500; i++) {
        while (now - m.from_us < 2 * MOVES_SPAN_US - POLL_US)
            poll();
        if (random_below(&r, 2))
            burst();
        else
            poll();
        assert_is(0, "eth0");
    }
}

/* However the guest sends, and however late the VF's counters are. */
static void an_honest_guest_stays_identified(void **state)
{
    enum { WORLDS = 50, BURSTS = 200 };
    struct random_source r = {random_seed()};
    for (int world = 0; world < WORLDS; world++) {
        setup(state);
        late = random_below(&r, 2);
        refresh_us = (int64_t)random_below(&r, 3) * S;
        send(0, 5 * MB);
        go(60);
        assert_is(0, "eth0");
        for (int i = 0; i < BURSTS; i++) {
            send(0, (double)random_below(&r, 4) * MB / 4);
            for (uint64_t polls = random_below(&r, 100); polls > 0; polls--)
                poll();
            send(0, (double)random_below(&r, 100) * MB);
            for (uint64_t polls = random_below(&r, 3); polls > 0; polls--)
                poll();
            assert_is(0, "eth0");
        }
    }
}

static void a_detected_guest_is_compared_again_after_an_hour(void **state)
{
    (void)state;
    tell_eth1();
    said[1] = MB;
    go(30);
    said[1] = 5 * MB;
    go(3500);
    assert_is(0, "");
    go(200);
    assert_is(0, "eth1");
}

static void other_interfaces_are_not_an_excuse(void **state)
{
    (void)state;
    tell_eth1();
    for (int i = 0; i < 4; i++) {
        said[1] = MB;
        go(16);
        identity_moves_forget(&m, false);
        said[1] = 5 * MB;
        go(20);
    }
    assert_is(0, "");
}

static void another_nic_in_its_place_is_not_reported(void **state)
{
    (void)state;
    tell_eth1();
    vf[0].mac.byte[5] = 9;
    go(10);
    assert_is(0, "");
}

static void swap_nics(size_t a, size_t b)
{
    struct moves_vf was = vf[a];
    vf[a] = vf[b];
    vf[b] = was;
    double sends = counted[a];
    counted[a] = counted[b];
    counted[b] = sends;
}

/* A guest that lists its nics itself may list them in any order. */
static void facts_of_a_nic_follow_its_address(void **state)
{
    (void)state;
    nics = 3;
    tell_eth1();
    said[1] = MB;
    go(30);
    assert_is(0, "");
    swap_nics(0, 1);
    poll();
    swap_nics(1, 2);
    poll();
    swap_nics(0, 2);
    poll();
    said[1] = 5 * MB;
    go(300);
    for (size_t i = 0; i < nics; i++)
        assert_is(i, "");
}

static void a_reported_nic_is_reported_again_in_another_place(void **state)
{
    (void)state;
    nics = 3;
    tell_eth0();
    swap_nics(0, 2);
    assert_is(0, ""); /* even if they were not compared since */
    poll();
    assert_is(0, "");
    assert_is(2, "eth0");
}

static void there_is_a_most_of_interfaces_and_nics(void **state)
{
    static struct moves_interface many[MOVES_INTERFACES_MAX + 1];
    (void)state;
    send(0, 5 * MB);
    for (int i = 0; i < 100; i++) {
        poll();
        identity_moves_take(&m, vf, nics, many, MOVES_INTERFACES_MAX + 1, now);
    }
    assert_is(0, "");
    assert_string_equal(identity_moves_with(&m, MOVES_NICS_MAX, &vf[0].mac), "");
}

/* Whatever is sent, the result is eth0 or none, as long as the guest reports eth0 correctly. */
static void the_wrong_one_is_never_identified(void **state)
{
    enum { WORLDS = 200, STEPS = 200 };
    struct random_source r = {random_seed()};
    unsigned found = 0;
    for (int world = 0; world < WORLDS; world++) {
        setup(state);
        interfaces = 1 + random_below(&r, MOST);
        refresh_us = (int64_t)random_below(&r, 3) * S;
        for (int step = 0; step < STEPS; step++) {
            size_t i = random_below(&r, interfaces);
            double rate = (double)random_below(&r, 10) * MB;
            bool alike = random_below(&r, 3) == 0; /* reports the same as another */
            said[i] = alike ? said[random_below(&r, interfaces)] : rate;
            counted[0] = said[0] * 1.016;
            go((int)random_below(&r, 20));
            const char *is = identity_moves_with(&m, 0, &vf[0].mac);
            if (*is)
                assert_string_equal(is, "eth0");
            found += *is != '\0';
        }
    }
    assert_true(found > 0);
}

/* None of the interfaces that the guest reports is the VF's. Whatever it reports, an interface is
 * identified with the VF only if its counters moved with the VF's shortly before. */
static void a_liar_gains_seconds(void **state)
{
    enum { WORLDS = 200, SECONDS = 300 };
    struct random_source r = {random_seed()};
    for (int world = 0; world < WORLDS; world++) {
        int lies = 0;
        setup(state);
        late = random_below(&r, 2);
        refresh_us = (int64_t)random_below(&r, 3) * S;
        int found_out_s = refresh_us ? 60 : 26; /* the ends of spans are known less exactly */
        counted[0] = 5 * MB;
        said[1] = 5 * MB;
        for (int s = 0; s < SECONDS; s++) {
            if (random_below(&r, 10) == 0)
                said[1] = (double)random_below(&r, 6) * MB;
            go(1);
            bool told = *identity_moves_with(&m, 0, &vf[0].mac) != '\0';
            lies = told && said[1] < 5 * MB * 0.7 ? lies + 1 : 0;
            if (lies > found_out_s)
                fail_msg("believed for %d s", lies);
        }
    }
}

#define CASE(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(g2_the_one_that_moves_with_the_vf_is_the_nic),
        CASE(it_takes_several_spans),
        CASE(g2_a_bridge_and_its_port_stay_open),
        CASE(a_value_unknown_for_one_leaves_all_open),
        CASE(an_idle_vf_proves_nothing_and_costs_nothing),
        CASE(counters_that_are_shown_late_will_do),
        CASE(g2_each_port_of_a_team_is_identified_by_its_vf),
        CASE(a_span_that_was_long_enough_is_kept),
        CASE(vfs_that_send_alike_do_not_share_an_interface),
        CASE(a_guest_that_lies_is_detected_and_not_believed_again),
        CASE(a_guest_that_lies_every_other_time_is_detected),
        CASE(counters_that_always_restart_are_not_an_excuse),
        CASE(counters_that_restart_once_refute_nothing),
        CASE(a_reading_that_fails_refutes_nothing),
        CASE(a_guest_that_stops_reporting_is_open_again),
        CASE(a_guest_that_falls_silent_repeatedly_is_not_believed),
        CASE(bursts_at_the_ends_of_spans_refute_nothing),
        CASE(an_honest_guest_stays_identified),
        CASE(a_detected_guest_is_compared_again_after_an_hour),
        CASE(other_interfaces_are_not_an_excuse),
        CASE(another_nic_in_its_place_is_not_reported),
        CASE(facts_of_a_nic_follow_its_address),
        CASE(a_reported_nic_is_reported_again_in_another_place),
        CASE(there_is_a_most_of_interfaces_and_nics),
        CASE(the_wrong_one_is_never_identified),
        CASE(a_liar_gains_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
