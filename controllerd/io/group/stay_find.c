/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/group/stay_find.h"

#include <stdio.h>
#include <string.h>

#include "controllerd/core/pg/pg_guard.h"

/* Statements of the job, and columns. */
enum { GUARD, STAYS };
enum { SINCE, MEMBER };

/* The newest row comes first. */
static void take(struct stay_find *find, size_t rows)
{
    find->stays = 0;
    for (size_t i = rows; i-- > 0 && find->stays < STAY_FIND_MOST;) {
        struct past_stay *stay = &find->stay[find->stays];
        const char *member = pg_cell(&find->job, STAYS, i, MEMBER);
        if (!member || !*member || !pg_cell_number(&find->job, STAYS, i, SINCE, &stay->since_ms))
            continue; /* no member has written it */
        (void)snprintf(stay->member, sizeof stay->member, "%s", member);
        find->stays++;
    }
}

static void on_found(struct pg_job *job)
{
    struct stay_find *find = (struct stay_find *)job;
    const bool found = job->outcome == PG_DONE;
    if (found)
        take(find, pg_result(job, STAYS).rows);
    pg_job_clear(job);
    find->done(find, found ? DAQS_OK : DAQS_ETIMEOUT);
}

int stay_find_submit(struct stay_find *find, struct pg_client *pg, int64_t ledger, const char *host)
{
    pg_job_init(&find->job, PG_READ);
    pg_guard(&find->job, ledger);
    pg_statement(&find->job,
                 "SELECT since_ms, member FROM daqs.stay WHERE host = $1"
                 " ORDER BY since_ms DESC LIMIT $2",
                 PG_ANY);
    pg_text(&find->job, pg_copy(&find->job, host));
    pg_number(&find->job, STAY_FIND_MOST);
    find->job.done = on_found;
    const int result = pg_client_submit(pg, &find->job);
    if (result != DAQS_OK)
        pg_job_clear(&find->job);
    return result;
}
