/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agentd/core/mtu.h"

static struct guest_sysfs command;

static void one_command_asks_for_all_nics(void **state)
{
    static const char *const argv[] = {"grep", "-H", ".", "/sys/class/net/eth0/mtu",
                                       "/sys/class/net/enp1s0f1.100/mtu"};
    (void)state;
    mtu_begin(&command);
    mtu_add(&command, "eth0");
    mtu_add(&command, "enp1s0f1.100");
    assert_int_equal(command.files, 2);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(command.argv[i], argv[i]);
    assert_null(command.argv[5]);
}

static void a_name_that_leads_elsewhere_is_left_out(void **state)
{
    static const char *const names[] = {"",   "..",  "../../eth0",      "eth0/x",
                                        "-r", "a b", "a-name-of-16-byt"};
    (void)state;
    mtu_begin(&command);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        mtu_add(&command, names[i]);
    assert_int_equal(command.files, 0);
    assert_null(command.argv[3]);
}

static void more_nics_than_a_guest_has_are_left_out(void **state)
{
    (void)state;
    mtu_begin(&command);
    for (int i = 0; i < MTU_NICS_MAX + 5; i++)
        mtu_add(&command, "a-name-of-15-by");
    assert_int_equal(command.files, MTU_NICS_MAX);
    assert_string_equal(command.argv[MTU_NICS_MAX + 2], "/sys/class/net/a-name-of-15-by/mtu");
    assert_null(command.argv[MTU_NICS_MAX + 3]);
}

static void each_nic_has_its_own_line(void **state)
{
    static const char printed[] = "/sys/class/net/eth0/mtu:1500\n"
                                  "/sys/class/net/eth10/mtu:9000\n"
                                  "/sys/class/net/eth1/mtu:1450";
    (void)state;
    assert_int_equal(mtu_parse(printed, "eth0"), 1500);
    assert_int_equal(mtu_parse(printed, "eth1"), 1450);
    assert_int_equal(mtu_parse(printed, "eth10"), 9000);
    assert_int_equal(mtu_parse(printed, "eth2"), 0);
    assert_int_equal(mtu_parse(printed, "eth"), 0);
    assert_int_equal(mtu_parse("", "eth0"), 0);
    assert_int_equal(mtu_parse("\n\n", "eth0"), 0);
}

static void an_invalid_mtu_is_not_known(void **state)
{
    static const struct {
        const char *text;
        uint32_t mtu;
    } cases[] = {
        {"1500", 1500},     {"68", 68},        {"65535", 65535},
        {"0", 0},           {"67", 0},         {"65536", 0},
        {"-1500", 0},       {"+1500", 0},      {" 1500", 0},
        {"1500 ", 0},       {"1500x", 0},      {"0x5dc", 0},
        {"99999999999", 0}, {"", 0},           {"many", 0},
        {"1500\r", 0},      {"4294968796", 0}, {"18446744073709553116", 0},
    };
    char line[96];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)snprintf(line, sizeof line, "/sys/class/net/eth0/mtu:%s\n", cases[i].text);
        if (mtu_parse(line, "eth0") != cases[i].mtu)
            fail_msg("'%s' was taken for %u", cases[i].text, mtu_parse(line, "eth0"));
    }
}

static void other_output_does_not_matter(void **state)
{
    (void)state;
    assert_int_equal(mtu_parse("grep: no such file\n/sys/class/net/eth0/mtu:1500\n", "eth0"), 1500);
    assert_int_equal(mtu_parse("x/sys/class/net/eth0/mtu:1500\n", "eth0"), 0);
    assert_int_equal(mtu_parse("/sys/class/net/eth0/mtu 1500\n", "eth0"), 0);
}

static void a_guest_is_asked_at_once_and_then_rarely(void **state)
{
    struct mtu_plan plan = {0};
    (void)state;
    assert_true(plan.next_ms <= 1);
    mtu_doubt(&plan); /* it was read just now */
    assert_true(plan.next_ms <= 1);
    mtu_asked(&plan, 5000, 7);
    assert_int_equal(plan.next_ms, 5000 + MTU_AGAIN_MS + 7);
    mtu_asked(&plan, 5000, UINT32_MAX);
    assert_in_range(plan.next_ms, 5000 + MTU_AGAIN_MS, 5000 + MTU_AGAIN_MS * 5 / 4);
}

static void a_guest_that_starts_again_is_asked_soon_but_not_all_the_time(void **state)
{
    struct mtu_plan plan = {0};
    (void)state;
    mtu_asked(&plan, 5000, 0);
    mtu_doubt(&plan);
    mtu_doubt(&plan);
    assert_int_equal(plan.next_ms, 5000 + MTU_LEAST_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_command_asks_for_all_nics),
        cmocka_unit_test(a_name_that_leads_elsewhere_is_left_out),
        cmocka_unit_test(more_nics_than_a_guest_has_are_left_out),
        cmocka_unit_test(each_nic_has_its_own_line),
        cmocka_unit_test(an_invalid_mtu_is_not_known),
        cmocka_unit_test(other_output_does_not_matter),
        cmocka_unit_test(a_guest_is_asked_at_once_and_then_rarely),
        cmocka_unit_test(a_guest_that_starts_again_is_asked_soon_but_not_all_the_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
