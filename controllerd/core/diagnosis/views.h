/* SPDX-License-Identifier: Apache-2.0 */
/* views - the fleet and the ledger as tables for operators. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_VIEWS_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_VIEWS_H

#include "controllerd/core/fleet/maintenance.h"
#include "controllerd/core/fleet/roster.h"
#include "controllerd/core/policy/accounting.h"
#include "shared/base/table.h"

/* What the views of hosts show. */
struct view_scene {
    const struct roster *roster;
    const struct ledger *ledger;
    const struct accounting *accounting;
    const struct maintenance *maintenance;
    const char *member; /* the name of this controller in its group; NULL: it is in none */
    int64_t now_ms;     /* monotonic */
    int64_t wall_ms;    /* UTC, the same moment */
};

/* Selects rows of a view: those of one host ("": all). A part has at most VIEW_ROWS rows, and fewer
 * if their names are long. Parts of views of hosts begin at a host, so that hosts that come and go
 * meanwhile shift no others. */
#define VIEW_ROWS 2000

struct view_range {
    const char *host;
    const char *like; /* of view_find: a name, a pattern (shared/base/glob.h), or a VM's UUID */
    const char *from; /* the host that the part begins with or, if it is gone, after; NULL: first */
    size_t skip;      /* rows of that host in earlier parts; of other views: rows in all of them */
};

/* Each function initialises and fills *ret, which the caller releases with daqs_table_done, and
 * returns true if there are more rows. Then *range selects them; its 'from' belongs to the roster.
 *
 * Hosts are in the order of their names, VMs of a host likewise. A host without uplinks, and one
 * that has not been heard, has a row without an uplink. */
bool view_hosts(const struct view_scene *scene, struct view_range *range, struct daqs_table *ret);
/* Lists the nics of each VM, followed by its unwatched VFs; of hosts that have not been heard, the
 * VMs with an SLA. */
bool view_vms(const struct view_scene *scene, struct view_range *range, struct daqs_table *ret);
/* Lists the labels of each VM in a row each, with the VM's UUID and title; a VM without labels has
 * one row. What is not known is empty. */
bool view_labels(const struct view_scene *scene, struct view_range *range, struct daqs_table *ret);
/* Lists hosts with a name like range->like, without a VM, and VMs with such a name or UUID: those
 * on hosts that have been heard, and those with an SLA. What is not known is empty. */
bool view_find(const struct view_scene *scene, struct view_range *range, struct daqs_table *ret);
/* view_nics lists only the nics, with the bytes each has sent. view_guarantees lists VMs with a
 * guarantee or a ceiling by uplink, with the seconds in which the guarantee was met and missed. */
bool view_nics(const struct view_scene *scene, struct view_range *range, struct daqs_table *ret);
bool view_guarantees(const struct view_scene *scene, struct view_range *range,
                     struct daqs_table *ret);
/* Lists uplinks of present hosts that have room for another guarantee of 'min', most room first,
 * without the *ret_unenforced uplinks whose mode keeps no guarantees. Returns true if there are
 * more than *ret holds; those have less room. */
bool view_fit(const struct fleet *fleet, const struct ledger *ledger, daqs_bps min,
              uint32_t headroom_ppm, int64_t now_ms, struct daqs_table *ret,
              size_t *ret_unenforced);
/* Does not change the range: the next part skips the rows of this one, too. */
bool view_slas(struct ledger *ledger, const struct view_range *range, struct daqs_table *ret);

#endif
