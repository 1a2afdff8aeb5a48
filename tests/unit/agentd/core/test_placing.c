/* SPDX-License-Identifier: Apache-2.0 */
/* Which nics of a domain are watched, and what is logged about the VFs that are not (FIELD.md, row
 * G8). */
#include "tests/lib/check.h"

#include <string.h>

#include "agentd/core/placing.h"

#define MAC1                                                                                       \
    {                                                                                              \
        {                                                                                          \
            0x52, 0x54, 0, 0xa0, 0, 1                                                              \
        }                                                                                          \
    }
#define MAC2                                                                                       \
    {                                                                                              \
        {                                                                                          \
            0x52, 0x54, 0, 0xa0, 0, 2                                                              \
        }                                                                                          \
    }

static struct uplink uplink[2];
static struct domain_nic nic[DOMAIN_NICS_MAX];
static struct placing_facts facts[DOMAIN_NICS_MAX];
static struct guest_nic_place place[DOMAIN_NICS_MAX];
static enum placing_outcome outcome[DOMAIN_NICS_MAX];
static size_t count;

static int setup(void **state)
{
    (void)state;
    memset(nic, 0, sizeof nic);
    memset(facts, 0, sizeof facts);
    uplink[0] = (struct uplink){.name = "ens1", .nics = UPLINK_NICS_HOSTDEV};
    uplink[1] = (struct uplink){.name = "ens2", .nics = UPLINK_NICS_HOSTDEV};
    count = 0;
    return 0;
}

/* Adds a passed-through VF of 'physical' with the address MAC1. */
static struct placing_facts *vf(const char *physical, int number)
{
    (void)strcpy(nic[count].pci, "0000:3b:02.1");
    (void)strcpy(nic[count].guest_pci, "0000:06:00.0");
    struct placing_facts *f = &facts[count++];
    *f = (struct placing_facts){.is_vf = true,
                                .pci = "0000:3b:02.1",
                                .vf = number,
                                .address = PLACING_ADDRESS_KNOWN,
                                .mac = MAC1};
    (void)strcpy(f->physical, physical);
    (void)strcpy(f->called, physical);
    return f;
}

static struct placing_facts *bridged(void)
{
    struct placing_facts *f = &facts[count++];
    *f = (struct placing_facts){.vf = -1, .address = PLACING_ADDRESS_KNOWN, .mac = MAC1};
    return f;
}

static size_t choose(void)
{
    return placing_choose(uplink, 2, nic, facts, count, place, outcome);
}

static void assert_place(size_t i, struct daqs_mac mac, uint32_t where, int number)
{
    assert_true(daqs_mac_equal(&place[i].mac, &mac));
    assert_int_equal(place[i].uplink, where);
    assert_int_equal(place[i].vf, number);
}

static void assert_said(size_t i, const char *expected)
{
    char text[PLACING_TEXT_BYTES];
    assert_string_equal(placing_text(&facts[i], outcome[i], text), expected);
}

static void a_vf_of_an_uplink_is_watched(void **state)
{
    (void)state;
    (void)vf("ens2", 1);
    assert_int_equal(choose(), 1);
    assert_place(0, (struct daqs_mac)MAC1, 1, 1);
    assert_true(place[0].slot.passed_through);
    assert_string_equal(place[0].slot.pci, "0000:06:00.0");
    assert_said(0, "");
}

static void n6_an_uplink_is_called_by_another_name_of_its_interface(void **state)
{
    (void)state;
    (void)strcpy(uplink[1].name, "storage");
    (void)strcpy(vf("ens2f0np0", 1)->called, "storage");
    assert_int_equal(choose(), 1);
    assert_place(0, (struct daqs_mac)MAC1, 1, 1);
}

static void g8_a_vf_without_address_is_watched_by_its_number(void **state)
{
    (void)state;
    vf("ens1", 5)->address = PLACING_ADDRESS_NONE;
    vf("ens1", 300)->address = PLACING_ADDRESS_NONE;
    vf("ens2", 5)->address = PLACING_ADDRESS_NONE;
    assert_int_equal(choose(), 3);
    assert_place(0, placing_number_mac(0, 5), 0, 5);
    assert_place(1, placing_number_mac(0, 300), 0, 300);
    assert_place(2, placing_number_mac(0, 5), 1, 5);
    uplink[0] = (struct uplink){.name = "bond0", .pf = {"ens1", "ens3"}, .pfs = 2};
    (void)strcpy(facts[1].called, "ens3");
    assert_int_equal(choose(), 3);
    assert_place(1, placing_number_mac(1, 300), 0, 300);
    assert_int_equal(place[0].pf, 0);
    assert_int_equal(place[1].pf, 1);
    const struct daqs_mac real = MAC1;
    assert_true(placing_is_number(&place[1].mac));
    assert_false(placing_is_number(&real));
}

static void g8_an_address_that_is_not_known_yet_is_waited_for(void **state)
{
    (void)state;
    vf("ens1", 5)->address = PLACING_ADDRESS_PENDING;
    assert_int_equal(choose(), 0);
    assert_said(0, "");
    facts[0].address = PLACING_ADDRESS_UNLISTED;
    assert_int_equal(choose(), 0);
    assert_said(0, "VF 5 of ens1 (0000:3b:02.1) is in use and not watched: its address is not "
                   "known: its PF does not list it");
}

static void g8_a_vf_that_no_uplink_covers_is_reported(void **state)
{
    (void)state;
    (void)vf("ens3", 2);
    vf("ens3", 3)->address = PLACING_ADDRESS_PENDING;
    vf("", -1)->address = PLACING_ADDRESS_PENDING;
    assert_int_equal(choose(), 0);
    assert_said(0, "VF 2 of ens3 (0000:3b:02.1) is in use and not watched: its PF is not an uplink "
                   "in the configuration");
    assert_said(1, "VF 3 of ens3 (0000:3b:02.1) is in use and not watched: its PF is not an uplink "
                   "in the configuration");
    assert_said(2, "VF 0000:3b:02.1 is in use and not watched: its PF has no network interface");
}

static void g8_a_device_that_is_not_a_vf_is_not_reported(void **state)
{
    (void)state;
    (void)bridged();
    *vf("", -1) = (struct placing_facts){.vf = -1, .pci = "0000:65:00.1"}; /* a graphics card */
    assert_int_equal(choose(), 0);
    assert_said(0, "");
    assert_said(1, "");
}

static void g8_a_vf_that_its_uplink_does_not_list_is_reported(void **state)
{
    struct daqs_mac_prefix other = {MAC2, 6};
    (void)state;
    uplink[0].nics = UPLINK_NICS_LISTED;
    uplink[0].prefix = &other;
    uplink[0].prefixes = 1;
    (void)vf("ens1", 2);
    vf("ens1", 3)->address = PLACING_ADDRESS_NONE;
    facts[2] = facts[0];
    facts[2].mac = (struct daqs_mac)MAC2;
    count = 3;
    assert_int_equal(choose(), 1);
    assert_place(0, (struct daqs_mac)MAC2, 0, 2);
    assert_said(
        0, "VF 2 of ens1 (0000:3b:02.1) is in use and not watched: it is not among the nics of "
           "its uplink");
    assert_said(
        1, "VF 3 of ens1 (0000:3b:02.1) is in use and not watched: it is not among the nics of "
           "its uplink");
}

/* <teaming>: both have the same address, and their order does not matter. */
static void g8_of_a_vf_and_its_standby_the_vf_is_watched(void **state)
{
    (void)state;
    uplink[0].nics = UPLINK_NICS_ALL;
    (void)bridged();
    (void)vf("ens1", 2);
    (void)bridged();
    assert_int_equal(choose(), 1);
    assert_place(0, (struct daqs_mac)MAC1, 0, 2);
    for (size_t i = 0; i < count; i++)
        assert_said(i, "");
}

static void g8_the_second_vf_with_an_address_is_reported(void **state)
{
    (void)state;
    (void)vf("ens1", 2);
    (void)vf("ens1", 3);
    (void)vf("ens2", 3);
    assert_int_equal(choose(), 2);
    assert_place(0, (struct daqs_mac)MAC1, 0, 2);
    assert_place(1, (struct daqs_mac)MAC1, 1, 3);
    assert_said(1,
                "VF 3 of ens1 (0000:3b:02.1) is in use and not watched: another nic of the VM on "
                "this uplink has its address");
}

/* The VF's rate would limit all that send through it. */
static void g8_a_vf_that_several_may_send_through_is_not_limited(void **state)
{
    (void)state;
    vf("ens1", 2)->shared = true;
    nic[0].pci[0] = '\0';
    assert_int_equal(choose(), 1);
    assert_place(0, (struct daqs_mac)MAC1, 0, -1);
    assert_false(place[0].slot.passed_through);
}

#define CASE(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_vf_of_an_uplink_is_watched),
        CASE(n6_an_uplink_is_called_by_another_name_of_its_interface),
        CASE(g8_a_vf_without_address_is_watched_by_its_number),
        CASE(g8_an_address_that_is_not_known_yet_is_waited_for),
        CASE(g8_a_vf_that_no_uplink_covers_is_reported),
        CASE(g8_a_device_that_is_not_a_vf_is_not_reported),
        CASE(g8_a_vf_that_its_uplink_does_not_list_is_reported),
        CASE(g8_of_a_vf_and_its_standby_the_vf_is_watched),
        CASE(g8_the_second_vf_with_an_address_is_reported),
        CASE(g8_a_vf_that_several_may_send_through_is_not_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
