/* SPDX-License-Identifier: Apache-2.0 */
/* json_cursor - parses JSON (RFC 8259) front to back without storing it. It serves the replies of
 * guest agents: several hundred a second, from guests that may send anything.
 *
 * The caller asks for the value that it expects. A value of another kind is skipped and false is
 * returned. Text that is not JSON makes the cursor bad, after which every function returns false.
 * Values must not be trusted until json_end() has returned true. */
#ifndef DAQS_AGENTD_CORE_JSON_CURSOR_H
#define DAQS_AGENTD_CORE_JSON_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_DEPTH_MAX 16

struct json_cursor {
    const char *at;
    const char *end;
    const char *bad; /* the first error; NULL: none so far */
    unsigned depth;
    bool begun[JSON_DEPTH_MAX]; /* for each open list or object: it had a member */
};

/* The text need not be terminated and must outlive the cursor. */
void json_begin(struct json_cursor *c, const char *text, size_t length);

/* Enter a list or an object. Each time json_next_item or json_next_key returns true, exactly one
 * value must be read. When it returns false, the list or object has been left. */
bool json_read_list(struct json_cursor *c);
bool json_read_object(struct json_cursor *c);
bool json_next_item(struct json_cursor *c);
/* Keys that do not fit in buf are truncated. It needs room for one byte more than the longest key
 * of interest. */
bool json_next_key(struct json_cursor *c, char *buf, size_t size);

/* Decodes a string into buf and terminates it. A string that does not fit is truncated between
 * characters. A string with a zero character makes the cursor bad. */
bool json_read_string(struct json_cursor *c, char *buf, size_t size);
/* False for negative numbers and numbers with a fraction or an exponent. An integer that exceeds 64
 * bits makes the cursor bad. */
bool json_read_uint(struct json_cursor *c, uint64_t *ret);
bool json_read_bool(struct json_cursor *c, bool *ret);
void json_skip(struct json_cursor *c);

/* Returns true if the text ends here and all of it was valid JSON. */
bool json_end(struct json_cursor *c);

#endif
