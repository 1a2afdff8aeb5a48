/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/vf_counter.h"

static bool moves(const struct counters_reading *last, const struct counters_reading *now)
{
    return now->tx_bytes != last->tx_bytes || now->rx_bytes != last->rx_bytes ||
           now->tx_packets != last->tx_packets || now->rx_packets != last->rx_packets;
}

static void start(struct vf_counter *c, const struct counters_reading *now)
{
    *c = (struct vf_counter){.known = true,
                             .counts = c->counts,
                             .last = *now,
                             .still_us = now->at_us,
                             .moved_us = now->at_us,
                             .told_us = now->at_us,
                             .refresh_us = c->refresh_us};
}

/* Returns true if silence was reported, but the counters now show as much traffic as if there had
 * been none: they are refreshed less often than it seemed. */
static bool was_late(const struct vf_counter *c, uint64_t tx_bytes, int64_t stood_us)
{
    double before = c->bytes_per_us;
    double rate = (double)tx_bytes / (double)stood_us;
    return c->told_us > c->moved_us && before > 0 && rate > before / 2 && rate < before * 2;
}

static void note_rate(struct vf_counter *c, const struct daqs_sample *sample)
{
    if (sample->interval_us > 0)
        c->bytes_per_us = (double)sample->tx_bytes / (double)sample->interval_us;
}

static struct daqs_sample move(struct vf_counter *c, const struct counters_reading *now,
                               int64_t age_us)
{
    struct daqs_sample sample = counters_between(&c->last, now);
    sample.interval_us = now->at_us - c->told_us;
    /* The counters moved twice within span_us, so their refresh interval is not longer. */
    int64_t span_us = now->at_us - c->still_us;
    int64_t stood_us = now->at_us - c->moved_us;
    bool sure = c->moved;
    if (sure && age_us != 0 && was_late(c, sample.tx_bytes, stood_us)) {
        c->refresh_us = stood_us;
        sample.interval_us = stood_us;
    } else if (sure && (c->refresh_us == 0 || span_us < c->refresh_us))
        c->refresh_us = span_us;
    if (sure)
        note_rate(c, &sample);
    c->counts = c->moved = true;
    c->still_us = c->last.at_us;
    c->moved_us = c->told_us = now->at_us;
    return sure ? sample : (struct daqs_sample){0};
}

static int64_t period_us(const struct vf_counter *c, int64_t age_us)
{
    if (age_us == 0)
        return 0;
    int64_t period = c->refresh_us ? c->refresh_us : age_us > 0 ? age_us : VF_COUNTER_HOLD_US;
    if (period < age_us)
        period = age_us;
    return period < VF_COUNTER_HOLD_US ? period : VF_COUNTER_HOLD_US;
}

/* Counters that are refreshed as often as they are read show what was sent up to now. Others show
 * what was sent up to their last refresh. Timers of drivers are not exact, so half a period is
 * added to the wait. */
static struct daqs_sample stand(struct vf_counter *c, int64_t now_us, int64_t age_us)
{
    int64_t period = period_us(c, age_us);
    bool fresh = period <= (now_us - c->last.at_us) * 5 / 2;
    int64_t wait = fresh ? period : period + period / 2;
    if (wait > VF_COUNTER_HOLD_US)
        wait = VF_COUNTER_HOLD_US;
    int64_t to_us = fresh ? now_us : now_us - period;
    if (!c->counts || now_us - c->moved_us < wait || to_us <= c->told_us)
        return (struct daqs_sample){0};
    const struct daqs_sample sample = {.interval_us = to_us - c->told_us};
    c->told_us = to_us;
    return sample;
}

struct daqs_sample vf_counter_update(struct vf_counter *c, const struct counters_reading *now,
                                     int64_t age_us)
{
    struct daqs_sample sample = {0};
    if (!c->known || counters_went_back(&c->last, now)) {
        start(c, now);
        return sample;
    }
    sample = moves(&c->last, now) ? move(c, now, age_us) : stand(c, now->at_us, age_us);
    c->last = *now;
    return sample;
}

int64_t vf_counter_as_of(const struct vf_counter *c)
{
    return c->last.at_us - c->moved_us < VF_COUNTER_HOLD_US ? c->moved_us : c->last.at_us;
}
