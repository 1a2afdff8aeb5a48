/* SPDX-License-Identifier: Apache-2.0 */
/* Replies of the controller to clients. */
#include "shared/wire/reply_head.h"
#include "tests/fuzz/wire_check.h"

enum { ARENA_BYTES = 4 * 1024 * 1024 };

static void check_reply(const struct wire_reply *r)
{
    const struct daqs_table *table = &r->table;
    FUZZ_CHECK(r->code <= 0 && *daqs_strerror(r->code) != '\0');
    FUZZ_CHECK(strlen(r->text) <= WIRE_TEXT_BYTES && strlen(r->token) <= WIRE_FIELD_BYTES);
    FUZZ_CHECK(r->has_table == (table->columns > 0));
    FUZZ_CHECK(r->missing <= WIRE_MISSING_MAX);
    for (uint32_t i = 0; i < r->missing; i++)
        FUZZ_CHECK(strlen(r->missing_member[i].member) <= WIRE_FIELD_BYTES);
    FUZZ_CHECK(table->columns <= DAQS_TABLE_COLUMNS_MAX);
    FUZZ_CHECK(table->columns ? table->cells % table->columns == 0 : table->cells == 0);
    for (size_t i = 0; i < table->columns; i++)
        FUZZ_CHECK(table->column[i].name && table->column[i].kind <= DAQS_COLUMN_PPM);
    for (size_t i = 0; i < table->cells; i++) {
        const struct daqs_cell *cell = &table->cell[i];
        bool text = table->column[i % table->columns].kind == DAQS_COLUMN_TEXT;
        FUZZ_CHECK((cell->text != NULL) == (text && !cell->empty));
        FUZZ_CHECK(!cell->text || strlen(cell->text) <= WIRE_TEXT_BYTES);
    }
}

/* What is decoded can also be passed on, and is then the same; what is passed on stays readable. */
static void check_head(const uint8_t *bytes, size_t length, bool decoded, struct daqs_arena *arena)
{
    struct wire_reply_head head;
    uint8_t *copy = NULL;
    size_t copy_length = 0;
    const int result = wire_read_reply_head(bytes, length, arena, &head, NULL);
    FUZZ_CHECK(result == DAQS_OK || !decoded);
    if (result != DAQS_OK)
        return;
    FUZZ_CHECK(head.table >= bytes && head.table + head.table_length <= bytes + length);
    FUZZ_CHECK(wire_write_reply_head(&head, &copy, &copy_length) == DAQS_OK);
    FUZZ_CHECK(wire_read_reply_head(copy, copy_length, arena, &head, NULL) == DAQS_OK);
    free(copy);
}

static void run(const uint8_t *bytes, size_t length)
{
    struct daqs_arena arena;
    struct wire_reply reply;
    struct wire_reply again;
    uint8_t *first = NULL;
    uint8_t *second = NULL;
    size_t first_length = 0;
    size_t second_length = 0;
    daqs_arena_init(&arena, ARENA_BYTES);
    int result = wire_decode_reply(bytes, length, &arena, &reply, NULL);
    fuzz_decoded();
    if (result == DAQS_OK) {
        check_reply(&reply);
        FUZZ_CHECK(wire_encode_reply(&reply, &first, &first_length) == DAQS_OK);
        FUZZ_CHECK(wire_decode_reply(first, first_length, &arena, &again, NULL) == DAQS_OK);
        FUZZ_CHECK(wire_encode_reply(&again, &second, &second_length) == DAQS_OK);
        FUZZ_CHECK(first_length == second_length && memcmp(first, second, first_length) == 0);
    }
    free(first);
    free(second);
    check_head(bytes, length, result == DAQS_OK, &arena);
    daqs_arena_done(&arena);
}

/* Two chunks of an arena, and 24 and 16 bytes for a cell with an empty text, which is one byte of
 * input. */
const struct fuzz_target fuzz_target = {
    .run = run, .most_bytes = 4096, .fixed_bytes = 34 * 1024, .times_length = 40};
