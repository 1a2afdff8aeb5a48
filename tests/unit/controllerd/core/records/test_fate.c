/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/records/fate.h"

#include "tests/lib/check.h"
#include "tests/lib/random.h"

static void what_is_done_is_stored(void **state)
{
    struct fate fate;
    (void)state;
    fate_begin(&fate, 1000);
    assert_int_equal(fate_of_write(&fate, PG_DONE, PG_CLASS_NONE, 1001), FATE_STORED);
}

static void a_change_by_others_is_reloaded(void **state)
{
    struct fate fate;
    (void)state;
    fate_begin(&fate, 1000);
    assert_int_equal(fate_of_write(&fate, PG_NOT_DONE, PG_CLASS_CONFLICT, 1001), FATE_RELOAD);
}

static void a_collision_is_sent_again_for_a_while(void **state)
{
    struct fate fate;
    (void)state;
    fate_begin(&fate, 1000);
    assert_int_equal(fate_of_write(&fate, PG_NOT_DONE, PG_CLASS_AGAIN, 1001), FATE_AGAIN);
    assert_int_equal(fate_of_write(&fate, PG_NOT_DONE, PG_CLASS_AGAIN, 1000 + FATE_AGAIN_MS - 1),
                     FATE_AGAIN);
    assert_int_equal(fate_of_write(&fate, PG_NOT_DONE, PG_CLASS_AGAIN, 1000 + FATE_AGAIN_MS),
                     FATE_REFUSED);
}

static void all_other_failures_before_commit_are_refusals(void **state)
{
    static const enum pg_class classes[] = {
        PG_CLASS_UNAVAILABLE, PG_CLASS_SILENT,  PG_CLASS_READ_ONLY, PG_CLASS_FORBIDDEN,
        PG_CLASS_SCHEMA,      PG_CLASS_REFUSED, PG_CLASS_STOPPED,   PG_CLASS_OTHER};
    (void)state;
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        struct fate fate;
        fate_begin(&fate, 1000);
        assert_int_equal(fate_of_write(&fate, PG_NOT_DONE, classes[i], 1001), FATE_REFUSED);
    }
}

static void what_is_unknown_is_looked_for_and_never_guessed(void **state)
{
    struct fate fate;
    (void)state;
    fate_begin(&fate, 1000);
    assert_int_equal(fate_of_write(&fate, PG_UNKNOWN, PG_CLASS_UNAVAILABLE, 2000), FATE_LOOK);
    assert_int_equal(fate_of_look(&fate, true, true, 2001), FATE_STORED);
    assert_int_equal(fate_of_look(&fate, true, false, 2001), FATE_REFUSED);
    assert_int_equal(fate_of_look(&fate, false, false, 2000 + FATE_LOOK_MS - 1), FATE_LOOK);
    assert_int_equal(fate_of_look(&fate, false, false, 2000 + FATE_LOOK_MS), FATE_UNKNOWN);
    assert_false(fate.one_server);
}

static void a_commit_without_its_standby_is_unknown(void **state)
{
    struct fate fate;
    (void)state;
    fate_begin(&fate, 1000);
    assert_int_equal(fate_of_write(&fate, PG_UNKNOWN, PG_CLASS_NOT_REPLICATED, 2000), FATE_LOOK);
    assert_true(fate.one_server);
}

/* --- three controllers change one host all the time --- */

static void a_pause_is_drawn_and_bounded(void **state)
{
    static const int64_t most_ms[] = {20, 40, 60, 60, 60};
    (void)state;
    for (unsigned tries = 1; tries <= 5; tries++) {
        for (uint32_t seed = 0; seed < 1000; seed++)
            assert_in_range(fate_pause_ms(tries, seed), 0, most_ms[tries - 1]);
        assert_int_equal(fate_pause_ms(tries, (uint32_t)most_ms[tries - 1]), most_ms[tries - 1]);
    }
    assert_int_equal(fate_pause_ms(100, 60), FATE_PAUSE_MOST_MS);
}

enum { WRITERS = 3, CHANGES = 1000, TIME_MS = 1800 };

struct writer {
    enum { ASK, UPDATE, COMMIT, RELOAD } step;
    int64_t at_us; /* of the step */
    int64_t asked_us;
    unsigned tries;
    unsigned known; /* revision that it decides on */
    unsigned done, refused;
};

struct row {
    unsigned revision;
    int64_t locked_us; /* until its transaction ends */
};

/* Most steps take about as long as the mean; some take much longer. */
static int64_t takes_us(struct random_source *random, uint64_t mean_us)
{
    const uint64_t times = random_below(random, 8) == 0 ? 8 : 2;
    return (int64_t)random_below(random, times * mean_us);
}

static void end(struct writer *w, unsigned *count, struct random_source *random)
{
    ++*count;
    w->step = ASK;
    w->at_us += 3000 + takes_us(random, 9000);
}

static void conflict(struct writer *w, struct random_source *random)
{
    w->at_us += takes_us(random, 1000);
    if (w->tries >= FATE_DECISIONS || w->at_us - w->asked_us >= TIME_MS * 1000) {
        end(w, &w->refused, random);
        return;
    }
    w->step = RELOAD;
    w->at_us += 1000 * fate_pause_ms(w->tries, (uint32_t)random_next(random));
    w->at_us += takes_us(random, 1500);
}

static void make_step(struct writer *w, struct row *row, struct random_source *random)
{
    switch (w->step) {
    case ASK: /* on what it knows, which is what it stored last */
        w->asked_us = w->at_us;
        w->tries = 1;
        break;
    case RELOAD:
        w->known = row->revision;
        w->tries++;
        break;
    case COMMIT:
        w->known = ++row->revision;
        end(w, &w->done, random);
        return;
    case UPDATE:
        if (row->locked_us >= w->at_us) {
            w->at_us = row->locked_us + 1; /* waits for the row */
        } else if (w->known != row->revision) {
            conflict(w, random);
        } else {
            w->step = COMMIT;
            w->at_us += takes_us(random, 5000);
            row->locked_us = w->at_us;
        }
        return;
    }
    w->step = UPDATE;
    w->at_us += takes_us(random, 4000);
}

static void all_changes_of_one_host_by_three_controllers_are_stored(void **state)
{
    struct random_source random = {random_seed()};
    struct writer writer[WRITERS] = {{.at_us = 1}, {.at_us = 2}, {.at_us = 3}};
    struct row row = {0};
    (void)state;
    for (;;) {
        struct writer *next = NULL;
        for (int i = 0; i < WRITERS; i++)
            if (writer[i].done + writer[i].refused < CHANGES &&
                (!next || writer[i].at_us < next->at_us))
                next = &writer[i];
        if (!next)
            break;
        make_step(next, &row, &random);
    }
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(writer[i].done, CHANGES);
    assert_int_equal(row.revision, WRITERS * CHANGES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_done_is_stored),
        cmocka_unit_test(a_change_by_others_is_reloaded),
        cmocka_unit_test(a_collision_is_sent_again_for_a_while),
        cmocka_unit_test(all_other_failures_before_commit_are_refusals),
        cmocka_unit_test(what_is_unknown_is_looked_for_and_never_guessed),
        cmocka_unit_test(a_commit_without_its_standby_is_unknown),
        cmocka_unit_test(a_pause_is_drawn_and_bounded),
        cmocka_unit_test(all_changes_of_one_host_by_three_controllers_are_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
