/* SPDX-License-Identifier: Apache-2.0 */
/* alert_text - messages about alerts as JSON: one line for a program, and a list for
 * Alertmanager. */
#ifndef DAQS_CONTROLLERD_IO_EVENTS_ALERT_TEXT_H
#define DAQS_CONTROLLERD_IO_EVENTS_ALERT_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "controllerd/core/diagnosis/alert_book.h"

/* Alertmanager takes an incident as over if it has not received it for this long. An event that
 * is an alert of its own lasts as long. */
#define ALERT_TEXT_LASTS_MS 300000

/* Returns one line with the columns of 'daqsctl events', "key" and "status", which the caller
 * frees; NULL if out of memory. */
char *alert_text_line(const struct alert_message *message);

/* Returns the body of a POST to /api/v2/alerts, which the caller frees; NULL if out of memory.
 * now_ms: UTC. */
char *alert_text_list(const struct alert_message *message, size_t count, int64_t now_ms);

#endif
