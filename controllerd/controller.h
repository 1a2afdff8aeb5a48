/* SPDX-License-Identifier: Apache-2.0 */
/* controller - the loop of daqs-controllerd: receives reports, pushes limits, serves operators. */
#ifndef DAQS_CONTROLLERD_CONTROLLER_H
#define DAQS_CONTROLLERD_CONTROLLER_H

#include "controllerd/config/controller_config.h"

/* Runs until SIGTERM or SIGINT. SIGHUP reads 'path' again and applies the policy, the lease and
 * history settings. Returns DAQS_OK after a clean stop. */
int controller_run(struct controller_config *config, const char *path, struct daqs_error *err);

/* Moves all records into the shared database of the configuration, or out of it again; prints what
 * was moved. The controller must not be running. */
int controller_move_records(const struct controller_config *config, bool out,
                            struct daqs_error *err);

#endif
