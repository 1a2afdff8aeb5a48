/* SPDX-License-Identifier: Apache-2.0 */
/* controller_servers - makes the modules that answer agents, operators and the web thread. */
#ifndef DAQS_CONTROLLERD_CONTROLLER_SERVERS_H
#define DAQS_CONTROLLERD_CONTROLLER_SERVERS_H

#include "controllerd/controller_modules.h"

/* Where the loop listens for requests of the web thread. */
#define CONTROLLER_WEB_ENDPOINT "inproc://daqs-web"

/* Makes them, once the sockets are open and all else is made. On failure sets err. */
int controller_servers_make(struct controller_modules *m, struct daqs_error *err);

/* Returns what decides which hosts are served here; NULL: there is no group. */
struct homes *controller_homes(const struct controller_modules *m);

#endif
