/* SPDX-License-Identifier: Apache-2.0 */
/* web_routes - which path of the controller's HTTP server is answered by what. */
#ifndef DAQS_CONTROLLERD_IO_HTTP_WEB_ROUTES_H
#define DAQS_CONTROLLERD_IO_HTTP_WEB_ROUTES_H

#include "controllerd/io/http/web_api.h"
#include "controllerd/io/http/web_metrics.h"

struct web_routes {
    struct loop_client *loop; /* for health */
    struct web_api *api;
    struct web_metrics *metrics;
    const struct daqs_clock *clock;
};

/* Answers a call, at once or later. */
void web_routes_answer(const struct web_routes *routes, struct http_call *call);

#endif
