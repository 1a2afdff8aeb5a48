/* nic_split - what each nic of a VM may send of what the VM may. */
#ifndef DAQS_POLICY_NIC_SPLIT_H
#define DAQS_POLICY_NIC_SPLIT_H

#include <stdbool.h>

#include "shared/policy/policy.h"

struct nic_split {
    daqs_bps usage; /* of the wire */
    daqs_bps limit; /* result */
};

/* Splits a VM's limit over its nics on one uplink. While it sends less than the limit, each nic may
 * send more than it does: all that is left if the VM is guaranteed, half of it otherwise. At the
 * limit it is split in proportion. A nic that sends less than 'least' has three quarters of the
 * limit if the VM is guaranteed, a quarter otherwise, shared by all such nics: when a bond fails
 * over, its other nic can go on. So the sum may exceed the VM's limit until the next report. */
void nic_split(struct nic_split *nic, uint32_t nics, daqs_bps limit, bool guaranteed,
               daqs_bps least);

#endif
