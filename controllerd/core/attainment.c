#include "controllerd/core/attainment.h"

static daqs_bps enough(daqs_bps min)
{
    return daqs_rate_less(min, 1000000 - ATTAINMENT_PPM);
}

void attainment_note(struct attainment *a, daqs_bps usage, daqs_bps min, bool wants_more)
{
    if (a->reports == UINT16_MAX)
        return;
    a->reports++;
    if (wants_more && usage < enough(min))
        a->hungry++;
}

static enum attainment_verdict judge(const struct attainment *a, daqs_bps usage, daqs_bps min)
{
    if (usage >= enough(min))
        return ATTAINMENT_MET;
    return a->hungry > 0 && a->hungry * 2 >= a->reports ? ATTAINMENT_MISSED : ATTAINMENT_IDLE;
}

enum attainment_change attainment_close(struct attainment *a, daqs_bps usage, uint64_t measured_ms,
                                        daqs_bps min, int64_t time_s,
                                        enum attainment_verdict *ret_verdict, uint64_t *ret_seconds)
{
    enum attainment_verdict verdict = judge(a, usage, min);
    uint64_t ms = a->rest_ms + (measured_ms < UINT16_MAX ? measured_ms : UINT16_MAX);
    bool first = verdict == ATTAINMENT_MISSED ? a->missed == 0 : a->other == 0;
    *ret_verdict = verdict;
    *ret_seconds = ms / 1000;
    a->rest_ms = (uint16_t)(ms % 1000);
    a->reports = a->hungry = 0;
    if (verdict == ATTAINMENT_MISSED) {
        a->other = 0;
        if (a->missed < ATTAINMENT_BEGIN)
            a->missed++;
        if (a->violated)
            return ATTAINMENT_SAME;
        if (first)
            a->since_s = time_s;
        a->violated = a->missed == ATTAINMENT_BEGIN;
        return a->violated ? ATTAINMENT_VIOLATED : ATTAINMENT_SAME;
    }
    a->missed = 0;
    if (a->other < ATTAINMENT_END)
        a->other++;
    if (!a->violated || a->other < ATTAINMENT_END)
        return ATTAINMENT_SAME;
    a->violated = false;
    return ATTAINMENT_HELD_AGAIN;
}
