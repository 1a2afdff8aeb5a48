/* SPDX-License-Identifier: Apache-2.0 */
/* stepping - the rule of the DAQS paper (ICTC 2023, section III), for comparison.
 *
 * All best-effort VMs share one pooled limit, which moves by a fixed step every 200 ms: down while
 * the guaranteed VMs in total send less than their guarantees, up otherwise. VMs that send little
 * are not counted. The paper's constants are for 40 Gbit/s and are scaled to the link. */
#ifndef DAQS_TESTS_STEPPING_H
#define DAQS_TESTS_STEPPING_H

#include <stdbool.h>

#include "shared/base/rate.h"

enum { STEPPING_POLL_MS = 200 };

struct stepping_vm {
    daqs_bps min;
    daqs_bps usage;
    daqs_bps limit; /* result */
};

struct stepping {
    daqs_bps pool; /* 0: not limited yet */
};

void stepping_decide(struct stepping *rule, daqs_bps capacity, struct stepping_vm *vm,
                     unsigned vms);

#endif
