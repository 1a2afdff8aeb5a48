/* SPDX-License-Identifier: Apache-2.0 */
/* Which rates the file lists as set by the agent. */
#include "tests/lib/check.h"

#include <unistd.h>

#include "agentd/host/pf_file.h"
#include "agentd/host/saved_rates.h"
#include "tests/lib/fake_pf.h"
#include "tests/lib/temp_folder.h"

static char dir[TEMP_FOLDER_BYTES];
static struct uplink uplink[2] = {{.name = "up0"}, {.name = "up1"}};
static struct daqs_log_budget budget;
static struct host_pfs *pfs;
static struct host_pf *first;
static struct host_pf *second;
static struct saved_rates *saved;

static void load(void)
{
    struct daqs_error err = {0};
    saved_rates_free(saved);
    saved = saved_rates_new(dir, &budget, &err);
    assert_non_null(saved);
}

static int setup(void **state)
{
    (void)state;
    if (temp_folder_make(dir) != 0)
        return -1;
    pfs = fake_pfs_new(uplink, 2, "/nowhere", &budget);
    first = host_pfs_at(pfs, host_pfs_place(0, 0));
    second = host_pfs_at(pfs, host_pfs_place(1, 0));
    load();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    saved_rates_free(saved);
    saved = NULL;
    host_pfs_free(pfs);
    return temp_folder_remove(dir);
}

/* Reads the PF as having one VF with this rate. */
static struct pf_vf *show(struct host_pf *p, uint32_t vf, uint32_t rate_mbit)
{
    const struct vf_info info = {.vf = vf, .mac = {{2, 0, 0, 0, 0, 1}}, .rate_mbit = rate_mbit};
    pf_take(&p->pf, &info, 1, vf + 1);
    p->read = true;
    return pf_find_number(&p->pf, vf);
}

/* Returns what the file lists, in one line. */
static const char *listed(void)
{
    static char text[256];
    struct pf_file_entry *entry = NULL;
    size_t count = 0;
    size_t used = 0;
    assert_int_equal(pf_file_load(dir, &entry, &count, NULL), DAQS_OK);
    text[0] = '\0';
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s/%u=%u ", entry[i].pf,
                                 entry[i].vf, entry[i].before_mbit);
    free(entry);
    return text;
}

static void a_rate_is_listed_before_it_is_set_with_what_was_before(void **state)
{
    (void)state;
    struct pf_vf *vf = show(first, 3, 700);
    saved_rates_save(saved, pfs, 0);
    assert_string_equal(listed(), "");
    vf->want_mbit = 100;
    saved_rates_save(saved, pfs, 0);
    assert_string_equal(listed(), "up0/3=700 ");
    vf->ours_mbit = vf->rate_mbit = 100; /* it was set */
    vf->before_mbit = 700;
    saved_rates_save(saved, pfs, 0);
    assert_string_equal(listed(), "up0/3=700 ");
    vf->want_mbit = vf->ours_mbit = 0; /* and restored */
    saved_rates_save(saved, pfs, 0);
    assert_string_equal(listed(), "");
}

/* For example because its driver is loaded later. */
static void the_rates_of_a_pf_that_was_not_read_yet_stay_listed(void **state)
{
    (void)state;
    show(second, 1, 0)->want_mbit = 50;
    saved_rates_save(saved, pfs, 0);
    load();
    second->read = false;
    show(first, 3, 0)->want_mbit = 100;
    saved_rates_save(saved, pfs, 0);
    assert_string_equal(listed(), "up1/1=0 up0/3=0 ");
    (void)show(second, 1, 50);
    second->pf.vf[0].want_mbit = 0;
    saved_rates_save(saved, pfs, 0); /* it is known now that nothing is wanted */
    assert_string_equal(listed(), "up0/3=0 ");
}

static void what_the_file_lists_is_restored_on_that_pf_only(void **state)
{
    (void)state;
    show(first, 3, 700)->want_mbit = 100;
    saved_rates_save(saved, pfs, 0);
    load();
    struct pf_vf *vf = show(first, 3, 100);
    struct pf_vf *other = show(second, 3, 100);
    saved_rates_restore(saved, second);
    assert_int_equal(other->ours_mbit, 0);
    saved_rates_restore(saved, first);
    assert_int_equal(vf->ours_mbit, 100);
    assert_int_equal(vf->before_mbit, 700);
}

static void a_file_that_cannot_be_written_is_tried_again_with_the_next_change(void **state)
{
    char path[TEMP_FOLDER_BYTES + 16];
    (void)state;
    (void)snprintf(path, sizeof path, "%s/vf-rates", dir);
    assert_int_equal(mkdir(path, 0755), 0);
    struct pf_vf *vf = show(first, 3, 0);
    vf->want_mbit = 100;
    saved_rates_save(saved, pfs, 0);
    assert_int_equal(rmdir(path), 0);
    saved_rates_save(saved, pfs, 0);
    assert_string_equal(listed(), "up0/3=0 ");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_rate_is_listed_before_it_is_set_with_what_was_before),
        CASE(the_rates_of_a_pf_that_was_not_read_yet_stay_listed),
        CASE(what_the_file_lists_is_restored_on_that_pf_only),
        CASE(a_file_that_cannot_be_written_is_tried_again_with_the_next_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
