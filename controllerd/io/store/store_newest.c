/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "controllerd/io/store/store_internal.h"

static int work_newest(struct store_job *base)
{
    const struct store_newest *job = (struct store_newest *)base;
    char sql[128];
    (void)snprintf(sql, sizeof sql,
                   "INSERT OR REPLACE INTO meta (name, value) VALUES ('clock', %" PRId64 ")",
                   job->newest_ms);
    int result = store_durable(base->store, false, &base->error);
    return result == DAQS_OK ? sqlite_run(base->store->writer, sql, &base->error) : result;
}

int store_write_newest(struct store *store, struct store_newest *job)
{
    return store_submit_write(store, &job->base, work_newest);
}
