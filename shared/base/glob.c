/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/glob.h"

#include <stddef.h>
#include <string.h>

bool daqs_glob_is(const char *text)
{
    return strpbrk(text, "*?") != NULL;
}

/* Returns the next character's position. A byte that continues a character begins none. */
static const char *next_character(const char *text)
{
    text++;
    while (((unsigned char)*text & 0xc0) == 0x80)
        text++;
    return text;
}

/* Only the last star has to be tried again: if what follows an earlier one has matched as far left
 * as it can, a later match would leave less for the rest. */
bool daqs_glob_match(const char *pattern, const char *text)
{
    const char *star = NULL;  /* the pattern behind the last star */
    const char *retry = NULL; /* where the text that the star stands for ends */
    while (*text) {
        if (*pattern == '*') {
            star = ++pattern;
            retry = text;
        } else if (*pattern == '?') {
            pattern++;
            text = next_character(text);
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star;
            text = retry = next_character(retry);
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}
