/* attributes - the attributes of a netlink message, one behind the other. The message may be
 * anything: nothing is read beyond its length. */
#ifndef DAQS_AGENTD_CORE_ATTRIBUTES_H
#define DAQS_AGENTD_CORE_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is left of a sequence. */
struct attributes {
    const uint8_t *at;
    size_t bytes;
};

struct attribute {
    unsigned type; /* without its flags */
    struct attributes payload;
};

/* The attribute at the beginning; false: there is none, or it is longer than what is left. */
bool attributes_peek(const struct attributes *rest, struct attribute *ret);

/* Goes on behind the attribute at the beginning. */
void attributes_skip(struct attributes *rest, const struct attribute *attribute);

/* Copies a number, or a structure of the kernel's, which may have grown since; false if it is
 * shorter. */
bool attribute_copy(const struct attribute *attribute, void *ret, size_t bytes);

/* Copies a text with its NUL; false if it has none, or does not fit. */
bool attribute_text(const struct attribute *attribute, char *ret, size_t bytes);

#endif
