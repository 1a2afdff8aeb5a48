/* SPDX-License-Identifier: Apache-2.0 */
/* fallback - splits an uplink while no controller is in command and usage is unknown. */
#ifndef DAQS_AGENTD_CORE_FALLBACK_H
#define DAQS_AGENTD_CORE_FALLBACK_H

#include <stdint.h>

#include "shared/base/model.h"
#include "shared/policy/policy.h"

/* Splits an uplink without a controller and without knowledge of what its VMs send: replaces
 * setting[].limit of its nics.
 *
 * If there is a guarantee, best-effort nics share by weight what the guarantees (on the wire) leave
 * of the capacity less headroom. If only one VM has a guarantee, its nics are limited by their
 * ceilings only. If several VMs have one, each nic is limited to its VM's guarantee, so that none
 * can squeeze another. If all nics have guarantees, or the guarantees exceed the capacity less
 * headroom, each nic is limited to its VM's proportional share of it instead.
 *
 * Without a guarantee, and in modes that keep none, only ceilings apply. With the policy off
 * nothing is limited. */
void fallback_split(const struct daqs_inventory *inventory, uint32_t uplink, enum policy_mode mode,
                    uint32_t headroom_ppm, struct daqs_nic_setting *setting);

#endif
