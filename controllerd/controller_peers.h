/* SPDX-License-Identifier: Apache-2.0 */
/* controller_peers - the modules of the controller that talk to the other members of its group. */
#ifndef DAQS_CONTROLLERD_CONTROLLER_PEERS_H
#define DAQS_CONTROLLERD_CONTROLLER_PEERS_H

#include "controllerd/controller_modules.h"

/* Returns true if another member has this key; for auth_setup. */
bool controller_peers_admit(void *arg, const struct daqs_key *key);

/* Makes them, after the group was joined and the controller's key is known; nothing if this
 * controller is in no group, or other members cannot reach it. DAQS_ENOMEM. */
int controller_peers_make(struct controller_modules *m, struct daqs_error *err);

/* Tells the member with this number that this one serves the host now, if it can; for
 * membership_setup. */
void controller_peers_tell_adopted(void *arg, const char *host, size_t member);

/* Receives from the listener for members. */
void controller_peers_receive(struct controller_modules *m, const struct listener *listener,
                              int64_t now_ms);

#endif
