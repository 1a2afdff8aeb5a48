/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "controllerd/io/http/web_internal.h"
#include "controllerd/io/state/controller_state.h"

/* docs/metrics.md is generated from these texts, and so are the counters in docs/operating.md. */

#define BYTES_A_SECOND "bytes_per_second"

static double bytes_of(const struct daqs_cell *bits)
{
    return (double)bits->number / 8;
}

/* --- of the process --- */

#define STATUS(X)                                                                                  \
    X(hosts, GAUGE, "Known hosts.")                                                                \
    X(hosts_up, GAUGE,                                                                             \
      "Hosts whose agents report to the controller, also those that are shown as 'disobeys'.")     \
    X(vms, GAUGE, "VMs.")                                                                          \
    X(nics, GAUGE, "Nics.")                                                                        \
    X(nics_limited, GAUGE, "Nics with a limit in force.")                                          \
    X(slas, GAUGE, "SLAs.")                                                                        \
    X(guarantees_missed, GAUGE, "Guarantees that are not met now, although the VM wants more.")    \
    X(connections_waiting, GAUGE,                                                                  \
      "Connections that have not sent a usable message yet, now ('handshakes').")                  \
    X(events_waiting, GAUGE, "Events that wait to be written to the database, now.")               \
    X(connections_admitted, COUNTER, "Connections whose key was accepted.")                        \
    X(connections_refused, COUNTER, "Connections whose key was rejected, as not enrolled.")        \
    X(connections_put_off, COUNTER, "Connections deferred because their key connects too often.")  \
    X(connections_accepted, COUNTER,                                                               \
      "Connections accepted on the bus and on the operators' sockets, from any client.")           \
    X(connections_crowded_out, COUNTER,                                                            \
      "Connections closed to make room for newer ones, before they sent a usable message.")        \
    X(connections_silent, COUNTER,                                                                 \
      "Connections closed because no usable message arrived within 10 s.")                         \
    X(connections_no_room, COUNTER,                                                                \
      "Connections rejected because three quarters of the files that the process may have open "   \
      "were in use: raise 'LimitNOFILE'.")                                                         \
    X(connections_too_often, COUNTER,                                                              \
      "Connections rejected because too many had just come from the same address "                 \
      "('connections').")                                                                          \
    X(names_refused, COUNTER, "Nics without history because their host has too many ('names').")   \
    X(history_rows_lost, COUNTER,                                                                  \
      "Rows of history, seconds of nics, that were not stored: the disk was full or too slow.")    \
    X(events_lost, COUNTER,                                                                        \
      "Events that were not stored: more than 'events' in a second, or too many for the disk.")    \
    X(alerts_told, COUNTER, "Events that the program of '[alerts]' processed.")                    \
    X(alerts_failed, COUNTER, "Events with which the program of '[alerts]' failed.")               \
    X(alerts_lost, COUNTER,                                                                        \
      "Events for which the program of '[alerts]' was not run because too many were waiting.")

static const struct {
    const char *status;
    struct metrics_family family;
} status_families[] = {
#define X(name, type, help) {#name, {"daqs_controller_" #name, METRICS_##type, NULL, help}},
    STATUS(X)
#undef X
#define X(name, help) {#name, {"daqs_controller_" #name, METRICS_COUNTER, NULL, help}},
        CONTROLLER_COUNTERS(X)
#undef X
};

static void write_flag(struct metrics *out, const struct metrics_family *family, const char *value)
{
    metrics_begin(out, family);
    metrics_number(out, strcmp(value, "ok") == 0, NULL);
}

static void write_http(const struct web *web, struct metrics *out)
{
    static const struct metrics_family connections = {
        "daqs_controller_http_connections", METRICS_GAUGE, NULL, "Open HTTP connections."};
    static const struct metrics_family accepted = {"daqs_controller_http_connections_accepted",
                                                   METRICS_COUNTER, NULL,
                                                   "Accepted HTTP connections."};
    static const struct metrics_family ended = {
        "daqs_controller_http_connections_ended", METRICS_COUNTER, NULL,
        "HTTP connections that the controller closed, by reason: 'crowded_out', 'slow'."};
    static const struct metrics_family answers = {
        "daqs_controller_http_responses", METRICS_COUNTER, NULL,
        "HTTP responses, by code: '2xx', '3xx', '4xx', '5xx'."};
    static const struct metrics_family took = {
        "daqs_controller_http_request_seconds", METRICS_HISTOGRAM, "seconds",
        "Time from an HTTP request to the beginning of its answer."};
    static const char *const class[] = {"other", "1xx", "2xx", "3xx", "4xx", "5xx"};
    const struct http_count count = http_counted(web->server);
    metrics_one(out, &connections, (double)count.connections);
    metrics_one(out, &accepted, (double)count.accepted);
    metrics_begin(out, &ended);
    metrics_number(out, count.crowded_out, "reason", "crowded_out", NULL);
    metrics_number(out, count.slow, "reason", "slow", NULL);
    metrics_begin(out, &answers);
    for (size_t i = 2; i < sizeof class / sizeof class[0]; i++)
        metrics_number(out, count.answers[i], "code", class[i], NULL);
    metrics_buckets(out, &took, http_took(web->server));
}

static void write_times(const struct controller *c, struct metrics *out)
{
    static const struct metrics_family decide = {
        "daqs_controller_report_seconds", METRICS_HISTOGRAM, "seconds",
        "Time that the control loop spends on an agent's report: from when it takes up the report "
        "until it has decided and, if limits are due, sent them. Reports that change no limits are "
        "included, rejected ones are not."};
    static const struct metrics_family requests = {
        "daqs_controller_admin_request_seconds", METRICS_HISTOGRAM, "seconds",
        "Time that the control loop spends on a request of an operator or of the HTTP server."};
    static const struct metrics_family writes = {
        "daqs_controller_store_write_seconds", METRICS_HISTOGRAM, "seconds",
        "Duration of transactions that write to the database."};
    metrics_buckets(out, &decide, &c->took.decide);
    metrics_buckets(out, &requests, &c->took.requests);
    metrics_buckets(out, &writes, store_took(c->store));
}

static void write_process(const struct web *web, const struct web_stats *stats, struct metrics *out)
{
    static const struct metrics_family epoch = {"daqs_controller_epoch", METRICS_GAUGE, NULL,
                                                "The controller's epoch."};
    static const struct metrics_family history = {"daqs_controller_history_ok", METRICS_GAUGE, NULL,
                                                  "1 while history is stored."};
    static const struct metrics_family queries = {"daqs_controller_queries_ok", METRICS_GAUGE, NULL,
                                                  "1 while the database answers queries."};
    static const struct metrics_family left_out = {
        "daqs_metrics_nics_left_out", METRICS_GAUGE, NULL,
        "Nics without metrics because there are more than 'metrics_nics'."};
    const struct daqs_table *status = &stats->part[WEB_STATUS]->reply->reply.table;
    metrics_build(out);
    metrics_begin(out, &epoch);
    metrics_number(out, web->controller->epoch, NULL);
    write_flag(out, &history, web_status_value(status, "history"));
    write_flag(out, &queries, web_status_value(status, "queries"));
    for (size_t i = 0; i < sizeof status_families / sizeof status_families[0]; i++) {
        const char *value = web_status_value(status, status_families[i].status);
        metrics_begin(out, &status_families[i].family);
        metrics_number(out, strtoull(value, NULL, 10), NULL);
    }
    metrics_begin(out, &left_out);
    metrics_number(out, stats->nics_left_out, NULL);
    write_times(web->controller, out);
    write_http(web, out);
    metrics_process(out);
}

/* --- of the fleet, row by row --- */

enum {
    HOST_NAME,
    HOST_STATE,
    HOST_UPLINK,
    HOST_CAPACITY,
    HOST_USAGE,
    HOST_MIN,
    HOST_VMS,
    HOST_AGE,
    HOST_MISSED,
    HOST_MIN_WIRE
};
enum {
    NIC_HOST,
    NIC_VM,
    NIC_MAC,
    NIC_UPLINK,
    NIC_USAGE,
    NIC_LIMIT,
    NIC_MIN,
    NIC_MAX,
    NIC_WEIGHT,
    NIC_STATE,
    NIC_REASON,
    NIC_TX,
};
enum { VM_HOST, VM_NAME, VM_UPLINK, VM_MIN, VM_MAX, VM_MET, VM_MISSED };

/* A metric family from a column of one of the loop's tables. */
struct series {
    struct metrics_family family;
    enum web_table table;
    unsigned column;
    enum { AS_BYTES, AS_COUNT, AS_SECONDS, AS_STATE, AS_UP } as;
    bool of_host; /* one sample for all rows of a host */
};

static const struct series all_series[] = {
    {{"daqs_host_up", METRICS_GAUGE, NULL,
      "1 while the host's agent reports to the controller, else 0. It is also 1 for a host that is "
      "shown as 'disobeys', whose agent reports but obeys a newer controller."},
     WEB_HOSTS,
     HOST_STATE,
     AS_UP,
     true},
    {{"daqs_host_report_age_seconds", METRICS_GAUGE, "seconds",
      "Time since the host's last report; absent: there was none."},
     WEB_HOSTS,
     HOST_AGE,
     AS_SECONDS,
     true},
    {{"daqs_uplink_capacity_" BYTES_A_SECOND, METRICS_GAUGE, BYTES_A_SECOND,
      "What the uplink carries."},
     WEB_HOSTS,
     HOST_CAPACITY,
     AS_BYTES,
     false},
    {{"daqs_uplink_usage_" BYTES_A_SECOND, METRICS_GAUGE, BYTES_A_SECOND,
      "What the uplink's nics send."},
     WEB_HOSTS,
     HOST_USAGE,
     AS_BYTES,
     false},
    {{"daqs_uplink_guaranteed_" BYTES_A_SECOND, METRICS_GAUGE, BYTES_A_SECOND,
      "The sum of the guarantees of the uplink's VMs."},
     WEB_HOSTS,
     HOST_MIN,
     AS_BYTES,
     false},
    {{"daqs_uplink_guaranteed_wire_" BYTES_A_SECOND, METRICS_GAUGE, BYTES_A_SECOND,
      "What these guarantees take of the uplink: with headers, by each VM's MTU."},
     WEB_HOSTS,
     HOST_MIN_WIRE,
     AS_BYTES,
     false},
    {{"daqs_uplink_vms", METRICS_GAUGE, NULL, "VMs with a nic on the uplink."},
     WEB_HOSTS,
     HOST_VMS,
     AS_COUNT,
     false},
    {{"daqs_vm_guarantee_" BYTES_A_SECOND, METRICS_GAUGE, BYTES_A_SECOND,
      "The VM's guarantee; 0: it has only a ceiling. A VM with neither has no series."},
     WEB_GUARANTEES,
     VM_MIN,
     AS_BYTES,
     false},
    {{"daqs_vm_ceiling_" BYTES_A_SECOND, METRICS_GAUGE, BYTES_A_SECOND,
      "The VM's ceiling; absent: none."},
     WEB_GUARANTEES,
     VM_MAX,
     AS_BYTES,
     false},
    {{"daqs_vm_sla_met_seconds", METRICS_COUNTER, "seconds",
      "Seconds in which the VM's guarantee was met."},
     WEB_GUARANTEES,
     VM_MET,
     AS_COUNT,
     false},
    {{"daqs_vm_sla_missed_seconds", METRICS_COUNTER, "seconds",
      "Seconds in which the VM wanted its guarantee and did not get it."},
     WEB_GUARANTEES,
     VM_MISSED,
     AS_COUNT,
     false},
    {{"daqs_nic_transmit_bytes", METRICS_COUNTER, "bytes",
      "Bytes that the nic has sent since the controller first saw it."},
     WEB_NICS,
     NIC_TX,
     AS_COUNT,
     false},
    {{"daqs_nic_usage_" BYTES_A_SECOND, METRICS_GAUGE, BYTES_A_SECOND,
      "What the nic sends; absent: unknown."},
     WEB_NICS,
     NIC_USAGE,
     AS_BYTES,
     false},
    {{"daqs_nic_limit_" BYTES_A_SECOND, METRICS_GAUGE, BYTES_A_SECOND,
      "The limit in force on the nic; absent: none."},
     WEB_NICS,
     NIC_LIMIT,
     AS_BYTES,
     false},
    {{"daqs_nic_state", METRICS_GAUGE, NULL,
      "Always 1; the label 'state' is the one that 'daqsctl vms' shows: 'ok', 'capped', 'frozen', "
      "'unresponsive' and others."},
     WEB_NICS,
     NIC_STATE,
     AS_STATE,
     false},
};
enum { SERIES = sizeof all_series / sizeof all_series[0] };

static const char *text_at(const struct daqs_table *table, size_t row, size_t column)
{
    const struct daqs_cell *cell = daqs_table_at(table, row, column);
    return cell->empty ? "" : cell->text;
}

static void write_host(const struct series *series, const struct daqs_table *table, size_t row,
                       double value, struct metrics *out)
{
    if (series->of_host)
        metrics_real(out, value, "host", text_at(table, row, HOST_NAME), NULL);
    else
        metrics_real(out, value, "host", text_at(table, row, HOST_NAME), "uplink",
                     text_at(table, row, HOST_UPLINK), NULL);
}

static void write_promise(const struct daqs_table *table, size_t row, double value,
                          struct metrics *out)
{
    metrics_real(out, value, "host", text_at(table, row, VM_HOST), "vm",
                 text_at(table, row, VM_NAME), "uplink", text_at(table, row, VM_UPLINK), NULL);
}

static void write_nic(const struct series *series, const struct daqs_table *table, size_t row,
                      double value, struct metrics *out)
{
    const char *host = text_at(table, row, NIC_HOST);
    const char *vm = text_at(table, row, NIC_VM);
    const char *nic = text_at(table, row, NIC_MAC);
    const char *uplink = text_at(table, row, NIC_UPLINK);
    const struct daqs_cell *cell = daqs_table_at(table, row, series->column);
    if (series->as == AS_STATE)
        metrics_number(out, 1, "host", host, "vm", vm, "nic", nic, "uplink", uplink, "state",
                       text_at(table, row, NIC_STATE), NULL);
    else if (series->as == AS_COUNT) /* a double may not hold all bytes exactly */
        metrics_number(out, cell->number, "host", host, "vm", vm, "nic", nic, "uplink", uplink,
                       NULL);
    else
        metrics_real(out, value, "host", host, "vm", vm, "nic", nic, "uplink", uplink, NULL);
}

static double value_of(const struct series *series, const struct daqs_table *table, size_t row)
{
    const struct daqs_cell *cell = daqs_table_at(table, row, series->column);
    switch (series->as) {
    case AS_BYTES:
        return bytes_of(cell);
    case AS_COUNT:
        return (double)cell->number;
    case AS_SECONDS:
        return (double)cell->number / 1000;
    case AS_UP:
        return strcmp(cell->text, "away") != 0;
    case AS_STATE:
        break;
    }
    return 1;
}

static void write_row(const struct series *series, const struct web_part *part, size_t row,
                      struct metrics *out)
{
    const struct daqs_table *table = &part->reply->reply.table;
    if (daqs_table_at(table, row, series->column)->empty)
        return;
    double value = value_of(series, table, row);
    if (series->table == WEB_HOSTS)
        write_host(series, table, row, value, out);
    else if (series->table == WEB_GUARANTEES)
        write_promise(table, row, value, out);
    else
        write_nic(series, table, row, value, out);
}

/* Returns true if the previous row has the same host. Uplinks of a host are adjacent, but may be in
 * different parts. */
static bool is_same_host(const struct web_stats *stats, const struct web_cursor *cursor)
{
    const struct daqs_table *table = &cursor->part->reply->reply.table;
    const struct web_part *before = cursor->part;
    size_t row = cursor->row;
    if (row == 0) {
        before = stats->part[WEB_HOSTS];
        while (before && before->next != cursor->part)
            before = before->next;
        row = before ? daqs_table_rows(&before->reply->reply.table) : 0;
    }
    return row > 0 && strcmp(text_at(&before->reply->reply.table, row - 1, HOST_NAME),
                             text_at(table, cursor->row, HOST_NAME)) == 0;
}

bool web_metric_families_write(const struct web *web, const struct web_stats *stats,
                               struct web_cursor *cursor, size_t bytes, struct metrics *out)
{
    long most = (long)bytes;
    if (cursor->family == 0) {
        write_process(web, stats, out);
        cursor->family = 1;
        cursor->part = NULL;
    }
    while (cursor->family <= SERIES) {
        const struct series *series = &all_series[cursor->family - 1];
        if (!cursor->part) {
            cursor->part = stats->part[series->table];
            cursor->row = 0;
            metrics_begin(out, &series->family);
        }
        out->family = &series->family;
        while (cursor->part) {
            size_t rows = daqs_table_rows(&cursor->part->reply->reply.table);
            for (; cursor->row < rows; cursor->row++) {
                if (ftell(out->out) >= most)
                    return true;
                if (!series->of_host || !is_same_host(stats, cursor))
                    write_row(series, cursor->part, cursor->row, out);
            }
            cursor->part = cursor->part->next;
            cursor->row = 0;
        }
        cursor->family++;
    }
    metrics_end(out);
    return false;
}
