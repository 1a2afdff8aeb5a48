/* SPDX-License-Identifier: Apache-2.0 */
/* reloader - takes over what others have changed in the shared database. */
#ifndef DAQS_CONTROLLERD_IO_FLEET_RELOADER_H
#define DAQS_CONTROLLERD_IO_FLEET_RELOADER_H

#include "controllerd/core/fleet/fleet.h"
#include "controllerd/core/fleet/maintenance.h"
#include "controllerd/core/fleet/policy_overrides.h"
#include "controllerd/core/records/image.h"
#include "controllerd/core/sla/changeset.h"

struct auth;
struct name_limits;

struct reloader {
    struct fleet *fleet;
    struct ledger *ledger;
    struct policy_overrides *overrides;
    struct maintenance *maintenance;
    struct name_limits *told; /* hosts that 'invalid' was called for */
    struct auth *auth;        /* NULL: no keys are needed */
    /* Called for each changed SLA, once for each host whose SLAs have changed, and for each host of
     * the fleet whose modes may have changed. */
    void (*applied)(void *arg, const struct ledger_change *change);
    void (*host_changed)(void *arg, const char *host);
    void (*modes_changed)(void *arg, struct fleet_host *host);
    /* Called for an SLA that is not valid in the shared database, for each host once an hour.
     * 'kept': there was one before, which stays in force. */
    void (*invalid)(void *arg, const char *host, const char *vm, bool kept);
    void *arg;
};

/* Adds to an image that was just read the SLAs that stay in force although their rows are not
 * valid. now_ms: monotonic. */
void reloader_complete(const struct reloader *r, struct image *image, int64_t now_ms);

/* now_ms: monotonic. */
void reloader_take(const struct reloader *r, const struct image *image);

#endif
