/* guest_fault - why a guest cannot be measured, or not limited, as its nics' causes say it. */
#ifndef DAQS_AGENTD_CORE_GUEST_FAULT_H
#define DAQS_AGENTD_CORE_GUEST_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "agentd/core/tc.h"
#include "shared/base/model.h"

/* Of a list of interfaces that could not be had, for this result (not DAQS_OK). */
enum daqs_nic_cause guest_fault_of_list(int result);

/* The state of the nics of a guest of which no list could be had for this cause. */
enum daqs_nic_state guest_fault_state(unsigned cause);

/* True if a request that ended like this could not be made for the moment: the guest is in grace.
 */
bool guest_fault_pauses(int result);

/* How a run of tc ended. */
struct tc_end {
    int result;        /* DAQS_OK: it ran */
    const char *why;   /* what the guest agent said, if it did not */
    int64_t exit_code; /* if it did, and what it printed */
    const char *out;
    const char *err;
};

/* DAQS_CAUSE_NONE: it did the batch, and *ret is the state that it printed; else *ret is left
 * alone. */
enum daqs_nic_cause guest_fault_of_tc(const struct tc_end *end, const char *batch,
                                      struct tc_state *ret);

/* True if another program of that name may do what this one did not, and nothing was changed. */
bool guest_fault_of_program(enum daqs_nic_cause cause, const struct tc_end *end, const char *batch);

/* Of two causes for which a program was not usable, the one that says more. */
enum daqs_nic_cause guest_fault_clearer(enum daqs_nic_cause a, enum daqs_nic_cause b);

/* True if it is about one request: the next one may succeed. */
bool guest_fault_passes(unsigned cause);

#endif
