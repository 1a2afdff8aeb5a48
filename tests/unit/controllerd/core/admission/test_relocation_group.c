/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/relocation_world.h"

/* Two controllers of a group, which share a ledger. The first one serves host a, the second one
 * host b; each answers for all other hosts. */
struct pair {
    struct world *a;
    struct world *b;
};

static void join(struct world *w, const char *elsewhere)
{
    w->in_group = true;
    w->answered_ms = RELOCATION_SETTLED_MS;
    w->elsewhere = elsewhere;
}

static int make_pair(void **state)
{
    void *a = NULL;
    void *b = NULL;
    struct pair *pair = calloc(1, sizeof *pair);
    if (!pair || make_world(&a) != 0 || make_world(&b) != 0)
        return -1;
    pair->a = a;
    pair->b = b;
    ledger_free(pair->b->ledger);
    pair->b->ledger = pair->a->ledger;
    pair->b->shares = true;
    join(pair->a, "b");
    join(pair->b, "a");
    *state = pair;
    return 0;
}

static int end_pair(void **state)
{
    struct pair *pair = *state;
    void *a = pair->a;
    void *b = pair->b;
    end_world(&b);
    end_world(&a);
    free(pair);
    return 0;
}

/* Marks the SLAs of a host. */
static void mark(struct world *w, const char *name, const char *expected)
{
    struct changeset changes;
    const struct relocation f = relocation_of(w);
    *w->said = '\0';
    w->wait = false;
    const bool marked = relocation_is_marked(&f, name);
    changeset_init(&changes);
    assert_int_equal(relocation_mark(&f, name, &changes, &w->wait), DAQS_OK);
    assert_int_equal(marked, changes.count == 0);
    (void)make(w, &changes);
    assert_string_equal(w->said, expected);
}

static void both_wait(struct pair *p, int64_t ms)
{
    pass(p->a, ms, NULL);
    pass(p->b, ms, NULL);
}

static void an_sla_follows_once_the_old_hosts_member_says_that_its_vm_has_left(void **state)
{
    struct pair *p = *state;
    put(p->a, "a", "db1", "u1", GBIT);
    hello(p->a, "a", "db1=u1 other=u2");
    both_wait(p, RELOCATION_SETTLED_MS);
    hello(p->b, "b", "db1=u1");
    mark(p->a, "a", "");
    relocation(p->b, "b", "");
    assert_true(p->b->wait);
    hello(p->a, "a", "other=u2");
    mark(p->a, "a", "a/db1 is gone");
    mark(p->a, "a", "");
    relocation(p->b, "b", "move from a/db1 to b/db1");
    assert_sla(p->b, "b", "db1", GBIT, "u1");
    assert_null(ledger_find(p->a->ledger, "a", "db1"));
    assert_false(ledger_find(p->a->ledger, "b", "db1")->gone);
    mark(p->b, "b", "");
}

static void a_vm_that_comes_back_takes_its_mark_away(void **state)
{
    struct pair *p = *state;
    put(p->a, "a", "db1", "u1", GBIT);
    hello(p->a, "a", "");
    both_wait(p, RELOCATION_SETTLED_MS);
    mark(p->a, "a", "a/db1 is gone");
    hello(p->a, "a", "db1=u1");
    relocation(p->a, "a", "");
    mark(p->a, "a", "a/db1 is back");
    hello(p->b, "b", "db1=u1");
    relocation(p->b, "b", "");
    assert_true(p->b->wait);
}

static void an_agent_that_has_just_begun_marks_nothing(void **state)
{
    struct pair *p = *state;
    put(p->a, "a", "db1", "u1", GBIT);
    hello(p->a, "a", "");
    mark(p->a, "a", "");
    assert_true(p->a->wait);
    both_wait(p, RELOCATION_SETTLED_MS);
    mark(p->a, "a", "a/db1 is gone");
}

static void slas_of_a_host_that_is_away_are_marked_after_a_while(void **state)
{
    struct pair *p = *state;
    put(p->a, "a", "db1", "u1", GBIT);
    put(p->a, "a", "by-name", "", GBIT);
    hello(p->a, "a", "db1=u1"); /* its last report */
    hello(p->b, "b", "db1=u1");
    pass(p->a, FLEET_PATIENCE_MS + 1000, "a");
    mark(p->a, "a", "");
    pass(p->a, RELOCATION_SETTLED_MS, "a");
    mark(p->a, "a", "a/db1 is gone");
    relocation(p->b, "b", "move from a/db1 to b/db1");
}

/* Its member has restarted, or was lost, so that this one answers for it now. */
static void slas_of_a_host_that_was_never_heard_are_marked_after_a_while(void **state)
{
    struct pair *p = *state;
    put(p->a, "a", "db1", "u1", GBIT);
    p->a->answered_ms = RELOCATION_SETTLED_MS - 1;
    mark(p->a, "a", "");
    p->a->answered_ms = RELOCATION_SETTLED_MS;
    mark(p->a, "a", "a/db1 is gone");
}

static void only_the_member_that_answers_for_a_host_marks_its_slas(void **state)
{
    struct pair *p = *state;
    put(p->a, "a", "db1", "u1", GBIT);
    mark(p->b, "a", "");
    mark(p->a, "a", "a/db1 is gone");
    mark(p->b, "a", "");
}

/* What this controller knows of the host is older than that another one serves it. */
static void a_host_that_went_to_another_member_is_not_judged_by_its_last_report(void **state)
{
    struct pair *p = *state;
    put(p->a, "a", "db1", "u1", GBIT);
    hello(p->b, "a", "db1=u1");
    hello(p->b, "b", "db1=u1");
    pass(p->b, RELOCATION_STARTED_MS, "a");
    relocation(p->b, "b", "");
    assert_true(p->b->wait);
    mark(p->b, "a", "");
}

static void no_mark_is_needed_between_hosts_of_one_member(void **state)
{
    struct pair *p = *state;
    put(p->a, "a", "db1", "u1", GBIT);
    hello(p->a, "a", "");
    hello(p->a, "c", "db1=u1");
    both_wait(p, RELOCATION_SETTLED_MS);
    mark(p->a, "a", "");
    relocation(p->a, "c", "move from a/db1 to c/db1");
}

static void an_operators_change_takes_the_mark_away_and_it_is_made_again(void **state)
{
    struct pair *p = *state;
    put(p->a, "a", "db1", "u1", GBIT);
    mark(p->a, "a", "a/db1 is gone");
    put(p->a, "a", "db1", "u1", 2 * GBIT);
    mark(p->a, "a", "a/db1 is gone");
}

/* The VM of the old UUID may be on a host of another member, which has the time to take its SLA. */
static void a_vm_created_again_under_its_name_keeps_the_sla_some_time_after_the_mark(void **state)
{
    struct pair *p = *state;
    put(p->a, "a", "db1", "u1", GBIT);
    hello(p->a, "a", "db1=u9");
    both_wait(p, RELOCATION_SETTLED_MS);
    relocation(p->a, "a", "");
    assert_true(p->a->wait);
    mark(p->a, "a", "a/db1 is gone");
    p->a->marked_ms = p->a->now_ms;
    relocation(p->a, "a", "");
    assert_true(p->a->wait);
    both_wait(p, RELOCATION_SETTLED_MS);
    relocation(p->a, "a", "a/db1 is u9");
    assert_false(ledger_find(p->a->ledger, "a", "db1")->gone);
    relocation(p->a, "a", "");
}

/* The other one has the VM, and its controller takes the mark away. */
static void slas_of_a_host_whose_name_two_machines_use_are_not_marked(void **state)
{
    struct pair *p = *state;
    put(p->a, "a", "db1", "u1", GBIT);
    hello(p->a, "a", "web=u2");
    both_wait(p, RELOCATION_SETTLED_MS);
    p->a->claimed = true;
    mark(p->a, "a", "");
    assert_true(p->a->wait);
    p->a->claimed = false;
    mark(p->a, "a", "a/db1 is gone");
}

/* Another controller was faster: host c has the SLA now. */
static void the_second_of_two_hosts_with_a_uuid_names_the_first(void **state)
{
    struct pair *p = *state;
    struct relocation f;
    put(p->a, "c", "db1", "u1", GBIT);
    hello(p->b, "b", "copy=u1");
    hello(p->b, "away", "db1=u1");
    pass(p->b, RELOCATION_SETTLED_MS, "away");
    f = relocation_of(p->b);
    relocation_lost(&f, ledger_find(p->b->ledger, "c", "db1"));
    assert_string_equal(p->b->said, "c/db1 stays (b/copy: host c lists the sam)");
    put(p->a, "c", "db1", "", GBIT);
    relocation_lost(&f, ledger_find(p->b->ledger, "c", "db1"));
    assert_string_equal(p->b->said, "c/db1 stays (b/copy: host c lists the sam)");
}

#define IN_PAIR(test) cmocka_unit_test_setup_teardown(test, make_pair, end_pair)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PAIR(an_sla_follows_once_the_old_hosts_member_says_that_its_vm_has_left),
        IN_PAIR(a_vm_that_comes_back_takes_its_mark_away),
        IN_PAIR(an_agent_that_has_just_begun_marks_nothing),
        IN_PAIR(slas_of_a_host_that_is_away_are_marked_after_a_while),
        IN_PAIR(slas_of_a_host_that_was_never_heard_are_marked_after_a_while),
        IN_PAIR(only_the_member_that_answers_for_a_host_marks_its_slas),
        IN_PAIR(a_host_that_went_to_another_member_is_not_judged_by_its_last_report),
        IN_PAIR(no_mark_is_needed_between_hosts_of_one_member),
        IN_PAIR(an_operators_change_takes_the_mark_away_and_it_is_made_again),
        IN_PAIR(a_vm_created_again_under_its_name_keeps_the_sla_some_time_after_the_mark),
        IN_PAIR(slas_of_a_host_whose_name_two_machines_use_are_not_marked),
        IN_PAIR(the_second_of_two_hosts_with_a_uuid_names_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
