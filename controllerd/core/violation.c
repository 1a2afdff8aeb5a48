#include "controllerd/core/violation.h"

const char *violation_reason_text(enum violation_reason reason)
{
    static const char *const texts[] = {
#define X(name, text) text,
        VIOLATION_REASONS(X)
#undef X
    };
    return texts[reason];
}

/* The nic of another VM that sends most on the uplink, of those that should be limited and are
 * not; NULL if there is none worth the name. */
static const struct fleet_nic *worst_unlimited(const struct fleet_host *host,
                                               const struct fleet_member *squeezed)
{
    const struct fleet_nic *worst = NULL;
    for (uint32_t i = 0; i < host->nics; i++) {
        const struct fleet_nic *nic = &host->nic[i];
        bool free = nic->state == DAQS_NIC_TAMPERED || nic->applied == DAQS_UNLIMITED;
        bool sick = nic->state == DAQS_NIC_UNRESPONSIVE || nic->state == DAQS_NIC_UNMANAGED ||
                    nic->state == DAQS_NIC_TAMPERED;
        if (nic->uplink == squeezed->uplink && nic->vm != squeezed->vm && free && sick &&
            (!worst || nic->usage > worst->usage))
            worst = nic;
    }
    /* A guest that does not answer has no usage that is known; that is no proof of innocence. */
    if (worst && worst->usage == 0 && worst->state != DAQS_NIC_UNRESPONSIVE)
        return NULL;
    return worst;
}

enum violation_reason violation_find(const struct fleet_host *host, uint32_t member,
                                     uint32_t *ret_culprit)
{
    const struct fleet_member *m = &host->member[member];
    const struct fleet_uplink *uplink = &host->uplink[m->uplink];
    *ret_culprit = UINT32_MAX;
    if (host->disobeys)
        return VIOLATION_DISOBEYED;
    if (uplink->mode != POLICY_MODE_MINIMUM)
        return VIOLATION_NO_POLICY;
    if (m->reason == POLICY_OVERSUBSCRIBED)
        return VIOLATION_OVERSUBSCRIBED;
    if (m->reason == POLICY_CEILING)
        return VIOLATION_CEILING;
    const struct fleet_nic *worst = worst_unlimited(host, m);
    if (worst) {
        *ret_culprit = worst->vm;
        return worst->state == DAQS_NIC_UNRESPONSIVE ? VIOLATION_UNRESPONSIVE : VIOLATION_UNLIMITED;
    }
    return VIOLATION_SQUEEZED;
}
