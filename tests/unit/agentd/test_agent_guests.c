/* SPDX-License-Identifier: Apache-2.0 */
/* Which interfaces that only a guest behind a socket lists are its nics (FIELD.md, row G3). */
#include "tests/lib/check.h"

#include "agentd/agent_state.h"
#include "tests/lib/fake_pf.h"
#include "tests/lib/vf_tree.h"

static struct agent_config config;
static struct agent agent;
static struct host_pf *pf;
static struct guest *guest;

/* A function for which the domain has no address. */
static const struct domain_nic nameless = {
    .way = DOMAIN_NIC_PASSED, .pci = "0000:3b:02.5", .guest_pci = "0000:06:00.0"};

/* Makes the modules that a visit's result goes to, with the uplinks as they are configured now. */
static int configure(size_t uplinks)
{
    config.uplinks = uplinks;
    nic_places_free(agent.places);
    host_pfs_free(agent.pfs);
    agent.pfs = fake_pfs_new(config.uplink, uplinks, root, &agent.budget);
    pf = agent.pfs ? host_pfs_at(agent.pfs, 0) : NULL;
    agent.places = nic_places_new(&(struct nic_places_setup){.pfs = agent.pfs,
                                                             .guests = &agent.guests,
                                                             .uplink = config.uplink,
                                                             .uplinks = uplinks,
                                                             .sysfs = root});
    return pf && agent.places ? 0 : -1;
}

static int setup(void **state)
{
    (void)state;
    if (temp_folder_make(root) != 0)
        return -1;
    add_vf("0000:3b:02.5", "0000:3b:00.0", "ens1", 5);
    config = (struct agent_config){.uplink = {{.name = "ens1"}}};
    agent = (struct agent){.config = &config};
    guests_init(&agent.guests);
    guest = guests_add(&agent.guests, "web1", "");
    return guest ? configure(1) : -1;
}

static int teardown(void **state)
{
    (void)state;
    guests_done(&agent.guests);
    nic_places_free(agent.places);
    host_pfs_free(agent.pfs);
    return temp_folder_remove(root);
}

/* Sets what the PF shows about its VF 5. */
static void shows(struct daqs_mac mac)
{
    pf->read = true;
    pf->pf = (struct pf){.vfs = 1, .vf = {{.vf = 5, .mac = mac}}};
    nic_places_update(agent.places);
}

static const struct daqs_mac inside = {{0x52, 0x54, 0, 0, 0, 9}};

/* A guest behind a socket with a VF, and with a nic that was plugged into plain QEMU later. The
 * nic's address is in 'nics' of another uplink. */
static void lists_one_that_its_host_did_not_tell(struct guest_job *visit)
{
    static struct daqs_mac_prefix whole;
    const struct daqs_mac none = {{0}};
    whole = (struct daqs_mac_prefix){inside, sizeof inside.byte};
    config.uplink[1] =
        (struct uplink){.name = "br0", .nics = UPLINK_NICS_LISTED, .prefix = &whole, .prefixes = 1};
    assert_int_equal(configure(2), 0);
    guest->nics_listed = true;
    visit->interfaces = 1;
    visit->interface[0] = (struct qga_interface){.name = "ens7", .counted = true, .mac = inside};
    nic_places_take_source(agent.places, guest, &nameless, 1);
    shows(none);
    agent_place_listed_nics(&agent, guest, visit, 10000);
    assert_int_equal(guest->nics, 2);
    assert_int_equal(guest->nic[1].uplink, 1);
    guest->nic[1].counters.known = true;
}

static void g3_nics_that_only_the_guest_tells_stay_when_vfs_change(void **state)
{
    static struct guest_job visit;
    const struct daqs_mac given = {{2, 0, 0, 0, 0, 7}};
    (void)state;
    lists_one_that_its_host_did_not_tell(&visit);
    shows(given); /* for example another VM's */
    assert_int_equal(guest->nics, 2);
    assert_true(guest->nic[1].counters.known);
    nic_places_take_source(agent.places, guest, &nameless, 1);
    assert_int_equal(guest->nics, 2);
    assert_true(guest->nic[1].counters.known);
}

static void g3_they_go_when_it_does_not_list_them_any_more(void **state)
{
    static struct guest_job visit;
    (void)state;
    lists_one_that_its_host_did_not_tell(&visit);
    visit.interfaces = 0;
    agent_place_listed_nics(&agent, guest, &visit, 100000);
    assert_int_equal(guest->nics, 1);
    assert_int_equal(guest->nic[0].vf, 5);
}

static void g3_they_go_when_its_host_tells_of_its_nics_at_last(void **state)
{
    static struct guest_job visit;
    const struct domain_nic told = {.mac_known = true, .mac = {{0xbc, 0x24, 0x11, 0, 0, 1}}};
    (void)state;
    config.uplink[0].nics = UPLINK_NICS_ALL;
    visit.interfaces = 1;
    visit.interface[0] = (struct qga_interface){.name = "eth0", .counted = true, .mac = inside};
    agent_place_listed_nics(&agent, guest, &visit, 1000);
    assert_int_equal(guest->nics, 1);
    nic_places_take_source(agent.places, guest, &told, 1);
    assert_int_equal(guest->nics, 1);
    assert_true(daqs_mac_equal(&guest->nic[0].mac, &told.mac));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(g3_nics_that_only_the_guest_tells_stay_when_vfs_change),
        CASE(g3_they_go_when_it_does_not_list_them_any_more),
        CASE(g3_they_go_when_its_host_tells_of_its_nics_at_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
