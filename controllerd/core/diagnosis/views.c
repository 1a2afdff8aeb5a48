/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/diagnosis/views.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/admission/admission.h"
#include "shared/base/cleanup.h"
#include "shared/base/sum.h"
#include "shared/policy/wire_bytes.h"

/* A part of a view has to fit into a message, however long the names in it are. */
enum { TEXT_BYTES = 768 * 1024, ROW_BYTES = 4 * 1024 };

/* Counts rows and selects those of the requested part. */
struct cut {
    size_t skip;
    size_t row;
    bool more;
};

static bool wanted(struct cut *cut, const struct daqs_table *table)
{
    size_t row = cut->row++;
    if (row < cut->skip)
        return false;
    if (row - cut->skip < VIEW_ROWS && table->arena.used_bytes <= TEXT_BYTES - ROW_BYTES)
        return true;
    cut->more = true;
    return false;
}

static bool of_host(const struct view_range *range, const char *host)
{
    return *range->host == '\0' || strcmp(range->host, host) == 0;
}

/* --- hosts --- */

static const struct daqs_column host_columns[] = {
    {"host", DAQS_COLUMN_TEXT},      {"state", DAQS_COLUMN_TEXT},
    {"uplink", DAQS_COLUMN_TEXT},    {"capacity_bps", DAQS_COLUMN_RATE},
    {"usage_bps", DAQS_COLUMN_RATE}, {"guaranteed_bps", DAQS_COLUMN_RATE},
    {"vms", DAQS_COLUMN_COUNT},      {"last_report_ms", DAQS_COLUMN_MS},
    {"missed", DAQS_COLUMN_COUNT},   {"guaranteed_wire_bps", DAQS_COLUMN_RATE},
    {"mode", DAQS_COLUMN_TEXT},      {"maintenance", DAQS_COLUMN_TIME},
};

static const char *host_state(const struct fleet_host *host, int64_t now_ms)
{
    if (!fleet_host_present(host, now_ms))
        return "away";
    return host->fenced ? "disobeys" : "up";
}

/* Appends what operators have set: the uplink's mode, and since when the host is in maintenance. */
static void put_settings(const struct fleet_uplink *uplink,
                         const struct maintenance_host *maintenance, struct daqs_table *ret)
{
    daqs_table_text(ret, policy_mode_name(uplink->mode));
    if (maintenance)
        daqs_table_number(ret, (uint64_t)maintenance->since_ms);
    else
        daqs_table_empty(ret);
}

static void host_row(const struct fleet_host *host, const struct accounting *accounting,
                     uint32_t uplink, int64_t now_ms, struct daqs_table *ret)
{
    bool present = fleet_host_present(host, now_ms);
    daqs_bps usage = 0;
    daqs_bps guaranteed = 0;
    daqs_bps on_wire = 0;
    uint64_t vms = 0;
    uint64_t missed = 0;
    for (uint32_t i = 0; i < host->nics; i++)
        if (host->nic[i].uplink == uplink && fleet_usage_known(host, &host->nic[i], now_ms))
            usage += host->nic[i].usage;
    for (uint32_t m = 0; m < host->members; m++) {
        const struct fleet_member *member = &host->member[m];
        if (member->uplink != uplink)
            continue;
        vms++;
        guaranteed = daqs_sum(guaranteed, host->vm[member->vm].sla.min);
        on_wire = daqs_sum(on_wire, wire_guarantee(host->vm[member->vm].sla.min, member->mtu));
        missed += present && accounting_member(accounting, host, m)->attainment.violated;
    }
    daqs_table_text(ret, host->name);
    daqs_table_text(ret, host_state(host, now_ms));
    daqs_table_text(ret, host->uplink[uplink].name);
    daqs_table_rate(ret, host->uplink[uplink].capacity);
    daqs_table_rate(ret, usage);
    daqs_table_rate(ret, guaranteed);
    daqs_table_number(ret, vms);
    if (host->reported_ms)
        daqs_table_number(ret, (uint64_t)(now_ms - host->reported_ms));
    else
        daqs_table_empty(ret);
    daqs_table_number(ret, missed);
    daqs_table_rate(ret, on_wire);
}

bool view_hosts(const struct fleet *fleet, const struct accounting *accounting,
                const struct maintenance *maintenance, int64_t now_ms,
                const struct view_range *range, struct daqs_table *ret)
{
    struct cut cut = {.skip = range->skip};
    daqs_table_init(ret, host_columns, sizeof host_columns / sizeof host_columns[0], TEXT_BYTES);
    for (size_t h = 0; h < fleet_count(fleet) && !cut.more; h++) {
        const struct fleet_host *host = fleet_at(fleet, h);
        for (uint32_t u = 0; u < host->uplinks && of_host(range, host->name); u++)
            if (wanted(&cut, ret)) {
                host_row(host, accounting, u, now_ms, ret);
                put_settings(&host->uplink[u], maintenance_find(maintenance, host->name), ret);
            }
    }
    return cut.more;
}

/* --- VMs --- */

enum { REASON_BYTES = 256 };
#define NO_WORD "no message from the host's agent"

static const struct daqs_column vm_columns[] = {
    {"host", DAQS_COLUMN_TEXT},    {"vm", DAQS_COLUMN_TEXT},        {"nic", DAQS_COLUMN_TEXT},
    {"uplink", DAQS_COLUMN_TEXT},  {"usage_bps", DAQS_COLUMN_RATE}, {"limit_bps", DAQS_COLUMN_RATE},
    {"min_bps", DAQS_COLUMN_RATE}, {"max_bps", DAQS_COLUMN_RATE},   {"weight", DAQS_COLUMN_COUNT},
    {"state", DAQS_COLUMN_TEXT},   {"reason", DAQS_COLUMN_TEXT},    {"tx_bytes", DAQS_COLUMN_COUNT},
};
enum { VM_COLUMNS = sizeof vm_columns / sizeof vm_columns[0] };

/* For a nic in state OK, the cause is an additional remark. */
static const char *reason_of(const struct fleet_nic *nic, char buf[static REASON_BYTES])
{
    if (nic->cause == DAQS_CAUSE_NONE)
        return policy_reason_text(nic->reason);
    if (nic->state != DAQS_NIC_OK)
        return daqs_nic_cause_text(nic->cause);
    (void)snprintf(buf, REASON_BYTES, "%s; %s", policy_reason_text(nic->reason),
                   daqs_nic_cause_text(nic->cause));
    return buf;
}

static void vm_row(const struct fleet_host *host, const struct fleet_nic *nic, int64_t now_ms,
                   struct daqs_table *ret)
{
    char mac[DAQS_MAC_TEXT];
    char reason[REASON_BYTES];
    const struct fleet_vm *vm = &host->vm[nic->vm];
    bool present = fleet_host_present(host, now_ms);
    daqs_table_text(ret, host->name);
    daqs_table_text(ret, vm->name);
    daqs_table_text(ret, daqs_mac_format(&nic->mac, mac));
    daqs_table_text(ret, host->uplink[nic->uplink].name);
    daqs_table_rate(ret, fleet_usage_known(host, nic, now_ms) ? nic->usage : DAQS_UNLIMITED);
    daqs_table_rate(ret, nic->applied);
    daqs_table_rate(ret, vm->sla.min);
    daqs_table_rate(ret, vm->sla.max);
    daqs_table_number(ret, vm->sla.weight);
    daqs_bps sends = fleet_usage_known(host, nic, now_ms) ? nic->wire : DAQS_UNLIMITED;
    daqs_table_text(ret, present ? daqs_nic_state_shown(nic->state, sends, nic->applied) : "away");
    daqs_table_text(ret, present ? reason_of(nic, reason) : NO_WORD);
}

/* An unwatched VF: only the reason is known, and the SLA of its VM is not enforced there. */
static void unwatched_row(const struct fleet_host *host, const struct daqs_unwatched_info *vf,
                          int64_t now_ms, struct daqs_table *ret)
{
    bool present = fleet_host_present(host, now_ms);
    char reason[REASON_BYTES];
    const char *why = daqs_nic_cause_text(vf->cause);
    if (*vf->pf && vf->vf != DAQS_VF_UNKNOWN)
        (void)snprintf(reason, sizeof reason, "VF %" PRIu32 " of %s: %s", vf->vf, vf->pf, why);
    else
        (void)snprintf(reason, sizeof reason, "%s", why);
    daqs_table_text(ret, host->name);
    daqs_table_text(ret, host->vm[vf->vm].name);
    daqs_table_text(ret, vf->pci);
    daqs_table_text(ret, vf->pf);
    for (int i = 0; i < 5; i++) /* usage, limit, SLA */
        daqs_table_empty(ret);
    daqs_table_text(ret, "unwatched");
    daqs_table_text(ret, present ? reason : NO_WORD);
}

static bool view_rows(const struct fleet *fleet, int64_t now_ms, const struct view_range *range,
                      bool counted, struct daqs_table *ret)
{
    struct cut cut = {.skip = range->skip};
    daqs_table_init(ret, vm_columns, counted ? VM_COLUMNS : VM_COLUMNS - 1, TEXT_BYTES);
    for (size_t h = 0; h < fleet_count(fleet) && !cut.more; h++) {
        const struct fleet_host *host = fleet_at(fleet, h);
        for (uint32_t i = 0; i < host->nics && of_host(range, host->name); i++) {
            if (!wanted(&cut, ret))
                continue;
            vm_row(host, &host->nic[i], now_ms, ret);
            if (counted)
                daqs_table_number(ret, host->nic[i].tx_bytes);
        }
        uint32_t unwatched = counted || !of_host(range, host->name) ? 0 : host->unwatched_vfs;
        for (uint32_t i = 0; i < unwatched; i++)
            if (wanted(&cut, ret))
                unwatched_row(host, &host->unwatched[i], now_ms, ret);
    }
    return cut.more;
}

bool view_vms(const struct fleet *fleet, int64_t now_ms, const struct view_range *range,
              struct daqs_table *ret)
{
    return view_rows(fleet, now_ms, range, false, ret);
}

bool view_nics(const struct fleet *fleet, int64_t now_ms, const struct view_range *range,
               struct daqs_table *ret)
{
    return view_rows(fleet, now_ms, range, true, ret);
}

/* --- guarantees --- */

static const struct daqs_column promise_columns[] = {
    {"host", DAQS_COLUMN_TEXT},      {"vm", DAQS_COLUMN_TEXT},      {"uplink", DAQS_COLUMN_TEXT},
    {"min_bps", DAQS_COLUMN_RATE},   {"max_bps", DAQS_COLUMN_RATE}, {"met_s", DAQS_COLUMN_COUNT},
    {"missed_s", DAQS_COLUMN_COUNT},
};

bool view_guarantees(const struct fleet *fleet, const struct accounting *accounting,
                     const struct view_range *range, struct daqs_table *ret)
{
    struct cut cut = {.skip = range->skip};
    daqs_table_init(ret, promise_columns, sizeof promise_columns / sizeof promise_columns[0],
                    TEXT_BYTES);
    for (size_t h = 0; h < fleet_count(fleet) && !cut.more; h++) {
        const struct fleet_host *host = fleet_at(fleet, h);
        for (uint32_t m = 0; m < host->members && of_host(range, host->name); m++) {
            const struct fleet_member *member = &host->member[m];
            const struct fleet_vm *vm = &host->vm[member->vm];
            if ((vm->sla.min == 0 && vm->sla.max == DAQS_UNLIMITED) || !wanted(&cut, ret))
                continue;
            daqs_table_text(ret, host->name);
            daqs_table_text(ret, vm->name);
            daqs_table_text(ret, host->uplink[member->uplink].name);
            daqs_table_rate(ret, vm->sla.min);
            daqs_table_rate(ret, vm->sla.max);
            const struct accounting_member *account = accounting_member(accounting, host, m);
            daqs_table_number(ret, account->met_s);
            daqs_table_number(ret, account->missed_s);
        }
    }
    return cut.more;
}

/* --- SLAs --- */

static const struct daqs_column sla_columns[] = {
    {"host", DAQS_COLUMN_TEXT},       {"vm", DAQS_COLUMN_TEXT},
    {"min_bps", DAQS_COLUMN_RATE},    {"max_bps", DAQS_COLUMN_RATE},
    {"weight", DAQS_COLUMN_COUNT},    {"updated_at", DAQS_COLUMN_TIME},
    {"updated_by", DAQS_COLUMN_TEXT},
};

bool view_slas(struct ledger *ledger, const struct view_range *range, struct daqs_table *ret)
{
    struct cut cut = {.skip = range->skip};
    daqs_table_init(ret, sla_columns, sizeof sla_columns / sizeof sla_columns[0], TEXT_BYTES);
    for (size_t i = 0; i < ledger_count(ledger) && !cut.more; i++) {
        const struct ledger_entry *entry = ledger_at(ledger, i);
        if (!of_host(range, entry->host) || !wanted(&cut, ret))
            continue;
        daqs_table_text(ret, entry->host);
        daqs_table_text(ret, entry->vm);
        daqs_table_rate(ret, entry->sla.min);
        daqs_table_rate(ret, entry->sla.max);
        daqs_table_number(ret, entry->sla.weight);
        daqs_table_number(ret, (uint64_t)entry->updated_at_ms);
        daqs_table_text(ret, entry->updated_by);
    }
    return cut.more;
}

/* --- free capacity --- */

static const struct daqs_column layout_columns[] = {
    {"host", DAQS_COLUMN_TEXT},         {"uplink", DAQS_COLUMN_TEXT},
    {"capacity_bps", DAQS_COLUMN_RATE}, {"promised_bps", DAQS_COLUMN_RATE},
    {"free_bps", DAQS_COLUMN_RATE},
};

struct fit {
    const char *host;
    daqs_bps capacity;
    struct uplink_admission admission;
};

/* On the wire. */
static daqs_bps free_of(const struct fit *fit)
{
    return fit->admission.budget - daqs_lower(fit->admission.taken, fit->admission.budget);
}

static int by_room(const void *a, const void *b)
{
    const struct fit *x = a;
    const struct fit *y = b;
    int order = (free_of(x) < free_of(y)) - (free_of(x) > free_of(y));
    order = order ? order : strcmp(x->host, y->host);
    return order ? order : strcmp(x->admission.uplink, y->admission.uplink);
}

/* The caller frees the result; NULL if out of memory. */
static struct fit *find_fits(const struct fleet *fleet, const struct ledger *ledger, daqs_bps min,
                             uint32_t headroom_ppm, int64_t now_ms, size_t *ret_count,
                             size_t *ret_unenforced)
{
    size_t most = 0;
    size_t count = 0;
    for (size_t h = 0; h < fleet_count(fleet); h++)
        most += fleet_at(fleet, h)->uplinks;
    struct fit *fit = calloc(most + 1, sizeof *fit);
    for (size_t h = 0; fit && h < fleet_count(fleet); h++) {
        const struct fleet_host *host = fleet_at(fleet, h);
        for (uint32_t u = 0; u < host->uplinks && fleet_host_present(host, now_ms); u++) {
            if (!policy_mode_keeps_guarantees(host->uplink[u].mode)) {
                ++*ret_unenforced;
                continue;
            }
            fit[count].host = host->name;
            fit[count].capacity = host->uplink[u].capacity;
            if (admission_of_uplink(host, ledger, u, headroom_ppm, &fit[count].admission) &&
                free_of(&fit[count]) >= wire_guarantee(min, 0))
                count++;
        }
    }
    *ret_count = count;
    return fit;
}

bool view_fit(const struct fleet *fleet, const struct ledger *ledger, daqs_bps min,
              uint32_t headroom_ppm, int64_t now_ms, struct daqs_table *ret, size_t *ret_unenforced)
{
    size_t count = 0;
    struct cut cut = {0};
    *ret_unenforced = 0;
    struct fit *fit DAQS_AUTO_FREE =
        find_fits(fleet, ledger, min, headroom_ppm, now_ms, &count, ret_unenforced);
    daqs_table_init(ret, layout_columns, sizeof layout_columns / sizeof layout_columns[0],
                    TEXT_BYTES);
    ret->failed = !fit;
    if (count > 0)
        /* fit is not NULL here: NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker) */
        qsort(fit, count, sizeof *fit, by_room);
    for (size_t i = 0; i < count && wanted(&cut, ret); i++) {
        daqs_table_text(ret, fit[i].host);
        daqs_table_text(ret, fit[i].admission.uplink);
        daqs_table_rate(ret, fit[i].capacity);
        daqs_table_rate(ret, fit[i].admission.promised);
        daqs_table_rate(ret, wire_counted(free_of(&fit[i]), 0));
    }
    return cut.more;
}
