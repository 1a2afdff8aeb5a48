/* SPDX-License-Identifier: Apache-2.0 */
/* pve_labels - the title and the labels of a VM of Proxmox VE, from its configuration files. */
#ifndef DAQS_AGENTD_CORE_PVE_LABELS_H
#define DAQS_AGENTD_CORE_PVE_LABELS_H

#include "agentd/core/vm_labels.h"

/* Adds what a VM's configuration (qm.conf(5)) says, as in force, to empty labels: 'name' becomes
 * the title, each of 'tags' a label pve-tag, and 'rate' of netN a label pve-rate-netN (MB/s). A tag
 * such as "daqs-class-gold" asks for an SLA. */
void pve_labels_read(const char *config, struct vm_labels *labels);

/* Adds the label pve-pool if the VM with this number is in a pool, according to user.cfg. */
void pve_labels_add_pool(const char *user_cfg, const char *vmid, struct vm_labels *labels);

#endif
