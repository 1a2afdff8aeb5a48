/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/fleet/description.h"

#include <stdlib.h>
#include <string.h>

/* Copies a text to *at, and moves *at behind the copy. */
static const char *put(const char *text, char **at)
{
    const size_t bytes = strlen(text) + 1;
    char *copy = memcpy(*at, text, bytes);
    *at += bytes;
    return copy;
}

struct description *description_new(const struct daqs_vm_info *vm)
{
    const char *title = vm->title ? vm->title : "";
    size_t texts = strlen(title) + 1;
    for (uint32_t i = 0; i < vm->labels; i++)
        texts += strlen(vm->label[i].key) + strlen(vm->label[i].value) + 2;
    struct description *description =
        malloc(sizeof *description + vm->labels * sizeof *vm->label + texts);
    if (!description)
        return NULL;
    struct daqs_label_info *label = (struct daqs_label_info *)(description + 1);
    char *at = (char *)(label + vm->labels);
    *description = (struct description){put(title, &at), vm->labels, label};
    for (uint32_t i = 0; i < vm->labels; i++) {
        label[i].key = put(vm->label[i].key, &at);
        label[i].value = put(vm->label[i].value, &at);
    }
    return description;
}

const char *description_find(const struct description *description, const char *key)
{
    for (uint32_t i = 0; description && i < description->labels; i++)
        if (strcmp(description->label[i].key, key) == 0)
            return description->label[i].value;
    return NULL;
}

const char *description_tenant(const struct description *description)
{
    const char *tenant = description_find(description, "sla-tenant");
    if (!tenant)
        tenant = description_find(description, "nova-project");
    return tenant ? tenant : "";
}
