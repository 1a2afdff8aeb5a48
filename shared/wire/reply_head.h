/* SPDX-License-Identifier: Apache-2.0 */
/* reply_head - changes what stands around the table of an encoded reply, without decoding its
 * cells: a member of a group passes parts of others' answers on under tokens of its own. */
#ifndef DAQS_WIRE_REPLY_HEAD_H
#define DAQS_WIRE_REPLY_HEAD_H

#include "shared/wire/admin.h"

struct wire_reply_head {
    /* Without its table. */
    struct wire_reply reply;
    size_t rows;
    const uint8_t *table; /* the columns and the cells as they are encoded */
    size_t table_length;
};

/* Reads an encoded reply; *ret points into 'bytes' and the arena. Errors as wire_decode_reply. The
 * kinds of the cells are not checked: the client does. */
int wire_read_reply_head(const void *bytes, size_t length, struct daqs_arena *arena,
                         struct wire_reply_head *ret, struct daqs_error *err);

/* Encodes it again; as wire_encode_reply. */
int wire_write_reply_head(const struct wire_reply_head *head, uint8_t **ret_bytes,
                          size_t *ret_length);

#endif
