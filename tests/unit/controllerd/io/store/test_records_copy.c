/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/store_box.h"

#include <stdio.h>
#include <string.h>

#include "controllerd/io/store/records_copy.h"

static const struct sla gold = {.min = 1000000000, .max = DAQS_UNLIMITED, .weight = 1};

static void add_sla(struct image *image, const char *host, const char *vm)
{
    image_add_sla(
        image,
        &(struct image_sla){
            .host = host, .vm = vm, .sla = gold, .uuid = "", .updated_ms = 5, .updated_by = "eve"});
}

static void add_audit(struct image *image, int64_t id, const char *host)
{
    image_add_audit(image, &(struct image_audit){.id = id,
                                                 .at_ms = 5,
                                                 .host = host,
                                                 .vm = "db1",
                                                 .by = "eve",
                                                 .what = "set-sla",
                                                 .rate = {-1, -1, -1, 1000000000, -1, 1}});
}

static void fill(struct image *image)
{
    image_add_name(image, &(struct image_name){"node1", false, 3});
    add_sla(image, "node1", "db1");
    image_add_policy(
        image, &(struct image_policy){
                   .host = "node1", .uplink = "up0", .mode = POLICY_MODE_OFF, .updated_by = "eve"});
    image_add_maintenance(image, &(struct image_maintenance){"node1", 7, "eve"});
    image_add_principal(
        image, &(struct image_principal){.name = "kim",
                                         .key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                                         .role = ROLE_VIEWER,
                                         .enrolled_by = "eve"});
    add_audit(image, 17, "node1");
}

static int write_copy(struct box *box, struct records_copy *job)
{
    struct daqs_error err = {0};
    int result = records_copy_now(box->store, job, &err);
    image_done(&job->image);
    return result;
}

static struct records_copy_state state_of(struct box *box)
{
    struct records_copy_state state = {0};
    struct daqs_error err = {0};
    assert_int_equal(records_copy_state(box->store, &state, &err), DAQS_OK);
    return state;
}

static void a_new_file_is_a_copy_of_nothing(void **state)
{
    const struct records_copy_state is = state_of(*state);
    assert_int_equal(is.ledger + is.at_ms + is.records + is.audit, 0);
}

static void a_copy_has_what_the_image_has(void **state)
{
    struct box *box = *state;
    struct image read;
    struct daqs_error err = {0};
    struct records_copy job = {.ledger = 99, .at_ms = 1234};
    image_init(&job.image, true);
    fill(&job.image);
    assert_int_equal(write_copy(box, &job), DAQS_OK);
    const struct records_copy_state is = state_of(box);
    assert_int_equal(is.ledger, 99);
    assert_int_equal(is.at_ms, 1234);
    assert_int_equal(is.records, 4);
    assert_int_equal(is.audit, 17);
    image_init(&read, true);
    assert_int_equal(records_copy_read(box->store, &read, &err), DAQS_OK);
    assert_int_equal(read.names, 1);
    assert_int_equal(read.slas, 1);
    assert_true(sla_same(&read.sla[0].sla, &gold));
    assert_string_equal(read.sla[0].updated_by, "eve");
    assert_int_equal(read.policy[0].mode, POLICY_MODE_OFF);
    assert_int_equal(read.maintenance[0].since_ms, 7);
    assert_int_equal(read.principal[0].role, ROLE_VIEWER);
    assert_int_equal(read.audit[0].rate[0], -1);
    assert_int_equal(read.audit[0].rate[3], 1000000000);
    assert_int_equal(read.skipped, 0);
    image_done(&read);
    assert_true(store_copies_due(box->store));
}

static void an_image_of_one_host_leaves_the_others(void **state)
{
    struct box *box = *state;
    struct records_copy all = {.ledger = 99, .at_ms = 1};
    struct records_copy one = {.ledger = 99};
    image_init(&all.image, true);
    fill(&all.image);
    add_sla(&all.image, "node2", "db1");
    add_audit(&all.image, 18, "node2");
    assert_int_equal(write_copy(box, &all), DAQS_OK);
    image_init(&one.image, false);
    image_add_name(&one.image, &(struct image_name){"node1", false, 4});
    add_sla(&one.image, "node1", "other");
    add_audit(&one.image, 18, "node2"); /* is there already */
    add_audit(&one.image, 19, "node1");
    assert_int_equal(write_copy(box, &one), DAQS_OK);
    assert_int_equal(number(box, "SELECT count(*) FROM sla"), 2);
    assert_int_equal(number(box, "SELECT count(*) FROM sla WHERE host = 'node2'"), 1);
    assert_int_equal(number(box, "SELECT count(*) FROM sla WHERE vm = 'other'"), 1);
    assert_int_equal(number(box, "SELECT count(*) FROM policy"), 0);
    assert_int_equal(number(box, "SELECT count(*) FROM maintenance"), 0);
    assert_int_equal(number(box, "SELECT count(*) FROM peer"), 1);
    assert_int_equal(number(box, "SELECT count(*) FROM audit"), 3);
    assert_int_equal(state_of(box).at_ms, 1); /* as it was */
}

static void a_copy_that_cannot_be_written_is_as_before(void **state)
{
    struct box *box = *state;
    struct records_copy job = {.ledger = 99, .at_ms = 1};
    run(box, "ALTER TABLE audit RENAME TO elsewhere");
    image_init(&job.image, true);
    fill(&job.image);
    assert_int_equal(write_copy(box, &job), DAQS_ESTORE);
    run(box, "ALTER TABLE elsewhere RENAME TO audit");
    assert_int_equal(state_of(box).ledger, 0);
    assert_int_equal(number(box, "SELECT count(*) FROM sla"), 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_store, remove_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_new_file_is_a_copy_of_nothing),
        CASE(a_copy_has_what_the_image_has),
        CASE(an_image_of_one_host_leaves_the_others),
        CASE(a_copy_that_cannot_be_written_is_as_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
