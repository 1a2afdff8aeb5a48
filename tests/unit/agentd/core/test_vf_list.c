/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's answer about a PF, composed as its rtnetlink.c does: 296 bytes for each VF with
 * statistics, and lengths of 16 bits. */
#include "tests/lib/check.h"

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/core/vf_list.h"

enum { ROOM = 256 * 1024, AT_US = 77 };

static uint8_t message[ROOM];
static size_t used;
static struct vf_info vf[PF_VFS_MAX];
static struct vf_list list;

static int setup(void **state)
{
    (void)state;
    used = 0;
    memset(vf, 0xa5, sizeof vf);
    return 0;
}

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

static size_t begin(unsigned type)
{
    put(type, NULL, 0);
    return used - sizeof(struct nlattr);
}

/* Sets the length. As in the kernel, bits above 16 are lost. */
static void end(size_t from)
{
    const uint16_t length = (uint16_t)(used - from);
    memcpy(message + from, &length, sizeof length);
}

static void put_statistics(uint32_t number)
{
    const size_t stats = begin(IFLA_VF_STATS);
    for (unsigned type = IFLA_VF_STATS_RX_PACKETS; type <= IFLA_VF_STATS_MULTICAST; type++) {
        const uint64_t value = (uint64_t)number * 100 + type;
        put(type, &value, sizeof value);
    }
    const uint64_t none = 0;
    put(IFLA_VF_STATS_RX_DROPPED, &none, sizeof none);
    put(IFLA_VF_STATS_TX_DROPPED, &none, sizeof none);
    end(stats);
}

static void put_vf(uint32_t number, bool statistics)
{
    const size_t from = begin(IFLA_VF_INFO);
    struct ifla_vf_mac mac = {.vf = number};
    mac.mac[0] = 2;
    mac.mac[4] = (uint8_t)(number >> 8);
    mac.mac[5] = (uint8_t)number;
    struct ifla_vf_broadcast broadcast;
    memset(&broadcast, 255, sizeof broadcast);
    const struct ifla_vf_vlan vlan = {.vf = number};
    const struct ifla_vf_rate rate = {number, number + 1, number + 1000};
    const struct ifla_vf_tx_rate older = {number, 5};
    const struct ifla_vf_spoofchk flag = {number, 1};
    const struct ifla_vf_vlan_info tag = {.vf = number};
    put(IFLA_VF_MAC, &mac, sizeof mac);
    put(IFLA_VF_BROADCAST, &broadcast, sizeof broadcast);
    put(IFLA_VF_VLAN, &vlan, sizeof vlan);
    put(IFLA_VF_RATE, &rate, sizeof rate);
    put(IFLA_VF_TX_RATE, &older, sizeof older);
    for (unsigned i = 0; i < 4; i++)
        put((const unsigned[]){IFLA_VF_SPOOFCHK, IFLA_VF_LINK_STATE, IFLA_VF_RSS_QUERY_EN,
                               IFLA_VF_TRUST}[i],
            &flag, sizeof flag);
    const size_t tags = begin(IFLA_VF_VLAN_LIST);
    put(IFLA_VF_VLAN_INFO, &tag, sizeof tag);
    end(tags);
    if (statistics)
        put_statistics(number);
    end(from);
}

/* Composes the answer, in which only every 'step'th VF is listed. */
static void answer(uint32_t vfs, uint32_t step, bool statistics)
{
    const uint8_t address[6] = {2, 1, 2, 3, 4, 5};
    const uint32_t group = 0;
    put(IFLA_IFNAME, "ens1f0", 7);
    put(IFLA_ADDRESS, address, sizeof address);
    put(IFLA_NUM_VF, &vfs, sizeof vfs);
    const size_t from = begin(IFLA_VFINFO_LIST);
    for (uint32_t i = 0; i < vfs; i += step)
        put_vf(i, statistics);
    end(from);
    put(IFLA_GROUP, &group, sizeof group);
    put(IFLA_ADDRESS, address, sizeof address); /* same type number as a VF's description */
}

static void read_all(void)
{
    /* A copy of exactly that size, so that the sanitizer detects a read past its end. */
    uint8_t *exact = malloc(used);
    assert_non_null(exact);
    memcpy(exact, message, used);
    vf_list_read(exact, used, AT_US, vf, &list);
    free(exact);
}

static void a_vf_has_the_state_that_the_kernel_reports(void **state)
{
    (void)state;
    answer(4, 1, true);
    read_all();
    assert_true(list.has_list);
    assert_int_equal(list.vfs, 4);
    assert_int_equal(list.count, 4);
    assert_int_equal(vf[3].vf, 3);
    assert_memory_equal(&vf[3].mac, ((uint8_t[]){2, 0, 0, 0, 0, 3}), 6);
    assert_int_equal(vf[3].rate_mbit, 1003);
    assert_int_equal(vf[3].min_mbit, 4);
    assert_int_equal(vf[3].reading.at_us, AT_US);
    assert_int_equal(vf[3].reading.rx_packets, 300 + IFLA_VF_STATS_RX_PACKETS);
    assert_int_equal(vf[3].reading.tx_packets, 300 + IFLA_VF_STATS_TX_PACKETS);
    assert_int_equal(vf[3].reading.rx_bytes, 300 + IFLA_VF_STATS_RX_BYTES);
    assert_int_equal(vf[3].reading.tx_bytes, 300 + IFLA_VF_STATS_TX_BYTES);
}

static void an_answer_about_another_pf_is_not_used(void **state)
{
    const uint32_t vfs = 0;
    (void)state;
    answer(4, 1, true);
    read_all();
    assert_true(vf_list_is_of(&list, "ens1f0"));
    assert_false(vf_list_is_of(&list, "ens1f1"));
    assert_false(vf_list_is_of(&list, "ens1f"));
    used = 0; /* a PF without a VF list also has a name; a name without its NUL is none */
    put(IFLA_IFNAME, "ens1f0", 7);
    put(IFLA_NUM_VF, &vfs, sizeof vfs);
    read_all();
    assert_false(vf_list_is_of(&list, "ens1f1"));
    used = 0;
    put(IFLA_IFNAME, "ens1f0", 6);
    read_all();
    assert_true(vf_list_is_of(&list, "ens1f1"));
}

static void n4_a_list_of_any_length_is_read_to_its_end(void **state)
{
    (void)state;
    for (uint32_t vfs = 1; vfs <= PF_VFS_MAX; vfs++)
        for (int statistics = 0; statistics <= 1; statistics++) {
            setup(NULL);
            answer(vfs, 1, statistics);
            read_all();
            assert_int_equal(list.vfs, vfs);
            assert_int_equal(list.count, vfs);
            for (uint32_t i = 0; i < vfs; i++) {
                assert_int_equal(vf[i].vf, i);
                assert_int_equal(vf[i].reading.at_us, statistics ? AT_US : 0);
            }
            assert_int_equal(vf[vfs - 1].rate_mbit, vfs - 1 + 1000);
        }
}

static void n4_more_vfs_than_there_is_room_for_are_left_out(void **state)
{
    (void)state;
    answer(PF_VFS_MAX + 40, 1, true);
    read_all();
    assert_int_equal(list.vfs, PF_VFS_MAX + 40);
    assert_int_equal(list.count, PF_VFS_MAX);
}

static void n4_vfs_that_the_driver_leaves_out_are_missing(void **state)
{
    (void)state;
    answer(300, 3, true);
    read_all();
    assert_int_equal(list.vfs, 300);
    assert_int_equal(list.count, 100);
    assert_int_equal(vf[99].vf, 297);
}

static void a_pf_without_a_list_has_no_vfs(void **state)
{
    const uint32_t vfs = 8;
    (void)state;
    put(IFLA_NUM_VF, &vfs, sizeof vfs);
    read_all();
    assert_false(list.has_list);
    assert_int_equal(list.vfs, 0);
    assert_int_equal(list.count, 0);
}

static void an_empty_list_reports_the_number_of_vfs(void **state)
{
    const uint32_t vfs = 8;
    (void)state;
    put(IFLA_NUM_VF, &vfs, sizeof vfs);
    end(begin(IFLA_VFINFO_LIST));
    read_all();
    assert_true(list.has_list);
    assert_int_equal(list.vfs, 8);
    assert_int_equal(list.count, 0);
}

static void a_rate_in_the_older_form_is_known(void **state)
{
    const uint32_t vfs = 1;
    const struct ifla_vf_mac mac = {.vf = 0};
    const struct ifla_vf_tx_rate older = {0, 250};
    (void)state;
    put(IFLA_NUM_VF, &vfs, sizeof vfs);
    const size_t from = begin(IFLA_VFINFO_LIST);
    const size_t one = begin(IFLA_VF_INFO);
    put(IFLA_VF_MAC, &mac, sizeof mac);
    put(IFLA_VF_TX_RATE, &older, sizeof older);
    end(one);
    end(from);
    read_all();
    assert_int_equal(list.count, 1);
    assert_int_equal(vf[0].rate_mbit, 250);
    assert_int_equal(vf[0].min_mbit, 0);
}

/* Cuts the answer at every byte, and replaces lengths. */
static void a_broken_answer_is_read_no_further_than_it_goes(void **state)
{
    (void)state;
    answer(3, 1, true);
    const size_t whole = used;
    for (used = 0; used < whole; used++) {
        read_all();
        assert_in_range(list.count, 0, 3);
    }
    for (size_t i = 0; i + 1 < whole; i += 2) {
        const uint8_t before[2] = {message[i], message[i + 1]};
        for (unsigned k = 0; k < 4; k++) {
            memset(message + i, (const int[]){0, 1, 255, 3}[k], 2);
            used = whole;
            read_all();
            assert_in_range(list.count, 0, 3);
            for (size_t n = 0; n < list.count; n++)
                assert_in_range(vf[n].vf, 0, list.vfs - 1);
        }
        memcpy(message + i, before, 2);
    }
}

static void numbers_that_do_not_grow_end_the_list(void **state)
{
    const uint32_t vfs = 4;
    (void)state;
    put(IFLA_NUM_VF, &vfs, sizeof vfs);
    const size_t from = begin(IFLA_VFINFO_LIST);
    put_vf(0, true);
    put_vf(2, true);
    put_vf(2, true);
    put_vf(3, true);
    end(from);
    read_all();
    assert_int_equal(list.count, 2);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup(name, setup)
    const struct CMUnitTest tests[] = {
        CASE(a_vf_has_the_state_that_the_kernel_reports),
        CASE(an_answer_about_another_pf_is_not_used),
        CASE(n4_a_list_of_any_length_is_read_to_its_end),
        CASE(n4_more_vfs_than_there_is_room_for_are_left_out),
        CASE(n4_vfs_that_the_driver_leaves_out_are_missing),
        CASE(a_pf_without_a_list_has_no_vfs),
        CASE(an_empty_list_reports_the_number_of_vfs),
        CASE(a_rate_in_the_older_form_is_known),
        CASE(a_broken_answer_is_read_no_further_than_it_goes),
        CASE(numbers_that_do_not_grow_end_the_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
