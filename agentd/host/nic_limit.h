/* SPDX-License-Identifier: Apache-2.0 */
/* nic_limit - a nic's limit and its reading, of which the guest has one part and its VF another. */
#ifndef DAQS_AGENTD_HOST_NIC_LIMIT_H
#define DAQS_AGENTD_HOST_NIC_LIMIT_H

#include "agentd/host/host_pfs.h"

/* Decides whether the host limits the nic's VF, and stores it in nic->on_vf. To be called whenever
 * the nic's state is to be acted on or reported. */
void nic_limit_choose(const struct host_pfs *pfs, struct guest_nic *nic, int64_t now_ms);

/* Returns the rate that the guest's shaper is to have. */
daqs_bps nic_limit_in_guest(const struct host_pfs *pfs, const struct guest_nic *nic);
/* Returns the limit in force, set in the guest or on the VF. It may differ from the wanted one: the
 * driver may have changed it. */
daqs_bps nic_limit_in_force(const struct host_pfs *pfs, const struct guest_nic *nic);
/* Returns false while the VF's rate remains to be set. */
bool nic_limit_converged(const struct host_pfs *pfs, const struct guest_nic *nic, int64_t now_ms);

/* Returns the reading that is reported for a nic: the result in its guest, or that of its VF. Polls
 * are poll_ms apart. */
struct daqs_nic_reading nic_limit_reading(const struct host_pfs *pfs, const struct guest_nic *nic,
                                          int64_t poll_ms, int64_t now_ms);
/* Records that this reading of a nic was reported. */
void nic_limit_reported(struct guest_nic *nic, const struct daqs_nic_reading *reading,
                        int64_t poll_ms);

#endif
