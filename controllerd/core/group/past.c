/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/group/past.h"

#include <string.h>

#include "shared/base/text.h"
#include "shared/base/time_text.h"

size_t past_spans(const struct past_stay *stay, size_t stays, int64_t from_ms, int64_t to_ms,
                  struct past_span *ret)
{
    size_t count = 0;
    for (size_t i = 0; i < stays; i++) {
        const int64_t since_ms = stay[i].since_ms > from_ms ? stay[i].since_ms : from_ms;
        const int64_t end_ms = i + 1 < stays ? stay[i + 1].since_ms : INT64_MAX;
        const int64_t until_ms = end_ms < to_ms ? end_ms : to_ms;
        if (until_ms < since_ms || end_ms <= from_ms)
            continue;
        if (count > 0 && strcmp(ret[count - 1].member, stay[i].member) == 0)
            ret[count - 1].to_ms = until_ms;
        else
            ret[count++] = (struct past_span){stay[i].member, since_ms, until_ms};
    }
    return count;
}

bool past_begins_unknown(const struct past_stay *stay, size_t stays, int64_t from_ms)
{
    return stays == 0 || stay[0].since_ms > from_ms;
}

/* A time to the second. */
static const char *format(int64_t ms, char buf[static DAQS_TIME_TEXT])
{
    return daqs_time_format(ms / 1000 * 1000, buf);
}

void past_say_missing(const struct past_span *span, const char *why, char *text, size_t size)
{
    char from[DAQS_TIME_TEXT];
    char to[DAQS_TIME_TEXT];
    daqs_text_add(text, size, "; ", "%s to %s is on %s, which %s", format(span->from_ms, from),
                  format(span->to_ms, to), span->member, why);
}
