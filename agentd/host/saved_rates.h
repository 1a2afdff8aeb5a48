/* SPDX-License-Identifier: Apache-2.0 */
/* saved_rates - keeps the file of the rates that this agent has set up to date, see pf_file.h. */
#ifndef DAQS_AGENTD_HOST_SAVED_RATES_H
#define DAQS_AGENTD_HOST_SAVED_RATES_H

#include "agentd/host/host_pfs.h"

struct saved_rates; /* opaque */

/* Loads the file in 'dir'; 'dir' and 'budget' must outlive it. Returns NULL and sets err on
 * failure. */
struct saved_rates *saved_rates_new(const char *dir, struct daqs_log_budget *budget,
                                    struct daqs_error *err);
/* NULL is fine. */
void saved_rates_free(struct saved_rates *s);

/* Marks the rates on the PF's VFs that the file lists as set by this agent. To be called once the
 * PF has been read for the first time. */
void saved_rates_restore(const struct saved_rates *s, struct host_pf *p);

/* Saves which rates this agent has set or is about to set, if that has changed: to be called before
 * it sets them, and after it has restored the previous ones. A failure is logged; the next change
 * tries again. */
void saved_rates_save(struct saved_rates *s, const struct host_pfs *pfs, int64_t now_ms);

#endif
