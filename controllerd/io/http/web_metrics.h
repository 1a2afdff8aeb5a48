/* SPDX-License-Identifier: Apache-2.0 */
/* web_metrics - answers scrapes of /metrics. Scrapes within a second share what the control loop
 * reports; the text is written piece by piece as the client reads it. */
#ifndef DAQS_CONTROLLERD_IO_HTTP_WEB_METRICS_H
#define DAQS_CONTROLLERD_IO_HTTP_WEB_METRICS_H

#include "controllerd/io/http/loop_client.h"
#include "controllerd/io/http/web_metric_families.h"
#include "shared/base/clock.h"
#include "shared/http/http.h"

struct web_metrics; /* opaque */

/* All of them must outlive it. */
struct web_metrics_setup {
    struct loop_client *loop;
    const struct daqs_clock *clock;
    uint32_t nics_max; /* with more nics there are no metrics per nic and VM */
    struct web_controller_metrics own;
};

/* Returns NULL if out of memory. */
struct web_metrics *web_metrics_new(const struct web_metrics_setup *setup);
/* Call it only when no call waits for its response. NULL is fine. */
void web_metrics_free(struct web_metrics *metrics);

/* Answers a call, at once or later. */
void web_metrics_answer(struct web_metrics *metrics, struct http_call *call);

/* Drops the stats of the last scrape when they are too old; called several times a second. */
void web_metrics_tick(struct web_metrics *metrics, int64_t now_ms);

#endif
