/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "controllerd/core/policy/accounting.h"
#include "controllerd/io/controller_state.h"
#include "shared/base/cleanup.h"
#include "shared/base/clock.h"
#include "shared/base/version.h"
#include "shared/wire/bus.h"

enum { BUS_MESSAGES_AT_ONCE = 256, DROPPED_AT_ONCE = 1000000 };

struct agent_conn {
    struct net_route id;
    struct fleet_host *host;
    struct connection connection; /* over which its hello arrived */
    UT_hash_handle hh;
};

static struct agent_conn *find_conn(const struct controller *c, const struct net_route *id)
{
    struct agent_conn *conn = NULL;
    HASH_FIND(hh, c->conns, id->id, id->length, conn);
    return conn;
}

/* Forgets the connection without closing it; it may send another hello. */
static void drop_conn(struct controller *c, struct agent_conn *conn)
{
    if (!conn)
        return;
    if (conn->host->conn == conn)
        conn->host->conn = NULL;
    HASH_DEL(c->conns, conn); /* it is in the table: NOLINT(clang-analyzer-core.NullDereference) */
    free(conn);
}

/* Closes the connection and forgets it. If connections were only forgotten, a peer could keep any
 * number of them. */
static void close_conn(struct controller *c, struct agent_conn *conn)
{
    if (conn)
        connection_hang_up(&conn->connection);
    drop_conn(c, conn);
}

/* Makes the connection the host's only one. */
static struct agent_conn *adopt_conn(struct controller *c, const struct net_route *id,
                                     const struct connection *connection, struct fleet_host *host)
{
    struct agent_conn *conn = find_conn(c, id);
    if (conn && conn->host == host) {
        conn->connection = *connection;
        return conn;
    }
    drop_conn(c, conn);
    close_conn(c, host->conn);
    conn = calloc(1, sizeof *conn);
    if (!conn)
        return NULL;
    conn->id = *id;
    conn->host = host;
    conn->connection = *connection;
    host->conn = conn;
    HASH_ADD_KEYPTR(hh, c->conns, conn->id.id, conn->id.length, conn);
    return conn;
}

void bus_done(struct controller *c)
{
    struct agent_conn *conn = NULL;
    struct agent_conn *next = NULL;
    HASH_ITER(hh, c->conns, conn, next)
    {
        drop_conn(c, conn);
    }
}

void bus_hang_up(struct controller *c, struct fleet_host *host)
{
    close_conn(c, host->conn);
}

/* --- sending --- */

static int send_to(struct controller *c, const struct net_route *id,
                   const struct wire_message *message)
{
    uint8_t *bytes DAQS_AUTO_FREE = NULL;
    size_t length = 0;
    int result = wire_encode(message, &bytes, &length);
    return result == DAQS_OK ? net_send(c->bus.socket, id, bytes, length) : result;
}

static void send_welcome(struct controller *c, const struct net_route *id, uint64_t generation)
{
    const struct wire_message message = {
        .type = WIRE_WELCOME,
        .welcome = {.version = DAQS_VERSION,
                    .epoch = c->epoch,
                    .generation = generation,
                    .lease_ms = (uint32_t)c->config->lease_ms},
    };
    (void)send_to(c, id, &message); /* if lost, the next report triggers another welcome */
}

static void send_bye(struct controller *c, const struct net_route *id, enum wire_bye_reason reason)
{
    const struct wire_message message = {.type = WIRE_BYE, .bye = {reason}};
    (void)send_to(c, id, &message); /* best effort: may be lost */
}

static void push(struct controller *c, struct fleet_host *host, int64_t now_ms)
{
    struct agent_conn *conn = host->conn;
    if (host->fenced)
        return; /* a newer controller has this host */
    struct daqs_nic_setting *setting DAQS_AUTO_FREE = calloc(host->nics + 1U, sizeof *setting);
    if (!conn || !setting)
        return;
    uint8_t mode[DAQS_MAX_UPLINKS];
    plan_settings(host, setting);
    plan_modes(host, mode);
    const struct wire_message message = {
        .type = WIRE_LIMITS,
        .limits = {.epoch = c->epoch,
                   .sequence = ++host->push_sequence,
                   .generation = host->generation,
                   .lease_ms = (uint32_t)c->config->lease_ms,
                   .headroom_ppm = c->config->headroom_ppm,
                   .nics = host->nics,
                   .setting = setting,
                   .poll_ms = plan_poll_ms(host),
                   .uplinks = host->uplinks,
                   .mode = mode},
    };
    int result = send_to(c, &conn->id, &message);
    if (result == DAQS_OK) {
        plan_pushed(host, now_ms);
    } else if (result == DAQS_ENOTFOUND) {
        daqs_log(DAQS_LOG_WARNING, "host %s: the connection is gone", host->name);
        close_conn(c, conn);
    } else { /* retried with the next report or renewal */
        c->count.limits_put_off++;
    }
}

void bus_decide(struct controller *c, struct fleet_host *host, int64_t now_ms)
{
    policy_overrides_apply(&c->overrides, c->config->mode, host);
    if (!plan_decide(host, c->config->headroom_ppm, now_ms))
        return; /* the old limits stay in force */
    if (host->push_due)
        push(c, host, now_ms);
}

void bus_slas_changed(struct controller *c, const char *name)
{
    struct fleet_host *host = fleet_find(c->fleet, name);
    if (!host)
        return;
    fleet_refresh_slas(host, c->ledger);
    host->push_due = true;
    bus_decide(c, host, daqs_mono_ms(daqs_clock_system()));
}

void bus_renew(struct controller *c, int64_t now_ms)
{
    for (size_t i = 0; i < fleet_count(c->fleet); i++) {
        struct fleet_host *host = fleet_at(c->fleet, i);
        /* Not before the host's first report: until then the limits in force on its nics are
         * unknown. */
        if (host->conn && host->reported_ms != 0 &&
            now_ms - host->pushed_ms >= c->config->lease_ms / 3)
            push(c, host, now_ms);
    }
}

/* --- receiving --- */

/* The connection that a message came from. */
struct source {
    struct net_route id;
    struct connection connection; /* set for a hello */
    const char *key_of;           /* the host whose key it has; NULL: no keys are needed */
};

static void handle_hello(struct controller *c, const struct source *source,
                         const struct wire_hello *hello, int64_t now_ms)
{
    struct daqs_error err = {0};
    struct fleet_host *host = NULL;
    const struct net_route *id = &source->id;
    const char *name = source->key_of ? source->key_of : hello->host;
    const struct agent_conn *conn = find_conn(c, id);
    if (strcmp(name, hello->host) != 0 && daqs_log_allowed(&c->budget, now_ms))
        daqs_log(DAQS_LOG_WARNING, "host %.100s calls itself %.100s; what its key says counts",
                 name, hello->host);
    if (conn && strcmp(conn->host->name, name) != 0)
        drop_conn(c, find_conn(c, id)); /* the agent changed its name */
    recorder_hello(c->recorder, name);
    int result =
        fleet_hello(c->fleet, c->ledger, name, hello->version, hello->instance, hello->generation,
                    hello->poll_ms, &hello->inventory, now_ms, &host, &err);
    if (result == DAQS_OK && !adopt_conn(c, id, &source->connection, host))
        result = DAQS_ENOMEM;
    if (result != DAQS_OK) {
        if (daqs_log_allowed(&c->budget, now_ms))
            daqs_log(DAQS_LOG_WARNING, "hello refused: %s", err.text);
        c->count.hosts_refused += result == DAQS_ETOOBIG;
        send_bye(c, id, result == DAQS_EBUSY ? WIRE_BYE_HOST_TAKEN : WIRE_BYE_FULL);
        return;
    }
    connections_known(c->bus.connections, source->connection.fd, now_ms);
    host->fenced = hello->epoch > c->epoch;
    host->stale_controller = hello->stale_controller;
    host->poll_most_ms = hello->poll_most_ms;
    oversold_apply(c->oversold, host);
    relocator_hello(c->relocator, host);
    send_welcome(c, id, host->generation);
    bus_decide(c, host, now_ms);
}

static void handle_report(struct controller *c, struct agent_conn *conn,
                          const struct wire_report *report, int64_t now_ms)
{
    struct fleet_host *host = conn->host;
    int64_t begun_ns = daqs_mono_ns(daqs_clock_system());
    recorder_report(c->recorder, host, daqs_wall_ms(daqs_clock_system()));
    if (!fleet_report(host, report->generation, report->sequence, report->limits_sequence,
                      report->reading, report->nics, now_ms)) {
        c->count.reports_unfit++;
        if (report->generation != host->generation)
            send_welcome(c, &conn->id, host->generation);
        return;
    }
    fleet_report_uplinks(host, report->uplink, report->uplinks, now_ms);
    accounting_note(host, now_ms);
    bus_decide(c, host, now_ms);
    buckets_add(&c->took.decide, (daqs_mono_ns(daqs_clock_system()) - begun_ns) / 1000);
}

static void handle(struct controller *c, const struct source *source,
                   const struct wire_message *message, int64_t now_ms)
{
    const struct net_route *id = &source->id;
    struct agent_conn *conn = find_conn(c, id);
    if (conn && source->key_of && strcmp(conn->host->name, source->key_of) != 0)
        conn = NULL; /* the connection uses another host's routing ID */
    if (!conn && message->type != WIRE_HELLO && message->type != WIRE_BYE) {
        send_welcome(c, id, 0); /* requests a hello */
        return;
    }
    switch (message->type) {
    case WIRE_HELLO:
        handle_hello(c, source, &message->hello, now_ms);
        break;
    case WIRE_REPORT:
        handle_report(c, conn, &message->report, now_ms);
        break;
    case WIRE_APPLIED:
        fleet_applied(conn->host, message->applied.generation, message->applied.nic,
                      message->applied.nics);
        break;
    case WIRE_BYE:
        if (conn && daqs_log_allowed(&c->budget, now_ms))
            daqs_log(DAQS_LOG_INFO, "host %s says goodbye", conn->host->name);
        close_conn(c, conn);
        break;
    case WIRE_WELCOME:
    case WIRE_LIMITS:
        c->count.messages_refused++; /* never sent to controllers */
        break;
    }
}

/* Determines the sender. Returns false if its key does not belong to an agent (any longer). */
static bool read_source(const struct controller *c, zmq_msg_t *body, struct source *source)
{
    source->key_of = NULL;
    if (c->config->insecure)
        return true;
    const struct principal *conn = auth_sender(c->auth, body, true);
    source->key_of = conn ? conn->name : NULL;
    return conn != NULL;
}

/* Returns true if the sender is within its limit of messages; otherwise closes its connection. */
static bool in_time(struct controller *c, zmq_msg_t *body, const struct source *source,
                    int64_t now_ms)
{
    char unnamed[32];
    const char *who = source->key_of;
    if (!who) {
        (void)snprintf(unnamed, sizeof unnamed, "fd %d", net_sender_fd(body));
        who = unnamed;
    }
    if (name_limits_take(c->messages, who, c->config->limits.messages, now_ms))
        return true;
    const struct connection connection = connection_of(net_sender_fd(body));
    connection_hang_up(&connection);
    c->count.messages_flooding++;
    return false;
}

/* Decodes a message into the arena. */
static int read_message(struct controller *c, zmq_msg_t *body, struct source *source,
                        int64_t now_ms, struct wire_message *ret, struct daqs_error *err)
{
    int result = listeners_check_size(c, body, err);
    if (result != DAQS_OK)
        return result;
    if (!read_source(c, body, source))
        return daqs_fail(err, DAQS_EREFUSED, "message refused: its sender is not enrolled");
    if (!in_time(c, body, source, now_ms))
        return daqs_fail(err, DAQS_EBUSY, "message refused: %.100s sends too many of them",
                         source->key_of ? source->key_of : "its sender");
    daqs_arena_reset(&c->arena);
    result = wire_decode(zmq_msg_data(body), zmq_msg_size(body), &c->arena, ret, err);
    if (result == DAQS_EVERSION)
        send_bye(c, &source->id, WIRE_BYE_VERSION);
    if (result == DAQS_OK && ret->type == WIRE_HELLO)
        source->connection = connection_of(net_sender_fd(body));
    return result;
}

/* Drops the queued messages unread. This is many times as fast as handling them, and agents send
 * all of it again. Without this, a controller that is too slow for its fleet would accumulate
 * reports that are out of date. */
static void drop_queued(struct controller *c, int64_t now_ms)
{
    struct net_route id;
    zmq_msg_t body;
    uint64_t before = c->count.messages_dropped;
    for (int i = 0; i < DROPPED_AT_ONCE; i++) {
        int result = net_receive(c->bus.socket, &id, &body);
        if (result == DAQS_ENOTFOUND)
            break;
        if (result == DAQS_OK)
            zmq_msg_close(&body);
        c->count.messages_dropped++;
    }
    if (daqs_log_allowed(&c->budget, now_ms))
        daqs_log(DAQS_LOG_WARNING,
                 "more comes in than can be dealt with: %" PRIu64 " messages were dropped",
                 c->count.messages_dropped - before);
}

void bus_receive(struct controller *c, int64_t now_ms)
{
    struct source source;
    zmq_msg_t body;
    int result;
    /* Bounded, so that timers and operators get their turn during a flood of messages. */
    for (int i = 0; i < BUS_MESSAGES_AT_ONCE; i++) {
        result = net_receive(c->bus.socket, &source.id, &body);
        if (result == DAQS_ENOTFOUND) {
            (void)overload_turn(&c->overload, false, now_ms);
            return;
        }
        struct daqs_error err = {0};
        struct wire_message message;
        if (result == DAQS_OK) {
            result = read_message(c, &body, &source, now_ms, &message, &err);
            zmq_msg_close(&body);
        } else {
            daqs_fail(&err, result, "message refused: it has several parts");
        }
        if (result == DAQS_OK) {
            handle(c, &source, &message, now_ms);
            continue;
        }
        c->count.messages_refused++;
        if (daqs_log_allowed(&c->budget, now_ms))
            daqs_log(DAQS_LOG_WARNING, "bus: %s", err.text);
    }
    if (overload_turn(&c->overload, true, now_ms))
        drop_queued(c, now_ms);
}
