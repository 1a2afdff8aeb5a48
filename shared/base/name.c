/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/name.h"

#include <stdint.h>
#include <string.h>

#include "shared/base/utf8.h"

/* C0, C1, and the marks that change the direction of the surrounding text (Unicode, UAX 9). */
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
        size_t used = daqs_utf8_next(p, left, &code);
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
