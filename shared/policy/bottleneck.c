/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/policy/bottleneck.h"

#include "shared/policy/memory.h"

enum {
    SHORT_MS = 2000, /* a shortage counts after that: three checks of the sockets span it */
    LOOKS_MS = 3000, /* enough for three checks of the sockets, and for others to yield */
    FORGET_MS = 60000,
};

/* The capacity rises by 4 % in ten seconds while the bottleneck seems unchanged: slowly enough that
 * a report shows the bottleneck before a guarantee is missed. It rises by 4 % in two seconds once
 * more gets through than at the last evidence. */
#define SLOW_A_SECOND 0.004
#define FAST_A_SECOND 0.02

/* Returns true if a limit may hold the VM back, or one that has just been lifted. */
static bool limited(const struct policy_vm *vm)
{
    daqs_bps limit = daqs_lower(vm->limit, vm->memory->limit_before);
    double usage = higher_of((double)vm->usage, vm->memory->mean);
    return limit != DAQS_UNLIMITED && usage >= 0.95 * (double)limit;
}

/* Records evidence. What got through recently gets through, wherever the bottleneck is. If the
 * others have yielded for three seconds and the VM has not taken half of what it lacked, something
 * holds back this VM but not the others. */
static void prove(struct policy_shortage *s, const struct policy_vm *vm, double most)
{
    double mean = vm->memory->mean;
    if (s->proven_ms == vm->span_ms)
        s->at_first = mean;
    s->capacity = s->proven = most;
    s->quiet_ms = 0;
    if (s->proven_ms >= LOOKS_MS && mean < (s->at_first + (double)vm->min) / 2)
        *s = (struct policy_shortage){.doubted_ms = FORGET_MS};
}

/* Returns true if the VM is short while as much gets through as at the last evidence: it was pushed
 * aside. A VM that sends less by itself leaves a gap. After three seconds its sockets would have
 * shown the shortage. */
static bool pushed_aside(const struct policy_shortage *s, double sent)
{
    return s->short_ms > 0 && s->short_ms < LOOKS_MS && sent >= 0.985 * s->proven &&
           sent < 1.02 * s->proven;
}

/* Handles a report without evidence: raises the capacity to slightly more than what gets through.
 * Beyond that, nothing would show whether the capacity is right. */
static void probe(struct policy_shortage *s, const struct policy_vm *vm, double sent, double most)
{
    double pace = most > 1.02 * s->proven ? FAST_A_SECOND : SLOW_A_SECOND;
    double more = lower_of(s->capacity * (1 + pace * vm->span_ms / 1000), 1.04 * most);
    s->quiet_ms += vm->span_ms;
    if (s->quiet_ms >= FORGET_MS)
        s->capacity = 0;
    else if (pushed_aside(s, sent))
        s->capacity = higher_of(s->proven, most);
    else
        s->capacity = higher_of(s->capacity, higher_of(more, most));
}

static void note_vm(const struct policy_uplink *u, struct policy_vm *vm, double sent, double most)
{
    struct policy_shortage *s = &vm->memory->shortage;
    if (vm->min == 0 && s->capacity <= 0) { /* most VMs */
        s->short_ms = 0;
        return;
    }
    double min = u->mode == POLICY_MODE_MINIMUM ? (double)vm->min : 0;
    bool full = sent >= 0.96 * (double)u->capacity;
    bool is_short = vm->memory->on && vm->memory->mean < 0.995 * min && !full;
    s->short_ms = is_short ? s->short_ms + vm->span_ms : 0;
    s->doubted_ms = s->doubted_ms > vm->span_ms ? s->doubted_ms - vm->span_ms : 0;
    bool proof = vm->backlog && s->short_ms >= SHORT_MS && s->doubted_ms == 0 && !limited(vm);
    s->proven_ms = proof ? s->proven_ms + vm->span_ms : 0;
    if (proof)
        prove(s, vm, most);
    else if (s->capacity > 0)
        probe(s, vm, sent, most);
    if (s->capacity >= (double)u->capacity)
        s->capacity = 0;
}

/* Returns the highest rate of the last three seconds, as a mean over 300 ms: single reports are too
 * high or too low. */
static double highest(struct policy_bottleneck *b, double sent, uint32_t span_ms)
{
    b->mean += (sent - b->mean) * lower_of(1, span_ms / 300.0);
    b->second_ms += span_ms;
    if (b->second_ms >= 1000) {
        b->highest[2] = b->highest[1];
        b->highest[1] = b->highest[0];
        b->highest[0] = 0;
        b->second_ms = 0;
    }
    b->highest[0] = higher_of(b->highest[0], b->mean);
    return higher_of(b->highest[0], higher_of(b->highest[1], b->highest[2]));
}

double bottleneck_note(struct policy_uplink *u, double sent)
{
    struct policy_bottleneck *b = &u->memory.bottleneck;
    double capacity = (double)u->capacity;
    double most = highest(b, sent, u->span_ms);
    b->capacity = capacity;
    b->proven = 0;
    for (uint32_t v = 0; u->memory.vms_kept && v < u->vms; v++) {
        struct policy_vm *vm = &u->vm[v];
        if (vm->fresh && vm->span_ms <= 3 * u->report_ms)
            note_vm(u, vm, sent, most);
        if (vm->memory->shortage.capacity > 0 && vm->memory->shortage.capacity < b->capacity) {
            b->capacity = vm->memory->shortage.capacity;
            b->proven = vm->memory->shortage.proven;
        }
    }
    return b->capacity;
}
