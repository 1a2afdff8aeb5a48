/* SPDX-License-Identifier: Apache-2.0 */
/* web_metric_families - writes all metrics as text, piece by piece: those of the controller, and
 * those of the fleet from the tables of the control loop. docs/metrics.md lists them. */
#ifndef DAQS_CONTROLLERD_IO_HTTP_WEB_METRIC_FAMILIES_H
#define DAQS_CONTROLLERD_IO_HTTP_WEB_METRIC_FAMILIES_H

#include "controllerd/io/http/web_controller_metrics.h"
#include "controllerd/io/http/web_stats.h"

/* The position in the text. Zero-initialise. */
struct web_metric_cursor {
    size_t family; /* 0: those of the controller */
    const struct web_part *part;
    size_t row;
};

/* Writes about 'bytes' more; returns false once everything is written. */
bool web_metric_families_write(const struct web_controller_metrics *own,
                               const struct web_stats *stats, struct web_metric_cursor *cursor,
                               size_t bytes, struct metrics *out);

#endif
