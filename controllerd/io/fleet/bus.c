/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/fleet/bus.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/access/agent_budgets.h"
#include "controllerd/core/access/overload.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

/* Decoding needs a small multiple of a message's bytes. */
enum { BUS_MESSAGES_AT_ONCE = 256, DROPPED_AT_ONCE = 1000000, ARENA_BYTES = 16 * WIRE_MESSAGE_MAX };

/* A turn ends after this time or that many messages: timers and operators wait no longer, and a
 * turn of small messages is not cut short. */
enum { BUS_TURN_US = 20000 };

struct bus {
    struct bus_setup given;
    struct agent_budgets *budgets;
    struct overload overload;
    struct daqs_log_budget budget;
    struct daqs_arena arena; /* for the current message */
};

struct bus *bus_new(const struct bus_setup *setup)
{
    struct bus *bus = calloc(1, sizeof *bus);
    struct agent_budgets *budgets = agent_budgets_new();
    if (!bus || !budgets) {
        free(bus);
        agent_budgets_free(budgets);
        return NULL;
    }
    bus->given = *setup;
    bus->budgets = budgets;
    daqs_arena_init(&bus->arena, ARENA_BYTES);
    return bus;
}

void bus_free(struct bus *bus)
{
    if (!bus)
        return;
    agent_budgets_free(bus->budgets);
    daqs_arena_done(&bus->arena);
    free(bus);
}

/* --- sending --- */

/* host: NULL requests a hello. */
static void send_welcome(struct bus *b, const struct net_route *id, const struct fleet_host *host)
{
    push_welcome(b->given.push, id, host ? host->epoch : *reign_epoch(b->given.reign),
                 host ? host->generation : 0, NULL, 0);
}

static void send_bye(struct bus *b, const struct net_route *id, enum wire_bye_reason reason)
{
    const struct wire_message message = {.type = WIRE_BYE, .bye = {reason}};
    (void)push_message(b->given.push, id, &message); /* best effort: may be lost */
}

/* --- receiving --- */

/* Passes a new inventory to the modules that keep something of each of its parts. */
static void take_inventory(struct bus *b, struct fleet_host *host, int64_t now_ms)
{
    bool recorded = recorder_hello(b->given.recorder, host);
    bool watched = state_events_hello(b->given.state_events, host);
    bool accounted = accounting_hello(b->given.accounting, host);
    bool planned = push_hello(b->given.push, host);
    bool listed = roster_heard(b->given.roster, host, now_ms);
    if (!(recorded && watched && accounted && planned && listed) &&
        daqs_log_allowed(&b->budget, now_ms))
        daqs_log(DAQS_LOG_ERROR,
                 "out of memory: host %s is not served in full until its next hello", host->name);
    relocator_hello(b->given.relocator, host);
}

/* Another live agent has the host with this name. */
static void note_claim(struct bus *b, const struct bus_source *source, const char *name,
                       int64_t now_ms)
{
    const struct fleet_host *host = fleet_find(b->given.fleet, name);
    const struct agent_conn *conn = host ? agent_conns_of(b->given.conns, host) : NULL;
    char connected[CONNECTION_PEER_BYTES];
    char refused[CONNECTION_PEER_BYTES];
    b->given.count->hosts_claimed++;
    if (host)
        state_events_claimed(b->given.state_events, host,
                             conn ? connection_peer(agent_conn_connection(conn), connected) : "",
                             connection_peer(&source->connection, refused), now_ms);
}

/* A hello that is refused, such as that of a second machine, does not touch the host's history. */
static int admit_hello(struct bus *b, const char *name, const struct wire_hello *hello,
                       int64_t now_ms, struct fleet_host **ret_host, struct daqs_error *err)
{
    int result =
        fleet_check_hello(b->given.fleet, name, hello->instance, &hello->inventory, now_ms, err);
    if (result != DAQS_OK)
        return result;
    recorder_close(b->given.recorder, name);
    return fleet_hello(b->given.fleet, b->given.ledger, name, hello->version, hello->instance,
                       hello->generation, hello->poll_ms, &hello->inventory, now_ms, ret_host, err);
}

static void handle_hello(struct bus *b, const struct bus_source *source,
                         const struct wire_hello *hello, int64_t now_ms)
{
    struct daqs_error err = {0};
    struct fleet_host *host = NULL;
    const struct net_route *id = &source->id;
    const char *name = source->key_of ? source->key_of : hello->host;
    const struct agent_conn *conn = agent_conns_find(b->given.conns, id);
    if (strcmp(name, hello->host) != 0 && daqs_log_allowed(&b->budget, now_ms))
        daqs_log(DAQS_LOG_WARNING, "host %.100s calls itself %.100s; the name of its key is used",
                 name, hello->host);
    if (conn && strcmp(agent_conn_host(conn)->name, name) != 0)
        agent_conns_drop(b->given.conns,
                         agent_conns_find(b->given.conns, id)); /* the agent changed its name */
    struct adoption adoption;
    if (b->given.homes && !homes_hello(b->given.homes, id, name, hello, now_ms, &adoption))
        return; /* another member is to serve it */
    int result = admit_hello(b, name, hello, now_ms, &host, &err);
    if (result == DAQS_OK)
        take_inventory(b, host, now_ms);
    if (result == DAQS_OK && !agent_conns_adopt(b->given.conns, id, &source->connection, host))
        result = DAQS_ENOMEM;
    if (result == DAQS_EBUSY)
        note_claim(b, source, name, now_ms);
    if (result != DAQS_OK) {
        if (daqs_log_allowed(&b->budget, now_ms))
            daqs_log(DAQS_LOG_WARNING, "hello refused: %s", err.text);
        b->given.count->hosts_refused += result == DAQS_ETOOBIG;
        send_bye(b, id, result == DAQS_EBUSY ? WIRE_BYE_HOST_TAKEN : WIRE_BYE_FULL);
        return;
    }
    if (b->given.connections)
        connections_known(b->given.connections, source->connection.fd, now_ms);
    reign_hello(b->given.reign, host, hello->epoch);
    host->stale_controller = hello->stale_controller;
    host->stale_ms = now_ms;
    host->poll_most_ms = fleet_poll_ms(hello->poll_most_ms);
    if (b->given.homes)
        homes_adopt(b->given.homes, host, hello, &adoption, now_ms);
    else
        send_welcome(b, id, host);
    push_decide(b->given.push, host, now_ms);
}

static void handle_report(struct bus *b, struct agent_conn *conn, const struct wire_report *report,
                          int64_t now_ms)
{
    struct fleet_host *host = agent_conn_host(conn);
    int64_t begun_ns = daqs_mono_ns(daqs_clock_system());
    recorder_report(b->given.recorder, host, daqs_wall_ms(daqs_clock_system()));
    if (!fleet_report(host, report->generation, report->sequence, report->limits_sequence,
                      report->reading, report->nics, now_ms)) {
        b->given.count->reports_unfit++;
        if (report->generation != host->generation)
            send_welcome(b, agent_conn_route(conn), host);
        return;
    }
    host->saving = report->saving;
    fleet_report_uplinks(host, report->uplink, report->uplinks, now_ms);
    accounting_note(b->given.accounting, host, report->reading, now_ms);
    push_decide(b->given.push, host, now_ms);
    buckets_add(b->given.took, (daqs_mono_ns(daqs_clock_system()) - begun_ns) / 1000);
}

static void agent_left(struct bus *b, struct agent_conn *conn, uint32_t reason, int64_t now_ms)
{
    const struct fleet_host *host = conn ? agent_conn_host(conn) : NULL;
    agent_conns_close(b->given.conns, conn);
    if (host && b->given.homes)
        homes_left(b->given.homes, host, reason == WIRE_BYE_MOVED, now_ms);
}

void bus_handle(struct bus *b, const struct bus_source *source, const struct wire_message *message,
                int64_t now_ms)
{
    const struct net_route *id = &source->id;
    struct agent_conn *conn = agent_conns_find(b->given.conns, id);
    if (conn && source->key_of && strcmp(agent_conn_host(conn)->name, source->key_of) != 0)
        conn = NULL; /* the connection uses another host's routing ID */
    if (!conn && message->type != WIRE_HELLO && message->type != WIRE_BYE) {
        send_welcome(b, id, NULL);
        return;
    }
    switch (message->type) {
    case WIRE_HELLO:
        handle_hello(b, source, &message->hello, now_ms);
        break;
    case WIRE_REPORT:
        handle_report(b, conn, &message->report, now_ms);
        break;
    case WIRE_APPLIED:
        fleet_applied(agent_conn_host(conn), message->applied.generation, message->applied.nic,
                      message->applied.nics);
        break;
    case WIRE_BYE:
        if (conn && daqs_log_allowed(&b->budget, now_ms))
            daqs_log(DAQS_LOG_INFO, "host %s closed its session", agent_conn_host(conn)->name);
        agent_left(b, conn, message->bye.reason, now_ms);
        break;
    case WIRE_WELCOME:
    case WIRE_LIMITS:
        b->given.count->messages_refused++; /* never sent to controllers */
        break;
    }
}

/* Determines the sender. Returns false if its key does not belong to an agent (any longer). */
static bool read_source(const struct bus *b, zmq_msg_t *body, struct bus_source *source)
{
    source->key_of = NULL;
    if (b->given.config->insecure) {
        (void)snprintf(source->payer, sizeof source->payer, "fd %d", net_sender_fd(body));
        return true;
    }
    const struct principal *sender = auth_sender(b->given.auth, body, true);
    source->key_of = sender ? sender->name : NULL;
    if (sender)
        (void)snprintf(source->payer, sizeof source->payer, "%s", sender->name);
    return sender != NULL;
}

int bus_admit(struct bus *b, const struct bus_source *source, bool hello, size_t length,
              int64_t now_ms, struct daqs_error *err)
{
    struct controller_counters *count = b->given.count;
    const char *payer = source->payer;
    const uint32_t per_second = b->given.config->limits.messages;
    switch (agent_budgets_take(b->budgets, payer, per_second, length, hello, now_ms)) {
    case AGENT_WITHIN:
        return DAQS_OK;
    case AGENT_FLOODS:
        count->messages_refused++;
        count->messages_flooding++;
        return daqs_fail(err, DAQS_EREFUSED, "%.100s sends too many messages: it is disconnected",
                         payer);
    case AGENT_COSTLY:
        count->messages_refused++;
        count->messages_costly++;
        return daqs_fail(err, DAQS_EBUSY,
                         "message refused: those of %.100s take too much of the controller's time",
                         payer);
    case AGENT_GREETS:
        count->hellos_put_off++;
        return daqs_fail(err, DAQS_EBUSY,
                         "hello dropped: %.100s sends more than %d of them in a second, or they "
                         "take more than 1/%d of the controller's time",
                         payer, AGENT_HELLOS_PER_SECOND, AGENT_HELLO_TIME_PART);
    }
    return DAQS_OK;
}

static int check_size(struct bus *b, size_t length, struct daqs_error *err)
{
    int result = controller_config_check_size(b->given.config, length, err);
    b->given.count->messages_large += result != DAQS_OK;
    b->given.count->messages_refused += result != DAQS_OK;
    return result;
}

/* Decodes a message into the arena. */
static int decode(struct bus *b, zmq_msg_t *body, struct bus_source *source,
                  struct wire_message *ret, struct daqs_error *err)
{
    daqs_arena_reset(&b->arena);
    int result = wire_decode(zmq_msg_data(body), zmq_msg_size(body), &b->arena, ret, err);
    if (result == DAQS_EVERSION)
        send_bye(b, &source->id, WIRE_BYE_VERSION);
    if (result == DAQS_OK && ret->type == WIRE_HELLO)
        source->connection = connection_of(net_sender_fd(body));
    b->given.count->messages_refused += result != DAQS_OK;
    return result;
}

static void hang_up(zmq_msg_t *body)
{
    const struct connection connection = connection_of(net_sender_fd(body));
    connection_hang_up(&connection);
}

/* Reads and handles one message, and charges its sender for the time. */
static int receive_one(struct bus *b, zmq_msg_t *body, struct bus_source *source, int64_t now_ms,
                       struct daqs_error *err)
{
    const int64_t begun_us = daqs_thread_cpu_us();
    const bool hello = wire_is_hello(zmq_msg_data(body), zmq_msg_size(body));
    struct wire_message message;
    if (!read_source(b, body, source)) {
        b->given.count->messages_refused++;
        return daqs_fail(err, DAQS_EREFUSED, "message refused: its sender is not enrolled");
    }
    int result = bus_admit(b, source, hello, zmq_msg_size(body), now_ms, err);
    if (result == DAQS_EREFUSED)
        hang_up(body);
    if (result == DAQS_OK)
        result = check_size(b, zmq_msg_size(body), err);
    if (result == DAQS_OK)
        result = decode(b, body, source, &message, err);
    if (result == DAQS_OK)
        bus_handle(b, source, &message, now_ms);
    agent_budgets_charge(b->budgets, source->payer, hello && result != DAQS_EBUSY,
                         daqs_thread_cpu_us() - begun_us, now_ms);
    return result;
}

/* Drops the queued messages unread. This is many times as fast as handling them, and agents send
 * all of it again. Without this, a controller that is too slow for its fleet would accumulate
 * reports that are out of date. */
static void drop_queued(struct bus *b, zsock_t *socket, int64_t now_ms)
{
    struct net_route id;
    zmq_msg_t body;
    uint64_t before = b->given.count->messages_dropped;
    for (int i = 0; i < DROPPED_AT_ONCE; i++) {
        int result = net_receive(socket, &id, &body);
        if (result == DAQS_ENOTFOUND)
            break;
        if (result == DAQS_OK)
            zmq_msg_close(&body);
        b->given.count->messages_dropped++;
    }
    if (daqs_log_allowed(&b->budget, now_ms))
        daqs_log(DAQS_LOG_WARNING,
                 "more messages arrive than can be processed: %" PRIu64 " were dropped",
                 b->given.count->messages_dropped - before);
}

void bus_receive(struct bus *b, zsock_t *socket, int64_t now_ms)
{
    const int64_t begun_us = daqs_now_us();
    struct bus_source source;
    zmq_msg_t body;
    for (int i = 0; i < BUS_MESSAGES_AT_ONCE && daqs_now_us() - begun_us < BUS_TURN_US; i++) {
        struct daqs_error err = {0};
        int result = net_receive(socket, &source.id, &body);
        if (result == DAQS_ENOTFOUND) {
            (void)overload_turn(&b->overload, false, now_ms);
            return;
        }
        if (result == DAQS_OK) {
            result = receive_one(b, &body, &source, now_ms, &err);
            zmq_msg_close(&body);
        } else {
            b->given.count->messages_refused++;
            daqs_fail(&err, result, "message refused: it has several parts");
        }
        if (result != DAQS_OK && daqs_log_allowed(&b->budget, now_ms))
            daqs_log(DAQS_LOG_WARNING, "bus: %s", err.text);
    }
    if (overload_turn(&b->overload, true, now_ms))
        drop_queued(b, socket, now_ms);
}
