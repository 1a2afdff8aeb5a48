/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdlib.h>

#include "shared/base/grow.h"

static void elements_stay_while_the_array_grows(void **state)
{
    uint32_t *items = NULL;
    size_t capacity = 0;
    size_t moves = 0;
    (void)state;
    for (uint32_t used = 0; used < 10000; used++) {
        size_t before = capacity;
        items = daqs_grow(items, used, &capacity, sizeof *items);
        assert_non_null(items);
        assert_true(used < capacity);
        moves += capacity != before;
        items[used] = used;
    }
    for (uint32_t i = 0; i < 10000; i++)
        assert_int_equal(items[i], i);
    assert_true(moves < 20); /* it doubles */
    free(items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_stay_while_the_array_grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
