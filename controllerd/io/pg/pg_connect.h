/* SPDX-License-Identifier: Apache-2.0 */
/* pg_connect - makes a connection: all servers of the connection string are tried at once, and the
 * first one that lets in and is writable (target_session_attrs) wins. */
#ifndef DAQS_CONTROLLERD_IO_PG_PG_CONNECT_H
#define DAQS_CONTROLLERD_IO_PG_PG_CONNECT_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "controllerd/core/pg/pg_error.h"
#include "controllerd/io/pg/pg_conninfo.h"

/* Why no server could be used: "HOST:PORT: reason; HOST:PORT: reason". */
struct pg_refusal {
    enum pg_class class; /* FORBIDDEN, SCHEMA: all of them say so; READ_ONLY: the others do not
                          * answer, or are replicas; UNAVAILABLE, STOPPED */
    char text[256];
};

/* Connects within most_ms for each server, unless stop_fd becomes readable. Returns a connection in
 * non-blocking mode, and the server's number; NULL, and why. Blocks; the resolution of a name may
 * block for longer. */
PGconn *pg_connect(struct pg_conninfo *info, int64_t most_ms, int stop_fd, size_t *ret_server,
                   struct pg_refusal *ret_refusal);

#endif
