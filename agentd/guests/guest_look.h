/* guest_look - a visit to a guest that looks at its sockets. */
#ifndef DAQS_AGENTD_GUESTS_GUEST_LOOK_H
#define DAQS_AGENTD_GUESTS_GUEST_LOOK_H

#include "agentd/guests/guest_job.h"

/* Asks for the addresses of the job's nics, and has ss run. Fills in 'looked', and 'unsent' and
 * 'sockets' if they were seen; 'error' says why they were not. Takes two seconds at most. */
void guest_look(struct guest_job *job);

#endif
