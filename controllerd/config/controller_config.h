/* SPDX-License-Identifier: Apache-2.0 */
/* controller_config - controllerd.conf. */
#ifndef DAQS_CONTROLLERD_CONFIG_CONTROLLER_CONFIG_H
#define DAQS_CONTROLLERD_CONFIG_CONTROLLER_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "controllerd/config/controller_keys.h"
#include "controllerd/core/diagnosis/event.h"
#include "controllerd/io/store/history.h"
#include "shared/base/error.h"
#include "shared/policy/policy.h"

struct controller_limits {
#define X(name, least, most, usual, meaning) uint32_t name;
    CONTROLLER_LIMITS(X)
#undef X
};

/* This controller as a member of a group. */
struct controller_group {
    char *name; /* "": it is in no group; the rest is then not used, except as noted */
    char *advertise;
    char *peer;        /* endpoint where the other members reach it; "": none */
    char *peer_listen; /* where it listens for them; "": nowhere */
    uint32_t weight;   /* 0 to 1000 */
    int64_t lost_after_ms;
    int64_t settle_ms;
    uint32_t move_rate; /* hosts a second */
    int64_t stale_ms;   /* also of a controller with 'ledger' that is in no group */
};

struct controller_config {
    char *bus;
    char *admin;
    char *admin_remote; /* like 'admin', for clients with keys; "": none */
    char *http;         /* address to serve it at; "": not served */
    char *http_hosts;   /* names it is served under besides those of loopback; comma separated */
    char *database;
    char *ledger;          /* connection string of libpq, may have a password; "": none */
    bool quorum;           /* refuse changes that one server alone would keep */
    char *key;             /* path of the controller's secret key */
    uint32_t metrics_nics; /* above this number of nics there are no per-nic metrics */
    bool insecure;
    int64_t forget_ms; /* hosts that have been away this long are forgotten */
    enum policy_mode mode;
    uint32_t headroom_ppm;
    int64_t lease_ms;       /* 300 to 600000 */
    int64_t resolution_ms;  /* of history: 1000 to 60000, divides a minute */
    struct store_keep keep; /* how long history is kept, by level */
    struct store_events_keep keep_events;
    char *alerts_exec;      /* absolute path of a program; "": none */
    char *alerts_webhook;   /* URL of http or https, may have a password; "": none */
    int64_t alerts_hold_ms; /* 0 to an hour */
    enum event_level alerts_level;
    struct controller_group group;
    struct controller_limits limits;
};

/* Sets the defaults, reads the file, and checks that the settings fit together. On failure the
 * config is empty and needs no done. */
int controller_config_load(const char *path, struct controller_config *ret, struct daqs_error *err);
/* Checks that what the configuration refers to exists. DAQS_EINVALID with an error text if not. */
int controller_config_check(const struct controller_config *config, struct daqs_error *err);
void controller_config_done(struct controller_config *config);

/* Loads the file again, and takes from it what can change at run time: the policy, the lease and
 * history. On failure the config is as before. */
int controller_config_reload(struct controller_config *config, const char *path,
                             struct daqs_error *err);

/* Returns true if it is in a group, and the other members can reach it. */
bool controller_config_has_peer(const struct controller_config *config);

/* DAQS_ETOOBIG with an error text if a message of this size is larger than configured. */
int controller_config_check_size(const struct controller_config *config, size_t bytes,
                                 struct daqs_error *err);

#endif
