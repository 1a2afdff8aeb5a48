/* SPDX-License-Identifier: Apache-2.0 */
/* agent_config - loads agentd.conf. */
#ifndef DAQS_AGENTD_AGENT_CONFIG_H
#define DAQS_AGENTD_AGENT_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agentd/core/uplinks.h"
#include "shared/base/error.h"
#include "shared/base/model.h"

#define AGENT_CONTROLLERS_MAX 8

enum agent_source { AGENT_SOURCE_LIBVIRT, AGENT_SOURCE_SOCKETS };

struct agent_config {
    char *host;
    char *controller[AGENT_CONTROLLERS_MAX];
    char *key_of[AGENT_CONTROLLERS_MAX]; /* of each, like controller_key; NULL: that one */
    size_t controllers;
    int64_t poll_ms;      /* 10 to 60000 */
    int64_t poll_most_ms; /* while the host is idle; poll_ms to 60000 */
    char *state_dir;
    bool release_on_stop;
    bool insecure;
    char *key;            /* the path of this host's secret key */
    char *controller_key; /* the controllers' public key, or the path of a file that contains it */
    enum agent_source source;
    char *uri;
    char *socket_glob;
    char *vm_configs;                       /* the folder of Proxmox VE's NAME.conf files */
    char *vm_pools;                         /* Proxmox VE's file with its pools */
    char *metrics;                          /* address to serve metrics at; "": none */
    struct uplink uplink[DAQS_MAX_UPLINKS]; /* a capacity of 0: the speed of the link */
    size_t uplinks;
};

/* Applies the defaults, then the file (NULL: none), then checks that the values fit together. On
 * failure *ret is not written, and agent_config_done is not needed. */
int agent_config_load(const char *path, struct agent_config *ret, struct daqs_error *err);
void agent_config_done(struct agent_config *config);

#endif
