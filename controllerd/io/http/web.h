/* SPDX-License-Identifier: Apache-2.0 */
/* web - the controller's HTTP server for the dashboard, API, health and metrics, on a separate
 * thread. It sends requests to the loop like an operator with read-only access, so neither waits
 * for the other. */
#ifndef DAQS_CONTROLLERD_IO_HTTP_WEB_H
#define DAQS_CONTROLLERD_IO_HTTP_WEB_H

#include "shared/base/error.h"

struct controller;
struct web; /* opaque */

/* The loop's socket for requests of the web thread. */
#define WEB_ENDPOINT "inproc://daqs-web"

/* Listens on the configured address and starts the thread. The loop must already listen on
 * WEB_ENDPOINT. Returns NULL with an error text on failure. */
struct web *web_start(const struct controller *c, struct daqs_error *err);
/* Stops the thread. NULL is fine. */
void web_stop(struct web *web);

#endif
