/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/history/attainment.h"

#include "shared/policy/memory.h"

static daqs_bps enough(daqs_bps min)
{
    return daqs_rate_less(min, 1000000 - ATTAINMENT_PPM);
}

/* --- signs --- */

/* A limit that leaves room for the guarantee does not prevent the VM from using it. */
static bool held_by_limit(const struct attainment_look *look)
{
    return look->limit < look->min && look->usage >= daqs_rate_less(look->limit, 50000);
}

/* Returns true if the VM uses its reserve, or sent its guarantee a moment ago. */
static bool wants_more(const struct attainment_look *look)
{
    return memory_fills(look->memory, (double)look->usage) ||
           look->memory->high >= 0.9 * (double)look->min;
}

/* Returns true if more would have got through: within the reserve, or within the capacity that was
 * not used. */
static bool had_room(const struct attainment_look *look)
{
    if (look->slack == 0)
        return false;
    return (double)look->usage < look->memory->reserve || look->slack >= look->min - look->usage;
}

/* Returns true if the VM sends next to nothing, and has for so long that it cannot be waiting for a
 * retransmission timer. */
static bool is_silent(const struct attainment_look *look)
{
    return look->usage < look->min / 20 && look->memory->heard && !look->memory->on;
}

enum attainment_sign attainment_sign(const struct attainment_look *look)
{
    if (look->usage >= enough(look->min))
        return ATTAINMENT_ENOUGH;
    if (look->backlog == DAQS_BACKLOG_SOME || held_by_limit(look))
        return ATTAINMENT_SHORT;
    if (look->backlog == DAQS_BACKLOG_NONE || is_silent(look))
        return ATTAINMENT_CONTENT;
    if (look->slack == 0 && wants_more(look))
        return ATTAINMENT_SHORT;
    /* A VM that was short on a full port a moment ago may be waiting for a retransmission timer. */
    return had_room(look) && !look->memory->short_on_full_port ? ATTAINMENT_CONTENT
                                                               : ATTAINMENT_UNCLEAR;
}

void attainment_note(struct attainment *a, const struct attainment_look *look)
{
    daqs_bps less = look->min > look->usage ? look->min - look->usage : 0;
    a->reports++;
    a->less[attainment_sign(look)] += (uint64_t)((double)less * 1e6 / (double)look->min);
    a->unsent |= look->backlog == DAQS_BACKLOG_SOME;
    a->asked = look->backlog != DAQS_BACKLOG_UNKNOWN;
}

/* --- seconds --- */

/* Certain losses make a second missed. Possible losses make it unknown. */
static enum attainment_verdict judge(const struct attainment *a,
                                     const struct attainment_second *second)
{
    uint64_t most = a->reports * (uint64_t)(1000000 - ATTAINMENT_PPM);
    if (!second->complete)
        return ATTAINMENT_UNKNOWN;
    if (second->usage >= enough(second->min))
        return ATTAINMENT_MET;
    if (a->less[ATTAINMENT_SHORT] > most)
        return ATTAINMENT_MISSED;
    return a->less[ATTAINMENT_CONTENT] > 0 && a->less[ATTAINMENT_UNCLEAR] <= most
               ? ATTAINMENT_IDLE
               : ATTAINMENT_UNKNOWN;
}

static enum attainment_change note_missed(struct attainment *a, int64_t time_s)
{
    if (a->missed == 0 && !a->violated)
        a->since_s = time_s;
    a->other = 0;
    if (a->missed < ATTAINMENT_BEGIN)
        a->missed++;
    if (a->violated || a->missed < ATTAINMENT_BEGIN)
        return ATTAINMENT_SAME;
    a->violated = true;
    return ATTAINMENT_VIOLATED;
}

static enum attainment_change note_other(struct attainment *a)
{
    a->missed = 0;
    if (a->other < ATTAINMENT_END)
        a->other++;
    if (!a->violated || a->other < ATTAINMENT_END)
        return ATTAINMENT_SAME;
    a->violated = false;
    return ATTAINMENT_HELD_AGAIN;
}

static void release(struct attainment *a, uint64_t seconds[static ATTAINMENT_VERDICTS])
{
    for (int i = 0; i < a->held_seconds; i++)
        seconds[a->held[i].verdict] += a->held[i].seconds;
    a->held_seconds = 0;
}

static void hold(struct attainment *a, struct attainment_held held,
                 uint64_t seconds[static ATTAINMENT_VERDICTS])
{
    if (a->held_seconds == ATTAINMENT_HELD) {
        seconds[a->held[0].verdict] += a->held[0].seconds;
        for (int i = 1; i < ATTAINMENT_HELD; i++)
            a->held[i - 1] = a->held[i];
        a->held_seconds--;
    }
    a->held[a->held_seconds++] = held;
}

/* The seconds held back were missed, too: the violation begins with the first of them. */
static enum attainment_change correct(struct attainment *a, int64_t time_s)
{
    enum attainment_change change = ATTAINMENT_SAME;
    for (int i = 0; i < a->held_seconds; i++) {
        enum attainment_change here = note_missed(a, time_s - a->held_seconds + i);
        change = here == ATTAINMENT_SAME ? change : here;
        a->held[i].verdict = ATTAINMENT_MISSED;
    }
    return change;
}

static enum attainment_change book(struct attainment *a, enum attainment_verdict verdict,
                                   uint16_t here, int64_t time_s,
                                   uint64_t seconds[static ATTAINMENT_VERDICTS])
{
    enum attainment_change change = ATTAINMENT_SAME;
    bool may_change = verdict == ATTAINMENT_UNKNOWN || (verdict == ATTAINMENT_IDLE && !a->asked);
    if (may_change) {
        hold(a, (struct attainment_held){verdict, here}, seconds);
        return note_other(a);
    }
    if (verdict == ATTAINMENT_MISSED && a->unsent)
        change = correct(a, time_s);
    release(a, seconds);
    seconds[verdict] += here;
    if (verdict != ATTAINMENT_MISSED)
        return note_other(a);
    enum attainment_change last = note_missed(a, time_s);
    return change == ATTAINMENT_SAME ? last : change;
}

enum attainment_change attainment_close(struct attainment *a,
                                        const struct attainment_second *second,
                                        uint64_t ret_seconds[static ATTAINMENT_VERDICTS])
{
    uint64_t measured_ms = second->measured_ms < UINT16_MAX ? second->measured_ms : UINT16_MAX;
    uint64_t ms = a->rest_ms + measured_ms;
    for (int v = 0; v < ATTAINMENT_VERDICTS; v++)
        ret_seconds[v] = 0;
    a->rest_ms = (uint16_t)(ms % 1000);
    a->last = judge(a, second);
    enum attainment_change change =
        book(a, a->last, (uint16_t)(ms / 1000), second->time_s, ret_seconds);
    a->reports = 0;
    a->unsent = false;
    for (int s = 0; s < ATTAINMENT_SIGNS; s++)
        a->less[s] = 0;
    return change;
}
