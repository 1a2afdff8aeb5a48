/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agentd/core/grace.h"
#include "shared/base/model.h"

#define START_MS INT64_C(86400000)

static void g6_a_freeze_has_a_minute_of_grace(void **state)
{
    (void)state;
    struct grace grace = {0};
    grace_note(&grace, true, START_MS);
    assert_true(grace.on);
    assert_int_equal(grace_state(&grace, DAQS_NIC_FROZEN, START_MS), DAQS_NIC_FROZEN);
    grace_note(&grace, true, START_MS + 30000); /* a further look does not restart the minute */
    assert_int_equal(grace_state(&grace, DAQS_NIC_FROZEN, START_MS + GRACE_MS - 1),
                     DAQS_NIC_FROZEN);
    assert_int_equal(grace_state(&grace, DAQS_NIC_FROZEN, START_MS + GRACE_MS),
                     DAQS_NIC_UNRESPONSIVE);
}

static void g6_the_next_freeze_has_a_grace_of_its_own(void **state)
{
    (void)state;
    struct grace grace = {0};
    grace_note(&grace, true, START_MS);
    grace_note(&grace, false, START_MS + 5000);
    assert_false(grace.on);
    grace_note(&grace, true, START_MS + GRACE_MS);
    assert_int_equal(grace_state(&grace, DAQS_NIC_FROZEN, START_MS + GRACE_MS + 1000),
                     DAQS_NIC_FROZEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(g6_a_freeze_has_a_minute_of_grace),
        cmocka_unit_test(g6_the_next_freeze_has_a_grace_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
