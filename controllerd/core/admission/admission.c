/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/admission/admission.h"

#include <string.h>

#include "shared/base/sum.h"
#include "shared/policy/policy.h"
#include "shared/policy/wire_bytes.h"

/* Returns the sum of the ledger's guarantees for VMs of this host that are not in its inventory. */
static daqs_bps promised_to_absent(const struct fleet_host *host, const struct ledger *ledger)
{
    daqs_bps all = ledger_promised(ledger, host->name);
    daqs_bps here = 0;
    for (uint32_t v = 0; v < host->vms; v++)
        here = daqs_sum(here, host->vm[v].sla.min);
    return all > here ? all - here : 0; /* an agent may list a VM twice */
}

static const struct fleet_member *find_member(const struct fleet_host *host, uint32_t vm,
                                              uint32_t uplink)
{
    for (uint32_t m = 0; m < host->members; m++)
        if (host->member[m].vm == vm && host->member[m].uplink == uplink)
            return &host->member[m];
    return NULL;
}

void admission_guarantees(const struct fleet_host *host,
                          struct guarantee_sums ret[static DAQS_MAX_UPLINKS])
{
    memset(ret, 0, DAQS_MAX_UPLINKS * sizeof *ret);
    for (uint32_t m = 0; m < host->members; m++) {
        const struct fleet_member *member = &host->member[m];
        daqs_bps min = host->vm[member->vm].sla.min;
        struct guarantee_sums *sums = &ret[member->uplink];
        sums->promised = daqs_sum(sums->promised, min);
        sums->taken = daqs_sum(sums->taken, wire_guarantee(min, member->mtu));
    }
}

bool admission_of_uplink(const struct fleet_host *host, const struct ledger *ledger,
                         uint32_t uplink, uint32_t headroom_ppm, struct uplink_admission *ret)
{
    const struct policy_uplink u = {.capacity = host->uplink[uplink].capacity,
                                    .headroom_ppm = headroom_ppm};
    if (u.capacity == 0) /* unknown capacity: cannot tell what fits */
        return false;
    daqs_bps absent = promised_to_absent(host, ledger);
    struct guarantee_sums here[DAQS_MAX_UPLINKS];
    admission_guarantees(host, here);
    *ret = (struct uplink_admission){.uplink = host->uplink[uplink].name,
                                     .capacity = u.capacity,
                                     .budget = policy_budget(&u),
                                     .promised = absent + here[uplink].promised,
                                     .taken = wire_guarantee(absent, 0) + here[uplink].taken};
    ret->before = ret->taken;
    return true;
}

size_t admission_of_vm(const struct fleet_host *host, const struct ledger *ledger, const char *vm,
                       uint32_t headroom_ppm, struct uplink_admission *ret, size_t most)
{
    uint32_t self = fleet_find_vm(host, vm);
    daqs_bps own =
        self < host->vms ? host->vm[self].sla.min : ledger_sla(ledger, host->name, vm).min;
    size_t admissions = 0;
    for (uint32_t uplink = 0; uplink < host->uplinks && admissions < most; uplink++) {
        const struct fleet_member *member = find_member(host, self, uplink);
        struct uplink_admission *admission = &ret[admissions];
        if (self < host->vms && !member)
            continue;
        if (!admission_of_uplink(host, ledger, uplink, headroom_ppm, admission))
            continue;
        admission->mtu = member ? member->mtu : 0;
        admission->promised -= daqs_lower(own, admission->promised);
        admission->taken -= daqs_lower(wire_guarantee(own, admission->mtu), admission->taken);
        admissions++;
    }
    return admissions;
}

/* Formats a rate on the wire as the VM counts it. */
static const char *counted(daqs_bps on_wire, const struct uplink_admission *admission,
                           char text[static DAQS_RATE_TEXT])
{
    return daqs_rate_humanize(wire_counted(on_wire, admission->mtu), text);
}

static int check_uplink(const struct uplink_admission *admission, daqs_bps min, bool force,
                        struct daqs_error *err)
{
    char more[DAQS_RATE_TEXT];
    char whole[DAQS_RATE_TEXT];
    char left[DAQS_RATE_TEXT];
    daqs_bps needs = wire_guarantee(min, admission->mtu);
    daqs_bps sum = admission->taken + needs;
    if (needs > admission->capacity)
        return daqs_fail(err, DAQS_EREFUSED,
                         "%s is more than uplink %.60s can carry (%s, headers aside)",
                         daqs_rate_format(min, more), admission->uplink,
                         counted(admission->capacity, admission, whole));
    if (force || sum <= admission->budget || sum <= admission->before)
        return DAQS_OK;
    return daqs_fail(err, DAQS_EREFUSED,
                     "uplink %.60s has %s to give (headers aside), and %s of it left; %s more does "
                     "not fit (use --force to accept that guarantees may shrink)",
                     admission->uplink, counted(admission->budget, admission, whole),
                     counted(admission->budget - daqs_lower(admission->taken, admission->budget),
                             admission, left),
                     daqs_rate_format(min, more));
}

int admission_check(const struct uplink_admission *admission, size_t admissions, daqs_bps old,
                    daqs_bps min, bool force, struct daqs_error *err)
{
    int result = DAQS_OK;
    for (size_t i = 0; i < admissions && min > old && result == DAQS_OK; i++)
        result = check_uplink(&admission[i], min, force, err);
    return result;
}
