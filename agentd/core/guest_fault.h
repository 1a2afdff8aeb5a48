/* SPDX-License-Identifier: Apache-2.0 */
/* guest_fault - classifies why a guest cannot be measured or limited, as causes of its nics. */
#ifndef DAQS_AGENTD_CORE_GUEST_FAULT_H
#define DAQS_AGENTD_CORE_GUEST_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "agentd/core/tc.h"
#include "shared/base/model.h"

/* Returns the cause for a request for the list of interfaces that failed with this result (not
 * DAQS_OK). */
enum daqs_nic_cause guest_fault_of_list(int result);

/* Returns the state of the nics of a guest whose list of interfaces could not be read for this
 * cause. */
enum daqs_nic_state guest_fault_state(unsigned cause);

/* Returns true if a request with this result failed only for the moment: the guest is in grace. */
bool guest_fault_pauses(int result);

/* The result of running tc. */
struct tc_end {
    int result;        /* DAQS_OK: tc ran */
    const char *why;   /* message of the guest agent if tc did not run */
    int64_t exit_code; /* exit code and output if tc ran */
    const char *out;
    const char *err;
};

/* Returns DAQS_CAUSE_NONE if tc executed the batch, and stores the state that it printed in *ret.
 * Otherwise returns the cause and leaves *ret unchanged. */
enum daqs_nic_cause guest_fault_of_tc(const struct tc_end *end, const char *batch,
                                      struct tc_state *ret);

/* Returns true if another program named tc may be able to do what this one did not, and nothing was
 * changed. */
bool guest_fault_of_program(enum daqs_nic_cause cause, const struct tc_end *end, const char *batch);

/* Returns the more specific of two causes for which a program was not usable. */
enum daqs_nic_cause guest_fault_clearer(enum daqs_nic_cause a, enum daqs_nic_cause b);

/* Returns true if the cause concerns a single request: the next one may succeed. */
bool guest_fault_passes(unsigned cause);

#endif
