/* pf_pace - how often a PF may be read: at most a tenth of the time.
 *
 * Reading holds RTNL, for which every change of a network device waits, for as long as the driver
 * takes: 70 ms for 64 VFs was seen. */
#ifndef DAQS_AGENTD_CORE_PF_PACE_H
#define DAQS_AGENTD_CORE_PF_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* Zero-initialise. */
struct pf_pace {
    int64_t rest_until_us; /* monotonic */
    int64_t pause_us;      /* that the last reading calls for */
};

/* A reading ended that took so long: nine times that long none is due, in addition to what is left
 * of an earlier pause. */
void pf_pace_took(struct pf_pace *pace, int64_t took_us, int64_t now_us);

/* Is the pause over? */
bool pf_pace_rested(const struct pf_pace *pace, int64_t now_us);

/* May the PF be read early, to set a rate and see whether it took? Once in a pause; what that takes
 * lengthens the pause. */
bool pf_pace_spare(const struct pf_pace *pace, int64_t now_us);

#endif
