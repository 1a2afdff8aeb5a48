/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agentd/core/tc.h"

#define MBIT UINT64_C(1000000)
#define GBIT UINT64_C(1000000000)

static const struct tc_state unknown = {TC_ROOT_UNKNOWN, DAQS_UNLIMITED};
static const struct tc_state none = {TC_ROOT_DEFAULT, DAQS_UNLIMITED};
static const struct tc_state tenant = {TC_ROOT_TENANT, DAQS_UNLIMITED};
static const struct tc_state ours_without_class = {TC_ROOT_OURS, DAQS_UNLIMITED};

static struct tc_state ours(daqs_bps limit)
{
    return (struct tc_state){TC_ROOT_OURS, limit};
}

/* --- rounding --- */

static void limits_are_rounded_down_to_rates_that_tc_can_show(void **state)
{
    (void)state;
    static const struct {
        daqs_bps limit;
        daqs_bps rounded;
    } cases[] = {
        {1, 100000},
        {99999, 100000},
        {100000, 100000},
        {100999, 100000},
        {999999, 999000},
        {1000000, 1000000},
        {1234567, 1234000},
        {999999999, 999999000},
        {1000000000, 1000000000},
        {1000999999, 1000000000},
        {1234567890, 1234000000},
        {2500000000, 2500000000},
        {9876543210, 9876000000},
        {40000000000, 40000000000},
        {999999999999, 999999000000},
        {1000000000000, 1000000000000},
        {1234567890123, 1234000000000},
        {10000000000000, 10000000000000},
        {10000000000001, 10000000000000},
        {1000000000000000, 10000000000000},
        {UINT64_MAX - 1, 10000000000000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(tc_round(cases[i].limit), cases[i].rounded);
}

static void no_limit_stays_no_limit(void **state)
{
    (void)state;
    assert_true(tc_round(DAQS_UNLIMITED) == DAQS_UNLIMITED);
}

static uint64_t random_state = 88172645463325252U;

static uint64_t random_number(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* Returns rates of every magnitude, because few uniform random numbers are small. */
static daqs_bps random_limit(void)
{
    return TC_RATE_MIN + (random_number() >> (random_number() % 64)) % (TC_RATE_MAX - TC_RATE_MIN);
}

static void rounding_never_gives_more_and_little_less(void **state)
{
    (void)state;
    for (int i = 0; i < 200000; i++) {
        daqs_bps limit = random_limit();
        daqs_bps rounded = tc_round(limit);
        assert_true(rounded <= limit);
        assert_true(limit - rounded < 1000 || limit - rounded <= limit / 1000);
        assert_int_equal(tc_round(rounded), rounded);
    }
}

/* A rate as iproute2 6.1 prints it (lib/utils.c, print_color_rate). */
static const char *tc_text(daqs_bps rate, char buf[static 32])
{
    static const char *const units[] = {"", "K", "M", "G", "T"};
    int i = 0;
    while (i < 4 && rate >= 1000 && !(rate % 1000 != 0 && rate < UINT64_C(1000) * 1000)) {
        rate /= 1000;
        i++;
    }
    (void)snprintf(buf, 32, "%" PRIu64 "%sbit", rate, units[i]);
    return buf;
}

static daqs_bps read_back(daqs_bps rate)
{
    char text[32];
    char output[256];
    (void)snprintf(output, sizeof output,
                   "qdisc htb da05: root refcnt 3 r2q 10 default 0x1 direct_packets_stat 0 "
                   "direct_qlen 1000\n"
                   "class htb da05:1 root prio 0 rate %s ceil %s burst 154012b cburst 154012b \n",
                   tc_text(rate, text), text);
    struct tc_state s = tc_parse_state(output);
    assert_int_equal(s.root, TC_ROOT_OURS);
    return s.limit;
}

/* The function above against recorded output of tc. */
static void tc_prints_rates_as_it_was_seen_to(void **state)
{
    (void)state;
    static const struct {
        daqs_bps rate;
        const char *text;
    } seen[] = {
        {8, "8bit"},
        {1000, "1Kbit"},
        {999999992, "999999Kbit"},
        {1234567888, "1234Mbit"},
        {2500000000, "2500Mbit"},
        {3000000000, "3Gbit"},
        {12345678000, "12345Mbit"},
        {34359738368, "34359Mbit"},
        {40000000000, "40Gbit"},
        {100000000000, "100Gbit"},
    };
    char text[32];
    for (size_t i = 0; i < sizeof seen / sizeof seen[0]; i++)
        assert_string_equal(tc_text(seen[i].rate, text), seen[i].text);
}

static void a_rounded_limit_reads_back_as_it_was_set(void **state)
{
    (void)state;
    static const daqs_bps edges[] = {TC_RATE_MIN, 999000,        1000000,       999999000,
                                     1000000000,  999999000000,  1000000000000, 1234567890,
                                     999999999,   1000000000000, TC_RATE_MAX};
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++)
        assert_int_equal(read_back(tc_round(edges[i])), tc_round(edges[i]));
    for (int i = 0; i < 50000; i++) {
        daqs_bps rounded = tc_round(random_limit());
        assert_int_equal(read_back(rounded), rounded);
    }
}

/* --- bursts --- */

static void a_burst_holds_a_millisecond_of_the_rate(void **state)
{
    (void)state;
    assert_int_equal(tc_burst_bytes(1 * GBIT), 125000);
    assert_int_equal(tc_burst_bytes(10 * GBIT), 1250000);
    assert_int_equal(tc_burst_bytes(1234 * MBIT), 154250);
}

static void a_burst_is_never_less_than_ten_frames(void **state)
{
    (void)state;
    assert_int_equal(tc_burst_bytes(TC_RATE_MIN), 15140);
    assert_int_equal(tc_burst_bytes(121 * MBIT), 15140);
    assert_int_equal(tc_burst_bytes(122 * MBIT), 15250);
}

/* tc stores sizes in 32 bits and rejects larger ones. */
static void the_largest_burst_fits_tc(void **state)
{
    (void)state;
    assert_true(tc_burst_bytes(TC_RATE_MAX) <= UINT32_MAX);
}

/* --- batches --- */

static void assert_batch(const struct tc_state *now, daqs_bps wanted, const char *expected)
{
    char batch[TC_BATCH_BYTES];
    assert_true(tc_plan_change("eth0", now, wanted, batch));
    assert_string_equal(batch, expected);
}

static void assert_nothing_to_do(const struct tc_state *now, daqs_bps wanted)
{
    char batch[TC_BATCH_BYTES];
    assert_false(tc_plan_change("eth0", now, wanted, batch));
}

static void a_probe_only_shows(void **state)
{
    (void)state;
    char batch[TC_BATCH_BYTES];
    tc_plan_probe("ens3", batch);
    assert_string_equal(batch, "qdisc show dev ens3\nclass show dev ens3\n");
}

static void from_none_to_a_limit_adds_a_qdisc_and_its_class(void **state)
{
    (void)state;
    assert_batch(&none, 1 * GBIT,
                 "qdisc add dev eth0 root handle da05: htb default 1\n"
                 "class replace dev eth0 parent da05: classid da05:1 htb rate 1000000kbit "
                 "ceil 1000000kbit burst 125000 cburst 125000 quantum 60000 overhead 24 mpu 84\n"
                 "qdisc show dev eth0\n"
                 "class show dev eth0\n");
}

static void from_limit_to_limit_changes_the_class_only(void **state)
{
    (void)state;
    struct tc_state now = ours(1 * GBIT);
    assert_batch(&now, 1234567890,
                 "class replace dev eth0 parent da05: classid da05:1 htb rate 1234000kbit "
                 "ceil 1234000kbit burst 154250 cburst 154250 quantum 60000 overhead 24 mpu 84\n"
                 "qdisc show dev eth0\n"
                 "class show dev eth0\n");
}

/* The state that a batch leaves when its second line fails. */
static void a_qdisc_of_ours_without_a_class_gets_one(void **state)
{
    (void)state;
    assert_batch(&ours_without_class, 500000,
                 "class replace dev eth0 parent da05: classid da05:1 htb rate 500kbit "
                 "ceil 500kbit burst 15140 cburst 15140 quantum 60000 overhead 24 mpu 84\n"
                 "qdisc show dev eth0\n"
                 "class show dev eth0\n");
}

static void from_a_limit_to_none_removes_our_qdisc(void **state)
{
    (void)state;
    static const char expected[] = "qdisc del dev eth0 root handle da05:\n"
                                   "qdisc show dev eth0\n"
                                   "class show dev eth0\n";
    struct tc_state now = ours(1 * GBIT);
    assert_batch(&now, DAQS_UNLIMITED, expected);
    assert_batch(&ours_without_class, DAQS_UNLIMITED, expected);
}

static void a_limit_in_force_is_left_alone(void **state)
{
    (void)state;
    struct tc_state now = ours(1234 * MBIT);
    assert_nothing_to_do(&now, 1234 * MBIT);
    assert_nothing_to_do(&now, 1234567890);
}

static void no_limit_needs_no_change_where_none_is_set(void **state)
{
    (void)state;
    assert_nothing_to_do(&none, DAQS_UNLIMITED);
}

static void the_tenants_qdiscs_are_not_touched(void **state)
{
    (void)state;
    assert_nothing_to_do(&tenant, 1 * GBIT);
    assert_nothing_to_do(&tenant, DAQS_UNLIMITED);
}

static void unknown_limits_are_not_touched(void **state)
{
    (void)state;
    assert_nothing_to_do(&unknown, 1 * GBIT);
    assert_nothing_to_do(&unknown, DAQS_UNLIMITED);
}

static void the_longest_batch_fits(void **state)
{
    (void)state;
    char batch[TC_BATCH_BYTES];
    static const char tail[] = "\nqdisc show dev abcdefghijklmno\nclass show dev abcdefghijklmno\n";
    assert_true(tc_plan_change("abcdefghijklmno", &none, UINT64_MAX - 1, batch));
    assert_string_equal(batch + strlen(batch) - strlen(tail), tail);
    assert_non_null(strstr(batch, " rate 10000000000kbit ceil 10000000000kbit "));
}

/* --- output of tc --- */

static void assert_state(const char *output, enum tc_root root, daqs_bps limit)
{
    struct tc_state s = tc_parse_state(output);
    assert_int_equal(s.root, root);
    assert_true(s.limit == limit);
}

static void the_kernels_own_qdiscs_are_free_to_be_replaced(void **state)
{
    (void)state;
    static const char *const outputs[] = {
        "qdisc noqueue 0: root refcnt 2 \n",
        "qdisc fq_codel 0: root refcnt 2 limit 10240p flows 1024 quantum 1514 target 5ms "
        "interval 100ms memory_limit 32Mb ecn drop_batch 64 \n",
        "qdisc pfifo_fast 0: root refcnt 2 bands 3 priomap 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1\n",
        "qdisc mq 0: root \n"
        "qdisc fq_codel 0: parent :2 limit 10240p flows 1024 quantum 1514 target 5ms\n"
        "qdisc fq_codel 0: parent :1 limit 10240p flows 1024 quantum 1514 target 5ms\n"
        "class mq :1 root \n"
        "class mq :2 root \n",
        "qdisc noqueue 0: root refcnt 2",
    };
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++)
        assert_state(outputs[i], TC_ROOT_DEFAULT, DAQS_UNLIMITED);
}

#define OUR_QDISC                                                                                  \
    "qdisc htb da05: root refcnt 3 r2q 10 default 0x1 direct_packets_stat 0 direct_qlen 1000\n"

static void our_limit_is_recognised(void **state)
{
    (void)state;
    assert_state(OUR_QDISC "class htb da05:1 root prio 0 rate 1234Mbit ceil 1234Mbit "
                           "burst 154012b cburst 154012b \n",
                 TC_ROOT_OURS, 1234 * MBIT);
    assert_state(OUR_QDISC "class htb da05:1 root prio 0 quantum 60000 rate 2500Mbit "
                           "ceil 2500Mbit linklayer ethernet burst 312500b/1 mpu 0b "
                           "cburst 312500b/1 mpu 0b level 0 \n",
                 TC_ROOT_OURS, 2500 * MBIT);
    assert_state(OUR_QDISC "class htb da05:1 root leaf 8001: prio 0 rate 999999Kbit "
                           "ceil 999999Kbit burst 1b cburst 1b",
                 TC_ROOT_OURS, 999999000);
}

static void our_qdisc_without_a_class_limits_nothing(void **state)
{
    (void)state;
    assert_state(OUR_QDISC, TC_ROOT_OURS, DAQS_UNLIMITED);
}

static void other_classes_are_not_our_limit(void **state)
{
    (void)state;
    static const char ours_line[] = "class htb da05:1 root prio 0 rate 5Mbit ceil 5Mbit \n";
    static const char other_lines[] = "class htb da05:10 root prio 0 rate 7Mbit ceil 7Mbit \n"
                                      "class htb da05:2 root prio 0 rate 8Mbit ceil 8Mbit \n"
                                      "class htb 1:10 root prio 0 rate 9Mbit ceil 9Mbit \n"
                                      "class tbf da05:1 parent da05: rate 6Mbit\n";
    char output[1024];
    (void)snprintf(output, sizeof output, "%s%s%s", OUR_QDISC, other_lines, ours_line);
    assert_state(output, TC_ROOT_OURS, 5 * MBIT);
    (void)snprintf(output, sizeof output, "%s%s%s", OUR_QDISC, ours_line, other_lines);
    assert_state(output, TC_ROOT_OURS, 5 * MBIT);
    (void)snprintf(output, sizeof output, "%s%s", OUR_QDISC, other_lines);
    assert_state(output, TC_ROOT_OURS, DAQS_UNLIMITED);
}

static void qdiscs_with_another_handle_are_the_tenants(void **state)
{
    (void)state;
    static const char *const outputs[] = {
        "qdisc tbf 801e: root refcnt 3 rate 1Gbit burst 131000b lat 10ms \n"
        "class tbf 801e:1 parent 801e: \n",
        "qdisc htb 1: root refcnt 3 r2q 10 default 0x10 direct_packets_stat 0 direct_qlen 1000\n"
        "class htb 1:10 root prio 0 rate 1Gbit ceil 1Gbit burst 1375b cburst 1375b \n",
        "qdisc mq 8020: root \n"
        "qdisc pfifo_fast 0: parent 8020:1 bands 3 priomap 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1\n",
        "qdisc pfifo_fast 801f: root refcnt 3 bands 3 priomap 1 2 2 2 1 2 0 0 1 1 1 1 1 1 1 1\n"
        "qdisc clsact ffff: parent ffff:fff1 \n",
        "qdisc htb da050: root refcnt 3 r2q 10\n",
    };
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++)
        assert_state(outputs[i], TC_ROOT_TENANT, DAQS_UNLIMITED);
}

static void our_handle_on_a_qdisc_of_another_kind_is_not_ours(void **state)
{
    (void)state;
    assert_state("qdisc tbf da05: root refcnt 3 rate 1Gbit burst 131000b lat 10ms \n",
                 TC_ROOT_TENANT, DAQS_UNLIMITED);
}

static void a_class_like_ours_under_a_tenants_root_is_not_a_limit(void **state)
{
    (void)state;
    assert_state("qdisc tbf 801e: root refcnt 3 rate 1Gbit burst 131000b lat 10ms \n"
                 "class htb da05:1 root prio 0 rate 5Mbit ceil 5Mbit \n",
                 TC_ROOT_TENANT, DAQS_UNLIMITED);
    assert_state("class htb da05:1 root prio 0 rate 5Mbit ceil 5Mbit \n", TC_ROOT_UNKNOWN,
                 DAQS_UNLIMITED);
}

static void only_the_root_counts(void **state)
{
    (void)state;
    assert_state("qdisc ingress ffff: parent ffff:fff1 ---------------- \n"
                 "qdisc noqueue 0: root refcnt 2 \n",
                 TC_ROOT_DEFAULT, DAQS_UNLIMITED);
    assert_state("qdisc noqueue 0: root refcnt 2 \n"
                 "qdisc clsact ffff: parent ffff:fff1 \n",
                 TC_ROOT_DEFAULT, DAQS_UNLIMITED);
    assert_state("qdisc htb da05: parent 1:1 refcnt 3 r2q 10\n", TC_ROOT_UNKNOWN, DAQS_UNLIMITED);
    assert_state("qdisc clsact ffff: parent ffff:fff1 \n", TC_ROOT_UNKNOWN, DAQS_UNLIMITED);
}

static void output_that_is_not_of_tc_is_not_understood(void **state)
{
    (void)state;
    static const char *const outputs[] = {
        "",
        "\n",
        "\n\n\n",
        "qdisc",
        "qdisc htb",
        "qdisc htb da05:",
        "qdisc htb da05: rootless refcnt 3\n",
        " qdisc noqueue 0: root\n",
        "bash: tc: command not found\n",
        "[{\"kind\":\"noqueue\",\"handle\":\"0:\",\"root\":true,\"refcnt\":2}]\n",
        "\x01\xff\xfe\x80 root da05: htb\n",
        "%s%s%s%n%n\n",
        "Error: Exclusivity flag on, cannot modify.\nCommand failed -:1\n",
    };
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++)
        assert_state(outputs[i], TC_ROOT_UNKNOWN, DAQS_UNLIMITED);
}

static void a_class_with_an_invalid_rate_is_not_a_limit(void **state)
{
    (void)state;
    static const char *const rates[] = {
        "",
        "rate",
        "rate ",
        "rate 12",
        "rate 0bit",
        "rate -5Mbit",
        "rate 5MBps",
        "rate bit",
        "rateless 5Mbit",
        "rate 99999999999999999999Tbit",
    };
    char output[512];
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        (void)snprintf(output, sizeof output, "%sclass htb da05:1 root prio 0 %s", OUR_QDISC,
                       rates[i]);
        assert_state(output, TC_ROOT_OURS, DAQS_UNLIMITED);
    }
}

static void warnings_between_the_lines_do_not_matter(void **state)
{
    (void)state;
    assert_state("Warning: sch_htb: quantum of class DA050001 is big. Consider r2q change.\n"
                 "RTNETLINK answers: qdisc htb 1: root\n" OUR_QDISC
                 "Error: something about class htb da05:1 rate 9Gbit\n"
                 "class htb da05:1 root prio 0 rate 5Mbit ceil 5Mbit \n",
                 TC_ROOT_OURS, 5 * MBIT);
}

static void very_long_lines_do_not_hide_the_others(void **state)
{
    (void)state;
    enum { LONG = 100000 };
    char *output = malloc(LONG + 1024);
    assert_non_null(output);
    memset(output, 'x', LONG);
    (void)snprintf(output + LONG, 1024, "\n%s%s", OUR_QDISC,
                   "class htb da05:1 root prio 0 rate 5Mbit ceil 5Mbit ");
    assert_state(output, TC_ROOT_OURS, 5 * MBIT);

    memmove(output, output + LONG + 1, strlen(output + LONG + 1) + 1);
    size_t length = strlen(output);
    memset(output + length, 'y', LONG - length); /* the line of the class does not end */
    output[LONG] = '\0';
    assert_state(output, TC_ROOT_OURS, 5 * MBIT);
    free(output);
}

/* Words as long as a line, while the parser has room only for short ones. */
static void very_long_words_are_not_our_qdisc(void **state)
{
    (void)state;
    char word[201];
    char output[512];
    memset(word, 'a', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    (void)snprintf(output, sizeof output, "qdisc %s da05: root\n", word);
    assert_true(tc_parse_state(output).root != TC_ROOT_OURS);
    (void)snprintf(output, sizeof output, "qdisc htb %s root\n", word);
    assert_true(tc_parse_state(output).root != TC_ROOT_OURS);
    (void)snprintf(output, sizeof output, "qdisc htb da05: %s\n", word);
    assert_true(tc_parse_state(output).root != TC_ROOT_OURS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_are_rounded_down_to_rates_that_tc_can_show),
        cmocka_unit_test(no_limit_stays_no_limit),
        cmocka_unit_test(rounding_never_gives_more_and_little_less),
        cmocka_unit_test(tc_prints_rates_as_it_was_seen_to),
        cmocka_unit_test(a_rounded_limit_reads_back_as_it_was_set),
        cmocka_unit_test(a_burst_holds_a_millisecond_of_the_rate),
        cmocka_unit_test(a_burst_is_never_less_than_ten_frames),
        cmocka_unit_test(the_largest_burst_fits_tc),
        cmocka_unit_test(a_probe_only_shows),
        cmocka_unit_test(from_none_to_a_limit_adds_a_qdisc_and_its_class),
        cmocka_unit_test(from_limit_to_limit_changes_the_class_only),
        cmocka_unit_test(a_qdisc_of_ours_without_a_class_gets_one),
        cmocka_unit_test(from_a_limit_to_none_removes_our_qdisc),
        cmocka_unit_test(a_limit_in_force_is_left_alone),
        cmocka_unit_test(no_limit_needs_no_change_where_none_is_set),
        cmocka_unit_test(the_tenants_qdiscs_are_not_touched),
        cmocka_unit_test(unknown_limits_are_not_touched),
        cmocka_unit_test(the_longest_batch_fits),
        cmocka_unit_test(the_kernels_own_qdiscs_are_free_to_be_replaced),
        cmocka_unit_test(our_limit_is_recognised),
        cmocka_unit_test(our_qdisc_without_a_class_limits_nothing),
        cmocka_unit_test(other_classes_are_not_our_limit),
        cmocka_unit_test(qdiscs_with_another_handle_are_the_tenants),
        cmocka_unit_test(our_handle_on_a_qdisc_of_another_kind_is_not_ours),
        cmocka_unit_test(a_class_like_ours_under_a_tenants_root_is_not_a_limit),
        cmocka_unit_test(only_the_root_counts),
        cmocka_unit_test(output_that_is_not_of_tc_is_not_understood),
        cmocka_unit_test(a_class_with_an_invalid_rate_is_not_a_limit),
        cmocka_unit_test(warnings_between_the_lines_do_not_matter),
        cmocka_unit_test(very_long_lines_do_not_hide_the_others),
        cmocka_unit_test(very_long_words_are_not_our_qdisc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
