/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/wire/reply_head.h"

#include <string.h>

#include "shared/wire/bus.h"
#include "shared/wire/cursor.h"
#include "shared/wire/pack.h"
#include "shared/wire/reply_parts.h"

enum { LEAST = WIRE_REPLY_ELEMENTS - 1 };

static void skip_table(struct wire_cursor *c, struct wire_reply_head *head)
{
    head->table = c->at;
    const uint32_t columns = wire_read_array(c, 0, DAQS_TABLE_COLUMNS_MAX);
    for (uint32_t i = 0; i < columns && !c->problem; i++)
        wire_skip(c);
    const uint32_t cells = wire_read_array(c, 0, DAQS_TABLE_COLUMNS_MAX * DAQS_TABLE_ROWS_MAX);
    for (uint32_t i = 0; i < cells && !c->problem; i++)
        wire_skip(c);
    head->reply.has_table = columns > 0;
    head->rows = columns > 0 ? cells / columns : 0;
    head->table_length = (size_t)(c->at - head->table);
}

int wire_read_reply_head(const void *bytes, size_t length, struct daqs_arena *arena,
                         struct wire_reply_head *ret, struct daqs_error *err)
{
    struct wire_cursor c;
    struct wire_reply_head head;
    if (length > WIRE_MESSAGE_MAX)
        return daqs_fail(err, DAQS_ETOOBIG, "message of %zu bytes refused", length);
    memset(&head, 0, sizeof head);
    wire_cursor_init(&c, bytes, length, arena);
    const uint32_t count = wire_read_array(&c, LEAST, WIRE_REPLY_ELEMENTS + WIRE_REPLY_MORE);
    if (wire_read_uint(&c, UINT32_MAX) != WIRE_PROTOCOL)
        wire_reject(&c, "it has another protocol version");
    wire_read_reply_fields(&c, &head.reply);
    skip_table(&c, &head);
    if (count >= WIRE_REPLY_ELEMENTS)
        wire_read_missing(&c, &head.reply);
    wire_skip_rest(&c, count, count >= WIRE_REPLY_ELEMENTS ? WIRE_REPLY_ELEMENTS : LEAST);
    const int result = wire_finish(&c, err);
    if (result == DAQS_OK)
        *ret = head;
    return result;
}

int wire_write_reply_head(const struct wire_reply_head *head, uint8_t **ret_bytes,
                          size_t *ret_length)
{
    struct wire_packing packing;
    msgpack_packer *p = wire_pack_begin(&packing);
    const struct wire_reply *r = &head->reply;
    wire_pack_reply_fields(p, r);
    wire_pack_encoded(p, head->table, head->table_length);
    wire_pack_missing(p, r);
    return wire_pack_end(&packing, ret_bytes, ret_length);
}
