#include "controllerd/core/demand.h"

#define GUARANTEED_CHATTER UINT64_C(200000)

static bool pushes(const struct demand_input *in)
{
    if (in->share == DAQS_UNLIMITED)
        return in->link_full;
    return in->usage >= in->share / 8 * 7;
}

static bool sends(const struct demand_input *in)
{
    daqs_bps chatter = in->floor / 2;
    if (in->min > 0 && in->link_full && chatter > GUARANTEED_CHATTER)
        chatter = GUARANTEED_CHATTER;
    if (in->min > 0 && chatter > in->min / 4)
        chatter = in->min / 4;
    return in->usage > chatter;
}

/* Counts one more report of a kind; true while there is patience. */
static bool patient(unsigned *reports)
{
    if (*reports < DEMAND_PATIENCE)
        ++*reports;
    return *reports < DEMAND_PATIENCE;
}

void demand_update(struct demand *demand, const struct demand_input *in)
{
    if (!sends(in)) {
        if (demand->active && in->min > 0 && patient(&demand->idle))
            return; /* a pause, so far */
        *demand = (struct demand){.want = in->floor};
        return;
    }
    demand->active = true;
    demand->idle = 0;
    if (pushes(in)) {
        demand->want = DAQS_UNLIMITED;
        demand->quiet = 0;
        return;
    }
    demand->want = in->usage + in->usage / 4 + in->floor;
    if (demand->want >= in->min)
        demand->quiet = 0;
    else if (patient(&demand->quiet))
        demand->want = in->min;
}

void demand_keep(struct demand *demand, const struct demand_input *in)
{
    if (demand->want < in->floor)
        demand->want = in->floor;
    if (demand->active && demand->quiet == 0 && demand->want < in->min)
        demand->want = in->min;
}
