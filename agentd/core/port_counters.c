/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/port_counters.h"

#include "shared/base/sum.h"

/* BURST_BYTES may be counted at once when they are queued, whatever the interval. A rate of up to
 * MOST_TIMES the capacity is plausible. */
enum { BURST_BYTES = 1000000, MOST_TIMES = 2 };

static bool is_absurd(const struct port_sample *sample, daqs_bps capacity)
{
    double most = (double)(capacity ? capacity : DAQS_BPS_MAX) / 8e6;
    most = most * (double)sample->interval_us * MOST_TIMES + BURST_BYTES;
    return (double)sample->bytes > most || sample->packets > sample->bytes;
}

static void start(struct port_counter *c, const struct port_reading *now)
{
    *c = (struct port_counter){.known = true,
                               .last = *now,
                               .before_us = now->at_us,
                               .moved_us = now->at_us,
                               .still_us = now->at_us,
                               .refresh_us = c->refresh_us,
                               .told_us = now->at_us};
}

/* The counter moved twice within this span, so its refresh interval is not longer. */
static void learn_refresh(struct port_counter *c, int64_t now_us)
{
    int64_t span_us = now_us - c->still_us;
    if (c->moved && (c->refresh_us == 0 || span_us < c->refresh_us))
        c->refresh_us = span_us;
}

static struct port_sample move(struct port_counter *c, const struct port_reading *now,
                               daqs_bps capacity)
{
    struct port_sample sample = {.interval_us = (uint64_t)(now->at_us - c->told_us),
                                 .bytes = now->bytes - c->last.bytes,
                                 .packets = now->packets - c->last.packets};
    /* The first move may include traffic from before the first reading. */
    bool sure = c->moved && !is_absurd(&sample, capacity);
    learn_refresh(c, now->at_us);
    c->moved = true;
    c->still_us = c->last.at_us;
    c->moved_us = c->told_us = now->at_us;
    return sure ? sample : (struct port_sample){0};
}

/* Returns silence up to the last refresh. */
static struct port_sample stand(struct port_counter *c, int64_t now_us)
{
    int64_t refresh_us = c->refresh_us ? c->refresh_us : PORT_REFRESH_MOST_US;
    if (refresh_us > PORT_REFRESH_MOST_US)
        refresh_us = PORT_REFRESH_MOST_US;
    if (now_us - c->moved_us < refresh_us)
        return (struct port_sample){0};
    /* A counter that is refreshed about as often as it is read shows silence up to now. */
    int64_t to_us = now_us - c->before_us >= refresh_us ? now_us : now_us - refresh_us;
    if (to_us <= c->told_us)
        return (struct port_sample){0};
    const struct port_sample sample = {.interval_us = (uint64_t)(to_us - c->told_us)};
    c->told_us = to_us;
    return sample;
}

struct port_sample port_counter_update(struct port_counter *c, const struct port_reading *now,
                                       daqs_bps capacity)
{
    struct port_sample sample = {0};
    if (!c->known || now->at_us <= c->last.at_us || now->bytes < c->last.bytes ||
        now->packets < c->last.packets) {
        start(c, now);
        return sample;
    }
    bool moves = now->bytes > c->last.bytes || now->packets > c->last.packets;
    sample = moves ? move(c, now, capacity) : stand(c, now->at_us);
    c->before_us = c->last.at_us;
    c->last = *now;
    return sample;
}

void port_counter_forget(struct port_counter *c)
{
    c->known = false;
}

void port_sample_add(struct port_sample *sum, const struct port_sample *sample)
{
    sum->interval_us += sample->interval_us;
    sum->bytes = daqs_sum(sum->bytes, sample->bytes);
    sum->packets = daqs_sum(sum->packets, sample->packets);
}

uint64_t port_sample_rate(const struct port_sample *sample)
{
    return sample->interval_us
               ? daqs_whole((double)sample->bytes * 1e6 / (double)sample->interval_us)
               : 0;
}
