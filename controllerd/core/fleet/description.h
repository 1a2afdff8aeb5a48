/* SPDX-License-Identifier: Apache-2.0 */
/* description - what those who made a VM say of it: its title and its labels. The keys of labels
 * are listed in docs/labels.md. */
#ifndef DAQS_CONTROLLERD_CORE_FLEET_DESCRIPTION_H
#define DAQS_CONTROLLERD_CORE_FLEET_DESCRIPTION_H

#include <stdint.h>

#include "shared/base/model.h"

/* One block of memory, which free() releases. */
struct description {
    const char *title; /* "": none */
    uint32_t labels;
    const struct daqs_label_info *label; /* a key may occur several times */
};

/* Returns a copy of what an agent has reported, if the VM is described; NULL if out of memory. */
struct description *description_new(const struct daqs_vm_info *vm);

/* Returns the value of the first label with this key; NULL if there is none, or 'description' is
 * NULL: not known. */
const char *description_find(const struct description *description, const char *key);

/* Returns who the VM belongs to: the tenant that its SLA names, else its project in OpenStack; ""
 * if that is not said. */
const char *description_tenant(const struct description *description);

#endif
