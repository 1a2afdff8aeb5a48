/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <semaphore.h>

#include "shared/base/clock.h"
#include "shared/base/thread.h"

enum { PATIENCE_S = 60 };

static sem_t may_end;

static void *wait_to_end(void *arg)
{
    while (sem_wait(&may_end) != 0)
        ;
    return arg;
}

static int64_t after_ns(int64_t ns)
{
    return daqs_mono_ns(daqs_clock_system()) + ns;
}

static void a_join_gives_up_at_its_time_and_can_be_repeated(void **state)
{
    pthread_t thread;
    (void)state;
    assert_int_equal(sem_init(&may_end, 0, 0), 0);
    assert_true(daqs_thread_start(&thread, wait_to_end, NULL));
    assert_false(daqs_thread_join_until(thread, 0)); /* long past */
    const int64_t until_ns = after_ns(50 * 1000000);
    assert_false(daqs_thread_join_until(thread, until_ns));
    assert_true(after_ns(0) >= until_ns);
    assert_int_equal(sem_post(&may_end), 0);
    assert_true(daqs_thread_join_until(thread, after_ns(PATIENCE_S * INT64_C(1000000000))));
    sem_destroy(&may_end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_join_gives_up_at_its_time_and_can_be_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
