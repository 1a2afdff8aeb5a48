/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <string.h>

#include "libdaqs/endpoints.h"

static void a_list_is_separated_by_commas_or_blanks(void **state)
{
    struct endpoints list;
    (void)state;
    assert_int_equal(endpoints_parse(" tcp://a:1,tcp://b:2 ,  ipc:///c,", &list, NULL), DAQS_OK);
    assert_int_equal(list.count, 3);
    assert_string_equal(list.at[0], "tcp://a:1");
    assert_string_equal(list.at[1], "tcp://b:2");
    assert_string_equal(list.at[2], "ipc:///c");
}

static void after_an_endpoint_may_stand_its_key(void **state)
{
    static const char key[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    struct endpoints list;
    char text[256];
    (void)state;
    (void)snprintf(text, sizeof text, "tcp://a:1 %s, tcp://b:2 tcp://c:3 /etc/c.pub", key);
    assert_int_equal(endpoints_parse(text, &list, NULL), DAQS_OK);
    assert_int_equal(list.count, 3);
    assert_string_equal(list.key[0], key);
    assert_string_equal(list.key[1], "");
    assert_string_equal(list.at[2], "tcp://c:3");
    assert_string_equal(list.key[2], "/etc/c.pub");
    (void)snprintf(text, sizeof text, "%s tcp://a:1", key);
    assert_int_equal(endpoints_parse(text, &list, NULL), DAQS_EINVALID);
    (void)snprintf(text, sizeof text, "tcp://a:1 %s %s", key, key);
    assert_int_equal(endpoints_parse(text, &list, NULL), DAQS_EINVALID);
}

static void a_list_without_a_controller_is_refused(void **state)
{
    static const char *const wrong[] = {"", " , ", "localhost", "tcp://a:1,b"};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct endpoints list;
        struct daqs_error err = {0};
        assert_int_equal(endpoints_parse(wrong[i], &list, &err), DAQS_EINVALID);
        assert_non_null(strstr(err.text, "is not an endpoint"));
    }
}

static void a_list_is_bounded(void **state)
{
    char text[512];
    struct endpoints list;
    struct daqs_error err = {0};
    (void)state;
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    assert_int_equal(endpoints_parse(text, &list, &err), DAQS_EINVALID);
    *text = '\0';
    for (int i = 0; i <= ENDPOINTS_MOST; i++)
        (void)strcat(text, "tcp://a:1 ");
    assert_int_equal(endpoints_parse(text, &list, &err), DAQS_EINVALID);
    assert_non_null(strstr(err.text, "more than 16"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_separated_by_commas_or_blanks),
        cmocka_unit_test(after_an_endpoint_may_stand_its_key),
        cmocka_unit_test(a_list_without_a_controller_is_refused),
        cmocka_unit_test(a_list_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
