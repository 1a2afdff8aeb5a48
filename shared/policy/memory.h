/* memory - what the policy concludes from one VM's reports. */
#ifndef DAQS_POLICY_MEMORY_H
#define DAQS_POLICY_MEMORY_H

#include "shared/policy/policy.h"

/* What exponential means keep over 'span_ms'; zero-initialise. The VMs of a report share it, for
 * their spans are mostly the same. */
struct policy_decay {
    uint32_t span_ms;
    double slow; /* 0.93 each 100 ms */
    double mean; /* 0.7 */
    double fast; /* 0.4 */
};

/* What all VMs of an uplink see while a report is decided upon. */
struct policy_scene {
    double capacity;
    double sent; /* what the port sends: counted, or the sum of all that is known */
    bool full;   /* the port is, for what may be silent because of it: 96 % */
    uint32_t report_ms;
    uint32_t in_use; /* guarantees; 0 in modes that keep none */
    struct policy_decay decay;
};

/* First: what the report shows of a VM. 'min' is its guarantee in this mode. Held if there is no
 * fresh report; a late one that is borne is not fresh afterwards. */
void memory_note(struct policy_vm *vm, daqs_bps min, struct policy_scene *scene);

/* Then, with all noted: what of its guarantee is kept free for it, of 'due' at most. */
void memory_reserve(struct policy_vm *vm, daqs_bps due, const struct policy_scene *scene);

/* Last: what it wants in all. */
void memory_want(struct policy_vm *vm, daqs_bps due);

/* What a VM wants of which nothing is kept: a quarter more than it sends, nothing if that is
 * chatter; DAQS_UNLIMITED: all that it can get, or not known. */
daqs_bps memory_wants_unkept(const struct policy_vm *vm, const struct policy_scene *scene);

/* True if a VM that sends 'usage' takes most of its reserve, which is less than its guarantee, and
 * most of what the reserve is more than it sent before: it may want more. */
bool memory_fills(const struct policy_memory *memory, double usage);

/* As fmin and fmax, but for numbers only, which is one instruction. */
static inline double lower_of(double a, double b)
{
    return a < b ? a : b;
}

static inline double higher_of(double a, double b)
{
    return a > b ? a : b;
}

/* 'n' reports and n times 100 ms, give or take half a report. */
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
