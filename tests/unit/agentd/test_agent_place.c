/* SPDX-License-Identifier: Apache-2.0 */
/* Which nics of a guest are watched, given what its PF reports about their VFs (FIELD.md, row
 * G8). */
#include "tests/lib/check.h"

#include <stdlib.h>

#include "agentd/agent_pf.h"
#include "tests/lib/vf_tree.h"

static struct agent_config config;
static struct agent agent;
static struct agent_pf *pf;
static struct guest *guest;
static struct pf_job job;

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
    config = (struct agent_config){.uplink = {{.name = "ens1"}}, .uplinks = 1};
    agent = (struct agent){.config = &config, .sysfs = root};
    pf = agent.pf[0] = calloc(1, sizeof *pf);
    if (!pf)
        return -1;
    (void)strcpy(job.pf, "ens1");
    pf->job = &job;
    guests_init(&agent.guests);
    guest = guests_add(&agent.guests, "web1", "");
    return guest ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    guests_done(&agent.guests);
    free(pf);
    return temp_folder_remove(root);
}

/* Sets what the PF shows about its VF 5. */
static void shows(struct daqs_mac mac)
{
    pf->read = true;
    pf->pf = (struct pf){.vfs = 1, .vf = {{.vf = 5, .mac = mac}}};
    agent_place_nics(&agent);
}

static void g8_a_vf_without_address_is_watched_once_its_pf_was_read(void **state)
{
    const struct daqs_mac none = {{0}};
    (void)state;
    agent_take_told_nics(&agent, guest, &nameless, 1);
    assert_int_equal(guest->nics, 0);
    shows(none);
    assert_int_equal(guest->nics, 1);
    assert_int_equal(guest->nic[0].vf, 5);
    assert_true(placing_is_number(&guest->nic[0].mac));
    assert_ptr_equal(agent_pf_vf(&agent, &guest->nic[0]), &pf->pf.vf[0]);
}

static void g8_when_it_gets_an_address_it_goes_by_that(void **state)
{
    const struct daqs_mac none = {{0}};
    const struct daqs_mac given = {{2, 0, 0, 0, 0, 7}};
    (void)state;
    agent_take_told_nics(&agent, guest, &nameless, 1);
    shows(none);
    guest->nic[0].on_vf = true;
    shows(given);
    assert_int_equal(guest->nics, 1);
    assert_true(daqs_mac_equal(&guest->nic[0].mac, &given));
    assert_true(guest->nic[0].on_vf); /* it is the same VF */
}

static void g8_a_vf_that_its_pf_does_not_list_is_told(void **state)
{
    (void)state;
    agent_take_told_nics(&agent, guest, &nameless, 1);
    assert_int_equal(guest->logged_outcome[0], PLACING_PENDING);
    pf->unreadable = true;
    agent_place_nics(&agent);
    assert_int_equal(guest->logged_outcome[0], PLACING_UNLISTED);
    pf->unreadable = false;
    pf->read = true;
    agent_place_nics(&agent);
    assert_int_equal(guest->logged_outcome[0], PLACING_UNLISTED);
}

/* An event about the guest reports all its nics again. */
static void g8_what_is_not_watched_is_said_once(void **state)
{
    const struct domain_nic both[] = {nameless, elsewhere};
    const struct domain_nic other_way_round[] = {elsewhere, nameless};
    char said[1024] = "";
    int before = dup(STDERR_FILENO);
    FILE *log = tmpfile();
    (void)state;
    assert_non_null(log);
    assert_return_code(dup2(fileno(log), STDERR_FILENO), 0);
    agent_take_told_nics(&agent, guest, both, 2);
    agent_take_told_nics(&agent, guest, other_way_round, 2);
    agent_place_nics(&agent);
    assert_return_code(dup2(before, STDERR_FILENO), 0);
    (void)close(before);
    rewind(log);
    (void)fread(said, 1, sizeof said - 1, log);
    (void)fclose(log);
    const char *first = strstr(said, "guest web1: VF 3 of ens2 (0000:5e:02.3) is in use and not "
                                     "watched: its PF is no uplink in the configuration");
    assert_non_null(first);
    assert_null(strstr(first + 1, "guest web1"));
}

static void g8_the_controller_is_told_of_what_is_not_watched(void **state)
{
    const struct domain_nic both[] = {nameless, elsewhere};
    (void)state;
    agent_take_told_nics(&agent, guest, both, 2);
    assert_int_equal(guest->unwatched_vfs, 1);
    assert_int_equal(guest->unwatched[0].vf, 3);
    assert_string_equal(guest->unwatched[0].pf, "ens2");
    assert_string_equal(guest->unwatched[0].pci, "0000:5e:02.3");
    assert_int_equal(guest->unwatched[0].cause, DAQS_CAUSE_VF_NO_UPLINK);
    uint64_t before = agent.guests.generation;
    agent_place_nics(&agent);
    assert_int_equal(agent.guests.generation, before);
    pf->unreadable = true;
    agent_place_nics(&agent);
    assert_true(agent.guests.generation > before);
    assert_int_equal(guest->unwatched_vfs, 2);
    agent_forget_told_nics(&agent, guest);
    assert_int_equal(guest->unwatched_vfs, 0);
}

/* --- nics that only the guest reports --- */

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
    config.uplinks = 2;
    guest->nics_listed = true;
    visit->interfaces = 1;
    visit->interface[0] = (struct qga_interface){.name = "ens7", .counted = true, .mac = inside};
    agent_take_told_nics(&agent, guest, &nameless, 1);
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
    agent_take_told_nics(&agent, guest, &nameless, 1);
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
    agent_take_told_nics(&agent, guest, &told, 1);
    assert_int_equal(guest->nics, 1);
    assert_true(daqs_mac_equal(&guest->nic[0].mac, &told.mac));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(g8_a_vf_without_address_is_watched_once_its_pf_was_read),
        CASE(g8_when_it_gets_an_address_it_goes_by_that),
        CASE(g8_a_vf_that_its_pf_does_not_list_is_told),
        CASE(g8_what_is_not_watched_is_said_once),
        CASE(g8_the_controller_is_told_of_what_is_not_watched),
        CASE(g3_nics_that_only_the_guest_tells_stay_when_vfs_change),
        CASE(g3_they_go_when_it_does_not_list_them_any_more),
        CASE(g3_they_go_when_its_host_tells_of_its_nics_at_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
