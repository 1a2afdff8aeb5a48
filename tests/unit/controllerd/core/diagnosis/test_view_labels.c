/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <string.h>

#include "controllerd/core/diagnosis/views.h"
#include "shared/base/text.h"
#include "tests/lib/fleet_world.h"

struct scene {
    struct world *world;
    struct roster *roster;
};

static struct daqs_label_info labels[] = {{"nova-flavor", "m1.gold"}, {"sla-class", "gold"}};

/* Three VMs: two labels, none, and one of which nothing is known. */
static int make_scene(void **state)
{
    static struct scene scene;
    void *world = NULL;
    if (make_world(&world) != 0)
        return -1;
    scene = (struct scene){.world = world, .roster = roster_new()};
    *state = &scene;
    struct world *w = scene.world;
    two_vms(w);
    (void)add_vm(w, "old");
    w->vm[0].uuid = "0f9f1c5e-2f4b-4a51-9c4e-6a1d5c3b2a19";
    w->vm[0].described = w->vm[1].described = 1;
    w->vm[0].title = "A database";
    w->vm[0].labels = 2;
    w->vm[0].label = labels;
    hello(w, 1);
    return roster_heard(scene.roster, w->host, start) ? 0 : -1;
}

static int end_scene(void **state)
{
    struct scene *s = *state;
    void *world = s->world;
    roster_free(s->roster);
    return end_world(&world);
}

static const char *cell(const struct daqs_table *table, size_t row, size_t column)
{
    const struct daqs_cell *c = daqs_table_at(table, row, column);
    return c->empty ? "-" : c->text;
}

static void assert_row(const struct daqs_table *table, size_t row, const char *expected)
{
    char text[512];
    (void)snprintf(text, sizeof text, "%s|%s|%s|%s|%s|%s", cell(table, row, 0), cell(table, row, 1),
                   cell(table, row, 2), cell(table, row, 3), cell(table, row, 4),
                   cell(table, row, 5));
    assert_string_equal(text, expected);
}

static bool view(const struct scene *s, struct view_range *range, struct daqs_table *ret)
{
    const struct view_scene scene = {
        .roster = s->roster, .ledger = s->world->ledger, .now_ms = start};
    return view_labels(&scene, range, ret);
}

static void each_label_has_a_row_and_what_is_not_known_is_empty(void **state)
{
    struct view_range range = {.host = "node1"};
    struct daqs_table table;
    assert_false(view(*state, &range, &table));
    assert_int_equal(daqs_table_rows(&table), 4);
    assert_row(&table, 0,
               "node1|db1|0f9f1c5e-2f4b-4a51-9c4e-6a1d5c3b2a19|A database|nova-flavor|m1.gold");
    assert_row(&table, 1,
               "node1|db1|0f9f1c5e-2f4b-4a51-9c4e-6a1d5c3b2a19|A database|sla-class|gold");
    assert_row(&table, 2, "node1|web1||||");
    assert_row(&table, 3, "node1|old||-|-|-");
    daqs_table_done(&table);
}

static void parts_begin_where_the_one_before_ended(void **state)
{
    struct view_range range = {.host = "", .from = "node1", .skip = 1};
    struct daqs_table table;
    assert_false(view(*state, &range, &table));
    assert_int_equal(daqs_table_rows(&table), 3);
    assert_string_equal(cell(&table, 0, 4), "sla-class");
    daqs_table_done(&table);
}

static void the_next_hello_replaces_what_was_known(void **state)
{
    struct scene *s = *state;
    struct view_range range = {.host = ""};
    struct daqs_table table;
    s->world->vm[0].labels = 0;
    s->world->vm[1].described = 2; /* a newer agent's */
    hello(s->world, 2);
    assert_false(view(s, &range, &table));
    assert_int_equal(daqs_table_rows(&table), 3);
    assert_string_equal(cell(&table, 0, 4), "");
    assert_string_equal(cell(&table, 1, 4), "-");
    daqs_table_done(&table);
}

/* --- finding --- */

/* Checks what is found for a name: "HOST VM, ...". */
static void assert_found(const struct scene *s, const char *like, const char *expected)
{
    const struct view_scene scene = {
        .roster = s->roster, .ledger = s->world->ledger, .now_ms = start};
    struct view_range range = {.host = "", .like = like};
    struct daqs_table table;
    char text[512] = "";
    assert_false(view_find(&scene, &range, &table));
    for (size_t row = 0; row < daqs_table_rows(&table); row++)
        daqs_text_add(text, sizeof text, ", ", "%s %s", cell(&table, row, 0), cell(&table, row, 1));
    assert_string_equal(text, expected);
    daqs_table_done(&table);
}

static void vms_are_found_by_name_pattern_or_uuid(void **state)
{
    const struct scene *s = *state;
    assert_found(s, "db1", "node1 db1");
    assert_found(s, "*b1", "node1 db1, node1 web1");
    assert_found(s, "db", "");
    assert_found(s, "0F9F1C5E-2f4b-4a51-9c4e-6a1d5c3b2a19", "node1 db1");
    assert_found(s, "0f9f1c5e*", "");
}

static void hosts_are_found_by_name(void **state)
{
    const struct scene *s = *state;
    assert_found(s, "node1", "node1 ");
    assert_found(s, "node?", "node1 ");
}

static void vms_that_only_have_an_sla_are_found_once(void **state)
{
    const struct scene *s = *state;
    set_sla(s->world, "gone", GBIT, DAQS_UNLIMITED);
    set_sla(s->world, "web1", GBIT, DAQS_UNLIMITED);
    assert_true(ledger_set_uuid(s->world->ledger, "node1", "gone", "u-gone"));
    assert_found(s, "gone", "node1 gone");
    assert_found(s, "u-gone", "node1 gone");
    assert_found(s, "web1", "node1 web1");
}

static void a_tenant_is_that_of_the_sla_or_the_project(void **state)
{
    struct daqs_label_info project = {"nova-project", "billing"};
    struct daqs_label_info both[] = {project, {"sla-tenant", "acme"}};
    struct scene *s = *state;
    const struct fleet_host *host = s->world->host;
    assert_string_equal(description_tenant(host->vm[0].description), "");
    s->world->vm[0].labels = 1;
    s->world->vm[0].label = &project;
    s->world->vm[1].labels = 2;
    s->world->vm[1].label = both;
    hello(s->world, 2);
    assert_string_equal(description_tenant(host->vm[0].description), "billing");
    assert_string_equal(description_tenant(host->vm[1].description), "acme");
}

/* --- labels of one VM --- */

static void a_label_is_found_by_its_key(void **state)
{
    const struct scene *s = *state;
    const struct description *description = s->world->host->vm[0].description;
    assert_string_equal(description_find(description, "sla-class"), "gold");
    assert_null(description_find(description, "sla-min"));
    assert_null(description_find(s->world->host->vm[2].description, "sla-class"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_scene, end_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(each_label_has_a_row_and_what_is_not_known_is_empty),
        CASE(parts_begin_where_the_one_before_ended),
        CASE(the_next_hello_replaces_what_was_known),
        CASE(vms_are_found_by_name_pattern_or_uuid),
        CASE(hosts_are_found_by_name),
        CASE(vms_that_only_have_an_sla_are_found_once),
        CASE(a_tenant_is_that_of_the_sla_or_the_project),
        CASE(a_label_is_found_by_its_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
