/* SPDX-License-Identifier: Apache-2.0 */
/* config_fit - completes the settings of controllerd.conf, and checks that they fit together. */
#ifndef DAQS_CONTROLLERD_CONFIG_CONFIG_FIT_H
#define DAQS_CONTROLLERD_CONFIG_CONFIG_FIT_H

#include "controllerd/config/controller_config.h"

/* Sets what follows from other settings unless it is given. DAQS_ENOMEM. */
int config_complete(struct controller_config *c, struct daqs_error *err);

/* DAQS_EINVALID: a setting needs another one. DAQS_EREFUSED: they would give access without keys.
 */
int config_fit(const struct controller_config *c, struct daqs_error *err);

#endif
