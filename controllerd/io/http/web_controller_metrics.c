/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/http/web_controller_metrics.h"

#include <stdlib.h>
#include <string.h>

#include "controllerd/io/events/counters.h"

/* docs/metrics.md is generated from these texts, and so are the counters in docs/operating.md. */

#define STATUS(X)                                                                                  \
    X(hosts, GAUGE, "Hosts that have been heard, have an SLA or have a key.")                      \
    X(hosts_up, GAUGE,                                                                             \
      "Hosts whose agents report to the controller, also those that are shown as 'disobeys'.")     \
    X(hosts_disobeying, GAUGE,                                                                     \
      "Hosts that are shown as 'disobeys': their agents report, but obey a higher epoch.")         \
    X(hosts_in_maintenance, GAUGE, "Hosts whose alerts are muted: 'daqsctl maintenance'.")         \
    X(vms, GAUGE, "VMs.")                                                                          \
    X(nics, GAUGE, "Nics.")                                                                        \
    X(nics_limited, GAUGE, "Nics with a limit in force.")                                          \
    X(slas, GAUGE, "SLAs.")                                                                        \
    X(guarantees, GAUGE, "VMs that have a guarantee.")                                             \
    X(guarantees_unknown, GAUGE,                                                                   \
      "Of these, those on hosts that are away: whether they are met is not known.")                \
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
    X(connections_unread, COUNTER,                                                                 \
      "Connections closed because 8 MiB from them waited to be read: they flood, or send a "       \
      "message without an end.")                                                                   \
    X(names_refused, COUNTER, "Nics without history because their host has too many ('names').")   \
    X(history_rows_lost, COUNTER,                                                                  \
      "Rows of history, seconds of nics, that were not stored: the disk was full or too slow.")    \
    X(events_lost, COUNTER,                                                                        \
      "Events that were not stored, or only later: too many of a host or a VM, or too many for "   \
      "the disk.")                                                                                 \
    X(alerts_told, COUNTER,                                                                        \
      "Alerts that the program, and those that the webhook, of '[alerts]' has taken.")             \
    X(alerts_failed, COUNTER,                                                                      \
      "Runs of the program, and requests to the webhook, of '[alerts]' that failed.")              \
    X(alerts_lost, COUNTER,                                                                        \
      "Alerts for which there was no room, or that could not be delivered for an hour.")

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

/* Writes a metric only if the status has its row: without a shared database there is none. */
static void write_flag_if_known(struct metrics *out, const struct metrics_family *family,
                                const char *value, const char *good)
{
    if (!*value || strcmp(value, "unknown") == 0)
        return;
    metrics_begin(out, family);
    metrics_number(out, strcmp(value, good) == 0, NULL);
}

static void write_group(const struct loop_reply *status, struct metrics *out)
{
    static const struct metrics_family ledger = {
        "daqs_controller_ledger_ok", METRICS_GAUGE, NULL,
        "With 'ledger': 1 while the shared database answers, and all records were read."};
    static const struct metrics_family durable = {
        "daqs_controller_ledger_durable", METRICS_GAUGE, NULL,
        "With 'ledger': 1 while a second server keeps what is stored."};
    static const struct metrics_family alive = {
        "daqs_controller_members_alive", METRICS_GAUGE, NULL,
        "In a group: members that live, as this one sees them, and itself."};
    static const struct metrics_family lost = {
        "daqs_controller_members_lost", METRICS_GAUGE, NULL,
        "In a group: members that have shown no sign of life for 'lost_after'."};
    const char *members_alive = loop_reply_value(status, "members_alive");
    write_flag_if_known(out, &ledger, loop_reply_value(status, "ledger"), "ok");
    write_flag_if_known(out, &durable, loop_reply_value(status, "ledger_durable"), "yes");
    if (!*members_alive)
        return;
    metrics_begin(out, &alive);
    metrics_number(out, strtoull(members_alive, NULL, 10), NULL);
    metrics_begin(out, &lost);
    metrics_number(out, strtoull(loop_reply_value(status, "members_lost"), NULL, 10), NULL);
}

static void write_http(const struct http_server *server, struct metrics *out)
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
    const struct http_count count = http_counted(server);
    metrics_one(out, &connections, (double)count.connections);
    metrics_one(out, &accepted, (double)count.accepted);
    metrics_begin(out, &ended);
    metrics_number(out, count.crowded_out, "reason", "crowded_out", NULL);
    metrics_number(out, count.slow, "reason", "slow", NULL);
    metrics_begin(out, &answers);
    for (size_t i = 2; i < sizeof class / sizeof class[0]; i++)
        metrics_number(out, count.answers[i], "code", class[i], NULL);
    metrics_buckets(out, &took, http_took(server));
}

static void write_durations(const struct web_controller_metrics *from, struct metrics *out)
{
    static const struct metrics_family reports = {
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
    metrics_buckets(out, &reports, from->reports);
    metrics_buckets(out, &requests, from->requests);
    metrics_buckets(out, &writes, from->writes);
}

void web_controller_metrics_write(const struct web_controller_metrics *from,
                                  const struct loop_reply *status, uint64_t nics_left_out,
                                  struct metrics *out)
{
    static const struct metrics_family epoch = {"daqs_controller_epoch", METRICS_GAUGE, NULL,
                                                "The controller's epoch."};
    static const struct metrics_family history = {"daqs_controller_history_ok", METRICS_GAUGE, NULL,
                                                  "1 while history is stored."};
    static const struct metrics_family queries = {"daqs_controller_queries_ok", METRICS_GAUGE, NULL,
                                                  "1 while the database answers queries."};
    static const struct metrics_family clock = {
        "daqs_controller_clock_ok", METRICS_GAUGE, NULL,
        "1 while the controller's clock is trusted, 0 while it is doubtful."};
    static const struct metrics_family events = {"daqs_controller_events_ok", METRICS_GAUGE, NULL,
                                                 "1 while events are stored."};
    static const struct metrics_family database = {
        "daqs_controller_database_ok", METRICS_GAUGE, NULL,
        "1 while no damage to the database has been found."};
    static const struct metrics_family left_out = {
        "daqs_metrics_nics_left_out", METRICS_GAUGE, NULL,
        "Nics without metrics because there are more than 'metrics_nics'."};
    metrics_build(out);
    metrics_begin(out, &epoch);
    metrics_number(out, strtoull(loop_reply_value(status, "epoch"), NULL, 10), NULL);
    write_flag(out, &clock, loop_reply_value(status, "clock"));
    write_flag(out, &history, loop_reply_value(status, "history"));
    write_flag(out, &queries, loop_reply_value(status, "queries"));
    write_flag(out, &events, loop_reply_value(status, "events"));
    write_flag(out, &database, loop_reply_value(status, "database"));
    write_group(status, out);
    for (size_t i = 0; i < sizeof status_families / sizeof status_families[0]; i++) {
        const char *value = loop_reply_value(status, status_families[i].status);
        metrics_begin(out, &status_families[i].family);
        metrics_number(out, strtoull(value, NULL, 10), NULL);
    }
    metrics_begin(out, &left_out);
    metrics_number(out, nics_left_out, NULL);
    write_durations(from, out);
    write_http(from->http, out);
    metrics_process(out);
}
