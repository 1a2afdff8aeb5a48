/* modes - uplinks whose policy differs from the configured one. */
#ifndef DAQS_CONTROLLERD_CORE_MODES_H
#define DAQS_CONTROLLERD_CORE_MODES_H

#include <stddef.h>

#include "controllerd/core/fleet.h"

struct modes_entry {
    char *host;
    char *uplink; /* "": all of the host's that have no entry of their own */
    enum policy_mode mode;
};

/* Zero-initialise. */
struct modes {
    size_t count;
    struct modes_entry *entry; /* in order of host and uplink */
};

void modes_done(struct modes *modes);

/* Adds or replaces. DAQS_ENOMEM: nothing changed. */
int modes_put(struct modes *modes, const char *host, const char *uplink, enum policy_mode mode);

/* The configured mode holds again; fine if it did. */
void modes_remove(struct modes *modes, const char *host, const char *uplink);

/* Sets the mode of each of the host's uplinks: its own, else its host's, else 'otherwise'. */
void modes_apply(const struct modes *modes, enum policy_mode otherwise, struct fleet_host *host);

#endif
