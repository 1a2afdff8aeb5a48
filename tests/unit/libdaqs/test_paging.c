/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <string.h>

#include "libdaqs/paging.h"

static void parts_with_new_tokens_go_on(void **state)
{
    struct paging paging = {0};
    char token[24];
    (void)state;
    for (size_t i = 0; i < 100000; i++) {
        (void)snprintf(token, sizeof token, "%zu", i);
        assert_int_equal(paging_next(&paging, i % 100 == 0, token, NULL), DAQS_OK);
    }
}

static void a_token_that_comes_again_ends_the_answer(void **state)
{
    (void)state;
    for (size_t before = 0; before < 20; before++)
        for (size_t cycle = 1; cycle < 20; cycle++) {
            struct paging paging = {0};
            struct daqs_error err = {0};
            char token[24];
            size_t i = 0;
            do {
                (void)snprintf(token, sizeof token, "%zu",
                               i < before ? i : before + (i - before) % cycle);
                assert_true(++i <= 3 * (before + cycle) + 3);
            } while (paging_next(&paging, 1, token, &err) == DAQS_OK);
            assert_true(i > cycle);
            assert_non_null(strstr(err.text, "sends the same part of the answer again"));
        }
}

static void parts_without_rows_end_the_answer(void **state)
{
    struct paging paging = {0};
    struct daqs_error err = {0};
    char token[24];
    size_t i = 0;
    (void)state;
    do
        (void)snprintf(token, sizeof token, "%zu", ++i);
    while (paging_next(&paging, 0, token, &err) == DAQS_OK);
    assert_int_equal(i, PAGING_EMPTY_MOST + 1);
    assert_non_null(strstr(err.text, "parts without content"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_with_new_tokens_go_on),
        cmocka_unit_test(a_token_that_comes_again_ends_the_answer),
        cmocka_unit_test(parts_without_rows_end_the_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
