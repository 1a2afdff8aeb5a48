/* accepting - descriptors are kept for those who need them, and so is libzmq's time: whoever
 * connects when few are left, or too often, is turned away at once.
 *
 * libzmq 4.3.4 cannot be told how many connections to accept. Out of descriptors it asks the kernel
 * again and again, and on an ipc socket it ends the process. One that is accepted takes its thread,
 * which carries everybody's messages, 0.13 ms until it has ended. So this module is the accept4 of
 * the whole program, libzmq's included: where it has no descriptor to give it says that the peer
 * has gone away, which libzmq takes as it is. */
#ifndef DAQS_NET_ACCEPTING_H
#define DAQS_NET_ACCEPTING_H

#include <stdint.h>

/* From now on connections get descriptors below 'most' only; such of this machine (ipc) below
 * 'most_local'. Until then there is no bound. */
void accepting_bound(int most, int most_local);

/* From now on so many connections a second come from one address (pacing.h), but for such of this
 * machine's own. Until then there is no bound. */
void accepting_pace(uint32_t a_second);

/* How many were turned away for want of descriptors, and because they came too often. */
uint64_t accepting_turned_away(void);
uint64_t accepting_too_often(void);

#endif
