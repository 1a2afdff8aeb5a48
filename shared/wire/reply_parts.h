/* SPDX-License-Identifier: Apache-2.0 */
/* reply_parts - parts of replies that two encoders share. */
#ifndef DAQS_WIRE_REPLY_PARTS_H
#define DAQS_WIRE_REPLY_PARTS_H

#include "shared/wire/admin.h"
#include "shared/wire/cursor.h"
#include "shared/wire/pack.h"

/* Older peers send one element less; newer ones append up to WIRE_REPLY_MORE. */
enum { WIRE_REPLY_ELEMENTS = 8, WIRE_REPLY_MORE = 16 };

/* The elements before the table, with the start of the message when they are packed, and after the
 * protocol version when they are read. */
void wire_pack_reply_fields(msgpack_packer *p, const struct wire_reply *r);
void wire_read_reply_fields(struct wire_cursor *c, struct wire_reply *r);

/* The element that says which members are left out. */
void wire_pack_missing(msgpack_packer *p, const struct wire_reply *r);
void wire_read_missing(struct wire_cursor *c, struct wire_reply *r);

#endif
