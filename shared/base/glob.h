/* SPDX-License-Identifier: Apache-2.0 */
/* glob - patterns for names. fnmatch(3) is not used, because a pattern with many stars can keep it
 * busy for years; this takes at most the product of both lengths. */
#ifndef DAQS_BASE_GLOB_H
#define DAQS_BASE_GLOB_H

#include <stdbool.h>

/* Returns true if the text has a character that makes it a pattern: '*' or '?'. */
bool daqs_glob_is(const char *text);

/* Returns true if the whole text matches the pattern: '*' stands for any characters or none, '?'
 * for one character of UTF-8, every other character for itself. */
bool daqs_glob_match(const char *pattern, const char *text);

#endif
