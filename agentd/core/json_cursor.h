/* json_cursor - reads JSON (RFC 8259) front to back, keeping nothing: for replies of guest agents,
 * several hundred a second, from guests that may send anything.
 *
 * The caller asks for what it expects. A value of another kind is skipped and false returned; text
 * that is no JSON makes the cursor bad, and everything from then on false. What counts is
 * json_end(): before that, nothing that was read is to be believed. */
#ifndef DAQS_AGENTD_CORE_JSON_CURSOR_H
#define DAQS_AGENTD_CORE_JSON_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_DEPTH_MAX 16

struct json_cursor {
    const char *at;
    const char *end;
    const char *bad; /* what is wrong; NULL: nothing so far */
    unsigned depth;
    bool begun[JSON_DEPTH_MAX]; /* per open list or object: it had a member */
};

/* The text need not be terminated, and must outlive the cursor. */
void json_begin(struct json_cursor *c, const char *text, size_t length);

/* Go into a list or an object; then every json_next_item or json_next_key that is true is to be
 * followed by reading one value, and the one that is false has left it. */
bool json_read_list(struct json_cursor *c);
bool json_read_object(struct json_cursor *c);
bool json_next_item(struct json_cursor *c);
/* Keys that do not fit in buf are cut; give it room for one byte more than the keys of interest. */
bool json_next_key(struct json_cursor *c, char *buf, size_t size);

/* Decoded into buf, terminated. What does not fit is cut, between characters. A string with a zero
 * character in it makes the cursor bad. */
bool json_read_string(struct json_cursor *c, char *buf, size_t size);
/* False for numbers below zero or with a fraction or an exponent. Larger than 64 bits is bad. */
bool json_read_uint(struct json_cursor *c, uint64_t *ret);
bool json_read_bool(struct json_cursor *c, bool *ret);
void json_skip(struct json_cursor *c);

/* The text ends here, and all of it was JSON. */
bool json_end(struct json_cursor *c);

#endif
