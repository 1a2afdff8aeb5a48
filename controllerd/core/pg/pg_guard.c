/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/pg/pg_guard.h"

void pg_guard(struct pg_job *job, int64_t number)
{
    pg_statement(job, "SELECT 1 FROM daqs.meta WHERE name = 'fleet' AND value = $1",
                 PG_CHANGES_ONE);
    pg_number(job, number);
}

bool pg_guard_failed(const struct pg_job *job)
{
    return job->outcome == PG_NOT_DONE && job->class == PG_CLASS_CONFLICT && job->failed == 0;
}
