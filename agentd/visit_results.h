/* SPDX-License-Identifier: Apache-2.0 */
/* visit_results - what a visit to a guest means for its nics: their states, samples and MTUs. */
#ifndef DAQS_AGENTD_VISIT_RESULTS_H
#define DAQS_AGENTD_VISIT_RESULTS_H

#include "agentd/agent_counters.h"
#include "agentd/discovery.h"

struct visit_results; /* opaque */

/* All of them must outlive it. */
struct visit_results_setup {
    struct guests *guests;
    struct discovery *discovery;
    struct agent_counters *count;
    struct daqs_log_budget *budget;
};

/* Returns NULL if out of memory. */
struct visit_results *visit_results_new(const struct visit_results_setup *setup);
/* NULL is fine. */
void visit_results_free(struct visit_results *results);

/* Processes the results of a visit. 'random' is any number if the MTUs were requested; it
 * spreads the guests' next requests. */
void visit_results_take(struct visit_results *results, struct guest *guest,
                        const struct guest_job *job, uint32_t random, int64_t now_ms);

/* Sets the nic's state (enum daqs_nic_state) and cause (enum daqs_nic_cause). Logs a change, with
 * the details in 'why' ("" if there are none), and has it reported to the controller. Returns true
 * if the state or the cause changed. */
bool visit_results_set_state(struct visit_results *results, const struct guest *guest,
                             struct guest_nic *nic, uint8_t state, uint8_t cause, const char *why,
                             int64_t now_ms);

/* Has the inventory sent again if MTUs have changed; changes within a second are sent together. To
 * be called with every poll. */
void visit_results_report_mtus(struct visit_results *results, int64_t now_ms);

#endif
