#include "controllerd/io/changes.h"

#include <string.h>
#include <utlist.h>

#include "controllerd/io/controller_state.h"
#include "shared/base/clock.h"

static void next_change(struct controller *c);

/* Agents keep the SLAs too. */
static void tell_host(struct controller *c, const char *name, int64_t now_ms)
{
    struct fleet_host *host = fleet_find(c->fleet, name);
    if (!host)
        return;
    fleet_refresh_slas(host, c->ledger);
    host->push_due = true;
    bus_decide(c, host, now_ms);
}

static void believe(struct controller *c, const struct store_steps *write)
{
    const struct steps *steps = &write->steps;
    int64_t now_ms = daqs_mono_ms(daqs_clock_system());
    if (steps_make(steps, c->ledger, write->at_ms, write->by) != DAQS_OK)
        daqs_log(DAQS_LOG_ERROR, "out of memory: an SLA on disk is in force after a restart only");
    for (size_t i = 0; i < steps->count; i++) {
        const struct step *step = &steps->step[i];
        relocator_changed(c, step);
        if (step->kind != STEP_LEARN && (i == 0 || strcmp(step->host, step[-1].host) != 0))
            tell_host(c, step->host, now_ms);
    }
}

static void finish(struct controller *c, int result, const struct daqs_error *err)
{
    struct change *change = c->changes;
    LL_DELETE(c->changes, change);
    c->changes_waiting--;
    change->finish(c, change, result, err);
}

static void written(struct store_job *base)
{
    struct controller *c = base->context;
    if (base->result == DAQS_OK)
        believe(c, (const struct store_steps *)base);
    else
        daqs_log(DAQS_LOG_ERROR, "a change of SLAs could not be stored: %s", base->error.text);
    struct daqs_error err = base->error;
    if (base->result != DAQS_OK)
        (void)daqs_wrap(&err, "not stored, nothing changed");
    finish(c, base->result, &err);
    next_change(c);
}

/* Begins the first of the waiting changes, finishing those that need no write. */
static void next_change(struct controller *c)
{
    while (c->changes) {
        struct change *change = c->changes;
        struct daqs_error err = {0};
        change->write.at_ms = daqs_wall_ms(daqs_clock_system());
        int result = change->decide(c, change, &err);
        if (result == DAQS_OK && !change->dry_run && change->write.steps.count > 0) {
            result = store_write_steps(c->store, &change->write);
            if (result == DAQS_OK)
                return; /* 'written' goes on */
            (void)daqs_fail(&err, result, "too many changes are waiting; try again");
        }
        finish(c, result, &err);
    }
}

int changes_add(struct controller *c, struct change *change)
{
    if (c->changes_waiting >= CHANGES_WAITING_MAX)
        return DAQS_EBUSY;
    steps_init(&change->write.steps);
    change->write.base.done = written;
    change->write.base.context = c;
    change->next = NULL;
    LL_APPEND(c->changes, change);
    if (++c->changes_waiting == 1)
        next_change(c);
    return DAQS_OK;
}
