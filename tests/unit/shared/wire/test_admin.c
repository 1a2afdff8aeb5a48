/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/wire/admin.h"
#include "shared/wire/bus.h"

static struct daqs_arena arena;

static int set_up(void **state)
{
    (void)state;
    daqs_arena_init(&arena, 64 * 1024 * 1024);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    daqs_arena_done(&arena);
    return 0;
}

/* --- requests --- */

static struct wire_request good_request(void)
{
    struct wire_request request = wire_request_of(WIRE_SET_SLA);
    request.id = 1;
    request.user = "kim";
    request.set_sla.host = "node1";
    request.set_sla.vm = "web";
    request.set_sla.min = 1;
    return request;
}

static int request_travels(const struct wire_request *request, struct wire_request *ret)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    assert_int_equal(wire_encode_request(request, &bytes, &length), DAQS_OK);
    daqs_arena_reset(&arena);
    int result = wire_decode_request(bytes, length, &arena, ret, NULL);
    free(bytes);
    return result;
}

static void numbers_of_a_request_are_bounded(void **state)
{
    static const struct {
        enum wire_verb verb;
        const char *what;
        uint64_t at_most;
        size_t offset;
        size_t size;
    } fields[] = {
        {WIRE_SET_SLA, "min", DAQS_BPS_MAX, offsetof(struct wire_request, set_sla.min), 8},
        {WIRE_SET_SLA, "max", DAQS_BPS_MAX, offsetof(struct wire_request, set_sla.max), 8},
        {WIRE_SET_SLA, "weight", WIRE_WEIGHT_MAX, offsetof(struct wire_request, set_sla.weight), 4},
        {WIRE_FIT, "rate", DAQS_BPS_MAX, offsetof(struct wire_request, fit.rate), 8},
        {WIRE_HISTORY, "since", INT64_MAX / 2, offsetof(struct wire_request, history.since_ms), 8},
        {WIRE_HISTORY, "until", INT64_MAX / 2, offsetof(struct wire_request, history.until_ms), 8},
        {WIRE_HISTORY, "step", INT64_MAX / 2, offsetof(struct wire_request, history.step_ms), 8},
        {WIRE_STATUS, "verb", UINT8_MAX, offsetof(struct wire_request, verb), 4},
    };
    (void)state;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        struct wire_request request = wire_request_of(fields[i].verb);
        struct wire_request ret;
        uint64_t number = fields[i].at_most;
        memcpy((char *)&request + fields[i].offset, &number, fields[i].size);
        if (request_travels(&request, &ret) != DAQS_OK ||
            memcmp((char *)&ret + fields[i].offset, &number, fields[i].size) != 0)
            fail_msg("%s at its bound", fields[i].what);
        number++;
        memcpy((char *)&request + fields[i].offset, &number, fields[i].size);
        if (request_travels(&request, &ret) != DAQS_EFORMAT)
            fail_msg("%s beyond its bound", fields[i].what);
    }
}

/* Sends values that the verb of the first request uses with a verb that does not. */
static void elements_that_a_verb_does_not_use_must_be_within_their_bounds(void **state)
{
    struct wire_request request = good_request();
    struct wire_request ret;
    (void)state;
    for (int beyond = 0; beyond <= 1; beyond++) {
        uint8_t *bytes = NULL;
        size_t length = 0;
        request.set_sla.weight = WIRE_WEIGHT_MAX + (uint32_t)beyond;
        assert_int_equal(wire_encode_request(&request, &bytes, &length), DAQS_OK);
        assert_int_equal(bytes[4], WIRE_SET_SLA);
        bytes[4] = WIRE_STATUS;
        daqs_arena_reset(&arena);
        assert_int_equal(wire_decode_request(bytes, length, &arena, &ret, NULL),
                         beyond ? DAQS_EFORMAT : DAQS_OK);
        free(bytes);
    }
}

static void a_word_for_a_flag_is_a_flag(void **state)
{
    struct wire_request request = wire_request_of(WIRE_EVENTS);
    struct wire_request ret;
    (void)state;
    assert_int_equal(request_travels(&request, &ret), DAQS_OK);
    assert_false(ret.events.follow);
    request.events.follow = true;
    assert_int_equal(request_travels(&request, &ret), DAQS_OK);
    assert_true(ret.events.follow);
}

static void a_request_with_nothing_given_arrives_as_that(void **state)
{
    struct wire_request request = wire_request_of(WIRE_SET_SLA);
    struct wire_request ret;
    (void)state;
    assert_int_equal(request_travels(&request, &ret), DAQS_OK);
    assert_string_equal(ret.set_sla.host, "");
    assert_string_equal(ret.token, "");
    assert_true(ret.set_sla.min == DAQS_UNLIMITED && ret.set_sla.max == DAQS_UNLIMITED);
    assert_int_equal(ret.set_sla.weight, 0);
}

static void times_before_1970_do_not_travel(void **state)
{
    struct wire_request request = wire_request_of(WIRE_AUDIT);
    struct wire_request ret;
    (void)state;
    request.period.since_ms = -1;
    assert_int_equal(request_travels(&request, &ret), DAQS_EFORMAT);
}

static void a_verb_of_a_newer_daqsctl_reaches_the_controller_to_be_answered(void **state)
{
    struct wire_request request = good_request();
    struct wire_request ret;
    (void)state;
    request.verb = (enum wire_verb)99;
    assert_int_equal(request_travels(&request, &ret), DAQS_OK);
    assert_int_equal(ret.verb, 99);
}

static void texts_of_a_request_have_1024_bytes_at_most(void **state)
{
    char text[1026] = "";
    (void)state;
    for (int field = 0; field < 4; field++) {
        struct wire_request request = good_request();
        struct wire_request ret;
        const char **const fields[] = {&request.user, &request.set_sla.host, &request.set_sla.vm,
                                       &request.token};
        memset(text, 'x', 1024);
        text[1024] = '\0';
        *fields[field] = text;
        assert_int_equal(request_travels(&request, &ret), DAQS_OK);
        text[1024] = 'x';
        assert_int_equal(request_travels(&request, &ret), DAQS_EFORMAT);
    }
}

static void names_are_left_for_the_controller_to_answer(void **state)
{
    struct wire_request request = good_request();
    struct wire_request ret;
    (void)state;
    request.set_sla.vm = "a\nb";
    assert_int_equal(request_travels(&request, &ret), DAQS_OK);
    assert_string_equal(ret.set_sla.vm, "a\nb");
}

static void flags_are_zero_or_one(void **state)
{
    /* [1, verb, id, user, host, vm, min, max, weight, force, dry_run, 0, 0, 0, token, word] */
    uint8_t bytes[] = {0xdc, 0, 16, 1, 1, 1, 0xa0, 0xa0, 0xa0, 0xc0,
                       0xc0, 0, 1,  1, 0, 0, 0,    0xa0, 0xa0};
    struct wire_request ret;
    (void)state;
    daqs_arena_reset(&arena);
    assert_int_equal(wire_decode_request(bytes, sizeof bytes, &arena, &ret, NULL), DAQS_OK);
    assert_true(ret.set_sla.force && ret.set_sla.dry_run);
    for (size_t at = 12; at <= 13; at++) {
        bytes[at] = 2;
        assert_int_equal(wire_decode_request(bytes, sizeof bytes, &arena, &ret, NULL),
                         DAQS_EFORMAT);
        bytes[at] = 0xc3; /* msgpack's true is not valid here */
        assert_int_equal(wire_decode_request(bytes, sizeof bytes, &arena, &ret, NULL),
                         DAQS_EFORMAT);
        bytes[at] = 0;
    }
}

static void another_protocol_version_is_reported_first(void **state)
{
    static const char *const strangers[] = {
        "\x93\x02\xc0\xc0", "\x91\x02", "\x92\x07\xc1",
        "\xdc\x01\x01\x02" /* 257 elements */
        "----------------------------------------------------------------"
        "----------------------------------------------------------------"
        "----------------------------------------------------------------"
        "----------------------------------------------------------------"};
    struct wire_request request;
    struct wire_reply reply;
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct daqs_error err = {0};
        size_t length = strlen(strangers[i]);
        assert_int_equal(wire_decode_request(strangers[i], length, &arena, &request, &err),
                         DAQS_EVERSION);
        assert_non_null(strstr(err.text, "protocol version"));
        assert_int_equal(wire_decode_reply(strangers[i], length, &arena, &reply, NULL),
                         DAQS_EVERSION);
    }
}

/* --- replies --- */

static struct daqs_column text_column[] = {{"vm", DAQS_COLUMN_TEXT}};

static int reply_travels(const struct wire_reply *reply, struct wire_reply *ret,
                         struct daqs_error *err)
{
    uint8_t *bytes = NULL;
    size_t length = 0;
    assert_int_equal(wire_encode_reply(reply, &bytes, &length), DAQS_OK);
    daqs_arena_reset(&arena);
    int result = wire_decode_reply(bytes, length, &arena, ret, err);
    free(bytes);
    return result;
}

static void a_large_table_arrives_as_it_was(void **state)
{
    enum { ROWS = 5000 };
    static const struct daqs_column columns[] = {
        {"vm", DAQS_COLUMN_TEXT}, {"usage_bps", DAQS_COLUMN_RATE}, {"time", DAQS_COLUMN_TIME}};
    struct wire_reply reply = {.id = 9, .text = "", .token = "5000", .has_table = true};
    struct wire_reply ret;
    (void)state;
    daqs_table_init(&reply.table, columns, 3, 1 << 20);
    for (uint64_t i = 0; i < ROWS; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "vm%d", (int)i);
        daqs_table_text(&reply.table, name);
        daqs_table_rate(&reply.table, i % 7 ? i * i * i : DAQS_UNLIMITED);
        daqs_table_number(&reply.table, UINT64_MAX - i);
    }
    assert_int_equal(reply_travels(&reply, &ret, NULL), DAQS_OK);
    assert_int_equal(daqs_table_rows(&ret.table), ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        assert_string_equal(daqs_table_at(&ret.table, i, 0)->text,
                            daqs_table_at(&reply.table, i, 0)->text);
        assert_int_equal(daqs_table_at(&ret.table, i, 1)->empty, i % 7 == 0);
        if (i % 7)
            assert_int_equal(daqs_table_at(&ret.table, i, 1)->number, i * i * i);
        assert_int_equal(daqs_table_at(&ret.table, i, 2)->number, UINT64_MAX - i);
    }
    daqs_table_done(&reply.table);
}

static void a_table_without_rows_is_still_a_table(void **state)
{
    const struct wire_reply reply = {
        .text = "", .token = "", .has_table = true, .table = {.columns = 1, .column = text_column}};
    struct wire_reply ret;
    (void)state;
    assert_int_equal(reply_travels(&reply, &ret, NULL), DAQS_OK);
    assert_true(ret.has_table);
    assert_int_equal(ret.table.columns, 1);
    assert_int_equal(daqs_table_rows(&ret.table), 0);
}

static void error_codes_arrive_even_if_they_are_new(void **state)
{
    struct wire_reply reply = {.code = DAQS_EBUSY, .text = "", .token = ""};
    struct wire_reply ret;
    (void)state;
    assert_int_equal(reply_travels(&reply, &ret, NULL), DAQS_OK);
    assert_int_equal(ret.code, DAQS_EBUSY);
    reply.code = -1000;
    assert_int_equal(reply_travels(&reply, &ret, NULL), DAQS_OK);
    assert_int_equal(ret.code, -1000);
    reply.code = -1001;
    assert_int_equal(reply_travels(&reply, &ret, NULL), DAQS_EFORMAT);
}

static void texts_of_a_reply_are_bounded(void **state)
{
    static char text[4098];
    struct daqs_cell cell = {.text = text};
    struct wire_reply reply = {.text = text,
                               .token = "",
                               .has_table = true,
                               .table = {.columns = 1, .column = text_column, .cells = 1}};
    struct wire_reply ret;
    (void)state;
    reply.table.cell = &cell;
    memset(text, 'x', 4096);
    assert_int_equal(reply_travels(&reply, &ret, NULL), DAQS_OK);
    text[4096] = 'x';
    cell.text = "";
    assert_int_equal(reply_travels(&reply, &ret, NULL), DAQS_EFORMAT);
    cell.text = text;
    reply.text = "";
    assert_int_equal(reply_travels(&reply, &ret, NULL), DAQS_EFORMAT);
    text[1025] = '\0';
    cell.text = "";
    reply.token = text;
    assert_int_equal(reply_travels(&reply, &ret, NULL), DAQS_EFORMAT);
    text[1024] = '\0';
    assert_int_equal(reply_travels(&reply, &ret, NULL), DAQS_OK);
}

static void columns_are_bounded(void **state)
{
    struct daqs_column columns[DAQS_TABLE_COLUMNS_MAX + 1];
    struct wire_reply reply = {.text = "", .token = "", .has_table = true};
    struct wire_reply ret;
    (void)state;
    for (size_t i = 0; i <= DAQS_TABLE_COLUMNS_MAX; i++)
        columns[i] = text_column[0];
    reply.table = (struct daqs_table){.columns = DAQS_TABLE_COLUMNS_MAX, .column = columns};
    assert_int_equal(reply_travels(&reply, &ret, NULL), DAQS_OK);
    columns[0].name = "a_name_of_thirty_two_bytes______";
    assert_int_equal(reply_travels(&reply, &ret, NULL), DAQS_OK);
    columns[0].name = "a_name_of_thirty_three_bytes_____";
    assert_int_equal(reply_travels(&reply, &ret, NULL), DAQS_EFORMAT);
    columns[0] = text_column[0];
    columns[0].kind = (enum daqs_column_kind)6;
    assert_int_equal(reply_travels(&reply, &ret, NULL), DAQS_EFORMAT);
    columns[0] = text_column[0];
    reply.table.columns++;
    assert_int_equal(reply_travels(&reply, &ret, NULL), DAQS_EFORMAT);
}

#define HAND(literal)                                                                              \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

static void tables_that_do_not_add_up_are_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
    } wrong[] = {
        /* [1, id, code, text, token, columns, cells] */
        HAND("\x97\x01\x01\x00\xa0\xa0\x90\x91\xa1x"), /* cells without columns */
        HAND("\x97\x01\x01\x00\xa0\xa0\x92\x92\xa1"
             "a\x00\x92\xa1"
             "b\x00\x91\xa1x"), /* half a row */
        HAND("\x97\x01\x01\x00\xa0\xa0\x91\x92\xa1"
             "a\x00\x91\x05"), /* a number in a text column */
        HAND("\x97\x01\x01\x00\xa0\xa0\x91\x92\xa1"
             "a\x01\x91\xa1x"), /* a text in a number column */
        HAND("\x97\x01\x01\x00\xa0\xa0\x91\x91\xa1"
             "a\x90"), /* a column without a kind */
        HAND("\x97\x01\x01\x00\xa0\xa0\x91\xa1"
             "a\x90"), /* a column that is a text */
        HAND("\x97\x01\x01\x00\xa0\xa0\x91\x92\xa1"
             "a\x00\xc0"), /* no cells */
        HAND("\x97\x01\x01\x00\xa0\xa0\xdd\xff\x00\x00\x00"),
        HAND("\x97\x01\x01\x00\xa0\xa0\x91\x92\xa1"
             "a\x00\xdd\xff\x00\x00\x00"),
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct wire_reply ret;
        struct daqs_error err = {0};
        daqs_arena_reset(&arena);
        if (wire_decode_reply(wrong[i].bytes, wrong[i].length, &arena, &ret, &err) != DAQS_EFORMAT)
            fail_msg("table %zu was accepted", i);
        assert_true(arena.used_bytes < 1000);
    }
}

static void an_answer_that_does_not_fit_is_not_encoded(void **state)
{
    enum { CELLS = 1000 };
    static struct daqs_cell cells[CELLS];
    static char text[2000];
    struct wire_reply reply = {
        .text = "",
        .token = "",
        .has_table = true,
        .table = {.columns = 1, .column = text_column, .cells = CELLS, .cell = cells}};
    uint8_t *bytes = (uint8_t *)text;
    size_t length = 77;
    (void)state;
    memset(text, 'x', sizeof text - 1);
    for (size_t i = 0; i < CELLS; i++)
        cells[i].text = text;
    assert_int_equal(wire_encode_reply(&reply, &bytes, &length), DAQS_ETOOBIG);
    assert_ptr_equal(bytes, text);
    assert_int_equal(length, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_a_request_are_bounded),
        cmocka_unit_test(elements_that_a_verb_does_not_use_must_be_within_their_bounds),
        cmocka_unit_test(a_word_for_a_flag_is_a_flag),
        cmocka_unit_test(a_request_with_nothing_given_arrives_as_that),
        cmocka_unit_test(times_before_1970_do_not_travel),
        cmocka_unit_test(a_verb_of_a_newer_daqsctl_reaches_the_controller_to_be_answered),
        cmocka_unit_test(texts_of_a_request_have_1024_bytes_at_most),
        cmocka_unit_test(names_are_left_for_the_controller_to_answer),
        cmocka_unit_test(flags_are_zero_or_one),
        cmocka_unit_test(another_protocol_version_is_reported_first),
        cmocka_unit_test(a_large_table_arrives_as_it_was),
        cmocka_unit_test(a_table_without_rows_is_still_a_table),
        cmocka_unit_test(error_codes_arrive_even_if_they_are_new),
        cmocka_unit_test(texts_of_a_reply_are_bounded),
        cmocka_unit_test(columns_are_bounded),
        cmocka_unit_test(tables_that_do_not_add_up_are_refused),
        cmocka_unit_test(an_answer_that_does_not_fit_is_not_encoded),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
