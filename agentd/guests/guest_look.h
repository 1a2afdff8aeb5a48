/* SPDX-License-Identifier: Apache-2.0 */
/* guest_look - a visit to a guest that checks its sockets. */
#ifndef DAQS_AGENTD_GUESTS_GUEST_LOOK_H
#define DAQS_AGENTD_GUESTS_GUEST_LOOK_H

#include "agentd/guests/guest_job.h"

/* Gets the addresses of the job's nics and runs ss in the guest. Sets 'looked'; also 'unsent' and
 * 'sockets' if the check succeeded, otherwise 'error'. Takes at most two seconds. */
void guest_look(struct guest_job *job);

#endif
