/* agent_config - agentd.conf. */
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
    size_t controllers;
    int64_t poll_ms;      /* 10 to 60000 */
    int64_t poll_most_ms; /* while nothing is at stake; poll_ms to 60000 */
    char *state_dir;
    bool release_on_stop;
    bool insecure;
    char *key;            /* the path of this host's secret key */
    char *controller_key; /* the controllers' public key, or the path of a file with it */
    enum agent_source source;
    char *uri;
    char *socket_glob;
    char *vm_configs;                       /* the folder of Proxmox VE's NAME.conf */
    char *metrics;                          /* where they are served; "": nowhere */
    struct uplink uplink[DAQS_MAX_UPLINKS]; /* capacities filled in from the links' speed */
    size_t uplinks;
};

/* Defaults, then the file (NULL: none), then what must fit together. On failure the config
 * is empty and needs no done. */
int agent_config_load(const char *path, struct agent_config *ret, struct daqs_error *err);
void agent_config_done(struct agent_config *config);

#endif
