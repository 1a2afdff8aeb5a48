/* SPDX-License-Identifier: Apache-2.0 */
/* Which guests are there, and which interfaces that only a guest behind a socket lists are its nics
 * (FIELD.md, row G3). */
#include "tests/lib/guest_scene.h"

#include "tests/lib/vf_tree.h"

static struct uplink uplink[2];
static struct guests guests;
static struct host_pfs *pfs;
static struct nic_places *places;
static struct discovery *discovery;
static struct daqs_log_budget budget;
static struct host_pf *pf;
static struct guest *guest;

/* A function for which the domain has no address. */
static const struct domain_nic nameless = {
    .way = DOMAIN_NIC_PASSED, .pci = "0000:3b:02.5", .guest_pci = "0000:06:00.0"};

/* Makes the modules that a visit's result goes to, with the uplinks as they are configured now. */
static int configure(size_t uplinks)
{
    discovery_free(discovery);
    nic_places_free(places);
    host_pfs_free(pfs);
    pfs = fake_pfs_new(uplink, uplinks, root, &budget);
    pf = pfs ? host_pfs_at(pfs, 0) : NULL;
    places = nic_places_new(pfs, &guests);
    discovery = discovery_new(&(struct discovery_setup){.guests = &guests,
                                                        .places = places,
                                                        .uplink = uplink,
                                                        .uplinks = uplinks,
                                                        .listed = true,
                                                        .budget = &budget});
    return pf && places && discovery ? 0 : -1;
}

static int setup(void **state)
{
    (void)state;
    if (temp_folder_make(root) != 0)
        return -1;
    add_vf("0000:3b:02.5", "0000:3b:00.0", "ens1", 5);
    uplink[0] = (struct uplink){.name = "ens1"};
    guests_init(&guests);
    guest = guests_add(&guests, "web1", "");
    return guest ? configure(1) : -1;
}

static int teardown(void **state)
{
    (void)state;
    guests_done(&guests);
    discovery_free(discovery);
    nic_places_free(places);
    host_pfs_free(pfs);
    discovery = NULL;
    places = NULL;
    pfs = NULL;
    return temp_folder_remove(root);
}

/* Sets what the PF shows about its VF 5. */
static void shows(struct daqs_mac mac)
{
    pf->read = true;
    pf->pf = (struct pf){.vfs = 1, .vf = {{.vf = 5, .mac = mac}}};
    nic_places_update(places);
}

static const struct daqs_mac inside = {{0x52, 0x54, 0, 0, 0, 9}};

/* A guest behind a socket with a VF, and with a nic that was plugged into plain QEMU later. The
 * nic's address is in 'nics' of another uplink. */
static void lists_one_that_its_host_did_not_tell(struct guest_job *visit)
{
    static struct daqs_mac_prefix whole;
    const struct daqs_mac none = {{0}};
    whole = (struct daqs_mac_prefix){inside, sizeof inside.byte};
    uplink[1] =
        (struct uplink){.name = "br0", .nics = UPLINK_NICS_LISTED, .prefix = &whole, .prefixes = 1};
    assert_int_equal(configure(2), 0);
    guest->nics_listed = true;
    visit->interfaces = 1;
    visit->interface[0] = (struct qga_interface){.name = "ens7", .counted = true, .mac = inside};
    nic_places_take_source(places, guest, &nameless, 1);
    shows(none);
    discovery_place_listed(discovery, guest, visit, 10000);
    assert_int_equal(guest->nics, 2);
    assert_int_equal(guest->nic[1].uplink, 1);
    guest->nic[1].counters.known = true;
}

static void g3_nics_that_only_the_guest_lists_stay_when_vfs_change(void **state)
{
    static struct guest_job visit;
    const struct daqs_mac given = {{2, 0, 0, 0, 0, 7}};
    (void)state;
    lists_one_that_its_host_did_not_tell(&visit);
    shows(given); /* for example another VM's */
    assert_int_equal(guest->nics, 2);
    assert_true(guest->nic[1].counters.known);
    nic_places_take_source(places, guest, &nameless, 1);
    assert_int_equal(guest->nics, 2);
    assert_true(guest->nic[1].counters.known);
}

static void g3_they_go_when_it_no_longer_lists_them(void **state)
{
    static struct guest_job visit;
    (void)state;
    lists_one_that_its_host_did_not_tell(&visit);
    visit.interfaces = 0;
    discovery_place_listed(discovery, guest, &visit, 100000);
    assert_int_equal(guest->nics, 1);
    assert_int_equal(guest->nic[0].vf, 5);
}

static void g3_they_go_when_the_host_reports_its_nics(void **state)
{
    static struct guest_job visit;
    const struct domain_nic told = {.mac_known = true, .mac = {{0xbc, 0x24, 0x11, 0, 0, 1}}};
    (void)state;
    uplink[0].nics = UPLINK_NICS_ALL;
    visit.interfaces = 1;
    visit.interface[0] = (struct qga_interface){.name = "eth0", .counted = true, .mac = inside};
    discovery_place_listed(discovery, guest, &visit, 1000);
    assert_int_equal(guest->nics, 1);
    nic_places_take_source(places, guest, &told, 1);
    assert_int_equal(guest->nics, 1);
    assert_true(daqs_mac_equal(&guest->nic[0].mac, &told.mac));
}

/* --- guests that come and go --- */

static struct guest_scene scene;

static int make_scene(void **state)
{
    (void)state;
    guest_scene_make(&scene, 2, SCENE_GUESTS);
    return 0;
}

static int end_scene(void **state)
{
    (void)state;
    guest_scene_end(&scene);
    return 0;
}

/* Has the source report a guest with one nic, or that it is gone. */
static void reports(enum guest_event_type type, const char *name, bool restarted)
{
    static struct guest_event event;
    event = (struct guest_event){.type = type,
                                 .restarted = restarted,
                                 .nics_known = true,
                                 .nics = 1,
                                 .nic = {{.mac_known = true, .mac = {{2, 0, 0, 0, 0, 1}}}}};
    (void)snprintf(event.name, sizeof event.name, "%s", name);
    guest_scene_event(&scene, &event);
}

static void a_guest_that_appears_is_added_with_its_nics(void **state)
{
    (void)state;
    uint64_t generation = scene.guests.generation;
    reports(GUEST_PRESENT, "b", false);
    assert_int_equal(scene.guests.count, 1);
    assert_string_equal(scene.guests.guest[0]->name, "b");
    assert_int_equal(scene.guests.guest[0]->nics, 1);
    assert_true(scene.agent[1].open);
    assert_true(scene.guests.generation > generation);
    generation = scene.guests.generation;
    reports(GUEST_PRESENT, "b", false); /* nothing new */
    assert_int_equal(scene.guests.count, 1);
    assert_int_equal(scene.guests.generation, generation);
}

static void a_guest_that_is_gone_is_removed(void **state)
{
    (void)state;
    reports(GUEST_PRESENT, "b", false);
    reports(GUEST_GONE, "b", false);
    assert_int_equal(scene.guests.count, 0);
    assert_false(scene.agent[1].open);
    reports(GUEST_GONE, "b", false);
    assert_int_equal(scene.guests.count, 0);
}

static void a_guest_that_changes_is_polled_at_once(void **state)
{
    (void)state;
    reports(GUEST_PRESENT, "b", false);
    scene.guests.guest[0]->poll.failures = 5;
    scene.guests.guest[0]->poll.next_ms = INT64_MAX;
    reports(GUEST_PRESENT, "b", false);
    assert_false(poll_plan_suspect(&scene.guests.guest[0]->poll));
    assert_true(poll_plan_due(&scene.guests.guest[0]->poll, 0));
}

static void facts_of_a_kernel_end_with_it(void **state)
{
    (void)state;
    reports(GUEST_PRESENT, "b", false);
    struct guest_nic *nic = &scene.guests.guest[0]->nic[0];
    nic->tc = (struct tc_state){TC_ROOT_OURS, 100 * MBIT};
    nic->counters.known = nic->reported = nic->commanded = true;
    reports(GUEST_PRESENT, "b", false);
    nic = &scene.guests.guest[0]->nic[0];
    assert_int_equal(nic->tc.root, TC_ROOT_OURS);
    reports(GUEST_PRESENT, "b", true);
    nic = &scene.guests.guest[0]->nic[0];
    assert_int_equal(nic->tc.root, TC_ROOT_UNKNOWN);
    assert_true(nic->tc.limit == DAQS_UNLIMITED);
    assert_false(nic->counters.known);
    assert_false(nic->reported);
    assert_true(nic->commanded);
    assert_false(scene.guests.guest[0]->restarted); /* no visit is running */
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define SCENE(name) cmocka_unit_test_setup_teardown(name, make_scene, end_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(g3_nics_that_only_the_guest_lists_stay_when_vfs_change),
        CASE(g3_they_go_when_it_no_longer_lists_them),
        CASE(g3_they_go_when_the_host_reports_its_nics),
        SCENE(a_guest_that_appears_is_added_with_its_nics),
        SCENE(a_guest_that_is_gone_is_removed),
        SCENE(a_guest_that_changes_is_polled_at_once),
        SCENE(facts_of_a_kernel_end_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
