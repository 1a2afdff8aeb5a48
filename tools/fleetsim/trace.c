/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/fleetsim/trace.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    BURST_MS = 100,
    BURST_ONE_IN = 10,
    WEIGHT_MOST = 1000000,
};
#define CHATTER UINT64_C(50000)

const struct trace_mix trace_usual_mix = {
    .weight = {[TRACE_IDLE] = 50,
               [TRACE_STEADY] = 20,
               [TRACE_ON_OFF] = 10,
               [TRACE_BURSTY] = 15,
               [TRACE_RAMP] = 5},
};

static const char *const names[] = {
#define X(name, text) [TRACE_##name] = (text),
    TRACE_KINDS(X)
#undef X
};

/* Parses one "kind=weight" of 'length' bytes. */
static bool parse_part(const char *text, size_t length, struct trace_mix *mix)
{
    const char *equals = memchr(text, '=', length);
    if (!equals)
        return false;
    size_t name_length = (size_t)(equals - text);
    size_t digits = length - name_length - 1;
    if (digits == 0 || strspn(equals + 1, "0123456789") != digits)
        return false;
    unsigned long weight = strtoul(equals + 1, NULL, 10);
    for (int kind = 0; kind < TRACE_KIND_COUNT; kind++)
        if (strlen(names[kind]) == name_length && memcmp(names[kind], text, name_length) == 0) {
            mix->weight[kind] = weight <= WEIGHT_MOST ? (uint32_t)weight : WEIGHT_MOST + 1;
            return weight <= WEIGHT_MOST;
        }
    return false;
}

static uint64_t weights(const struct trace_mix *mix)
{
    uint64_t sum = 0;
    for (int kind = 0; kind < TRACE_KIND_COUNT; kind++)
        sum += mix->weight[kind];
    return sum;
}

int trace_mix_parse(const char *text, struct trace_mix *ret, struct daqs_error *err)
{
    struct trace_mix mix = {0};
    const char *part = text;
    bool good = true;
    while (good) {
        size_t length = strcspn(part, ",");
        good = parse_part(part, length, &mix);
        if (part[length] == '\0')
            break;
        part += length + 1;
    }
    if (!good || weights(&mix) == 0)
        return daqs_fail(
            err, DAQS_EINVALID,
            "'%.60s' is not a mix; write it like idle=50,steady=20,on-off=10,bursty=15,ramp=5",
            text);
    *ret = mix;
    return DAQS_OK;
}

/* splitmix64 (Steele et al. 2014) of seed and number. */
uint64_t trace_random(uint64_t seed, uint64_t number)
{
    uint64_t z = seed + (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Returns a number of at least 0 and below 1. */
static double uniform(uint64_t random)
{
    return (double)(random >> 11) / 9007199254740992.0;
}

struct trace trace_draw(const struct trace_mix *mix, uint64_t seed, daqs_bps most)
{
    enum { KIND, PEAK, PERIOD, PHASE, ON };
    struct trace trace = {.seed = seed};
    uint64_t at = trace_random(seed, KIND) % weights(mix);
    for (int kind = 0; kind < TRACE_KIND_COUNT; kind++) {
        if (at < mix->weight[kind]) {
            trace.kind = (enum trace_kind)kind;
            break;
        }
        at -= mix->weight[kind];
    }
    /* Small senders are more frequent than large ones. */
    trace.peak = (daqs_bps)((double)most * pow(100, -uniform(trace_random(seed, PEAK))));
    trace.period_ms = 2000 + (uint32_t)(trace_random(seed, PERIOD) % 18000);
    trace.phase_ms = (uint32_t)(trace_random(seed, PHASE) % trace.period_ms);
    trace.on_ms = trace.period_ms / 8 + (uint32_t)(trace_random(seed, ON) % (trace.period_ms / 2));
    return trace;
}

struct trace trace_pulses(uint64_t seed, daqs_bps rate)
{
    enum { PERIOD = 16, PHASE, ON };
    struct trace trace = {.kind = TRACE_ON_OFF, .seed = seed, .peak = rate};
    trace.period_ms = 5000 + (uint32_t)(trace_random(seed, PERIOD) % 2001);
    trace.phase_ms = (uint32_t)(trace_random(seed, PHASE) % trace.period_ms);
    trace.on_ms = 2000 + (uint32_t)(trace_random(seed, ON) % 1001);
    return trace;
}

daqs_bps trace_demand(const struct trace *trace, int64_t time_ms)
{
    enum { NOISE = 32 }; /* lower numbers are used by trace_draw and trace_pulses */
    uint64_t now_ms = (uint64_t)time_ms + trace->phase_ms;
    uint64_t at_ms = trace->period_ms ? now_ms % trace->period_ms : 0;
    switch (trace->kind) {
    case TRACE_STEADY: /* within a tenth of the peak, another rate each second */
        return trace->peak / 10 * 9 +
               trace_random(trace->seed, NOISE + now_ms / 1000) % (trace->peak / 10 + 1);
    case TRACE_ON_OFF:
        return at_ms < trace->on_ms ? trace->peak : 0;
    case TRACE_BURSTY:
        return trace_random(trace->seed, NOISE + now_ms / BURST_MS) % BURST_ONE_IN == 0
                   ? trace->peak
                   : trace->peak / 50;
    case TRACE_RAMP: {
        uint64_t half_ms = trace->period_ms / 2;
        uint64_t up_ms = at_ms < half_ms ? at_ms : trace->period_ms - at_ms;
        return daqs_lower(trace->peak, trace->peak / (half_ms ? half_ms : 1) * up_ms);
    }
    case TRACE_IDLE:
    case TRACE_KIND_COUNT:
        break;
    }
    return trace_random(trace->seed, NOISE + now_ms / 1000) % CHATTER;
}
