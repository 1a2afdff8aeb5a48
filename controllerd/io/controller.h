/* controller - the loop of daqs-controllerd: reports in, limits out, operators served. */
#ifndef DAQS_CONTROLLERD_IO_CONTROLLER_H
#define DAQS_CONTROLLERD_IO_CONTROLLER_H

#include "controllerd/io/controller_config.h"

/* Runs until SIGTERM or SIGINT; SIGHUP reads 'path' again and takes over the policy. DAQS_OK
 * after a clean stop. */
int controller_run(struct controller_config *config, const char *path, struct daqs_error *err);

#endif
