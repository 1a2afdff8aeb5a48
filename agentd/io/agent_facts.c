#include "agentd/io/agent_facts.h"

#include "agentd/io/agent_pf.h"

enum { FACTS_IDLE_MS = 1000 };

/* How long until what the uplink sends is looked at again: with the next poll where a nic has a
 * guarantee or a limit, now and then where there are nics; INT64_MAX where there are none. */
static int64_t look_again_ms(const struct agent *agent, uint32_t uplink)
{
    int64_t wait_ms = INT64_MAX;
    for (size_t i = 0; i < agent->guests.count; i++) {
        const struct guest *guest = agent->guests.guest[i];
        for (size_t k = 0; k < guest->nics; k++) {
            const struct guest_nic *nic = &guest->nic[k];
            if (nic->uplink != uplink)
                continue;
            wait_ms = FACTS_IDLE_MS;
            if (agent->setting && nic->index < agent->inventory.nics &&
                (agent->setting[nic->index].min > 0 ||
                 agent->setting[nic->index].limit != DAQS_UNLIMITED))
                return agent->interval_ms;
        }
    }
    return wait_ms;
}

bool agent_facts_due(const struct agent *agent, uint32_t uplink, int64_t now_ms)
{
    int64_t wait_ms = look_again_ms(agent, uplink);
    /* Half a poll early: polls are never quite on time. */
    return !agent->releasing && wait_ms != INT64_MAX &&
           now_ms - agent->pf[uplink]->facts_ms >= wait_ms - agent->interval_ms / 2;
}

static void add_nic(struct own_interval *sum, const struct daqs_nic_reading *reading,
                    uint64_t *by_guest)
{
    sum->nics++;
    if (!reading || reading->sample.interval_us <= 0) {
        sum->missing++;
        return;
    }
    sum->nics_bytes += reading->sample.tx_bytes;
    sum->nics_packets += reading->sample.tx_packets;
    if (reading->source != DAQS_SOURCE_VF)
        *by_guest += reading->sample.tx_bytes;
    if (sum->most_bytes < *by_guest)
        sum->most_bytes = *by_guest;
}

/* What all nics on each uplink sent. */
static void add_nics(const struct agent *agent, const struct daqs_nic_reading *reading,
                     struct own_interval sum[static DAQS_MAX_UPLINKS])
{
    for (size_t i = 0; i < agent->guests.count; i++) {
        const struct guest *guest = agent->guests.guest[i];
        uint64_t by_guest[DAQS_MAX_UPLINKS] = {0};
        for (size_t k = 0; k < guest->nics; k++) {
            const struct guest_nic *nic = &guest->nic[k];
            bool listed = nic->index < agent->inventory.nics;
            add_nic(&sum[nic->uplink], listed ? &reading[nic->index] : NULL,
                    &by_guest[nic->uplink]);
        }
    }
}

static void say_scope(const struct agent *agent, uint32_t uplink, enum own_scope scope)
{
    static const char *const texts[] = {
        [OWN_UNDECIDED] = "whether its counters have its VFs' traffic in them is open again",
        [OWN_APART] = "its counters are about what the host itself sends",
        [OWN_INCLUDED] = "its counters have its VFs' traffic in them, which is taken off",
    };
    daqs_log(DAQS_LOG_INFO, "uplink %s: %s", agent->config->uplink[uplink].name, texts[scope]);
}

uint32_t agent_facts_report(struct agent *agent, const struct daqs_nic_reading *reading,
                            int64_t now_ms, struct daqs_uplink_reading ret[static DAQS_MAX_UPLINKS])
{
    struct own_interval sum[DAQS_MAX_UPLINKS] = {{0}};
    uint32_t count = (uint32_t)agent->config->uplinks;
    bool known = false;
    add_nics(agent, reading, sum);
    for (uint32_t u = 0; u < count; u++) {
        struct agent_pf *p = agent->pf[u];
        ret[u] = (struct daqs_uplink_reading){0};
        if (!p)
            continue;
        enum own_scope before = p->facts.own.scope;
        ret[u] = uplink_facts_report(&p->facts, &sum[u], now_ms * 1000, agent->capacity[u]);
        known |= ret[u].own_interval_us > 0 || ret[u].port_interval_us > 0;
        if (p->facts.own.scope != before && daqs_log_allowed(&agent->budget, now_ms))
            say_scope(agent, u, p->facts.own.scope);
    }
    return known ? count : 0;
}
