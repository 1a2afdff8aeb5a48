/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/json_cursor.h"

#include <string.h>

#include "shared/base/utf8.h"

void json_begin(struct json_cursor *c, const char *text, size_t length)
{
    *c = (struct json_cursor){.at = text, .end = text + length};
}

static bool reject(struct json_cursor *c, const char *why)
{
    if (!c->bad)
        c->bad = why;
    c->at = c->end;
    return false;
}

/* Skips blanks and returns the next character, 0 at the end. */
static char peek(struct json_cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\r' || *c->at == '\t'))
        c->at++;
    return c->at < c->end ? *c->at : '\0';
}

/* --- lists and objects --- */

static bool enter(struct json_cursor *c, char open)
{
    if (peek(c) != open) {
        json_skip(c);
        return false;
    }
    if (c->depth == JSON_DEPTH_MAX)
        return reject(c, "it is nested too deeply");
    c->at++;
    c->begun[c->depth++] = false;
    return true;
}

bool json_read_list(struct json_cursor *c)
{
    return enter(c, '[');
}

bool json_read_object(struct json_cursor *c)
{
    return enter(c, '{');
}

/* Returns true if another member follows, and consumes the comma before it. */
static bool another(struct json_cursor *c, char close)
{
    if (c->bad || c->depth == 0)
        return false;
    bool *begun = &c->begun[c->depth - 1];
    char next = peek(c);
    if (next == close) {
        c->at++;
        c->depth--;
        return false;
    }
    if (*begun && next != ',')
        return reject(c, "a comma is missing");
    c->at += *begun;
    *begun = true;
    return true;
}

bool json_next_item(struct json_cursor *c)
{
    return another(c, ']');
}

/* --- strings --- */

struct sink {
    char *at;
    size_t capacity; /* including the terminator */
};

static void put(struct sink *s, const char *bytes, size_t length)
{
    if (length >= s->capacity) {
        s->capacity = 0; /* append nothing after truncated text */
        return;
    }
    memcpy(s->at, bytes, length);
    s->at += length;
    s->capacity -= length;
}

static bool hex4(struct json_cursor *c, uint32_t *ret)
{
    *ret = 0;
    for (int i = 0; i < 4; i++) {
        char digit = c->at < c->end ? *c->at++ : '\0';
        uint32_t value;
        if (digit >= '0' && digit <= '9')
            value = (uint32_t)(digit - '0');
        else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')
            value = (uint32_t)((digit | 0x20) - 'a' + 10);
        else
            return reject(c, "\\u is not followed by four hexadecimal digits");
        *ret = *ret << 4 | value;
    }
    return true;
}

/* Reads the code after "\u". Characters beyond 16 bits are written as two surrogates. */
static bool read_code(struct json_cursor *c, struct sink *s)
{
    uint32_t code;
    uint32_t low;
    char bytes[DAQS_UTF8_MAX];
    if (!hex4(c, &code))
        return false;
    if (code >= 0xd800 && code <= 0xdbff) {
        if (c->end - c->at < 2 || c->at[0] != '\\' || c->at[1] != 'u')
            return reject(c, "half of a surrogate pair is missing");
        c->at += 2;
        if (!hex4(c, &low))
            return false;
        if (low < 0xdc00 || low > 0xdfff)
            return reject(c, "half of a surrogate pair is missing");
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    } else if (code >= 0xdc00 && code <= 0xdfff) {
        return reject(c, "half of a surrogate pair is missing");
    }
    if (code == 0)
        return reject(c, "a string contains a zero character");
    put(s, bytes, daqs_utf8_put(code, bytes));
    return true;
}

static bool read_escape(struct json_cursor *c, struct sink *s)
{
    static const char names[] = "\"\\/bfnrt";
    static const char meant[] = "\"\\/\b\f\n\r\t";
    char name = c->at < c->end ? *c->at++ : '\0';
    if (name == 'u')
        return read_code(c, s);
    const char *found = name ? strchr(names, name) : NULL;
    if (!found)
        return reject(c, "a string has an unknown escape");
    put(s, &meant[found - names], 1);
    return true;
}

/* Returns true for one-byte characters without a special meaning, the bulk of most strings. */
static bool is_plain(char c)
{
    return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != '"' && c != '\\';
}

static bool read_string(struct json_cursor *c, struct sink s)
{
    uint32_t code;
    c->at++; /* the opening quote */
    while (c->at < c->end) {
        const char *from = c->at;
        while (c->at < c->end && is_plain(*c->at))
            c->at++;
        size_t run = (size_t)(c->at - from);
        /* A run of one-byte characters may be truncated anywhere. */
        put(&s, from, s.capacity && run >= s.capacity ? s.capacity - 1 : run);
        if (c->at == c->end)
            break;
        if (*c->at == '"') {
            c->at++;
            *s.at = '\0';
            return true;
        }
        if (*c->at == '\\') {
            c->at++;
            if (!read_escape(c, &s))
                return false;
            continue;
        }
        size_t length =
            daqs_utf8_next((const unsigned char *)c->at, (size_t)(c->end - c->at), &code);
        if (length < 2)
            return reject(c, "a string is not UTF-8 or contains a control character");
        put(&s, c->at, length);
        c->at += length;
    }
    return reject(c, "a string does not end");
}

bool json_read_string(struct json_cursor *c, char *buf, size_t size)
{
    buf[0] = '\0';
    if (peek(c) != '"') {
        json_skip(c);
        return false;
    }
    bool good = read_string(c, (struct sink){buf, size});
    if (!good)
        buf[0] = '\0';
    return good;
}

bool json_next_key(struct json_cursor *c, char *buf, size_t size)
{
    if (!another(c, '}'))
        return false;
    if (peek(c) != '"')
        return reject(c, "an object has a member without a name");
    if (!read_string(c, (struct sink){buf, size}))
        return false;
    if (peek(c) != ':')
        return reject(c, "a colon is missing");
    c->at++;
    return true;
}

/* --- other values --- */

static bool is_digit(const struct json_cursor *c)
{
    return c->at < c->end && *c->at >= '0' && *c->at <= '9';
}

static bool skip_digits(struct json_cursor *c)
{
    const char *from = c->at;
    while (is_digit(c))
        c->at++;
    return c->at > from;
}

/* Sets *ret_whole if the number is a non-negative integer, which is then in *ret. */
static void read_number(struct json_cursor *c, bool *ret_whole, uint64_t *ret)
{
    bool whole = *c->at != '-';
    uint64_t value = 0;
    c->at += !whole;
    const char *from = c->at;
    bool large = false;
    for (; is_digit(c); c->at++) {
        uint64_t digit = (uint64_t)(*c->at - '0');
        large |= value > (UINT64_MAX - digit) / 10;
        value = value * 10 + digit;
    }
    size_t digits = (size_t)(c->at - from);
    bool good = digits > 0 && (digits == 1 || *from != '0');
    if (good && c->at < c->end && *c->at == '.') {
        c->at++;
        whole = false;
        good = skip_digits(c);
    }
    if (good && c->at < c->end && (*c->at | 0x20) == 'e') {
        c->at++;
        whole = false;
        c->at += c->at < c->end && (*c->at == '+' || *c->at == '-');
        good = skip_digits(c);
    }
    if (!good || (whole && large)) {
        (void)reject(c, good ? "a number is too large" : "a number is malformed");
        whole = false;
    }
    *ret_whole = whole;
    *ret = value;
}

bool json_read_uint(struct json_cursor *c, uint64_t *ret)
{
    char next = peek(c);
    bool whole;
    uint64_t value;
    if (next != '-' && (next < '0' || next > '9')) {
        json_skip(c);
        return false;
    }
    read_number(c, &whole, &value);
    if (whole)
        *ret = value;
    return whole;
}

static bool take_word(struct json_cursor *c, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(c->end - c->at) < length || memcmp(c->at, word, length) != 0)
        return false;
    c->at += length;
    return true;
}

bool json_read_bool(struct json_cursor *c, bool *ret)
{
    char next = peek(c);
    if ((next == 't' && take_word(c, "true")) || (next == 'f' && take_word(c, "false"))) {
        *ret = next == 't';
        return true;
    }
    json_skip(c);
    return false;
}

/* Recurses at most JSON_DEPTH_MAX levels. */
void json_skip(struct json_cursor *c)
{
    char nothing[1];
    char next = peek(c);
    bool whole;
    uint64_t value;
    if (next == '"') {
        (void)read_string(c, (struct sink){nothing, sizeof nothing});
    } else if (next == '[') {
        if (json_read_list(c))
            while (json_next_item(c))
                json_skip(c);
    } else if (next == '{') {
        if (json_read_object(c))
            while (json_next_key(c, nothing, sizeof nothing))
                json_skip(c);
    } else if (next == '-' || (next >= '0' && next <= '9')) {
        read_number(c, &whole, &value);
    } else if (!take_word(c, "true") && !take_word(c, "false") && !take_word(c, "null")) {
        (void)reject(c, c->at == c->end ? "it ends early" : "it is not JSON");
    }
}

bool json_end(struct json_cursor *c)
{
    if (!c->bad && (c->depth > 0 || peek(c) != '\0' || c->at != c->end))
        (void)reject(c, "something follows its end");
    return !c->bad;
}
