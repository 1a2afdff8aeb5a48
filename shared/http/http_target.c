/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/http/http_target.h"

#include <string.h>
#include <strings.h>

#include "shared/base/utf8.h"

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool is_plain(const char *text)
{
    size_t left = strlen(text);
    for (const unsigned char *p = (const unsigned char *)text; left > 0;) {
        uint32_t code;
        size_t length = daqs_utf8_next(p, left, &code);
        if (length == 0 || code < 0x20 || (code >= 0x7f && code < 0xa0))
            return false;
        p += length;
        left -= length;
    }
    return true;
}

/* Decodes in place, because the text never grows. */
static int decode(char *text, bool plus, struct daqs_error *err)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        if (*from != '%') {
            *to++ = (char)(plus && *from == '+' ? ' ' : *from);
            continue;
        }
        int high = hex(from[1]);
        int low = high >= 0 ? hex(from[2]) : -1;
        if (low < 0)
            return daqs_fail(err, DAQS_EINVALID, "%% must be followed by two hexadecimal digits");
        if (high == 0 && low == 0)
            return daqs_fail(err, DAQS_EINVALID, "%%00 is not a valid character");
        *to++ = (char)(high * 16 + low);
        from += 2;
    }
    *to = '\0';
    if (!is_plain(text))
        return daqs_fail(err, DAQS_EINVALID, "only UTF-8 without control characters is accepted");
    return DAQS_OK;
}

static int add_parameter(struct http_target *target, char *text, struct daqs_error *err)
{
    char *equals = strchr(text, '=');
    if (equals)
        *equals = '\0';
    struct http_parameter parameter = {text, equals ? equals + 1 : text + strlen(text)};
    int result = decode(text, true, err);
    if (result == DAQS_OK && equals)
        result = decode(equals + 1, true, err);
    if (result != DAQS_OK)
        return result;
    for (size_t i = 0; i < target->parameters; i++)
        if (strcmp(target->parameter[i].name, parameter.name) == 0)
            return daqs_fail(err, DAQS_EINVALID, "'%.40s' is given twice", parameter.name);
    if (target->parameters == HTTP_PARAMETERS_MAX)
        return daqs_fail(err, DAQS_EINVALID, "there are too many parameters");
    target->parameter[target->parameters++] = parameter;
    return DAQS_OK;
}

int http_target_parse(const char *text, struct http_target *ret, struct daqs_error *err)
{
    size_t length = strnlen(text, HTTP_TARGET_MAX + 1);
    if (length > HTTP_TARGET_MAX)
        return daqs_fail(err, DAQS_ETOOBIG, "the address has more than %d bytes", HTTP_TARGET_MAX);
    if (*text != '/')
        return daqs_fail(err, DAQS_EINVALID, "the path must begin with a slash");
    memcpy(ret->text, text, length + 1);
    ret->path = ret->text;
    ret->parameters = 0;
    char *query = strchr(ret->text, '?');
    if (query)
        *query++ = '\0';
    int result = decode(ret->text, false, err);
    while (result == DAQS_OK && query) {
        char *next = strchr(query, '&');
        if (next)
            *next++ = '\0';
        if (*query)
            result = add_parameter(ret, query, err);
        query = next;
    }
    return result;
}

/* Returns the length of the name in "name", "name:port", "[::1]" or "[::1]:port". */
static size_t name_length(const char *header)
{
    if (*header != '[')
        return strcspn(header, ":");
    size_t length = strcspn(header, "]");
    return header[length] ? length + 1 : length;
}

bool http_host_is_one_of(const char *header, const char *names)
{
    static const char between[] = ", \t";
    if (!header)
        return false;
    size_t length = name_length(header);
    const char *rest = header + length;
    if (length == 0 || (*rest && (*rest != ':' || rest[1 + strspn(rest + 1, "0123456789")])))
        return false;
    while (*names) {
        names += strspn(names, between);
        size_t one = strcspn(names, between);
        if (one == length && strncasecmp(names, header, length) == 0)
            return true;
        names += one;
    }
    return false;
}
