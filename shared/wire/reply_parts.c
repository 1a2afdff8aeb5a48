/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/wire/reply_parts.h"

#include "shared/wire/bus.h"

void wire_pack_reply_fields(msgpack_packer *p, const struct wire_reply *r)
{
    msgpack_pack_array(p, WIRE_REPLY_ELEMENTS);
    msgpack_pack_uint32(p, WIRE_PROTOCOL);
    msgpack_pack_uint64(p, r->id);
    msgpack_pack_uint32(p, (uint32_t)-r->code);
    wire_pack_text(p, r->text);
    wire_pack_text(p, r->token);
}

void wire_read_reply_fields(struct wire_cursor *c, struct wire_reply *r)
{
    r->id = wire_read_uint(c, UINT64_MAX);
    r->code = -(int)wire_read_uint(c, 1000);
    r->text = wire_read_text(c, WIRE_TEXT_BYTES);
    r->token = wire_read_text(c, WIRE_FIELD_BYTES);
}

void wire_pack_missing(msgpack_packer *p, const struct wire_reply *r)
{
    msgpack_pack_array(p, r->missing);
    for (uint32_t i = 0; i < r->missing; i++) {
        msgpack_pack_array(p, 2);
        wire_pack_text(p, r->missing_member[i].member);
        msgpack_pack_uint64(p, r->missing_member[i].hosts);
    }
}

void wire_read_missing(struct wire_cursor *c, struct wire_reply *r)
{
    r->missing = wire_read_array(c, 0, WIRE_MISSING_MAX);
    struct wire_missing *missing = wire_read_alloc(c, r->missing, sizeof *missing);
    for (uint32_t i = 0; i < r->missing && !c->problem; i++) {
        const uint32_t count = wire_read_array(c, 2, 2 + WIRE_REPLY_MORE);
        missing[i].member = wire_read_text(c, WIRE_FIELD_BYTES);
        missing[i].hosts = wire_read_uint(c, UINT64_MAX);
        wire_skip_rest(c, count, 2);
    }
    r->missing_member = missing;
}
