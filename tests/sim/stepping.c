/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/stepping.h"

/* At 40 Gbit/s: a step is 0.3 Gbit/s, and a VM below 1 Gbit/s is not counted. */
enum { STEP_PERMYRIAD = 75, COUNTED_PERMYRIAD = 250 };

void stepping_decide(struct stepping *rule, daqs_bps capacity, struct stepping_vm *vm, unsigned vms)
{
    daqs_bps step = capacity / 10000 * STEP_PERMYRIAD;
    daqs_bps counted = capacity / 10000 * COUNTED_PERMYRIAD;
    daqs_bps promised = 0;
    daqs_bps guaranteed = 0;
    unsigned best_effort = 0;
    for (unsigned i = 0; i < vms; i++) {
        bool counts = vm[i].usage >= counted;
        promised += counts ? vm[i].min : 0;
        guaranteed += counts && vm[i].min > 0 ? vm[i].usage : 0;
        best_effort += counts && vm[i].min == 0;
    }
    if (rule->pool == 0)
        rule->pool = capacity;
    if (guaranteed < promised)
        rule->pool = rule->pool > 2 * step ? rule->pool - step : step;
    else if (rule->pool < capacity)
        rule->pool += step;
    for (unsigned i = 0; i < vms; i++) {
        vm[i].limit = DAQS_UNLIMITED;
        if (vm[i].min == 0 && best_effort > 0 && promised > 0)
            vm[i].limit = rule->pool / best_effort;
    }
}
