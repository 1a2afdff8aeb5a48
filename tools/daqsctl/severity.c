/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/severity.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool is_one_of(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(word, *list) == 0)
            return true;
    return false;
}

enum severity severity_of(const char *column, const char *word)
{
    static const char *const columns[] = {"state", "level", "value", "mode", NULL};
    static const char *const bad[] = {"tampered", "away", "disobeys", "failing", "refused", NULL};
    static const char *const doubtful[] = {"unresponsive", "unmanaged", "unwatched",
                                           "warning",      "off",       NULL};
    if (!is_one_of(column, columns))
        return SEVERITY_NONE;
    return is_one_of(word, bad)        ? SEVERITY_ERROR
           : is_one_of(word, doubtful) ? SEVERITY_WARNING
                                       : SEVERITY_NONE;
}
