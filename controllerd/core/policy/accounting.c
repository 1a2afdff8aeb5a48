/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/policy/accounting.h"

#include <stdlib.h>
#include <string.h>

#include "controllerd/core/fleet/host_table.h"
#include "shared/policy/wire_bytes.h"

/* A longer sample does not show any single second: reports were missing. */
enum { SAMPLE_MOST_US = 2000000 };

/* The nics of a member in one report. */
struct look {
    daqs_bps usage; /* on the wire */
    daqs_bps limit;
    uint32_t fresh; /* nics that the report measured */
    uint32_t asked; /* nics whose guests were asked for unsent bytes */
    bool unsent;
};

/* What a nic sent on the wire in the current second. */
struct wire_sum {
    double bits;
    uint64_t us;
    uint32_t longest_us; /* longest interval of the samples */
};

struct nic {
    struct history_sum sum;
    struct wire_sum wire;
};

/* What is read for each VM comes first, so that for VMs without a guarantee most of the struct
 * stays out of the processor's cache. */
struct member {
    uint32_t first_measured; /* of its nics, while a second is closed */
    bool attains;            /* 'account' is of a guarantee */
    struct look look;        /* while a report is processed */
    struct accounting_member account;
};

/* Of a host, in the order of its inventory. */
struct accounts {
    struct member *member; /* NULL, as is 'nic': out of memory */
    struct nic *nic;
};

struct accounting {
    struct host_table *hosts; /* struct accounts */
};

static void accounts_done(void *record)
{
    struct accounts *accounts = record;
    free(accounts->member);
    free(accounts->nic);
    *accounts = (struct accounts){0};
}

struct accounting *accounting_new(void)
{
    struct accounting *accounting = calloc(1, sizeof *accounting);
    struct host_table *hosts = host_table_new(sizeof(struct accounts), accounts_done);
    if (!accounting || !hosts) {
        free(accounting);
        host_table_free(hosts);
        return NULL;
    }
    accounting->hosts = hosts;
    return accounting;
}

void accounting_free(struct accounting *accounting)
{
    if (!accounting)
        return;
    host_table_free(accounting->hosts);
    free(accounting);
}

bool accounting_hello(struct accounting *accounting, const struct fleet_host *host)
{
    struct accounts *accounts = host_table_need(accounting->hosts, host);
    if (!accounts)
        return false;
    struct member *member =
        host_table_carry(host->was.member, host->members, accounts->member, sizeof *member);
    struct nic *nic = host_table_carry(host->was.nic, host->nics, accounts->nic, sizeof *nic);
    accounts_done(accounts);
    if (member && nic) {
        *accounts = (struct accounts){member, nic};
        return true;
    }
    free(member);
    free(nic);
    return false;
}

void accounting_forget(struct accounting *accounting, const struct fleet_host *host)
{
    host_table_remove(accounting->hosts, host);
}

/* Returns NULL if there is none, or not enough memory for it. */
static struct accounts *accounts_of(const struct accounting *accounting,
                                    const struct fleet_host *host)
{
    struct accounts *accounts = host_table_find(accounting->hosts, host);
    return accounts && accounts->member ? accounts : NULL;
}

const struct accounting_member *accounting_member(const struct accounting *accounting,
                                                  const struct fleet_host *host, uint32_t member)
{
    static const struct accounting_member none;
    const struct accounts *accounts = accounts_of(accounting, host);
    return accounts ? &accounts->member[member].account : &none;
}

/* --- reports --- */

static bool is_guaranteed(const struct fleet_host *host)
{
    for (uint32_t v = 0; v < host->vms; v++)
        if (host->vm[v].sla.min > 0)
            return true;
    return false;
}

static void look_at_nic(const struct fleet_host *host, const struct fleet_nic *nic,
                        struct wire_sum *sum, struct look *look, int64_t now_ms)
{
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
    sum->bits += (double)nic->wire * (double)nic->span_us / 1e6;
    sum->us += nic->span_us;
    if (nic->span_us > sum->longest_us)
        sum->longest_us = nic->span_us;
}

/* Returns what the port sends: counted, or the sum of everything known. */
static daqs_bps sent_by(const struct fleet_host *host, const struct member *member, uint32_t uplink,
                        int64_t now_ms)
{
    const struct uplink_load *load = &host->uplink[uplink].load;
    int64_t patience_ms = fleet_patience_ms(host);
    if (uplink_load_port(load, now_ms, patience_ms))
        return load->port;
    daqs_bps sum = uplink_load_own(load, now_ms, patience_ms) ? load->own : 0;
    for (uint32_t m = 0; m < host->members; m++)
        if (host->member[m].uplink == uplink)
            sum += daqs_lower(member[m].look.usage, host->uplink[uplink].capacity);
    return sum;
}

static void note_member(const struct fleet_host *host, uint32_t m, struct member *account,
                        daqs_bps slack)
{
    const struct fleet_member *member = &host->member[m];
    daqs_bps min = host->vm[member->vm].sla.min;
    const struct look *here = &account->look;
    const struct attainment_look look = {.usage = here->usage,
                                         .min = wire_guarantee(min, member->mtu),
                                         .limit = here->limit,
                                         .slack = slack,
                                         .backlog = here->unsent ? DAQS_BACKLOG_SOME
                                                    : here->asked == member->nics
                                                        ? DAQS_BACKLOG_NONE
                                                        : DAQS_BACKLOG_UNKNOWN,
                                         .memory = &member->memory};
    attainment_note(&account->account.attainment, &look);
    account->attains = true;
}

void accounting_note(struct accounting *accounting, const struct fleet_host *host,
                     const struct daqs_nic_reading *reading, int64_t now_ms)
{
    struct accounts *accounts = accounts_of(accounting, host);
    if (!accounts)
        return;
    for (uint32_t i = 0; i < host->nics; i++)
        history_add(&accounts->nic[i].sum, &reading[i].sample);
    if (!is_guaranteed(host))
        return;
    struct member *account = accounts->member;
    for (uint32_t m = 0; m < host->members; m++)
        account[m].look = (struct look){0};
    for (uint32_t i = 0; i < host->nics; i++)
        look_at_nic(host, &host->nic[i], &accounts->nic[i].wire, &account[host->nic[i].member].look,
                    now_ms);
    uint32_t uplink = UINT32_MAX;
    daqs_bps slack = 0;
    for (uint32_t m = 0; m < host->members; m++) { /* members of an uplink are adjacent */
        const struct fleet_member *member = &host->member[m];
        if (host->vm[member->vm].sla.min == 0 || account[m].look.fresh < member->nics)
            continue;
        if (member->uplink != uplink) {
            uplink = member->uplink;
            daqs_bps most = daqs_rate_less(host->uplink[uplink].capacity, POLICY_FULL_LESS_PPM);
            daqs_bps sent = sent_by(host, account, uplink, now_ms);
            slack = most > sent ? most - sent : 0;
        }
        note_member(host, m, &account[m], slack);
    }
}

/* --- seconds --- */

/* Sums up what a member's nics sent. Each member is summed up in its own element of 'sum';
 * accounting_close then compacts the elements. */
static void sum_members(const struct fleet_host *host, struct accounts *accounts, int64_t time_s,
                        struct rollup *rollup, struct accounting_change *sum)
{
    for (uint32_t m = 0; m < host->members; m++) {
        sum[m] =
            (struct accounting_change){.member = m, .second = {.time_s = time_s, .complete = true}};
        accounts->member[m].first_measured = UINT32_MAX;
    }
    for (uint32_t i = 0; i < host->nics; i++) {
        const struct fleet_nic *nic = &host->nic[i];
        struct attainment_second *s = &sum[nic->member].second;
        const struct wire_sum wire = accounts->nic[i].wire;
        accounts->nic[i].wire = (struct wire_sum){0};
        s->complete &= wire.us > 0 && wire.longest_us <= SAMPLE_MOST_US;
        s->usage += wire.us > 0 ? (daqs_bps)(wire.bits * 1e6 / (double)wire.us) : 0;
        if (!history_close(&accounts->nic[i].sum, &rollup[i]))
            continue;
        rollup[i].value[ROLLUP_LIMIT] = rate_code_encode(nic->applied);
        rollup[i].value[ROLLUP_DEMAND] = rate_code_encode(wire_counted(nic->demand, nic->mtu));
        if (rollup[i].value[ROLLUP_MS] > s->measured_ms)
            s->measured_ms = rollup[i].value[ROLLUP_MS];
        if (accounts->member[nic->member].first_measured == UINT32_MAX)
            accounts->member[nic->member].first_measured = i;
    }
}

static void put_seconds(struct accounting_member *account, struct rollup *rollup,
                        const uint64_t seconds[static ATTAINMENT_VERDICTS])
{
    rollup->value[ROLLUP_MET] = seconds[ATTAINMENT_MET];
    rollup->value[ROLLUP_MISSED] = seconds[ATTAINMENT_MISSED];
    rollup->value[ROLLUP_IDLE] = seconds[ATTAINMENT_IDLE];
    account->met_s += seconds[ATTAINMENT_MET];
    account->missed_s += seconds[ATTAINMENT_MISSED];
}

/* Most VMs have no guarantee, and nothing to reset. */
static void forget_attainment(struct member *member)
{
    if (member->attains)
        member->account.attainment = (struct attainment){0};
    member->attains = false;
}

size_t accounting_close(struct accounting *accounting, const struct fleet_host *host,
                        int64_t time_s, struct rollup *ret_rollup,
                        struct accounting_change *ret_change)
{
    size_t changes = 0;
    struct accounts *accounts = accounts_of(accounting, host);
    memset(ret_rollup, 0, host->nics * sizeof *ret_rollup);
    if (!accounts)
        return 0;
    sum_members(host, accounts, time_s, ret_rollup, ret_change);
    for (uint32_t m = 0; m < host->members; m++) {
        const struct fleet_member *member = &host->member[m];
        struct member *account = &accounts->member[m];
        daqs_bps min = host->vm[member->vm].sla.min;
        if (min == 0)
            forget_attainment(account);
        if (min == 0 || account->first_measured == UINT32_MAX)
            continue;
        account->attains = true;
        struct accounting_change change = ret_change[m];
        uint64_t seconds[ATTAINMENT_VERDICTS];
        change.second.min = wire_guarantee(min, member->mtu);
        change.usage = wire_counted(change.second.usage, member->mtu);
        change.change = attainment_close(&account->account.attainment, &change.second, seconds);
        put_seconds(&account->account, &ret_rollup[account->first_measured], seconds);
        if (change.change != ATTAINMENT_SAME)
            ret_change[changes++] = change;
    }
    return changes;
}
