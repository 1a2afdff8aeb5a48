/* trace - what a simulated nic would send if nothing held it back.
 *
 * Pure: the demand is a function of the trace and the time, so a seed gives the same fleet again,
 * whatever the order in which it is asked. */
#ifndef DAQS_FLEETSIM_TRACE_H
#define DAQS_FLEETSIM_TRACE_H

#include <stdint.h>

#include "shared/base/error.h"
#include "shared/base/rate.h"

#define TRACE_KINDS(X)                                                                             \
    X(IDLE, "idle")     /* chatter of some kbit/s */                                               \
    X(STEADY, "steady") /* about the same all the time */                                          \
    X(ON_OFF, "on-off") /* its peak or nothing, seconds each */                                    \
    X(BURSTY, "bursty") /* its peak for a tenth of a second now and then, little otherwise */      \
    X(RAMP, "ramp")     /* up to its peak and down again within seconds */

enum trace_kind {
#define X(name, text) TRACE_##name,
    TRACE_KINDS(X)
#undef X
        TRACE_KIND_COUNT
};

struct trace {
    enum trace_kind kind;
    uint64_t seed;
    daqs_bps peak;
    uint32_t period_ms;
    uint32_t phase_ms;
    uint32_t on_ms; /* of the period, for on-off */
};

/* How often each kind is drawn, in proportion. */
struct trace_mix {
    uint32_t weight[TRACE_KIND_COUNT];
};

/* Half of all nics idle, the others of every kind. */
extern const struct trace_mix trace_usual_mix;

/* Reads "idle=50,steady=20": kinds not named are not drawn. Weights are 0 to 1,000,000, one at
 * least above 0. DAQS_EINVALID with a text that names the kinds. */
int trace_mix_parse(const char *text, struct trace_mix *ret, struct daqs_error *err);

/* A random number made of two others. */
uint64_t trace_random(uint64_t seed, uint64_t number);

/* Draws a trace from the mix; its peak is at most 'most', and a hundredth of that at least. */
struct trace trace_draw(const struct trace_mix *mix, uint64_t seed, daqs_bps most);

/* 'rate' for two or three seconds of every five to seven: long enough off for limits that were
 * made for it to be lifted again. */
struct trace trace_pulses(uint64_t seed, daqs_bps rate);

/* What it would send at this time, from any beginning. */
daqs_bps trace_demand(const struct trace *trace, int64_t time_ms);

#endif
