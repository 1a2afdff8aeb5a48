/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <strings.h>

#include "controllerd/core/diagnosis/view_pages.h"
#include "controllerd/core/fleet/description.h"
#include "shared/base/glob.h"

static const struct daqs_column columns[] = {
    {"host", DAQS_COLUMN_TEXT},  {"vm", DAQS_COLUMN_TEXT},     {"uuid", DAQS_COLUMN_TEXT},
    {"title", DAQS_COLUMN_TEXT}, {"tenant", DAQS_COLUMN_TEXT},
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

static void row_of(const char *host, const char *vm, const char *uuid,
                   const struct description *description, struct daqs_table *ret)
{
    daqs_table_text(ret, host);
    daqs_table_text(ret, vm);
    daqs_table_text(ret, uuid);
    if (description) {
        daqs_table_text(ret, description->title);
        daqs_table_text(ret, description_tenant(description));
        return;
    }
    daqs_table_empty(ret);
    daqs_table_empty(ret);
}

static bool is_wanted(const char *like, const char *vm, const char *uuid)
{
    return daqs_glob_match(like, vm) || (*uuid && strcasecmp(like, uuid) == 0);
}

static void rows_of_fleet(struct view_pages *pages, const struct fleet_host *host,
                          struct daqs_table *ret)
{
    const char *like = pages->range->like;
    for (uint32_t i = 0; i < host->vms && !pages->more; i++) {
        const struct fleet_vm *vm = &host->vm[i];
        if (is_wanted(like, vm->name, vm->uuid) && view_pages_take(pages))
            row_of(host->name, vm->name, vm->uuid, vm->description, ret);
    }
}

/* VMs with an SLA that are not on the host, or not yet. */
static void rows_of_ledger(struct view_pages *pages, const struct view_scene *scene,
                           struct daqs_table *ret)
{
    const struct roster_entry *here = pages->entry;
    const struct ledger_entry *e = ledger_of_host(scene->ledger, here->name);
    for (; e && !pages->more; e = e->next_of_host) {
        if (!is_wanted(pages->range->like, e->vm, e->uuid))
            continue;
        const bool listed = here->host && fleet_find_vm(here->host, e->vm) < here->host->vms;
        if (!listed && view_pages_take(pages))
            row_of(e->host, e->vm, e->uuid, NULL, ret);
    }
}

bool view_find(const struct view_scene *scene, struct view_range *range, struct daqs_table *ret)
{
    daqs_table_init(ret, columns, COLUMNS, VIEW_TEXT_BYTES);
    struct view_pages pages = view_pages_of(scene->roster, range, ret);
    while (view_pages_next(&pages)) {
        if (daqs_glob_match(range->like, pages.entry->name) && view_pages_take(&pages))
            row_of(pages.entry->name, "", "", NULL, ret);
        if (pages.entry->host)
            rows_of_fleet(&pages, pages.entry->host, ret);
        rows_of_ledger(&pages, scene, ret);
    }
    return pages.more;
}
