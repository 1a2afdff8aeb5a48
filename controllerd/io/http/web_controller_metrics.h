/* SPDX-License-Identifier: Apache-2.0 */
/* web_controller_metrics - the metrics of the controller itself, as docs/metrics.md lists them. */
#ifndef DAQS_CONTROLLERD_IO_HTTP_WEB_CONTROLLER_METRICS_H
#define DAQS_CONTROLLERD_IO_HTTP_WEB_CONTROLLER_METRICS_H

#include "controllerd/io/http/loop_reply.h"
#include "shared/base/metrics.h"
#include "shared/http/http.h"

/* What they are made from, besides the status. The durations may grow meanwhile. */
struct web_controller_metrics {
    const struct buckets *reports;  /* from an agent's report to the push of its limits */
    const struct buckets *requests; /* of operators and of the web thread, on the loop's thread */
    const struct buckets *writes;   /* transactions that write to the database */
    const struct http_server *http;
};

/* 'nics_left_out' is the number of nics without metrics. */
void web_controller_metrics_write(const struct web_controller_metrics *from,
                                  const struct loop_reply *status, uint64_t nics_left_out,
                                  struct metrics *out);

#endif
