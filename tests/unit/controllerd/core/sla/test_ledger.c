/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <string.h>

#include "controllerd/core/sla/ledger.h"
#include "tests/lib/random.h"

static const struct sla gold = {.min = 2 * GBIT, .max = 8 * GBIT, .weight = 3};
static const struct sla silver = {.min = GBIT, .max = DAQS_UNLIMITED, .weight = 1};

static int new_ledger(void **state)
{
    *state = ledger_new();
    return *state ? 0 : -1;
}

static int free_ledger(void **state)
{
    ledger_free(*state);
    return 0;
}

static void put(struct ledger *ledger, const char *host, const char *vm)
{
    assert_int_equal(ledger_put(ledger, host, vm, &gold, 5, "eve"), DAQS_OK);
}

static void assert_sla(struct sla sla, daqs_bps min, daqs_bps max, uint32_t weight)
{
    assert_int_equal(sla.min, min);
    assert_int_equal(sla.max, max);
    assert_int_equal(sla.weight, weight);
}

static void an_entry_that_was_put_is_found(void **state)
{
    struct ledger *ledger = *state;
    assert_int_equal(ledger_put(ledger, "node1", "db1", &gold, 1234, "alice"), DAQS_OK);
    const struct ledger_entry *entry = ledger_find(ledger, "node1", "db1");
    assert_non_null(entry);
    assert_string_equal(entry->host, "node1");
    assert_string_equal(entry->vm, "db1");
    assert_sla(entry->sla, 2 * GBIT, 8 * GBIT, 3);
    assert_int_equal(entry->updated_at_ms, 1234);
    assert_string_equal(entry->updated_by, "alice");
    assert_sla(ledger_sla(ledger, "node1", "db1"), 2 * GBIT, 8 * GBIT, 3);
    assert_int_equal(ledger_count(ledger), 1);
}

static void a_vm_that_was_never_put_is_best_effort(void **state)
{
    struct ledger *ledger = *state;
    assert_null(ledger_find(ledger, "node1", "db1"));
    put(ledger, "node1", "db1");
    assert_null(ledger_find(ledger, "node1", "db2"));
    assert_null(ledger_find(ledger, "node2", "db1"));
    assert_sla(ledger_sla(ledger, "node1", "db2"), 0, DAQS_UNLIMITED, 1);
}

static void putting_again_replaces(void **state)
{
    struct ledger *ledger = *state;
    put(ledger, "node1", "db1");
    assert_int_equal(ledger_put(ledger, "node1", "db1", &silver, 9, "bob"), DAQS_OK);
    assert_int_equal(ledger_count(ledger), 1);
    const struct ledger_entry *entry = ledger_find(ledger, "node1", "db1");
    assert_sla(entry->sla, GBIT, DAQS_UNLIMITED, 1);
    assert_int_equal(entry->updated_at_ms, 9);
    assert_string_equal(entry->updated_by, "bob");
}

/* The texts of the replaced entry are freed by ledger_put(). */
static void an_entry_may_be_put_again_from_its_own_texts(void **state)
{
    struct ledger *ledger = *state;
    put(ledger, "node1", "db1");
    const struct ledger_entry *entry = ledger_find(ledger, "node1", "db1");
    assert_int_equal(ledger_put(ledger, entry->host, entry->vm, &silver, 9, entry->updated_by),
                     DAQS_OK);
    assert_string_equal(ledger_find(ledger, "node1", "db1")->updated_by, "eve");
}

static void a_removed_entry_is_gone(void **state)
{
    struct ledger *ledger = *state;
    put(ledger, "node1", "db1");
    put(ledger, "node1", "db2");
    assert_true(ledger_remove(ledger, "node1", "db1"));
    assert_null(ledger_find(ledger, "node1", "db1"));
    assert_non_null(ledger_find(ledger, "node1", "db2"));
    assert_int_equal(ledger_count(ledger), 1);
    assert_false(ledger_remove(ledger, "node1", "db1"));
    assert_false(ledger_remove(ledger, "node2", "db2"));
}

static void names_that_concatenate_alike_are_different(void **state)
{
    static const char *const names[][2] = {{"a", "bc"}, {"ab", "c"}, {"abc", "d"}, {"ab", "cd"}};
    struct ledger *ledger = *state;
    for (int i = 0; i < 4; i++) {
        const struct sla sla = {.min = (daqs_bps)i + 1, .max = DAQS_UNLIMITED, .weight = 1};
        assert_int_equal(ledger_put(ledger, names[i][0], names[i][1], &sla, 0, "eve"), DAQS_OK);
    }
    assert_int_equal(ledger_count(ledger), 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(ledger_sla(ledger, names[i][0], names[i][1]).min, i + 1);
    assert_null(ledger_find(ledger, "a", "bcd"));
}

static void the_longest_names_are_distinguished_by_their_last_byte(void **state)
{
    struct ledger *ledger = *state;
    char name[256];
    memset(name, 'x', 255);
    name[255] = '\0';
    put(ledger, name, name);
    assert_non_null(ledger_find(ledger, name, name));
    name[254] = 'y';
    assert_null(ledger_find(ledger, name, name));
}

static void assert_at(struct ledger *ledger, size_t index, const char *host, const char *vm)
{
    assert_string_equal(ledger_at(ledger, index)->host, host);
    assert_string_equal(ledger_at(ledger, index)->vm, vm);
}

static void entries_stand_in_order_of_host_and_vm(void **state)
{
    struct ledger *ledger = *state;
    put(ledger, "node2", "a");
    put(ledger, "node1", "z");
    put(ledger, "node1", "b");
    assert_at(ledger, 0, "node1", "b");
    assert_at(ledger, 1, "node1", "z");
    assert_at(ledger, 2, "node2", "a");
    assert_at(ledger, 0, "node1", "b"); /* and backwards */
    assert_at(ledger, 2, "node2", "a");
}

static void the_order_follows_changes(void **state)
{
    struct ledger *ledger = *state;
    put(ledger, "node1", "b");
    put(ledger, "node1", "d");
    assert_at(ledger, 1, "node1", "d");
    put(ledger, "node1", "c"); /* before the position of the walk */
    assert_at(ledger, 1, "node1", "c");
    put(ledger, "node0", "z");
    assert_at(ledger, 0, "node0", "z");
    assert_at(ledger, 3, "node1", "d");
    assert_at(ledger, 1, "node1", "b");
    assert_true(ledger_remove(ledger, "node1", "b")); /* the entry at the position of the walk */
    assert_at(ledger, 1, "node1", "c");
    assert_int_equal(ledger_put(ledger, "node1", "c", &silver, 9, "bob"), DAQS_OK);
    assert_at(ledger, 1, "node1", "c");
    assert_int_equal(ledger_at(ledger, 1)->updated_at_ms, 9);
}

static void many_changes_leave_every_entry_once_and_in_order(void **state)
{
    enum { NAMES = 200, CHANGES = 3000 };
    struct ledger *ledger = *state;
    struct random_source random = {.state = 42};
    bool there[NAMES] = {false};
    size_t count = 0;
    for (int i = 0; i < CHANGES; i++) {
        char vm[16];
        size_t n = random_below(&random, NAMES);
        (void)snprintf(vm, sizeof vm, "vm%03zu", n);
        if (random_below(&random, 3) == 0) {
            assert_int_equal(ledger_remove(ledger, "node1", vm), there[n]);
            count -= there[n];
            there[n] = false;
        } else {
            put(ledger, "node1", vm);
            count += !there[n];
            there[n] = true;
        }
        assert_int_equal(ledger_count(ledger), count);
        if (i % 100 != 0)
            continue;
        size_t index = 0;
        for (n = 0; n < NAMES; n++) {
            (void)snprintf(vm, sizeof vm, "vm%03zu", n);
            if (there[n])
                assert_string_equal(ledger_at(ledger, index++)->vm, vm);
        }
        assert_int_equal(index, count);
    }
}

/* --- changing an SLA --- */

#define NOT_GIVEN ((struct sla_change){DAQS_UNLIMITED, DAQS_UNLIMITED, 0})

static struct sla_change want_min(daqs_bps min)
{
    struct sla_change change = NOT_GIVEN;
    change.min = min;
    return change;
}

static struct sla_change want_max(daqs_bps max)
{
    struct sla_change change = NOT_GIVEN;
    change.max = max;
    return change;
}

static void assert_amends(struct sla old, struct sla_change change, struct sla expected)
{
    struct daqs_error err = {0};
    struct sla sla = {0};
    assert_int_equal(sla_amend(&old, &change, &sla, &err), DAQS_OK);
    assert_sla(sla, expected.min, expected.max, expected.weight);
    assert_int_equal(err.code, DAQS_OK);
}

/* Checks that the change is rejected with this text, and that nothing is written. */
static void assert_refuses(struct sla old, struct sla_change change, int code, const char *text)
{
    struct daqs_error err = {0};
    struct sla sla = {.min = 7, .max = 8, .weight = 9};
    assert_int_equal(sla_amend(&old, &change, &sla, &err), code);
    assert_int_equal(err.code, code);
    assert_string_equal(err.text, text);
    assert_sla(sla, 7, 8, 9);
}

static void a_change_of_nothing_is_refused(void **state)
{
    (void)state;
    assert_refuses(gold, NOT_GIVEN, DAQS_EINVALID, "give a RATE, --max or --weight");
}

static void parts_that_are_not_given_stay(void **state)
{
    (void)state;
    const struct sla_change weight = {DAQS_UNLIMITED, DAQS_UNLIMITED, 50};
    assert_amends(gold, want_min(3 * GBIT), (struct sla){3 * GBIT, 8 * GBIT, 3});
    assert_amends(gold, want_max(5 * GBIT), (struct sla){2 * GBIT, 5 * GBIT, 3});
    assert_amends(gold, weight, (struct sla){2 * GBIT, 8 * GBIT, 50});
    assert_amends(SLA_NONE, weight, (struct sla){0, DAQS_UNLIMITED, 50});
    assert_amends(SLA_NONE, (struct sla_change){GBIT, 2 * GBIT, 4},
                  (struct sla){GBIT, 2 * GBIT, 4});
}

static void a_part_given_as_none_goes_and_the_rest_stays(void **state)
{
    (void)state;
    assert_amends(gold, want_max(0), (struct sla){2 * GBIT, DAQS_UNLIMITED, 3});
    assert_amends(gold, want_min(0), (struct sla){0, 8 * GBIT, 3});
    assert_amends(gold, (struct sla_change){0, 0, 0}, (struct sla){0, DAQS_UNLIMITED, 3});
    /* the guarantee is above the maximum that is removed */
    assert_amends(gold, (struct sla_change){9 * GBIT, 0, 0},
                  (struct sla){9 * GBIT, DAQS_UNLIMITED, 3});
}

static void a_guarantee_above_the_maximum_is_refused(void **state)
{
    (void)state;
    assert_refuses(SLA_NONE, (struct sla_change){2 * GBIT, GBIT, 0}, DAQS_EREFUSED,
                   "the guarantee (2Gbit) is above the maximum (1Gbit)");
    /* whichever of them is changed */
    assert_refuses(gold, want_max(1999 * MBIT), DAQS_EREFUSED,
                   "the guarantee (2Gbit) is above the maximum (1.999Gbit)");
    assert_refuses(gold, want_min(9 * GBIT), DAQS_EREFUSED,
                   "the guarantee (9Gbit) is above the maximum (8Gbit)");
    assert_amends(gold, want_max(2 * GBIT), (struct sla){2 * GBIT, 2 * GBIT, 3});
}

static void best_effort_may_have_a_ceiling_and_a_weight(void **state)
{
    (void)state;
    assert_amends(SLA_NONE, (struct sla_change){DAQS_UNLIMITED, 20 * GBIT, 2},
                  (struct sla){0, 20 * GBIT, 2});
}

/* A dry run is an amendment that is never put into the ledger. */
static void amending_changes_nothing_in_the_ledger(void **state)
{
    struct ledger *ledger = *state;
    struct sla_change change = want_min(3 * GBIT);
    struct sla sla = {0};
    put(ledger, "node1", "db1");
    const struct ledger_entry *entry = ledger_find(ledger, "node1", "db1");
    assert_int_equal(sla_amend(&entry->sla, &change, &sla, NULL), DAQS_OK);
    assert_int_equal(sla.min, 3 * GBIT);
    assert_sla(ledger_sla(ledger, "node1", "db1"), 2 * GBIT, 8 * GBIT, 3);
}

#define WITH_LEDGER(test) cmocka_unit_test_setup_teardown(test, new_ledger, free_ledger)

/* --- by host and by UUID --- */

static size_t count_of_host(const struct ledger *ledger, const char *host)
{
    size_t count = 0;
    for (const struct ledger_entry *e = ledger_of_host(ledger, host); e; e = e->next_of_host) {
        assert_string_equal(e->host, host);
        count++;
    }
    return count;
}

static size_t count_of_uuid(const struct ledger *ledger, const char *uuid)
{
    size_t count = 0;
    for (const struct ledger_entry *e = ledger_of_uuid(ledger, uuid); e; e = e->next_of_uuid) {
        assert_string_equal(e->uuid, uuid);
        count++;
    }
    return count;
}

static void a_hosts_promises_are_summed_up(void **state)
{
    struct ledger *ledger = *state;
    assert_int_equal(ledger_promised(ledger, "node1"), 0);
    put(ledger, "node1", "db1");
    put(ledger, "node1", "db2");
    put(ledger, "node2", "db1");
    assert_int_equal(ledger_promised(ledger, "node1"), 4 * GBIT);
    assert_int_equal(ledger_put(ledger, "node1", "db1", &silver, 9, "bob"), DAQS_OK);
    assert_int_equal(ledger_promised(ledger, "node1"), 3 * GBIT);
    assert_true(ledger_remove(ledger, "node1", "db2"));
    assert_int_equal(ledger_promised(ledger, "node1"), GBIT);
    assert_true(ledger_remove(ledger, "node1", "db1"));
    assert_int_equal(ledger_promised(ledger, "node1"), 0);
    assert_null(ledger_of_host(ledger, "node1"));
    assert_int_equal(ledger_promised(ledger, "node2"), 2 * GBIT);
}

static void promises_of_a_damaged_database_do_not_wrap(void **state)
{
    struct ledger *ledger = *state;
    const struct sla damaged = {.min = INT64_MAX, .max = DAQS_UNLIMITED, .weight = 1};
    for (const char *const *vm = (const char *const[]){"a", "b", "c", NULL}; *vm; vm++)
        assert_int_equal(ledger_put(ledger, "node1", *vm, &damaged, 0, "eve"), DAQS_OK);
    assert_true(ledger_promised(ledger, "node1") == UINT64_MAX);
}

static void entries_are_found_by_their_vms_uuid(void **state)
{
    struct ledger *ledger = *state;
    put(ledger, "node1", "db1");
    put(ledger, "node2", "db1");
    assert_null(ledger_of_uuid(ledger, ""));
    assert_true(ledger_set_uuid(ledger, "node1", "db1", "u1"));
    assert_true(ledger_set_uuid(ledger, "node2", "db1", "u1"));
    assert_true(ledger_set_uuid(ledger, "node2", "db1", "u1"));
    assert_false(ledger_set_uuid(ledger, "node2", "db2", "u1"));
    assert_int_equal(count_of_uuid(ledger, "u1"), 2);
    assert_true(ledger_set_uuid(ledger, "node1", "db1", "u2"));
    assert_int_equal(count_of_uuid(ledger, "u1"), 1);
    assert_string_equal(ledger_of_uuid(ledger, "u2")->host, "node1");
    assert_int_equal(ledger_put(ledger, "node1", "db1", &silver, 9, "bob"), DAQS_OK); /* keeps it */
    assert_int_equal(count_of_uuid(ledger, "u2"), 1);
    assert_true(ledger_set_uuid(ledger, "node1", "db1", ""));
    assert_null(ledger_of_uuid(ledger, "u2"));
    assert_true(ledger_remove(ledger, "node2", "db1"));
    assert_null(ledger_of_uuid(ledger, "u1"));
}

/* Compared with a walk over all entries. */
static void groups_and_entries_agree_after_many_changes(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    static const char *const uuids[] = {"", "u1", "u2", "u3"};
    struct ledger *ledger = *state;
    struct random_source r = {random_seed()};
    for (int i = 0; i < 3000; i++) {
        const char *host = names[random_below(&r, 5)];
        const char *vm = names[random_below(&r, 5)];
        const struct sla sla = {.min = random_below(&r, 100), .max = DAQS_UNLIMITED, .weight = 1};
        if (random_below(&r, 3) == 0)
            (void)ledger_remove(ledger, host, vm);
        else if (random_below(&r, 2) == 0)
            assert_int_equal(ledger_put(ledger, host, vm, &sla, i, "eve"), DAQS_OK);
        else
            (void)ledger_set_uuid(ledger, host, vm, uuids[random_below(&r, 4)]);
    }
    for (size_t n = 0; n < 5; n++) {
        size_t count = 0;
        daqs_bps promised = 0;
        for (size_t i = 0; i < ledger_count(ledger); i++) {
            const struct ledger_entry *entry = ledger_at(ledger, i);
            bool ours = strcmp(entry->host, names[n]) == 0;
            count += ours;
            promised += ours ? entry->sla.min : 0;
        }
        assert_int_equal(count_of_host(ledger, names[n]), count);
        assert_int_equal(ledger_promised(ledger, names[n]), promised);
    }
    for (size_t n = 1; n < 4; n++) {
        size_t count = 0;
        for (size_t i = 0; i < ledger_count(ledger); i++)
            count += strcmp(ledger_at(ledger, i)->uuid, uuids[n]) == 0;
        assert_int_equal(count_of_uuid(ledger, uuids[n]), count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_LEDGER(an_entry_that_was_put_is_found),
        WITH_LEDGER(a_hosts_promises_are_summed_up),
        WITH_LEDGER(promises_of_a_damaged_database_do_not_wrap),
        WITH_LEDGER(entries_are_found_by_their_vms_uuid),
        WITH_LEDGER(groups_and_entries_agree_after_many_changes),
        WITH_LEDGER(a_vm_that_was_never_put_is_best_effort),
        WITH_LEDGER(putting_again_replaces),
        WITH_LEDGER(an_entry_may_be_put_again_from_its_own_texts),
        WITH_LEDGER(a_removed_entry_is_gone),
        WITH_LEDGER(names_that_concatenate_alike_are_different),
        WITH_LEDGER(the_longest_names_are_distinguished_by_their_last_byte),
        WITH_LEDGER(entries_stand_in_order_of_host_and_vm),
        WITH_LEDGER(the_order_follows_changes),
        WITH_LEDGER(many_changes_leave_every_entry_once_and_in_order),
        cmocka_unit_test(a_change_of_nothing_is_refused),
        cmocka_unit_test(parts_that_are_not_given_stay),
        cmocka_unit_test(a_part_given_as_none_goes_and_the_rest_stays),
        cmocka_unit_test(a_guarantee_above_the_maximum_is_refused),
        cmocka_unit_test(best_effort_may_have_a_ceiling_and_a_weight),
        WITH_LEDGER(amending_changes_nothing_in_the_ledger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
