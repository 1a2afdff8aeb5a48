/* SPDX-License-Identifier: Apache-2.0 */
/* web_stats - the tables that metrics are made from, collected from the control loop. */
#ifndef DAQS_CONTROLLERD_IO_HTTP_WEB_STATS_H
#define DAQS_CONTROLLERD_IO_HTTP_WEB_STATS_H

#include "controllerd/io/http/loop_client.h"
#include "shared/base/clock.h"

enum web_table { WEB_STATUS, WEB_HOSTS, WEB_NICS, WEB_GUARANTEES, WEB_TABLES };

struct web_part {
    struct loop_reply *reply;
    struct web_part *next;
};

/* The replies of the loop, all from about the same moment; may have several holders. */
struct web_stats {
    unsigned holders;
    uint64_t nics_left_out; /* nics without metrics, because there are too many */
    struct web_part *part[WEB_TABLES];
    struct web_part *last[WEB_TABLES];
};

void web_stats_hold(struct web_stats *stats);
/* Returns true if this was the last holder; the stats are then freed. */
bool web_stats_drop(struct web_stats *stats);

/* All of them must outlive the collection. */
struct web_stats_setup {
    struct loop_client *loop;
    const struct daqs_clock *clock;
    uint32_t nics_max; /* more nics than this are left out, and so are guarantees */
    /* Called once: with stats whose first holder is the callee, or with NULL and the reason. */
    void (*done)(void *arg, struct web_stats *stats, const char *problem);
    void *arg;
};

/* Requests one table after the other. Calls 'done' at once or later. Returns false, without a call,
 * if out of memory. */
bool web_stats_collect(const struct web_stats_setup *setup);

#endif
