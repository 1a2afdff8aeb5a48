/* SPDX-License-Identifier: Apache-2.0 */
/* event_losses - counts lost events by host until they are reported. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_EVENT_LOSSES_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_EVENT_LOSSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controllerd/core/diagnosis/event.h"
#include "shared/base/name.h"

struct event_losses; /* opaque */

/* Returns NULL if out of memory. */
struct event_losses *event_losses_new(void);
/* NULL is fine. */
void event_losses_free(struct event_losses *losses);

/* Notes a lost event of a host ("": of none). */
void event_losses_note(struct event_losses *losses, const char *host);

/* Writes a text with the number of lost events, and with those of the hosts that lost most if
 * there is more than one; 'host' is the only host, or "". Forgets all. Returns false if no event
 * was lost. */
bool event_losses_report(struct event_losses *losses, char host[static DAQS_NAME_MAX + 1],
                         char text[static EVENT_TEXT_BYTES]);

#endif
