/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/sla_section.h"
#include "tests/lib/random.h"
#include "tools/daqsctl/sla_file.h"

static int read_text(const char *text, struct sla_file *ret, struct daqs_error *err)
{
    char *copy = strdup(text);
    assert_non_null(copy);
    FILE *file = *text ? fmemopen(copy, strlen(copy), "r") : fopen("/dev/null", "re");
    assert_non_null(file);
    *err = (struct daqs_error){0};
    int result = sla_file_read(file, "f", ret, err);
    assert_int_equal(fclose(file), 0);
    free(copy);
    return result;
}

static struct sla_file good(const char *text)
{
    struct sla_file slas;
    struct daqs_error err;
    if (read_text(text, &slas, &err) != DAQS_OK)
        fail_msg("%s: %s", text, err.text);
    return slas;
}

static void assert_row(const struct wire_sla *row, const char *host, const char *vm, daqs_bps min,
                       daqs_bps max, uint32_t weight, uint32_t line)
{
    assert_string_equal(row->host, host);
    assert_string_equal(row->vm, vm);
    assert_int_equal(row->min, min);
    assert_int_equal(row->max, max);
    assert_int_equal(row->weight, weight);
    assert_int_equal(row->line, line);
}

static void a_section_is_an_sla(void **state)
{
    (void)state;
    struct sla_file s = good("# a file\n"
                             "[node1/db1]\n"
                             "min = 2.5Gbit ; a comment\n"
                             "max=5G\t# another\n"
                             "\n"
                             "[node1/db2]  ; nothing in it\n"
                             "[ node2/a/b ]\r\n"
                             "weight = 10000\n"
                             "min = none\n"
                             "max = none\n"
                             "[node2/c]\n"
                             "min = 0\n");
    assert_int_equal(s.rows, 4);
    assert_row(&s.row[0], "node1", "db1", 2500 * MBIT, 5 * GBIT, 1, 2);
    assert_row(&s.row[1], "node1", "db2", 0, DAQS_UNLIMITED, 1, 6);
    assert_row(&s.row[2], "node2", "a/b", 0, DAQS_UNLIMITED, 10000, 7);
    assert_row(&s.row[3], "node2", "c", 0, DAQS_UNLIMITED, 1, 11);
    sla_file_done(&s);
}

static void a_file_without_sections_is_empty(void **state)
{
    static const char *const texts[] = {"", "\n\n", "; nothing\n# at all", "\xef\xbb\xbf\n"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct sla_file s = good(texts[i]);
        assert_int_equal(s.rows, 0);
        sla_file_done(&s);
    }
}

static void names_are_decoded(void **state)
{
    (void)state;
    struct sla_file s = good("\xef\xbb\xbf[a%2Fb/c%5d%25]\n[%20x%20/b\xc3\xbc"
                             "cher; and [more]\n");
    assert_int_equal(s.rows, 2);
    assert_row(&s.row[0], "a/b", "c]%", 0, DAQS_UNLIMITED, 1, 1);
    assert_row(&s.row[1], " x ",
               "b\xc3\xbc"
               "cher; and [more",
               0, DAQS_UNLIMITED, 1, 2);
    sla_file_done(&s);
}

static void a_file_that_is_not_text_is_distinguished_from_wrong_lines(void **state)
{
    static const struct {
        char text[24];
        size_t length;
        const char *said;
    } cases[] = {
        {"\xff\xfe[\0a\0/\0b\0]\0\n\0", 14, "f:1: the file is not UTF-8 text"},
        {"\xfe\xff\0[\0a\0/\0b\0]\0\n", 14, "f:1: the file is not UTF-8 text"},
        {"[a/b]\nmin = \0001Gbit\n", 19, "f:2: the file is not UTF-8 text"},
        {"\0", 1, "f:1: the file is not UTF-8 text"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sla_file slas;
        struct daqs_error err = {0};
        char copy[24];
        memcpy(copy, cases[i].text, sizeof copy);
        FILE *file = fmemopen(copy, cases[i].length, "rb");
        assert_non_null(file);
        if (sla_file_read(file, "f", &slas, &err) != DAQS_EINVALID ||
            strncmp(err.text, cases[i].said, strlen(cases[i].said)) != 0)
            fail_msg("case %zu: %s", i, err.text);
        assert_int_equal(fclose(file), 0);
        sla_file_done(&slas);
    }
}

static void mistakes_are_reported_with_their_line(void **state)
{
    char longer[4000];
    static const struct {
        const char *text;
        const char *said;
    } cases[] = {
        {"[a/b]\nfoo = 1\n", "f:2: unknown key 'foo'; known are min, max and weight"},
        {"[a/b]\nmin = 1Gbit\n\nmin = 1Gbit\n", "f:4: min is given twice"},
        {"[a/b]\nmin = 1Gbit\n  2Gbit\n", "f:3: min is given twice"},
        {"[a/b]\nmin = 5\n", "f:2: min: "},
        {"[a/b]\nmax = 1GB\n", "f:2: max: "},
        {"[a/b]\nmin = 5Gb\n", "f:2: min: '5Gb' is not a rate; write it like 10Gbit, 2.5G or"},
        {"[a/b]\nmin = 5Gbit#x\n", "f:2: min: '5Gbit#x' is not a rate"},
        {"[a/b]\nmin # = 5Gbit\n", "f:2: this is neither"},
        {"[a/b]\nmax = \n", "f:2: max: "},
        {"[a/b]\nmax = 0\n", "f:2: max: "},
        {"[a/b]\nweight = 0\n", "f:2: weight: '0' is not a whole number from 1 to 10000"},
        {"[a/b]\nweight = 10001\n", "f:2: weight: "},
        {"[a/b]\nweight = 99999999999999999999\n", "f:2: weight: "},
        {"[a/b]\nweight = -1\n", "f:2: weight: "},
        {"[a/b]\nweight = 1.5\n", "f:2: weight: "},
        {"min = 1Gbit\n", "f:1: a key stands before the first [HOST/VM]"},
        {"[a/b]\nnonsense\n", "f:2: this is neither [HOST/VM] nor key = value"},
        {"[a/b]\nnonsense\n[a/c]\nfoo = 1\n", "f:2: this is neither"},
        {"[ab]\n", "f:1: [ab] is not a [HOST/VM]"},
        {"[/b]\n", "f:1: the host name is empty"},
        {"[a/]\n", "f:1: the VM name is empty"},
        {"[a/b\n", "f:1: the ] is missing"},
        {"[a/b] c\n", "f:1: only a comment may follow"},
        {"[a/b]\n [a/c]\n", "f:2: a [HOST/VM] must stand at the beginning"},
        {"[a/b]\n\r[a/c]\nmin = 1Gbit\n", "f:2: a [HOST/VM] must stand at the beginning"},
        {"[a/b]\n\v[a/c]\nmin = 1Gbit\n", "f:2: a [HOST/VM] must stand at the beginning"},
        {"[a/b%]\n", "f:1: a % in a name"},
        {"[a/b%4]\n", "f:1: a % in a name"},
        {"[a/b%4x]\n", "f:1: a % in a name"},
        {"[a/b%00]\n", "f:1: a % in a name"},
        {"[a/b%0a]\n", "f:1: the VM name contains a control character"},
        {"[a/b%ff]\n", "f:1: the VM name is not valid UTF-8"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sla_file slas;
        struct daqs_error err;
        if (read_text(cases[i].text, &slas, &err) != DAQS_EINVALID ||
            strncmp(err.text, cases[i].said, strlen(cases[i].said)) != 0)
            fail_msg("%s: %s", cases[i].text, err.text);
        sla_file_done(&slas);
    }
    for (int header = 0; header < 2; header++) {
        struct sla_file slas;
        struct daqs_error err;
        memset(longer, 'x', sizeof longer - 1);
        longer[sizeof longer - 1] = '\0';
        memcpy(longer, header ? "[a/" : "min", 3);
        assert_int_equal(read_text(longer, &slas, &err), DAQS_EINVALID);
        assert_string_equal(err.text, "f:1: the line is too long");
        sla_file_done(&slas);
    }
}

/* Any valid name, including the longest. */
static void written_values_are_read_back(void **state)
{
    static const char odd[] = "/%];#[=: \"'abc";
    struct random_source r = {random_seed()};
    (void)state;
    for (int i = 0; i < 500; i++) {
        char host[256];
        char vm[256];
        char *name[] = {host, vm};
        for (int k = 0; k < 2; k++) {
            size_t length = i == 0 ? 255 : 1 + random_below(&r, 12);
            for (size_t n = 0; n < length; n++)
                name[k][n] = i == 0 ? '%' : odd[random_below(&r, sizeof odd - 1)];
            name[k][length] = '\0';
        }
        const struct wire_sla sla = {
            .host = host,
            .vm = vm,
            .min = random_below(&r, 2) ? random_below(&r, DAQS_BPS_MAX) + 1 : 0,
            .max = random_below(&r, 2) ? random_below(&r, DAQS_BPS_MAX) + 1 : DAQS_UNLIMITED,
            .weight = 1 + (uint32_t)random_below(&r, WIRE_WEIGHT_MAX)};
        char text[4096];
        FILE *file = fmemopen(text, sizeof text, "w");
        assert_non_null(file);
        sla_section_write(file, sla.host, sla.vm, sla.min, sla.max, sla.weight);
        assert_int_equal(fclose(file), 0);
        struct sla_file s = good(text);
        assert_int_equal(s.rows, 1);
        assert_row(&s.row[0], host, vm, sla.min, sla.max, sla.weight, 1);
        sla_file_done(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_section_is_an_sla),
        cmocka_unit_test(a_file_without_sections_is_empty),
        cmocka_unit_test(names_are_decoded),
        cmocka_unit_test(a_file_that_is_not_text_is_distinguished_from_wrong_lines),
        cmocka_unit_test(mistakes_are_reported_with_their_line),
        cmocka_unit_test(written_values_are_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
