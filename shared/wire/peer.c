/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/wire/peer.h"

#include <string.h>

#include "shared/base/name.h"
#include "shared/wire/cursor.h"
#include "shared/wire/pack.h"

/* Arrays may be longer than known here, because a newer peer appends elements. */
enum { MORE = 16, HEAD = 3, PONG = 4, FORWARD = 8, ANSWER = 4, ADOPTED = 5 };

static void pack_binary(msgpack_packer *p, const uint8_t *bytes, size_t length)
{
    msgpack_pack_bin(p, length);
    msgpack_pack_bin_body(p, bytes, length);
}

/* Returns how many elements a message of this type has; 0: the type is not known. */
static uint32_t elements_of(uint64_t type)
{
    static const uint32_t elements[] = {[WIRE_PEER_PING] = HEAD,
                                        [WIRE_PEER_PONG] = PONG,
                                        [WIRE_PEER_FORWARD] = FORWARD,
                                        [WIRE_PEER_ANSWER] = ANSWER,
                                        [WIRE_PEER_ADOPTED] = ADOPTED};
    return type < sizeof elements / sizeof elements[0] ? elements[type] : 0;
}

static void pack_forward(msgpack_packer *p, const struct wire_forward *forward)
{
    wire_pack_text(p, forward->asker);
    msgpack_pack_uint32(p, forward->role);
    msgpack_pack_uint32(p, forward->hops);
    msgpack_pack_uint32(p, forward->part);
    pack_binary(p, forward->bytes, forward->length);
}

int wire_encode_peer(const struct wire_peer *message, uint8_t **ret_bytes, size_t *ret_length)
{
    struct wire_packing packing;
    msgpack_packer *p = wire_pack_begin(&packing);
    packing.most = WIRE_PEER_MESSAGE_MAX;
    msgpack_pack_array(p, elements_of(message->type));
    msgpack_pack_uint32(p, WIRE_PROTOCOL);
    msgpack_pack_uint32(p, message->type);
    msgpack_pack_uint64(p, message->id);
    switch (message->type) {
    case WIRE_PEER_PING:
        break;
    case WIRE_PEER_PONG:
        msgpack_pack_uint32(p, message->reads);
        break;
    case WIRE_PEER_FORWARD:
        pack_forward(p, &message->forward);
        break;
    case WIRE_PEER_ANSWER:
        pack_binary(p, message->answer.bytes, message->answer.length);
        break;
    case WIRE_PEER_ADOPTED:
        wire_pack_text(p, message->adopted.host);
        wire_pack_text(p, message->adopted.member);
        break;
    }
    return wire_pack_end(&packing, ret_bytes, ret_length);
}

static const char *read_name(struct wire_cursor *c)
{
    const char *name = wire_read_text(c, DAQS_NAME_MAX);
    if (!c->problem && daqs_name_check("", name, strlen(name), NULL) != DAQS_OK)
        wire_reject(c, "a name is empty, not UTF-8 or has control characters");
    return name;
}

static void read_forward(struct wire_cursor *c, struct wire_forward *ret)
{
    ret->asker = read_name(c);
    ret->role = (uint32_t)wire_read_uint(c, UINT8_MAX);
    ret->hops = (uint32_t)wire_read_uint(c, WIRE_HOPS_MAX);
    ret->part = wire_read_uint(c, 1);
    ret->bytes = wire_read_binary(c, WIRE_MESSAGE_MAX, &ret->length);
    if (!c->problem && ret->hops == 0)
        wire_reject(c, "a number is out of range");
}

static void read_elements(struct wire_cursor *c, struct wire_peer *ret)
{
    switch (ret->type) {
    case WIRE_PEER_PING:
        break;
    case WIRE_PEER_PONG:
        ret->reads = wire_read_uint(c, 1);
        break;
    case WIRE_PEER_FORWARD:
        read_forward(c, &ret->forward);
        break;
    case WIRE_PEER_ANSWER:
        ret->answer.bytes = wire_read_binary(c, WIRE_MESSAGE_MAX, &ret->answer.length);
        break;
    case WIRE_PEER_ADOPTED:
        ret->adopted.host = read_name(c);
        ret->adopted.member = read_name(c);
        break;
    }
}

int wire_decode_peer(const void *bytes, size_t length, struct daqs_arena *arena,
                     struct wire_peer *ret, struct daqs_error *err)
{
    struct wire_cursor c;
    struct wire_peer message;
    if (length > WIRE_PEER_MESSAGE_MAX)
        return daqs_fail(err, DAQS_ETOOBIG, "message of %zu bytes refused", length);
    wire_cursor_init(&c, bytes, length, arena);
    memset(&message, 0, sizeof message);
    const uint32_t count = wire_read_array(&c, HEAD, FORWARD + MORE);
    const uint64_t version = wire_read_uint(&c, UINT32_MAX);
    const uint64_t type = wire_read_uint(&c, UINT8_MAX);
    message.id = wire_read_uint(&c, UINT64_MAX);
    if (c.problem)
        return wire_finish(&c, err);
    const uint32_t elements = elements_of(type);
    if (version != WIRE_PROTOCOL || elements == 0)
        return daqs_fail(err, DAQS_EVERSION, "protocol version %u, type %u is not supported",
                         (unsigned)version, (unsigned)type);
    if (count < elements)
        return daqs_fail(err, DAQS_EFORMAT, "message refused: it has too few elements");
    message.type = (enum wire_peer_type)type;
    read_elements(&c, &message);
    wire_skip_rest(&c, count, elements);
    const int result = wire_finish(&c, err);
    if (result == DAQS_OK)
        *ret = message;
    return result;
}
