/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/diagnosis/view_pages.h"
#include "controllerd/core/fleet/description.h"

static const struct daqs_column columns[] = {
    {"host", DAQS_COLUMN_TEXT},  {"vm", DAQS_COLUMN_TEXT},  {"uuid", DAQS_COLUMN_TEXT},
    {"title", DAQS_COLUMN_TEXT}, {"key", DAQS_COLUMN_TEXT}, {"value", DAQS_COLUMN_TEXT},
};
enum { COLUMNS = sizeof columns / sizeof columns[0] };

/* label: NULL for a VM without any. */
static void label_row(const struct fleet_host *host, const struct fleet_vm *vm,
                      const struct daqs_label_info *label, struct daqs_table *ret)
{
    daqs_table_text(ret, host->name);
    daqs_table_text(ret, vm->name);
    daqs_table_text(ret, vm->uuid);
    if (!vm->description) { /* title, key and value are not known */
        for (int i = 0; i < 3; i++)
            daqs_table_empty(ret);
        return;
    }
    daqs_table_text(ret, vm->description->title);
    daqs_table_text(ret, label ? label->key : "");
    daqs_table_text(ret, label ? label->value : "");
}

static void rows_of_vm(struct view_pages *pages, const struct fleet_host *host,
                       const struct fleet_vm *vm, struct daqs_table *ret)
{
    const struct description *description = vm->description;
    if ((!description || description->labels == 0) && view_pages_take(pages))
        label_row(host, vm, NULL, ret);
    for (uint32_t i = 0; description && i < description->labels && !pages->more; i++)
        if (view_pages_take(pages))
            label_row(host, vm, &description->label[i], ret);
}

bool view_labels(const struct view_scene *scene, struct view_range *range, struct daqs_table *ret)
{
    daqs_table_init(ret, columns, COLUMNS, VIEW_TEXT_BYTES);
    struct view_pages pages = view_pages_of(scene->roster, range, ret);
    while (view_pages_next(&pages)) {
        const struct fleet_host *host = pages.entry->host;
        for (uint32_t i = 0; host && i < host->vms && !pages.more; i++)
            rows_of_vm(&pages, host, &host->vm[i], ret);
    }
    return pages.more;
}
