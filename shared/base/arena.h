/* arena - memory that is all freed at once, with a ceiling: for what one message decodes to. */
#ifndef DAQS_BASE_ARENA_H
#define DAQS_BASE_ARENA_H

#include <stddef.h>

struct daqs_arena_chunk;

struct daqs_arena {
    struct daqs_arena_chunk *chunks;
    size_t used_bytes;  /* handed out since the last reset */
    size_t limit_bytes; /* never hands out more */
};

void daqs_arena_init(struct daqs_arena *arena, size_t limit_bytes);

/* Frees everything handed out. The arena can be used again after another init. */
void daqs_arena_done(struct daqs_arena *arena);

/* Takes everything back but keeps one chunk, so that steady use does not call malloc. */
void daqs_arena_reset(struct daqs_arena *arena);

/* count zeroed items of size bytes, aligned for any type; NULL if memory or the limit ran
 * out. Asking for no bytes returns a pointer that must not be read through. */
void *daqs_arena_alloc(struct daqs_arena *arena, size_t count, size_t size);

/* A NUL-terminated copy of length bytes; NULL as above. */
char *daqs_arena_text(struct daqs_arena *arena, const char *bytes, size_t length);

#endif
