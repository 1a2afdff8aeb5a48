/* SPDX-License-Identifier: Apache-2.0 */
/* arena - allocator with a size limit that frees everything at once. It holds what one message
 * decodes to. */
#ifndef DAQS_BASE_ARENA_H
#define DAQS_BASE_ARENA_H

#include <stddef.h>

struct daqs_arena_chunk;

struct daqs_arena {
    struct daqs_arena_chunk *chunks;
    size_t used_bytes;  /* handed out since the last reset */
    size_t limit_bytes; /* upper bound of used_bytes */
};

void daqs_arena_init(struct daqs_arena *arena, size_t limit_bytes);

/* Frees all memory of the arena. The arena can be used again after another daqs_arena_init. */
void daqs_arena_done(struct daqs_arena *arena);

/* Releases everything that was handed out but keeps one chunk, so that steady use does not call
 * malloc. */
void daqs_arena_reset(struct daqs_arena *arena);

/* Returns count zeroed items of size bytes, aligned for any type; NULL if memory or the limit is
 * exhausted. A request for no bytes returns a pointer that must not be dereferenced. */
void *daqs_arena_alloc(struct daqs_arena *arena, size_t count, size_t size);

/* Returns a NUL-terminated copy of length bytes; NULL as above. */
char *daqs_arena_text(struct daqs_arena *arena, const char *bytes, size_t length);

#endif
