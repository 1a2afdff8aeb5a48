/* metrics - figures in the text that monitoring systems read: OpenMetrics 1.0, or what Prometheus
 * has had since before it (text format 0.0.4). */
#ifndef DAQS_BASE_METRICS_H
#define DAQS_BASE_METRICS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "shared/base/buckets.h"

#define METRICS_OPEN "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define METRICS_PLAIN "text/plain; version=0.0.4; charset=utf-8"

enum metrics_type { METRICS_GAUGE, METRICS_COUNTER, METRICS_HISTOGRAM, METRICS_INFO };

/* A family. All samples of one are written after it and before the next. */
struct metrics_family {
    const char *name; /* without _total, _info; ends in the unit, if it has one */
    enum metrics_type type;
    const char *unit; /* NULL: it has none */
    const char *help;
};

struct metrics {
    FILE *out;
    bool open; /* OpenMetrics */
    const struct metrics_family *family;
};

/* True if an Accept header (NULL: none) asks for OpenMetrics. */
bool metrics_wants_open(const char *accept);

void metrics_begin(struct metrics *metrics, const struct metrics_family *family);

/* One sample; what follows are names and values of its labels, and NULL. */
__attribute__((sentinel)) void metrics_number(struct metrics *metrics, uint64_t value, ...);
__attribute__((sentinel)) void metrics_real(struct metrics *metrics, double value, ...);

/* A whole family: one figure, or one histogram, without labels. */
void metrics_one(struct metrics *metrics, const struct metrics_family *family, double value);
void metrics_buckets(struct metrics *metrics, const struct metrics_family *family,
                     const struct buckets *buckets);

/* The version that runs. */
void metrics_build(struct metrics *metrics);

/* What every process has: processor time, memory, files, its start. */
void metrics_process(struct metrics *metrics);

/* The end of all. */
void metrics_end(struct metrics *metrics);

#endif
