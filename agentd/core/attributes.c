/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/attributes.h"

#include <linux/netlink.h>
#include <string.h>

bool attributes_peek(const struct attributes *rest, struct attribute *ret)
{
    struct nlattr head;
    if (rest->bytes < sizeof head)
        return false;
    memcpy(&head, rest->at, sizeof head);
    if (head.nla_len < sizeof head || head.nla_len > rest->bytes)
        return false;
    *ret = (struct attribute){head.nla_type & (unsigned)NLA_TYPE_MASK,
                              {rest->at + sizeof head, head.nla_len - sizeof head}};
    return true;
}

void attributes_skip(struct attributes *rest, const struct attribute *attribute)
{
    size_t length = (sizeof(struct nlattr) + attribute->payload.bytes + 3) & ~(size_t)3;
    length = length < rest->bytes ? length : rest->bytes;
    rest->at += length;
    rest->bytes -= length;
}

bool attribute_copy(const struct attribute *attribute, void *ret, size_t bytes)
{
    if (attribute->payload.bytes < bytes)
        return false;
    memcpy(ret, attribute->payload.at, bytes);
    return true;
}

bool attribute_text(const struct attribute *attribute, char *ret, size_t bytes)
{
    size_t length = strnlen((const char *)attribute->payload.at, attribute->payload.bytes);
    if (length == attribute->payload.bytes || length >= bytes)
        return false;
    memcpy(ret, attribute->payload.at, length + 1);
    return true;
}
