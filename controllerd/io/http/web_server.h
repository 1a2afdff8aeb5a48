/* SPDX-License-Identifier: Apache-2.0 */
/* web_server - the controller's HTTP server for the dashboard, API, health and metrics, on a
 * separate thread. It sends requests to the loop like an operator with read-only access, so neither
 * waits for the other. */
#ifndef DAQS_CONTROLLERD_IO_HTTP_WEB_SERVER_H
#define DAQS_CONTROLLERD_IO_HTTP_WEB_SERVER_H

#include <stdint.h>

#include "shared/base/buckets.h"
#include "shared/base/error.h"

struct web_server; /* opaque */

/* Everything that is pointed to must outlive the server. The thread reads only this. */
struct web_server_setup {
    const char *address;           /* to listen at, as http_address_parse accepts it */
    const char *hosts;             /* names it is served under, as in struct http_settings */
    const char *endpoint;          /* where the loop already listens for requests of this thread */
    uint32_t requests;             /* to the loop per second, 1 to a million */
    uint32_t metrics_nics;         /* with more nics there are no metrics per nic and VM */
    const struct buckets *reports; /* durations, as in struct web_controller_metrics */
    const struct buckets *admin_requests;
    const struct buckets *store_writes;
};

/* Listens and starts the thread. Returns NULL with an error text on failure. */
struct web_server *web_server_start(const struct web_server_setup *setup, struct daqs_error *err);
/* Stops the thread. NULL is fine. */
void web_server_stop(struct web_server *server);

#endif
