/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/diagnosis/violation.h"

#include <stdio.h>
#include <string.h>

#include "controllerd/core/diagnosis/remedy.h"
#include "shared/policy/uplink_nics.h"

const char *violation_reason_text(enum violation_reason reason)
{
    static const char *const texts[] = {
#define X(name, text) text,
        VIOLATION_REASONS(X)
#undef X
    };
    return texts[reason];
}

/* --- the cause --- */

/* Returns the nic of another VM that sends most on the uplink, of those that should be limited and
 * are not; NULL if none of them matters. */
static const struct fleet_nic *worst_unlimited(const struct fleet_host *host,
                                               const struct fleet_member *squeezed)
{
    const struct fleet_nic *worst = NULL;
    for (uint32_t i = 0; i < host->nics; i++) {
        const struct fleet_nic *nic = &host->nic[i];
        bool free = nic->state == DAQS_NIC_TAMPERED || nic->applied == DAQS_UNLIMITED;
        bool sick = nic->state == DAQS_NIC_TAMPERED ||
                    !policy_nic_reachable(nic->state, nic->cause, nic->applied);
        if (nic->uplink == squeezed->uplink && nic->vm != squeezed->vm && free && sick &&
            (!worst || nic->usage > worst->usage))
            worst = nic;
    }
    /* The usage of a guest that does not answer is unknown, so 0 does not rule it out as the
     * cause. */
    if (worst && worst->usage == 0 && worst->state != DAQS_NIC_UNRESPONSIVE)
        return NULL;
    return worst;
}

static enum violation_reason reason_of(const struct fleet_host *host, const struct fleet_member *m,
                                       const struct fleet_nic **ret_culprit)
{
    *ret_culprit = NULL;
    if (host->fenced)
        return VIOLATION_DISOBEYED;
    if (host->uplink[m->uplink].mode != POLICY_MODE_MINIMUM)
        return VIOLATION_NO_POLICY;
    if (m->reason == POLICY_NO_LINK)
        return VIOLATION_LINK_DOWN;
    if (m->reason == POLICY_OVERSUBSCRIBED)
        return VIOLATION_OVERSUBSCRIBED;
    if (fleet_gets_through(&host->uplink[m->uplink]) > 0)
        return VIOLATION_CAPACITY;
    *ret_culprit = worst_unlimited(host, m);
    if (!*ret_culprit)
        return VIOLATION_SQUEEZED;
    return (*ret_culprit)->state == DAQS_NIC_UNRESPONSIVE ? VIOLATION_UNRESPONSIVE
                                                          : VIOLATION_UNLIMITED;
}

void violation_find(const struct fleet_host *host, uint32_t member, struct violation_cause *ret)
{
    const struct fleet_nic *culprit;
    *ret = (struct violation_cause){.reason = reason_of(host, &host->member[member], &culprit)};
    if (!culprit)
        return;
    ret->nic_cause = culprit->cause;
    (void)snprintf(ret->culprit, sizeof ret->culprit, "%s", host->vm[culprit->vm].name);
}

/* --- ongoing violations --- */

static bool same(const struct violation_cause *a, const struct violation_cause *b)
{
    return a->reason == b->reason && a->nic_cause == b->nic_cause &&
           strcmp(a->culprit, b->culprit) == 0;
}

bool violation_note(struct violation *v, const struct violation_cause *found, int64_t now_ms)
{
    bool news = found->reason != VIOLATION_SQUEEZED && !same(found, &v->cause);
    if (!news)
        v->found = (struct violation_cause){.reason = VIOLATION_SQUEEZED};
    else if (v->cause.reason != VIOLATION_SQUEEZED && !same(found, &v->found)) {
        v->found = *found;
        v->found_ms = now_ms;
    }
    if (!news ||
        (v->cause.reason != VIOLATION_SQUEEZED && now_ms - v->found_ms < VIOLATION_LASTING_MS))
        return false;
    v->cause = *found;
    v->found = (struct violation_cause){.reason = VIOLATION_SQUEEZED};
    return true;
}

bool violation_look(struct violation *v, const struct fleet_host *host, uint32_t member,
                    int64_t now_ms)
{
    enum { LOOK_MS = 1000 };
    struct violation_cause found;
    if (now_ms - v->looked_ms < LOOK_MS)
        return false;
    v->looked_ms = now_ms;
    violation_find(host, member, &found);
    return violation_note(v, &found, now_ms);
}

static bool is_of(const struct violation *v, const struct fleet_host *host, uint32_t member)
{
    const struct fleet_member *m = &host->member[member];
    return strcmp(v->host, host->name) == 0 && strcmp(v->vm, host->vm[m->vm].name) == 0 &&
           strcmp(v->uplink, host->uplink[m->uplink].name) == 0;
}

uint32_t violation_member(const struct violation *v, const struct fleet_host *host)
{
    uint32_t m = 0;
    while (m < host->members && !is_of(v, host, m))
        m++;
    return m;
}

const struct violation *violation_of(const struct violation *list, const struct fleet_host *host,
                                     uint32_t member)
{
    const struct violation *v = list;
    while (v && !is_of(v, host, member))
        v = v->next;
    return v;
}

/* --- texts --- */

const char *violation_cause_text(const struct violation_cause *cause,
                                 char buf[static VIOLATION_CAUSE_BYTES])
{
    const char *why = daqs_nic_cause_text(cause->nic_cause);
    if (!*cause->culprit)
        (void)snprintf(buf, VIOLATION_CAUSE_BYTES, "%s", violation_reason_text(cause->reason));
    else
        (void)snprintf(buf, VIOLATION_CAUSE_BYTES, "%s: %s%s%s%s",
                       violation_reason_text(cause->reason), cause->culprit, *why ? " (" : "", why,
                       *why ? ")" : "");
    return buf;
}

const char *violation_fix_text(const struct violation *v, char buf[static VIOLATION_FIX_BYTES])
{
    const struct violation_cause *cause = &v->cause;
    const size_t size = VIOLATION_FIX_BYTES;
    char host[REMEDY_WORD_BYTES];
    char other[REMEDY_WORD_BYTES];
    (void)remedy_word(v->host, host);
    switch (cause->reason) {
    case VIOLATION_SQUEEZED:
        (void)snprintf(buf, size,
                       "check which VMs send, and whether the full capacity gets through; next: "
                       "daqsctl vms %s",
                       host);
        break;
    case VIOLATION_DISOBEYED:
        (void)snprintf(buf, size, REMEDY_DISOBEYS "; next: daqsctl hosts");
        break;
    case VIOLATION_NO_POLICY:
        (void)snprintf(buf, size,
                       "let the policy keep them; next: daqsctl set-policy %s/%s minimum", host,
                       remedy_word(v->uplink, other));
        break;
    case VIOLATION_LINK_DOWN:
        (void)snprintf(buf, size,
                       "check the cable, the switch, and 'ip link' on the host; next: "
                       "daqsctl explain %s %s",
                       host, remedy_word(v->vm, other));
        break;
    case VIOLATION_OVERSUBSCRIBED:
        (void)snprintf(buf, size, REMEDY_OVERSUBSCRIBED "; next: daqsctl list-sla %s", host);
        break;
    case VIOLATION_CAPACITY:
        (void)snprintf(buf, size,
                       "set capacity in [uplink %s] of its agent to what gets through; next: "
                       "daqsctl explain %s %s",
                       v->uplink, host, remedy_word(v->vm, other));
        break;
    case VIOLATION_UNRESPONSIVE:
    case VIOLATION_UNLIMITED:
        (void)snprintf(buf, size, "%s; next: daqsctl explain %s %s",
                       remedy_of_nic(cause->nic_cause), host, remedy_word(cause->culprit, other));
        break;
    }
    return buf;
}
