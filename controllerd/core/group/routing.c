/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/group/routing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "shared/wire/peer.h"

enum { OWN = 0 };

/* Names have no control characters, so a tab ends one in a token. */
#define TAB "\t"

static enum routing_way to_member(const struct routing_question *q)
{
    const bool other = q->answers != OWN && q->answers < q->members;
    return other && q->hops < WIRE_HOPS_MAX ? ROUTING_OTHER : ROUTING_HERE;
}

bool routing_leaves(enum wire_place place)
{
    return place != WIRE_PLACE_HERE && place != WIRE_PLACE_COPY;
}

enum routing_way routing_way(const struct routing_question *q)
{
    switch (q->place) {
    case WIRE_PLACE_HERE:
    case WIRE_PLACE_COPY:
        break;
    case WIRE_PLACE_HOST:
    case WIRE_PLACE_HOST_OR_HERE:
    case WIRE_PLACE_MEMBER:
        return to_member(q);
    case WIRE_PLACE_EACH:
        if (q->one_host)
            return to_member(q);
        return q->hops ? ROUTING_HERE : ROUTING_TURNS;
    case WIRE_PLACE_EVERY:
        return q->hops ? ROUTING_HERE : ROUTING_TURNS;
    case WIRE_PLACE_ALL:
        return q->hops ? ROUTING_HERE : ROUTING_ALL;
    case WIRE_PLACE_EACH_PAST:
        if (!q->one_host)
            return q->hops ? ROUTING_HERE : ROUTING_TURNS;
        return q->hops ? ROUTING_HERE : ROUTING_PAST;
    case WIRE_PLACE_PAST:
        return q->hops ? ROUTING_HERE : ROUTING_PAST;
    }
    return ROUTING_HERE;
}

/* A token is "MEMBER TAB SEEN TAB TOKEN"; SEEN is 0 or 1. */
bool routing_token_read(const char *token, struct routing_part *ret)
{
    const size_t length = strcspn(token, TAB);
    const char *rest = token + length;
    if (length == 0 || length > DAQS_MEMBER_MAX || rest[0] != '\t' ||
        (rest[1] != '0' && rest[1] != '1') || rest[2] != '\t')
        return false;
    memcpy(ret->member, token, length);
    ret->member[length] = '\0';
    ret->seen = rest[1] == '1';
    ret->token = rest + 3;
    return true;
}

bool routing_token_write(const struct routing_part *part, char ret[static WIRE_FIELD_BYTES + 1])
{
    const int length = snprintf(ret, WIRE_FIELD_BYTES + 1, "%s" TAB "%d" TAB "%s", part->member,
                                part->seen, part->token);
    return length >= 0 && (size_t)length <= WIRE_FIELD_BYTES;
}

static const char *name_of(const struct members *m, size_t number)
{
    return members_at(m, number)->row.name;
}

size_t routing_next(const struct members *m, const char *after)
{
    const size_t count = members_count(m);
    size_t next = OWN;
    if (after && strcmp(after, name_of(m, OWN)) == 0)
        return count;
    for (size_t i = OWN + 1; i < count; i++) {
        const bool later = !after || strcmp(name_of(m, i), after) > 0;
        if (members_at(m, i)->life != MEMBER_LOST && later &&
            (next == OWN || strcmp(name_of(m, i), name_of(m, next)) < 0))
            next = i;
    }
    return next;
}

/* Writes a number with commas, as people read it. */
static void format_count(uint64_t count, char buf[static 32])
{
    char digits[24];
    const size_t length = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, count);
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            buf[used++] = ',';
        buf[used++] = digits[i];
    }
    buf[used] = '\0';
}

const char *routing_silent(const struct member *member)
{
    return member->row.peer[0] ? "does not answer"
                               : "has no address for other members ([group] peer)";
}

const char *routing_missing(const struct member *member, const char *why, uint64_t hosts,
                            char buf[static ROUTING_TEXT])
{
    char count[32];
    if (!why)
        why = routing_silent(member);
    format_count(hosts, count);
    (void)snprintf(buf, ROUTING_TEXT, "%s %.160s: its %s host%s %s missing", member->row.name, why,
                   count, hosts == 1 ? "" : "s", hosts == 1 ? "is" : "are");
    return buf;
}

const char *routing_lost(const char *member, uint64_t hosts, char buf[static ROUTING_TEXT])
{
    char count[32];
    format_count(hosts, count);
    (void)snprintf(buf, ROUTING_TEXT,
                   "%.*s was lost during this list: its hosts (%s) may be missing, ask again",
                   DAQS_MEMBER_MAX, member, count);
    return buf;
}
