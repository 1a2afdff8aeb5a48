/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/policy/memory.h"

#include <math.h>

enum { LATE_MOST_MS = 3000 };

static void decay_over(struct policy_decay *decay, uint32_t span_ms)
{
    if (decay->span_ms == span_ms && decay->mean > 0)
        return;
    decay->span_ms = span_ms;
    decay->slow = pow(0.93, span_ms / 100.0);
    decay->mean = pow(0.7, span_ms / 100.0);
    decay->fast = pow(0.4, span_ms / 100.0);
}

static double toward(double to, double from, double kept)
{
    return to + (from - to) * kept;
}

/* Returns the decay of the maximum. A fall of a guaranteed VM is believed within 0.2 s, because it
 * makes room for others; that of a best-effort VM more slowly, because its own room depends on it.
 * But a VM with less demand leaves a gap: a VM that sends less while the port stays full was pushed
 * aside. */
static double high_keep(daqs_bps min, const struct policy_scene *scene)
{
    if (min == 0)
        return scene->decay.mean;
    return scene->sent < 0.98 * scene->capacity ? scene->decay.fast : scene->decay.slow;
}

/* Returns true if the VM sends more than background traffic (ARP, a health check). The threshold is
 * lower for a guarantee (a twentieth of it) or a limit of best effort (half of it), if that is
 * less. */
static bool sends(const struct policy_vm *vm, daqs_bps min, const struct policy_scene *scene)
{
    double least = 0.0005 * scene->capacity;
    double other = min > 0 ? (double)min / 20 : (double)vm->limit / 2;
    return (double)vm->usage > lower_of(least, other);
}

/* Returns true if the VM's TCP has lost everything that it sent and waits for a timer of at least
 * 200 ms (RFC 6298, 2.4; TCP_RTO_MIN of Linux). This silence must not release the reserve. */
static bool waits_for_timer(const struct policy_memory *m)
{
    return m->on && m->quiet.reports > 0 && m->short_on_full_port && !count_is(&m->quiet, 4);
}

static bool begins(const struct policy_memory *m)
{
    return m->quiet.reports == 0 &&
           (!count_is(&m->age, 2) || (!count_is(&m->age, 20) && !count_is(&m->rose, 2)));
}

bool memory_fills(const struct policy_memory *m, double usage)
{
    double spare = higher_of(0, m->reserve - m->high);
    return m->reserve > 0 && m->reserve < 0.999 * (double)m->min && usage > 0.9 * m->reserve &&
           usage >= lower_of(m->high, m->reserve) + 0.75 * spare;
}

/* Records a shortage on a full port. It refers to the guarantee of the VM's SLA, even if the mode
 * has no guarantees. */
static void note_shortage(struct policy_memory *m, const struct policy_vm *vm, bool sending,
                          const struct policy_scene *scene)
{
    if (sending && (double)vm->usage < 0.95 * (double)vm->min &&
        scene->sent >= (1 - POLICY_FULL_LESS_PPM / 1e6) * scene->capacity) {
        m->short_on_full_port = true;
        m->squeezed = (struct policy_count){0};
    } else if (sending && m->short_on_full_port) {
        count_add(&m->squeezed, vm->span_ms);
        m->short_on_full_port = !count_is(&m->squeezed, 3);
    }
}

static void count_or_reset(struct policy_count *count, bool goes_on, uint32_t ms)
{
    if (goes_on)
        count_add(count, ms);
    else
        *count = (struct policy_count){0};
}

/* Returns what outlives a gap in the reports: a gap shows nothing about the bottleneck, and does
 * not end a doubt. */
static struct policy_shortage kept_shortage(const struct policy_shortage *s)
{
    return (struct policy_shortage){.capacity = s->capacity,
                                    .proven = s->proven,
                                    .quiet_ms = s->quiet_ms,
                                    .doubted_ms = s->doubted_ms};
}

static bool rises(const struct policy_memory *m, double usage)
{
    return usage > 1.01 * m->high;
}

/* Returns true if a late sample (of more than three reports) changes nothing: the VM did not send
 * more in it than recently, so its guest or its host was busy for a moment. The previous sample
 * must not have been late, and no unsent bytes may be believed, which lasts only for a few
 * seconds. */
static bool bears(struct policy_memory *m, const struct policy_vm *vm, bool late)
{
    bool before = m->late;
    m->late = late;
    return late && !before && m->heard && m->on && m->quiet.reports == 0 &&
           m->shortage.proven_ms == 0 && vm->span_ms <= LATE_MOST_MS &&
           !rises(m, (double)vm->usage);
}

void memory_note(struct policy_vm *vm, daqs_bps min, struct policy_scene *scene)
{
    struct policy_memory *m = vm->memory;
    double usage = (double)vm->usage;
    if (vm->lost) {
        *m = (struct policy_memory){.limit_before = vm->limit, .min = min, .on = min > 0};
        return;
    }
    if (vm->uncounted)
        *m = (struct policy_memory){.limit_before = vm->limit, .min = min};
    if (!vm->fresh)
        return;
    bool late = vm->span_ms > 3 * scene->report_ms;
    if (bears(m, vm, late)) {
        vm->fresh = false;
        return;
    }
    if (!m->heard || late)
        *m = (struct policy_memory){.high = usage,
                                    .mean = usage,
                                    .before = usage,
                                    .limit_before = vm->limit,
                                    .min = min,
                                    .shortage = kept_shortage(&m->shortage),
                                    .late = m->late,
                                    .heard = true};
    decay_over(&scene->decay, vm->span_ms);
    bool sending = sends(vm, min, scene);
    bool rose = rises(m, usage);
    bool was_on = m->on;
    bool changed = m->min != min;
    m->min = min;
    note_shortage(m, vm, sending, scene);
    count_or_reset(&m->quiet, !sending, vm->span_ms);
    m->on = sending || waits_for_timer(m) ||
            (was_on && !count_is(&m->quiet, min > 0 && scene->full ? 20 : 2));
    bool same = m->on == was_on && !changed;
    count_or_reset(&m->age, same, vm->span_ms);
    count_or_reset(&m->rose, same && !rose, vm->span_ms);
    count_or_reset(&m->pressed, same && memory_fills(m, usage), vm->span_ms);
    m->high = m->high > usage ? toward(usage, m->high, high_keep(min, scene)) : usage;
    m->mean = toward(usage, m->mean, scene->decay.mean);
}

/* Returns what the VM sends plus a margin, or what its rise will have reached by the next
 * report. */
static double what_it_uses(const struct policy_memory *m, double usage, double due,
                           const struct policy_scene *scene)
{
    double root = sqrt(scene->in_use > 0 ? scene->in_use : 1);
    double step = lower_of(0.005 * scene->capacity, 0.05 * due) / root;
    double rise = higher_of(0, usage - m->before);
    double reserve = higher_of(m->high * (1 + 0.04 / root), usage + 2 * rise) + step;
    return m->pressed.reports > 0 ? higher_of(reserve, 1.5 * usage + step) : reserve;
}

void memory_reserve(struct policy_vm *vm, daqs_bps due, const struct policy_scene *scene)
{
    struct policy_memory *m = vm->memory;
    double usage = (double)vm->usage;
    double most = (double)due;
    if (vm->lost)
        m->reserve = most;
    else if (!vm->fresh || waits_for_timer(m))
        m->reserve = lower_of(m->reserve, most);
    else if (!m->on || (m->quiet.reports > 0 && !scene->full))
        m->reserve = 0;
    else if (begins(m) || m->shortage.proven_ms > 0 || count_is(&m->pressed, 2) ||
             (m->pressed.reports > 0 && usage > 1.15 * m->reserve))
        m->reserve = most;
    else
        m->reserve = lower_of(what_it_uses(m, usage, most, scene), most);
}

/* Returns true if the VM uses at least this part of the limit. */
static bool takes_of(const struct policy_vm *vm, double part, daqs_bps limit)
{
    return limit != DAQS_UNLIMITED && (double)vm->usage >= part * (double)limit;
}

/* Considers the previous limit, too: one that was just raised was not in force for the whole
 * report. */
static bool takes(const struct policy_vm *vm, double part)
{
    return takes_of(vm, part, daqs_lower(vm->limit, vm->memory->limit_before));
}

static double best_effort_wants(const struct policy_vm *vm)
{
    if (!vm->memory->on)
        return 0;
    return takes(vm, 0.9) ? INFINITY : 1.25 * vm->memory->high;
}

/* Returns the demand of a guaranteed VM; 0: its reserve, as for a VM below its guarantee. At its
 * guarantee it gets a little more, to see whether it takes that; constant traffic is measured with
 * a deviation of 1 %, so the mean counts. */
static double guaranteed_wants(const struct policy_vm *vm, double due)
{
    const struct policy_memory *m = vm->memory;
    if (begins(m))
        return higher_of(1.5 * due, 1.1 * m->high);
    if (m->mean < 0.98 * due || (double)vm->usage < 0.9 * due)
        return 0;
    if (m->mean < 1.015 * due)
        return 1.02 * due;
    return takes(vm, 0.95) ? INFINITY : 1.1 * m->high;
}

static daqs_bps known_want(double wants)
{
    return wants <= (double)DAQS_BPS_MAX ? (daqs_bps)wants : DAQS_UNLIMITED;
}

daqs_bps memory_wants_unkept(const struct policy_vm *vm, const struct policy_scene *scene)
{
    if (vm->lost || vm->uncounted || takes_of(vm, 0.9, vm->limit))
        return DAQS_UNLIMITED;
    return sends(vm, 0, scene) ? known_want(1.25 * (double)vm->usage) : 0;
}

void memory_want(struct policy_vm *vm, daqs_bps due)
{
    struct policy_memory *m = vm->memory;
    if (vm->lost)
        m->wants = 0;
    if (vm->fresh && !vm->lost) {
        m->wants = due > 0 ? guaranteed_wants(vm, (double)due) : best_effort_wants(vm);
        m->before = (double)vm->usage;
        m->limit_before = vm->limit;
    }
    vm->wants = m->heard ? known_want(higher_of(m->wants, m->reserve)) : DAQS_UNLIMITED;
}
