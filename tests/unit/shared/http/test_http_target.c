/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <string.h>

#include "shared/http/http_address.h"
#include "shared/http/http_target.h"

static struct http_target target;

static void assert_refused(const char *text, int code)
{
    struct daqs_error err = {0};
    if (http_target_parse(text, &target, &err) != code)
        fail_msg("'%s' is not refused with %d", text, code);
    assert_true(err.text[0] != '\0');
}

static void a_path_without_parameters(void **state)
{
    (void)state;
    assert_int_equal(http_target_parse("/api/v1/hosts", &target, NULL), DAQS_OK);
    assert_string_equal(target.path, "/api/v1/hosts");
    assert_int_equal(target.parameters, 0);
    assert_int_equal(http_target_parse("/?", &target, NULL), DAQS_OK);
    assert_string_equal(target.path, "/");
    assert_int_equal(target.parameters, 0);
}

static void parameters_are_decoded(void **state)
{
    (void)state;
    assert_int_equal(
        http_target_parse("/a%20b+c?h%6fst=x%3d%26+y&empty=&none&&vm=%C3%A9%22%5c", &target, NULL),
        DAQS_OK);
    assert_string_equal(target.path, "/a b+c");
    assert_int_equal(target.parameters, 4);
    assert_string_equal(target.parameter[0].name, "host");
    assert_string_equal(target.parameter[0].value, "x=& y");
    assert_string_equal(target.parameter[1].value, "");
    assert_string_equal(target.parameter[2].name, "none");
    assert_string_equal(target.parameter[2].value, "");
    assert_string_equal(target.parameter[3].value, "\xc3\xa9\"\\");
}

static void an_equals_sign_in_a_value_is_the_values(void **state)
{
    (void)state;
    assert_int_equal(http_target_parse("/?a=b=c?d", &target, NULL), DAQS_OK);
    assert_string_equal(target.parameter[0].name, "a");
    assert_string_equal(target.parameter[0].value, "b=c?d");
}

static void nonsense_is_refused(void **state)
{
    static const char *const texts[] = {
        "",           "*",       "http://a/", "a/b",           "/%",
        "/%4",        "/%g1",    "/%00",      "/?a=%00",       "/?a=b&a=c",
        "/?%61&a",    "/\x01",   "/?a=%7f",   "/?a=%ff",       "/%c0%af",
        "/?a=%0d%0a", "/%c2%80", "/?%e2%82=", "/?a=%ed%a0%80",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_refused(texts[i], DAQS_EINVALID);
}

static void length_and_number_are_bounded(void **state)
{
    char text[HTTP_TARGET_MAX + 2];
    (void)state;
    memset(text, 'a', sizeof text);
    text[0] = '/';
    text[HTTP_TARGET_MAX] = '\0';
    assert_int_equal(http_target_parse(text, &target, NULL), DAQS_OK);
    assert_int_equal(strlen(target.path), HTTP_TARGET_MAX);
    text[HTTP_TARGET_MAX] = 'a';
    text[HTTP_TARGET_MAX + 1] = '\0';
    assert_refused(text, DAQS_ETOOBIG);
    char *end = stpcpy(text, "/?");
    for (int i = 0; i < HTTP_PARAMETERS_MAX; i++)
        end += sprintf(end, "&p%d=%d", i, i);
    assert_int_equal(http_target_parse(text, &target, NULL), DAQS_OK);
    assert_int_equal(target.parameters, HTTP_PARAMETERS_MAX);
    (void)strcpy(end, "&more");
    assert_refused(text, DAQS_EINVALID);
}

static void hosts_are_compared_as_a_whole(void **state)
{
    static const char names[] = "localhost, 127.0.0.1, [::1], daqs.example.com";
    static const char *const good[] = {
        "localhost",   "LocalHost:7480",   "127.0.0.1:1",         "[::1]",
        "[::1]:65535", "daqs.example.com", "daqs.example.com:80", "localhost:"};
    static const char *const bad[] = {"",
                                      "localhos",
                                      "localhost.evil.example",
                                      "example.com",
                                      "localhost:80x",
                                      "localhost:80:80",
                                      ":80",
                                      "[::1",
                                      "[::1]x",
                                      "::1",
                                      "localhost, 127.0.0.1",
                                      "127.0.0.1@evil"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!http_host_is_one_of(good[i], names))
            fail_msg("'%s' is not served", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (http_host_is_one_of(bad[i], names))
            fail_msg("'%s' is served", bad[i]);
    assert_false(http_host_is_one_of(NULL, names));
    assert_false(http_host_is_one_of("", ""));
    assert_false(http_host_is_one_of("\t", "\t"));
}

static void addresses_are_read(void **state)
{
    struct http_address address;
    (void)state;
    assert_int_equal(http_address_parse("127.0.0.1:7480", &address, NULL), DAQS_OK);
    assert_true(address.loopback && !address.any);
    assert_int_equal(http_address_parse("127.9.9.9:1", &address, NULL), DAQS_OK);
    assert_true(address.loopback);
    assert_int_equal(http_address_parse("[::1]:65535", &address, NULL), DAQS_OK);
    assert_true(address.loopback);
    assert_int_equal(http_address_parse("192.0.2.1:7480", &address, NULL), DAQS_OK);
    assert_false(address.loopback || address.any);
    assert_int_equal(http_address_parse("0.0.0.0:7480", &address, NULL), DAQS_OK);
    assert_false(address.loopback);
    assert_int_equal(http_address_parse("[::]:7480", &address, NULL), DAQS_OK);
    assert_false(address.loopback);
    assert_int_equal(http_address_parse("*:7480", &address, NULL), DAQS_OK);
    assert_true(address.any && !address.loopback);
}

static void invalid_addresses_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "7480",
        ":7480",
        "127.0.0.1",
        "127.0.0.1:",
        "a.b:7480",
        "localhost:7480",
        "[::1]",
        "::1:7480",
        "127.0.0.1:0",
        "1.2.3.4:65536",
        "1.2.3.4:-1",
        "1.2.3.4: 80",
        "1.2.3.4:80 ",
        "[127.0.0.1]:80",
        "[::1:80",
        "[]:80",
        "**:80",
        "127.0.0.1:http",
        "tcp://127.0.0.1:80",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct http_address address;
        struct daqs_error err = {0};
        if (http_address_parse(texts[i], &address, &err) != DAQS_EINVALID)
            fail_msg("'%s' is taken", texts[i]);
        assert_non_null(strstr(err.text, "127.0.0.1:7480"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_without_parameters),
        cmocka_unit_test(parameters_are_decoded),
        cmocka_unit_test(an_equals_sign_in_a_value_is_the_values),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(length_and_number_are_bounded),
        cmocka_unit_test(hosts_are_compared_as_a_whole),
        cmocka_unit_test(addresses_are_read),
        cmocka_unit_test(invalid_addresses_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
