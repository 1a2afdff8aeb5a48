/* SPDX-License-Identifier: Apache-2.0 */
/* past - which members of a group have recorded a host's history, and when. */
#ifndef DAQS_CONTROLLERD_CORE_GROUP_PAST_H
#define DAQS_CONTROLLERD_CORE_GROUP_PAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/model.h"

/* A member serves the host from then on. */
struct past_stay {
    int64_t since_ms; /* UTC */
    char member[DAQS_MEMBER_MAX + 1];
};

/* A member has recorded a part of the span. */
struct past_span {
    const char *member; /* the stay's */
    int64_t from_ms;    /* UTC; both are within the span */
    int64_t to_ms;
};

/* Writes who has recorded the host from from_ms to to_ms, in the order of time; adjoining stays at
 * one member are one. stay: in the order of time. ret: room for as many as there are stays. Returns
 * how many. */
size_t past_spans(const struct past_stay *stay, size_t stays, int64_t from_ms, int64_t to_ms,
                  struct past_span *ret);

/* Returns true if the stays do not say who has recorded the beginning of the span. */
bool past_begins_unknown(const struct past_stay *stay, size_t stays, int64_t from_ms);

/* Adds to a text, after "; " unless it is empty, that a span is missing, for example
 * "2026-11-30T12:00:00Z to 2026-11-30T14:10:00Z is on c3, which does not answer". why: "does not
 * answer". */
void past_say_missing(const struct past_span *span, const char *why, char *text, size_t size);

#endif
