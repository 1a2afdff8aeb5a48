/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/diagnosis/views.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/admission/admission.h"
#include "controllerd/core/diagnosis/view_pages.h"
#include "shared/base/cleanup.h"
#include "shared/base/sum.h"
#include "shared/policy/wire_bytes.h"

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
    if (view_has_room(table))
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
    {"host", DAQS_COLUMN_TEXT},       {"state", DAQS_COLUMN_TEXT},
    {"uplink", DAQS_COLUMN_TEXT},     {"capacity_bps", DAQS_COLUMN_RATE},
    {"usage_bps", DAQS_COLUMN_RATE},  {"guaranteed_bps", DAQS_COLUMN_RATE},
    {"vms", DAQS_COLUMN_COUNT},       {"last_report_ms", DAQS_COLUMN_MS},
    {"missed", DAQS_COLUMN_COUNT},    {"guaranteed_wire_bps", DAQS_COLUMN_RATE},
    {"mode", DAQS_COLUMN_TEXT},       {"maintenance", DAQS_COLUMN_TIME},
    {"away_since", DAQS_COLUMN_TIME}, {"member", DAQS_COLUMN_TEXT},
};
/* The last one is there in a group only. */
enum { HOST_COLUMNS = sizeof host_columns / sizeof host_columns[0] };

static const char *host_state(const struct roster_entry *entry, int64_t now_ms)
{
    const struct fleet_host *host = entry->host;
    if (!host)
        return entry->in_doubt ? "unknown" : "away";
    if (!fleet_host_present(host, now_ms))
        return "away";
    return host->fenced ? "disobeys" : "up";
}

static void put_count(struct daqs_table *ret, bool known, uint64_t number)
{
    if (known)
        daqs_table_number(ret, number);
    else
        daqs_table_empty(ret);
}

/* Appends what operators have set: the mode of an uplink (NULL: none), and since when the host is
 * in maintenance. */
static void put_settings(const struct view_scene *scene, const struct fleet_uplink *uplink,
                         const char *host, struct daqs_table *ret)
{
    const struct maintenance_host *maintenance = maintenance_find(scene->maintenance, host);
    if (uplink)
        daqs_table_text(ret, policy_mode_name(uplink->mode));
    else
        daqs_table_empty(ret);
    put_count(ret, maintenance != NULL, maintenance ? (uint64_t)maintenance->since_ms : 0);
}

/* Appends since when the host is away. */
static void put_away_since(const struct view_scene *scene, const struct roster_entry *entry,
                           struct daqs_table *ret)
{
    if (entry->in_doubt || (entry->host && fleet_host_present(entry->host, scene->now_ms)))
        daqs_table_empty(ret);
    else
        daqs_table_number(ret, (uint64_t)roster_away_since(entry, scene->now_ms, scene->wall_ms));
}

static void put_member(const struct view_scene *scene, struct daqs_table *ret)
{
    if (scene->member)
        daqs_table_text(ret, scene->member);
}

static void uplink_row(const struct view_scene *scene, const struct roster_entry *entry,
                       uint32_t uplink, struct daqs_table *ret)
{
    const struct fleet_host *host = entry->host;
    const int64_t now_ms = scene->now_ms;
    bool present = fleet_host_present(host, now_ms);
    daqs_bps usage = 0;
    daqs_bps guaranteed = 0;
    daqs_bps on_wire = 0;
    uint64_t vms = 0;
    uint64_t missed = 0;
    for (uint32_t i = 0; i < host->nics; i++)
        if (host->nic[i].uplink == uplink && fleet_usage_known(host, &host->nic[i], now_ms))
            usage = daqs_sum(usage, host->nic[i].usage);
    for (uint32_t m = 0; m < host->members; m++) {
        const struct fleet_member *member = &host->member[m];
        if (member->uplink != uplink)
            continue;
        vms++;
        guaranteed = daqs_sum(guaranteed, host->vm[member->vm].sla.min);
        on_wire = daqs_sum(on_wire, wire_guarantee(host->vm[member->vm].sla.min, member->mtu));
        missed += present && accounting_member(scene->accounting, host, m)->attainment.violated;
    }
    daqs_table_text(ret, host->name);
    daqs_table_text(ret, host_state(entry, now_ms));
    daqs_table_text(ret, host->uplink[uplink].name);
    daqs_table_rate(ret, host->uplink[uplink].capacity);
    daqs_table_rate(ret, present ? usage : DAQS_UNLIMITED);
    daqs_table_rate(ret, guaranteed);
    daqs_table_number(ret, vms);
    put_count(ret, host->reported_ms != 0, (uint64_t)(now_ms - host->reported_ms));
    put_count(ret, present, missed);
    daqs_table_rate(ret, on_wire);
    put_settings(scene, &host->uplink[uplink], host->name, ret);
    put_away_since(scene, entry, ret);
    put_member(scene, ret);
}

/* A host without uplinks, or one that has not been heard: what is guaranteed there is known. */
static void bare_row(const struct view_scene *scene, const struct roster_entry *entry,
                     struct daqs_table *ret)
{
    const struct fleet_host *host = entry->host;
    daqs_table_text(ret, entry->name);
    daqs_table_text(ret, host_state(entry, scene->now_ms));
    for (int i = 0; i < 3; i++) /* uplink, capacity, usage */
        daqs_table_empty(ret);
    daqs_table_rate(ret, ledger_promised(scene->ledger, entry->name));
    put_count(ret, host != NULL, host ? host->vms : 0);
    put_count(ret, host && host->reported_ms != 0,
              host ? (uint64_t)(scene->now_ms - host->reported_ms) : 0);
    for (int i = 0; i < 2; i++) /* missed, guaranteed_wire */
        daqs_table_empty(ret);
    put_settings(scene, NULL, entry->name, ret);
    put_away_since(scene, entry, ret);
    put_member(scene, ret);
}

bool view_hosts(const struct view_scene *scene, struct view_range *range, struct daqs_table *ret)
{
    daqs_table_init(ret, host_columns, scene->member ? HOST_COLUMNS : HOST_COLUMNS - 1,
                    VIEW_TEXT_BYTES);
    struct view_pages pages = view_pages_of(scene->roster, range, ret);
    while (view_pages_next(&pages)) {
        const uint32_t uplinks = pages.entry->host ? pages.entry->host->uplinks : 0;
        if (uplinks == 0 && view_pages_take(&pages))
            bare_row(scene, pages.entry, ret);
        for (uint32_t u = 0; u < uplinks; u++)
            if (view_pages_take(&pages))
                uplink_row(scene, pages.entry, u, ret);
    }
    return pages.more;
}

/* --- guarantees --- */

static const struct daqs_column promise_columns[] = {
    {"host", DAQS_COLUMN_TEXT},      {"vm", DAQS_COLUMN_TEXT},      {"uplink", DAQS_COLUMN_TEXT},
    {"min_bps", DAQS_COLUMN_RATE},   {"max_bps", DAQS_COLUMN_RATE}, {"met_s", DAQS_COLUMN_COUNT},
    {"missed_s", DAQS_COLUMN_COUNT},
};

bool view_guarantees(const struct view_scene *scene, struct view_range *range,
                     struct daqs_table *ret)
{
    daqs_table_init(ret, promise_columns, sizeof promise_columns / sizeof promise_columns[0],
                    VIEW_TEXT_BYTES);
    struct view_pages pages = view_pages_of(scene->roster, range, ret);
    while (view_pages_next(&pages)) {
        const struct fleet_host *host = pages.entry->host;
        for (uint32_t m = 0; host && m < host->members; m++) {
            const struct fleet_member *member = &host->member[m];
            const struct fleet_vm *vm = &host->vm[member->vm];
            if ((vm->sla.min == 0 && vm->sla.max == DAQS_UNLIMITED) || !view_pages_take(&pages))
                continue;
            daqs_table_text(ret, host->name);
            daqs_table_text(ret, vm->name);
            daqs_table_text(ret, host->uplink[member->uplink].name);
            daqs_table_rate(ret, vm->sla.min);
            daqs_table_rate(ret, vm->sla.max);
            const struct accounting_member *account = accounting_member(scene->accounting, host, m);
            daqs_table_number(ret, account->met_s);
            daqs_table_number(ret, account->missed_s);
        }
    }
    return pages.more;
}

/* --- SLAs --- */

static const struct daqs_column sla_columns[] = {
    {"host", DAQS_COLUMN_TEXT},       {"vm", DAQS_COLUMN_TEXT},
    {"min_bps", DAQS_COLUMN_RATE},    {"max_bps", DAQS_COLUMN_RATE},
    {"weight", DAQS_COLUMN_COUNT},    {"updated_at", DAQS_COLUMN_TIME},
    {"updated_by", DAQS_COLUMN_TEXT}, {"uuid", DAQS_COLUMN_TEXT},
};

bool view_slas(struct ledger *ledger, const struct view_range *range, struct daqs_table *ret)
{
    struct cut cut = {.skip = range->skip};
    daqs_table_init(ret, sla_columns, sizeof sla_columns / sizeof sla_columns[0], VIEW_TEXT_BYTES);
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
        daqs_table_text(ret, entry->uuid);
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
                    VIEW_TEXT_BYTES);
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
