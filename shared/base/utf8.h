/* SPDX-License-Identifier: Apache-2.0 */
/* utf8 - conversion between UTF-8 and code points. */
#ifndef DAQS_BASE_UTF8_H
#define DAQS_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Returns the length of the valid UTF-8 sequence at p, where n >= 1 bytes are left, and its code
 * point in *ret; 0 if there is none. Overlong forms and surrogates are not valid (RFC 3629). */
size_t daqs_utf8_next(const unsigned char *p, size_t n, uint32_t *ret);

/* Writes a code point of at most 0x10ffff that is not a surrogate. Returns the number of bytes. */
#define DAQS_UTF8_MAX 4
size_t daqs_utf8_put(uint32_t code, char ret[static DAQS_UTF8_MAX]);

#endif
