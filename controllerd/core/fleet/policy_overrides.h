/* SPDX-License-Identifier: Apache-2.0 */
/* policy_overrides - uplinks whose policy differs from the configured one. */
#ifndef DAQS_CONTROLLERD_CORE_FLEET_POLICY_OVERRIDES_H
#define DAQS_CONTROLLERD_CORE_FLEET_POLICY_OVERRIDES_H

#include <stdbool.h>
#include <stddef.h>

#include "controllerd/core/fleet/fleet.h"

struct policy_override {
    char *host;
    char *uplink; /* "": all uplinks of the host without an entry */
    enum policy_mode mode;
};

/* Zero-initialise. */
struct policy_overrides {
    size_t count;
    struct policy_override *entry; /* sorted by host and uplink */
};

void policy_overrides_done(struct policy_overrides *overrides);

/* Adds or replaces an entry. DAQS_ENOMEM: nothing changed. */
int policy_overrides_put(struct policy_overrides *overrides, const char *host, const char *uplink,
                         enum policy_mode mode);

/* Removes an entry if there is one: the configured mode applies again. */
void policy_overrides_remove(struct policy_overrides *overrides, const char *host,
                             const char *uplink);

/* Returns true if there is an entry of the host or of one of its uplinks. */
bool policy_overrides_has(const struct policy_overrides *overrides, const char *host);

/* Removes all entries of the host and of its uplinks. */
void policy_overrides_forget(struct policy_overrides *overrides, const char *host);

/* Returns the mode of an uplink: its entry, else the host's, else 'otherwise'. "" is an uplink that
 * is not known yet. */
enum policy_mode policy_overrides_mode(const struct policy_overrides *overrides,
                                       enum policy_mode otherwise, const char *host,
                                       const char *uplink);

/* Sets the mode of each of the host's uplinks, likewise. */
void policy_overrides_apply(const struct policy_overrides *overrides, enum policy_mode otherwise,
                            struct fleet_host *host);

#endif
