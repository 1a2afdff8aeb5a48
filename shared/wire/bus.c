/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/wire/bus.h"

#include <string.h>

#include "shared/base/name.h"
#include "shared/wire/bus_fields.h"
#include "shared/wire/cursor.h"
#include "shared/wire/pack.h"

/* Arrays may be longer than known here, because a newer peer appends elements. No message has more
 * than ELEMENTS_MAX. */
enum { MORE = 16, ELEMENTS_MAX = 30 };

/* --- kinds: how a member of 'from' is packed --- */

#define PACK_U8(member) msgpack_pack_uint8(p, from->member)
#define PACK_U32(member) msgpack_pack_uint32(p, from->member)
#define PACK_U63(member) msgpack_pack_uint64(p, from->member)
#define PACK_I63(member) msgpack_pack_uint64(p, (uint64_t)from->member)
#define PACK_U64(member) msgpack_pack_uint64(p, from->member)
#define PACK_UP_TO(member, most) msgpack_pack_uint32(p, from->member)
#define PACK_RATE(member) msgpack_pack_uint64(p, from->member)
#define PACK_RATE_OR_NONE(member) wire_pack_rate(p, from->member)
#define PACK_MTU(member) msgpack_pack_uint32(p, from->member)
#define PACK_BACKLOG(member) msgpack_pack_uint8(p, from->member)
#define PACK_NAME(member) wire_pack_text(p, from->member)
#define PACK_LABEL(member, bytes) wire_pack_text(p, from->member)
#define PACK_SHORT_LABEL(member, bytes) wire_pack_text(p, from->member)
#define PACK_MAC(member) pack_mac(p, &from->member)
#define PACK_KEY(member) pack_key(p, &from->member)
#define PACK_LIST(member, count, item, most) pack_list_of_##item(p, from->member, from->count)

static void pack_mac(msgpack_packer *p, const struct daqs_mac *mac)
{
    msgpack_pack_bin(p, sizeof mac->byte);
    msgpack_pack_bin_body(p, mac->byte, sizeof mac->byte);
}

static void pack_key(msgpack_packer *p, const struct daqs_key *key)
{
    const size_t length = daqs_key_is_set(key) ? sizeof key->byte : 0;
    msgpack_pack_bin(p, length);
    msgpack_pack_bin_body(p, key->byte, length);
}

/* --- kinds: how a member of 'ret' is read --- */

#define READ_U8(member) ret->member = (uint8_t)wire_read_uint(c, UINT8_MAX)
#define READ_U32(member) ret->member = (uint32_t)wire_read_uint(c, UINT32_MAX)
#define READ_U63(member) ret->member = wire_read_uint(c, INT64_MAX)
#define READ_I63(member) ret->member = (int64_t)wire_read_uint(c, INT64_MAX)
#define READ_U64(member) ret->member = wire_read_uint(c, UINT64_MAX)
#define READ_UP_TO(member, most) ret->member = (uint32_t)wire_read_uint(c, most)
#define READ_RATE(member) ret->member = wire_read_uint(c, DAQS_BPS_MAX)
#define READ_RATE_OR_NONE(member)                                                                  \
    ret->member = wire_read_uint_or_nil(c, DAQS_BPS_MAX, DAQS_UNLIMITED)
#define READ_MTU(member) ret->member = daqs_mtu_or_unknown(wire_read_uint(c, UINT32_MAX))
#define READ_BACKLOG(member)                                                                       \
    ret->member = (uint8_t)daqs_backlog_or_unknown(wire_read_uint(c, UINT8_MAX))
#define READ_NAME(member) ret->member = read_name(c)
#define READ_LABEL(member, bytes) ret->member = read_label(c, bytes)
#define READ_SHORT_LABEL(member, bytes)                                                            \
    _Static_assert(sizeof ret->member > (bytes), "there is no room for the terminator");           \
    read_short_label(c, ret->member, bytes)
#define READ_MAC(member) wire_read_bytes(c, ret->member.byte, sizeof ret->member.byte)
#define READ_KEY(member) wire_read_bytes_or_none(c, ret->member.byte, sizeof ret->member.byte)
#define READ_LIST(member, count, item, most) ret->member = read_list_of_##item(c, most, &ret->count)

static const char *read_name(struct wire_cursor *c)
{
    const char *name = wire_read_text(c, DAQS_NAME_MAX);
    if (!c->problem && daqs_name_check("", name, strlen(name), NULL) != DAQS_OK)
        wire_reject(c, "a name is empty, not UTF-8 or has control characters");
    return name;
}

/* Reads a text for people. It may be empty, otherwise the rules of a name apply, because it is
 * printed. */
static const char *read_label(struct wire_cursor *c, size_t most)
{
    const char *text = wire_read_text(c, most);
    if (*text && daqs_name_check("", text, strlen(text), NULL) != DAQS_OK)
        wire_reject(c, "a text is not UTF-8 or has control characters");
    return text;
}

static void read_short_label(struct wire_cursor *c, char *ret, size_t most)
{
    const char *text = read_label(c, most);
    if (!c->problem)
        memcpy(ret, text, strlen(text) + 1);
}

/* --- rows: elements in their order --- */

#define SINCE_ALWAYS 1
#define SINCE_SAMPLED 7
#define SINCE_NEWER(elements) elements

/* Terms of a sum, and types: NOLINTBEGIN(bugprone-macro-parentheses) */
#define COUNT_ROW(field, presence, meaning) +1
#define COUNT_ALWAYS(field, presence, meaning) +(SINCE_##presence == SINCE_ALWAYS)
#define PACK_ROW(field, presence, meaning)                                                         \
    if (elements >= SINCE_##presence)                                                              \
        PACK_##field;
#define READ_ROW(field, presence, meaning)                                                         \
    if (elements >= SINCE_##presence) {                                                            \
        READ_##field;                                                                              \
        known++;                                                                                   \
    }

/* Defines pack_NAME and read_NAME for the fields of a tuple of 'elements'. The first field is
 * element 'first'. */
#define FIELDS(name, type, ROWS, first)                                                            \
    enum { name##_least = (first)ROWS(COUNT_ALWAYS), name##_elements = (first)ROWS(COUNT_ROW) };   \
    static void pack_##name(msgpack_packer *p, uint32_t elements, const type *from)                \
    {                                                                                              \
        ROWS(PACK_ROW)                                                                             \
    }                                                                                              \
    static void read_##name(struct wire_cursor *c, uint32_t elements, type *ret)                   \
    {                                                                                              \
        uint32_t known = (first);                                                                  \
        ROWS(READ_ROW)                                                                             \
        wire_skip_rest(c, elements, known);                                                        \
    }

/* Defines pack_list_of_NAME and read_list_of_NAME for lists of tuples. Of the elements of 'item',
 * the first 'written' are sent. */
#define ITEM(name, type, ROWS, written)                                                            \
    FIELDS(name, type, ROWS, 0)                                                                    \
    static void pack_list_of_##name(msgpack_packer *p, const type *item, uint32_t count)           \
    {                                                                                              \
        msgpack_pack_array(p, count);                                                              \
        for (uint32_t i = 0; i < count; i++, item++) {                                             \
            const uint32_t elements = (written);                                                   \
            msgpack_pack_array(p, elements);                                                       \
            pack_##name(p, elements, item);                                                        \
        }                                                                                          \
    }                                                                                              \
    static type *read_list_of_##name(struct wire_cursor *c, uint32_t most, uint32_t *ret_count)    \
    {                                                                                              \
        const uint32_t count = *ret_count = wire_read_array(c, 0, most);                           \
        type *item = wire_read_alloc(c, count, sizeof *item);                                      \
        for (uint32_t i = 0; i < count && !c->problem; i++)                                        \
            read_##name(c, wire_read_array(c, name##_least, name##_elements + MORE), &item[i]);    \
        return item;                                                                               \
    }

#define MESSAGE(name, type, ROWS) FIELDS(name, type, ROWS, 2)
/* NOLINTEND(bugprone-macro-parentheses) */

ITEM(uplink, struct daqs_uplink_info, WIRE_UPLINK_FIELDS, uplink_elements)
ITEM(vm_label, struct daqs_label_info, WIRE_VM_LABEL_FIELDS, vm_label_elements)
ITEM(vm, struct daqs_vm_info, WIRE_VM_FIELDS, vm_elements)
ITEM(nic, struct daqs_nic_info, WIRE_NIC_FIELDS, nic_elements)
ITEM(unwatched, struct daqs_unwatched_info, WIRE_UNWATCHED_FIELDS, unwatched_elements)
ITEM(reading, struct daqs_nic_reading, WIRE_READING_FIELDS,
     item->sample.interval_us > 0 ? reading_elements : reading_least)
ITEM(uplink_reading, struct daqs_uplink_reading, WIRE_UPLINK_READING_FIELDS,
     uplink_reading_elements)
ITEM(setting, struct daqs_nic_setting, WIRE_SETTING_FIELDS, setting_elements)
ITEM(uplink_setting, struct daqs_uplink_setting, WIRE_UPLINK_SETTING_FIELDS,
     uplink_setting_elements)
ITEM(nic_applied, struct daqs_nic_applied, WIRE_NIC_APPLIED_FIELDS, nic_applied_elements)
ITEM(member, struct daqs_member_info, WIRE_MEMBER_FIELDS, member_elements)

MESSAGE(hello, struct wire_hello, WIRE_HELLO_FIELDS)
MESSAGE(welcome, struct wire_welcome, WIRE_WELCOME_FIELDS)
MESSAGE(report, struct wire_report, WIRE_REPORT_FIELDS)
MESSAGE(limits, struct wire_limits, WIRE_LIMITS_FIELDS)
MESSAGE(applied, struct wire_applied, WIRE_APPLIED_FIELDS)
MESSAGE(bye, struct wire_bye, WIRE_BYE_FIELDS)

/* --- messages --- */

/* Returns the number of elements of a message of this type, and with 'least' of the shortest valid
 * one; 0 for an unknown type. */
static uint32_t elements_of(enum wire_type type, bool least)
{
    switch (type) {
#define X(NAME, number, name)                                                                      \
    case WIRE_##NAME:                                                                              \
        return least ? name##_least : name##_elements;
        WIRE_TYPES(X)
#undef X
    }
    return 0;
}

int wire_encode(const struct wire_message *message, uint8_t **ret_bytes, size_t *ret_length)
{
    struct wire_packing packing;
    const uint32_t elements = elements_of(message->type, false);
    if (elements == 0)
        return DAQS_EINVALID;
    msgpack_packer *p = wire_pack_begin(&packing);
    msgpack_pack_array(p, elements);
    msgpack_pack_uint32(p, WIRE_PROTOCOL);
    msgpack_pack_uint32(p, message->type);
    switch (message->type) {
#define X(NAME, number, name)                                                                      \
    case WIRE_##NAME:                                                                              \
        pack_##name(p, elements, &message->name);                                                  \
        break;
        WIRE_TYPES(X)
#undef X
    }
    return wire_pack_end(&packing, ret_bytes, ret_length);
}

/* Rejects nics and VFs that refer to what is not listed. */
static void check_inventory(struct wire_cursor *c, const struct daqs_inventory *inventory)
{
    for (uint32_t i = 0; i < inventory->nics; i++)
        if (inventory->nic[i].vm >= inventory->vms ||
            inventory->nic[i].uplink >= inventory->uplinks)
            wire_reject(c, "a nic refers to a VM or uplink that is not listed");
    for (uint32_t i = 0; i < inventory->unwatched_vfs; i++)
        if (inventory->unwatched[i].vm >= inventory->vms)
            wire_reject(c, "a VF that is not watched refers to a VM that is not listed");
}

static void read_body(struct wire_cursor *c, uint32_t elements, struct wire_message *ret)
{
    const uint32_t least = elements_of(ret->type, true);
    if (least == 0)
        wire_reject(c, "its type is not known");
    else if (elements < least)
        wire_reject(c, "it has too few elements");
    if (c->problem)
        return;
    switch (ret->type) {
#define X(NAME, number, name)                                                                      \
    case WIRE_##NAME:                                                                              \
        read_##name(c, elements, &ret->name);                                                      \
        break;
        WIRE_TYPES(X)
#undef X
    }
    if (!c->problem && ret->type == WIRE_HELLO) {
        ret->hello.redirectable = elements >= WIRE_HELLO_WITH_LEFT;
        check_inventory(c, &ret->hello.inventory);
    }
}

bool wire_is_hello(const void *bytes, size_t length)
{
    struct wire_cursor c;
    wire_cursor_init(&c, bytes, length, NULL);
    (void)wire_read_array(&c, 1, UINT32_MAX);
    (void)wire_read_uint(&c, UINT32_MAX);
    return wire_read_uint(&c, UINT8_MAX) == WIRE_HELLO && !c.problem;
}

int wire_decode(const void *bytes, size_t length, struct daqs_arena *arena,
                struct wire_message *ret, struct daqs_error *err)
{
    struct wire_cursor c;
    struct wire_message message;
    if (length > WIRE_MESSAGE_MAX)
        return daqs_fail(err, DAQS_ETOOBIG, "message of %zu bytes refused", length);
    memset(&message, 0, sizeof message);
    wire_cursor_init(&c, bytes, length, arena);
    /* The version is checked first, so that a peer of another version gets a clear reply. */
    uint32_t elements = wire_read_array(&c, 1, UINT32_MAX);
    uint64_t version = wire_read_uint(&c, UINT32_MAX);
    if (!c.problem && version != WIRE_PROTOCOL)
        return daqs_fail(err, DAQS_EVERSION, "protocol version %u is not supported (this is %d)",
                         (unsigned)version, WIRE_PROTOCOL);
    if (elements > ELEMENTS_MAX)
        wire_reject(&c, "it has too many elements");
    message.type = (enum wire_type)wire_read_uint(&c, UINT8_MAX);
    if (!c.problem)
        read_body(&c, elements, &message);
    int result = wire_finish(&c, err);
    if (result == DAQS_OK)
        *ret = message;
    return result;
}

const char *wire_bye_text(uint32_t reason)
{
    switch ((enum wire_bye_reason)reason) {
    case WIRE_BYE_STOPPING:
        return "the peer is stopping";
    case WIRE_BYE_HOST_TAKEN:
        return "another live agent uses this host's name; give each host its own name";
    case WIRE_BYE_VERSION:
        return "the peer does not support the protocol version; upgrade the older side";
    case WIRE_BYE_FULL:
        return "the controller has no room for another host";
    case WIRE_BYE_MOVED:
        return "the agent goes on with another controller";
    }
    return "unknown reason";
}
