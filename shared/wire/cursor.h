/* SPDX-License-Identifier: Apache-2.0 */
/* cursor - reads msgpack from untrusted bytes.
 *
 * Every count is checked against the bytes that are left before anything is allocated or iterated
 * over. The first error is kept: later reads return zeros, so decoders read straight through and
 * check once at the end. Format: https://github.com/msgpack/msgpack/blob/master/spec.md */
#ifndef DAQS_WIRE_CURSOR_H
#define DAQS_WIRE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/arena.h"
#include "shared/base/error.h"

struct wire_cursor {
    const uint8_t *at;
    const uint8_t *end;
    struct daqs_arena *arena; /* for texts and arrays; may be NULL if none are read */
    const char *problem;      /* the first error, NULL if none */
};

void wire_cursor_init(struct wire_cursor *c, const void *bytes, size_t length,
                      struct daqs_arena *arena);

/* Reads the header of an array of 'least' to 'most' elements and returns their number. Every
 * element takes at least one byte, so a number above the bytes that are left is an error. */
uint32_t wire_read_array(struct wire_cursor *c, uint32_t least, uint32_t most);

/* Reads an unsigned integer of at most 'most'. */
uint64_t wire_read_uint(struct wire_cursor *c, uint64_t most);

/* Like wire_read_uint, but returns 'if_nil' for nil. */
uint64_t wire_read_uint_or_nil(struct wire_cursor *c, uint64_t most, uint64_t if_nil);

/* Returns true and consumes the next value if it is nil. */
bool wire_read_nil(struct wire_cursor *c);

/* Reads a text of at most 'most' bytes without NUL. Returns a NUL-terminated copy in the arena; ""
 * on error. */
const char *wire_read_text(struct wire_cursor *c, size_t most);

/* Reads exactly 'length' bytes of binary. */
void wire_read_bytes(struct wire_cursor *c, uint8_t *ret, size_t length);

/* Like wire_read_bytes, but also accepts binary of no bytes, and then stores zeros. */
void wire_read_bytes_or_none(struct wire_cursor *c, uint8_t *ret, size_t length);

/* Reads binary of at most 'most' bytes. Returns a pointer into the message, and its length; NULL
 * and 0 on error. */
const uint8_t *wire_read_binary(struct wire_cursor *c, size_t most, size_t *ret_length);

/* Allocates count items of size bytes in the arena. Returns NULL (and records an error) if there is
 * no room. */
void *wire_read_alloc(struct wire_cursor *c, uint32_t count, size_t size);

/* Skips one value of any type, nested at most 8 deep. */
void wire_skip(struct wire_cursor *c);

/* Skips what a newer peer appended to an array of 'count' elements, of which 'known' were read. */
void wire_skip_rest(struct wire_cursor *c, uint32_t count, uint32_t known);

/* Marks the message as invalid, for reasons that only the caller can know. */
void wire_reject(struct wire_cursor *c, const char *problem);

/* Returns DAQS_OK if there was no error and no byte is left over, otherwise DAQS_EFORMAT with the
 * reason. */
int wire_finish(const struct wire_cursor *c, struct daqs_error *err);

#endif
