/* SPDX-License-Identifier: Apache-2.0 */
/* pf_pace - limits how often a PF is read, to at most a tenth of the time.
 *
 * A reading holds RTNL, for which every change of a network device waits, for as long as the driver
 * takes: 70 ms for 64 VFs were observed. */
#ifndef DAQS_AGENTD_CORE_PF_PACE_H
#define DAQS_AGENTD_CORE_PF_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialise. */
struct pf_pace {
    int64_t rest_until_us; /* monotonic */
    int64_t pause_us;      /* pause after the last reading */
};

/* Records the end of a reading. The pause after it is nine times its duration, plus what is left of
 * an earlier pause. */
void pf_pace_took(struct pf_pace *pace, int64_t took_us, int64_t now_us);

/* Returns true if the pause is over. */
bool pf_pace_rested(const struct pf_pace *pace, int64_t now_us);

/* Returns true if the PF may be read early, to set a rate and read it back. That is allowed once in
 * a pause and lengthens the pause. */
bool pf_pace_spare(const struct pf_pace *pace, int64_t now_us);

#endif
