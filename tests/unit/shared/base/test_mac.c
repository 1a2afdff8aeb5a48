/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "shared/base/mac.h"

static const struct daqs_mac sample = {{0x52, 0x54, 0x00, 0xda, 0x05, 0xff}};

static void addresses_are_read_in_either_case_and_written_in_lower(void **state)
{
    static const char *const texts[] = {"52:54:00:da:05:ff", "52:54:00:DA:05:FF",
                                        "52:54:00:Da:05:fF"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct daqs_mac mac = {{0}};
        char buf[DAQS_MAC_TEXT];
        assert_true(daqs_mac_parse(texts[i], &mac));
        assert_true(daqs_mac_equal(&mac, &sample));
        assert_string_equal(daqs_mac_format(&mac, buf), "52:54:00:da:05:ff");
    }
}

static void anything_else_is_refused_and_nothing_written(void **state)
{
    static const char *const texts[] = {
        "",
        ":",
        "5",
        "52:54:00:da:05",
        "52:54:00:da:05:",
        "52:54:00:da:05:f",
        "52:54:00:da:05:ff:",
        "52:54:00:da:05:ff:00",
        "52:54:00:da:05:ff ",
        " 52:54:00:da:05:ff",
        "52-54-00-da-05-ff",
        "5254.00da.05ff",
        "525400da05ff",
        "52:54:00:da:05:fg",
        "52:54:0:da:05:ff",
        "52::54:00:da:05",
        "+2:54:00:da:05:ff",
        "0x:54:00:da:05:ff",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct daqs_mac mac = sample;
        if (daqs_mac_parse(texts[i], &mac))
            fail_msg("'%s' was accepted", texts[i]);
        assert_true(daqs_mac_equal(&mac, &sample));
    }
}

static void every_byte_counts_in_a_comparison(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        struct daqs_mac other = sample;
        other.byte[i] ^= 1;
        assert_false(daqs_mac_equal(&sample, &other));
    }
}

static void a_prefix_of_one_to_six_bytes_matches_addresses_that_begin_with_it(void **state)
{
    static const struct {
        const char *text;
        bool matches;
    } cases[] = {
        {"52", true},          {"52:54", true},          {"52:54:00", true},
        {"52:54:00:DA", true}, {"52:54:00:da:05", true}, {"52:54:00:da:05:ff", true},
        {"53", false},         {"52:54:01", false},      {"52:54:00:da:05:fe", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct daqs_mac_prefix prefix;
        assert_true(daqs_mac_prefix_parse(cases[i].text, &prefix));
        assert_int_equal(prefix.bytes, (strlen(cases[i].text) + 1) / 3);
        if (daqs_mac_has_prefix(&sample, &prefix) != cases[i].matches)
            fail_msg("%s", cases[i].text);
    }
}

static void a_malformed_prefix_is_refused(void **state)
{
    static const char *const texts[] = {"",
                                        "5",
                                        "52:",
                                        "52:5",
                                        "52:54:",
                                        "52:54:0",
                                        "52 ",
                                        ":52",
                                        "zz",
                                        "52;54:00",
                                        "52:54:00:da:05:ff:00"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct daqs_mac_prefix prefix = {.bytes = 77};
        if (daqs_mac_prefix_parse(texts[i], &prefix))
            fail_msg("'%s' was accepted", texts[i]);
        assert_int_equal(prefix.bytes, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read_in_either_case_and_written_in_lower),
        cmocka_unit_test(anything_else_is_refused_and_nothing_written),
        cmocka_unit_test(every_byte_counts_in_a_comparison),
        cmocka_unit_test(a_prefix_of_one_to_six_bytes_matches_addresses_that_begin_with_it),
        cmocka_unit_test(a_malformed_prefix_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
