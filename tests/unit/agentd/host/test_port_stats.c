/* SPDX-License-Identifier: Apache-2.0 */
/* The PF's counters come from a tree like the kernel's, the port's from a simulated driver. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/ethtool.h>

#include "agentd/host/port_stats.h"
#include "tests/lib/temp_folder.h"

static char root[TEMP_FOLDER_BYTES];
static struct port_stats *stats;

/* --- a driver --- */

static struct {
    uint32_t counters;
    uint32_t bytes_at; /* index of the port's counters among them */
    const char *bytes_name;
    const char *packets_name[3]; /* NULL: no more */
    uint64_t bytes;
    uint64_t packets; /* of the first kind; each further kind has 1000 more */
    uint32_t grow;    /* further counters by the time they are read */
    int error;        /* returned instead of an answer */
    int delay_ms;
    unsigned asked; /* requests for counters */
    unsigned named; /* requests for names */
} driver;

static void put_name(struct ethtool_gstrings *list, uint32_t at, const char *name)
{
    (void)snprintf((char *)list->data + (size_t)at * ETH_GSTRING_LEN, ETH_GSTRING_LEN, "%s", name);
}

static int give_names(struct ethtool_gstrings *list)
{
    driver.named++;
    list->len = driver.counters;
    memset(list->data, 0, (size_t)driver.counters * ETH_GSTRING_LEN);
    for (uint32_t i = 0; i < driver.counters; i++)
        put_name(list, i, i % 2 ? "tx_queue_0_bytes" : "tx_bytes_total");
    if (driver.bytes_at + 1 < driver.counters) {
        put_name(list, driver.bytes_at, driver.bytes_name);
        for (uint32_t i = 0; i < 3 && driver.packets_name[i]; i++)
            put_name(list, driver.bytes_at + 1 + i, driver.packets_name[i]);
    }
    return 0;
}

/* As the kernel does: writes all counters, however much room there is. */
static int give_values(struct ethtool_stats *list)
{
    uint32_t count = driver.counters + driver.grow;
    driver.asked++;
    list->n_stats = count;
    for (uint32_t i = 0; i < count; i++)
        list->data[i] = 1000000007ULL * i;
    if (driver.bytes_at + 1 < driver.counters) {
        list->data[driver.bytes_at] = driver.bytes;
        for (uint32_t i = 0; i < 3 && driver.packets_name[i]; i++)
            list->data[driver.bytes_at + 1 + i] = driver.packets + 1000ULL * i;
    }
    return 0;
}

static int answer(const char *ifname, void *request)
{
    const struct timespec delay = {.tv_nsec = driver.delay_ms * 1000000L};
    struct ethtool_sset_info *info = request;
    assert_string_equal(ifname, "ens1f0");
    (void)nanosleep(&delay, NULL);
    if (driver.error) {
        errno = driver.error;
        return -1;
    }
    switch (*(uint32_t *)request) {
    case ETHTOOL_GSSET_INFO:
        assert_int_equal(info->sset_mask, 1U << ETH_SS_STATS);
        memcpy((char *)request + sizeof *info, &driver.counters, sizeof driver.counters);
        return 0;
    case ETHTOOL_GSTRINGS:
        assert_int_equal(((struct ethtool_gstrings *)request)->string_set, ETH_SS_STATS);
        return give_names(request);
    case ETHTOOL_GSTATS:
        return give_values(request);
    default:
        fail_msg("a request that nobody knows");
        return -1;
    }
}

/* --- a tree --- */

static void put(const char *path, const char *text)
{
    char full[512];
    (void)snprintf(full, sizeof full, "%s/class/net/ens1f0/%s", root, path);
    FILE *file = fopen(full, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void make_folder(const char *path)
{
    char full[512];
    (void)snprintf(full, sizeof full, "%s/%s", root, path);
    (void)mkdir(full, 0755);
}

static void bind_driver(const char *name, const char *bytes, const char *packets)
{
    char link[512];
    char target[512];
    (void)snprintf(link, sizeof link, "%s/class/net/ens1f0/device/driver", root);
    (void)snprintf(target, sizeof target, "../../../../bus/pci/drivers/%s", name);
    (void)unlink(link);
    assert_int_equal(symlink(target, link), 0);
    driver.bytes_name = bytes;
    driver.packets_name[0] = packets;
    driver.packets_name[1] = driver.packets_name[2] = NULL;
}

static int setup(void **state)
{
    (void)state;
    memset(&driver, 0, sizeof driver);
    driver.counters = 60;
    driver.bytes_at = 17;
    driver.bytes = 5000;
    driver.packets = 5;
    if (temp_folder_make(root) != 0)
        return -1;
    make_folder("class");
    make_folder("class/net");
    make_folder("class/net/ens1f0");
    make_folder("class/net/ens1f0/statistics");
    make_folder("class/net/ens1f0/device");
    put("statistics/tx_bytes", "123456789\n");
    put("statistics/tx_packets", "98765\n");
    stats = port_stats_new(root, "ens1f0", answer);
    return stats ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    port_stats_free(stats);
    return temp_folder_remove(root);
}

static struct port_facts look(void)
{
    struct port_facts facts;
    port_stats_read(stats, &facts);
    return facts;
}

/* Reads until the port is asked again. */
static struct port_facts look_at_port(void)
{
    struct port_facts facts = look();
    for (int i = 0; i < 3000 && !facts.port_asked; i++) {
        const struct timespec moment = {.tv_nsec = 1000000};
        (void)nanosleep(&moment, NULL);
        facts = look();
    }
    assert_true(facts.port_asked);
    return facts;
}

/* --- the PF's own --- */

static void the_pfs_counters_are_those_of_sysfs(void **state)
{
    (void)state;
    struct port_facts facts = look();
    assert_true(facts.pf_known);
    assert_int_equal(facts.pf.bytes, 123456789);
    assert_int_equal(facts.pf.packets, 98765);
    assert_true(facts.pf.at_us > 0);
    int64_t before_us = facts.pf.at_us;
    put("statistics/tx_bytes", "123999999\n");
    facts = look();
    assert_int_equal(facts.pf.bytes, 123999999);
    assert_true(facts.pf.at_us >= before_us);
}

static void the_link_is_that_of_sysfs(void **state)
{
    (void)state;
    assert_int_equal(look().link, DAQS_LINK_UNKNOWN);
    put("carrier", "0\n");
    assert_int_equal(look().link, DAQS_LINK_DOWN);
    put("carrier", "1\n");
    assert_int_equal(look().link, DAQS_LINK_UP);
}

static void an_invalid_counter_is_not_known(void **state)
{
    static const char *const texts[] = {"",
                                        "-1\n",
                                        " 5\n",
                                        "many\n",
                                        "5x\n",
                                        "0x5\n",
                                        "9223372036854775808\n",
                                        "99999999999999999999999\n"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        put("statistics/tx_packets", texts[i]);
        if (look().pf_known)
            fail_msg("'%s' was taken for a counter", texts[i]);
    }
    put("statistics/tx_packets", "9223372036854775807\n");
    assert_true(look().pf_known);
}

static void an_interface_that_is_not_there_is_not_known_until_it_comes(void **state)
{
    char full[512];
    (void)state;
    (void)snprintf(full, sizeof full, "%s/class/net/ens1f0/statistics/tx_bytes", root);
    assert_int_equal(unlink(full), 0);
    assert_false(look().pf_known);
    put("statistics/tx_bytes", "7\n");
    assert_int_equal(look().pf.bytes, 7);
}

static void a_name_that_is_a_path_is_refused(void **state)
{
    (void)state;
    assert_null(port_stats_new(root, "../net/ens1f0", answer));
    assert_null(port_stats_new(root, "", answer));
}

/* --- the port --- */

static void n10_the_ports_total_has_its_name_with_each_driver(void **state)
{
    static const char *const names[][3] = {
        {"igb", "tx_bytes", "tx_packets"},
        {"ixgbe", "tx_bytes_nic", "tx_pkts_nic"},
        {"mlx5_core", "tx_bytes_phy", "tx_packets_phy"},
        {"bnxt_en", "tx_bytes", "tx_total_frames"},
        {"nfp", "mac.tx_octets", "mac.tx_frames_transmitted_ok"},
        {"sfc", "port_tx_bytes", "port_tx_packets"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        port_stats_free(stats);
        stats = port_stats_new(root, "ens1f0", answer);
        bind_driver(names[i][0], names[i][1], names[i][2]);
        const struct port_facts facts = look();
        assert_true(facts.port_known);
        assert_int_equal(facts.port.bytes, 5000);
        assert_int_equal(facts.port.packets, 5);
        assert_true(facts.port.at_us >= facts.pf.at_us);
    }
}

static void n10_packets_of_several_kinds_are_added(void **state)
{
    static const char *const names[][5] = {
        {"i40e", "port.tx_bytes", "port.tx_unicast", "port.tx_multicast", "port.tx_broadcast"},
        {"ice", "tx_bytes.nic", "tx_unicast.nic", "tx_multicast.nic", "tx_broadcast.nic"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        port_stats_free(stats);
        stats = port_stats_new(root, "ens1f0", answer);
        bind_driver(names[i][0], names[i][1], names[i][2]);
        assert_false(look().port_known); /* of one kind only: the others are missing */
        port_stats_free(stats);
        stats = port_stats_new(root, "ens1f0", answer);
        driver.packets_name[1] = names[i][3];
        driver.packets_name[2] = names[i][4];
        const struct port_facts facts = look();
        assert_true(facts.port_known);
        assert_int_equal(facts.port.bytes, 5000);
        assert_int_equal(facts.port.packets, 5 + 1005 + 2005);
    }
}

static void n10_a_pf_with_the_ports_counters_is_the_port(void **state)
{
    (void)state;
    bind_driver("cxgb4", "", "");
    const struct port_facts facts = look();
    assert_true(facts.port_known);
    assert_int_equal(facts.port.bytes, 123456789);
    assert_int_equal(facts.port.packets, 98765);
    assert_int_equal(facts.port.at_us, facts.pf.at_us);
    assert_int_equal(driver.asked + driver.named, 0);
}

static void names_are_looked_up_once(void **state)
{
    (void)state;
    bind_driver("igb", "tx_bytes", "tx_packets");
    for (int i = 0; i < 5; i++)
        assert_true(look_at_port().port_known);
    assert_int_equal(driver.named, 1);
    assert_int_equal(driver.asked, 5);
}

static void names_are_looked_up_again_when_the_driver_has_other_counters(void **state)
{
    (void)state;
    bind_driver("mlx5_core", "tx_bytes_phy", "tx_packets_phy");
    assert_true(look_at_port().port_known);
    driver.counters = 900; /* more queues */
    driver.bytes_at = 800;
    driver.bytes = 6000;
    const struct port_facts facts = look_at_port();
    assert_true(facts.port_known);
    assert_int_equal(facts.port.bytes, 6000);
    assert_int_equal(driver.named, 2);
}

static void counters_that_grow_while_they_are_read_do_no_harm(void **state)
{
    (void)state;
    bind_driver("mlx5_core", "tx_bytes_phy", "tx_packets_phy");
    driver.grow = 1500;
    assert_false(look_at_port().port_known);
    driver.grow = 0;
    assert_true(look_at_port().port_known);
}

static void a_driver_that_is_not_known_is_not_asked(void **state)
{
    (void)state;
    assert_false(look().port_known); /* a virtual device has no driver */
    port_stats_free(stats);
    stats = port_stats_new(root, "ens1f0", answer);
    bind_driver("veth", "tx_bytes", "tx_packets");
    assert_false(look().port_known);
    assert_int_equal(driver.asked + driver.named, 0);
}

static void a_counter_that_the_driver_does_not_name_is_not_known(void **state)
{
    (void)state;
    bind_driver("ixgbe", "tx_bytes", "tx_packets"); /* as in old kernels */
    assert_false(look().port_known);
    assert_int_equal(driver.asked, 0);
}

static void a_driver_that_refuses_is_not_known(void **state)
{
    (void)state;
    bind_driver("igb", "tx_bytes", "tx_packets");
    driver.error = EOPNOTSUPP;
    struct port_facts facts = look();
    assert_true(facts.port_asked);
    assert_false(facts.port_known);
    assert_true(facts.pf_known);
}

static void absurd_numbers_are_not_known(void **state)
{
    (void)state;
    bind_driver("igb", "tx_bytes", "tx_packets");
    driver.bytes = UINT64_C(1) << 63;
    assert_false(look().port_known);
    port_stats_free(stats);
    stats = port_stats_new(root, "ens1f0", answer);
    driver.bytes = 5000;
    driver.counters = 0;
    assert_false(look().port_known);
    port_stats_free(stats);
    stats = port_stats_new(root, "ens1f0", answer);
    driver.counters = UINT32_MAX;
    assert_false(look().port_known);
}

/* The driver holds RTNL while it answers. */
static void n10_a_slow_driver_is_asked_a_fiftieth_of_the_time(void **state)
{
    (void)state;
    bind_driver("mlx5_core", "tx_bytes_phy", "tx_packets_phy");
    driver.delay_ms = 4;
    const struct port_facts first = look(); /* three requests take at least 12 ms */
    assert_true(first.port_known);
    for (int i = 0; i < 40; i++) {
        const struct timespec moment = {.tv_nsec = 10000000};
        (void)nanosleep(&moment, NULL);
        const struct port_facts facts = look();
        assert_true(facts.pf_known);
        if (facts.port_asked)
            assert_true(facts.port.at_us - first.port.at_us >= 12000 * 50);
    }
}

static void a_real_interface_can_be_asked(void **state)
{
    struct port_facts facts;
    (void)state;
    struct port_stats *lo = port_stats_new("/sys", "lo", port_stats_ioctl);
    assert_non_null(lo);
    port_stats_read(lo, &facts);
    assert_true(facts.pf_known);
    assert_false(facts.port_known);
    port_stats_free(lo);
    port_stats_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_pfs_counters_are_those_of_sysfs, setup, teardown),
        cmocka_unit_test_setup_teardown(the_link_is_that_of_sysfs, setup, teardown),
        cmocka_unit_test_setup_teardown(an_invalid_counter_is_not_known, setup, teardown),
        cmocka_unit_test_setup_teardown(an_interface_that_is_not_there_is_not_known_until_it_comes,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_name_that_is_a_path_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(n10_the_ports_total_has_its_name_with_each_driver, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(n10_packets_of_several_kinds_are_added, setup, teardown),
        cmocka_unit_test_setup_teardown(n10_a_pf_with_the_ports_counters_is_the_port, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(names_are_looked_up_once, setup, teardown),
        cmocka_unit_test_setup_teardown(
            names_are_looked_up_again_when_the_driver_has_other_counters, setup, teardown),
        cmocka_unit_test_setup_teardown(counters_that_grow_while_they_are_read_do_no_harm, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_driver_that_is_not_known_is_not_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(a_counter_that_the_driver_does_not_name_is_not_known, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_driver_that_refuses_is_not_known, setup, teardown),
        cmocka_unit_test_setup_teardown(absurd_numbers_are_not_known, setup, teardown),
        cmocka_unit_test_setup_teardown(n10_a_slow_driver_is_asked_a_fiftieth_of_the_time, setup,
                                        teardown),
        cmocka_unit_test(a_real_interface_can_be_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
