/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/diagnosis/explain.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/cleanup.h"
#include "shared/policy/memory.h"
#include "shared/policy/uplink_nics.h"
#include "shared/policy/wire_bytes.h"

enum { NAMED_MOST = 3, SHORT_MS = 3000 };

struct text {
    char *at;
    size_t left;
};

__attribute__((format(printf, 2, 3))) static void append(struct text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->at, t->left, format, args);
    va_end(args);
    size_t used = n < 0 ? 0 : (size_t)n < t->left ? (size_t)n : t->left - 1;
    t->at += used;
    t->left -= used;
}

static void write_rate(struct text *t, const char *before, daqs_bps rate)
{
    char text[DAQS_RATE_TEXT];
    append(t, "%s%s", before, daqs_rate_humanize(rate, text));
}

static void write_span(struct text *t, int64_t ms)
{
    int64_t s = ms / 1000;
    if (s < 120)
        append(t, "%d s", (int)s);
    else if (s < 7200)
        append(t, "%d min", (int)(s / 60));
    else
        append(t, "%d h", (int)(s / 3600));
}

/* Sums over a member's nics. */
struct sums {
    bool heard;
    daqs_bps usage;
    daqs_bps limit; /* decided; DAQS_UNLIMITED if a nic has none */
    bool behind;    /* the limit in force differs from the decided one by more than rounding */
    bool reached;   /* at least one nic can be limited */
    unsigned cause; /* of the first nic that has one */
};

/* Returns true if the rates differ by more than rounding: tc rounds to a thousandth, the host's
 * side to whole Mbit/s. */
static bool differ(daqs_bps a, daqs_bps b)
{
    if (a == DAQS_UNLIMITED || b == DAQS_UNLIMITED)
        return a != b;
    daqs_bps off = a > b ? a - b : b - a;
    return off > a / 16 + 1000000;
}

static struct sums sum_up(const struct fleet_host *host, uint32_t m, int64_t now_ms)
{
    struct sums s = {.heard = true};
    for (uint32_t i = 0; i < host->nics; i++) {
        const struct fleet_nic *nic = &host->nic[i];
        if (nic->member != m)
            continue;
        s.heard &= fleet_usage_known(host, nic, now_ms);
        s.usage += nic->usage;
        s.limit = nic->limit == DAQS_UNLIMITED || s.limit == DAQS_UNLIMITED ? DAQS_UNLIMITED
                                                                            : s.limit + nic->limit;
        s.behind |= differ(nic->limit, nic->applied);
        s.reached |= nic->reason != POLICY_OUT_OF_REACH;
        s.cause = s.cause ? s.cause : nic->cause;
    }
    return s;
}

static void write_usage(struct text *t, const struct sums *s)
{
    if (s->heard)
        write_rate(t, " sends ", s->usage);
    else
        append(t, " is not measured");
    if (s->cause)
        append(t, " (%s)", daqs_nic_cause_text(s->cause));
    if (s->limit == DAQS_UNLIMITED)
        append(t, ", without limit");
    else
        write_rate(t, ", held to ", s->limit);
    if (s->behind)
        append(t, s->limit == DAQS_UNLIMITED ? " (the old limit is still in force)"
                                             : " (not in force yet)");
}

static void write_demand(struct text *t, const struct sums *s, const struct fleet_member *member)
{
    if (member->wants == DAQS_UNLIMITED && !s->heard)
        append(t, "; its demand is not known");
    else if (member->wants == DAQS_UNLIMITED)
        append(t, "; it sends as much as it may, and may want more");
    else if (member->wants == 0)
        append(t, "; it wants almost nothing");
    else
        write_rate(t, "; its demand is up to ", wire_counted(member->wants, member->mtu));
}

/* Writes, for example, "a (guaranteed 1.5 Gbit, sends 2.1 Gbit) and 2 more". */
static void write_whose(struct text *t, const struct fleet_host *host, uint32_t m, int64_t now_ms)
{
    unsigned named = 0;
    unsigned more = 0;
    for (uint32_t k = 0; k < host->members; k++) {
        const struct fleet_member *other = &host->member[k];
        const struct fleet_vm *vm = &host->vm[other->vm];
        if (k == m || other->uplink != host->member[m].uplink || vm->sla.min == 0 ||
            !other->memory.on)
            continue;
        if (named == NAMED_MOST) {
            more++;
            continue;
        }
        const struct sums s = sum_up(host, k, now_ms);
        append(t, "%s%s", named++ ? ", " : " ", vm->name);
        write_rate(t, " (guaranteed ", vm->sla.min);
        if (s.heard)
            write_rate(t, ", sends ", s.usage);
        append(t, ")");
    }
    if (more)
        append(t, " and %u more", more);
}

static void write_reason(struct text *t, const struct fleet_host *host, uint32_t m,
                         const struct sums *s, int64_t now_ms)
{
    const struct fleet_member *member = &host->member[m];
    const struct sla *sla = &host->vm[member->vm].sla;
    const enum policy_reason reason = s->reached ? member->reason : POLICY_OUT_OF_REACH;
    append(t, ". ");
    if (sla->min > 0) {
        write_rate(t, "It is guaranteed ", sla->min);
        if (host->uplink[member->uplink].mode != POLICY_MODE_MINIMUM)
            append(t, " (which does not count in the mode %s)",
                   policy_mode_name(host->uplink[member->uplink].mode));
    }
    switch (reason) {
    case POLICY_YIELDS:
        append(t, "It yields to");
        write_whose(t, host, m, now_ms);
        append(t, "; what the guarantees leave is shared by weight (its own is %u)",
               (unsigned)sla->weight);
        break;
    case POLICY_GUARANTEED:
        append(t, " and needs no limit: the others leave room for it");
        break;
    case POLICY_KEEPS_ROOM:
    case POLICY_OVERSUBSCRIBED:
        append(t, "; %s:", policy_reason_text(reason));
        write_whose(t, host, m, now_ms);
        break;
    default:
        append(t, "%s%s", sla->min > 0 ? "; " : "Reason: ", policy_reason_text(reason));
        break;
    }
    if (member->reason != POLICY_NO_DATA) {
        append(t, ". Unchanged for ");
        write_span(t, now_ms - member->since_ms);
    }
    append(t, ".");
}

/* Returns true if no limit is in force on the nic. */
static bool runs_free(const struct fleet_nic *nic)
{
    bool reachable = policy_nic_reachable(nic->state, nic->cause, nic->applied);
    return nic->state == DAQS_NIC_TAMPERED || (!reachable && nic->applied == DAQS_UNLIMITED);
}

/* Writes " Not limited on this uplink: a (why), b (why) and 2 more." Returns true if there are any.
 */
static bool write_free(struct text *t, const struct fleet_host *host, uint32_t m)
{
    unsigned named = 0;
    unsigned more = 0;
    for (uint32_t i = 0; i < host->nics; i++) {
        const struct fleet_nic *nic = &host->nic[i];
        if (nic->uplink != host->member[m].uplink || nic->member == m || !runs_free(nic))
            continue;
        if (named == NAMED_MOST)
            more++;
        else
            append(t, "%s%s (%s)",
                   named++ ? ", " : " Not limited on this uplink: ", host->vm[nic->vm].name,
                   nic->cause ? daqs_nic_cause_text(nic->cause) : daqs_nic_state_name(nic->state));
    }
    if (more)
        append(t, " and %u more", more);
    if (named)
        append(t, ".");
    return named > 0;
}

/* Notes that the VM left some of its reserve unused in the last second, according to the
 * accounting. */
static void write_content(struct text *t, const struct problem_scene *scene,
                          const struct fleet_host *host, uint32_t m, const struct sums *s)
{
    const struct fleet_member *member = &host->member[m];
    daqs_bps min = host->vm[member->vm].sla.min;
    if (min == 0 || !s->heard || !member->memory.on || s->usage >= min ||
        accounting_member(scene->accounting, host, m)->attainment.last != ATTAINMENT_IDLE)
        return;
    append(t, " It does not want more: it does not use what is free for it.");
}

/* Returns true if one of the VM's guests has reported whether its sockets hold unsent bytes. */
static bool backlog_known(const struct fleet_host *host, uint32_t m)
{
    for (uint32_t i = 0; i < host->nics; i++)
        if (host->nic[i].member == m && host->nic[i].backlog != DAQS_BACKLOG_UNKNOWN)
            return true;
    return false;
}

static daqs_bps highest_total(const struct fleet_uplink *uplink)
{
    const double *highest = uplink->memory.bottleneck.highest;
    return (daqs_bps)fmax(highest[0], fmax(highest[1], highest[2]));
}

/* Writes what is known of a bottleneck behind the port. */
static void write_bottleneck(struct text *t, const struct fleet_host *host, uint32_t m)
{
    const struct fleet_uplink *uplink = &host->uplink[host->member[m].uplink];
    const struct policy_shortage *shortage = &host->member[m].memory.shortage;
    daqs_bps through = fleet_gets_through(uplink);
    char rate[DAQS_RATE_TEXT];
    if (through > 0) {
        append(t, " Only %s", daqs_rate_humanize(through, rate));
        write_rate(t, " of ", uplink->capacity);
        append(t,
               " get through behind the port of %s: a guarantee was short while a guest's sockets "
               "held unsent bytes and the port had room. If this is permanent, set capacity = %s "
               "in [uplink %s] of its agent's configuration.",
               uplink->name, rate, uplink->name);
    } else if (shortage->doubted_ms > 0) {
        append(t, " Its sockets hold unsent bytes, but it did not send more when the others "
                  "yielded: the cause affects this VM alone.");
    } else if (shortage->short_ms >= SHORT_MS && !backlog_known(host, m)) {
        write_rate(t, " The port is not full: the total was never above ", highest_total(uplink));
        write_rate(t, " of ", uplink->capacity);
        append(t, " in the last 3 s. Its sockets were not checked, so it is not known whether less "
                  "gets through behind the port, or the VM does not want more.");
    }
}

static void write_between_vms(struct text *t, const struct fleet_uplink *uplink)
{
    daqs_bps between = (daqs_bps)policy_between_vms(&uplink->memory);
    if (between == 0)
        return;
    write_rate(t, " Of what the VMs send on the uplink, ", between);
    append(t,
           " does not leave through its port: it goes to VMs of the same host, or the network card "
           "drops it.");
}

static void write_member(struct text *t, const struct problem_scene *scene,
                         const struct fleet_host *host, uint32_t m)
{
    const struct fleet_member *member = &host->member[m];
    const struct sums s = sum_up(host, m, scene->now_ms);
    append(t, "%s on %s", host->vm[member->vm].name, host->uplink[member->uplink].name);
    write_usage(t, &s);
    bool estimated = member->reason != POLICY_NO_CAPACITY && member->reason != POLICY_NO_LINK;
    if (estimated)
        write_demand(t, &s, member);
    write_reason(t, host, m, &s, scene->now_ms);
    write_bottleneck(t, host, m);
    write_between_vms(t, &host->uplink[member->uplink]);
    bool beside = host->vm[member->vm].sla.min > 0 && write_free(t, host, m);
    if (!beside && !violation_of(scene->violations, host, m))
        write_content(t, scene, host, m, &s);
}

/* --- problems --- */

static void write_problem(struct text *t, const struct problem *problem,
                          const struct problem_scene *scene)
{
    char text[PROBLEM_TEXT_BYTES];
    char fix[PROBLEM_FIX_BYTES];
    append(t, "%s", problem_kind_name(problem->kind));
    if (problem->uplink != UINT32_MAX)
        append(t, " on %s", problem->host->uplink[problem->uplink].name);
    if (problem->since_ms) {
        append(t, " for ");
        write_span(t, scene->wall_ms - problem->since_ms);
    }
    append(t, ": %s. To do: %s\n", problem_text(problem, scene, text), problem_fix(problem, fix));
}

static bool write_problems(struct text *t, const struct problem_scene *scene, const char *host,
                           const char *vm)
{
    struct problem *problem DAQS_AUTO_FREE = NULL;
    size_t count = 0;
    if (problems_find(scene, host, vm, &problem, &count) != DAQS_OK)
        return false;
    for (size_t i = 0; i < count; i++)
        write_problem(t, &problem[i], scene);
    return count > 0;
}

static void write_maintenance(struct text *t, const struct problem_scene *scene, const char *host)
{
    char text[MAINTENANCE_TEXT_BYTES];
    const struct maintenance_host *found =
        scene->maintenance ? maintenance_find(scene->maintenance, host) : NULL;
    if (found)
        append(t, "%s\n", maintenance_text(found, text));
}

bool explain_vm(const struct problem_scene *scene, const char *host_name, const char *vm,
                char buf[static EXPLAIN_BYTES])
{
    struct text t = {buf, EXPLAIN_BYTES};
    const struct fleet_host *host = fleet_find(scene->fleet, host_name);
    bool found = false;
    *buf = '\0';
    write_maintenance(&t, scene, host_name);
    bool wrong = write_problems(&t, scene, host_name, vm);
    for (uint32_t m = 0; host && m < host->members; m++) {
        if (strcmp(host->vm[host->member[m].vm].name, vm) != 0)
            continue;
        append(&t, "%s", found ? "\n" : "");
        write_member(&t, scene, host, m);
        found = true;
    }
    if (!found && wrong && ledger_find(scene->ledger, host_name, vm)) {
        t.at[-1] = '\0'; /* the last line feed */
        found = true;
    }
    return found;
}
