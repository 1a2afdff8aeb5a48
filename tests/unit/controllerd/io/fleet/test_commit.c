/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of durable changes, with changes that only note what happens to them. */
#include "tests/lib/check.h"

#include <string.h>

#include "controllerd/core/records/fate.h"
#include "controllerd/io/fleet/commit.h"

struct change {
    struct commit base; /* first member */
    struct store_job write;
    char letter;
    bool nothing;          /* there is nothing to write */
    struct change *follow; /* submitted when this one has ended */
};

static struct commit_queue *queue;
static char happened[64]; /* d: decided, w: given to the store, a: applied, f: finished */
static struct store_job *written;
static int expected; /* result of the changes */

static void note(char what, const struct commit *commit)
{
    const size_t length = strlen(happened);
    assert_true(length + 3 < sizeof happened);
    happened[length] = what;
    happened[length + 1] = ((const struct change *)commit)->letter;
    happened[length + 2] = '\0';
}

static int decide(struct commit *commit, bool *ret_nothing, struct daqs_error *err)
{
    (void)err;
    note('d', commit);
    *ret_nothing = ((const struct change *)commit)->nothing;
    return DAQS_OK;
}

static int submit(struct records *records, struct store_job *write)
{
    (void)records;
    assert_null(written); /* one write at a time */
    written = write;
    return DAQS_OK;
}

static void apply(struct commit *commit, int result)
{
    assert_int_equal(result, expected);
    note('a', commit);
}

static void finish(struct commit *commit, int result, const struct daqs_error *err)
{
    (void)err;
    assert_int_equal(result, expected);
    note('f', commit);
    struct change *follow = ((const struct change *)commit)->follow;
    if (follow)
        assert_int_equal(commit_submit(queue, &follow->base), DAQS_OK);
}

static struct change change_of(char letter)
{
    return (struct change){
        .base = {.decide = decide, .submit = submit, .apply = apply, .finish = finish},
        .letter = letter};
}

static int submit_change(struct change *change)
{
    change->base.write = &change->write;
    return commit_submit(queue, &change->base);
}

/* The store has written what it was given. */
static void store_ends(void)
{
    struct store_job *job = written;
    assert_non_null(job);
    written = NULL;
    job->result = DAQS_OK;
    job->done(job);
}

static int setup(void **state)
{
    (void)state;
    queue = commit_queue_new(NULL);
    happened[0] = '\0';
    written = NULL;
    expected = DAQS_OK;
    return queue ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    assert_int_equal(commits_waiting(queue), 0);
    commit_queue_free(queue);
    return 0;
}

static void each_change_is_decided_on_the_result_of_the_previous_one(void **state)
{
    struct change a = change_of('A');
    struct change b = change_of('B');
    (void)state;
    assert_int_equal(submit_change(&a), DAQS_OK);
    assert_int_equal(submit_change(&b), DAQS_OK);
    assert_string_equal(happened, "dA");
    store_ends();
    assert_string_equal(happened, "dAaAfAdB");
    store_ends();
    assert_string_equal(happened, "dAaAfAdBaBfB");
}

static void a_change_without_a_write_ends_at_once(void **state)
{
    struct change a = change_of('A');
    (void)state;
    a.nothing = true;
    assert_int_equal(submit_change(&a), DAQS_OK);
    assert_string_equal(happened, "dAfA");
}

static void an_urgent_change_goes_before_all_that_wait(void **state)
{
    struct change a = change_of('A');
    struct change b = change_of('B');
    struct change urgent = change_of('U');
    (void)state;
    urgent.base.urgent = true;
    assert_int_equal(submit_change(&a), DAQS_OK);
    assert_int_equal(submit_change(&b), DAQS_OK);
    assert_int_equal(submit_change(&urgent), DAQS_OK);
    for (int i = 0; i < 3; i++)
        store_ends();
    assert_string_equal(happened, "dAaAfAdUaUfUdBaBfB");
}

static void end_stale(void)
{
    struct store_job *job = written;
    assert_non_null(job);
    written = NULL;
    job->result = daqs_fail(&job->error, DAQS_ESTALE, "others were first");
    job->done(job);
}

static void a_stale_change_is_decided_again(void **state)
{
    struct change a = change_of('A');
    (void)state;
    assert_int_equal(submit_change(&a), DAQS_OK);
    end_stale();
    end_stale();
    store_ends();
    assert_string_equal(happened, "dAdAdAaAfA");
}

static void one_that_stays_stale_is_refused_as_busy(void **state)
{
    struct change a = change_of('A');
    (void)state;
    expected = DAQS_EBUSY;
    assert_int_equal(submit_change(&a), DAQS_OK);
    for (int i = 0; i < FATE_DECISIONS; i++) {
        happened[0] = '\0';
        end_stale();
    }
    assert_string_equal(happened, "aAfA");
    assert_int_equal(a.write.tries, FATE_DECISIONS);
}

static int is_away(struct records *records, struct daqs_error *err)
{
    (void)records;
    return daqs_fail(err, DAQS_EIO, "it does not answer");
}

/* The first one may be in doubt for long. A revocation is heard at once all the same. */
static void changes_that_wait_end_while_the_records_do_not_answer(void **state)
{
    static const struct records_engine engine = {.current = is_away};
    struct records records = {&engine};
    struct change a = change_of('A');
    struct change b = change_of('B');
    struct change c = change_of('C');
    struct change urgent = change_of('U');
    (void)state;
    commit_queue_free(queue);
    queue = commit_queue_new(&records);
    assert_non_null(queue);
    urgent.base.urgent = true;
    c.follow = &b; /* it waits for the next tick */
    assert_int_equal(submit_change(&a), DAQS_OK);
    assert_int_equal(submit_change(&c), DAQS_OK);
    assert_int_equal(submit_change(&urgent), DAQS_OK);
    b.base.write = &b.write;
    expected = DAQS_EIO;
    commit_queue_tick(queue);
    assert_string_equal(happened, "dAfC");
    commit_queue_tick(queue);
    assert_string_equal(happened, "dAfCfB");
    expected = DAQS_OK;
    store_ends();
    store_ends();
    assert_string_equal(happened, "dAfCfBaAfAdUaUfU");
}

static void a_write_says_when_it_was_asked_for(void **state)
{
    struct change a = change_of('A');
    struct change b = change_of('B');
    (void)state;
    assert_int_equal(submit_change(&a), DAQS_OK);
    assert_int_equal(submit_change(&b), DAQS_OK);
    const int64_t asked_ms = b.base.asked_ms;
    assert_true(asked_ms > 0);
    store_ends();
    end_stale();
    assert_int_equal(b.write.asked_ms, asked_ms);
    assert_int_equal(b.write.tries, 2);
    store_ends();
}

static void only_an_urgent_change_fits_a_full_queue(void **state)
{
    static struct change many[COMMITS_WAITING_MAX];
    struct change late = change_of('L');
    (void)state;
    for (size_t i = 0; i < COMMITS_WAITING_MAX; i++) {
        many[i] = change_of('M');
        assert_int_equal(submit_change(&many[i]), DAQS_OK);
    }
    assert_int_equal(submit_change(&late), DAQS_EBUSY);
    late.base.urgent = true;
    assert_int_equal(submit_change(&late), DAQS_OK);
    for (size_t i = 0; i <= COMMITS_WAITING_MAX; i++) {
        store_ends();
        happened[0] = '\0';
    }
}

static void a_change_that_follows_another_one_is_written_once(void **state)
{
    struct change a = change_of('A');
    struct change b = change_of('B');
    (void)state;
    b.base.write = &b.write;
    a.follow = &b;
    assert_int_equal(submit_change(&a), DAQS_OK);
    store_ends();
    assert_string_equal(happened, "dAaAfAdB");
    store_ends();
    assert_string_equal(happened, "dAaAfAdBaBfB");
    assert_null(written);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_change_is_decided_on_the_result_of_the_previous_one,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_change_without_a_write_ends_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(an_urgent_change_goes_before_all_that_wait, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_stale_change_is_decided_again, setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_stays_stale_is_refused_as_busy, setup, teardown),
        cmocka_unit_test_setup_teardown(changes_that_wait_end_while_the_records_do_not_answer,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_write_says_when_it_was_asked_for, setup, teardown),
        cmocka_unit_test_setup_teardown(only_an_urgent_change_fits_a_full_queue, setup, teardown),
        cmocka_unit_test_setup_teardown(a_change_that_follows_another_one_is_written_once, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
