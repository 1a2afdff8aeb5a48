/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "shared/wire/cursor.h"

/* Expands a string literal to pointer and length: B("\x93\xc0"). */
#define B(literal) (const uint8_t *)(literal), sizeof(literal) - 1

/* Returns a copy in a block of exactly its size, so that ASan detects a read past the end. */
static uint8_t *exact(const void *bytes, size_t length)
{
    uint8_t *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, length);
    return copy;
}

struct value {
    const char *name;
    const uint8_t *bytes;
    size_t length;
};

/* One value of every msgpack type; the long types have short contents. */
static const struct value values[] = {
    {"positive fixint 0", B("\x00")},
    {"positive fixint 127", B("\x7f")},
    {"fixmap, empty", B("\x80")},
    {"fixmap", B("\x82\x01\x02\xa1k\xc0")},
    {"fixarray, empty", B("\x90")},
    {"fixarray", B("\x93\x01\xc0\xa1x")},
    {"fixstr, empty", B("\xa0")},
    {"fixstr", B("\xa3xyz")},
    {"nil", B("\xc0")},
    {"false", B("\xc2")},
    {"true", B("\xc3")},
    {"bin 8", B("\xc4\x03\x00\xff\xc1")},
    {"bin 16", B("\xc5\x00\x02zz")},
    {"bin 32", B("\xc6\x00\x00\x00\x02zz")},
    {"ext 8", B("\xc7\x02\x05zz")},
    {"ext 8, empty", B("\xc7\x00\x05")},
    {"ext 16", B("\xc8\x00\x02\x05zz")},
    {"ext 32", B("\xc9\x00\x00\x00\x02\x05zz")},
    {"float 32", B("\xca\x3f\x80\x00\x00")},
    {"float 64", B("\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00")},
    {"uint 8", B("\xcc\xff")},
    {"uint 16", B("\xcd\xff\xff")},
    {"uint 32", B("\xce\xff\xff\xff\xff")},
    {"uint 64", B("\xcf\xff\xff\xff\xff\xff\xff\xff\xff")},
    {"int 8", B("\xd0\x80")},
    {"int 16", B("\xd1\x80\x00")},
    {"int 32", B("\xd2\x80\x00\x00\x00")},
    {"int 64", B("\xd3\x80\x00\x00\x00\x00\x00\x00\x00")},
    {"fixext 1", B("\xd4\x05z")},
    {"fixext 2", B("\xd5\x05zz")},
    {"fixext 4", B("\xd6\x05zzzz")},
    {"fixext 8", B("\xd7\x05zzzzzzzz")},
    {"fixext 16", B("\xd8\x05zzzzzzzzzzzzzzzz")},
    {"str 8", B("\xd9\x02zz")},
    {"str 16", B("\xda\x00\x02zz")},
    {"str 32", B("\xdb\x00\x00\x00\x02zz")},
    {"array 16", B("\xdc\x00\x02\xc0\xcc\x01")},
    {"array 32", B("\xdd\x00\x00\x00\x02\xc0\xcc\x01")},
    {"map 16", B("\xde\x00\x01\xc0\xcc\x01")},
    {"map 32", B("\xdf\x00\x00\x00\x01\xc0\xcc\x01")},
    {"negative fixint -32", B("\xe0")},
    {"negative fixint -1", B("\xff")},
    {"nested", B("\x91\x81\x91\xc0\x91\xca\x00\x00\x00\x00")},
};
enum { VALUES = sizeof values / sizeof values[0] };

static void every_type_can_be_stepped_over(void **state)
{
    (void)state;
    for (size_t i = 0; i < VALUES; i++) {
        uint8_t bytes[64];
        struct wire_cursor c;
        memcpy(bytes, values[i].bytes, values[i].length);
        bytes[values[i].length] = 42; /* wire_skip() must stop exactly here */
        wire_cursor_init(&c, bytes, values[i].length + 1, NULL);
        wire_skip(&c);
        if (wire_read_uint(&c, 42) != 42 || wire_finish(&c, NULL) != DAQS_OK)
            fail_msg("%s: %s", values[i].name, c.problem ? c.problem : "left over");
    }
}

static void a_value_cut_anywhere_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < VALUES; i++) {
        for (size_t length = 0; length < values[i].length; length++) {
            uint8_t *bytes = exact(values[i].bytes, length);
            struct wire_cursor c;
            wire_cursor_init(&c, bytes, length, NULL);
            wire_skip(&c);
            if (wire_finish(&c, NULL) != DAQS_EFORMAT)
                fail_msg("%s cut to %zu bytes", values[i].name, length);
            free(bytes);
        }
    }
}

static void the_byte_that_msgpack_never_uses_is_refused(void **state)
{
    struct wire_cursor c;
    (void)state;
    wire_cursor_init(&c, B("\xc1"), NULL);
    wire_skip(&c);
    assert_int_equal(wire_finish(&c, NULL), DAQS_EFORMAT);
}

static void nesting_is_followed_eight_deep_and_no_deeper(void **state)
{
    static const uint8_t inner[] = {0x91, 0x81, 0xdc, 0xdd, 0xde, 0xdf};
    (void)state;
    for (int depth = 1; depth <= 12; depth++) {
        uint8_t bytes[16];
        struct wire_cursor c;
        memset(bytes, 0x91, sizeof bytes);
        bytes[depth] = 0xc0;
        wire_cursor_init(&c, bytes, (size_t)depth + 1, NULL);
        wire_skip(&c);
        if ((wire_finish(&c, NULL) == DAQS_OK) != (depth <= 8))
            fail_msg("depth %d", depth);
    }
    /* Every kind of container counts, even an empty one. */
    for (size_t i = 0; i < sizeof inner; i++) {
        uint8_t bytes[32] = {0x91, 0x91, 0x91, 0x91, 0x91, 0x91, 0x91, 0x91, inner[i]};
        struct wire_cursor c;
        wire_cursor_init(&c, bytes, sizeof bytes, NULL);
        wire_skip(&c);
        assert_non_null(c.problem);
        assert_non_null(strstr(c.problem, "nested"));
    }
}

static void a_megabyte_of_brackets_does_not_exhaust_the_stack(void **state)
{
    const size_t length = 1 << 20;
    uint8_t *bytes = malloc(length);
    struct wire_cursor c;
    (void)state;
    assert_non_null(bytes);
    memset(bytes, 0x91, length);
    wire_cursor_init(&c, bytes, length, NULL);
    wire_skip(&c);
    assert_int_equal(wire_finish(&c, NULL), DAQS_EFORMAT);
    free(bytes);
}

static const struct value huge[] = {
    {"array 32, almost everything", B("\xdd\xff\x00\x00\x00\xc0")},
    {"array 32", B("\xdd\xff\xff\xff\xff\xc0")},
    {"array 16", B("\xdc\xff\xff\xc0")},
    {"fixarray", B("\x9f\xc0")},
    {"one more than there is", B("\x92\xc0")},
    {"map 32", B("\xdf\xff\xff\xff\xff\xc0")},
    {"map 32, twice is 2^32", B("\xdf\x80\x00\x00\x00\xc0")},
    {"map 16", B("\xde\xff\xff\xc0")},
    {"fixmap, half of it", B("\x81\xc0")},
    {"str 32", B("\xdb\xff\xff\xff\xffz")},
    {"str 16", B("\xda\xff\xffz")},
    {"str 8", B("\xd9\xffz")},
    {"bin 32", B("\xc6\xff\xff\xff\xffz")},
    {"ext 32", B("\xc9\xff\xff\xff\xff\x05z")},
    {"ext 32, plus its type", B("\xc9\x00\x00\x00\x01\x05")},
};

static void counts_beyond_the_bytes_left_are_refused_without_allocating(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof huge / sizeof huge[0]; i++) {
        uint8_t *bytes = exact(huge[i].bytes, huge[i].length);
        struct daqs_arena arena;
        struct wire_cursor c;
        daqs_arena_init(&arena, SIZE_MAX);
        wire_cursor_init(&c, bytes, huge[i].length, &arena);
        wire_skip(&c);
        if (!c.problem)
            fail_msg("%s was stepped over", huge[i].name);

        wire_cursor_init(&c, bytes, huge[i].length, &arena);
        uint32_t count = wire_read_array(&c, 0, UINT32_MAX);
        assert_null(wire_read_alloc(&c, count, 1000));
        assert_int_equal(count, 0);

        wire_cursor_init(&c, bytes, huge[i].length, &arena);
        assert_string_equal(wire_read_text(&c, SIZE_MAX), "");
        assert_non_null(c.problem);
        assert_int_equal(arena.used_bytes, 0);
        assert_null(arena.chunks);
        daqs_arena_done(&arena);
        free(bytes);
    }
}

static void arrays_are_held_to_their_bounds(void **state)
{
    static const struct {
        struct value value;
        uint32_t least;
        uint32_t most;
        bool ok;
    } cases[] = {
        {{"none of none", B("\x90")}, 0, 0, true},
        {{"three", B("\x93\xc0\xc0\xc0")}, 3, 3, true},
        {{"three of four", B("\x93\xc0\xc0\xc0")}, 4, 9, false},
        {{"three of two", B("\x93\xc0\xc0\xc0")}, 0, 2, false},
        {{"a wide header", B("\xdd\x00\x00\x00\x01\xc0")}, 1, 1, true},
        {{"a map", B("\x81\xc0\xc0")}, 0, 9, false},
        {{"a text", B("\xa1x")}, 0, 9, false},
        {{"nil", B("\xc0")}, 0, 9, false},
        {{"a number", B("\x01")}, 0, 9, false},
        {{"nothing", B("")}, 0, 9, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wire_cursor c;
        wire_cursor_init(&c, cases[i].value.bytes, cases[i].value.length, NULL);
        uint32_t count = wire_read_array(&c, cases[i].least, cases[i].most);
        if (!c.problem != cases[i].ok || count > cases[i].most)
            fail_msg("%s", cases[i].value.name);
    }
}

static void numbers_are_unsigned_of_any_width_and_bounded(void **state)
{
    static const struct {
        struct value value;
        uint64_t most;
        bool ok;
        uint64_t number;
    } cases[] = {
        {{"fixint", B("\x7f")}, 127, true, 127},
        {{"uint 8", B("\xcc\x80")}, 128, true, 128},
        {{"uint 16, longer than needed", B("\xcd\x00\x01")}, 1, true, 1},
        {{"uint 32", B("\xce\x01\x02\x03\x04")}, UINT32_MAX, true, 0x01020304},
        {{"uint 64", B("\xcf\xff\xff\xff\xff\xff\xff\xff\xff")}, UINT64_MAX, true, UINT64_MAX},
        {{"just beyond", B("\x7f")}, 126, false, 0},
        {{"beyond 63 bits", B("\xcf\x80\x00\x00\x00\x00\x00\x00\x00")}, INT64_MAX, false, 0},
        {{"negative", B("\xff")}, UINT64_MAX, false, 0},
        {{"int 8, though positive", B("\xd0\x01")}, UINT64_MAX, false, 0},
        {{"int 64", B("\xd3\xff\xff\xff\xff\xff\xff\xff\xff")}, UINT64_MAX, false, 0},
        {{"float", B("\xca\x3f\x80\x00\x00")}, UINT64_MAX, false, 0},
        {{"nil", B("\xc0")}, UINT64_MAX, false, 0},
        {{"true", B("\xc3")}, UINT64_MAX, false, 0},
        {{"text", B("\xa1"
                    "1")},
         UINT64_MAX,
         false,
         0},
        {{"cut", B("\xcd\x01")}, UINT64_MAX, false, 0},
        {{"nothing", B("")}, UINT64_MAX, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wire_cursor c;
        wire_cursor_init(&c, cases[i].value.bytes, cases[i].value.length, NULL);
        uint64_t number = wire_read_uint(&c, cases[i].most);
        if (!c.problem != cases[i].ok || number != cases[i].number)
            fail_msg("%s", cases[i].value.name);
    }
}

static void nil_stands_in_only_where_it_may(void **state)
{
    struct wire_cursor c;
    (void)state;
    wire_cursor_init(&c, B("\xc0\x05\xc0\x06"), NULL);
    assert_int_equal(wire_read_uint_or_nil(&c, 9, 77), 77); /* the default 77 may exceed 'most' */
    assert_int_equal(wire_read_uint_or_nil(&c, 9, 77), 5);
    assert_true(wire_read_nil(&c));
    assert_false(wire_read_nil(&c)); /* and consumes nothing */
    assert_int_equal(wire_read_uint(&c, 9), 6);
    assert_false(wire_read_nil(&c)); /* at the end of the message */
    assert_int_equal(wire_finish(&c, NULL), DAQS_OK);
}

static void texts_are_bounded_free_of_nul_and_copied(void **state)
{
    static const struct {
        struct value value;
        size_t most;
        const char *text; /* NULL if the value is rejected */
    } cases[] = {
        {{"empty", B("\xa0")}, 0, ""},
        {{"short", B("\xa3web")}, 3, "web"},
        {{"str 8", B("\xd9\x03web")}, 255, "web"},
        {{"str 32", B("\xdb\x00\x00\x00\x03web")}, 255, "web"},
        {{"too long by one", B("\xa3web")}, 2, NULL},
        {{"NUL within", B("\xa3w\0b")}, 9, NULL},
        {{"NUL at the end", B("\xa3we\0")}, 9, NULL},
        {{"binary", B("\xc4\x03web")}, 9, NULL},
        {{"number", B("\x03")}, 9, NULL},
        {{"nil", B("\xc0")}, 9, NULL},
        {{"cut", B("\xa3we")}, 9, NULL},
        {{"nothing", B("")}, 9, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t *bytes = exact(cases[i].value.bytes, cases[i].value.length);
        struct daqs_arena arena;
        struct wire_cursor c;
        daqs_arena_init(&arena, 1000);
        wire_cursor_init(&c, bytes, cases[i].value.length, &arena);
        const char *text = wire_read_text(&c, cases[i].most);
        bool ok = wire_finish(&c, NULL) == DAQS_OK;
        free(bytes);
        if (ok != (cases[i].text != NULL) || strcmp(text, ok ? cases[i].text : "") != 0)
            fail_msg("%s: '%s'", cases[i].value.name, text);
        daqs_arena_done(&arena);
    }
}

static void binary_has_just_the_length_asked_for(void **state)
{
    static const struct {
        struct value value;
        bool ok;
    } cases[] = {
        {{"right", B("\xc4\x03\x01\x02\x03")}, true},
        {{"short", B("\xc4\x02\x01\x02\x03")}, false},
        {{"long", B("\xc4\x04\x01\x02\x03\x04")}, false},
        {{"cut", B("\xc4\x03\x01\x02")}, false},
        {{"no length", B("\xc4")}, false},
        {{"a text", B("\xa3xyz")}, false},
        {{"nothing", B("")}, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t *bytes = exact(cases[i].value.bytes, cases[i].value.length);
        uint8_t ret[3] = {9, 9, 9};
        struct wire_cursor c;
        wire_cursor_init(&c, bytes, cases[i].value.length, NULL);
        wire_read_bytes(&c, ret, sizeof ret);
        if (!c.problem != cases[i].ok || ret[0] != (cases[i].ok ? 1 : 0))
            fail_msg("%s", cases[i].value.name);
        free(bytes);
    }
}

static void bytes_may_be_none_where_that_is_allowed(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
        bool ok;
        uint8_t first;
    } cases[] = {
        {"\xc4\x03\x01\x02\x03", 5, true, 1},
        {"\xc4\x00", 2, true, 0},
        {"\xc4\x02\x01\x02", 4, false, 0},
        {"\xc4\x03\x01\x02", 4, false, 0},
        {"\xc4", 1, false, 0},
        {"\xa0\x00", 2, false, 0},
        {"\xc0\x00", 2, false, 0},
        {"", 0, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t ret[3] = {9, 9, 9};
        struct wire_cursor c;
        wire_cursor_init(&c, cases[i].bytes, cases[i].length, NULL);
        wire_read_bytes_or_none(&c, ret, sizeof ret);
        if (!c.problem != cases[i].ok || ret[0] != cases[i].first)
            fail_msg("case %zu", i);
    }
}

static void the_arenas_limit_is_an_error_and_not_a_crash(void **state)
{
    struct daqs_arena arena;
    struct wire_cursor c;
    (void)state;
    daqs_arena_init(&arena, 32);
    wire_cursor_init(&c, B("\xa3web\xd9\x28 and a text that is longer than 32 bytes"), &arena);
    assert_string_equal(wire_read_text(&c, 255), "web");
    assert_string_equal(wire_read_text(&c, 255), "");
    assert_non_null(strstr(c.problem, "memory"));
    wire_cursor_init(&c, B("\xc0"), &arena);
    assert_null(wire_read_alloc(&c, UINT32_MAX, SIZE_MAX / 2));
    assert_non_null(c.problem);
    assert_true(arena.used_bytes <= 32);
    daqs_arena_done(&arena);
}

static void after_an_error_everything_reads_as_nothing(void **state)
{
    struct daqs_arena arena;
    struct daqs_error err = {0};
    struct wire_cursor c;
    uint8_t bytes[2] = {9, 9};
    (void)state;
    daqs_arena_init(&arena, 1000);
    wire_cursor_init(&c, B("\x01\x02\x03\xa3web\x91\xc0\xc0"), &arena);
    wire_reject(&c, "the first problem");
    wire_reject(&c, "the second problem");
    assert_int_equal(wire_read_uint(&c, 9), 0);
    assert_int_equal(wire_read_uint_or_nil(&c, 9, 77), 0);
    assert_int_equal(wire_read_array(&c, 0, 9), 0);
    assert_string_equal(wire_read_text(&c, 9), "");
    assert_null(wire_read_alloc(&c, 1, 1));
    assert_false(wire_read_nil(&c));
    wire_read_bytes(&c, bytes, 2);
    assert_int_equal(bytes[0] | bytes[1], 0);
    wire_skip(&c);
    wire_skip_rest(&c, 9, 0);
    assert_int_equal(wire_finish(&c, &err), DAQS_EFORMAT);
    assert_string_equal(err.text, "message refused: the first problem");
    daqs_arena_done(&arena);
}

static void bytes_after_the_end_are_an_error(void **state)
{
    struct daqs_error err = {0};
    struct wire_cursor c;
    (void)state;
    wire_cursor_init(&c, B("\x01\x02"), NULL);
    assert_int_equal(wire_read_uint(&c, 9), 1);
    assert_int_equal(wire_finish(&c, &err), DAQS_EFORMAT);
    assert_non_null(strstr(err.text, "after its end"));
}

static void elements_appended_by_a_newer_peer_are_skipped(void **state)
{
    struct wire_cursor c;
    (void)state;
    wire_cursor_init(&c, B("\x94\x01\x82\xc0\xc3\xa1x\x91\xc0\xca\x00\x00\x00\x00\xc4\x01z\x07"),
                     NULL);
    uint32_t count = wire_read_array(&c, 1, 9);
    assert_int_equal(wire_read_uint(&c, 9), 1);
    wire_skip_rest(&c, count, 1);
    assert_int_equal(wire_read_uint(&c, 9), 7);
    assert_int_equal(wire_finish(&c, NULL), DAQS_OK);
    wire_skip_rest(&c, 2, 3); /* fewer than known, so nothing is skipped */
    assert_int_equal(wire_finish(&c, NULL), DAQS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_can_be_stepped_over),
        cmocka_unit_test(a_value_cut_anywhere_is_refused),
        cmocka_unit_test(the_byte_that_msgpack_never_uses_is_refused),
        cmocka_unit_test(nesting_is_followed_eight_deep_and_no_deeper),
        cmocka_unit_test(a_megabyte_of_brackets_does_not_exhaust_the_stack),
        cmocka_unit_test(counts_beyond_the_bytes_left_are_refused_without_allocating),
        cmocka_unit_test(arrays_are_held_to_their_bounds),
        cmocka_unit_test(numbers_are_unsigned_of_any_width_and_bounded),
        cmocka_unit_test(nil_stands_in_only_where_it_may),
        cmocka_unit_test(texts_are_bounded_free_of_nul_and_copied),
        cmocka_unit_test(binary_has_just_the_length_asked_for),
        cmocka_unit_test(bytes_may_be_none_where_that_is_allowed),
        cmocka_unit_test(the_arenas_limit_is_an_error_and_not_a_crash),
        cmocka_unit_test(after_an_error_everything_reads_as_nothing),
        cmocka_unit_test(bytes_after_the_end_are_an_error),
        cmocka_unit_test(elements_appended_by_a_newer_peer_are_skipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
