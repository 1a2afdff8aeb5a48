/* controller_config - controllerd.conf. */
#ifndef DAQS_CONTROLLERD_IO_CONTROLLER_CONFIG_H
#define DAQS_CONTROLLERD_IO_CONTROLLER_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "controllerd/core/event.h"
#include "controllerd/core/policy.h"
#include "controllerd/io/store.h"
#include "shared/base/error.h"

struct controller_config {
    char *bus;
    char *admin;
    char *admin_remote; /* the same for those with keys; "": none */
    char *database;
    char *key; /* the path of the controller's secret key */
    bool insecure;
    int64_t forget_ms; /* hosts that have been away for so long */
    enum policy_mode mode;
    uint32_t headroom_ppm;
    int64_t lease_ms;       /* 300 to 600000 */
    int64_t resolution_ms;  /* of history: 1000 to 60000, a part of a minute */
    struct store_keep keep; /* how long history is kept, level by level */
    char *alerts_exec;      /* the whole path of a program; "": none */
    enum event_level alerts_level;
};

/* Defaults, then the file, then what must fit together. On failure the config is empty and
 * needs no done. */
int controller_config_load(const char *path, struct controller_config *ret, struct daqs_error *err);
/* Looks for what the configuration names. DAQS_EINVALID with a text if it is not there. */
int controller_config_check(const struct controller_config *config, struct daqs_error *err);
void controller_config_done(struct controller_config *config);

#endif
