/* sla_diff - SLAs as a file wants them, against those there are. */
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
    size_t taken;  /* away */
    size_t same;   /* as they were */
    size_t others; /* not in the file, and left alone */
    size_t unseen; /* added or changed, of a host or VM that has not been seen yet */
};

/* Puts the rows in order, checks each by itself (names, no maximum of zero, the guarantee at most
 * the maximum, none twice), and finds the steps to them, by host. With 'prune' entries without a
 * row go. Errors begin with "line N: ". */
int sla_diff_compare(struct sla_diff_row *row, size_t rows, bool prune, struct ledger *ledger,
                     struct changeset *ret_changeset, struct sla_diff_count *ret_count,
                     struct daqs_error *err);

/* Do the guarantees fit, once all steps (by host) are made? On each uplink whose sum grows it must
 * be within the budget, unless forced, and no guarantee that grows may be more than the capacity.
 * Hosts that nobody has seen take everything; *ret_unseen: how many of the steps to an SLA are of
 * such, or of VMs that nobody has seen. The SLAs of the others get their VMs' UUIDs. Errors begin
 * with "line N: ". */
int sla_diff_check(struct changeset *changeset, const struct fleet *fleet,
                   const struct ledger *ledger, uint32_t headroom_ppm, bool force,
                   size_t *ret_unseen, struct daqs_error *err);

#endif
