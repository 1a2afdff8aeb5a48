/* SPDX-License-Identifier: Apache-2.0 */
/* libvirt_pool - a few connections to one libvirtd, shared by the pool threads.
 *
 * libvirtd serves five requests of a connection in parallel and queues the sixth, so requests are
 * spread over several connections in case guests hang. A broken connection is opened again when it
 * is needed next. */
#ifndef DAQS_AGENTD_GUESTS_LIBVIRT_POOL_H
#define DAQS_AGENTD_GUESTS_LIBVIRT_POOL_H

#include <libvirt/libvirt.h>

#include "shared/base/error.h"

struct libvirt_pool;

/* Creates a pool without opening a connection. Returns NULL if out of memory. */
struct libvirt_pool *libvirt_pool_new(const char *uri);
void libvirt_pool_free(struct libvirt_pool *pool);

/* Returns a connection with few requests, and a reference that the caller gives back with
 * libvirt_pool_release. Prefers 'liked' (may be NULL) if it has few. Returns NULL and sets err if
 * no connection can be opened. Thread-safe. */
virConnectPtr libvirt_pool_acquire(struct libvirt_pool *pool, virConnectPtr liked,
                                   struct daqs_error *err);
void libvirt_pool_release(struct libvirt_pool *pool, virConnectPtr connection);

/* Fills err with libvirt's last error of this thread and the DAQS code 'code'; returns 'code'. */
int libvirt_fail(struct daqs_error *err, int code, const char *what);

/* Does the same for a connection that could not be opened, with DAQS_EIO. If access was denied, the
 * text says how to fix that. */
int libvirt_cannot_connect(struct daqs_error *err);

/* Starts libvirt's event loop in a thread and stops libvirt from printing errors to stderr. Call
 * once per process, before opening a connection. */
int libvirt_start(struct daqs_error *err);

#endif
