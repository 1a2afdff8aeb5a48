/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/core/vm_labels.h"

static struct vm_labels labels;

static int setup(void **state)
{
    (void)state;
    labels = (struct vm_labels){.count = 0};
    return 0;
}

/* Returns a text of this length, valid until the next call. */
static const char *text_of(size_t length)
{
    static char text[1024];
    assert_true(length < sizeof text);
    memset(text, 'x', length);
    text[length] = '\0';
    return text;
}

static void assert_label(const char *key, const char *value)
{
    const char *found = vm_labels_find(&labels, key);
    assert_non_null(found);
    assert_string_equal(found, value);
}

static void blanks_around_a_value_do_not_count(void **state)
{
    (void)state;
    assert_true(vm_labels_add(&labels, "nova-name", "\n  web server\t"));
    assert_label("nova-name", "web server");
    vm_labels_set_title(&labels, "  A title\n");
    assert_string_equal(labels.title, "A title");
}

static void keys_are_of_letters_digits_and_few_marks(void **state)
{
    (void)state;
    assert_true(vm_label_key_ok("a"));
    assert_true(vm_label_key_ok("nova-flavor.x_1:y"));
    assert_true(vm_label_key_ok(text_of(DAQS_LABEL_KEY_MAX)));
    assert_false(vm_label_key_ok(text_of(DAQS_LABEL_KEY_MAX + 1)));
    assert_false(vm_label_key_ok(""));
    assert_false(vm_label_key_ok("1a"));
    assert_false(vm_label_key_ok("A"));
    assert_false(vm_label_key_ok("a b"));
    assert_false(vm_label_key_ok("a=b"));
    assert_false(vm_labels_add(&labels, "A", "value"));
    assert_int_equal(labels.count, 0);
}

static void values_are_bounded_and_printable(void **state)
{
    (void)state;
    assert_true(vm_labels_add(&labels, "a", text_of(DAQS_LABEL_VALUE_MAX)));
    assert_false(vm_labels_add(&labels, "a", text_of(DAQS_LABEL_VALUE_MAX + 1)));
    assert_false(vm_labels_add(&labels, "a", ""));
    assert_false(vm_labels_add(&labels, "a", " \n"));
    assert_false(vm_labels_add(&labels, "a", "\x1b[2J"));
    assert_false(vm_labels_add(&labels, "a", "\xff"));
    assert_false(vm_labels_add(&labels, "a", u8"\u202e"));
    assert_int_equal(labels.count, 1);
}

static void a_key_may_occur_several_times_and_the_first_is_found(void **state)
{
    (void)state;
    assert_true(vm_labels_add(&labels, "pve-tag", "web"));
    assert_true(vm_labels_add(&labels, "pve-tag", "prod"));
    assert_int_equal(labels.count, 2);
    assert_label("pve-tag", "web");
    assert_null(vm_labels_find(&labels, "pve-pool"));
}

static void there_is_always_a_place_for_a_problem(void **state)
{
    (void)state;
    for (int i = 0; i < 2 * DAQS_MAX_LABELS; i++)
        (void)vm_labels_add(&labels, "a", "b");
    assert_int_equal(labels.count, DAQS_MAX_LABELS - 1);
    vm_labels_problem(&labels, "attribute %d", 1);
    vm_labels_problem(&labels, "attribute %d", 2);
    assert_int_equal(labels.count, DAQS_MAX_LABELS);
    assert_label(VM_LABEL_PROBLEM, "attribute 1");
}

static void a_problem_that_quotes_what_is_not_valid_is_still_printable(void **state)
{
    (void)state;
    vm_labels_problem(&labels, "'%s' is not known", "\xff\x1b");
    assert_label(VM_LABEL_PROBLEM, "it contains a text that is not valid");
}

static void a_title_is_cut_between_characters(void **state)
{
    char title[DAQS_TITLE_MAX + 8];
    (void)state;
    memset(title, 'x', DAQS_TITLE_MAX - 1);
    memcpy(title + DAQS_TITLE_MAX - 1, "\xc3\xbc\xc3\xbc", 5);
    vm_labels_set_title(&labels, title);
    assert_int_equal(strlen(labels.title), DAQS_TITLE_MAX - 1);
    vm_labels_set_title(&labels, "\x1b[2J");
    assert_string_equal(labels.title, "");
}

static void an_sla_asks_for_what_is_known(void **state)
{
    (void)state;
    vm_labels_ask(&labels, "min", "2Gbit");
    vm_labels_ask(&labels, "class", "gold");
    assert_label("sla-min", "2Gbit");
    assert_label("sla-class", "gold");
    assert_null(vm_labels_find(&labels, VM_LABEL_PROBLEM));
    vm_labels_ask(&labels, "minimum", "2Gbit");
    assert_int_equal(labels.count, 3);
    assert_label(VM_LABEL_PROBLEM, "'minimum' is not known; use min, max, weight, class, tenant");
}

static void of_two_values_the_first_counts_and_that_is_a_problem(void **state)
{
    (void)state;
    vm_labels_ask(&labels, "class", "gold");
    vm_labels_ask(&labels, "class", "silver");
    assert_label("sla-class", "gold");
    assert_label(VM_LABEL_PROBLEM, "it asks for 'class' twice; the first one counts");
    assert_int_equal(labels.count, 2);
}

static void a_value_that_is_no_label_is_a_problem(void **state)
{
    (void)state;
    vm_labels_ask(&labels, "class", text_of(DAQS_LABEL_VALUE_MAX + 1));
    assert_null(vm_labels_find(&labels, "sla-class"));
    assert_non_null(vm_labels_find(&labels, VM_LABEL_PROBLEM));
}

static void two_are_the_same_if_all_of_them_is(void **state)
{
    (void)state;
    assert_true(vm_labels_add(&labels, "a", "b"));
    vm_labels_set_title(&labels, "title");
    struct vm_labels *other = vm_labels_copy(&labels);
    assert_non_null(other);
    assert_true(vm_labels_same(&labels, other));
    vm_labels_set_title(other, "another");
    assert_false(vm_labels_same(&labels, other));
    vm_labels_set_title(other, "title");
    assert_true(vm_labels_add(other, "a", "c"));
    assert_false(vm_labels_same(&labels, other));
    assert_true(vm_labels_add(&labels, "a", "d"));
    assert_false(vm_labels_same(&labels, other));
    free(other);
}

#define CASE(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(blanks_around_a_value_do_not_count),
        CASE(keys_are_of_letters_digits_and_few_marks),
        CASE(values_are_bounded_and_printable),
        CASE(a_key_may_occur_several_times_and_the_first_is_found),
        CASE(there_is_always_a_place_for_a_problem),
        CASE(a_problem_that_quotes_what_is_not_valid_is_still_printable),
        CASE(a_title_is_cut_between_characters),
        CASE(an_sla_asks_for_what_is_known),
        CASE(of_two_values_the_first_counts_and_that_is_a_problem),
        CASE(a_value_that_is_no_label_is_a_problem),
        CASE(two_are_the_same_if_all_of_them_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
