/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's answers about devlink's ports and rates, composed as Linux 6.1 does. */
#include "tests/lib/check.h"

#include <linux/devlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/core/devlink.h"

enum { ROOM = 4096, PORT_OF_VF_0 = 128 };

static uint8_t message[ROOM];
static size_t used;
static struct devlink_pf pf;
static struct vf_info vf[PF_VFS_MAX];
static size_t count;
static uint32_t vfs;

static const char *const own[] = {"pci", "0000:01:00.0"};
static const char *const other[] = {"pci", "0000:01:00.1"};

static size_t aligned(size_t bytes)
{
    return (bytes + 3) & ~(size_t)3;
}

static void put(unsigned type, const void *data, size_t bytes)
{
    const struct nlattr head = {(uint16_t)(sizeof head + bytes), (uint16_t)type};
    assert_true(used + aligned(sizeof head + bytes) <= ROOM);
    memset(message + used, 0, aligned(sizeof head + bytes));
    memcpy(message + used, &head, sizeof head);
    if (bytes > 0)
        memcpy(message + used + sizeof head, data, bytes);
    used += aligned(sizeof head + bytes);
}

static void put_text(unsigned type, const char *text)
{
    put(type, text, strlen(text) + 1);
}

static void put_8(unsigned type, uint8_t value)
{
    put(type, &value, sizeof value);
}

static void put_16(unsigned type, uint16_t value)
{
    put(type, &value, sizeof value);
}

static void put_32(unsigned type, uint32_t value)
{
    put(type, &value, sizeof value);
}

static void put_64(unsigned type, uint64_t value)
{
    put(DEVLINK_ATTR_PAD, NULL, 0);
    put(type, &value, sizeof value);
}

static void put_device(const char *const *device)
{
    used = 0;
    put_text(DEVLINK_ATTR_BUS_NAME, device[0]);
    put_text(DEVLINK_ATTR_DEV_NAME, device[1]);
}

/* Passes what was put in a block of exactly that size, so that the sanitizer detects a read past
 * its end. */
static void hand_over(void (*take)(const void *attributes, size_t length))
{
    uint8_t *exact = malloc(used);
    assert_non_null(exact);
    memcpy(exact, message, used);
    take(exact, used);
    free(exact);
}

static void take_port(const void *attributes, size_t length)
{
    devlink_take_port(&pf, "ens1f0", attributes, length);
}

static void take_mode(const void *attributes, size_t length)
{
    devlink_take_mode(&pf, attributes, length);
}

static void take_rate(const void *attributes, size_t length)
{
    devlink_take_rate(&pf, attributes, length);
}

static void list_uplink(const char *const *device, const char *ifname)
{
    put_device(device);
    put_32(DEVLINK_ATTR_PORT_INDEX, 65535);
    put_16(DEVLINK_ATTR_PORT_TYPE, DEVLINK_PORT_TYPE_ETH);
    put_32(DEVLINK_ATTR_PORT_NETDEV_IFINDEX, 7);
    put_text(DEVLINK_ATTR_PORT_NETDEV_NAME, ifname);
    put_16(DEVLINK_ATTR_PORT_FLAVOUR, DEVLINK_PORT_FLAVOUR_PHYSICAL);
    put_32(DEVLINK_ATTR_PORT_NUMBER, 0);
    hand_over(take_port);
}

/* How the VF with this number is shown. Fields that are 0 or NULL get the usual values. */
struct shown {
    uint16_t number;
    uint16_t pf;
    uint32_t controller;
    uint8_t external;
    const char *const *device;
    const uint8_t *address;
    size_t address_bytes;
};

static void put_vf(const struct shown *s)
{
    put_device(s->device ? s->device : own);
    put_32(DEVLINK_ATTR_PORT_INDEX, (uint32_t)(PORT_OF_VF_0 + s->number));
    put_16(DEVLINK_ATTR_PORT_TYPE, DEVLINK_PORT_TYPE_ETH);
    put_text(DEVLINK_ATTR_PORT_NETDEV_NAME, "ens1f0_0");
    put_16(DEVLINK_ATTR_PORT_FLAVOUR, DEVLINK_PORT_FLAVOUR_PCI_VF);
    put_32(DEVLINK_ATTR_PORT_CONTROLLER_NUMBER, s->controller);
    put_16(DEVLINK_ATTR_PORT_PCI_PF_NUMBER, s->pf);
    put_16(DEVLINK_ATTR_PORT_PCI_VF_NUMBER, s->number);
    put_8(DEVLINK_ATTR_PORT_EXTERNAL, s->external);
    if (!s->address)
        return;
    const size_t from = used;
    put(DEVLINK_ATTR_PORT_FUNCTION, NULL, 0);
    put(DEVLINK_PORT_FUNCTION_ATTR_HW_ADDR, s->address, s->address_bytes);
    put_8(DEVLINK_PORT_FN_ATTR_STATE, DEVLINK_PORT_FN_STATE_ACTIVE);
    const uint16_t length = (uint16_t)(used - from);
    memcpy(message + from, &length, sizeof length);
}

static void list_vf(const struct shown *s)
{
    put_vf(s);
    hand_over(take_port);
}

static void put_rate(uint16_t number, const char *const *device, uint64_t most, uint64_t share)
{
    put_device(device);
    put_16(DEVLINK_ATTR_RATE_TYPE, DEVLINK_RATE_TYPE_LEAF);
    put_32(DEVLINK_ATTR_PORT_INDEX, (uint32_t)(PORT_OF_VF_0 + number));
    put_64(DEVLINK_ATTR_RATE_TX_SHARE, share);
    put_64(DEVLINK_ATTR_RATE_TX_MAX, most);
}

static void list_rate(uint16_t number, uint64_t most, uint64_t share)
{
    put_rate(number, own, most, share);
    hand_over(take_rate);
}

static void put_mode(const char *const *device, uint16_t mode)
{
    put_device(device);
    put_16(DEVLINK_ATTR_ESWITCH_MODE, mode);
}

static void is_in_mode(uint16_t mode)
{
    put_mode(own, mode);
    hand_over(take_mode);
}

/* Lists two VFs and then the port of their PF, as mlx5 does. The ports are listed twice, because
 * the device is new at first. */
static void list_all_ports(void)
{
    const uint8_t address[6] = {2, 0, 0, 0, 0, 9};
    for (unsigned again = 2; again > 0; again--) {
        devlink_begin(&pf);
        list_uplink(other, "ens1f1");
        list_vf(&(struct shown){.number = 0, .address = address, .address_bytes = 6});
        list_vf(&(struct shown){.number = 1});
        list_vf(&(struct shown){.number = 2, .device = other});
        list_uplink(own, "ens1f0");
        assert_int_equal(devlink_ports_end(&pf), again == 2);
    }
}

static int setup(void **state)
{
    (void)state;
    pf = (struct devlink_pf){.vfs = 0};
    memset(vf, 0xa5, sizeof vf);
    count = 0;
    vfs = 0;
    return 0;
}

static void n9_vfs_in_switchdev_mode_have_the_rates_of_devlink(void **state)
{
    (void)state;
    list_all_ports();
    is_in_mode(DEVLINK_ESWITCH_MODE_SWITCHDEV);
    list_rate(0, 0, 0);
    list_rate(1, 87500000, 12500000);
    assert_true(devlink_limits(&pf));
    devlink_merge(&pf, vf, &count, &vfs);
    assert_int_equal(vfs, 2);
    assert_int_equal(count, 2);
    assert_int_equal(vf[0].vf, 0);
    assert_memory_equal(&vf[0].mac, ((uint8_t[]){2, 0, 0, 0, 0, 9}), 6);
    assert_int_equal(vf[0].rate_mbit, 0);
    assert_int_equal(vf[0].reading.at_us, 0);
    assert_int_equal(vf[1].rate_mbit, 700);
    assert_int_equal(vf[1].min_mbit, 100);
    assert_int_equal(devlink_find(&pf, 1)->port, PORT_OF_VF_0 + 1);
    assert_null(devlink_find(&pf, 2));
}

static void n9_other_listed_facts_are_kept_where_devlink_has_none(void **state)
{
    (void)state;
    vf[0] = (struct vf_info){.vf = 1, .mac = {{2, 7}}, .rate_mbit = 5, .reading = {.at_us = 77}};
    vf[1] = (struct vf_info){.vf = 7, .mac = {{2, 8}}, .rate_mbit = 6};
    count = 2;
    vfs = 9;
    list_all_ports();
    is_in_mode(DEVLINK_ESWITCH_MODE_SWITCHDEV);
    list_rate(1, 125000, 0);
    devlink_merge(&pf, vf, &count, &vfs);
    assert_int_equal(vfs, 9);
    assert_int_equal(count, 3);
    assert_int_equal(vf[0].mac.byte[1], 7);
    assert_int_equal(vf[0].rate_mbit, 1);
    assert_int_equal(vf[0].reading.at_us, 77);
    assert_int_equal(vf[1].rate_mbit, 6);
    assert_int_equal(vf[2].vf, 0);
    assert_false(devlink_find(&pf, 0)->has_leaf);
}

static void n9_rates_are_devlinks_in_switchdev_mode_only(void **state)
{
    (void)state;
    list_all_ports();
    is_in_mode(DEVLINK_ESWITCH_MODE_LEGACY);
    list_rate(1, 125000, 0);
    assert_false(devlink_limits(&pf));
    put_mode(other, DEVLINK_ESWITCH_MODE_SWITCHDEV);
    hand_over(take_mode);
    assert_false(devlink_limits(&pf));
    is_in_mode(DEVLINK_ESWITCH_MODE_SWITCHDEV);
    assert_true(devlink_limits(&pf));
}

static void n9_drivers_without_leaves_have_no_rates_there(void **state)
{
    (void)state;
    list_all_ports();
    is_in_mode(DEVLINK_ESWITCH_MODE_SWITCHDEV);
    put_rate(1, other, 125000, 0);
    hand_over(take_rate);
    list_rate(77, 125000, 0);
    put_device(own); /* a group of VFs */
    put_16(DEVLINK_ATTR_RATE_TYPE, DEVLINK_RATE_TYPE_NODE);
    put_text(DEVLINK_ATTR_RATE_NODE_NAME, "group");
    put_32(DEVLINK_ATTR_PORT_INDEX, PORT_OF_VF_0);
    hand_over(take_rate);
    assert_false(devlink_limits(&pf));
}

static void n9_rates_are_rounded_up_to_mbits(void **state)
{
    static const struct {
        uint64_t bytes;
        uint32_t mbit;
    } all[] = {
        {0, 0},
        {1, 1},
        {124999, 1},
        {125000, 1},
        {125001, 2},
        {87500000, 700},
        {87500001, 701},
        {(uint64_t)UINT32_MAX * 125000, UINT32_MAX},
        {UINT64_MAX, UINT32_MAX},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        assert_int_equal(devlink_mbit(all[i].bytes), all[i].mbit);
    for (uint32_t mbit = 0; mbit < 1000000; mbit += 7)
        assert_int_equal(devlink_mbit(devlink_bytes(mbit)), mbit);
    assert_int_equal(devlink_bytes(UINT32_MAX), (uint64_t)UINT32_MAX * 125000);
}

static void vfs_of_another_host_are_not_ours(void **state)
{
    (void)state;
    list_all_ports();
    const size_t before = pf.vfs;
    list_vf(&(struct shown){.number = 5, .external = 1});
    list_vf(&(struct shown){.number = 6, .controller = 1});
    assert_int_equal(pf.vfs, before);
    assert_false(pf.unclear);
}

/* One device with VFs of two PFs: the answer does not say which of them belong to this port. */
static void ambiguous_vfs_are_left_alone(void **state)
{
    (void)state;
    list_all_ports();
    is_in_mode(DEVLINK_ESWITCH_MODE_SWITCHDEV);
    list_rate(1, 125000, 0);
    assert_true(devlink_limits(&pf));
    list_vf(&(struct shown){.number = 5, .pf = 1});
    assert_false(devlink_limits(&pf));
    devlink_merge(&pf, vf, &count, &vfs);
    assert_int_equal(count, 0);
    devlink_begin(&pf);
    assert_false(pf.unclear);
    list_vf(&(struct shown){.number = 1});
    list_vf(&(struct shown){.number = 1});
    assert_true(pf.unclear);
}

static void a_pf_that_is_gone_has_no_vfs(void **state)
{
    (void)state;
    list_all_ports();
    devlink_begin(&pf);
    list_vf(&(struct shown){.number = 0});
    (void)devlink_ports_end(&pf);
    assert_int_equal(pf.vfs, 0);
}

static void a_port_that_moved_takes_its_vfs_from_its_new_device(void **state)
{
    (void)state;
    list_all_ports();
    for (unsigned again = 2; again > 0; again--) {
        devlink_begin(&pf);
        list_vf(&(struct shown){.number = 0});
        list_vf(&(struct shown){.number = 2, .device = other});
        list_uplink(other, "ens1f0");
        assert_int_equal(devlink_ports_end(&pf), again == 2);
    }
    assert_int_equal(pf.vfs, 1);
    assert_int_equal(pf.vf[0].vf, 2);
}

static void addresses_that_are_none_are_not_known(void **state)
{
    static const uint8_t multicast[6] = {3, 0, 0, 0, 0, 1};
    static const uint8_t infiniband[20] = {2, 1};
    static const struct daqs_mac none;
    (void)state;
    list_all_ports();
    list_vf(&(struct shown){.number = 3, .address = multicast, .address_bytes = 6});
    list_vf(&(struct shown){.number = 4, .address = infiniband, .address_bytes = 20});
    list_vf(&(struct shown){.number = 5, .address = infiniband, .address_bytes = 3});
    for (uint32_t i = 3; i <= 5; i++)
        assert_true(daqs_mac_equal(&devlink_find(&pf, i)->mac, &none));
}

static void more_vfs_than_there_is_room_for_are_left_out(void **state)
{
    (void)state;
    list_all_ports();
    for (unsigned i = 2; i < PF_VFS_MAX + 40; i++)
        list_vf(&(struct shown){.number = (uint16_t)i});
    assert_int_equal(pf.vfs, PF_VFS_MAX);
    is_in_mode(DEVLINK_ESWITCH_MODE_SWITCHDEV);
    vf[0] = (struct vf_info){.vf = 60000};
    count = 1;
    devlink_merge(&pf, vf, &count, &vfs);
    assert_int_equal(count, PF_VFS_MAX);
}

static void names_without_an_end_are_not_a_device(void **state)
{
    char longer[DEVLINK_NAME_BYTES + 1];
    (void)state;
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    const char *const long_name[] = {"pci", longer};
    const char *const empty[] = {"", ""};
    list_uplink(long_name, "ens1f0");
    list_uplink(empty, "ens1f0");
    used = 0;
    put(DEVLINK_ATTR_BUS_NAME, "pci", 3); /* without its NUL */
    put(DEVLINK_ATTR_DEV_NAME, "0000:01:00.0", 12);
    put_32(DEVLINK_ATTR_PORT_INDEX, 1);
    put_text(DEVLINK_ATTR_PORT_NETDEV_NAME, "ens1f0");
    put_16(DEVLINK_ATTR_PORT_FLAVOUR, DEVLINK_PORT_FLAVOUR_PHYSICAL);
    hand_over(take_port);
    assert_false(devlink_ports_end(&pf));
    assert_string_equal(pf.device.name, "");
}

/* Cuts the message at every byte, and replaces lengths and values. */
static void break_it(void (*take)(const void *attributes, size_t length))
{
    const size_t whole = used;
    const struct devlink_pf before = pf;
    for (used = 0; used < whole; used++) {
        hand_over(take);
        pf = before;
    }
    for (size_t i = 0; i + 1 < whole; i += 2) {
        const uint8_t bytes[2] = {message[i], message[i + 1]};
        for (unsigned k = 0; k < 4; k++) {
            memset(message + i, (const int[]){0, 1, 255, 3}[k], 2);
            used = whole;
            hand_over(take);
            assert_in_range(pf.vfs, 0, 3);
            pf = before;
        }
        memcpy(message + i, bytes, 2);
    }
}

static void a_broken_answer_is_read_no_further_than_it_goes(void **state)
{
    static const uint8_t address[6] = {2, 0, 0, 0, 0, 7};
    (void)state;
    list_all_ports();
    put_vf(&(struct shown){.number = 2, .address = address, .address_bytes = 6});
    break_it(take_port);
    put_rate(1, own, 125000, 0);
    break_it(take_rate);
    put_mode(own, DEVLINK_ESWITCH_MODE_SWITCHDEV);
    break_it(take_mode);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        CASE(n9_vfs_in_switchdev_mode_have_the_rates_of_devlink),
        CASE(n9_other_listed_facts_are_kept_where_devlink_has_none),
        CASE(n9_rates_are_devlinks_in_switchdev_mode_only),
        CASE(n9_drivers_without_leaves_have_no_rates_there),
        CASE(n9_rates_are_rounded_up_to_mbits),
        CASE(vfs_of_another_host_are_not_ours),
        CASE(ambiguous_vfs_are_left_alone),
        CASE(a_pf_that_is_gone_has_no_vfs),
        CASE(a_port_that_moved_takes_its_vfs_from_its_new_device),
        CASE(addresses_that_are_none_are_not_known),
        CASE(more_vfs_than_there_is_room_for_are_left_out),
        CASE(names_without_an_end_are_not_a_device),
        CASE(a_broken_answer_is_read_no_further_than_it_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
