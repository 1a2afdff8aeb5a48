/* SPDX-License-Identifier: Apache-2.0 */
/* attributes - iterates over the attributes of a netlink message. The message is untrusted: nothing
 * is read beyond its length. */
#ifndef DAQS_AGENTD_CORE_ATTRIBUTES_H
#define DAQS_AGENTD_CORE_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The rest of a sequence of attributes. */
struct attributes {
    const uint8_t *at;
    size_t bytes;
};

struct attribute {
    unsigned type; /* without the NLA_F_* flags */
    struct attributes payload;
};

/* Returns the first attribute. False if the sequence is empty or the attribute is longer than the
 * rest of it. */
bool attributes_peek(const struct attributes *rest, struct attribute *ret);

/* Advances past the first attribute. */
void attributes_skip(struct attributes *rest, const struct attribute *attribute);

/* Copies a number, or a kernel structure, which newer kernels may have extended. False if the
 * payload is shorter than 'bytes'. */
bool attribute_copy(const struct attribute *attribute, void *ret, size_t bytes);

/* Copies a string with its NUL. False if it is not terminated or does not fit. */
bool attribute_text(const struct attribute *attribute, char *ret, size_t bytes);

#endif
