#include <stdlib.h>
#include <string.h>

#include "controllerd/io/controller_state.h"
#include "shared/base/clock.h"

enum {
    NAMED_AT_ONCE = 64, /* hosts in a tick: when all connect at once the queue must not overflow */
    ROWS_WAITING_MAX = 8, /* seconds of history waiting for the disk; more is dropped */
};

static void note_result(struct controller *c, const struct store_job *job)
{
    bool failed = job->result != DAQS_OK;
    if (failed && !c->history_failing)
        daqs_log(DAQS_LOG_ERROR, "history is not kept until this is mended: %s", job->error.text);
    if (!failed && c->history_failing)
        daqs_log(DAQS_LOG_INFO, "history is kept again");
    c->history_failing = failed;
}

/* --- numbers for nics --- */

/* The numbers are back, in the order of the inventory they were asked for; if that has changed
 * since, its own are on their way. */
static void names_done(struct store_job *base)
{
    struct store_names *job = (struct store_names *)base;
    struct controller *c = base->context;
    struct fleet_host *host = fleet_find(c->fleet, job->host);
    note_result(c, base);
    if (host && host->instance == job->instance && host->generation == job->generation &&
        host->nics == job->nics) {
        host->names_due = base->result != DAQS_OK;
        for (uint32_t i = 0; !host->names_due && i < host->nics; i++)
            host->nic[i].store_id = job->nic[i].id;
    }
    store_names_free(job);
}

/* False if it has to be tried again. */
static bool name_nics(struct controller *c, const struct fleet_host *host)
{
    struct store_names *job = store_names_new(host->nics);
    if (!job)
        return false;
    bool complete = true;
    for (uint32_t i = 0; complete && i < host->nics; i++) {
        const struct fleet_nic *nic = &host->nic[i];
        struct store_nic *n = &job->nic[i];
        n->vm = strdup(host->vm[nic->vm].name);
        n->uuid = strdup(host->vm[nic->vm].uuid);
        n->uplink = strdup(host->uplink[nic->uplink].name);
        n->mac = nic->mac;
        complete = n->vm && n->uuid && n->uplink;
    }
    (void)snprintf(job->host, sizeof job->host, "%s", host->name);
    job->instance = host->instance;
    job->generation = host->generation;
    job->now_ms = daqs_wall_ms(daqs_clock_system());
    job->base.done = names_done;
    job->base.context = c;
    if (complete && store_write_names(c->store, job) == DAQS_OK)
        return true;
    store_names_free(job);
    return false;
}

static void name_due_hosts(struct controller *c)
{
    int named = 0;
    for (size_t i = 0; i < fleet_count(c->fleet) && named < NAMED_AT_ONCE; i++) {
        struct fleet_host *host = fleet_at(c->fleet, i);
        if (!host->names_due)
            continue;
        named++;
        host->names_due = !name_nics(c, host);
    }
}

/* --- history --- */

static void rows_done(struct store_job *base)
{
    struct store_rows *job = (struct store_rows *)base;
    struct controller *c = base->context;
    c->rows_waiting--;
    if (base->result != DAQS_OK)
        c->count.history_lost += job->rows;
    note_result(c, base);
    free(job);
}

static size_t count_nics(const struct fleet *fleet)
{
    size_t nics = 0;
    for (size_t i = 0; i < fleet_count(fleet); i++)
        nics += fleet_at(fleet, i)->nics;
    return nics;
}

static void close_host(struct controller *c, struct fleet_host *host, struct store_rows *job)
{
    for (uint32_t i = 0; i < host->nics; i++) {
        struct fleet_nic *nic = &host->nic[i];
        struct history_row *row = &job->row[job->rows];
        if (!history_close(&nic->sum, row))
            continue;
        if (nic->store_id == 0) {
            c->count.history_lost++;
            continue;
        }
        row->nic = nic->store_id;
        row->limit = nic->applied;
        row->demand = nic->demand;
        job->rows++;
    }
}

static void close_second(struct controller *c, int64_t second)
{
    struct store_rows *job = calloc(1, sizeof *job + count_nics(c->fleet) * sizeof job->row[0]);
    if (!job)
        return; /* the sums grow on */
    for (size_t i = 0; i < fleet_count(c->fleet); i++)
        close_host(c, fleet_at(c->fleet, i), job);
    job->time_s = second;
    job->base.done = rows_done;
    job->base.context = c;
    if (job->rows > 0 && c->rows_waiting < ROWS_WAITING_MAX &&
        store_write_rows(c->store, job) == DAQS_OK) {
        c->rows_waiting++;
        return;
    }
    c->count.history_lost += job->rows; /* the disk is behind: drop rather than pile up */
    free(job);
}

/* A second of the wall clock is closed once; a step of the clock only moves its name. */
void recorder_tick(struct controller *c, int64_t wall_ms)
{
    int64_t now_s = wall_ms / 1000;
    int64_t gathered_s = c->history_s;
    if (now_s != gathered_s || !c->history_failing)
        name_due_hosts(c);
    if (now_s == gathered_s)
        return;
    c->history_s = now_s;
    close_second(c, gathered_s);
}
