/* SPDX-License-Identifier: Apache-2.0 */
/* pve_config - splits the text of a configuration of Proxmox VE (qm.conf(5), user.cfg). */
#ifndef DAQS_AGENTD_CORE_PVE_CONFIG_H
#define DAQS_AGENTD_CORE_PVE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

/* Part of a text, not terminated. 'at' is NULL behind the last part. */
struct pve_part {
    const char *at;
    size_t length;
};

struct pve_part pve_part_of(const char *text);

/* Moves the part before the next separator, or all that is left, from *rest to *ret. Returns false
 * if nothing is left. */
bool pve_next_part(struct pve_part *rest, char separator, struct pve_part *ret);

/* Removes the blanks around a part. */
struct pve_part pve_trim(struct pve_part part);

bool pve_begins_with(struct pve_part part, const char *text);

/* Moves the next line of a VM's configuration as in force from *rest to *ret. Returns false at its
 * end: the end of the text, or the beginning of pending changes or snapshots. */
bool pve_next_line(struct pve_part *rest, struct pve_part *ret);

/* Returns true if a line is "KEY: VALUE", or with 'numbered' "KEY0: VALUE"; sets *ret to the value.
 */
bool pve_value_of(struct pve_part line, const char *key, bool numbered, struct pve_part *ret);

#endif
