/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/config/controller_config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/config/config_fit.h"
#include "controllerd/core/group/placement.h"
#include "controllerd/io/events/alerts.h"
#include "controllerd/io/events/http_post.h"
#include "controllerd/io/pg/pg_client.h"
#include "shared/base/duration.h"
#include "shared/base/name.h"
#include "shared/base/size.h"
#include "shared/http/http_address.h"
#include "shared/net/config.h"
#include "shared/net/socket.h"

enum { LEASE_MIN_MS = 300, LEASE_MAX_MS = 600000, HEADROOM_MAX_PPM = 500000 };
#define MINUTE_MS (60 * INT64_C(1000))
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define LOST_MIN_MS (3 * INT64_C(1000))
#define METRICS_NICS_MAX 1000000U
#define KEEP_MAX_MS (36525 * DAY_MS)
#define EVENTS_SIZE_MIN INT64_C(1000000)
/* A copy's age is stored every 10 s. */
#define STALE_MIN_MS (30 * INT64_C(1000))
#define STALE_MAX_MS (30 * DAY_MS)
#define HOLD_MAX_MS HOUR_MS
#define FORGET_MIN_MS (10 * INT64_C(1000))

static int set_endpoint(char **ret, const char *value, struct daqs_error *err)
{
    if (!net_endpoint_ok(value))
        return daqs_fail(err, DAQS_EINVALID,
                         "'%.80s' is not an endpoint; write it like tcp://*:7420 or ipc:///PATH",
                         value);
    return config_replace_text(ret, value, err);
}

static int set_bus(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    return set_endpoint(&((struct controller_config *)target)->bus, value, err);
}

static int set_admin(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    return set_endpoint(&((struct controller_config *)target)->admin, value, err);
}

static int set_admin_remote(void *target, const char *arg, const char *value,
                            struct daqs_error *err)
{
    struct controller_config *c = target;
    (void)arg;
    return *value ? set_endpoint(&c->admin_remote, value, err)
                  : config_replace_text(&c->admin_remote, value, err);
}

static int set_http(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    return http_address_configure(value, &((struct controller_config *)target)->http, err);
}

static int set_http_hosts(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    if (strpbrk(value, "/:*\""))
        return daqs_fail(err, DAQS_EINVALID,
                         "'%.80s' is not a list of names; write it like daqs.example.com, daqs",
                         value);
    return config_replace_text(&((struct controller_config *)target)->http_hosts, value, err);
}

static int set_metrics_nics(void *target, const char *arg, const char *value,
                            struct daqs_error *err)
{
    (void)arg;
    return config_parse_count(value, 0, METRICS_NICS_MAX,
                              &((struct controller_config *)target)->metrics_nics, err);
}

static int set_key(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    if (*value != '/')
        return daqs_fail(err, DAQS_EINVALID, "'%.80s' is not the absolute path of a file", value);
    return config_replace_text(&((struct controller_config *)target)->key, value, err);
}

static int set_database(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    if (*value != '/') /* SQLite treats "" and ":memory:" as temporary databases */
        return daqs_fail(err, DAQS_EINVALID, "'%.80s' is not the absolute path of a file", value);
    return config_replace_text(&((struct controller_config *)target)->database, value, err);
}

/* The error texts do not have the value, which may have a password. */
static int set_ledger(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    if (*value && pg_conninfo_check(value, err) != DAQS_OK)
        return err->code;
    return config_replace_text(&((struct controller_config *)target)->ledger, value, err);
}

static int set_durable(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    struct controller_config *c = target;
    (void)arg;
    c->quorum = strcmp(value, "quorum") == 0;
    if (!c->quorum && strcmp(value, "warn") != 0)
        return daqs_fail(err, DAQS_EINVALID, "'%.40s' is not warn or quorum", value);
    return DAQS_OK;
}

static int set_insecure(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    return config_parse_bool(value, &((struct controller_config *)target)->insecure, err);
}

static int set_span(const char *value, int64_t least_ms, int64_t most_ms, int64_t *ret,
                    struct daqs_error *err)
{
    int64_t ms;
    int result = daqs_duration_parse(value, &ms, err);
    if (result != DAQS_OK)
        return result;
    if (ms < least_ms || ms > most_ms)
        return daqs_fail(err, DAQS_ERANGE, "'%.40s' is too %s", value,
                         ms < least_ms ? "short" : "long");
    *ret = ms;
    return DAQS_OK;
}

static int set_name(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    if (strlen(value) > DAQS_MEMBER_MAX)
        return daqs_fail(err, DAQS_ERANGE, "'%.80s' is longer than %d bytes", value,
                         DAQS_MEMBER_MAX);
    if (*value && daqs_name_check("name", value, strlen(value), err) != DAQS_OK)
        return err->code;
    return config_replace_text(&((struct controller_config *)target)->group.name, value, err);
}

static int set_advertise(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    struct controller_config *c = target;
    (void)arg;
    if (*value && (strlen(value) > DAQS_ENDPOINT_MAX || !net_endpoint_reachable(value)))
        return daqs_fail(err, DAQS_EINVALID,
                         "'%.80s' is not an endpoint that agents can reach; write it like "
                         "tcp://c1.example.org:7420",
                         value);
    return config_replace_text(&c->group.advertise, value, err);
}

static int set_peer(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    struct controller_config *c = target;
    (void)arg;
    if (*value && (strlen(value) > DAQS_ENDPOINT_MAX || !net_endpoint_reachable(value)))
        return daqs_fail(err, DAQS_EINVALID,
                         "'%.80s' is not an endpoint that other members can reach; write it like "
                         "tcp://c1.example.org:7422",
                         value);
    return config_replace_text(&c->group.peer, value, err);
}

static int set_peer_listen(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    struct controller_config *c = target;
    (void)arg;
    if (!net_endpoint_ok(value))
        return daqs_fail(err, DAQS_EINVALID, "'%.80s' is not an endpoint such as tcp://*:7422",
                         value);
    return config_replace_text(&c->group.peer_listen, value, err);
}

static int set_weight(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    return config_parse_count(value, 0, PLACEMENT_WEIGHT_MAX,
                              &((struct controller_config *)target)->group.weight, err);
}

static int set_lost_after(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    return set_span(value, LOST_MIN_MS, HOUR_MS,
                    &((struct controller_config *)target)->group.lost_after_ms, err);
}

static int set_settle(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    return set_span(value, 1000, HOUR_MS, &((struct controller_config *)target)->group.settle_ms,
                    err);
}

static int set_move_rate(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    return config_parse_count(value, 1, 10000,
                              &((struct controller_config *)target)->group.move_rate, err);
}

static int set_stale_after(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    return set_span(value, STALE_MIN_MS, STALE_MAX_MS,
                    &((struct controller_config *)target)->group.stale_ms, err);
}

static int set_mode(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    struct controller_config *c = target;
    (void)arg;
    if (!policy_mode_parse(value, &c->mode))
        return daqs_fail(err, DAQS_EINVALID, "unknown mode '%.40s'; use one of " POLICY_MODE_NAMES,
                         value);
    return DAQS_OK;
}

static int set_headroom(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    struct controller_config *c = target;
    (void)arg;
    return config_parse_percent(value, HEADROOM_MAX_PPM, &c->headroom_ppm, err);
}

static int set_lease(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    return set_span(value, LEASE_MIN_MS, LEASE_MAX_MS,
                    &((struct controller_config *)target)->lease_ms, err);
}

static int set_resolution(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    int64_t ms = 0;
    (void)arg;
    int result = set_span(value, 1000, MINUTE_MS, &ms, err);
    if (result == DAQS_OK && (ms % 1000 != 0 || MINUTE_MS % ms != 0))
        result =
            daqs_fail(err, DAQS_ERANGE, "a minute cannot be divided into parts of '%.40s'", value);
    if (result == DAQS_OK)
        ((struct controller_config *)target)->resolution_ms = ms;
    return result;
}

static int set_forget_hosts(void *target, const char *arg, const char *value,
                            struct daqs_error *err)
{
    (void)arg;
    return set_span(value, FORGET_MIN_MS, KEEP_MAX_MS,
                    &((struct controller_config *)target)->forget_ms, err);
}

static int set_keep_level(void *target, int level, const char *value, struct daqs_error *err)
{
    return set_span(value, MINUTE_MS, KEEP_MAX_MS,
                    &((struct controller_config *)target)->keep.ms[level], err);
}

static int set_keep(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    return set_keep_level(target, 0, value, err);
}

static int set_keep_minutes(void *target, const char *arg, const char *value,
                            struct daqs_error *err)
{
    (void)arg;
    return set_keep_level(target, 1, value, err);
}

static int set_keep_hours(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    return set_keep_level(target, 2, value, err);
}

static int set_keep_events(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    return set_span(value, MINUTE_MS, KEEP_MAX_MS,
                    &((struct controller_config *)target)->keep_events.ms, err);
}

static int set_events_size(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    int64_t bytes = 0;
    (void)arg;
    int result = daqs_size_parse(value, &bytes, err);
    if (result != DAQS_OK)
        return result;
    if (bytes < EVENTS_SIZE_MIN)
        return daqs_fail(err, DAQS_ERANGE, "'%.40s' is too small; the least is 1MB", value);
    ((struct controller_config *)target)->keep_events.bytes = bytes;
    return DAQS_OK;
}

static int set_exec(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    if (*value && *value != '/')
        return daqs_fail(err, DAQS_EINVALID, "'%.80s' is not the absolute path of a program",
                         value);
    return config_replace_text(&((struct controller_config *)target)->alerts_exec, value, err);
}

/* The error texts do not have the value, which may have a password. */
static int set_webhook(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    if (*value && http_post_check(value, err) != DAQS_OK)
        return err->code;
    return config_replace_text(&((struct controller_config *)target)->alerts_webhook, value, err);
}

static int set_hold(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    (void)arg;
    return set_span(value, 0, HOLD_MAX_MS, &((struct controller_config *)target)->alerts_hold_ms,
                    err);
}

static int set_level(void *target, const char *arg, const char *value, struct daqs_error *err)
{
    struct controller_config *c = target;
    (void)arg;
    if (!event_level_parse(value, &c->alerts_level))
        return daqs_fail(err, DAQS_EINVALID, "unknown level '%.40s'; use warning or info", value);
    return DAQS_OK;
}

#define X(name, least, most, usual, meaning)                                                       \
    static int set_limit_##name(void *target, const char *arg, const char *value,                  \
                                struct daqs_error *err)                                            \
    {                                                                                              \
        (void)arg;                                                                                 \
        return config_parse_count(value, least, most,                                              \
                                  &((struct controller_config *)target)->limits.name, err);        \
    }
CONTROLLER_LIMITS(X)
#undef X

static const struct config_key keys[] = {
#define X(section, name, list, usual, sample, meaning) {#section, #name, set_##name, list, usual},
    CONTROLLER_KEYS(X)
#undef X
#define X(name, least, most, usual, meaning) {"limits", #name, set_limit_##name, false, usual},
        CONTROLLER_LIMITS(X)
#undef X
};
enum { KEYS = sizeof keys / sizeof keys[0] };

int controller_config_load(const char *path, struct controller_config *ret, struct daqs_error *err)
{
    struct controller_config config = {0};
    int result = config_set_defaults(keys, KEYS, &config, err);
    if (result == DAQS_OK)
        result = config_load(path, keys, KEYS, &config, err);
    if (result == DAQS_OK)
        result = config_complete(&config, err);
    if (result == DAQS_OK)
        result = config_fit(&config, err);
    if (result != DAQS_OK) {
        controller_config_done(&config);
        return result;
    }
    /* Coarser history replaces finer history, so it is kept at least as long. */
    for (int level = 1; level < ROLLUP_LEVELS; level++)
        if (config.keep.ms[level] < config.keep.ms[level - 1])
            config.keep.ms[level] = config.keep.ms[level - 1];
    *ret = config;
    return DAQS_OK;
}

int controller_config_check(const struct controller_config *config, struct daqs_error *err)
{
    if (*config->alerts_exec && alerts_check_program(config->alerts_exec, err) != DAQS_OK)
        return daqs_wrap(err, "[alerts] exec");
    return DAQS_OK;
}

void controller_config_done(struct controller_config *config)
{
    free(config->bus);
    free(config->admin);
    free(config->admin_remote);
    free(config->http);
    free(config->http_hosts);
    free(config->key);
    free(config->ledger);
    free(config->database);
    free(config->group.name);
    free(config->group.advertise);
    free(config->group.peer);
    free(config->group.peer_listen);
    free(config->alerts_exec);
    free(config->alerts_webhook);
    *config = (struct controller_config){0};
}

int controller_config_reload(struct controller_config *config, const char *path,
                             struct daqs_error *err)
{
    struct controller_config fresh;
    int result = controller_config_load(path, &fresh, err);
    if (result != DAQS_OK)
        return result;
    config->mode = fresh.mode;
    config->headroom_ppm = fresh.headroom_ppm;
    config->lease_ms = fresh.lease_ms;
    config->resolution_ms = fresh.resolution_ms;
    config->keep = fresh.keep;
    config->keep_events = fresh.keep_events;
    controller_config_done(&fresh);
    return DAQS_OK;
}

int controller_config_check_size(const struct controller_config *config, size_t bytes,
                                 struct daqs_error *err)
{
    return bytes <= config->limits.message_size
               ? DAQS_OK
               : daqs_fail(err, DAQS_ETOOBIG, "message refused: it has %zu bytes", bytes);
}

bool controller_config_has_peer(const struct controller_config *config)
{
    const struct controller_group *group = &config->group;
    return group->name && *group->name && group->peer_listen && *group->peer_listen;
}
