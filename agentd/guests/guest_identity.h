/* SPDX-License-Identifier: Apache-2.0 */
/* guest_identity - the part of a visit that finds out which interfaces are the nics, and reads
 * counters that the guest agent's list does not have. */
#ifndef DAQS_AGENTD_GUESTS_GUEST_IDENTITY_H
#define DAQS_AGENTD_GUESTS_GUEST_IDENTITY_H

#include "agentd/guests/guest_job.h"

/* Parses the guest agent's list and fills in 'identity': the interface of each nic, as far as it is
 * known. 'identity.due' is set if guest_identify is needed, and 'identity.compare' if
 * guest_compare_counters is. Returns an error if the list could not be parsed. */
int guest_list_interfaces(struct guest_job *job, const char *reply);

/* Asks the guest for the facts that distinguish interfaces with the same address, and identifies
 * the nics by them. */
void guest_identify(struct guest_job *job);

/* Forgets the facts after the guest was unreachable: it may have been restarted. */
void guest_forget_interfaces(struct guest_job *job);

/* Reads the counters of interfaces that nothing else distinguishes, and identifies the nics by
 * which of the counters advance with their VFs'. To be called if guest_list_interfaces has set
 * 'identity.compare'. */
void guest_compare_counters(struct guest_job *job);

/* Returns true if guest_count would ask the guest. */
bool guest_counts_due(const struct guest_job *job);

/* Reads counters that the list does not have from the guest's sysfs. Nics without counters there
 * get the state for that, unless their VFs' counters are used. */
void guest_count(struct guest_job *job);

/* Stores counters that were read; sets nic->look if tc's state is to be read because of them. */
void guest_take_reading(struct guest_job_nic *nic, const struct counters_reading *reading);

#endif
