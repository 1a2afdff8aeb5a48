/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/policy/accounting.h"

#include "shared/policy/wire_bytes.h"

/* A longer sample does not show any single second: reports were missing. */
enum { SAMPLE_MOST_US = 2000000 };

/* --- reports --- */

static bool is_guaranteed(const struct fleet_host *host)
{
    for (uint32_t v = 0; v < host->vms; v++)
        if (host->vm[v].sla.min > 0)
            return true;
    return false;
}

static void look_at_nic(const struct fleet_host *host, struct fleet_nic *nic, int64_t now_ms)
{
    struct accounting_look *look = &host->member[nic->member].look;
    if (nic->fresh || fleet_usage_known(host, nic, now_ms))
        look->usage += nic->wire;
    look->limit = nic->applied == DAQS_UNLIMITED || look->limit == DAQS_UNLIMITED
                      ? DAQS_UNLIMITED
                      : look->limit + nic->applied;
    if (!nic->fresh)
        return;
    look->fresh++;
    look->unsent |= nic->backlog == DAQS_BACKLOG_SOME;
    look->asked += nic->backlog != DAQS_BACKLOG_UNKNOWN;
    nic->wire_sum.bits += (double)nic->wire * (double)nic->span_us / 1e6;
    nic->wire_sum.us += nic->span_us;
    if (nic->span_us > nic->wire_sum.longest_us)
        nic->wire_sum.longest_us = nic->span_us;
}

/* Returns what the port sends: counted, or the sum of everything known. */
static daqs_bps sent_by(const struct fleet_host *host, uint32_t uplink, int64_t now_ms)
{
    const struct uplink_load *load = &host->uplink[uplink].load;
    int64_t patience_ms = fleet_patience_ms(host);
    if (uplink_load_port(load, now_ms, patience_ms))
        return load->port;
    daqs_bps sum = uplink_load_own(load, now_ms, patience_ms) ? load->own : 0;
    for (uint32_t m = 0; m < host->members; m++)
        if (host->member[m].uplink == uplink)
            sum += daqs_lower(host->member[m].look.usage, host->uplink[uplink].capacity);
    return sum;
}

static void note_member(const struct fleet_host *host, struct fleet_member *member, daqs_bps slack)
{
    daqs_bps min = host->vm[member->vm].sla.min;
    const struct accounting_look *here = &member->look;
    const struct attainment_look look = {.usage = here->usage,
                                         .min = wire_guarantee(min, member->mtu),
                                         .limit = here->limit,
                                         .slack = slack,
                                         .backlog = here->unsent ? DAQS_BACKLOG_SOME
                                                    : here->asked == member->nics
                                                        ? DAQS_BACKLOG_NONE
                                                        : DAQS_BACKLOG_UNKNOWN,
                                         .memory = &member->memory};
    attainment_note(&member->attainment, &look);
    member->attains = true;
}

void accounting_note(struct fleet_host *host, int64_t now_ms)
{
    if (!is_guaranteed(host))
        return;
    for (uint32_t m = 0; m < host->members; m++)
        host->member[m].look = (struct accounting_look){0};
    for (uint32_t i = 0; i < host->nics; i++)
        look_at_nic(host, &host->nic[i], now_ms);
    uint32_t uplink = UINT32_MAX;
    daqs_bps slack = 0;
    for (uint32_t m = 0; m < host->members; m++) { /* members of an uplink are adjacent */
        struct fleet_member *member = &host->member[m];
        if (host->vm[member->vm].sla.min == 0 || member->look.fresh < member->nics)
            continue;
        if (member->uplink != uplink) {
            uplink = member->uplink;
            daqs_bps most = daqs_rate_less(host->uplink[uplink].capacity, POLICY_FULL_LESS_PPM);
            daqs_bps sent = sent_by(host, uplink, now_ms);
            slack = most > sent ? most - sent : 0;
        }
        note_member(host, member, slack);
    }
}

/* --- seconds --- */

/* Sums up what a member's nics sent. Each member is summed up in its own element of 'sum';
 * accounting_close then compacts the elements. */
static void sum_members(struct fleet_host *host, int64_t time_s, struct rollup *rollup,
                        struct accounting_change *sum)
{
    for (uint32_t m = 0; m < host->members; m++) {
        sum[m] =
            (struct accounting_change){.member = m, .second = {.time_s = time_s, .complete = true}};
        host->member[m].first_measured = UINT32_MAX;
    }
    for (uint32_t i = 0; i < host->nics; i++) {
        struct fleet_nic *nic = &host->nic[i];
        struct attainment_second *s = &sum[nic->member].second;
        const struct accounting_sum wire = nic->wire_sum;
        nic->wire_sum = (struct accounting_sum){0};
        rollup[i] = (struct rollup){{0}};
        s->complete &= wire.us > 0 && wire.longest_us <= SAMPLE_MOST_US;
        s->usage += wire.us > 0 ? (daqs_bps)(wire.bits * 1e6 / (double)wire.us) : 0;
        if (!history_close(&nic->sum, &rollup[i]))
            continue;
        rollup[i].value[ROLLUP_LIMIT] = rate_code_encode(nic->applied);
        rollup[i].value[ROLLUP_DEMAND] = rate_code_encode(wire_counted(nic->demand, nic->mtu));
        if (rollup[i].value[ROLLUP_MS] > s->measured_ms)
            s->measured_ms = rollup[i].value[ROLLUP_MS];
        if (host->member[nic->member].first_measured == UINT32_MAX)
            host->member[nic->member].first_measured = i;
    }
}

static void put_seconds(struct fleet_member *member, struct rollup *rollup,
                        const uint64_t seconds[static ATTAINMENT_VERDICTS])
{
    rollup->value[ROLLUP_MET] = seconds[ATTAINMENT_MET];
    rollup->value[ROLLUP_MISSED] = seconds[ATTAINMENT_MISSED];
    rollup->value[ROLLUP_IDLE] = seconds[ATTAINMENT_IDLE];
    member->met_s += seconds[ATTAINMENT_MET];
    member->missed_s += seconds[ATTAINMENT_MISSED];
}

/* Most VMs have no guarantee, and nothing to reset. */
static void forget_attainment(struct fleet_member *member)
{
    if (member->attains)
        member->attainment = (struct attainment){0};
    member->attains = false;
}

size_t accounting_close(struct fleet_host *host, int64_t time_s, struct rollup *ret_rollup,
                        struct accounting_change *ret_change)
{
    size_t changes = 0;
    sum_members(host, time_s, ret_rollup, ret_change);
    for (uint32_t m = 0; m < host->members; m++) {
        struct fleet_member *member = &host->member[m];
        daqs_bps min = host->vm[member->vm].sla.min;
        if (min == 0)
            forget_attainment(member);
        if (min == 0 || member->first_measured == UINT32_MAX)
            continue;
        member->attains = true;
        struct accounting_change change = ret_change[m];
        uint64_t seconds[ATTAINMENT_VERDICTS];
        change.second.min = wire_guarantee(min, member->mtu);
        change.usage = wire_counted(change.second.usage, member->mtu);
        change.change = attainment_close(&member->attainment, &change.second, seconds);
        put_seconds(member, &ret_rollup[member->first_measured], seconds);
        if (change.change != ATTAINMENT_SAME)
            ret_change[changes++] = change;
    }
    return changes;
}
