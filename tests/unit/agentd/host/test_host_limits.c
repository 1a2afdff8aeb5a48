/* SPDX-License-Identifier: Apache-2.0 */
/* Visits to a physical function that change it, or find it changed. */
#include "tests/lib/check.h"

#include <poll.h>
#include <unistd.h>

#include "agentd/host/host_limits.h"
#include "agentd/host/nic_limit.h"
#include "agentd/host/pf_file.h"
#include "tests/lib/fake_pf.h"
#include "tests/lib/temp_folder.h"

enum { PATIENCE_MS = 10000, POLL_MS = 100 };

static char dir[TEMP_FOLDER_BYTES];
static struct uplink uplink[1];
static struct daqs_log_budget budget;
static struct pace pace = {.interval_ms = POLL_MS};
static struct guests guests;
static struct inventory *inventory;
static struct host_pfs *pfs;
static struct host_traffic *traffic;
static struct host_limits *limits;
static struct host_pf *pf;
static unsigned vfs_changed;
static int64_t now_ms;

static void on_vfs_changed(void *arg)
{
    (*(unsigned *)arg)++;
}

static void stop(void)
{
    host_limits_free(limits);
    host_traffic_free(traffic);
    host_pfs_free(pfs);
}

/* Starts the module as a process does that began at begun_ms. */
static int start(int64_t begun_ms)
{
    struct daqs_error err = {0};
    pfs = fake_pfs_new(uplink, 1, dir, &budget);
    pf = host_pfs_at(pfs, 0);
    traffic = host_traffic_new(&(struct host_traffic_setup){
        .pfs = pfs, .guests = &guests, .inventory = inventory, .pace = &pace, .budget = &budget});
    limits = host_limits_new(&(struct host_limits_setup){.pfs = pfs,
                                                         .traffic = traffic,
                                                         .guests = &guests,
                                                         .state_dir = dir,
                                                         .inventory = inventory,
                                                         .vfs_changed = on_vfs_changed,
                                                         .arg = &vfs_changed,
                                                         .budget = &budget},
                             begun_ms, &err);
    return pf && traffic && limits ? 0 : -1;
}

static int setup(void **state)
{
    static const daqs_bps capacity[1];
    (void)state;
    if (temp_folder_make(dir) != 0)
        return -1;
    uplink[0] = (struct uplink){.name = "up0", .enforce = ENFORCE_HOST};
    vfs_changed = 0;
    guests_init(&guests);
    inventory = inventory_new(&(struct inventory_setup){
        .guests = &guests, .uplink = uplink, .uplinks = 1, .capacity = capacity});
    now_ms = 1000000;
    return inventory ? start(0) : -1;
}

static int teardown(void **state)
{
    (void)state;
    stop();
    inventory_free(inventory);
    guests_done(&guests);
    return temp_folder_remove(dir);
}

/* Adds a guest whose nic is on this VF. */
static struct guest_nic *add_guest(const char *name, int vf)
{
    const struct guest_nic_place place = {.mac = {{2, 0, 0, 0, 1, (uint8_t)vf}}, .vf = vf};
    struct guest *guest = guests_add(&guests, name, "");
    assert_non_null(guest);
    assert_int_equal(guests_set_nics(&guests, guest, &place, 1), DAQS_OK);
    guest->nic[0].reading.state = DAQS_NIC_OK;
    guest->nic[0].commanded = true;
    return &guest->nic[0];
}

/* Runs a turn of the loop, and handles the result of the visit that it starts. */
static void visit(void)
{
    struct pollfd done = {.fd = host_limits_fd(limits), .events = POLLIN};
    now_ms += 2000;
    host_limits_start(limits, now_ms);
    assert_true(pf->busy);
    assert_int_equal(poll(&done, 1, PATIENCE_MS), 1);
    host_limits_reap(limits, now_ms);
}

static struct daqs_nic_reading reading_of(struct guest_nic *nic)
{
    nic_limit_choose(pfs, nic, now_ms);
    return nic_limit_reading(pfs, nic, POLL_MS, now_ms);
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
    assert_true(nic_limit_converged(pfs, first, now_ms));
    assert_true(nic_limit_converged(pfs, second, now_ms));
    assert_int_equal(nic_limit_in_force(pfs, first), 100 * MBIT);
    second->wanted = DAQS_UNLIMITED;
    visit();
    assert_int_equal(kernel.vf[3].rate_mbit, 200);
    guests_remove(&guests, guests_by_name(&guests, "a"));
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
    assert_int_equal(inventory_rebuild(inventory), DAQS_OK);
    assert_int_equal(inventory_set(inventory, setting), DAQS_OK);
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
    assert_null(host_pfs_vf(pfs, nic));
    assert_false(host_limits_active(limits));
    assert_int_equal(written_down(), 0);
    assert_int_equal(nic_limit_in_force(pfs, nic), DAQS_UNLIMITED);
    assert_int_equal(reading_of(nic).state, DAQS_NIC_UNMANAGED);
    assert_int_equal(reading_of(nic).cause, DAQS_CAUSE_HOST_CANNOT);
    kernel.before_rate = NULL;
    kernel.vfs = FAKE_VFS;
    visit();
    visit();
    assert_int_equal(kernel.vf[3].rate_mbit, 100); /* the refusal does not apply to the new VF */
    assert_int_equal(reading_of(nic).state, DAQS_NIC_OK);
}

static void the_pf_vanishes(void)
{
    kernel.result = DAQS_ENOTFOUND;
}

/* As when its driver is reloaded: it is unknown whether the rate was set. */
static void a_pf_that_vanishes_during_a_visit_keeps_its_state(void **state)
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
    assert_int_equal(nic_limit_in_force(pfs, nic), DAQS_UNLIMITED);
    kernel.before_rate = NULL;
    kernel.result = DAQS_OK;
    kernel.vf[3].rate_mbit = 100; /* it was set */
    visit();
    assert_int_equal(nic_limit_in_force(pfs, nic), 100 * MBIT);
    nic->wanted = DAQS_UNLIMITED;
    visit();
    assert_int_equal(kernel.vf[3].rate_mbit, 700);
    assert_int_equal(written_down(), 0);
}

/* --- after a restart --- */

/* As a crash does: what is in force and in the file stays. */
static void restart(int64_t begun_ms)
{
    struct vf_info vf[FAKE_VFS];
    memcpy(vf, kernel.vf, sizeof vf);
    stop();
    assert_int_equal(start(begun_ms), 0);
    memcpy(kernel.vf, vf, sizeof vf);
}

static void a_rate_stays_for_ten_seconds_until_its_guest_is_found(void **state)
{
    (void)state;
    struct guest_nic *nic = add_guest("a", 3);
    kernel.vf[3].rate_mbit = 700; /* set by the operator */
    nic->wanted = 100 * MBIT;
    visit();
    visit();
    assert_int_equal(kernel.vf[3].rate_mbit, 100);
    guests_remove(&guests, guests_by_name(&guests, "a"));
    restart(now_ms);
    for (int i = 0; i < 4; i++) { /* a visit every 2 s */
        visit();
        assert_int_equal(kernel.vf[3].rate_mbit, 100);
    }
    visit();
    assert_int_equal(kernel.vf[3].rate_mbit, 700);
    visit();
    assert_int_equal(written_down(), 0);
}

static void a_broken_state_directory_is_a_failure(void **state)
{
    struct daqs_error err = {0};
    char path[TEMP_FOLDER_BYTES + 16];
    (void)state;
    (void)snprintf(path, sizeof path, "%s/vf-rates", dir);
    assert_int_equal(symlink("vf-rates", path), 0); /* cannot be opened */
    const struct host_limits_setup given = {
        .pfs = pfs, .traffic = traffic, .guests = &guests, .state_dir = dir, .budget = &budget};
    assert_null(host_limits_new(&given, 0, &err));
    assert_int_equal(err.code, DAQS_EIO);
}

/* --- stopping --- */

static void releasing_restores_every_rate_and_reads_nothing_more(void **state)
{
    (void)state;
    struct guest_nic *nic = add_guest("a", 3);
    kernel.vf[3].rate_mbit = 700;
    nic->wanted = 100 * MBIT;
    visit();
    visit();
    assert_true(host_limits_active(limits));
    nic->wanted = DAQS_UNLIMITED;
    host_limits_release(limits);
    visit();
    assert_int_equal(kernel.vf[3].rate_mbit, 700);
    assert_false(host_limits_active(limits));
    now_ms += 60000;
    host_limits_start(limits, now_ms);
    assert_false(pf->busy);
}

/* --- what others learn --- */

static void nics_are_placed_again_when_vfs_have_moved_but_rarely(void **state)
{
    (void)state;
    visit(); /* the first time */
    assert_int_equal(vfs_changed, 1);
    visit();
    assert_int_equal(vfs_changed, 1);
    kernel.vf[2].mac.byte[5] = 77;
    visit(); /* 4 s after the first */
    assert_int_equal(vfs_changed, 1);
    visit(); /* 6 s */
    assert_int_equal(vfs_changed, 2);
    kernel.result = DAQS_EIO;
    visit(); /* at once: its VFs are not listed now */
    assert_int_equal(vfs_changed, 3);
    visit();
    assert_int_equal(vfs_changed, 3);
}

static void a_nic_is_reported_again_when_its_rate_was_set(void **state)
{
    (void)state;
    struct guest_nic *nic = add_guest("a", 3);
    visit();
    nic->reported = true;
    visit();
    assert_true(nic->reported);
    nic->wanted = 100 * MBIT;
    visit();
    assert_false(nic->reported);
    nic->reported = true;
    kernel.result = DAQS_EIO;
    visit();
    assert_false(nic->reported);
}

static void shows_speed(const char *mbit)
{
    char path[TEMP_FOLDER_BYTES + 32];
    static const char *const part[] = {"class", "class/net", "class/net/up0"};
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, part[i]);
        (void)mkdir(path, 0755);
    }
    (void)snprintf(path, sizeof path, "%s/class/net/up0/speed", dir);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(mbit, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void a_link_of_another_speed_is_another_inventory(void **state)
{
    (void)state;
    visit();
    uint64_t before = guests.generation;
    shows_speed("10000\n");
    visit();
    assert_int_equal(host_pfs_capacity(pfs)[0], 10 * GBIT);
    assert_int_equal(guests.generation, before + 1);
    visit();
    assert_int_equal(guests.generation, before + 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_vf_that_two_guests_claim_has_the_lower_limit),
        CASE(which_cuts_no_guarantee_of_either),
        CASE(a_vf_that_vanishes_in_the_middle_of_a_visit_is_forgotten),
        CASE(a_pf_that_vanishes_during_a_visit_keeps_its_state),
        CASE(a_rate_stays_for_ten_seconds_until_its_guest_is_found),
        CASE(a_broken_state_directory_is_a_failure),
        CASE(releasing_restores_every_rate_and_reads_nothing_more),
        CASE(nics_are_placed_again_when_vfs_have_moved_but_rarely),
        CASE(a_nic_is_reported_again_when_its_rate_was_set),
        CASE(a_link_of_another_speed_is_another_inventory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
