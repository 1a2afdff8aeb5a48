/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/admission/sla_diff.h"
#include "shared/policy/wire_bytes.h"

enum { MOST = 8, HEADROOM_PPM = 0, SAID_BYTES = 1024 };

/* Host "node1" has the VMs db1 and db2 on up0 and web1 on up1. Each uplink has room for guarantees
 * of 1 Gbit/s. */
struct world {
    struct fleet *fleet;
    struct ledger *ledger;
    struct fleet_host *host;
    struct changeset changeset;
    struct sla_diff_count count;
    struct daqs_error err;
};

static void refresh(struct world *w)
{
    fleet_refresh_slas(w->host, w->ledger);
}

static int make_world(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    if (!w)
        return -1;
    daqs_bps capacity = wire_guarantee(GBIT, 0) + 1;
    struct daqs_uplink_info uplink[] = {{"up0", capacity}, {"up1", capacity}};
    struct daqs_vm_info vm[] = {{.name = "db2", .uuid = "u-db2"},
                                {.name = "db1", .uuid = "u-db1"},
                                {.name = "web1", .uuid = ""}};
    struct daqs_nic_info nic[] = {{0, 0, {{2, 0, 0, 0, 0, 1}}, 0},
                                  {1, 0, {{2, 0, 0, 0, 0, 2}}, 0},
                                  {2, 1, {{2, 0, 0, 0, 0, 3}}, 0}};
    const struct daqs_inventory inventory = {2, 3, 3, uplink, vm, nic, 0, NULL};
    w->fleet = fleet_new(3, DAQS_MAX_NICS);
    w->ledger = ledger_new();
    changeset_init(&w->changeset);
    *state = w;
    if (!w->fleet || !w->ledger ||
        fleet_hello(w->fleet, w->ledger, "node1", "1.0", 1, 1, 100, &inventory, 1000, &w->host,
                    NULL) != DAQS_OK)
        return -1;
    w->host->connected = true;
    return 0;
}

static int end_world(void **state)
{
    struct world *w = *state;
    changeset_done(&w->changeset);
    fleet_free(w->fleet);
    ledger_free(w->ledger);
    free(w);
    return 0;
}

static void put(struct world *w, const char *host, const char *vm, daqs_bps min)
{
    const struct sla sla = {.min = min, .max = DAQS_UNLIMITED, .weight = 1};
    assert_int_equal(ledger_put(w->ledger, host, vm, &sla, 5, "eve"), DAQS_OK);
    refresh(w);
}

/* Parses "node1/db1 400, ...", with rates in Mbit/s, one line each. Returns the number of rows. */
static size_t parse(char *text, struct sla_diff_row row[static MOST])
{
    size_t rows = 0;
    for (char *item = strtok(text, ","); item; item = strtok(NULL, ",")) {
        char *slash = strchr(item, '/');
        char *blank = strrchr(item, ' ');
        assert_non_null(slash);
        assert_true(blank > slash);
        *slash = *blank = '\0';
        row[rows] =
            (struct sla_diff_row){.host = item + strspn(item, " "),
                                  .vm = slash + 1,
                                  .sla = {strtoull(blank + 1, NULL, 10) * MBIT, DAQS_UNLIMITED, 1},
                                  .line = (uint32_t)rows + 1};
        rows++;
    }
    return rows;
}

static int compare_rows(struct world *w, struct sla_diff_row *row, size_t rows, bool prune)
{
    changeset_done(&w->changeset);
    changeset_init(&w->changeset);
    w->err = (struct daqs_error){0};
    return sla_diff_compare(row, rows, prune, w->ledger, &w->changeset, &w->count, &w->err);
}

static int compare(struct world *w, const char *text, bool prune)
{
    static char copy[512];
    struct sla_diff_row row[MOST];
    (void)snprintf(copy, sizeof copy, "%s", text);
    return compare_rows(w, row, parse(copy, row), prune);
}

/* Checks the changes, in the form "+ node1/db1, ...". */
static void assert_steps(struct world *w, const char *expected)
{
    char said[SAID_BYTES] = "";
    for (size_t i = 0; i < w->changeset.count; i++) {
        const struct ledger_change *s = &w->changeset.change[i];
        (void)snprintf(said + strlen(said), sizeof said - strlen(said), "%s%s %s/%s", i ? ", " : "",
                       !s->has_old  ? "+"
                       : s->has_new ? "~"
                                    : "-",
                       s->host, s->vm);
    }
    assert_string_equal(said, expected);
}

static void assert_fits(struct world *w, const char *text, bool force)
{
    assert_int_equal(compare(w, text, false), DAQS_OK);
    if (sla_diff_check(&w->changeset, w->fleet, w->ledger, HEADROOM_PPM, force, &w->count.unseen,
                       &w->err) != DAQS_OK)
        fail_msg("%s: %s", text, w->err.text);
}

static void assert_refused(struct world *w, const char *text, bool force, const char *begins)
{
    assert_int_equal(compare(w, text, false), DAQS_OK);
    assert_int_equal(sla_diff_check(&w->changeset, w->fleet, w->ledger, HEADROOM_PPM, force,
                                    &w->count.unseen, &w->err),
                     DAQS_EREFUSED);
    if (strncmp(w->err.text, begins, strlen(begins)) != 0)
        fail_msg("%s: %s", text, w->err.text);
}

/* --- differences --- */

static void new_and_changed_are_listed_and_the_same_is_left_out(void **state)
{
    struct world *w = *state;
    put(w, "node1", "db1", 100 * MBIT);
    put(w, "node1", "db2", 100 * MBIT);
    assert_int_equal(compare(w, "node2/x 5, node1/db2 200, node1/db1 100", false), DAQS_OK);
    assert_steps(w, "~ node1/db2, + node2/x");
    assert_int_equal(w->count.added, 1);
    assert_int_equal(w->count.changed, 1);
    assert_int_equal(w->count.same, 1);
    assert_int_equal(w->count.taken + w->count.others, 0);
}

static void slas_that_the_file_does_not_name_stay_unless_pruned(void **state)
{
    struct world *w = *state;
    put(w, "a", "first", MBIT);
    put(w, "node1", "db1", MBIT);
    put(w, "z", "last", MBIT);
    assert_int_equal(compare(w, "node1/db1 1", false), DAQS_OK);
    assert_steps(w, "");
    assert_int_equal(w->count.others, 2);
    assert_int_equal(compare(w, "node1/db1 1", true), DAQS_OK);
    assert_steps(w, "- a/first, - z/last");
    assert_int_equal(w->count.taken, 2);
    assert_int_equal(w->count.same, 1);
}

static void an_empty_file_is_compared_too(void **state)
{
    struct world *w = *state;
    assert_int_equal(compare_rows(w, NULL, 0, true), DAQS_OK);
    assert_steps(w, "");
    put(w, "node1", "db1", MBIT);
    assert_int_equal(compare_rows(w, NULL, 0, false), DAQS_OK);
    assert_int_equal(w->count.others, 1);
    assert_int_equal(compare_rows(w, NULL, 0, true), DAQS_OK);
    assert_steps(w, "- node1/db1");
}

static void a_change_contains_the_old_and_the_new_sla(void **state)
{
    struct world *w = *state;
    put(w, "node1", "db1", MBIT);
    assert_true(ledger_set_uuid(w->ledger, "node1", "db1", "u1"));
    assert_int_equal(compare(w, "node1/db1 3", false), DAQS_OK);
    const struct ledger_change *change = &w->changeset.change[0];
    assert_int_equal(change->old_sla.min, MBIT);
    assert_int_equal(change->new_sla.min, 3 * MBIT);
    assert_string_equal(change->uuid, "u1");
    assert_int_equal(change->line, 1);
    assert_int_equal(change->kind, LEDGER_APPLY);
}

static void rows_that_are_wrong_by_themselves_are_refused_with_their_line(void **state)
{
    struct world *w = *state;
    char longer[300];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    const struct sla_diff_row good = {"node1", "db1", {MBIT, DAQS_UNLIMITED, 1}, 3};
    const struct sla_diff_row wrong[] = {
        {"node1", "", {MBIT, DAQS_UNLIMITED, 1}, 7},
        {"a\nb", "db1", {MBIT, DAQS_UNLIMITED, 1}, 7},
        {"node1", longer, {MBIT, DAQS_UNLIMITED, 1}, 7},
        {"node1", "db2", {MBIT, MBIT - 1, 1}, 7},
        {"node1", "db2", {0, 0, 1}, 7},
        {"node1", "db2", {MBIT, DAQS_UNLIMITED, 0}, 7},
        {"node1", "db1", {2 * MBIT, DAQS_UNLIMITED, 1}, 7},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct sla_diff_row row[] = {wrong[i], good};
        assert_int_not_equal(compare_rows(w, row, 2, false), DAQS_OK);
        if (strncmp(w->err.text, "line 7: ", 8) != 0)
            fail_msg("%zu: %s", i, w->err.text);
    }
}

static void reserved_names_are_refused_unless_their_sla_stays(void **state)
{
    struct world *w = *state;
    put(w, "node1", "old*", GBIT);
    assert_int_equal(compare(w, "node1/old* 1000", false), DAQS_OK);
    assert_int_equal(w->count.same, 1);
    assert_int_equal(compare(w, "node1/old* 2000", false), DAQS_EINVALID);
    assert_int_equal(compare(w, "no?e1/db1 1000", false), DAQS_EINVALID);
    assert_int_equal(compare(w, "node1/db[1] 1000", false), DAQS_EINVALID);
    assert_int_equal(compare(w, "", true), DAQS_OK); /* it can be removed */
    assert_int_equal(w->count.taken, 1);
}

static void the_first_wrong_line_is_reported(void **state)
{
    struct world *w = *state;
    struct sla_diff_row row[] = {{"z", "a", {MBIT, DAQS_UNLIMITED, 1}, 1},
                                 {"b", "b", {MBIT, DAQS_UNLIMITED, 1}, 2},
                                 {"b", "b", {MBIT, DAQS_UNLIMITED, 1}, 9},
                                 {"z", "a", {MBIT, DAQS_UNLIMITED, 1}, 4},
                                 {"z", "a", {MBIT, DAQS_UNLIMITED, 1}, 5}};
    assert_int_equal(compare_rows(w, row, 5, false), DAQS_EINVALID);
    assert_string_equal(w->err.text, "line 4: z/a is already in line 1");
}

/* --- admission --- */

static void addresses_that_fit_together_are_accepted(void **state)
{
    struct world *w = *state;
    assert_fits(w, "node1/db1 600, node1/db2 400, node1/web1 1000", false);
}

static void too_much_together_is_refused_at_the_line_that_breaks_it(void **state)
{
    struct world *w = *state;
    assert_refused(w, "node1/db2 600, node1/web1 900, node1/db1 401", false,
                   "line 3: uplink up0 has 1Gbit to give (headers aside), and 400Mbit of it left; "
                   "401Mbit more does not fit");
    assert_fits(w, "node1/db2 600, node1/web1 900, node1/db1 401", true);
}

static void large_frames_leave_more_room(void **state)
{
    struct world *w = *state;
    assert_refused(w, "node1/db2 600, node1/db1 420", false, "line 2: uplink up0");
    for (uint32_t m = 0; m < w->host->members; m++)
        w->host->member[m].mtu = w->host->member[m].vm == 1 ? 9000 : 0; /* db1 */
    assert_fits(w, "node1/db2 600, node1/db1 420", false);
    assert_refused(w, "node1/db2 600, node1/db1 421", false,
                   "line 2: uplink up0 has 1.052Gbit to give");
    assert_fits(w, "node1/db1 1051", false);
    assert_refused(w, "node1/db1 1052", true, "line 1: 1.052Gbit is more than uplink up0");
    /* Lowering its guarantee frees just as little. */
    put(w, "node1", "db1", 420 * MBIT);
    assert_refused(w, "node1/db2 1000, node1/db1 1", false, "line 1: uplink up0");
    assert_fits(w, "node1/db2 998, node1/db1 1", false);
}

static void guarantees_move_between_vms_in_any_order(void **state)
{
    struct world *w = *state;
    put(w, "node1", "db1", 800 * MBIT);
    put(w, "node1", "db2", 200 * MBIT);
    assert_fits(w, "node1/db1 200, node1/db2 800", false);
    assert_fits(w, "node1/db2 800, node1/db1 200", false);
    assert_refused(w, "node1/db2 800, node1/db1 201", false, "line 1: uplink up0");
}

static void pruned_guarantees_make_room(void **state)
{
    struct world *w = *state;
    put(w, "node1", "db1", 800 * MBIT);
    assert_int_equal(compare(w, "node1/db2 900", true), DAQS_OK);
    assert_int_equal(sla_diff_check(&w->changeset, w->fleet, w->ledger, HEADROOM_PPM, false,
                                    &w->count.unseen, &w->err),
                     DAQS_OK);
}

static void changes_of_unseen_vms_are_counted(void **state)
{
    struct world *w = *state;
    put(w, "node1", "db9", 100 * MBIT);
    put(w, "node7", "db1", 100 * MBIT);
    assert_fits(w, "node1/db1 100, node1/db9 200, node1/db8 100, node7/db2 100", false);
    assert_int_equal(w->count.unseen, 3);
    assert_fits(w, "node1/db1 200, node1/web1 100", false);
    assert_int_equal(w->count.unseen, 0);
    /* SLAs that are removed do not count */
    assert_int_equal(compare(w, "node1/db1 100", true), DAQS_OK);
    assert_int_equal(sla_diff_check(&w->changeset, w->fleet, w->ledger, HEADROOM_PPM, false,
                                    &w->count.unseen, &w->err),
                     DAQS_OK);
    assert_int_equal(w->count.unseen, 0);
}

static void slas_get_the_uuids_of_vms_that_are_there(void **state)
{
    static const char *const uuid[] = {"u-db1", "of-before", "", ""};
    struct world *w = *state;
    put(w, "node1", "db2", 100 * MBIT);
    assert_true(ledger_set_uuid(w->ledger, "node1", "db2", "of-before"));
    assert_fits(w, "node1/db1 100, node1/db2 200, node1/new 1, node1/web1 1", false);
    for (size_t i = 0; i < sizeof uuid / sizeof uuid[0]; i++)
        assert_string_equal(w->changeset.change[i].uuid, uuid[i]);
}

static void asking_for_less_is_never_refused(void **state)
{
    struct world *w = *state;
    put(w, "node1", "db1", 900 * MBIT);
    put(w, "node1", "db2", 900 * MBIT);
    assert_fits(w, "node1/db1 800", false);
    assert_fits(w, "node1/db1 700, node1/db2 950", false); /* less in total */
    assert_refused(w, "node1/db1 899, node1/db2 902", false, "line 2: ");
}

static void vms_that_are_not_there_count_on_every_uplink(void **state)
{
    struct world *w = *state;
    assert_refused(w, "node1/web1 600, node1/new 500", false, "line 2: uplink up1");
    put(w, "node1", "new", 500 * MBIT);
    assert_refused(w, "node1/web1 600", false, "line 1: uplink up1");
    assert_fits(w, "node1/web1 600, node1/new 400", false);
}

static void more_than_the_link_carries_is_refused_though_forced(void **state)
{
    struct world *w = *state;
    assert_refused(w, "node1/db1 5, node1/db2 1001", true, "line 2: 1.001Gbit is more than uplink");
}

static void a_host_that_nobody_has_seen_takes_everything(void **state)
{
    struct world *w = *state;
    assert_fits(w, "elsewhere/a 900000, elsewhere/b 900000", false);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, make_world, end_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_WORLD(new_and_changed_are_listed_and_the_same_is_left_out),
        IN_WORLD(slas_that_the_file_does_not_name_stay_unless_pruned),
        IN_WORLD(an_empty_file_is_compared_too),
        IN_WORLD(a_change_contains_the_old_and_the_new_sla),
        IN_WORLD(rows_that_are_wrong_by_themselves_are_refused_with_their_line),
        IN_WORLD(reserved_names_are_refused_unless_their_sla_stays),
        IN_WORLD(the_first_wrong_line_is_reported),
        IN_WORLD(addresses_that_fit_together_are_accepted),
        IN_WORLD(too_much_together_is_refused_at_the_line_that_breaks_it),
        IN_WORLD(large_frames_leave_more_room),
        IN_WORLD(guarantees_move_between_vms_in_any_order),
        IN_WORLD(pruned_guarantees_make_room),
        IN_WORLD(changes_of_unseen_vms_are_counted),
        IN_WORLD(slas_get_the_uuids_of_vms_that_are_there),
        IN_WORLD(asking_for_less_is_never_refused),
        IN_WORLD(vms_that_are_not_there_count_on_every_uplink),
        IN_WORLD(more_than_the_link_carries_is_refused_though_forced),
        IN_WORLD(a_host_that_nobody_has_seen_takes_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
