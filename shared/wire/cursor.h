/* cursor - read msgpack from bytes that nobody vouches for.
 *
 * Every count is checked against the bytes that are left before anything is allocated or
 * looped over. The first error sticks: later reads return zeros, so decoders read straight
 * through and check once at the end. Format: https://github.com/msgpack/msgpack/blob/master/spec.md
 */
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
    const char *problem;      /* first thing that was wrong, NULL if none */
};

void wire_cursor_init(struct wire_cursor *c, const void *bytes, size_t length,
                      struct daqs_arena *arena);

/* An array header of 'least' to 'most' elements; returns the count. Every element takes a
 * byte at least, so a count beyond the bytes left is an error. */
uint32_t wire_read_array(struct wire_cursor *c, uint32_t least, uint32_t most);

/* An unsigned integer up to 'most'. */
uint64_t wire_read_uint(struct wire_cursor *c, uint64_t most);

/* Nil gives 'if_nil', otherwise as wire_read_uint. */
uint64_t wire_read_uint_or_nil(struct wire_cursor *c, uint64_t most, uint64_t if_nil);

/* True and consumed if the next value is nil. */
bool wire_read_nil(struct wire_cursor *c);

/* A text of at most 'most' bytes without NUL, as a NUL-terminated copy in the arena; "" on
 * error. */
const char *wire_read_text(struct wire_cursor *c, size_t most);

/* Exactly 'length' bytes of binary. */
void wire_read_bytes(struct wire_cursor *c, uint8_t *ret, size_t length);

/* count items of size bytes from the arena; NULL (and an error) if there is no room. */
void *wire_read_alloc(struct wire_cursor *c, uint32_t count, size_t size);

/* Steps over one value of any type, nested at most 8 deep. */
void wire_skip(struct wire_cursor *c);

/* Steps over what a newer peer appended to an array of which 'known' elements were read. */
void wire_skip_rest(struct wire_cursor *c, uint32_t count, uint32_t known);

/* Marks the message as wrong, for reasons only the caller can know. */
void wire_reject(struct wire_cursor *c, const char *problem);

/* DAQS_OK if all was well and no byte is left over, else DAQS_EFORMAT with the reason. */
int wire_finish(const struct wire_cursor *c, struct daqs_error *err);

#endif
