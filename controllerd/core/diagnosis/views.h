/* views - the fleet and the ledger as tables for operators. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_VIEWS_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_VIEWS_H

#include "controllerd/core/fleet/fleet.h"
#include "shared/base/table.h"

/* Which rows of a view: those of one host ("" for all), beginning with row 'skip', at most
 * VIEW_ROWS of them, fewer if their names are long: go on at skip + the rows there are. */
#define VIEW_ROWS 2000

struct view_range {
    const char *host;
    size_t skip;
};

/* Each initialises and fills *ret, the caller's to done; returns true if there are more rows. */
bool view_hosts(const struct fleet *fleet, int64_t now_ms, const struct view_range *range,
                struct daqs_table *ret);
/* Behind the nics of each host the VFs that nobody watches. */
bool view_vms(const struct fleet *fleet, int64_t now_ms, const struct view_range *range,
              struct daqs_table *ret);
/* The nics alone, with what each has sent, in bytes; and VMs with a guarantee or a ceiling, uplink
 * by uplink, with how many seconds guarantees were met and missed. */
bool view_nics(const struct fleet *fleet, int64_t now_ms, const struct view_range *range,
               struct daqs_table *ret);
bool view_guarantees(const struct fleet *fleet, const struct view_range *range,
                     struct daqs_table *ret);
/* Uplinks of hosts that are there with room for another guarantee of 'min', most room first. True
 * if there are more than what is in *ret, with less room. */
bool view_fit(const struct fleet *fleet, const struct ledger *ledger, daqs_bps min,
              uint32_t headroom_ppm, int64_t now_ms, struct daqs_table *ret);
bool view_slas(struct ledger *ledger, const struct view_range *range, struct daqs_table *ret);

#endif
