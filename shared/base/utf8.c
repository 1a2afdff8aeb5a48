/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/utf8.h"

size_t daqs_utf8_next(const unsigned char *p, size_t n, uint32_t *ret)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = p[0] < 0x80             ? 1
                    : (p[0] & 0xe0) == 0xc0 ? 2
                    : (p[0] & 0xf0) == 0xe0 ? 3
                    : (p[0] & 0xf8) == 0xf0 ? 4
                                            : 0;
    if (length == 0 || length > n)
        return 0;
    uint32_t code = length == 1 ? p[0] : p[0] & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (p[i] & 0x3fU);
    }
    if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return 0;
    *ret = code;
    return length;
}

size_t daqs_utf8_put(uint32_t code, char ret[static DAQS_UTF8_MAX])
{
    static const uint32_t most[] = {0x7f, 0x7ff, 0xffff, 0x10ffff};
    static const uint8_t mark[] = {0, 0xc0, 0xe0, 0xf0};
    size_t length = 0;
    while (code > most[length])
        length++;
    for (size_t i = length; i > 0; i--) {
        ret[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    ret[0] = (char)(mark[length] | code);
    return length + 1;
}
