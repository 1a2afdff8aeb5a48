/* SPDX-License-Identifier: Apache-2.0 */
/* nic_split - splits the limit of a VM over its nics. */
#ifndef DAQS_POLICY_NIC_SPLIT_H
#define DAQS_POLICY_NIC_SPLIT_H

#include <stdbool.h>

#include "shared/policy/policy.h"

struct nic_split {
    daqs_bps usage; /* on the wire */
    daqs_bps limit; /* result */
};

/* Splits a VM's limit over its nics on one uplink. While the VM sends less than its limit, each nic
 * may send more than it does: by all that is left if the VM is guaranteed, by half of it otherwise.
 * At the limit, the split is proportional. The nics that send less than 'least' share three
 * quarters of the limit if the VM is guaranteed, a quarter otherwise, so that a bond that fails
 * over can continue on its other nic. The sum may therefore exceed the VM's limit until the next
 * report. */
void nic_split(struct nic_split *nic, uint32_t nics, daqs_bps limit, bool guaranteed,
               daqs_bps least);

#endif
