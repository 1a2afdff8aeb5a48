/* SPDX-License-Identifier: Apache-2.0 */
/* pf_file - which VFs' rates the agent has set, saved across restarts. If the agent forgot such a
 * rate, the next user of the VF would inherit it. */
#ifndef DAQS_AGENTD_HOST_PF_FILE_H
#define DAQS_AGENTD_HOST_PF_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/error.h"
#include "shared/base/name.h"

struct pf_file_entry {
    char pf[DAQS_IFNAME_MAX + 1];
    uint32_t vf;
    uint32_t before_mbit; /* rate to restore */
};

/* Reads DIR/vf-rates. The list is malloc'd, to be freed by the caller. If the file does not exist,
 * the list is empty. Malformed lines are ignored. */
int pf_file_load(const char *dir, struct pf_file_entry **ret, size_t *ret_count,
                 struct daqs_error *err);

/* Replaces DIR/vf-rates as a whole, durably. */
int pf_file_save(const char *dir, const struct pf_file_entry *entry, size_t count,
                 struct daqs_error *err);

#endif
