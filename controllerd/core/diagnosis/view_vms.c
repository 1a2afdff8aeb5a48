/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/diagnosis/view_pages.h"
#include "shared/base/cleanup.h"

enum { REASON_BYTES = 256 };
#define NO_WORD "no message from the host's agent"

static const struct daqs_column vm_columns[] = {
    {"host", DAQS_COLUMN_TEXT},    {"vm", DAQS_COLUMN_TEXT},        {"nic", DAQS_COLUMN_TEXT},
    {"uplink", DAQS_COLUMN_TEXT},  {"usage_bps", DAQS_COLUMN_RATE}, {"limit_bps", DAQS_COLUMN_RATE},
    {"min_bps", DAQS_COLUMN_RATE}, {"max_bps", DAQS_COLUMN_RATE},   {"weight", DAQS_COLUMN_COUNT},
    {"state", DAQS_COLUMN_TEXT},   {"reason", DAQS_COLUMN_TEXT},    {"uuid", DAQS_COLUMN_TEXT},
    {"tenant", DAQS_COLUMN_TEXT},  {"tx_bytes", DAQS_COLUMN_COUNT},
};
enum { VM_COLUMNS = sizeof vm_columns / sizeof vm_columns[0] };

/* --- rows --- */

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

static void put_sla(const struct sla *sla, struct daqs_table *ret)
{
    daqs_table_rate(ret, sla->min);
    daqs_table_rate(ret, sla->max);
    daqs_table_number(ret, sla->weight);
}

static void put_vm(const struct fleet_vm *vm, struct daqs_table *ret)
{
    daqs_table_text(ret, vm->uuid);
    if (vm->description)
        daqs_table_text(ret, description_tenant(vm->description));
    else
        daqs_table_empty(ret);
}

static void nic_row(const struct fleet_host *host, const struct fleet_nic *nic, int64_t now_ms,
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
    put_sla(&vm->sla, ret);
    daqs_bps sends = fleet_usage_known(host, nic, now_ms) ? nic->wire : DAQS_UNLIMITED;
    daqs_table_text(ret, present ? daqs_nic_state_shown(nic->state, sends, nic->applied) : "away");
    daqs_table_text(ret, present ? reason_of(nic, reason) : NO_WORD);
    put_vm(vm, ret);
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
    put_vm(&host->vm[vf->vm], ret);
}

/* A VM with an SLA on a host that has not been heard: nothing else is known of it. */
static void sla_row(const struct ledger_entry *entry, bool in_doubt, struct daqs_table *ret)
{
    daqs_table_text(ret, entry->host);
    daqs_table_text(ret, entry->vm);
    for (int i = 0; i < 4; i++) /* nic, uplink, usage, limit */
        daqs_table_empty(ret);
    put_sla(&entry->sla, ret);
    daqs_table_text(ret, in_doubt ? "unknown" : "away");
    daqs_table_text(ret, NO_WORD);
    daqs_table_text(ret, entry->uuid);
    daqs_table_empty(ret); /* tenant */
}

/* --- their order --- */

/* A row of a host. */
struct vm_row {
    const char *vm;
    uint32_t index;
    const struct fleet_nic *nic; /* one of the three is given */
    const struct daqs_unwatched_info *vf;
    const struct ledger_entry *entry;
};

static int by_vm(const void *a, const void *b)
{
    const struct vm_row *x = a;
    const struct vm_row *y = b;
    int order = strcmp(x->vm, y->vm);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* Most agents list their VMs in the same order from the start. */
static void sort(struct vm_row *row, size_t count)
{
    size_t sorted = 1;
    while (sorted < count && by_vm(&row[sorted - 1], &row[sorted]) < 0)
        sorted++;
    if (sorted < count)
        qsort(row, count, sizeof *row, by_vm);
}

/* Returns the rows of a host that has been heard, which the caller frees: its nics, and unless
 * 'nics_only', its unwatched VFs. NULL if out of memory. */
static struct vm_row *rows_of_host(const struct fleet_host *host, bool nics_only, size_t *ret_count)
{
    size_t count = 0;
    struct vm_row *row = calloc((size_t)host->nics + host->unwatched_vfs + 1, sizeof *row);
    for (uint32_t i = 0; row && i < host->nics; i++, count++)
        row[count] = (struct vm_row){
            .vm = host->vm[host->nic[i].vm].name, .index = (uint32_t)count, .nic = &host->nic[i]};
    for (uint32_t i = 0; row && !nics_only && i < host->unwatched_vfs; i++, count++)
        row[count] = (struct vm_row){.vm = host->vm[host->unwatched[i].vm].name,
                                     .index = (uint32_t)count,
                                     .vf = &host->unwatched[i]};
    *ret_count = count;
    return row;
}

/* Likewise, of a host that only the ledger knows. */
static struct vm_row *rows_of_ledger(const struct ledger_entry *first, size_t *ret_count)
{
    size_t count = 0;
    for (const struct ledger_entry *e = first; e; e = e->next_of_host)
        count++;
    struct vm_row *row = calloc(count + 1, sizeof *row);
    count = 0;
    for (const struct ledger_entry *e = first; row && e; e = e->next_of_host)
        row[count++] = (struct vm_row){.vm = e->vm, .entry = e};
    *ret_count = count;
    return row;
}

/* --- the views --- */

static bool view_rows(const struct view_scene *scene, struct view_range *range, bool nics_only,
                      struct daqs_table *ret)
{
    daqs_table_init(ret, vm_columns, nics_only ? VM_COLUMNS : VM_COLUMNS - 1, VIEW_TEXT_BYTES);
    struct view_pages pages = view_pages_of(scene->roster, range, ret);
    while (view_pages_next(&pages)) {
        const struct fleet_host *host = pages.entry->host;
        size_t count = 0;
        if (!host && nics_only)
            continue;
        struct vm_row *row DAQS_AUTO_FREE =
            host ? rows_of_host(host, nics_only, &count)
                 : rows_of_ledger(ledger_of_host(scene->ledger, pages.entry->name), &count);
        ret->failed |= !row;
        if (row)
            sort(row, count);
        for (size_t i = 0; row && i < count && !pages.more; i++) {
            if (!view_pages_take(&pages))
                continue;
            if (row[i].nic)
                nic_row(host, row[i].nic, scene->now_ms, ret);
            else if (row[i].vf)
                unwatched_row(host, row[i].vf, scene->now_ms, ret);
            else
                sla_row(row[i].entry, pages.entry->in_doubt, ret);
            if (nics_only)
                daqs_table_number(ret, row[i].nic->tx_bytes);
        }
    }
    return pages.more;
}

bool view_vms(const struct view_scene *scene, struct view_range *range, struct daqs_table *ret)
{
    return view_rows(scene, range, false, ret);
}

bool view_nics(const struct view_scene *scene, struct view_range *range, struct daqs_table *ret)
{
    return view_rows(scene, range, true, ret);
}
