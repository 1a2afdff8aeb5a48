/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <string.h>

#include "agentd/core/guest_sysfs.h"
#include "agentd/core/interface_counters.h"

static struct guest_sysfs ask;

static void one_command_asks_for_all_files(void **state)
{
    static const char *const argv[] = {"grep", "-sHE", "^x=", "/sys/class/net/eth0/device/uevent",
                                       "/sys/class/net/enp1s0f1.100/uevent"};
    (void)state;
    guest_sysfs_begin(&ask, "-sHE", "^x=");
    assert_true(guest_sysfs_add(&ask, "eth0", "device/uevent"));
    assert_true(guest_sysfs_add(&ask, "enp1s0f1.100", "uevent"));
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(ask.argv[i], argv[i]);
    assert_null(ask.argv[5]);
}

static void a_name_that_leads_elsewhere_is_left_out(void **state)
{
    static const char *const names[] = {"",   "..",  "../../eth0",      "eth0/x",
                                        "-r", "a b", "a-name-of-16-byt"};
    (void)state;
    guest_sysfs_begin(&ask, "-sHE", ".");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_false(guest_sysfs_add(&ask, names[i], "uevent"));
    assert_int_equal(ask.files, 0);
    assert_null(ask.argv[3]);
}

static void there_is_a_most_of_files(void **state)
{
    (void)state;
    guest_sysfs_begin(&ask, "-sHE", ".");
    for (int i = 0; i < GUEST_SYSFS_FILES_MAX + 5; i++)
        (void)guest_sysfs_add(&ask, "a-name-of-15-by", "bonding_slave/perm_hwaddr");
    assert_int_equal(ask.files, GUEST_SYSFS_FILES_MAX);
    assert_string_equal(ask.argv[GUEST_SYSFS_FILES_MAX + 2],
                        "/sys/class/net/a-name-of-15-by/bonding_slave/perm_hwaddr");
    assert_null(ask.argv[GUEST_SYSFS_FILES_MAX + 3]);
}

static void lines_are_read_with_their_files(void **state)
{
    const char *at = "/sys/class/net/eth0/device/../uevent:PCI_SLOT_NAME=0000:00:03.0\n"
                     "/sys/class/net/br0/uevent:\n";
    struct guest_sysfs_line line;
    (void)state;
    assert_true(guest_sysfs_next(&at, &line));
    assert_string_equal(line.ifname, "eth0");
    assert_string_equal(line.file, "device/../uevent");
    assert_string_equal(line.text, "PCI_SLOT_NAME=0000:00:03.0");
    assert_true(guest_sysfs_next(&at, &line));
    assert_string_equal(line.ifname, "br0");
    assert_string_equal(line.text, "");
    assert_false(guest_sysfs_next(&at, &line));
}

/* A guest may print anything. */
static void lines_that_are_none_are_passed_over(void **state)
{
    static const char *const lines[] = {
        "",
        "\n\n",
        "nonsense",
        "/sys/class/net/",
        "/sys/class/net/eth0",
        "/sys/class/net/eth0/uevent",
        "/sys/class/net/eth0\n/uevent:x",
        "/sys/class/net//uevent:x",
        "/sys/class/net/../uevent:x",
        "/sys/class/net/a b/uevent:x",
        "/sys/class/net/a-name-of-16-byt/uevent:x",
        "/sys/class/net/eth0/a-file-with-a-name-of-32-bytes..:x",
        "/etc/class/net/eth0/uevent:x",
    };
    struct guest_sysfs_line line;
    char printed[256];
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const char *at = printed;
        (void)snprintf(printed, sizeof printed, "%s\n/sys/class/net/good/uevent:%.100d", lines[i],
                       7);
        assert_true(guest_sysfs_next(&at, &line));
        assert_string_equal(line.ifname, "good");
        assert_int_equal(strlen(line.text), 63);
        assert_false(guest_sysfs_next(&at, &line));
    }
}

/* --- counters --- */

#define ETH0 "/sys/class/net/eth0/statistics/"

static void g2_counters_are_read_from_sysfs(void **state)
{
    struct counters_reading reading = {.at_us = 5};
    (void)state;
    interface_counters_begin(&ask);
    interface_counters_add(&ask, "eth0");
    assert_int_equal(ask.files, 4);
    assert_string_equal(ask.argv[3], ETH0 "tx_bytes");
    assert_true(interface_counters_parse(ETH0 "tx_bytes:1\n" ETH0 "rx_bytes:2\n" ETH0
                                              "tx_packets:3\n" ETH0 "rx_packets:4\n",
                                         "eth0", &reading));
    assert_int_equal(reading.at_us, 5);
    assert_int_equal(reading.tx_bytes, 1);
    assert_int_equal(reading.rx_bytes, 2);
    assert_int_equal(reading.tx_packets, 3);
    assert_int_equal(reading.rx_packets, 4);
}

static void g5_counters_of_received_traffic_are_not_needed(void **state)
{
    struct counters_reading reading = {0};
    (void)state;
    assert_true(interface_counters_parse(ETH0 "tx_bytes:9223372036854775807\n" ETH0
                                              "rx_bytes:18446744073709551615\n" ETH0
                                              "tx_packets:3\n",
                                         "eth0", &reading));
    assert_int_equal(reading.tx_bytes, INT64_MAX);
    assert_true(reading.rx_bytes == COUNTERS_UNKNOWN);
    assert_true(reading.rx_packets == COUNTERS_UNKNOWN);
}

static void counters_that_are_none_are_not_taken(void **state)
{
    static const char *const values[] = {
        "", "-1", " 1", "1 ", "0x1", "9223372036854775808", "99999999999999999999", "many"};
    struct counters_reading reading = {.tx_bytes = 77};
    char printed[256];
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        (void)snprintf(printed, sizeof printed, ETH0 "tx_bytes:%s\n" ETH0 "tx_packets:3\n",
                       values[i]);
        assert_false(interface_counters_parse(printed, "eth0", &reading));
    }
    assert_false(interface_counters_parse("", "eth0", &reading));
    assert_false(
        interface_counters_parse(ETH0 "tx_bytes:1\n" ETH0 "tx_packets:3\n", "eth1", &reading));
    assert_int_equal(reading.tx_bytes, 77);
}

static void of_too_many_interfaces_whole_ones_are_asked_for(void **state)
{
    (void)state;
    interface_counters_begin(&ask);
    assert_true(guest_sysfs_add(&ask, "eth9", "uevent"));
    for (int i = 0; i < GUEST_SYSFS_FILES_MAX; i++)
        interface_counters_add(&ask, "eth0");
    assert_int_equal(ask.files, GUEST_SYSFS_FILES_MAX - 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_command_asks_for_all_files),
        cmocka_unit_test(a_name_that_leads_elsewhere_is_left_out),
        cmocka_unit_test(there_is_a_most_of_files),
        cmocka_unit_test(lines_are_read_with_their_files),
        cmocka_unit_test(lines_that_are_none_are_passed_over),
        cmocka_unit_test(g2_counters_are_read_from_sysfs),
        cmocka_unit_test(g5_counters_of_received_traffic_are_not_needed),
        cmocka_unit_test(counters_that_are_none_are_not_taken),
        cmocka_unit_test(of_too_many_interfaces_whole_ones_are_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
