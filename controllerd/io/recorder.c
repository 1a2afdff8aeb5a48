#include <stdlib.h>
#include <string.h>

#include "controllerd/io/controller_state.h"
#include "shared/base/clock.h"

/* --- numbers for nics --- */

/* The numbers are back, in the order of the inventory they were asked for; if that has changed
 * since, its own are on their way. */
static void names_done(struct store_job *base)
{
    struct store_names *job = (struct store_names *)base;
    struct controller *c = base->context;
    struct fleet_host *host = fleet_find(c->fleet, job->host);
    if (base->result != DAQS_OK)
        daqs_log(DAQS_LOG_ERROR, "host %s: its history is not kept: %s", job->host,
                 base->error.text);
    if (base->result == DAQS_OK && host && host->instance == job->instance &&
        host->generation == job->generation && host->nics == job->nics)
        for (uint32_t i = 0; i < host->nics; i++)
            host->nic[i].store_id = job->nic[i].id;
    store_names_free(job);
}

void recorder_name_nics(struct controller *c, const struct fleet_host *host)
{
    struct store_names *job = store_names_new(host->nics);
    bool complete = job != NULL;
    for (uint32_t i = 0; complete && i < host->nics; i++) {
        const struct fleet_nic *nic = &host->nic[i];
        struct store_nic *n = &job->nic[i];
        n->vm = strdup(host->vm[nic->vm].name);
        n->uuid = strdup(host->vm[nic->vm].uuid);
        n->uplink = strdup(host->uplink[nic->uplink].name);
        n->mac = nic->mac;
        complete = n->vm && n->uuid && n->uplink;
    }
    if (complete) {
        (void)snprintf(job->host, sizeof job->host, "%s", host->name);
        job->instance = host->instance;
        job->generation = host->generation;
        job->now_ms = daqs_wall_ms(daqs_clock_system());
        job->base.done = names_done;
        job->base.context = c;
        complete = store_write_names(c->store, job) == DAQS_OK;
    }
    if (!complete)
        store_names_free(job); /* tried again with the host's next hello */
}

/* --- history --- */

static void rows_done(struct store_job *base)
{
    struct store_rows *job = (struct store_rows *)base;
    struct controller *c = base->context;
    bool failed = base->result != DAQS_OK;
    if (failed)
        c->count.history_lost += job->rows;
    if (failed && !c->history_failing)
        daqs_log(DAQS_LOG_ERROR, "history is not kept until this is mended: %s", base->error.text);
    if (!failed && c->history_failing)
        daqs_log(DAQS_LOG_INFO, "history is kept again");
    c->history_failing = failed;
    free(job);
}

static size_t count_nics(const struct fleet *fleet)
{
    size_t nics = 0;
    for (size_t i = 0; i < fleet_count(fleet); i++)
        nics += fleet_at(fleet, i)->nics;
    return nics;
}

static void close_host(struct fleet_host *host, struct store_rows *job)
{
    for (uint32_t i = 0; i < host->nics; i++) {
        struct fleet_nic *nic = &host->nic[i];
        struct history_row *row = &job->row[job->rows];
        if (!history_close(&nic->sum, row) || nic->store_id == 0)
            continue;
        row->nic = nic->store_id;
        row->limit = nic->applied;
        row->demand = nic->demand.want;
        job->rows++;
    }
}

/* Once in each second of the wall clock; a step of the clock only moves the name of a second. */
void recorder_tick(struct controller *c, int64_t wall_ms)
{
    int64_t now_s = wall_ms / 1000;
    if (now_s == c->history_s)
        return;
    int64_t closed_s = c->history_s;
    c->history_s = now_s;
    struct store_rows *job = calloc(1, sizeof *job + count_nics(c->fleet) * sizeof job->row[0]);
    if (!job)
        return;
    for (size_t i = 0; i < fleet_count(c->fleet); i++)
        close_host(fleet_at(c->fleet, i), job);
    job->time_s = closed_s;
    job->base.done = rows_done;
    job->base.context = c;
    size_t rows = job->rows;
    if (rows == 0 || store_write_rows(c->store, job) != DAQS_OK) {
        c->count.history_lost += rows; /* the store is behind: drop rather than pile up */
        free(job);
    }
}
