/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/wire/cursor.h"

#include <endian.h>
#include <string.h>

enum { MAX_DEPTH = 8 };

void wire_cursor_init(struct wire_cursor *c, const void *bytes, size_t length,
                      struct daqs_arena *arena)
{
    c->at = bytes;
    c->end = c->at + length;
    c->arena = arena;
    c->problem = NULL;
}

void wire_reject(struct wire_cursor *c, const char *problem)
{
    if (!c->problem)
        c->problem = problem;
    c->at = c->end;
}

static size_t left(const struct wire_cursor *c)
{
    return (size_t)(c->end - c->at);
}

/* Returns the next type byte; 0xc1, which msgpack never uses, at the end or after an error. */
static uint8_t next_type(struct wire_cursor *c)
{
    if (left(c) == 0) {
        wire_reject(c, "it ends too early");
        return 0xc1;
    }
    return *c->at++;
}

static uint64_t read_32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return be32toh(value);
}

/* Reads a big-endian number of 1, 2, 4 or 8 bytes. */
static uint64_t next_number(struct wire_cursor *c, size_t bytes)
{
    if (left(c) < bytes) {
        wire_reject(c, "it ends too early");
        return 0;
    }
    const uint8_t *at = c->at;
    c->at += bytes;
    if (bytes == 1)
        return at[0];
    if (bytes == 2)
        return (uint64_t)at[0] << 8 | at[1];
    return bytes == 4 ? read_32(at) : read_32(at) << 32 | read_32(at + 4);
}

uint32_t wire_read_array(struct wire_cursor *c, uint32_t least, uint32_t most)
{
    uint8_t type = next_type(c);
    uint64_t count = 0;
    if ((type & 0xf0) == 0x90)
        count = type & 0x0f;
    else if (type == 0xdc)
        count = next_number(c, 2);
    else if (type == 0xdd)
        count = next_number(c, 4);
    else
        wire_reject(c, "an array was expected");
    if (count > left(c))
        wire_reject(c, "an array is longer than the message");
    else if (count < least || count > most)
        wire_reject(c, "an array has the wrong number of elements");
    return c->problem ? 0 : (uint32_t)count;
}

static uint64_t uint_of_type(struct wire_cursor *c, uint8_t type, uint64_t most)
{
    uint64_t value = 0;
    if (type < 0x80)
        value = type;
    else if (type >= 0xcc && type <= 0xcf)
        value = next_number(c, (size_t)1 << (type - 0xcc));
    else
        wire_reject(c, "an unsigned number was expected");
    if (value > most)
        wire_reject(c, "a number is out of range");
    return c->problem ? 0 : value;
}

/* The first branch is a fast path: half of all numbers in reports have one byte. */
uint64_t wire_read_uint(struct wire_cursor *c, uint64_t most)
{
    if (left(c) > 0 && *c->at < 0x80 && *c->at <= most)
        return *c->at++;
    return uint_of_type(c, next_type(c), most);
}

bool wire_read_nil(struct wire_cursor *c)
{
    if (left(c) == 0 || *c->at != 0xc0)
        return false;
    c->at++;
    return true;
}

uint64_t wire_read_uint_or_nil(struct wire_cursor *c, uint64_t most, uint64_t if_nil)
{
    return wire_read_nil(c) ? if_nil : wire_read_uint(c, most);
}

const char *wire_read_text(struct wire_cursor *c, size_t most)
{
    uint8_t type = next_type(c);
    uint64_t length = 0;
    if ((type & 0xe0) == 0xa0)
        length = type & 0x1f;
    else if (type >= 0xd9 && type <= 0xdb)
        length = next_number(c, (size_t)1 << (type - 0xd9));
    else
        wire_reject(c, "a text was expected");
    if (length > left(c) || length > most)
        wire_reject(c, "a text is too long");
    if (c->problem)
        return "";
    if (memchr(c->at, '\0', (size_t)length)) {
        wire_reject(c, "a text contains a NUL");
        return "";
    }
    const char *text = daqs_arena_text(c->arena, (const char *)c->at, (size_t)length);
    if (!text) {
        wire_reject(c, "it needs more memory than allowed");
        return "";
    }
    c->at += length;
    return text;
}

static void read_binary(struct wire_cursor *c, uint8_t *ret, size_t length, bool may_be_none)
{
    memset(ret, 0, length);
    const bool binary = next_type(c) == 0xc4;
    const uint64_t given = next_number(c, 1);
    if (binary && given == 0 && may_be_none && !c->problem)
        return;
    if (!binary || given != length || left(c) < length) {
        wire_reject(c, "binary of another length was expected");
        return;
    }
    memcpy(ret, c->at, length);
    c->at += length;
}

void wire_read_bytes(struct wire_cursor *c, uint8_t *ret, size_t length)
{
    read_binary(c, ret, length, false);
}

void wire_read_bytes_or_none(struct wire_cursor *c, uint8_t *ret, size_t length)
{
    read_binary(c, ret, length, true);
}

const uint8_t *wire_read_binary(struct wire_cursor *c, size_t most, size_t *ret_length)
{
    const uint8_t type = next_type(c);
    uint64_t length = 0;
    *ret_length = 0;
    if (type >= 0xc4 && type <= 0xc6)
        length = next_number(c, (size_t)1 << (type - 0xc4));
    else
        wire_reject(c, "binary was expected");
    if (length > left(c) || length > most)
        wire_reject(c, "binary is too long");
    if (c->problem)
        return NULL;
    const uint8_t *bytes = c->at;
    c->at += length;
    *ret_length = (size_t)length;
    return bytes;
}

void *wire_read_alloc(struct wire_cursor *c, uint32_t count, size_t size)
{
    void *memory = c->problem ? NULL : daqs_arena_alloc(c->arena, count, size);
    if (!memory)
        wire_reject(c, "it needs more memory than allowed");
    return memory;
}

static void skip_bytes(struct wire_cursor *c, uint64_t length)
{
    if (length > left(c))
        wire_reject(c, "it ends too early");
    else
        c->at += length;
}

static void skip_nested(struct wire_cursor *c, int depth);

static void skip_many(struct wire_cursor *c, uint64_t count, int depth)
{
    if (depth >= MAX_DEPTH)
        wire_reject(c, "it is nested too deeply");
    else if (count > left(c))
        wire_reject(c, "an array is longer than the message");
    for (uint64_t i = 0; i < count && !c->problem; i++)
        skip_nested(c, depth + 1);
}

static void skip_nested(struct wire_cursor *c, int depth)
{
    uint8_t type = next_type(c);
    if (type < 0x80 || type >= 0xe0 || type == 0xc0 || type == 0xc2 || type == 0xc3)
        return;
    if (type < 0x90)
        skip_many(c, (type & 0x0fU) * 2U, depth);
    else if (type < 0xa0)
        skip_many(c, type & 0x0fU, depth);
    else if (type < 0xc0)
        skip_bytes(c, type & 0x1fU);
    else if (type >= 0xc4 && type <= 0xc6) /* binary */
        skip_bytes(c, next_number(c, (size_t)1 << (type - 0xc4)));
    else if (type >= 0xc7 && type <= 0xc9) /* extensions, with their type byte */
        skip_bytes(c, next_number(c, (size_t)1 << (type - 0xc7)) + 1);
    else if (type == 0xca || type == 0xcb) /* floats */
        skip_bytes(c, type == 0xca ? 4 : 8);
    else if (type >= 0xcc && type <= 0xd3) /* unsigned, signed */
        skip_bytes(c, UINT64_C(1) << ((type - 0xcc) & 3));
    else if (type >= 0xd4 && type <= 0xd8) /* fixed extensions */
        skip_bytes(c, (UINT64_C(1) << (type - 0xd4)) + 1);
    else if (type >= 0xd9 && type <= 0xdb) /* texts */
        skip_bytes(c, next_number(c, (size_t)1 << (type - 0xd9)));
    else if (type == 0xdc || type == 0xdd) /* arrays */
        skip_many(c, next_number(c, type == 0xdc ? 2 : 4), depth);
    else if (type == 0xde || type == 0xdf) /* maps */
        skip_many(c, next_number(c, type == 0xde ? 2 : 4) * 2, depth);
    else
        wire_reject(c, "it is not msgpack");
}

void wire_skip(struct wire_cursor *c)
{
    skip_nested(c, 0);
}

void wire_skip_rest(struct wire_cursor *c, uint32_t count, uint32_t known)
{
    for (uint32_t i = known; i < count && !c->problem; i++)
        wire_skip(c);
}

int wire_finish(const struct wire_cursor *c, struct daqs_error *err)
{
    if (c->problem)
        return daqs_fail(err, DAQS_EFORMAT, "message refused: %s", c->problem);
    if (c->at != c->end)
        return daqs_fail(err, DAQS_EFORMAT, "message refused: bytes after its end");
    return DAQS_OK;
}
