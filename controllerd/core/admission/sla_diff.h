/* SPDX-License-Identifier: Apache-2.0 */
/* sla_diff - compares the SLAs of a file with those of the ledger. */
#ifndef DAQS_CONTROLLERD_CORE_ADMISSION_SLA_DIFF_H
#define DAQS_CONTROLLERD_CORE_ADMISSION_SLA_DIFF_H

#include "controllerd/core/fleet/fleet.h"
#include "controllerd/core/sla/changeset.h"

#define SLA_DIFF_ROWS_MAX 100000

struct sla_diff_row {
    const char *host;
    const char *vm;
    struct sla sla;
    uint32_t line;
};

struct sla_diff_count {
    size_t added;
    size_t changed;
    size_t taken;  /* removed */
    size_t same;   /* unchanged */
    size_t others; /* not in the file, and kept */
    size_t unseen; /* added or changed, for a host or VM that has never been seen */
};

/* Sorts the rows, checks each by itself (valid names, ceiling above zero, weight at least 1,
 * guarantee at most the ceiling, no duplicates), and computes the changes that lead to them, by
 * host. With 'prune', entries without a row are removed. Errors begin with "line N: ". */
int sla_diff_compare(struct sla_diff_row *row, size_t rows, bool prune, struct ledger *ledger,
                     struct changeset *ret_changeset, struct sla_diff_count *ret_count,
                     struct daqs_error *err);

/* Checks whether the guarantees fit once all changes (by host) are made. On each uplink whose sum
 * grows, the sum must be within the budget unless forced, and no guarantee that grows may exceed
 * the capacity. Hosts that have never been seen accept everything. *ret_unseen counts the changes
 * to an SLA for such hosts, or for VMs that have never been seen. The other SLAs get the UUIDs of
 * their VMs. Errors begin with "line N: ". */
int sla_diff_check(struct changeset *changeset, const struct fleet *fleet,
                   const struct ledger *ledger, uint32_t headroom_ppm, bool force,
                   size_t *ret_unseen, struct daqs_error *err);

#endif
