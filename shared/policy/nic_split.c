/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/policy/nic_split.h"

static double limit_of(const struct nic_split *nic, double limit, double sum, bool guaranteed)
{
    double usage = (double)nic->usage;
    if (sum >= limit)
        return limit * usage / sum;
    return usage + (limit - sum) * (guaranteed ? 1 : 0.5);
}

void nic_split(struct nic_split *nic, uint32_t nics, daqs_bps limit, bool guaranteed,
               daqs_bps least)
{
    double sum = 0;
    uint32_t silent = 0;
    for (uint32_t i = 0; i < nics; i++) {
        sum += nic[i].usage >= least ? (double)nic[i].usage : 0;
        silent += nic[i].usage < least;
    }
    for (uint32_t i = 0; i < nics; i++) {
        double part = (double)limit * (guaranteed ? 0.75 : 0.25) / silent;
        if (limit == DAQS_UNLIMITED || nics == 1)
            nic[i].limit = limit;
        else if (silent == nics) /* it is not known which of them will begin to send */
            nic[i].limit = (daqs_bps)((double)limit * (guaranteed ? 1 : 1.0 / nics));
        else if (nic[i].usage < least)
            nic[i].limit = (daqs_bps)part;
        else
            nic[i].limit = (daqs_bps)limit_of(&nic[i], (double)limit, sum, guaranteed);
    }
}
