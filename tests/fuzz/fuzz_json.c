/* SPDX-License-Identifier: Apache-2.0 */
/* Any JSON from guests: json_cursor accepts a text if and only if jansson does. */
#include <jansson.h>
#include <string.h>

#include "agentd/core/json_cursor.h"
#include "tests/fuzz/harness.h"

/* Returns whether only one of the two parsers may reject the text. jansson supports fewer numbers
 * and deeper nesting, and rejects duplicate keys only if requested. */
static bool differs(const struct json_cursor *c, const json_error_t *err)
{
    return json_error_code(err) == json_error_numeric_overflow ||
           (c->bad && (strstr(c->bad, "too deeply") || strstr(c->bad, "too large")));
}

static void run(const uint8_t *bytes, size_t length)
{
    struct json_cursor c;
    json_error_t err;
    json_begin(&c, (const char *)bytes, length);
    json_skip(&c);
    bool good = json_end(&c);
    FUZZ_CHECK(good == !c.bad && (!good || c.depth == 0));
    fuzz_decoded();
    if (memchr(bytes, '\0', length)) { /* jansson ignores a NUL after a number */
        FUZZ_CHECK(!good);
        return;
    }
    json_t *other = json_loadb((const char *)bytes, length, JSON_DECODE_ANY, &err);
    FUZZ_CHECK(good == (other != NULL) || differs(&c, &err));
    json_decref(other);
}

const struct fuzz_target fuzz_target = {.run = run, .most_bytes = 1024};
