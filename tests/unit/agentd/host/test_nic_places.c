/* SPDX-License-Identifier: Apache-2.0 */
/* Which nics of a guest are watched, given what its PF reports about their VFs (FIELD.md, row
 * G8). */
#include "tests/lib/check.h"

#include "agentd/host/nic_places.h"
#include "tests/lib/fake_pf.h"
#include "tests/lib/vf_tree.h"

static struct uplink uplink[1];
static struct daqs_log_budget budget;
static struct guests guests;
static struct host_pfs *pfs;
static struct nic_places *places;
static struct host_pf *pf;
static struct guest *guest;

/* As in KubeVirt: a function for which the domain has no address. */
static const struct domain_nic nameless = {
    .way = DOMAIN_NIC_PASSED, .pci = "0000:3b:02.5", .guest_pci = "0000:06:00.0"};
static const struct domain_nic elsewhere = {.way = DOMAIN_NIC_PASSED,
                                            .pci = "0000:5e:02.3",
                                            .mac_known = true,
                                            .mac = {{2, 0, 0, 0, 0, 9}}};

static int setup(void **state)
{
    (void)state;
    if (temp_folder_make(root) != 0)
        return -1;
    add_vf("0000:3b:02.5", "0000:3b:00.0", "ens1", 5);
    add_vf("0000:5e:02.3", "0000:5e:00.0", "ens2", 3);
    uplink[0] = (struct uplink){.name = "ens1"};
    pfs = fake_pfs_new(uplink, 1, root, &budget);
    pf = pfs ? host_pfs_at(pfs, 0) : NULL;
    places = pfs ? nic_places_new(pfs, &guests) : NULL;
    if (!pf || !places)
        return -1;
    guests_init(&guests);
    guest = guests_add(&guests, "web1", "");
    return guest ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    guests_done(&guests);
    nic_places_free(places);
    host_pfs_free(pfs);
    return temp_folder_remove(root);
}

/* Sets what the PF shows about its VF 5. */
static void shows(struct daqs_mac mac)
{
    pf->read = true;
    pf->pf = (struct pf){.vfs = 1, .vf = {{.vf = 5, .mac = mac}}};
    nic_places_update(places);
}

static void g8_a_vf_without_address_is_watched_once_its_pf_was_read(void **state)
{
    const struct daqs_mac none = {{0}};
    (void)state;
    nic_places_take_source(places, guest, &nameless, 1);
    assert_int_equal(guest->nics, 0);
    shows(none);
    assert_int_equal(guest->nics, 1);
    assert_int_equal(guest->nic[0].vf, 5);
    assert_true(placing_is_number(&guest->nic[0].mac));
    assert_ptr_equal(host_pfs_vf(pfs, &guest->nic[0]), &pf->pf.vf[0]);
}

static void g8_when_it_gets_an_address_it_goes_by_that(void **state)
{
    const struct daqs_mac none = {{0}};
    const struct daqs_mac given = {{2, 0, 0, 0, 0, 7}};
    (void)state;
    nic_places_take_source(places, guest, &nameless, 1);
    shows(none);
    guest->nic[0].on_vf = true;
    shows(given);
    assert_int_equal(guest->nics, 1);
    assert_true(daqs_mac_equal(&guest->nic[0].mac, &given));
    assert_true(guest->nic[0].on_vf); /* it is the same VF */
}

static void g8_a_vf_that_its_pf_does_not_list_is_reported(void **state)
{
    (void)state;
    nic_places_take_source(places, guest, &nameless, 1);
    assert_int_equal(guest->logged_outcome[0], PLACING_PENDING);
    pf->unreadable = true;
    nic_places_update(places);
    assert_int_equal(guest->logged_outcome[0], PLACING_UNLISTED);
    pf->unreadable = false;
    pf->read = true;
    nic_places_update(places);
    assert_int_equal(guest->logged_outcome[0], PLACING_UNLISTED);
}

/* An event about the guest reports all its nics again. */
static void g8_a_vf_that_is_not_watched_is_logged_once(void **state)
{
    const struct domain_nic both[] = {nameless, elsewhere};
    const struct domain_nic other_way_round[] = {elsewhere, nameless};
    char said[1024] = "";
    int before = dup(STDERR_FILENO);
    FILE *log = tmpfile();
    (void)state;
    assert_non_null(log);
    assert_return_code(dup2(fileno(log), STDERR_FILENO), 0);
    nic_places_take_source(places, guest, both, 2);
    nic_places_take_source(places, guest, other_way_round, 2);
    nic_places_update(places);
    assert_return_code(dup2(before, STDERR_FILENO), 0);
    (void)close(before);
    rewind(log);
    (void)fread(said, 1, sizeof said - 1, log);
    (void)fclose(log);
    const char *first = strstr(said, "guest web1: VF 3 of ens2 (0000:5e:02.3) is in use and not "
                                     "watched: its PF is not an uplink in the configuration");
    assert_non_null(first);
    assert_null(strstr(first + 1, "guest web1"));
}

static void g8_vfs_that_are_not_watched_are_reported_to_the_controller(void **state)
{
    const struct domain_nic both[] = {nameless, elsewhere};
    (void)state;
    nic_places_take_source(places, guest, both, 2);
    assert_int_equal(guest->unwatched_vfs, 1);
    assert_int_equal(guest->unwatched[0].vf, 3);
    assert_string_equal(guest->unwatched[0].pf, "ens2");
    assert_string_equal(guest->unwatched[0].pci, "0000:5e:02.3");
    assert_int_equal(guest->unwatched[0].cause, DAQS_CAUSE_VF_NO_UPLINK);
    uint64_t before = guests.generation;
    nic_places_update(places);
    assert_int_equal(guests.generation, before);
    pf->unreadable = true;
    nic_places_update(places);
    assert_true(guests.generation > before);
    assert_int_equal(guest->unwatched_vfs, 2);
    nic_places_forget_source(places, guest);
    assert_int_equal(guest->unwatched_vfs, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(g8_a_vf_without_address_is_watched_once_its_pf_was_read),
        CASE(g8_when_it_gets_an_address_it_goes_by_that),
        CASE(g8_a_vf_that_its_pf_does_not_list_is_reported),
        CASE(g8_a_vf_that_is_not_watched_is_logged_once),
        CASE(g8_vfs_that_are_not_watched_are_reported_to_the_controller),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
