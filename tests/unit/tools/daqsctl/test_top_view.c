/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/daqsctl/text_width.h"
#include "tools/daqsctl/top_order.h"
#include "tools/daqsctl/top_view.h"

enum { NICS = 30, LONG_NAME = 255 };

static struct snapshot_nic nic[NICS] = {
    {"node1", "db1", "a", "up0", "ok", "guaranteed, needs no limit", 3 * GBIT, DAQS_UNLIMITED,
     2 * GBIT, 5 * GBIT, 10 * GBIT},
    {"node2", "数据库", "b", "up0", "tampered", "the guest keeps removing its limit", 8 * GBIT,
     1 * GBIT, 0, DAQS_UNLIMITED, 10 * GBIT},
};
static struct snapshot_uplink uplink[] = {{"node1", "up0", true, 10 * GBIT, 3 * GBIT, false},
                                          {"node1", "up1", true, 10 * GBIT, 0, false},
                                          {"node2", "up0", false, 10 * GBIT, 8 * GBIT, false}};
static struct top_line line[TOP_LINES_MOST];
static uint32_t order[NICS];

struct screen {
    struct snapshot snapshot;
    struct top_state state;
    struct top_scene scene;
};

/* Two nics of two hosts, one of which is away. */
static void begin(struct screen *w, int columns, int lines)
{
    *w = (struct screen){.state = {.interval_ms = 1000}};
    w->snapshot = (struct snapshot){.uplinks = 3, .uplink = uplink, .nics = 2, .nic = nic};
    w->scene = (struct top_scene){.host = "", .problem = "", .columns = columns, .lines = lines};
}

static size_t view(struct screen *w)
{
    w->scene.snapshot = &w->snapshot;
    w->scene.state = &w->state;
    w->scene.order = order;
    w->scene.rows = top_order(&w->snapshot, &w->state, order);
    return top_view(&w->scene, line);
}

static void assert_lines(size_t n, const char *const *expected, size_t count)
{
    assert_int_equal(n, count);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(line[i].text, expected[i]);
}

static void a_wide_screen_shows_all(void **state)
{
    static const char *const expected[] = {
        "1/2 hosts up  uplinks 15%  1 guarantees  3Gbit of 20Gbit  every 1s",
        "by usage  1-2 of 2",
        "HOST   VM      NIC     USAGE*  LOAD            LIMIT        MIN        MAX  STATE     "
        "REASON                            ",
        "node2  数据库  b        8Gbit  ████████··      1Gbit          -          -  tampered  "
        "the guest keeps removing its limit",
        "node1  db1     a        3Gbit  ██|·······          -      2Gbit      5Gbit  ok        "
        "guaranteed, needs no limit",
        "q quit  h keys  s sort  / filter  r reverse  + - interval",
    };
    struct screen w;
    (void)state;
    begin(&w, 130, 6);
    assert_lines(view(&w), expected, 6);
    assert_int_equal(line[2].style, TOP_HEADING);
    assert_int_equal(line[3].severity, SEVERITY_ERROR);
    assert_int_equal(line[3].severity_bytes, strlen("tampered"));
    assert_memory_equal(line[3].text + line[3].severity_at, "tampered", strlen("tampered"));
    assert_int_equal(line[4].severity, SEVERITY_NONE);
}

static void hosts_in_maintenance_are_counted(void **state)
{
    struct screen w;
    (void)state;
    begin(&w, 120, 6);
    uplink[2].maintenance = true;
    assert_true(view(&w) > 0);
    uplink[2].maintenance = false;
    assert_non_null(strstr(line[0].text, "1/2 hosts up  1 in maintenance  uplinks"));
}

static void a_tiny_screen_shows_the_most_important_lines(void **state)
{
    static const char *const expected[] = {
        "1/2 hosts up", "VM         USAGE*", "数据库      8Gbit", "db1         3Gbit", "",
    };
    static const char *const one[] = {"1/2 hosts up"};
    struct screen w;
    (void)state;
    begin(&w, 20, 5);
    assert_lines(view(&w), expected, 5);
    begin(&w, 20, 1);
    assert_lines(view(&w), one, 1);
    begin(&w, 20, 0);
    assert_int_equal(view(&w), 0);
}

static void plain_letters_draw_the_bar_in_ascii(void **state)
{
    struct screen w;
    (void)state;
    begin(&w, 130, 6);
    w.scene.ascii = true;
    (void)view(&w);
    assert_non_null(strstr(line[3].text, "########.."));
    assert_non_null(strstr(line[4].text, "##|......."));
    assert_null(strstr(line[4].text, "█"));
}

static void a_problem_is_shown_on_top_and_the_list_stays(void **state)
{
    struct screen w;
    (void)state;
    begin(&w, 60, 10);
    w.scene.problem = "no controller answers";
    w.scene.age_ms = 7500;
    (void)view(&w);
    assert_string_equal(line[1].text, "7 s old: no controller answers");
    assert_int_equal(line[1].style, TOP_TROUBLE);
    assert_non_null(strstr(line[3].text, "数据库"));
    w.scene.lines = 4; /* no room for both */
    (void)view(&w);
    assert_string_equal(line[0].text, "7 s old: no controller answers");
    w.snapshot.nics = 0;
    w.scene.age_ms = -1;
    (void)view(&w);
    assert_string_equal(line[0].text, "no controller answers");
}

static void members_that_are_left_out_are_named(void **state)
{
    struct screen w;
    (void)state;
    begin(&w, 100, 10);
    w.snapshot.left_out = 2;
    w.snapshot.left_out_member[0] = (struct wire_missing){.member = "c2", .hosts = 1950};
    w.snapshot.left_out_member[1] = (struct wire_missing){.member = "c3", .hosts = 1};
    (void)view(&w);
    assert_string_equal(line[1].text, "missing: c2 (1950 hosts), c3 (1 host)  by usage  1-2 of 2");
    assert_int_equal(line[1].style, TOP_TROUBLE);
    begin(&w, 40, 4); /* there is one line for it or the sums */
    w.snapshot.left_out = 1;
    w.snapshot.left_out_member[0] = (struct wire_missing){.member = "c2", .hosts = 1950};
    (void)view(&w);
    assert_string_equal(line[0].text, "missing: c2 (1950 hosts)  by usage");
}

static void sort_filter_and_typing_are_shown(void **state)
{
    struct screen w;
    (void)state;
    begin(&w, 60, 10);
    w.state.sort = TOP_BY_VM;
    w.state.reverse = true;
    (void)snprintf(w.state.filter, sizeof w.state.filter, "db");
    (void)view(&w);
    assert_string_equal(line[1].text, "by vm, reversed  filter: db  1-1 of 1");
    assert_non_null(strstr(line[2].text, "VM^"));
    w.state.typing = true;
    (void)view(&w);
    assert_string_equal(line[1].text, "/db_");
    w.state.help = true;
    assert_int_equal(view(&w), 10);
    assert_string_equal(line[0].text, "q, Ctrl-C    quit");
}

static void guarantees_that_are_missed_are_counted(void **state)
{
    struct screen w;
    (void)state;
    begin(&w, 100, 10);
    w.snapshot.has_missed = true;
    (void)view(&w);
    assert_non_null(strstr(line[0].text, "guarantees 1/1 kept"));
    w.snapshot.missed = 1;
    (void)view(&w);
    assert_non_null(strstr(line[0].text, "guarantees 0/1 kept"));
    w.snapshot.missed = 0;
    nic[0].state = "away";
    (void)view(&w);
    nic[0].state = "ok";
    assert_non_null(strstr(line[0].text, "guarantees 0/1 kept, 1 unknown"));
    w.snapshot.missed = 7; /* of hosts that are not in the picture */
    (void)view(&w);
    assert_non_null(strstr(line[0].text, "guarantees 0/1 kept"));
}

/* Every size: no line is wider or too many, whatever the names are; the offset may be stale. */
static void nothing_is_ever_larger_than_the_screen(void **state)
{
    static char name[LONG_NAME + 1];
    struct screen w;
    (void)state;
    memset(name, 'x', LONG_NAME);
    for (size_t i = 2; i < NICS; i++) {
        nic[i] = nic[i % 2];
        nic[i].vm = i == 5 ? name : i == 6 ? "\033[2J" : nic[i].vm;
    }
    for (int columns = 0; columns < 140; columns += columns < 30 ? 1 : 9)
        for (int lines = 0; lines < 40; lines++)
            for (size_t offset = 0; offset < 40; offset += 13) {
                begin(&w, columns, lines);
                w.snapshot.nics = NICS;
                w.state.offset = offset;
                w.scene.problem = offset == 13 ? name : "";
                size_t n = view(&w);
                assert_int_equal(n, (size_t)lines);
                for (size_t i = 0; i < n; i++) {
                    assert_true(text_width(line[i].text) <= (columns ? columns : 1));
                    assert_null(strchr(line[i].text, '\033'));
                    assert_true(line[i].severity_at + line[i].severity_bytes <=
                                strlen(line[i].text));
                }
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wide_screen_shows_all),
        cmocka_unit_test(hosts_in_maintenance_are_counted),
        cmocka_unit_test(a_tiny_screen_shows_the_most_important_lines),
        cmocka_unit_test(plain_letters_draw_the_bar_in_ascii),
        cmocka_unit_test(a_problem_is_shown_on_top_and_the_list_stays),
        cmocka_unit_test(members_that_are_left_out_are_named),
        cmocka_unit_test(sort_filter_and_typing_are_shown),
        cmocka_unit_test(guarantees_that_are_missed_are_counted),
        cmocka_unit_test(nothing_is_ever_larger_than_the_screen),
    };
    (void)setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
