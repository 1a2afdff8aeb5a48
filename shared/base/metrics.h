/* SPDX-License-Identifier: Apache-2.0 */
/* metrics - writes metrics in the text formats of monitoring systems: OpenMetrics 1.0, or the older
 * text format 0.0.4 of Prometheus. */
#ifndef DAQS_BASE_METRICS_H
#define DAQS_BASE_METRICS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "shared/base/buckets.h"

#define METRICS_OPEN "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define METRICS_PLAIN "text/plain; version=0.0.4; charset=utf-8"

enum metrics_type { METRICS_GAUGE, METRICS_COUNTER, METRICS_HISTOGRAM, METRICS_INFO };

/* A metric family. All its samples are written after its header and before the next family. */
struct metrics_family {
    const char *name; /* without _total or _info; ends in the unit, if it has one */
    enum metrics_type type;
    const char *unit; /* NULL: none */
    const char *help;
};

struct metrics {
    FILE *out;
    bool open; /* the format is OpenMetrics */
    const struct metrics_family *family;
};

/* Returns true if an Accept header (NULL: none) requests OpenMetrics. */
bool metrics_wants_open(const char *accept);

void metrics_begin(struct metrics *metrics, const struct metrics_family *family);

/* Write one sample. The value is followed by the names and values of its labels, and NULL. */
__attribute__((sentinel)) void metrics_number(struct metrics *metrics, uint64_t value, ...);
__attribute__((sentinel)) void metrics_real(struct metrics *metrics, double value, ...);

/* Write a whole family without labels: one number, or one histogram. */
void metrics_one(struct metrics *metrics, const struct metrics_family *family, double value);
void metrics_buckets(struct metrics *metrics, const struct metrics_family *family,
                     const struct buckets *buckets);

/* Writes the version of the running program. */
void metrics_build(struct metrics *metrics);

/* Writes what every process has: processor time, memory, open files, and start time. */
void metrics_process(struct metrics *metrics);

/* Ends the output. */
void metrics_end(struct metrics *metrics);

#endif
