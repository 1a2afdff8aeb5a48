/* SPDX-License-Identifier: Apache-2.0 */
/* store_read - reads a window of history as rollups. */
#ifndef DAQS_CONTROLLERD_IO_STORE_STORE_READ_H
#define DAQS_CONTROLLERD_IO_STORE_STORE_READ_H

#include <sqlite3.h>

#include "controllerd/core/history/rollup.h"
#include "shared/base/error.h"

/* A nic of the window. */
struct store_read_nic {
    int64_t id;
    int64_t host;
};

struct store_window {
    int64_t from_s; /* inclusive */
    int64_t to_s;   /* inclusive */
    int level;      /* finest level to use; coarser where it has no history */
    size_t nics;
    const struct store_read_nic *nic; /* those of a host are adjacent */
    /* Called for each rollup of nic[index], whose step begins at time_s. A step may have several,
     * which add up. */
    void (*take)(void *arg, size_t index, int64_t time_s, const struct rollup *rollup);
    void *arg;
};

int store_read(sqlite3 *db, const struct store_window *window, struct daqs_error *err);

/* Increases *level until there is history of it from that time on, or the coarsest level is
 * reached. */
int store_level_kept(sqlite3 *db, int64_t from_s, int *level, struct daqs_error *err);

/* Returns the coarsest level that steps of this length can be built from. */
int store_level_for(int64_t step_s);

#endif
