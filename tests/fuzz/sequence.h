/* SPDX-License-Identifier: Apache-2.0 */
/* sequence - an input that consists of several messages, each after two bytes with its length (the
 * lower byte first). The last message may be shorter. */
#ifndef DAQS_TESTS_FUZZ_SEQUENCE_H
#define DAQS_TESTS_FUZZ_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sequence {
    const uint8_t *at;
    size_t left;
};

/* Returns false if there are no more messages. */
static inline bool sequence_next(struct sequence *s, const uint8_t **ret_bytes, size_t *ret_length)
{
    if (s->left < 2)
        return false;
    size_t length = s->at[0] | (size_t)s->at[1] << 8;
    s->at += 2;
    s->left -= 2;
    length = length < s->left ? length : s->left;
    *ret_bytes = s->at;
    *ret_length = length;
    s->at += length;
    s->left -= length;
    return true;
}

#endif
