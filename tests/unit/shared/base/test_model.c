/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that are sent in messages. An older version must not misread those of a newer one. */
#include "tests/lib/check.h"

#include "shared/base/model.h"

static void states_keep_their_numbers(void **state)
{
    static const char *const name[] = {"waiting",  "ok",     "unresponsive", "unmanaged",
                                       "tampered", "frozen", "busy"};
    (void)state;
    for (unsigned i = 0; i < sizeof name / sizeof name[0]; i++)
        assert_string_equal(daqs_nic_state_name(i), name[i]);
    assert_string_equal(daqs_nic_state_name(sizeof name / sizeof name[0]), "unknown");
}

static void g7_only_guests_that_cannot_be_asked_for_now_are_in_grace(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 256; i++)
        assert_int_equal(daqs_nic_in_grace(i), i == DAQS_NIC_FROZEN || i == DAQS_NIC_BUSY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_keep_their_numbers),
        cmocka_unit_test(g7_only_guests_that_cannot_be_asked_for_now_are_in_grace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
