/* Numbers that travel: those of a newer version mean the same to an older one. */
#include "tests/lib/check.h"

#include "shared/base/model.h"

static void states_keep_their_numbers(void **state)
{
    static const char *const name[] = {"waiting",   "ok",       "unresponsive",
                                       "unmanaged", "tampered", "frozen"};
    (void)state;
    for (unsigned i = 0; i < sizeof name / sizeof name[0]; i++)
        assert_string_equal(daqs_nic_state_name(i), name[i]);
    assert_string_equal(daqs_nic_state_name(sizeof name / sizeof name[0]), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_keep_their_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
