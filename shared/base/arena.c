/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 16 * 1024 };

struct daqs_arena_chunk {
    struct daqs_arena_chunk *next;
    size_t size;
    size_t used;
    alignas(max_align_t) unsigned char bytes[];
};

void daqs_arena_init(struct daqs_arena *arena, size_t limit_bytes)
{
    *arena = (struct daqs_arena){.limit_bytes = limit_bytes};
}

static void free_chunks(struct daqs_arena_chunk *chunk)
{
    while (chunk) {
        struct daqs_arena_chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
}

void daqs_arena_done(struct daqs_arena *arena)
{
    free_chunks(arena->chunks);
    *arena = (struct daqs_arena){0};
}

void daqs_arena_reset(struct daqs_arena *arena)
{
    arena->used_bytes = 0;
    if (!arena->chunks)
        return;
    free_chunks(arena->chunks->next);
    arena->chunks->next = NULL;
    arena->chunks->used = 0;
}

static struct daqs_arena_chunk *chunk_that_fits(struct daqs_arena *arena, size_t bytes)
{
    struct daqs_arena_chunk *chunk = arena->chunks;
    if (chunk && chunk->size - chunk->used >= bytes)
        return chunk;
    size_t size = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
    chunk = malloc(sizeof *chunk + size);
    if (!chunk)
        return NULL;
    chunk->size = size;
    chunk->used = 0;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    return chunk;
}

void *daqs_arena_alloc(struct daqs_arena *arena, size_t count, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size > 0 && count > (SIZE_MAX - align) / size)
        return NULL;
    size_t bytes = (count * size + align - 1) / align * align;
    if (bytes > arena->limit_bytes - arena->used_bytes)
        return NULL;
    struct daqs_arena_chunk *chunk = chunk_that_fits(arena, bytes);
    if (!chunk)
        return NULL;
    void *p = chunk->bytes + chunk->used;
    chunk->used += bytes;
    arena->used_bytes += bytes;
    memset(p, 0, bytes);
    return p;
}

char *daqs_arena_text(struct daqs_arena *arena, const char *bytes, size_t length)
{
    char *copy = daqs_arena_alloc(arena, length + 1, 1);
    if (copy)
        memcpy(copy, bytes, length);
    return copy;
}
