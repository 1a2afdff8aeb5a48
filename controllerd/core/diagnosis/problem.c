/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/diagnosis/problem.h"

#include <inttypes.h>
#include <stdio.h>

#include "controllerd/core/diagnosis/remedy.h"
#include "controllerd/core/fleet/obedience.h"

const char *problem_kind_name(enum problem_kind kind)
{
    static const char *const names[] = {
#define X(name, text) text,
        PROBLEM_KINDS(X)
#undef X
    };
    return names[kind];
}

static const char *usage_text(const struct problem *p, const struct problem_scene *scene,
                              char buf[static DAQS_RATE_TEXT])
{
    daqs_bps sum = 0;
    for (uint32_t i = 0; i < p->host->nics; i++) {
        const struct fleet_nic *nic = &p->host->nic[i];
        if (nic->vm != p->vm || nic->uplink != p->uplink)
            continue;
        if (!fleet_usage_known(p->host, nic, scene->now_ms))
            return "not known how much";
        sum += nic->usage;
    }
    return sum ? daqs_rate_humanize(sum, buf) : "nothing";
}

static void describe_violation(const struct problem *p, const struct problem_scene *scene,
                               char buf[static PROBLEM_TEXT_BYTES])
{
    char usage[DAQS_RATE_TEXT];
    char min[DAQS_RATE_TEXT];
    char cause[VIOLATION_CAUSE_BYTES];
    (void)snprintf(buf, PROBLEM_TEXT_BYTES, "sends %s of the %s guaranteed, and wants more: %s",
                   usage_text(p, scene, usage), daqs_rate_humanize(p->at_stake, min),
                   violation_cause_text(&p->violation->cause, cause));
}

static void describe_away(const struct problem *p, const struct problem_scene *scene,
                          char buf[static PROBLEM_TEXT_BYTES])
{
    char min[DAQS_RATE_TEXT];
    const struct roster_entry *entry = roster_find(scene->roster, p->host_name);
    const bool heard = p->host || (entry && entry->heard_ms);
    int64_t ms = p->host ? scene->now_ms - p->host->heard_ms : scene->wall_ms - p->since_ms;
    (void)snprintf(buf, PROBLEM_TEXT_BYTES,
                   "no message from its agent%s for %" PRId64 " s; %s is guaranteed there",
                   heard ? "" : " yet,", ms / 1000,
                   p->at_stake ? daqs_rate_humanize(p->at_stake, min) : "nothing");
}

static void describe_vm(const struct problem *p, char buf[static PROBLEM_TEXT_BYTES])
{
    char min[DAQS_RATE_TEXT];
    const char *why = daqs_nic_cause_text(p->cause);
    why = *why ? why : "its agent reports no reason";
    if (p->kind == PROBLEM_UNRESPONSIVE && p->at_stake)
        (void)snprintf(buf, PROBLEM_TEXT_BYTES, "%s; its guarantee of %s is assumed to be in use",
                       why, daqs_rate_humanize(p->at_stake, min));
    else
        (void)snprintf(buf, PROBLEM_TEXT_BYTES, "%s", why);
}

static void describe_unwatched(const struct problem *p, char buf[static PROBLEM_TEXT_BYTES])
{
    char min[DAQS_RATE_TEXT];
    (void)snprintf(buf, PROBLEM_TEXT_BYTES,
                   "its VF %s is not watched: %s; its guarantee of %s does not hold there",
                   p->vf->pci, daqs_nic_cause_text(p->cause), daqs_rate_humanize(p->at_stake, min));
}

static void describe_oversubscribed(const struct problem *p, char buf[static PROBLEM_TEXT_BYTES])
{
    char sum[DAQS_RATE_TEXT];
    char capacity[DAQS_RATE_TEXT];
    (void)snprintf(buf, PROBLEM_TEXT_BYTES,
                   "guarantees sum to %s of %s; while all are in use none is met",
                   daqs_rate_humanize(p->at_stake, sum),
                   daqs_rate_humanize(p->host->uplink[p->uplink].capacity, capacity));
}

const char *problem_text(const struct problem *p, const struct problem_scene *scene,
                         char buf[static PROBLEM_TEXT_BYTES])
{
    switch (p->kind) {
    case PROBLEM_VIOLATION:
        describe_violation(p, scene, buf);
        return buf;
    case PROBLEM_HOST_DOWN:
        describe_away(p, scene, buf);
        return buf;
    case PROBLEM_HOST_CLAIMED:
        (void)host_claim_text(p->claim, buf);
        return buf;
    case PROBLEM_TAMPERED:
    case PROBLEM_UNRESPONSIVE:
    case PROBLEM_UNMANAGED:
        describe_vm(p, buf);
        return buf;
    case PROBLEM_UNWATCHED:
        describe_unwatched(p, buf);
        return buf;
    case PROBLEM_OVERSUBSCRIBED:
        describe_oversubscribed(p, buf);
        return buf;
    case PROBLEM_SLA_STAYS:
        (void)snprintf(buf, PROBLEM_TEXT_BYTES, "its VM is now %s, and the SLA did not follow it",
                       p->sla->stays);
        return buf;
    case PROBLEM_HOST_DISOBEYS:
        return obedience_is_ahead(p->host, scene->wall_ms)
                   ? "its agent has obeyed an epoch that is ahead of this controller's clock"
                   : "its agent has obeyed a newer controller than this one";
    case PROBLEM_CAPACITY_UNKNOWN:
        return "the speed of the uplink is not known, so no VM is limited for a guarantee";
    case PROBLEM_OTHER_CONTROLLER:
        return "an older controller also sends to its agent";
    case PROBLEM_CLOCK_DOUBTFUL:
        return "the controller's clock is far ahead of what was expected: nothing is deleted for "
               "its age";
    case PROBLEM_HISTORY_GAP:
        return "history is not stored";
    case PROBLEM_QUERIES_FAILING:
        return "queries of the database fail";
    case PROBLEM_EVENTS_FAILING:
        return "events cannot be stored";
    case PROBLEM_DATABASE_DAMAGED:
        (void)snprintf(buf, PROBLEM_TEXT_BYTES, "the database is damaged: %s",
                       scene->database_damage);
        return buf;
    case PROBLEM_STATE_DIR_FAILING:
        return "its agent cannot write to its state_dir: after a restart it would decide by old "
               "guarantees";
    case PROBLEM_SLA_FILE_FAILING:
        return "slas.ini or enrolled.keys cannot be written";
    }
    return "";
}

const char *problem_fix(const struct problem *p, char buf[static PROBLEM_FIX_BYTES])
{
    char host[REMEDY_WORD_BYTES];
    char vm[REMEDY_WORD_BYTES];
    const size_t size = PROBLEM_FIX_BYTES;
    (void)remedy_word(p->host_name, host);
    switch (p->kind) {
    case PROBLEM_VIOLATION:
        return violation_fix_text(p->violation, buf);
    case PROBLEM_HOST_DOWN:
        (void)snprintf(buf, size, REMEDY_AWAY "; next: daqsctl events %s", host);
        break;
    case PROBLEM_TAMPERED:
    case PROBLEM_UNRESPONSIVE:
    case PROBLEM_UNMANAGED:
        (void)snprintf(buf, size, "%s; next: daqsctl events %s %s", remedy_of_nic(p->cause), host,
                       remedy_word(p->vm_name, vm));
        break;
    case PROBLEM_UNWATCHED:
        (void)snprintf(buf, size, "%s; next: daqsctl vms %s", remedy_of_nic(p->cause), host);
        break;
    case PROBLEM_OVERSUBSCRIBED:
        (void)snprintf(buf, size, REMEDY_OVERSUBSCRIBED "; next: daqsctl list-sla %s", host);
        break;
    case PROBLEM_SLA_STAYS:
        (void)snprintf(
            buf, size,
            "make room there and set the SLA there, or move the VM back; next: daqsctl events "
            "%s %s",
            host, remedy_word(p->vm_name, vm));
        break;
    case PROBLEM_HOST_DISOBEYS:
        return REMEDY_DISOBEYS "; next: daqsctl status";
    case PROBLEM_CAPACITY_UNKNOWN:
        return REMEDY_CAPACITY "; next: daqsctl hosts";
    case PROBLEM_HOST_CLAIMED:
        return REMEDY_CLAIMED "; next: daqsctl peers";
    case PROBLEM_OTHER_CONTROLLER:
        return REMEDY_OTHER;
    case PROBLEM_CLOCK_DOUBTFUL:
        return "correct the clock; if it is right: daqsctl take-over; next: daqsctl events --kind "
               "clock-doubtful";
    case PROBLEM_HISTORY_GAP:
    case PROBLEM_QUERIES_FAILING:
    case PROBLEM_EVENTS_FAILING:
    case PROBLEM_SLA_FILE_FAILING:
        return "on the controller: is the disk full? journalctl -u daqs-controllerd -n 50; next: "
               "daqsctl status";
    case PROBLEM_STATE_DIR_FAILING:
        return REMEDY_STATE_DIR;
    case PROBLEM_DATABASE_DAMAGED:
        return REMEDY_DAMAGED "; next: daqsctl status";
    }
    return buf;
}
