/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "shared/base/arena.h"

static void memory_is_zeroed_aligned_and_apart(void **state)
{
    struct daqs_arena arena;
    unsigned char *piece[300];
    (void)state;
    daqs_arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < 300; i++) {
        piece[i] = daqs_arena_alloc(&arena, i + 1, 1);
        assert_non_null(piece[i]);
        assert_int_equal((uintptr_t)piece[i] % alignof(max_align_t), 0);
        for (size_t k = 0; k <= i; k++)
            assert_int_equal(piece[i][k], 0);
        memset(piece[i], (int)i, i + 1);
    }
    for (size_t i = 0; i < 300; i++) /* no allocation overlaps another */
        for (size_t k = 0; k <= i; k++)
            assert_int_equal(piece[i][k], i % 256);
    daqs_arena_done(&arena);
}

static void no_more_than_the_limit_is_handed_out(void **state)
{
    struct daqs_arena arena;
    size_t got = 0;
    (void)state;
    daqs_arena_init(&arena, 1000);
    while (daqs_arena_alloc(&arena, 1, 48))
        got += 48;
    assert_true(got > 900 && got <= 1000);
    assert_true(arena.used_bytes <= 1000);
    assert_null(daqs_arena_alloc(&arena, 1, 48));
    daqs_arena_done(&arena);
}

static void one_piece_may_take_the_whole_limit_but_not_a_byte_more(void **state)
{
    struct daqs_arena arena;
    const size_t limit = 64 * 1024; /* more than a chunk */
    (void)state;
    daqs_arena_init(&arena, limit);
    assert_null(daqs_arena_alloc(&arena, limit + 1, 1));
    assert_int_equal(arena.used_bytes, 0);
    unsigned char *all = daqs_arena_alloc(&arena, limit, 1);
    assert_non_null(all);
    memset(all, 0xff, limit);
    assert_null(daqs_arena_alloc(&arena, 1, 1));
    daqs_arena_done(&arena);
}

static void sizes_that_overflow_are_refused(void **state)
{
    static const struct {
        size_t count;
        size_t size;
    } cases[] = {
        {SIZE_MAX, 1},         {1, SIZE_MAX},           {SIZE_MAX, SIZE_MAX},
        {SIZE_MAX / 2 + 2, 2}, {SIZE_MAX / 16 + 1, 16}, {(size_t)1 << 32, (size_t)1 << 32},
        {SIZE_MAX - 15, 1},    {SIZE_MAX - 7, 1},
    };
    struct daqs_arena arena;
    (void)state;
    daqs_arena_init(&arena, SIZE_MAX);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (daqs_arena_alloc(&arena, cases[i].count, cases[i].size))
            fail_msg("case %zu was given memory", i);
    assert_int_equal(arena.used_bytes, 0);
    assert_non_null(daqs_arena_alloc(&arena, 1, 1)); /* a failed allocation changes nothing */
    daqs_arena_done(&arena);
}

static void nothing_asked_is_not_a_failure(void **state)
{
    struct daqs_arena arena;
    (void)state;
    daqs_arena_init(&arena, 100);
    assert_non_null(daqs_arena_alloc(&arena, 0, 100));
    assert_non_null(daqs_arena_alloc(&arena, 100, 0));
    assert_int_equal(arena.used_bytes, 0);
    daqs_arena_done(&arena);
}

static void texts_are_copied_and_terminated(void **state)
{
    struct daqs_arena arena;
    char source[] = {'a', 'b', 'c'}; /* no terminator */
    (void)state;
    daqs_arena_init(&arena, 100);
    char *copy = daqs_arena_text(&arena, source, sizeof source);
    source[0] = 'X';
    assert_string_equal(copy, "abc");
    assert_string_equal(daqs_arena_text(&arena, source, 0), "");
    assert_null(daqs_arena_text(&arena, source, 1000));
    daqs_arena_done(&arena);
}

static void a_reset_gives_the_whole_limit_back_zeroed(void **state)
{
    struct daqs_arena arena;
    (void)state;
    daqs_arena_init(&arena, 100 * 1024);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 10; i++) {
            unsigned char *piece = daqs_arena_alloc(&arena, 10 * 1024, 1);
            assert_non_null(piece);
            for (size_t k = 0; k < 10 * 1024; k++)
                assert_int_equal(piece[k], 0);
            memset(piece, 0xff, 10 * 1024);
        }
        assert_null(daqs_arena_alloc(&arena, 10 * 1024, 1));
        daqs_arena_reset(&arena);
        assert_int_equal(arena.used_bytes, 0);
    }
    daqs_arena_done(&arena);
}

static void steady_use_keeps_its_memory(void **state)
{
    struct daqs_arena arena;
    (void)state;
    daqs_arena_init(&arena, 100 * 1024);
    const void *first = daqs_arena_alloc(&arena, 1000, 1);
    daqs_arena_reset(&arena);
    assert_ptr_equal(daqs_arena_alloc(&arena, 1000, 1), first);
    daqs_arena_done(&arena);
}

static void done_twice_or_unused_is_harmless(void **state)
{
    struct daqs_arena arena;
    (void)state;
    daqs_arena_init(&arena, 100);
    daqs_arena_reset(&arena);
    daqs_arena_done(&arena);
    daqs_arena_done(&arena);
    assert_null(daqs_arena_alloc(&arena, 1, 1)); /* an arena is unusable until the next init */
    daqs_arena_init(&arena, 100);
    assert_non_null(daqs_arena_alloc(&arena, 1, 1));
    daqs_arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
        cmocka_unit_test(no_more_than_the_limit_is_handed_out),
        cmocka_unit_test(one_piece_may_take_the_whole_limit_but_not_a_byte_more),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(nothing_asked_is_not_a_failure),
        cmocka_unit_test(texts_are_copied_and_terminated),
        cmocka_unit_test(a_reset_gives_the_whole_limit_back_zeroed),
        cmocka_unit_test(steady_use_keeps_its_memory),
        cmocka_unit_test(done_twice_or_unused_is_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
