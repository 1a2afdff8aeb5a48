/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/name.h"

/* Checks a copy without a terminator, so that ASan detects a read beyond the length. */
static int check(const char *name, size_t length, struct daqs_error *err)
{
    char *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, name, length);
    int result = daqs_name_check("VM", copy, length, err);
    free(copy);
    return result;
}

static void printable_utf8_is_a_name(void **state)
{
    static const char *const names[] = {
        "a",
        "node-1.example.org",
        "web 1",            /* libvirt allows blanks */
        "$(reboot);'\"\\`", /* ugly but harmless: no shell expands it */
        "../../etc/passwd",
        "m\xc3\xbcnster",
        "\xe4\xbb\xae\xe6\x83\xb3",
        "\xf0\x9f\x90\xa7",
        "\xc2\xa0",         /* U+00A0, first after C1 */
        "\xdf\xbf",         /* U+07FF */
        "\xe0\xa0\x80",     /* U+0800 */
        "\xed\x9f\xbf",     /* U+D7FF, last before the surrogates */
        "\xee\x80\x80",     /* U+E000, first after them */
        "\xef\xbf\xbf",     /* U+FFFF */
        "\xf0\x90\x80\x80", /* U+10000 */
        "\xf4\x8f\xbf\xbf", /* U+10FFFF */
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct daqs_error err = {0};
        if (check(names[i], strlen(names[i]), &err) != DAQS_OK)
            fail_msg("name %zu: %s", i, err.text);
    }
}

static void control_characters_are_refused(void **state)
{
    (void)state;
    for (unsigned code = 0; code < 0xa0; code++) {
        char name[4] = {'a', (char)code, 'b', '\0'};
        size_t length = 3;
        if (code >= 0x80) { /* C1, two bytes in UTF-8 */
            name[1] = (char)0xc2;
            name[2] = (char)code;
        }
        bool control = code < 0x20 || code >= 0x7f;
        struct daqs_error err = {0};
        if ((check(name, length, &err) != DAQS_OK) != control)
            fail_msg("U+%04X", code);
        if (control)
            assert_non_null(strstr(err.text, "control character"));
    }
}

static void text_that_is_not_utf8_is_refused(void **state)
{
    static const char *const names[] = {
        "\x80", /* a continuation byte alone */
        "\xbf",
        "a\xc3", /* cut short */
        "\xe4\xbb",
        "\xf0\x9f\x90",
        "\xc3z", /* no continuation byte */
        "\xe4z\xae",
        "\xc3\xc3",
        "\xc0\x80",     /* overlong NUL */
        "\xc0\xaf",     /* overlong slash */
        "\xc1\xbf",     /* overlong U+007F */
        "\xe0\x80\xaf", /* overlong slash in three */
        "\xe0\x9f\xbf", /* overlong U+07FF */
        "\xf0\x80\x80\xaf",
        "\xf0\x8f\xbf\xbf", /* overlong U+FFFF */
        "\xed\xa0\x80",     /* surrogates */
        "\xed\xbf\xbf",
        "\xed\xa0\xbd\xed\xb0\xa7",
        "\xf4\x90\x80\x80", /* U+110000 */
        "\xf7\xbf\xbf\xbf",
        "\xf8\x88\x80\x80\x80", /* five bytes */
        "\xfc\x84\x80\x80\x80\x80",
        "\xfe",
        "\xff",
        "M\xfcller", /* Latin-1 */
    };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct daqs_error err = {0};
        if (check(names[i], strlen(names[i]), &err) != DAQS_EINVALID)
            fail_msg("name %zu was accepted", i);
        assert_non_null(strstr(err.text, "UTF-8"));
    }
}

static void names_have_1_to_255_bytes(void **state)
{
    char name[512];
    struct daqs_error err = {0};
    (void)state;
    memset(name, 'x', sizeof name);
    assert_int_equal(check(name, 0, &err), DAQS_EINVALID);
    assert_string_equal(err.text, "the VM name is empty");
    assert_int_equal(check(name, 1, &err), DAQS_OK);
    assert_int_equal(check(name, 255, &err), DAQS_OK);
    assert_int_equal(check(name, 256, &err), DAQS_EINVALID);
    assert_string_equal(err.text, "the VM name is longer than 255 bytes");
    memcpy(name + 253, "\xe4\xbb\xae", 3); /* the limit counts bytes, not characters */
    assert_int_equal(check(name, 256, &err), DAQS_EINVALID);
    assert_int_equal(check(name, 255, &err), DAQS_EINVALID);
    assert_non_null(strstr(err.text, "UTF-8"));
}

static void the_error_can_be_left_out(void **state)
{
    (void)state;
    assert_int_equal(daqs_name_check("VM", "", 0, NULL), DAQS_EINVALID);
    assert_int_equal(daqs_name_check("VM", "\xff", 1, NULL), DAQS_EINVALID);
}

static void interface_names_are_those_safe_to_hand_to_tc(void **state)
{
    static const struct {
        const char *name;
        bool ok;
    } cases[] = {
        {"eth0", true},
        {"ens6f1np1", true},
        {"eth0.100", true},
        {"eth0:1", true},
        {"veth1@if2", true},
        {"br-lan_1", true},
        {"_", true},
        {"123456789012345", true},
        {"1234567890123456", false},
        {"", false},
        {"-eth0", false}, /* looks like an option */
        {"--help", false},
        {".", false},
        {"..", false},
        {".eth0", false},
        {"eth 0", false},
        {"eth0\n", false},
        {"eth0\nqdisc", false},
        {"eth/0", false},
        {"eth0;", false},
        {"$eth", false},
        {"eth%d", false},
        {"\xc3\xbc", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (daqs_ifname_ok(cases[i].name) != cases[i].ok)
            fail_msg("'%s'", cases[i].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printable_utf8_is_a_name),
        cmocka_unit_test(control_characters_are_refused),
        cmocka_unit_test(text_that_is_not_utf8_is_refused),
        cmocka_unit_test(names_have_1_to_255_bytes),
        cmocka_unit_test(the_error_can_be_left_out),
        cmocka_unit_test(interface_names_are_those_safe_to_hand_to_tc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
