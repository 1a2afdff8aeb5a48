#include "controllerd/core/demand.h"

static bool pushes(const struct demand_input *in)
{
    if (in->share == DAQS_UNLIMITED)
        return in->link_full;
    return in->usage >= in->share / 8 * 7;
}

/* Counts the reports in which a guarantee was not used; true while there is patience. */
static bool keep_guarantee(struct demand *demand)
{
    if (demand->quiet < DEMAND_PATIENCE)
        demand->quiet++;
    return demand->quiet < DEMAND_PATIENCE;
}

void demand_update(struct demand *demand, const struct demand_input *in)
{
    /* Less than half the floor is chatter: ARP, a shell, a health check. */
    bool sends = in->usage > in->floor / 2;
    if (!sends) {
        if (demand->active && in->min > 0 && keep_guarantee(demand))
            return; /* a pause, so far */
        *demand = (struct demand){.want = in->floor};
        return;
    }
    if (!demand->active)
        demand->quiet = 0;
    demand->active = true;
    if (pushes(in)) {
        demand->want = DAQS_UNLIMITED;
        demand->quiet = 0;
        return;
    }
    demand->want = in->usage + in->usage / 4 + in->floor;
    if (demand->want >= in->min)
        demand->quiet = 0;
    else if (keep_guarantee(demand))
        demand->want = in->min;
}
