/* SPDX-License-Identifier: Apache-2.0 */
/* trace - what a simulated nic would send without a limit.
 *
 * Pure: the demand is a function of the trace and the time. The same seed gives the same fleet
 * again, in whatever order demands are requested. */
#ifndef DAQS_FLEETSIM_TRACE_H
#define DAQS_FLEETSIM_TRACE_H

#include <stdint.h>

#include "shared/base/error.h"
#include "shared/base/rate.h"

#define TRACE_KINDS(X)                                                                             \
    X(IDLE, "idle")     /* chatter of some kbit/s */                                               \
    X(STEADY, "steady") /* roughly constant */                                                     \
    X(ON_OFF, "on-off") /* its peak or nothing, for seconds each */                                \
    X(BURSTY, "bursty") /* its peak for a tenth of a second now and then, otherwise little */      \
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
    uint32_t on_ms; /* in each period, for on-off */
};

/* The proportions in which the kinds are drawn. */
struct trace_mix {
    uint32_t weight[TRACE_KIND_COUNT];
};

/* Half of all nics are idle, the others are of every kind. */
extern const struct trace_mix trace_usual_mix;

/* Parses "idle=50,steady=20"; kinds that are not named are not drawn. Weights are 0 to 1,000,000,
 * at least one of them above 0. DAQS_EINVALID with a text that names the kinds. */
int trace_mix_parse(const char *text, struct trace_mix *ret, struct daqs_error *err);

/* Returns a random number derived from two others. */
uint64_t trace_random(uint64_t seed, uint64_t number);

/* Draws a trace from the mix. Its peak is at most 'most' and at least a hundredth of that. */
struct trace trace_draw(const struct trace_mix *mix, uint64_t seed, daqs_bps most);

/* Returns a trace that sends 'rate' for two to three seconds of every five to seven. It pauses long
 * enough for limits that were set because of it to be lifted again. */
struct trace trace_pulses(uint64_t seed, daqs_bps rate);

/* Returns the demand at this time, which may count from any origin. */
daqs_bps trace_demand(const struct trace *trace, int64_t time_ms);

#endif
