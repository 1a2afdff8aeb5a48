#include "controllerd/core/second.h"

/* The nics of a member share its guarantee: what they sent counts together. Members are summed up
 * in their own changes, which are filled one for each and then closed up. */
static void sum_members(struct fleet_host *host, struct point *point, struct second_change *sum)
{
    for (uint32_t m = 0; m < host->members; m++) {
        sum[m] = (struct second_change){.member = m};
        host->member[m].first_measured = UINT32_MAX;
    }
    for (uint32_t i = 0; i < host->nics; i++) {
        struct fleet_nic *nic = &host->nic[i];
        point[i] = (struct point){{0}};
        if (!history_close(&nic->sum, &point[i]))
            continue;
        point[i].value[POINT_LIMIT] = point_rate_code(nic->applied);
        point[i].value[POINT_DEMAND] = point_rate_code(nic->demand);
        sum[nic->member].usage += point_usage(&point[i]);
        if (host->member[nic->member].first_measured == UINT32_MAX)
            host->member[nic->member].first_measured = i;
    }
}

size_t second_close(struct fleet_host *host, int64_t time_s, struct point *ret_point,
                    struct second_change *ret_change)
{
    static const enum point_column column[] = {[ATTAINMENT_MET] = POINT_MET,
                                               [ATTAINMENT_MISSED] = POINT_MISSED,
                                               [ATTAINMENT_IDLE] = POINT_IDLE};
    size_t changes = 0;
    sum_members(host, ret_point, ret_change);
    for (uint32_t m = 0; m < host->members; m++) {
        struct fleet_member *member = &host->member[m];
        daqs_bps min = host->vm[member->vm].sla.min;
        if (min == 0)
            member->attainment = (struct attainment){0};
        if (min == 0 || member->first_measured == UINT32_MAX)
            continue;
        struct point *point = &ret_point[member->first_measured];
        enum attainment_verdict verdict;
        uint64_t seconds;
        struct second_change change = ret_change[m];
        change.change = attainment_close(&member->attainment, change.usage, point->value[POINT_MS],
                                         min, time_s, &verdict, &seconds);
        point->value[column[verdict]] = seconds;
        member->met_s += verdict == ATTAINMENT_MET ? seconds : 0;
        member->missed_s += verdict == ATTAINMENT_MISSED ? seconds : 0;
        if (change.change != ATTAINMENT_SAME)
            ret_change[changes++] = change;
    }
    return changes;
}
