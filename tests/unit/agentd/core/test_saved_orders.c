/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/core/saved_orders.h"
#include "shared/base/name.h"
#include "shared/policy/policy.h"

static struct daqs_vm_info vms[] = {
    {.name = "db 1", .uuid = ""}, {.name = "web", .uuid = ""}, {.name = "new", .uuid = ""}};
static struct daqs_nic_info nics[] = {{0, 0, {{2, 0, 0, 0, 0, 1}}, 0},
                                      {0, 1, {{2, 0, 0, 0, 0, 2}}, 0},
                                      {1, 0, {{2, 0, 0, 0, 0, 3}}, 0},
                                      {2, 0, {{2, 0, 0, 0, 0, 4}}, 0}};
static const struct daqs_inventory inventory = {.vms = 3, .nics = 4, .vm = vms, .nic = nics};
static struct daqs_uplink_info uplinks[] = {{"up 0", 0}, {"up1", 0}};
static const struct order_terms usual = {.headroom_ppm = 10000, .lease_ms = 3000};

#define TEXT                                                                                       \
    "10000 3000\n"                                                                                 \
    "1000000000 - 1 02:00:00:00:00:01 db 1\n"                                                      \
    "0 5000000 1 02:00:00:00:00:02 db 1\n"                                                         \
    "7 8 9 02:00:00:00:00:03 web\n"

static void only_guarantees_are_written(void **state)
{
    const struct daqs_nic_setting setting[] = {
        {77, GBIT, DAQS_UNLIMITED, 1},
        {88, 0, 5000000, 1},
        {DAQS_UNLIMITED, 7, 8, 9},
        {99, 0, DAQS_UNLIMITED, 1},
    };
    (void)state;
    char *text = saved_orders_format(&usual, &inventory, setting);
    assert_non_null(text);
    assert_string_equal(text, TEXT);
    free(text);
}

static void written_values_are_read_again(void **state)
{
    struct kept_settings s = {0};
    struct order_terms terms;
    (void)state;
    assert_int_equal(saved_orders_parse(TEXT, NULL, 0, &terms, &s, NULL), DAQS_OK);
    assert_int_equal(terms.headroom_ppm, 10000);
    assert_int_equal(terms.lease_ms, 3000);
    assert_int_equal(s.count, 3);
    /* As after a restart: the nics appear, and get their saved guarantees. */
    const struct daqs_inventory none = {0};
    const struct daqs_nic_setting nothing[1] = {{0}};
    struct daqs_nic_setting *carried = kept_settings_carry(&s, &none, nothing, &inventory);
    assert_non_null(carried);
    assert_int_equal(carried[0].min, GBIT);
    assert_int_equal(carried[0].limit, DAQS_UNLIMITED);
    assert_int_equal(carried[1].max, 5000000);
    assert_int_equal(carried[2].weight, 9);
    assert_int_equal(carried[3].min, 0);
    char *text = saved_orders_format(&usual, &inventory, carried);
    assert_string_equal(text, TEXT);
    free(text);
    free(carried);
    kept_settings_clear(&s);
}

#define MODES                                                                                      \
    "10000 3000\n"                                                                                 \
    "mode off up 0\n"                                                                              \
    "mode weighted up1\n"

/* Default modes are not written, because older agents read the file. */
static void modes_are_written_and_read_again(void **state)
{
    const struct daqs_inventory two = {.uplinks = 2, .uplink = uplinks};
    struct order_terms terms = usual;
    struct order_terms read;
    struct kept_settings s = {0};
    (void)state;
    terms.mode[0] = POLICY_MODE_OFF;
    terms.mode[1] = POLICY_MODE_WEIGHTED;
    char *text = saved_orders_format(&terms, &two, NULL);
    assert_non_null(text);
    assert_string_equal(text, MODES);
    assert_int_equal(saved_orders_parse(text, uplinks, 2, &read, &s, NULL), DAQS_OK);
    assert_true(order_terms_equal(&read, &terms));
    /* One uplink is no longer configured, and the other one is now first. */
    assert_int_equal(saved_orders_parse(text, &uplinks[1], 1, &read, &s, NULL), DAQS_OK);
    assert_int_equal(read.mode[0], POLICY_MODE_WEIGHTED);
    assert_int_equal(read.mode[1], POLICY_MODE_MINIMUM);
    free(text);
    /* As written by an older agent. */
    assert_int_equal(saved_orders_parse("10000 3000\n", uplinks, 2, &read, &s, NULL), DAQS_OK);
    assert_true(order_terms_equal(&read, &usual));
    kept_settings_clear(&s);
}

static void the_longest_line_has_room(void **state)
{
    char name[DAQS_NAME_MAX + 1];
    struct daqs_vm_info vm = {.name = name, .uuid = ""};
    struct daqs_nic_info nic = {0, 0, {{255, 255, 255, 255, 255, 255}}, 0};
    struct daqs_uplink_info uplink = {name, 0};
    const struct daqs_inventory one = {
        .uplinks = 1, .vms = 1, .nics = 1, .uplink = &uplink, .vm = &vm, .nic = &nic};
    const struct daqs_nic_setting setting = {0, DAQS_BPS_MAX, DAQS_BPS_MAX, UINT32_MAX};
    const struct order_terms terms = {
        .headroom_ppm = 1000000, .lease_ms = UINT32_MAX, .mode = {POLICY_MODE_WEIGHTED}};
    struct kept_settings s = {0};
    struct order_terms read;
    (void)state;
    memset(name, 'x', DAQS_NAME_MAX);
    name[DAQS_NAME_MAX] = '\0';
    char *text = saved_orders_format(&terms, &one, &setting);
    assert_non_null(text);
    assert_int_equal(saved_orders_parse(text, &uplink, 1, &read, &s, NULL), DAQS_OK);
    assert_true(order_terms_equal(&read, &terms));
    assert_int_equal(s.count, 1);
    assert_string_equal(s.kept[0].vm, name);
    free(text);
    kept_settings_clear(&s);
}

static void damage_is_refused_as_a_whole(void **state)
{
    static const char *const wrong[] = {
        "",
        "\n",
        "10000\n",
        "1000001 3000\n",
        "10000 3000",
        "10000 3000 \n",
        "+10000 3000\n",
        TEXT "1 - 1 02:00:00:00:00:01\n",
        TEXT "1 - 1 02:00:00:00:00:01 a",
        TEXT "01 - 1 02:00:00:00:00:01 a\n",
        TEXT "1 - 0 02:00:00:00:00:01 a\n",
        TEXT "0 - 1 02:00:00:00:00:01 a\n",
        TEXT "-1 - 1 02:00:00:00:00:01 a\n",
        TEXT "1 - 1 02:00:00:00:00:0A a\n",
        TEXT "1 none 1 02:00:00:00:00:01 a\n",
        TEXT "1 - 1 02:00:00:00:00:01  a\n",
        TEXT "1 - 1 02:00:00:00:00:01 a\tb\n",
        TEXT "1000000000000001 - 1 02:00:00:00:00:01 a\n",
        TEXT "1 1000000000000001 1 02:00:00:00:00:01 a\n",
        TEXT "\n",
        MODES "mode fair up1\n",
        TEXT "mode fair up1\n",
        "mode fair up1\n",
        "10000 3000\nmode minimum up1\n",
        "10000 3000\nmode best up1\n",
        "10000 3000\nmode fair\n",
        "10000 3000\nmode fair \n",
        "10000 3000\nmode  fair up1\n",
        "10000 3000\nmode fair  up1\n",
        "10000 3000\nmode fair u\tp\n",
        "10000 3000\nmode fair up1",
        "10000 3000\nmode averyveryverylongone up1\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct kept_settings s = {0};
        struct order_terms terms;
        struct daqs_error err = {0};
        if (saved_orders_parse(wrong[i], uplinks, 2, &terms, &s, &err) != DAQS_EFORMAT)
            fail_msg("taken: %s", wrong[i]);
        assert_int_equal(s.count, 0);
    }
}

/* --- terms --- */

static void modes_that_were_not_received_are_minimum(void **state)
{
    const struct daqs_uplink_setting received[] = {{POLICY_MODE_FAIR}, {77}, {POLICY_MODE_OFF}};
    struct order_terms terms = {.mode = {1, 1, 1, 1}};
    struct order_terms none = {0};
    (void)state;
    order_terms_take_modes(&terms, received, 3, 3);
    assert_int_equal(terms.mode[0], POLICY_MODE_FAIR);
    assert_int_equal(terms.mode[1], POLICY_MODE_MINIMUM); /* a newer controller's mode */
    assert_int_equal(terms.mode[2], POLICY_MODE_OFF);
    assert_int_equal(terms.mode[3], POLICY_MODE_MINIMUM);
    order_terms_take_modes(&terms, received, 3, 2); /* the list does not match the uplinks */
    assert_true(order_terms_equal(&terms, &none));
    order_terms_take_modes(&terms, received, 3, 3);
    order_terms_take_modes(&terms, NULL, 0, 3); /* from an older controller */
    assert_true(order_terms_equal(&terms, &none));
}

static void terms_differ_in_any_part(void **state)
{
    const struct order_terms one = {.headroom_ppm = 1, .lease_ms = 2, .mode = {3}};
    struct order_terms other = one;
    (void)state;
    assert_true(order_terms_equal(&one, &other));
    other.headroom_ppm = 9;
    assert_false(order_terms_equal(&one, &other));
    other = one;
    other.lease_ms = 9;
    assert_false(order_terms_equal(&one, &other));
    other = one;
    other.mode[DAQS_MAX_UPLINKS - 1] = 1;
    assert_false(order_terms_equal(&one, &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_guarantees_are_written),
        cmocka_unit_test(written_values_are_read_again),
        cmocka_unit_test(modes_are_written_and_read_again),
        cmocka_unit_test(the_longest_line_has_room),
        cmocka_unit_test(damage_is_refused_as_a_whole),
        cmocka_unit_test(modes_that_were_not_received_are_minimum),
        cmocka_unit_test(terms_differ_in_any_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
