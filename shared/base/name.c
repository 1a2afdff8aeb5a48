#include "shared/base/name.h"

#include <stdint.h>
#include <string.h>

/* Length of the valid UTF-8 sequence at p (n bytes left), its code point in *ret; 0 if none.
 * Overlong forms and surrogates are not valid (RFC 3629). */
static size_t utf8_next(const unsigned char *p, size_t n, uint32_t *ret)
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

/* C0, C1, and the marks that turn the direction of the text around them (Unicode, UAX 9). */
static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c || code == 0x200e ||
           code == 0x200f || (code >= 0x202a && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

int daqs_name_check(const char *what, const char *name, size_t length, struct daqs_error *err)
{
    if (length == 0)
        return daqs_fail(err, DAQS_EINVALID, "the %s name is empty", what);
    if (length > DAQS_NAME_MAX)
        return daqs_fail(err, DAQS_EINVALID, "the %s name is longer than %d bytes", what,
                         DAQS_NAME_MAX);
    const unsigned char *p = (const unsigned char *)name;
    for (size_t left = length; left > 0;) {
        uint32_t code = 0;
        size_t used = utf8_next(p, left, &code);
        if (used == 0)
            return daqs_fail(err, DAQS_EINVALID, "the %s name is not valid UTF-8", what);
        if (is_control(code))
            return daqs_fail(err, DAQS_EINVALID, "the %s name contains a control character", what);
        p += used;
        left -= used;
    }
    return DAQS_OK;
}

bool daqs_ifname_ok(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789._:@-";
    size_t length = strlen(name);
    return length > 0 && length <= DAQS_IFNAME_MAX && name[0] != '-' && name[0] != '.' &&
           strspn(name, allowed) == length;
}
