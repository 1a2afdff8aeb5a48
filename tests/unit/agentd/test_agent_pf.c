/* SPDX-License-Identifier: Apache-2.0 */
/* Visits to a physical function that change it, or find it changed. */
#include "tests/lib/check.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/agent_pf.h"
#include "agentd/host/pf_file.h"
#include "tests/lib/temp_folder.h"

enum { VFS = 4, PATIENCE_MS = 10000 };

static char dir[TEMP_FOLDER_BYTES];
static struct agent_config config;
static struct agent agent;
static struct agent_pf *pf;
static int64_t now_ms;

/* Replaces the kernel. */
static struct {
    int result; /* of reading */
    uint32_t vfs;
    struct vf_info vf[VFS];
    void (*before_rate)(void); /* called in the middle of a visit */
} kernel;

static int fake_read(struct vf_link *link, const char *ifname, struct vf_info *ret,
                     size_t *ret_count, uint32_t *ret_vfs, struct daqs_error *err)
{
    (void)link;
    if (kernel.result != DAQS_OK)
        return daqs_fail(err, kernel.result, "cannot read the VFs of %s", ifname);
    memcpy(ret, kernel.vf, kernel.vfs * sizeof *ret);
    *ret_count = *ret_vfs = kernel.vfs;
    return DAQS_OK;
}

static int fake_set_rate(struct vf_link *link, const char *ifname, const struct pf_change *change,
                         struct daqs_error *err)
{
    (void)link;
    if (kernel.before_rate)
        kernel.before_rate();
    if (kernel.result != DAQS_OK)
        return daqs_fail(err, kernel.result, "cannot set a VF's rate on %s", ifname);
    if (change->vf >= kernel.vfs) /* as Linux does */
        return daqs_fail(err, DAQS_EREFUSED, "%s has no such VF", ifname);
    kernel.vf[change->vf].rate_mbit = change->rate_mbit;
    return DAQS_OK;
}

static void fake_free(struct vf_link *link)
{
    free(link);
}

static struct vf_link *fake_link(void)
{
    struct vf_link *link = malloc(sizeof *link);
    assert_non_null(link);
    *link = (struct vf_link){fake_read, fake_set_rate, fake_free, VF_BY_RTNETLINK};
    return link;
}

static int setup(void **state)
{
    (void)state;
    if (temp_folder_make(dir) != 0)
        return -1;
    kernel.result = DAQS_OK;
    kernel.before_rate = NULL;
    kernel.vfs = VFS;
    for (uint32_t i = 0; i < VFS; i++)
        kernel.vf[i] = (struct vf_info){.vf = i, .mac = {{2, 0, 0, 0, 1, (uint8_t)i}}};
    config = (struct agent_config){
        .uplink = {{.name = "up0", .enforce = ENFORCE_HOST}}, .uplinks = 1, .state_dir = dir};
    agent = (struct agent){.config = &config,
                           .sysfs = dir,
                           .pace = {.interval_ms = 100},
                           .pf_pool = daqs_pool_new(1, 4),
                           .pf_look_ms = INT64_MAX};
    guests_init(&agent.guests);
    agent.inventory = inventory_new(&(struct inventory_setup){.guests = &agent.guests,
                                                              .uplink = config.uplink,
                                                              .uplinks = config.uplinks,
                                                              .capacity = agent.capacity});
    pf = agent.pf[0] = calloc(1, sizeof *pf);
    if (!pf || !agent.pf_pool || !agent.inventory)
        return -1;
    pf->job = pf_job_new(0, "up0", fake_link());
    now_ms = 1000000;
    return pf->job ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    agent.stopping = true;
    agent_pf_tear_down(&agent);
    inventory_free(agent.inventory);
    guests_done(&agent.guests);
    return temp_folder_remove(dir);
}

/* Adds a guest whose nic is on this VF. */
static struct guest_nic *add_guest(const char *name, int vf)
{
    const struct guest_nic_place place = {.mac = {{2, 0, 0, 0, 1, (uint8_t)vf}}, .vf = vf};
    struct guest *guest = guests_add(&agent.guests, name, "");
    assert_non_null(guest);
    assert_int_equal(guests_set_nics(&agent.guests, guest, &place, 1), DAQS_OK);
    guest->nic[0].reading.state = DAQS_NIC_OK;
    guest->nic[0].commanded = true;
    return &guest->nic[0];
}

/* Runs a turn of the loop, and handles the result of the visit that it starts. */
static void visit(void)
{
    struct pollfd done = {.fd = daqs_pool_fd(agent.pf_pool), .events = POLLIN};
    now_ms += 2000;
    agent_pf_start(&agent, now_ms);
    assert_true(pf->busy);
    assert_int_equal(poll(&done, 1, PATIENCE_MS), 1);
    agent_pf_reap(&agent, now_ms);
}

/* Returns how many rates the file lists as set by DAQS. */
static size_t written_down(void)
{
    struct pf_file_entry *entry = NULL;
    size_t count = 0;
    assert_int_equal(pf_file_load(dir, &entry, &count, NULL), DAQS_OK);
    free(entry);
    return count;
}

/* --- bad input --- */

/* As when a hypervisor allows two domains with one VF, or one of them has not ended yet. */
static void a_vf_that_two_guests_claim_has_the_lower_limit(void **state)
{
    (void)state;
    struct guest_nic *first = add_guest("a", 3);
    struct guest_nic *second = add_guest("b", 3);
    first->wanted = 200 * MBIT;
    second->wanted = 100 * MBIT;
    visit();
    visit();
    assert_int_equal(kernel.vf[3].rate_mbit, 100);
    assert_true(agent_pf_converged(&agent, first, now_ms));
    assert_true(agent_pf_converged(&agent, second, now_ms));
    assert_int_equal(agent_pf_limit(&agent, first), 100 * MBIT);
    second->wanted = DAQS_UNLIMITED;
    visit();
    assert_int_equal(kernel.vf[3].rate_mbit, 200);
    guests_remove(&agent.guests, guests_by_name(&agent.guests, "a"));
    visit();
    assert_int_equal(kernel.vf[3].rate_mbit, 0);
    assert_int_equal(written_down(), 0);
}

static void which_cuts_no_guarantee_of_either(void **state)
{
    const struct daqs_nic_setting setting[] = {{.min = 150 * MBIT}, {.min = 0}};
    (void)state;
    struct guest_nic *first = add_guest("a", 3);
    struct guest_nic *second = add_guest("b", 3);
    assert_int_equal(inventory_rebuild(agent.inventory), DAQS_OK);
    assert_int_equal(inventory_set(agent.inventory, setting), DAQS_OK);
    first->wanted = 200 * MBIT;
    second->wanted = 100 * MBIT;
    visit();
    visit();
    assert_in_range(kernel.vf[3].rate_mbit, 150, 199);
}

static void all_vfs_vanish(void)
{
    kernel.vfs = 0;
}

static void a_vf_that_vanishes_in_the_middle_of_a_visit_is_forgotten(void **state)
{
    (void)state;
    struct guest_nic *nic = add_guest("a", 3);
    nic->wanted = 100 * MBIT;
    visit();
    kernel.before_rate = all_vfs_vanish;
    visit();
    assert_null(agent_pf_vf(&agent, nic));
    assert_false(agent_pf_active(&agent));
    assert_int_equal(written_down(), 0);
    assert_int_equal(agent_pf_limit(&agent, nic), DAQS_UNLIMITED);
    assert_int_equal(agent_pf_reading(&agent, nic, now_ms).state, DAQS_NIC_UNMANAGED);
    assert_int_equal(agent_pf_reading(&agent, nic, now_ms).cause, DAQS_CAUSE_HOST_CANNOT);
    kernel.before_rate = NULL;
    kernel.vfs = VFS;
    visit();
    visit();
    assert_int_equal(kernel.vf[3].rate_mbit, 100); /* the refusal does not apply to the new VF */
    assert_int_equal(agent_pf_reading(&agent, nic, now_ms).state, DAQS_NIC_OK);
}

static void the_pf_vanishes(void)
{
    kernel.result = DAQS_ENOTFOUND;
}

/* As when its driver is reloaded: it is unknown whether the rate was set. */
static void a_pf_that_vanishes_in_the_middle_of_a_visit_keeps_what_was_there(void **state)
{
    (void)state;
    struct guest_nic *nic = add_guest("a", 3);
    kernel.vf[3].rate_mbit = 700; /* set by the operator */
    nic->wanted = 100 * MBIT;
    visit();
    kernel.before_rate = the_pf_vanishes;
    visit();
    assert_true(pf->unreadable);
    assert_int_equal(written_down(), 1);
    assert_int_equal(agent_pf_limit(&agent, nic), DAQS_UNLIMITED);
    kernel.before_rate = NULL;
    kernel.result = DAQS_OK;
    kernel.vf[3].rate_mbit = 100; /* it was set */
    visit();
    assert_int_equal(agent_pf_limit(&agent, nic), 100 * MBIT);
    nic->wanted = DAQS_UNLIMITED;
    visit();
    assert_int_equal(kernel.vf[3].rate_mbit, 700);
    assert_int_equal(written_down(), 0);
}

/* --- names --- */

/* By two of its names, for example an alternative name, which the configuration check did not
 * detect. */
static void an_interface_that_is_named_twice_is_opened_once(void **state)
{
    struct daqs_error err = {0};
    (void)state;
    agent.stopping = true;
    agent_pf_tear_down(&agent);
    inventory_free(agent.inventory);
    config.uplink[0] = (struct uplink){.name = "bond0", .pf = {"lo", "lo"}, .pfs = 2};
    config.uplink[1] = (struct uplink){.name = "lo"};
    config.uplinks = 2;
    agent = (struct agent){.config = &config, .sysfs = dir};
    assert_int_equal(agent_pf_set_up(&agent, &err), DAQS_OK);
    assert_non_null(agent.pf[agent_pf_place(0, 0)]);
    assert_null(agent.pf[agent_pf_place(0, 1)]);
    assert_null(agent.pf[agent_pf_place(1, 0)]);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_vf_that_two_guests_claim_has_the_lower_limit),
        CASE(which_cuts_no_guarantee_of_either),
        CASE(a_vf_that_vanishes_in_the_middle_of_a_visit_is_forgotten),
        CASE(a_pf_that_vanishes_in_the_middle_of_a_visit_keeps_what_was_there),
        CASE(an_interface_that_is_named_twice_is_opened_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
