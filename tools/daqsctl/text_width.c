/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/text_width.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "shared/base/utf8.h"

int text_width(const char *text)
{
    wchar_t wide[1024];
    size_t n = mbstowcs(wide, text, 1024);
    int width = n < 1024 ? wcswidth(wide, n) : -1;
    return width >= 0 ? width : (int)strlen(text);
}

/* Returns the bytes of the next character, and in *ret_columns its width. Invalid bytes and
 * characters that move the cursor are not safe: they are shown as one '?'. */
static size_t next(const char *text, int *ret_columns, bool *ret_safe)
{
    uint32_t code = 0;
    size_t length = daqs_utf8_next((const unsigned char *)text, strlen(text), &code);
    int columns = length > 0 ? wcwidth((wchar_t)code) : -1;
    *ret_safe = columns >= 0;
    *ret_columns = columns >= 0 ? columns : 1;
    return length > 0 ? length : 1;
}

/* Copies as many characters as fit. Returns their columns. *ret_all: the text was copied whole. */
static int copy(const char *text, int width, char *buf, size_t size, bool *ret_all)
{
    int at = 0;
    size_t used = 0;
    while (*text) {
        int columns = 0;
        bool safe = false;
        size_t bytes = next(text, &columns, &safe);
        size_t takes = safe ? bytes : 1;
        if (at + columns > width || used + takes >= size)
            break;
        memcpy(buf + used, safe ? text : "?", takes);
        used += takes;
        at += columns;
        text += bytes;
    }
    buf[used] = '\0';
    *ret_all = !*text;
    return at;
}

int text_cut(const char *text, int width, bool ascii, char *buf, size_t size)
{
    enum { ROOM_FOR_DOTS = 5, DOTS_BYTES = 3 };
    bool all = false;
    const char *dots = !ascii ? "\u2026" : width > ROOM_FOR_DOTS ? ".." : ".";
    int taken = ascii ? (int)strlen(dots) : 1;
    if (size <= DOTS_BYTES || width <= 0) {
        buf[0] = '\0';
        return 0;
    }
    int columns = copy(text, width, buf, size, &all);
    if (all)
        return columns;
    columns = copy(text, width - taken, buf, size - DOTS_BYTES, &all);
    /* NOLINTNEXTLINE(clang-analyzer-security.insecureAPI.strcpy): there is room for it */
    strcat(buf, dots);
    return columns + taken;
}

size_t text_break(const char *text, int width)
{
    size_t used = 0;
    size_t blank = 0;
    int at = 0;
    while (text[used]) {
        int columns = 0;
        bool safe = false;
        size_t bytes = next(text + used, &columns, &safe);
        if (text[used] == ' ')
            blank = used;
        if (at + columns > width && used > 0)
            return blank > 0 ? blank : used;
        at += columns;
        used += bytes;
    }
    return used;
}
