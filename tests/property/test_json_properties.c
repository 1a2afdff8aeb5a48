/* SPDX-License-Identifier: Apache-2.0 */
/* Compares json_cursor with jansson: replies of guest agents that were damaged at random must be
 * JSON for both or for neither, and have the same values. */
#include "tests/lib/check.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/core/json_cursor.h"
#include "tests/lib/random.h"

enum { ROUNDS = 200000, MOST = 256 };

static const char *const seeds[] = {
    "{\"return\": [{\"name\": \"eth0\", \"statistics\": {\"tx-bytes\": 266, \"rx-errs\": 0}}]}",
    "{\"error\": {\"class\": \"GenericError\", \"desc\": \"\\u201Ctc\\u201D \\ud83d\\ude00\"}}",
    "{\"return\": {\"exitcode\": 0, \"out-data\": \"cWRpc2M=\", \"exited\": true}}",
    "[[1, -2.5e3, null, false], {}, [], \"\xc3\xa9\\n\"]",
};

static size_t damage(struct random_source *r, char *text, size_t length)
{
    static const char parts[] = "{}[]\",:\\u0e-+.truefalsn0123456789 \n\x01\x7f\xc3\xa9\xff";
    for (uint64_t n = random_below(r, 4); n > 0; n--) {
        size_t at = random_below(r, length + 1);
        switch (random_below(r, 4)) {
        case 0: /* replace a character */
            if (at < length)
                text[at] = parts[random_below(r, sizeof parts - 1)];
            break;
        case 1: /* insert one */
            if (length + 1 < MOST) {
                memmove(text + at + 1, text + at, length - at);
                text[at] = parts[random_below(r, sizeof parts - 1)];
                length++;
            }
            break;
        case 2: /* delete one */
            if (at < length) {
                memmove(text + at, text + at + 1, length - at - 1);
                length--;
            }
            break;
        default: /* cut the rest */
            if (random_below(r, 4) == 0)
                length = at;
        }
    }
    return length;
}

/* jansson supports fewer numbers: 63 bits, and doubles that do not overflow. */
static bool has_long_numbers(const char *text, size_t length)
{
    size_t digits = 0;
    for (size_t i = 0; i < length; i++) {
        digits = isdigit((unsigned char)text[i]) ? digits + 1 : 0;
        if (digits > 15)
            return true;
        if ((text[i] == 'e' || text[i] == 'E') && i > 0 && isdigit((unsigned char)text[i - 1]))
            return true;
    }
    return false;
}

static void same(struct json_cursor *c, const json_t *value);

static void same_members(struct json_cursor *c, const json_t *object)
{
    char key[MOST];
    assert_true(json_read_object(c));
    while (json_next_key(c, key, sizeof key)) {
        const json_t *member = json_object_get(object, key);
        assert_non_null(member);
        same(c, member);
    }
}

static void same(struct json_cursor *c, const json_t *value)
{
    char string[MOST];
    uint64_t number;
    bool yes;
    size_t i = 0;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        same_members(c, value);
        break;
    case JSON_ARRAY:
        assert_true(json_read_list(c));
        while (json_next_item(c))
            same(c, json_array_get(value, i++));
        assert_int_equal(i, json_array_size(value));
        break;
    case JSON_STRING:
        assert_true(json_read_string(c, string, sizeof string));
        assert_string_equal(string, json_string_value(value));
        break;
    case JSON_INTEGER:
        if (json_read_uint(c, &number))
            assert_int_equal(number, json_integer_value(value));
        else
            assert_true(json_integer_value(value) <= 0); /* or "-0" */
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        assert_true(json_read_bool(c, &yes));
        assert_int_equal(yes, json_is_true(value));
        break;
    case JSON_REAL:
    case JSON_NULL:
        json_skip(c);
    }
}

static void damaged_texts_are_json_for_both_or_for_neither(void **state)
{
    struct random_source source = {random_seed()};
    struct random_source *r = &source;
    size_t good = 0;
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        const char *seed = seeds[random_below(r, sizeof seeds / sizeof seeds[0])];
        size_t length = strlen(seed);
        char work[MOST];
        memcpy(work, seed, length);
        length = damage(r, work, length);
        if (has_long_numbers(work, length))
            continue;
        char *text = malloc(length); /* ends with the text, for sanitizers */
        assert_non_null(text);
        memcpy(text, work, length);
        struct json_cursor c;
        json_begin(&c, text, length);
        json_skip(&c);
        bool ours = json_end(&c);
        json_t *theirs = json_loadb(text, length, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
        json_t *loose = json_loadb(text, length, JSON_DECODE_ANY, NULL);
        if (ours != (loose != NULL))
            fail_msg("%s JSON for us only: %.*s", ours ? "is" : "is no", (int)length, text);
        if (theirs) {
            good++;
            json_begin(&c, text, length);
            same(&c, theirs);
            assert_true(json_end(&c));
        }
        json_decref(theirs);
        json_decref(loose);
        free(text);
    }
    assert_true(good > ROUNDS / 20); /* otherwise too little was compared */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_texts_are_json_for_both_or_for_neither),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
