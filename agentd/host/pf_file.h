/* pf_file - which VFs' rates are ours, kept for after a restart: a rate that is forgotten would be
 * the VF's next user's. */
#ifndef DAQS_AGENTD_HOST_PF_FILE_H
#define DAQS_AGENTD_HOST_PF_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/error.h"
#include "shared/base/name.h"

struct pf_file_entry {
    char pf[DAQS_IFNAME_MAX + 1];
    uint32_t vf;
    uint32_t before_mbit; /* what to put back */
};

/* Reads DIR/vf-rates; the list is malloc'd, the caller's. No file: nothing. Lines that make no
 * sense are left out. */
int pf_file_load(const char *dir, struct pf_file_entry **ret, size_t *ret_count,
                 struct daqs_error *err);

/* Durably, as a whole. */
int pf_file_save(const char *dir, const struct pf_file_entry *entry, size_t count,
                 struct daqs_error *err);

#endif
