/* SPDX-License-Identifier: Apache-2.0 */
/* memory - what the policy derives from the reports of one VM. */
#ifndef DAQS_POLICY_MEMORY_H
#define DAQS_POLICY_MEMORY_H

#include "shared/policy/policy.h"

/* The decay of exponential means over 'span_ms'. Zero-initialise. The VMs of a report share it,
 * because their spans are mostly equal. */
struct policy_decay {
    uint32_t span_ms;
    double slow; /* 0.93 per 100 ms */
    double mean; /* 0.7 */
    double fast; /* 0.4 */
};

/* What all VMs of an uplink share while a report is processed. */
struct policy_scene {
    double capacity;
    double sent; /* by the port: its counter, or the sum of all known traffic */
    bool full;   /* the port is 96 % full, which may silence a VM */
    uint32_t report_ms;
    uint32_t in_use; /* guarantees in use; 0 in modes without guarantees */
    struct policy_decay decay;
};

/* Step 1: records what the report shows of a VM. 'min' is its guarantee in this mode. Without a
 * fresh report, the memory stays as it is. A late sample that changes nothing is no longer fresh
 * afterwards. */
void memory_note(struct policy_vm *vm, daqs_bps min, struct policy_scene *scene);

/* Step 2, after step 1 for all VMs: sets the part of its guarantee that is reserved for the VM, at
 * most 'due'. */
void memory_reserve(struct policy_vm *vm, daqs_bps due, const struct policy_scene *scene);

/* Step 3: sets the total demand of the VM. */
void memory_want(struct policy_vm *vm, daqs_bps due);

/* Returns the demand of a VM without memory: 1.25 times what it sends, 0 for background traffic;
 * DAQS_UNLIMITED: as much as it can get, or not known. */
daqs_bps memory_wants_unkept(const struct policy_vm *vm, const struct policy_scene *scene);

/* Returns true if a VM that sends 'usage' fills its reserve, which is less than its guarantee: it
 * uses most of the reserve, and most of the difference between the reserve and what it sent before.
 * It may have more demand. */
bool memory_fills(const struct policy_memory *memory, double usage);

/* Like fmin and fmax, but without support for NaN: each is one instruction. */
static inline double lower_of(double a, double b)
{
    return a < b ? a : b;
}

static inline double higher_of(double a, double b)
{
    return a > b ? a : b;
}

/* Returns true after n reports and n times 100 ms, within half a report. */
static inline bool count_is(const struct policy_count *count, uint32_t n)
{
    return count->reports >= n && count->ms + 50 >= 100 * n;
}

static inline void count_add(struct policy_count *count, uint32_t ms)
{
    if (count->reports < UINT16_MAX) {
        count->reports++;
        count->ms += ms;
    }
}

#endif
