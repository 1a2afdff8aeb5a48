/* SPDX-License-Identifier: Apache-2.0 */
/* config_fit - checks that the settings of controllerd.conf fit together. */
#ifndef DAQS_CONTROLLERD_CONFIG_CONFIG_FIT_H
#define DAQS_CONTROLLERD_CONFIG_CONFIG_FIT_H

#include "controllerd/config/controller_config.h"

/* DAQS_EINVALID: a setting needs another one. DAQS_EREFUSED: they would give access without keys.
 */
int config_fit(const struct controller_config *c, struct daqs_error *err);

#endif
