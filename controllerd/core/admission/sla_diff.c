/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/admission/sla_diff.h"

#include <stdlib.h>
#include <string.h>

#include "controllerd/core/admission/admission.h"
#include "shared/base/cleanup.h"
#include "shared/base/name.h"
#include "shared/policy/wire_bytes.h"

static int out_of_memory(struct daqs_error *err)
{
    return daqs_fail(err, DAQS_ENOMEM, "out of memory");
}

/* --- comparison --- */

static int compare_places(const char *host_a, const char *vm_a, const char *host_b,
                          const char *vm_b)
{
    int order = strcmp(host_a, host_b);
    return order ? order : strcmp(vm_a, vm_b);
}

static int by_place(const void *a, const void *b)
{
    const struct sla_diff_row *x = a;
    const struct sla_diff_row *y = b;
    int order = compare_places(x->host, x->vm, y->host, y->vm);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static int by_line(const void *a, const void *b)
{
    const struct sla_diff_row *x = a;
    const struct sla_diff_row *y = b;
    return (x->line > y->line) - (x->line < y->line);
}

static int check_row(const struct sla_diff_row *row, struct daqs_error *err)
{
    int result = daqs_name_check("host", row->host, strlen(row->host), err);
    if (result == DAQS_OK)
        result = daqs_name_check("VM", row->vm, strlen(row->vm), err);
    if (result == DAQS_OK)
        result = sla_check(&row->sla, err);
    return result == DAQS_OK ? result : daqs_wrap(err, "line %u", (unsigned)row->line);
}

/* Of several invalid lines, the first one is reported. */
static int check_rows(struct sla_diff_row *row, size_t rows, struct daqs_error *err)
{
    if (rows == 0)
        return DAQS_OK;
    qsort(row, rows, sizeof *row, by_line);
    for (size_t i = 0; i < rows; i++) {
        int result = check_row(&row[i], err);
        if (result != DAQS_OK)
            return result;
    }
    qsort(row, rows, sizeof *row, by_place);
    const struct sla_diff_row *second = NULL;
    const struct sla_diff_row *first = NULL;
    for (size_t i = 1; i < rows; i++) {
        if (compare_places(row[i - 1].host, row[i - 1].vm, row[i].host, row[i].vm) != 0 ||
            (second && row[i].line > second->line))
            continue;
        first = &row[i - 1];
        second = &row[i];
    }
    if (!second)
        return DAQS_OK;
    return daqs_fail(err, DAQS_EINVALID, "line %u: %.100s/%.100s is already in line %u",
                     (unsigned)second->line, second->host, second->vm, (unsigned)first->line);
}

/* Adds the change from an entry to a row; either may be NULL. */
static int add_step(const struct ledger_entry *entry, const struct sla_diff_row *row, bool prune,
                    struct changeset *changeset, struct sla_diff_count *count,
                    struct daqs_error *err)
{
    if (row && entry && sla_same(&row->sla, &entry->sla)) {
        count->same++;
        return DAQS_OK;
    }
    if (!row && !prune) {
        count->others++;
        return DAQS_OK;
    }
    int result = row ? sla_names_check(row->host, row->vm, err) : DAQS_OK;
    if (result != DAQS_OK)
        return daqs_wrap(err, "line %u", (unsigned)row->line);
    struct ledger_change *change = changeset_add(
        changeset, LEDGER_APPLY, row ? row->host : entry->host, row ? row->vm : entry->vm, entry);
    if (!change)
        return out_of_memory(err);
    change->has_new = row != NULL;
    if (row) {
        change->new_sla = row->sla;
        change->line = row->line;
    }
    count->added += !entry;
    count->taken += !row;
    count->changed += entry && row;
    return DAQS_OK;
}

int sla_diff_compare(struct sla_diff_row *row, size_t rows, bool prune, struct ledger *ledger,
                     struct changeset *ret_changeset, struct sla_diff_count *ret_count,
                     struct daqs_error *err)
{
    int result = check_rows(row, rows, err);
    if (result != DAQS_OK)
        return result;
    *ret_count = (struct sla_diff_count){0};
    size_t entries = ledger_count(ledger);
    for (size_t r = 0, e = 0; r < rows || e < entries;) {
        const struct ledger_entry *entry = e < entries ? ledger_at(ledger, e) : NULL;
        int order = r == rows ? 1
                    : entry   ? compare_places(row[r].host, row[r].vm, entry->host, entry->vm)
                              : -1;
        result = add_step(order >= 0 ? entry : NULL, order <= 0 ? &row[r] : NULL, prune,
                          ret_changeset, ret_count, err);
        if (result != DAQS_OK)
            return result;
        r += order <= 0;
        e += order >= 0;
    }
    return DAQS_OK;
}

/* --- admission --- */

/* A change, and the VM of the inventory that it concerns. */
struct claim {
    struct ledger_change *change;
    uint32_t vm; /* host->vms: the VM is not there */
};

struct named_vm {
    const char *name;
    uint32_t vm;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct named_vm *)a)->name, ((const struct named_vm *)b)->name);
}

static int by_claim_line(const void *a, const void *b)
{
    uint32_t x = ((const struct claim *)a)->change->line;
    uint32_t y = ((const struct claim *)b)->change->line;
    return (x > y) - (x < y);
}

/* Returns the claims of one host's changes in the order of their lines; NULL if out of memory. */
static struct claim *find_claims(struct ledger_change *change, size_t changeset,
                                 const struct fleet_host *host)
{
    struct named_vm *names DAQS_AUTO_FREE = calloc(host->vms + 1U, sizeof *names);
    struct claim *claim = calloc(changeset, sizeof *claim);
    if (!names || !claim) {
        free(claim);
        return NULL;
    }
    for (uint32_t v = 0; v < host->vms; v++)
        names[v] = (struct named_vm){host->vm[v].name, v};
    qsort(names, host->vms, sizeof *names, by_name);
    for (size_t i = 0; i < changeset; i++) {
        const struct named_vm wanted = {.name = change[i].vm};
        const struct named_vm *found = bsearch(&wanted, names, host->vms, sizeof *names, by_name);
        claim[i] = (struct claim){&change[i], found ? found->vm : host->vms};
    }
    qsort(claim, changeset, sizeof *claim, by_claim_line);
    return claim;
}

/* A VM as seen from one uplink. */
struct diff_place {
    bool here;
    uint32_t mtu; /* 0: unknown */
};

static daqs_bps new_min(const struct ledger_change *change)
{
    return change->has_new ? change->new_sla.min : 0;
}

/* 'place' has one element for each of the host's VMs, and a last one for VMs that the host does not
 * have. Sums are rates on the wire. */
static int check_uplink(const struct claim *claim, size_t claims,
                        const struct uplink_admission *admission, const struct diff_place *place,
                        bool force, struct daqs_error *err)
{
    struct uplink_admission here = *admission;
    daqs_bps sum = admission->taken;
    for (size_t i = 0; i < claims; i++) { /* guarantees that shrink make room for those that grow */
        const struct ledger_change *change = claim[i].change;
        const struct diff_place *at = &place[claim[i].vm];
        if (at->here && new_min(change) < change->old_sla.min)
            sum -= daqs_lower(sum, wire_guarantee(change->old_sla.min, at->mtu) -
                                       wire_guarantee(new_min(change), at->mtu));
    }
    for (size_t i = 0; i < claims; i++) {
        const struct ledger_change *change = claim[i].change;
        const struct diff_place *at = &place[claim[i].vm];
        if (!at->here || new_min(change) <= change->old_sla.min)
            continue;
        here.mtu = at->mtu;
        here.taken = sum - daqs_lower(sum, wire_guarantee(change->old_sla.min, at->mtu));
        if (admission_check(&here, 1, change->old_sla.min, new_min(change), force, err) != DAQS_OK)
            return daqs_wrap(err, "line %u", (unsigned)change->line);
        sum = here.taken + wire_guarantee(new_min(change), at->mtu);
    }
    return DAQS_OK;
}

/* Returns false if out of memory. */
static bool name_vms(struct changeset *changeset, const struct claim *claim, size_t claims,
                     const struct fleet_host *host)
{
    for (size_t i = 0; i < claims; i++)
        if (claim[i].vm < host->vms &&
            !changeset_name_vm(changeset, claim[i].change, host->vm[claim[i].vm].uuid))
            return false;
    return true;
}

/* Checks the changes [first, end), which all concern this host. */
static int check_host(struct changeset *all, size_t first, size_t end,
                      const struct fleet_host *host, const struct ledger *ledger,
                      uint32_t headroom_ppm, bool force, size_t *unseen, struct daqs_error *err)
{
    size_t changeset = end - first;
    struct claim *claim DAQS_AUTO_FREE = find_claims(&all->change[first], changeset, host);
    struct diff_place *place DAQS_AUTO_FREE = calloc(host->vms + 1U, sizeof *place);
    if (!claim || !place || !name_vms(all, claim, changeset, host))
        return out_of_memory(err);
    for (size_t i = 0; i < changeset; i++)
        *unseen += claim[i].change->has_new && claim[i].vm == host->vms;
    int result = DAQS_OK;
    for (uint32_t u = 0; u < host->uplinks && result == DAQS_OK; u++) {
        struct uplink_admission admission;
        if (!admission_of_uplink(host, ledger, u, headroom_ppm, &admission))
            continue;
        memset(place, 0, host->vms * sizeof *place);
        place[host->vms].here = true; /* an absent VM may appear on any uplink */
        for (uint32_t m = 0; m < host->members; m++)
            if (host->member[m].uplink == u)
                place[host->member[m].vm] = (struct diff_place){true, host->member[m].mtu};
        result = check_uplink(claim, changeset, &admission, place, force, err);
    }
    return result;
}

int sla_diff_check(struct changeset *changeset, const struct fleet *fleet,
                   const struct ledger *ledger, uint32_t headroom_ppm, bool force,
                   size_t *ret_unseen, struct daqs_error *err)
{
    size_t unseen = 0;
    for (size_t i = 0, end; i < changeset->count; i = end) {
        const struct fleet_host *host = fleet_find(fleet, changeset->change[i].host);
        for (end = i + 1; end < changeset->count; end++)
            if (strcmp(changeset->change[end].host, changeset->change[i].host) != 0)
                break;
        for (size_t k = i; k < end && !host; k++)
            unseen += changeset->change[k].has_new;
        if (!host)
            continue;
        int result = check_host(changeset, i, end, host, ledger, headroom_ppm, force, &unseen, err);
        if (result != DAQS_OK)
            return result;
    }
    *ret_unseen = unseen;
    return DAQS_OK;
}
