/* SPDX-License-Identifier: Apache-2.0 */
/* pg_conninfo - the operator's connection string, taken apart: one set of options for each of its
 * servers. Error texts have nothing of the string, which may contain a password. */
#ifndef DAQS_CONTROLLERD_IO_PG_PG_CONNINFO_H
#define DAQS_CONTROLLERD_IO_PG_PG_CONNINFO_H

#include <stddef.h>

#include "shared/base/error.h"

#define PG_SERVERS_MOST 16
#define PG_SERVER_BYTES 64
#define PG_OPTIONS_MOST 64

struct pg_conninfo; /* opaque */

/* Takes a string apart and adds options that it does not name (see pg_client_new). Returns NULL,
 * with DAQS_EINVALID or DAQS_ENOMEM. */
struct pg_conninfo *pg_conninfo_new(const char *conninfo, const char *application,
                                    struct daqs_error *err);
void pg_conninfo_free(struct pg_conninfo *info);

/* Returns the number of servers: at least 1. */
size_t pg_conninfo_servers(const struct pg_conninfo *info);

/* Fills the options of a server as PQconnectStartParams wants them, ended by NULL. They are valid
 * until the next call and while 'info' is. */
struct pg_options {
    const char *keyword[PG_OPTIONS_MOST + 1];
    const char *value[PG_OPTIONS_MOST + 1];
};
void pg_conninfo_options(struct pg_conninfo *info, size_t server, struct pg_options *ret);

/* Writes "HOST:PORT" of a server for people. Returns buf. */
const char *pg_conninfo_server(const struct pg_conninfo *info, size_t server,
                               char buf[static PG_SERVER_BYTES]);

#endif
