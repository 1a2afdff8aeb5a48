/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/agent_stats.h"

#include <stdlib.h>
#include <string.h>

#include "agentd/host/nic_limit.h"

enum { VM, MAC, UPLINK, STATE, TX, USAGE, LIMIT };

static const struct daqs_column columns[] = {
    {"vm", DAQS_COLUMN_TEXT},        {"nic", DAQS_COLUMN_TEXT},
    {"uplink", DAQS_COLUMN_TEXT},    {"state", DAQS_COLUMN_TEXT},
    {"tx_bytes", DAQS_COLUMN_COUNT}, {"usage_bps", DAQS_COLUMN_RATE},
    {"limit_bps", DAQS_COLUMN_RATE},
};

static void add_nic(const struct agent_stats_sources *from, const struct guest *guest,
                    const struct guest_nic *nic, struct daqs_table *table)
{
    char mac[DAQS_MAC_TEXT];
    daqs_bps limit = nic_limit_in_force(from->pfs, nic);
    daqs_table_text(table, guest->name);
    daqs_table_text(table, daqs_mac_format(&nic->mac, mac));
    daqs_table_text(table, from->uplink[nic->uplink].name);
    daqs_table_text(table, daqs_nic_state_shown(nic->reading.state, nic->wire, limit));
    daqs_table_number(table, nic->tx_bytes);
    daqs_table_rate(table, nic->usage);
    daqs_table_rate(table, limit);
}

static bool listed(const struct agent_stats *stats, const char *endpoint)
{
    for (size_t i = 0; i < stats->controllers; i++)
        if (strcmp(stats->controller[i].endpoint, endpoint) == 0)
            return true;
    return false;
}

static void add_controllers(const struct candidates *from, struct agent_stats *stats)
{
    const struct candidate *current = candidates_at(from, CANDIDATES_CURRENT);
    stats->controller[stats->controllers++] = *current;
    for (size_t i = 0; i < candidates_count(from); i++)
        if (!listed(stats, candidates_get(from, i)->endpoint) &&
            stats->controllers < CANDIDATES_MOST)
            stats->controller[stats->controllers++] = *candidates_get(from, i);
    stats->tally = candidates_tally(from);
}

struct agent_stats *agent_stats_new(const struct agent_stats_sources *from, int64_t now_ms)
{
    struct agent_stats *stats = calloc(1, sizeof *stats);
    if (!stats)
        return NULL;
    const struct lease *lease = orders_lease(from->orders);
    *stats = (struct agent_stats){
        .count = *from->count,
        .guests = from->guests->count,
        .epoch = lease->epoch,
        .outdated = lease->outdated,
        .overtaken = lease->overtaken,
        .held = lease->held,
        .controller_up = lease->held && link_hears(from->link, now_ms),
        .lease_s = lease->held ? (double)(lease->expires_ms - now_ms) / 1000 : 0,
    };
    add_controllers(link_candidates(from->link), stats);
    daqs_table_init(&stats->nics, columns, sizeof columns / sizeof columns[0], SIZE_MAX / 2);
    for (size_t i = 0; i < from->guests->count; i++)
        for (size_t k = 0; k < from->guests->guest[i]->nics; k++)
            add_nic(from, from->guests->guest[i], &from->guests->guest[i]->nic[k], &stats->nics);
    if (!stats->nics.failed)
        return stats;
    agent_stats_free(stats);
    return NULL;
}

void agent_stats_free(struct agent_stats *stats)
{
    if (!stats)
        return;
    daqs_table_done(&stats->nics);
    free(stats);
}

/* --- as text; docs/metrics.md is generated from it --- */

static void write_nics(const struct agent_stats *stats, struct metrics *out)
{
    static const struct {
        struct metrics_family family;
        size_t column;
    } all[] = {
        {{"daqs_agent_nic_transmit_bytes", METRICS_COUNTER, "bytes",
          "Bytes that the nic has sent since the agent started."},
         TX},
        {{"daqs_agent_nic_usage_bytes_per_second", METRICS_GAUGE, "bytes_per_second",
          "What the nic sends; absent: unknown."},
         USAGE},
        {{"daqs_agent_nic_limit_bytes_per_second", METRICS_GAUGE, "bytes_per_second",
          "The limit in force on the nic; absent: none."},
         LIMIT},
        {{"daqs_agent_nic_state", METRICS_GAUGE, NULL,
          "Always 1; the label 'state' is the nic's state."},
         STATE},
    };
    const struct daqs_table *t = &stats->nics;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        metrics_begin(out, &all[i].family);
        for (size_t row = 0; row < daqs_table_rows(t); row++) {
            const struct daqs_cell *cell = daqs_table_at(t, row, 0);
            if (cell[all[i].column].empty)
                continue;
            const char *vm = cell[VM].text;
            const char *nic = cell[MAC].text;
            const char *uplink = cell[UPLINK].text;
            uint64_t number = cell[all[i].column].number;
            if (all[i].column == STATE)
                metrics_number(out, 1, "vm", vm, "nic", nic, "uplink", uplink, "state",
                               cell[STATE].text, NULL);
            else if (all[i].column == TX)
                metrics_number(out, number, "vm", vm, "nic", nic, "uplink", uplink, NULL);
            else
                metrics_real(out, (double)number / 8, "vm", vm, "nic", nic, "uplink", uplink, NULL);
        }
    }
}

static void write_controllers(const struct agent_stats *stats, struct metrics *out)
{
    static const struct metrics_family family = {
        "daqs_agent_controller", METRICS_GAUGE, NULL,
        "1: the controller that the agent uses, with its name in its group ('member') and its "
        "'endpoint'; 0: others that it may go on to."};
    metrics_begin(out, &family);
    for (size_t i = 0; i < stats->controllers; i++)
        metrics_number(out, i == 0, "member", stats->controller[i].name, "endpoint",
                       stats->controller[i].endpoint, NULL);
}

void agent_stats_write(const struct agent_stats *stats, const struct buckets *qga,
                       struct metrics *out)
{
    static const struct metrics_family refused = {
        "daqs_agent_orders_refused", METRICS_COUNTER, NULL,
        "Rejected limits, by reason: 'epoch' (from an older controller), 'sequence' (old or "
        "repeated)."};
    static const struct metrics_family took = {
        "daqs_agent_qga_seconds", METRICS_HISTOGRAM, "seconds",
        "Time from asking a guest agent for its counters to its answer."};
    const struct {
        struct metrics_family family;
        double value;
    } all[] = {
        {{"daqs_agent_controller_up", METRICS_GAUGE, NULL,
          "1 while the agent receives messages from a controller that it obeys."},
         stats->controller_up},
        {{"daqs_agent_lease_held", METRICS_GAUGE, NULL,
          "1 while the lease is valid; 0: the agent decides the limits itself."},
         stats->held},
        {{"daqs_agent_lease_remaining_seconds", METRICS_GAUGE, "seconds",
          "Time until the lease expires."},
         stats->lease_s},
        {{"daqs_agent_epoch", METRICS_GAUGE, NULL, "The highest epoch obeyed."},
         (double)stats->epoch},
        {{"daqs_agent_moves", METRICS_COUNTER, NULL,
          "Moves to a controller to which another one has sent the agent."},
         (double)stats->tally.moves},
        {{"daqs_agent_moves_failed", METRICS_COUNTER, NULL,
          "Attempts to move after which the agent stayed with its controller."},
         (double)stats->tally.moves_failed},
        {{"daqs_agent_guests", METRICS_GAUGE, NULL, "Guests."}, (double)stats->guests},
        {{"daqs_agent_nics", METRICS_GAUGE, NULL, "Nics on the configured uplinks."},
         (double)daqs_table_rows(&stats->nics)},
        {{"daqs_agent_reports", METRICS_COUNTER, NULL, "Reports to the controller."},
         (double)stats->count.reports},
        {{"daqs_agent_polls", METRICS_COUNTER, NULL, "Completed polls of guests."},
         (double)stats->count.polls},
        {{"daqs_agent_polls_failed", METRICS_COUNTER, NULL,
          "Of these, polls without an answer; guests that are 'frozen' or 'busy' are not counted."},
         (double)stats->count.polls_failed},
        {{"daqs_agent_guest_exec_failures", METRICS_COUNTER, NULL, "Failed runs of tc in guests."},
         (double)stats->count.execs_failed},
        {{"daqs_agent_limits_set", METRICS_COUNTER, NULL, "Changes of limits in guests."},
         (double)stats->count.limits_set},
        {{"daqs_agent_limits_removed", METRICS_COUNTER, NULL,
          "Limits that were found removed in guests, and were set again."},
         (double)stats->count.limits_removed},
    };
    metrics_build(out);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        metrics_one(out, &all[i].family, all[i].value);
    metrics_begin(out, &refused);
    metrics_number(out, stats->outdated, "reason", "epoch", NULL);
    metrics_number(out, stats->overtaken, "reason", "sequence", NULL);
    write_controllers(stats, out);
    metrics_buckets(out, &took, qga);
    metrics_process(out);
    write_nics(stats, out);
    metrics_end(out);
}
