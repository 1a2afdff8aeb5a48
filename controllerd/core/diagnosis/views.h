/* SPDX-License-Identifier: Apache-2.0 */
/* views - the fleet and the ledger as tables for operators. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_VIEWS_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_VIEWS_H

#include "controllerd/core/fleet/fleet.h"
#include "controllerd/core/fleet/maintenance.h"
#include "controllerd/core/policy/accounting.h"
#include "shared/base/table.h"

/* Selects rows of a view: those of one host ("": all), from row 'skip' on. A part has at most
 * VIEW_ROWS rows, and fewer if their names are long; the next part starts at 'skip' plus the number
 * of rows in this one. */
#define VIEW_ROWS 2000

struct view_range {
    const char *host;
    size_t skip;
};

/* Each function initialises and fills *ret, which the caller releases with daqs_table_done, and
 * returns true if there are more rows. */
bool view_hosts(const struct fleet *fleet, const struct accounting *accounting,
                const struct maintenance *maintenance, int64_t now_ms,
                const struct view_range *range, struct daqs_table *ret);
/* Lists the nics of each host, followed by its unwatched VFs. */
bool view_vms(const struct fleet *fleet, int64_t now_ms, const struct view_range *range,
              struct daqs_table *ret);
/* view_nics lists only the nics, with the bytes each has sent. view_guarantees lists VMs with a
 * guarantee or a ceiling by uplink, with the seconds in which the guarantee was met and missed. */
bool view_nics(const struct fleet *fleet, int64_t now_ms, const struct view_range *range,
               struct daqs_table *ret);
bool view_guarantees(const struct fleet *fleet, const struct accounting *accounting,
                     const struct view_range *range, struct daqs_table *ret);
/* Lists uplinks of present hosts that have room for another guarantee of 'min', most room first,
 * without the *ret_unenforced uplinks whose mode keeps no guarantees. Returns true if there are
 * more than *ret holds; those have less room. */
bool view_fit(const struct fleet *fleet, const struct ledger *ledger, daqs_bps min,
              uint32_t headroom_ppm, int64_t now_ms, struct daqs_table *ret,
              size_t *ret_unenforced);
bool view_slas(struct ledger *ledger, const struct view_range *range, struct daqs_table *ret);

#endif
