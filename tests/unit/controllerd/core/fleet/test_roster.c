/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/fleet/roster.h"

enum { NOW = 5000 };

static int set_up(void **state)
{
    *state = roster_new();
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    roster_free(*state);
    return 0;
}

/* Checks the names, separated by blanks. */
static void assert_names(const struct roster *roster, const char *expected)
{
    char text[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < roster_count(roster); i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i ? " " : "",
                                 roster_at(roster, i)->name);
    assert_string_equal(text, expected);
}

static struct fleet_host named(const char *name)
{
    return (struct fleet_host){.name = (char *)name};
}

static void hosts_are_listed_once_in_the_order_of_their_names(void **state)
{
    struct roster *roster = *state;
    const struct fleet_host c = named("c");
    const struct fleet_host a = named("a");
    assert_true(roster_heard(roster, &c, NOW));
    assert_true(roster_heard(roster, &a, NOW));
    assert_true(roster_heard(roster, &c, NOW + 1));
    roster_set(roster, "b", ROSTER_HAS_KEY, true, NOW);
    roster_set(roster, "b", ROSTER_HAS_SLA, true, NOW + 7);
    roster_set(roster, "a", ROSTER_HAS_SLA, true, NOW);
    roster_set(roster, "a10", ROSTER_HAS_SLA, true, NOW);
    assert_names(roster, "a a10 b c");
    assert_ptr_equal(roster_find(roster, "a")->host, &a);
    assert_null(roster_find(roster, "b")->host);
    assert_int_equal(roster_find(roster, "b")->since_ms, NOW);
    assert_null(roster_find(roster, "d"));
    assert_null(roster_find(roster, ""));
    assert_int_equal(roster_seek(roster, ""), 0);
    assert_int_equal(roster_seek(roster, "a1"), 1);
    assert_int_equal(roster_seek(roster, "b"), 2);
    assert_int_equal(roster_seek(roster, "d"), 4);
}

static void a_host_is_listed_for_as_long_as_there_is_a_reason(void **state)
{
    struct roster *roster = *state;
    const struct fleet_host a = named("a");
    assert_true(roster_heard(roster, &a, NOW));
    roster_set(roster, "a", ROSTER_HAS_KEY, true, NOW);
    roster_set(roster, "a", ROSTER_HAS_SLA, true, NOW);
    roster_forget(roster, "a");
    assert_null(roster_find(roster, "a")->host);
    roster_set(roster, "a", ROSTER_HAS_SLA, false, NOW);
    assert_names(roster, "a");
    roster_set(roster, "a", ROSTER_HAS_KEY, false, NOW);
    assert_names(roster, "");
    roster_set(roster, "a", ROSTER_HAS_KEY, false, NOW); /* nothing happens */
    roster_forget(roster, "a");
    assert_true(roster_heard(roster, &a, NOW));
    roster_set(roster, "a", ROSTER_HAS_KEY, false, NOW);
    assert_names(roster, "a");
    roster_forget(roster, "a");
    assert_names(roster, "");
}

static void a_host_that_was_reported_as_down_is_listed_until_it_is_forgotten(void **state)
{
    struct roster *roster = *state;
    roster_set(roster, "a", ROSTER_HAS_KEY, true, NOW);
    roster_note_down(roster, "a", 77);
    roster_set(roster, "a", ROSTER_HAS_KEY, false, NOW);
    assert_names(roster, "a");
    assert_int_equal(roster_find(roster, "a")->down_ms, 77);
    roster_forget(roster, "a");
    assert_names(roster, "");
    const struct fleet_host a = named("a");
    roster_set(roster, "a", ROSTER_HAS_KEY, true, NOW);
    roster_note_down(roster, "a", 78);
    assert_true(roster_heard(roster, &a, NOW));
    roster_forget(roster, "a");
    assert_int_equal(roster_find(roster, "a")->down_ms, 0);
}

static void a_host_is_away_since_it_was_heard_also_before_the_start(void **state)
{
    enum { UTC = 1000000 };
    struct roster *roster = *state;
    struct fleet_host a = named("a");
    a.heard_ms = NOW + 70;
    roster_set(roster, "a", ROSTER_HAS_KEY, true, NOW);
    const struct roster_entry *entry = roster_find(roster, "a");
    assert_int_equal(roster_away_since(entry, NOW + 100, UTC), UTC - 100);
    roster_note_heard(roster, "a", 77);
    roster_note_heard(roster, "b", 77); /* it is not listed */
    assert_names(roster, "a");
    assert_int_equal(roster_away_since(entry, NOW + 100, UTC), 77);
    assert_int_equal(roster_away_since(entry, NOW + 100, 76), 76 - 100); /* the clock was ahead */
    roster_note_heard(roster, "a", -1);
    assert_int_equal(roster_away_since(entry, NOW + 100, UTC), UTC - 100);
    roster_note_heard(roster, "a", 77);
    assert_true(roster_heard(roster, &a, NOW + 70));
    assert_int_equal(roster_away_since(entry, NOW + 100, UTC), UTC - 30);
    roster_forget(roster, "a");
    assert_int_equal(roster_away_since(entry, NOW + 100, UTC), UTC - 100);
}

static void many_changes_leave_every_host_once_and_in_order(void **state)
{
    enum { NAMES = 40, CHANGES = 4000 };
    struct roster *roster = *state;
    unsigned reasons[NAMES] = {0};
    uint32_t random = 1;
    for (int i = 0; i < CHANGES; i++) {
        char name[8];
        random = random * 1664525 + 1013904223;
        const unsigned n = (random >> 8) % NAMES;
        const unsigned reason = random >> 28 & 1 ? ROSTER_HAS_KEY : ROSTER_HAS_SLA;
        const bool on = random >> 29 & 1;
        (void)snprintf(name, sizeof name, "n%02u", n);
        roster_set(roster, name, (enum roster_reason)reason, on, NOW);
        reasons[n] = on ? reasons[n] | reason : reasons[n] & ~reason;
    }
    size_t place = 0;
    for (unsigned n = 0; n < NAMES; n++) {
        char name[8];
        (void)snprintf(name, sizeof name, "n%02u", n);
        const struct roster_entry *entry = roster_find(roster, name);
        assert_int_equal(entry ? entry->reasons : 0, reasons[n]);
        if (entry)
            assert_ptr_equal(roster_at(roster, place++), entry);
    }
    assert_int_equal(roster_count(roster), place);
}

static void guarantees_of_hosts_that_are_not_present_are_unknown(void **state)
{
    struct roster *roster = *state;
    struct ledger *ledger = ledger_new();
    const struct sla sla = {.min = 5, .max = DAQS_UNLIMITED, .weight = 1};
    const struct sla ceiling = {.min = 0, .max = 5, .weight = 1};
    struct fleet_host a = named("a");
    assert_non_null(ledger);
    assert_int_equal(ledger_put(ledger, "a", "vm1", &sla, 0, "eve"), DAQS_OK);
    assert_int_equal(ledger_put(ledger, "a", "vm2", &sla, 0, "eve"), DAQS_OK);
    assert_int_equal(ledger_put(ledger, "a", "vm3", &ceiling, 0, "eve"), DAQS_OK);
    assert_int_equal(ledger_put(ledger, "b", "vm1", &sla, 0, "eve"), DAQS_OK);
    roster_load(roster, ledger, NOW);
    assert_names(roster, "a b");
    assert_int_equal(ledger_guarantees(ledger), 3);
    assert_int_equal(roster_guarantees_unknown(roster, ledger, NOW), 3);
    a.connected = true;
    a.heard_ms = NOW;
    assert_true(roster_heard(roster, &a, NOW));
    assert_int_equal(roster_guarantees_unknown(roster, ledger, NOW), 1);
    assert_int_equal(roster_guarantees_unknown(roster, ledger, NOW + FLEET_PATIENCE_MS), 3);
    assert_int_equal(ledger_put(ledger, "a", "vm1", &ceiling, 0, "eve"), DAQS_OK);
    assert_true(ledger_remove(ledger, "b", "vm1"));
    assert_int_equal(ledger_guarantees(ledger), 1);
    assert_int_equal(ledger_guarantees_of(ledger, "a"), 1);
    assert_int_equal(ledger_guarantees_of(ledger, "b"), 0);
    ledger_free(ledger);
}

/* Names of hosts that are elsewhere, each one letter. */
static enum roster_place place_of(void *letters, const char *name)
{
    return strchr(letters, *name) ? ROSTER_ELSEWHERE : ROSTER_HERE;
}

static enum roster_place new_place(void *arg, const char *name)
{
    (void)arg;
    (void)name;
    return ROSTER_NEW;
}

static enum roster_place doubted_place(void *arg, const char *name)
{
    (void)arg;
    (void)name;
    return ROSTER_IN_DOUBT;
}

static bool is_absent(const struct roster *roster, const char *name, int64_t now_ms)
{
    return roster_is_absent(roster_find(roster, name), NOW, now_ms);
}

static void a_host_that_was_known_at_the_start_is_absent_after_a_while(void **state)
{
    struct roster *roster = *state;
    roster_set(roster, "a", ROSTER_HAS_KEY, true, NOW);
    roster_set(roster, "b", ROSTER_HAS_KEY, true, NOW + 1);
    assert_false(is_absent(roster, "a", NOW + ROSTER_STARTING_MS - 1));
    assert_true(is_absent(roster, "a", NOW + ROSTER_STARTING_MS));
    assert_false(is_absent(roster, "b", NOW + 10 * ROSTER_STARTING_MS)); /* it was enrolled later */
    roster_note_down(roster, "a", 5);
    assert_false(is_absent(roster, "a", NOW + ROSTER_STARTING_MS));
}

/* The member that served it is lost, and it has not come. */
static void a_host_that_another_member_has_served_is_absent_once_it_is_awaited_here(void **state)
{
    struct roster *roster = *state;
    char none[] = "";
    const int64_t later_ms = NOW + 1000;
    roster_in_group(roster);
    roster_set(roster, "a", ROSTER_HAS_KEY, true, NOW + 1);
    roster_review(roster, 1, new_place, NULL, later_ms);
    assert_false(is_absent(roster, "a", later_ms + ROSTER_STARTING_MS)); /* none has served it */
    roster_review(roster, 1, doubted_place, NULL, later_ms);
    assert_true(roster_find(roster, "a")->in_doubt);
    assert_false(is_absent(roster, "a", later_ms + ROSTER_STARTING_MS));
    assert_int_equal(roster_awaited_ms(roster_find(roster, "a"), later_ms + 4000), 0);
    roster_review(roster, 1, place_of, none, later_ms + 5000);
    assert_false(roster_find(roster, "a")->in_doubt);
    assert_int_equal(roster_awaited_ms(roster_find(roster, "a"), later_ms + 6000), 1000);
    assert_false(is_absent(roster, "a", later_ms + ROSTER_STARTING_MS));
    assert_true(is_absent(roster, "a", later_ms + 5000 + ROSTER_STARTING_MS));
    const struct fleet_host a = named("a");
    roster_review(roster, 1, doubted_place, NULL, later_ms + 6000);
    assert_true(roster_heard(roster, &a, later_ms + 6000));
    assert_false(roster_find(roster, "a")->in_doubt);
    assert_false(is_absent(roster, "a", later_ms + 60000));
}

static void review(struct roster *roster, const char *elsewhere, int64_t now_ms)
{
    char letters[8];
    (void)snprintf(letters, sizeof letters, "%s", elsewhere);
    for (int i = 0; i < 8; i++) /* one after another, and some twice */
        roster_review(roster, 1, place_of, letters, now_ms);
}

static void hosts_that_another_member_serves_are_not_listed(void **state)
{
    struct roster *roster = *state;
    const struct fleet_host b = named("b");
    roster_in_group(roster);
    roster_set(roster, "a", ROSTER_HAS_SLA, true, NOW);
    roster_set(roster, "b", ROSTER_HAS_SLA, true, NOW);
    roster_set(roster, "c", ROSTER_HAS_SLA, true, NOW);
    assert_names(roster, "");
    review(roster, "ab", NOW + 1);
    assert_names(roster, "c");
    assert_null(roster_find(roster, "a"));
    roster_set(roster, "a", ROSTER_HAS_KEY, true, NOW + 2);
    assert_names(roster, "c");
    review(roster, "bc", NOW + 3);
    assert_names(roster, "a");
    assert_int_equal(roster_find(roster, "a")->since_ms, NOW + 3);
    assert_int_equal(roster_find(roster, "a")->reasons, ROSTER_HAS_SLA | ROSTER_HAS_KEY);
    assert_true(roster_heard(roster, &b, NOW + 4));
    assert_names(roster, "a b");
    roster_set(roster, "c", ROSTER_HAS_SLA, false, NOW + 5);
    review(roster, "", NOW + 6);
    assert_names(roster, "a b");
}

static void a_host_that_is_heard_here_or_reported_as_down_stays_listed(void **state)
{
    struct roster *roster = *state;
    const struct fleet_host a = named("a");
    roster_in_group(roster);
    assert_true(roster_heard(roster, &a, NOW));
    roster_set(roster, "b", ROSTER_HAS_SLA, true, NOW);
    review(roster, "", NOW);
    roster_note_down(roster, "b", 77);
    review(roster, "ab", NOW);
    assert_names(roster, "a b");
    roster_forget(roster, "b");
    review(roster, "ab", NOW);
    assert_names(roster, "a");
}

int main(void)
{
#define WITH_ROSTER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_ROSTER(hosts_are_listed_once_in_the_order_of_their_names),
        WITH_ROSTER(a_host_is_listed_for_as_long_as_there_is_a_reason),
        WITH_ROSTER(a_host_that_was_reported_as_down_is_listed_until_it_is_forgotten),
        WITH_ROSTER(a_host_is_away_since_it_was_heard_also_before_the_start),
        WITH_ROSTER(many_changes_leave_every_host_once_and_in_order),
        WITH_ROSTER(a_host_that_was_known_at_the_start_is_absent_after_a_while),
        WITH_ROSTER(a_host_that_another_member_has_served_is_absent_once_it_is_awaited_here),
        WITH_ROSTER(hosts_that_another_member_serves_are_not_listed),
        WITH_ROSTER(a_host_that_is_heard_here_or_reported_as_down_stays_listed),
        WITH_ROSTER(guarantees_of_hosts_that_are_not_present_are_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
