/* SPDX-License-Identifier: Apache-2.0 */
/* agent_budgets - what the messages of each agent may cost the controller, so that one host cannot
 * slow down the others. All connections with the agent's key count together.
 *
 * Messages and bytes are counted as they arrive: only closing the connection stops what libzmq
 * decrypts and queues. The loop's time is charged afterwards, because it is what other hosts wait
 * for, and the same number of bytes takes ten times as long in one message as in another. The
 * messages of an agent that has used up its time are dropped until it has earned some again; its
 * connection stays. A hello makes many modules build their tables again while other hosts wait: one
 * of 4096 new VMs takes as long as a hundred reports, in one piece. So hellos have a limit of their
 * own, which is charged for their time as well. */
#ifndef DAQS_CONTROLLERD_CORE_ACCESS_AGENT_BUDGETS_H
#define DAQS_CONTROLLERD_CORE_ACCESS_AGENT_BUDGETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Hellos in a second on average, and at once, and the part of the loop's time that they may take.
 * An agent sends one when its nics change. One that is dropped is sent again with the agent's next
 * report. With a part of 1/200, fewer than one in a hundred messages of other hosts wait for
 * another host's hello. */
enum { AGENT_HELLOS_PER_SECOND = 2, AGENT_HELLOS_AT_ONCE = 5, AGENT_HELLO_TIME_PART = 200 };

/* Bytes in a second on average, and at once: more than a report of the most nics, 4096, a hundred
 * times a second. */
#define AGENT_BYTES_PER_SECOND (INT64_C(16) << 20)

/* The part of the loop's time on average, and how much of it at once, in microseconds. A hundred
 * reports of 4096 nics take less than half of it in a second. */
enum { AGENT_TIME_PART = 5, AGENT_TIME_AT_ONCE_US = 200000 };

enum agent_verdict {
    AGENT_WITHIN,
    AGENT_FLOODS, /* too many messages or bytes: close the connection */
    AGENT_COSTLY, /* its messages have taken too much time: drop this one unread */
    AGENT_GREETS, /* too many hellos: drop this one unread */
};

struct agent_budgets; /* opaque */

/* Returns NULL if out of memory. */
struct agent_budgets *agent_budgets_new(void);
/* NULL is fine. */
void agent_budgets_free(struct agent_budgets *budgets);

/* Charges a message of this size to the agent; messages_per_second on average, and
 * twice as many at once. A message that is not within the budgets takes nothing of the one that it
 * exceeds. If out of memory, the agent floods. */
enum agent_verdict agent_budgets_take(struct agent_budgets *budgets, const char *agent,
                                      uint32_t messages_per_second, size_t bytes, bool hello,
                                      int64_t now_ms);

/* Charges the processor time that a message has taken, which may exceed what is left. */
void agent_budgets_charge(struct agent_budgets *budgets, const char *agent, bool hello,
                          int64_t time_us, int64_t now_ms);

#endif
