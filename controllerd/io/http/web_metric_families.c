/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/http/web_metric_families.h"

#include <string.h>

/* docs/metrics.md is generated from these texts. */

#define BYTES_A_SECOND "bytes_per_second"

/* A metric family from a column of one of the loop's tables. */
struct column_family {
    struct metrics_family family;
    enum web_table table;
    const char *column;
    enum { AS_BYTES, AS_COUNT, AS_SECONDS, AS_LABEL, AS_UP, AS_OBEYS, AS_PRESENT } as;
    bool of_host; /* one sample for all rows of a host */
};

static const struct column_family column_families[] = {
    {{"daqs_host_up", METRICS_GAUGE, NULL,
      "1 while the host's agent reports to the controller, else 0, also for a host that has an SLA "
      "or a key and has not been heard since the controller started. It is also 1 for a host that "
      "is shown as 'disobeys', whose agent reports but obeys a higher epoch ('daqs_host_obeys')."},
     WEB_HOSTS,
     "state",
     AS_UP,
     true},
    {{"daqs_host_obeys", METRICS_GAUGE, NULL,
      "0 for a host that is shown as 'disobeys', whose agent obeys a higher epoch than this "
      "controller's, else 1."},
     WEB_HOSTS,
     "state",
     AS_OBEYS,
     true},
    {{"daqs_host_report_age_seconds", METRICS_GAUGE, "seconds",
      "Time since the host's last report; absent: there was none."},
     WEB_HOSTS,
     "last_report_ms",
     AS_SECONDS,
     true},
    {{"daqs_host_away_since_timestamp_seconds", METRICS_GAUGE, "seconds",
      "When a host that is away was last heard, also before the controller's start, in seconds "
      "since 1970; absent: it is not away."},
     WEB_HOSTS,
     "away_since",
     AS_SECONDS,
     true},
    {{"daqs_host_maintenance", METRICS_GAUGE, NULL,
      "1 while the host is in maintenance ('daqsctl maintenance'), else 0."},
     WEB_HOSTS,
     "maintenance",
     AS_PRESENT,
     true},
    {{"daqs_uplink_mode", METRICS_GAUGE, NULL,
      "Always 1; the label 'mode' is 'minimum', or 'off', 'fair' or 'weighted', which enforce no "
      "guarantee."},
     WEB_HOSTS,
     "mode",
     AS_LABEL,
     false},
    {{"daqs_uplink_capacity_" BYTES_A_SECOND, METRICS_GAUGE, BYTES_A_SECOND,
      "What the uplink carries."},
     WEB_HOSTS,
     "capacity_bps",
     AS_BYTES,
     false},
    {{"daqs_uplink_usage_" BYTES_A_SECOND, METRICS_GAUGE, BYTES_A_SECOND,
      "What the uplink's nics send."},
     WEB_HOSTS,
     "usage_bps",
     AS_BYTES,
     false},
    {{"daqs_uplink_guaranteed_" BYTES_A_SECOND, METRICS_GAUGE, BYTES_A_SECOND,
      "The sum of the guarantees of the uplink's VMs."},
     WEB_HOSTS,
     "guaranteed_bps",
     AS_BYTES,
     false},
    {{"daqs_uplink_guaranteed_wire_" BYTES_A_SECOND, METRICS_GAUGE, BYTES_A_SECOND,
      "What these guarantees take of the uplink: with headers, by each VM's MTU."},
     WEB_HOSTS,
     "guaranteed_wire_bps",
     AS_BYTES,
     false},
    {{"daqs_uplink_vms", METRICS_GAUGE, NULL, "VMs with a nic on the uplink."},
     WEB_HOSTS,
     "vms",
     AS_COUNT,
     false},
    {{"daqs_vm_guarantee_" BYTES_A_SECOND, METRICS_GAUGE, BYTES_A_SECOND,
      "The VM's guarantee; 0: it has only a ceiling. A VM with neither has no series."},
     WEB_GUARANTEES,
     "min_bps",
     AS_BYTES,
     false},
    {{"daqs_vm_ceiling_" BYTES_A_SECOND, METRICS_GAUGE, BYTES_A_SECOND,
      "The VM's ceiling; absent: none."},
     WEB_GUARANTEES,
     "max_bps",
     AS_BYTES,
     false},
    {{"daqs_vm_sla_met_seconds", METRICS_COUNTER, "seconds",
      "Seconds in which the VM's guarantee was met."},
     WEB_GUARANTEES,
     "met_s",
     AS_COUNT,
     false},
    {{"daqs_vm_sla_missed_seconds", METRICS_COUNTER, "seconds",
      "Seconds in which the VM wanted its guarantee and did not get it."},
     WEB_GUARANTEES,
     "missed_s",
     AS_COUNT,
     false},
    {{"daqs_nic_transmit_bytes", METRICS_COUNTER, "bytes",
      "Bytes that the nic has sent since the controller first saw it."},
     WEB_NICS,
     "tx_bytes",
     AS_COUNT,
     false},
    {{"daqs_nic_usage_" BYTES_A_SECOND, METRICS_GAUGE, BYTES_A_SECOND,
      "What the nic sends; absent: unknown."},
     WEB_NICS,
     "usage_bps",
     AS_BYTES,
     false},
    {{"daqs_nic_limit_" BYTES_A_SECOND, METRICS_GAUGE, BYTES_A_SECOND,
      "The limit in force on the nic; absent: none."},
     WEB_NICS,
     "limit_bps",
     AS_BYTES,
     false},
    {{"daqs_nic_state", METRICS_GAUGE, NULL,
      "Always 1; the label 'state' is the one that 'daqsctl vms' shows: 'ok', 'capped', 'frozen', "
      "'unresponsive' and others."},
     WEB_NICS,
     "state",
     AS_LABEL,
     false},
};
enum { COLUMN_FAMILIES = sizeof column_families / sizeof column_families[0] };

/* Returns an empty cell if the table has no such column. */
static const struct daqs_cell *cell_at(const struct daqs_table *table, size_t row,
                                       const char *column)
{
    static const struct daqs_cell none = {.empty = true};
    for (size_t i = 0; i < table->columns; i++)
        if (strcmp(table->column[i].name, column) == 0)
            return daqs_table_at(table, row, i);
    return &none;
}

static const char *text_at(const struct daqs_table *table, size_t row, const char *column)
{
    const struct daqs_cell *cell = cell_at(table, row, column);
    return cell->empty ? "" : cell->text;
}

static double value_of(const struct column_family *family, const struct daqs_cell *cell)
{
    switch (family->as) {
    case AS_BYTES:
        return (double)cell->number / 8;
    case AS_COUNT:
        return (double)cell->number;
    case AS_SECONDS:
        return (double)cell->number / 1000;
    case AS_UP:
        return strcmp(cell->text, "away") != 0;
    case AS_OBEYS:
        return strcmp(cell->text, "disobeys") != 0;
    case AS_PRESENT:
        return !cell->empty;
    case AS_LABEL:
        break;
    }
    return 1;
}

static void write_row(const struct column_family *family, const struct daqs_table *table,
                      size_t row, struct metrics *out)
{
    const struct daqs_cell *cell = cell_at(table, row, family->column);
    if (cell->empty && family->as != AS_PRESENT)
        return;
    if (family->as == AS_UP && strcmp(cell->text, "unknown") == 0)
        return;
    double value = value_of(family, cell);
    const char *host = text_at(table, row, "host");
    if (family->of_host) {
        metrics_real(out, value, "host", host, NULL);
        return;
    }
    const char *uplink = text_at(table, row, "uplink");
    if (family->table == WEB_HOSTS && family->as == AS_LABEL) {
        metrics_number(out, 1, "host", host, "uplink", uplink, family->column, cell->text, NULL);
        return;
    }
    if (family->table == WEB_HOSTS) {
        if (!*uplink) /* the host has none, or has not been heard */
            return;
        metrics_real(out, value, "host", host, "uplink", uplink, NULL);
        return;
    }
    const char *vm = text_at(table, row, "vm");
    if (family->table == WEB_GUARANTEES) {
        metrics_real(out, value, "host", host, "vm", vm, "uplink", uplink, NULL);
        return;
    }
    const char *nic = text_at(table, row, "nic");
    if (family->as == AS_LABEL)
        metrics_number(out, 1, "host", host, "vm", vm, "nic", nic, "uplink", uplink, family->column,
                       cell->text, NULL);
    else if (family->as == AS_COUNT) /* a double may not hold all bytes exactly */
        metrics_number(out, cell->number, "host", host, "vm", vm, "nic", nic, "uplink", uplink,
                       NULL);
    else
        metrics_real(out, value, "host", host, "vm", vm, "nic", nic, "uplink", uplink, NULL);
}

/* Returns true if the previous row has the same host. Uplinks of a host are adjacent, but may be in
 * different parts. */
static bool is_same_host(const struct web_stats *stats, const struct web_metric_cursor *cursor)
{
    const struct daqs_table *table = &cursor->part->reply->wire.table;
    const struct web_part *before = cursor->part;
    size_t row = cursor->row;
    if (row == 0) {
        before = stats->part[WEB_HOSTS];
        while (before && before->next != cursor->part)
            before = before->next;
        row = before ? daqs_table_rows(&before->reply->wire.table) : 0;
    }
    return row > 0 && strcmp(text_at(&before->reply->wire.table, row - 1, "host"),
                             text_at(table, cursor->row, "host")) == 0;
}

bool web_metric_families_write(const struct web_controller_metrics *own,
                               const struct web_stats *stats, struct web_metric_cursor *cursor,
                               size_t bytes, struct metrics *out)
{
    long most = (long)bytes;
    if (cursor->family == 0) {
        web_controller_metrics_write(own, stats->part[WEB_STATUS]->reply, stats->nics_left_out,
                                     out);
        cursor->family = 1;
        cursor->part = NULL;
    }
    while (cursor->family <= COLUMN_FAMILIES) {
        const struct column_family *family = &column_families[cursor->family - 1];
        if (!cursor->part) {
            cursor->part = stats->part[family->table];
            cursor->row = 0;
            metrics_begin(out, &family->family);
        }
        out->family = &family->family;
        while (cursor->part) {
            const struct daqs_table *table = &cursor->part->reply->wire.table;
            for (; cursor->row < daqs_table_rows(table); cursor->row++) {
                if (ftell(out->out) >= most)
                    return true;
                if (!family->of_host || !is_same_host(stats, cursor))
                    write_row(family, table, cursor->row, out);
            }
            cursor->part = cursor->part->next;
            cursor->row = 0;
        }
        cursor->family++;
    }
    metrics_end(out);
    return false;
}
