/* guest_identity - a visit's questions about which interfaces are the nics, and what they sent. */
#ifndef DAQS_AGENTD_GUESTS_GUEST_IDENTITY_H
#define DAQS_AGENTD_GUESTS_GUEST_IDENTITY_H

#include "agentd/guests/guest_job.h"

/* Reads the guest agent's list: which interface is which nic goes to 'identity', by what is known
 * already. 'identity.due': that takes a question to the guest, see guest_identify. */
int guest_list_interfaces(struct guest_job *job, const char *reply);

/* Asks what tells interfaces apart that have the same address, and places the nics by it. */
void guest_identify(struct guest_job *job);

/* The guest was out of reach: it may have been started anew. */
void guest_forget_interfaces(struct guest_job *job);

/* Reads the counters of interfaces that nothing else tells apart, and places the nics by which of
 * them move with the VFs'. For 'identity.watch', which guest_list_interfaces sets. */
void guest_compare_counters(struct guest_job *job);

/* True if guest_count would ask the guest. */
bool guest_counts_due(const struct guest_job *job);

/* Reads the counters of nics of which the list had none from the guest's sysfs. Nics that have none
 * there either get the state for that, unless their VFs count. */
void guest_count(struct guest_job *job);

/* Counters of a nic were read; says whether its limit is to be looked at. */
void guest_take_reading(struct guest_job_nic *nic, const struct counters_reading *reading);

#endif
