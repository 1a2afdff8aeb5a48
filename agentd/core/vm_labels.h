/* SPDX-License-Identifier: Apache-2.0 */
/* vm_labels - what those who made a VM say of it, as its source (libvirt, Proxmox VE) knows it: a
 * title, and labels. docs/labels.md lists the labels. Whoever may write the VM's definition chooses
 * them, so they are bounded and checked here. */
#ifndef DAQS_AGENTD_CORE_VM_LABELS_H
#define DAQS_AGENTD_CORE_VM_LABELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/model.h"

struct vm_label {
    char key[DAQS_LABEL_KEY_MAX + 1];
    char value[DAQS_LABEL_VALUE_MAX + 1];
};

/* Zero-initialise: no title, no labels. */
struct vm_labels {
    char title[DAQS_TITLE_MAX + 1]; /* "": none */
    uint32_t count;
    struct vm_label label[DAQS_MAX_LABELS];
};

/* Why an SLA that the VM's definition asks for is not as its author means it. */
#define VM_LABEL_PROBLEM "sla-problem"

/* Sets the title: leading and trailing blanks are removed, a text of more than DAQS_TITLE_MAX bytes
 * is cut at a character, and one that is not valid for a name counts as none. */
void vm_labels_set_title(struct vm_labels *labels, const char *title);

/* Returns true if the text can be the key of a label: 1 to DAQS_LABEL_KEY_MAX of a-z, 0-9, '.',
 * '_', ':' and '-', and it begins with a letter. */
bool vm_label_key_ok(const char *key);

/* Adds a label, without the blanks around its value. Returns false, and adds nothing, if the key is
 * not valid, if the value is empty, longer than DAQS_LABEL_VALUE_MAX bytes or not valid for a name,
 * or if there are DAQS_MAX_LABELS already. The last place is kept for a problem. */
bool vm_labels_add(struct vm_labels *labels, const char *key, const char *value);

/* Returns the value of the first label with this key; NULL: there is none. */
const char *vm_labels_find(const struct vm_labels *labels, const char *key);

/* Records a problem, unless there is one already. */
void vm_labels_problem(struct vm_labels *labels, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds what an SLA asks for: "min" with the value "2Gbit" becomes the label sla-min. A name that is
 * not known, or comes twice, and a value that cannot be that of a label are recorded as a problem.
 */
void vm_labels_ask(struct vm_labels *labels, const char *name, const char *value);

bool vm_labels_same(const struct vm_labels *a, const struct vm_labels *b);

/* Returns a copy, which the caller frees; NULL if out of memory. */
struct vm_labels *vm_labels_copy(const struct vm_labels *labels);

#endif
