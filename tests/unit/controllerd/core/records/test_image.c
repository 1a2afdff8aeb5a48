/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/records/image.h"

#include <string.h>

#include "controllerd/core/records/image_apply.h"
#include "tests/lib/check.h"

static const struct sla gold = {.min = 1000000000, .max = DAQS_UNLIMITED, .weight = 1};

struct scene {
    struct image image;
    struct ledger *ledger;
    struct changeset changes;
};

static int set_up(void **state)
{
    static struct scene scene;
    scene = (struct scene){.ledger = ledger_new()};
    image_init(&scene.image, false);
    changeset_init(&scene.changes);
    *state = &scene;
    return scene.ledger ? 0 : -1;
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    image_done(&s->image);
    changeset_done(&s->changes);
    ledger_free(s->ledger);
    return 0;
}

static struct image_sla sla(const char *host, const char *vm)
{
    return (struct image_sla){
        .host = host, .vm = vm, .sla = gold, .uuid = "", .updated_ms = 5, .updated_by = "eve"};
}

static void add(struct scene *s, const char *host, const char *vm)
{
    const struct image_sla row = sla(host, vm);
    image_add_sla(&s->image, &row);
}

/* --- no memory --- */

static void without_memory_there_are_no_half_rows(void **state)
{
    static const char *const names[] = {"node2", "node3"};
    struct scene *s = *state;
    add(s, "node1", "db1");
    daqs_arena_done(&s->image.arena);
    s->image.slas = 0;
    daqs_arena_init(&s->image.arena, 1); /* not even the first text fits */
    add(s, "node1", "db1");
    image_add_name(&s->image, &(struct image_name){"node1", false, 1});
    image_add_maintenance(&s->image, &(struct image_maintenance){"node1", 1, "eve"});
    image_complete(&s->image, names, 2);
    assert_true(s->image.failed);
    assert_int_equal(s->image.slas + s->image.names + s->image.maintenances, 0);
    assert_int_equal(s->image.skipped, 0);
}

static void what_is_missing_is_completed_in_both_kinds(void **state)
{
    static const char *const names[] = {"node2", "node1", "node3"};
    struct scene *s = *state;
    image_add_name(&s->image, &(struct image_name){"node1", false, 5});
    image_add_name(&s->image, &(struct image_name){"node3", true, 6});
    image_complete(&s->image, names, 3);
    assert_int_equal(s->image.names, 6);
}

/* --- what is not valid --- */

static void rows_that_are_not_valid_are_skipped(void **state)
{
    struct scene *s = *state;
    struct image_sla bad[8];
    for (size_t i = 0; i < 8; i++)
        bad[i] = sla("node1", "db1");
    bad[0].host = NULL;
    bad[1].vm = "";
    bad[2].vm = "a\nb";
    bad[3].sla.weight = 0;
    bad[4].sla.min = DAQS_BPS_MAX + 1;
    bad[5].sla.max = 5; /* below the guarantee */
    bad[6].uuid = "0123456789012345678901234567890123456789";
    bad[7].updated_by = NULL;
    for (size_t i = 0; i < 8; i++)
        image_add_sla(&s->image, &bad[i]);
    image_add_name(&s->image, &(struct image_name){"node1", false, -1});
    image_add_name(&s->image, &(struct image_name){NULL, false, 1});
    image_add_audit(&s->image,
                    &(struct image_audit){.id = 0, .host = "", .vm = "", .by = "", .what = "x"});
    image_add_maintenance(&s->image, &(struct image_maintenance){"", 1, "eve"});
    image_add_principal(&s->image, &(struct image_principal){.name = "eve", .key = NULL});
    assert_int_equal(s->image.skipped, 13);
    assert_int_equal(s->image.slas + s->image.names + s->image.audits + s->image.maintenances +
                         s->image.principals,
                     0);
    add(s, "node1", "db1");
    assert_int_equal(s->image.slas, 1);
    assert_false(s->image.failed);
    assert_int_equal(s->image.invalids, 5); /* whose place is known */
}

/* A promise does not end because somebody has spoilt its row. */
static void an_sla_that_is_not_valid_stays_as_it_was(void **state)
{
    struct scene *s = *state;
    struct image_sla bad = sla("node1", "db1");
    assert_int_equal(ledger_put(s->ledger, "node1", "db1", &gold, 4, "kim"), DAQS_OK);
    assert_true(ledger_set_uuid(s->ledger, "node1", "db1", "u"));
    assert_true(ledger_set_gone(s->ledger, "node1", "db1", true));
    image_add_name(&s->image, &(struct image_name){"node1", false, 3});
    bad.sla.weight = 0;
    image_add_sla(&s->image, &bad);
    bad.vm = "db2"; /* nothing is known of it */
    image_add_sla(&s->image, &bad);
    image_keep_slas(&s->image, s->ledger);
    assert_int_equal(s->image.slas, 1); /* so the copy keeps it, too */
    assert_true(sla_same(&s->image.sla[0].sla, &gold));
    assert_string_equal(s->image.sla[0].updated_by, "kim");
    assert_true(image_compare_slas(&s->image, s->ledger, &s->changes));
    assert_int_equal(s->changes.count, 0);
}

static void names_without_records_are_completed(void **state)
{
    struct scene *s = *state;
    static const char *const names[] = {"node1", "node2"};
    image_add_name(&s->image, &(struct image_name){"node1", false, 3});
    image_complete(&s->image, names, 2);
    assert_int_equal(s->image.names, 4);
    for (size_t i = 1; i < 4; i++)
        assert_int_equal(s->image.name[i].revision, 0);
}

/* --- what the ledger takes over --- */

static void apply(struct scene *s)
{
    assert_true(image_compare_slas(&s->image, s->ledger, &s->changes));
    assert_true(image_apply_slas(&s->image, &s->changes, s->ledger));
}

static void an_image_replaces_the_slas_of_its_hosts_alone(void **state)
{
    struct scene *s = *state;
    const struct sla old = {.min = 1, .max = DAQS_UNLIMITED, .weight = 1};
    assert_int_equal(ledger_put(s->ledger, "node1", "gone", &old, 1, "kim"), DAQS_OK);
    assert_int_equal(ledger_put(s->ledger, "node1", "db1", &old, 1, "kim"), DAQS_OK);
    assert_int_equal(ledger_put(s->ledger, "node2", "db1", &old, 1, "kim"), DAQS_OK);
    image_add_name(&s->image, &(struct image_name){"node1", false, 3});
    add(s, "node1", "db1");
    add(s, "node1", "new");
    apply(s);
    assert_int_equal(s->changes.count, 3);
    assert_null(ledger_find(s->ledger, "node1", "gone"));
    assert_int_equal(ledger_sla(s->ledger, "node1", "db1").min, gold.min);
    assert_int_equal(ledger_sla(s->ledger, "node1", "new").min, gold.min);
    assert_string_equal(ledger_find(s->ledger, "node1", "db1")->updated_by, "eve");
    assert_int_equal(ledger_sla(s->ledger, "node2", "db1").min, 1);
}

static void an_image_of_all_replaces_all(void **state)
{
    struct scene *s = *state;
    s->image.whole = true;
    assert_int_equal(ledger_put(s->ledger, "node2", "db1", &gold, 1, "kim"), DAQS_OK);
    add(s, "node1", "db1");
    apply(s);
    assert_int_equal(ledger_count(s->ledger), 1);
    assert_non_null(ledger_find(s->ledger, "node1", "db1"));
}

static void what_is_the_same_is_no_change(void **state)
{
    struct scene *s = *state;
    image_add_name(&s->image, &(struct image_name){"node1", false, 3});
    add(s, "node1", "db1");
    apply(s);
    changeset_done(&s->changes);
    changeset_init(&s->changes);
    apply(s);
    assert_int_equal(s->changes.count, 0);
}

static void what_is_known_of_a_vm_is_learned(void **state)
{
    struct scene *s = *state;
    add(s, "node1", "db1");
    apply(s);
    changeset_done(&s->changes);
    changeset_init(&s->changes);
    s->image.sla[0].gone = true;
    apply(s);
    assert_int_equal(s->changes.count, 1);
    assert_int_equal(s->changes.change[0].kind, LEDGER_LEARN);
    assert_true(ledger_find(s->ledger, "node1", "db1")->gone);
    changeset_done(&s->changes);
    changeset_init(&s->changes);
    apply(s);
    assert_int_equal(s->changes.count, 0);
}

static void modes_and_maintenance_are_replaced(void **state)
{
    struct scene *s = *state;
    struct policy_overrides overrides = {0};
    struct maintenance *maintenance = maintenance_new();
    assert_non_null(maintenance);
    for (int i = 1; i <= 2; i++) {
        const char *host = i == 1 ? "node1" : "node2";
        assert_int_equal(policy_overrides_put(&overrides, host, "up0", POLICY_MODE_OFF), DAQS_OK);
        assert_int_equal(maintenance_put(maintenance, host, 1, "kim"), DAQS_OK);
    }
    image_add_name(&s->image, &(struct image_name){"node1", false, 3});
    image_add_policy(&s->image, &(struct image_policy){.host = "node1",
                                                       .uplink = "",
                                                       .mode = POLICY_MODE_FAIR,
                                                       .updated_by = "eve"});
    assert_true(image_apply_policies(&s->image, &overrides));
    assert_true(image_apply_maintenance(&s->image, maintenance));
    assert_int_equal(policy_overrides_mode(&overrides, POLICY_MODE_MINIMUM, "node1", "up0"),
                     POLICY_MODE_FAIR);
    assert_int_equal(policy_overrides_mode(&overrides, POLICY_MODE_MINIMUM, "node2", "up0"),
                     POLICY_MODE_OFF);
    assert_null(maintenance_find(maintenance, "node1"));
    assert_non_null(maintenance_find(maintenance, "node2"));
    s->image.whole = true;
    assert_true(image_apply_maintenance(&s->image, maintenance));
    assert_int_equal(maintenance_count(maintenance), 0);
    policy_overrides_done(&overrides);
    maintenance_free(maintenance);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(without_memory_there_are_no_half_rows),
        CASE(what_is_missing_is_completed_in_both_kinds),
        CASE(rows_that_are_not_valid_are_skipped),
        CASE(an_sla_that_is_not_valid_stays_as_it_was),
        CASE(names_without_records_are_completed),
        CASE(an_image_replaces_the_slas_of_its_hosts_alone),
        CASE(an_image_of_all_replaces_all),
        CASE(what_is_the_same_is_no_change),
        CASE(what_is_known_of_a_vm_is_learned),
        CASE(modes_and_maintenance_are_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
