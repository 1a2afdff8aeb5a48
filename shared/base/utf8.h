/* utf8 - text as bytes and as code points. */
#ifndef DAQS_BASE_UTF8_H
#define DAQS_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Length of the valid UTF-8 sequence at p (n >= 1 bytes left), its code point in *ret; 0 if none.
 * Overlong forms and surrogates are not valid (RFC 3629). */
size_t daqs_utf8_next(const unsigned char *p, size_t n, uint32_t *ret);

/* Writes a code point other than a surrogate, at most 0x10ffff; returns how many bytes it took. */
#define DAQS_UTF8_MAX 4
size_t daqs_utf8_put(uint32_t code, char ret[static DAQS_UTF8_MAX]);

#endif
