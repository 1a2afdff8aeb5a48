/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/store/store_internal.h"

/* The tables of names have the hosts and VMs that were ever reported. The audit trail has those
 * with SLAs that never appeared, and uplinks with a policy. */
static const char lookup[] =
    "SELECT EXISTS (SELECT 1 FROM host WHERE name = ?1)"
    "    OR EXISTS (SELECT 1 FROM audit WHERE host = ?1),"
    "       EXISTS (SELECT 1 FROM vm JOIN host ON host.id = host_id"
    "                WHERE vm.name = ?2 AND (?1 = '' OR host.name = ?1))"
    "    OR EXISTS (SELECT 1 FROM audit WHERE vm = ?2 AND (?1 = '' OR host = ?1))";

int store_question_known(struct store_question *q)
{
    struct daqs_error *err = &q->base.error;
    sqlite3 *db = q->base.store->reader;
    bool host = !*q->host || q->host_known;
    bool vm = !*q->vm || q->vm_known;
    if (host && vm)
        return DAQS_OK;
    sqlite3_stmt *select AUTO_STATEMENT = sqlite_prepare(db, lookup, err);
    if (!select)
        return DAQS_ESTORE;
    sqlite3_bind_text(select, 1, q->host, -1, SQLITE_STATIC);
    sqlite3_bind_text(select, 2, q->vm, -1, SQLITE_STATIC);
    if (sqlite3_step(select) != SQLITE_ROW)
        return sqlite_fail(db, "database", err);
    if (!host && !sqlite3_column_int(select, 0))
        return daqs_fail(err, DAQS_ENOTFOUND,
                         "host %.100s is not known; daqsctl hosts lists the known hosts", q->host);
    if (vm || sqlite3_column_int(select, 1))
        return DAQS_OK;
    if (!*q->host)
        return daqs_fail(err, DAQS_ENOTFOUND, "VM %.100s is not known on any host", q->vm);
    return daqs_fail(err, DAQS_ENOTFOUND,
                     "VM %.100s is not known on host %.100s; daqsctl vms lists the known VMs",
                     q->vm, q->host);
}

static int work_known(struct store_job *base)
{
    return store_question_known((struct store_question *)base);
}

int store_query_known(struct store *store, struct store_question *question)
{
    return store_submit_query(store, &question->base, work_known);
}
