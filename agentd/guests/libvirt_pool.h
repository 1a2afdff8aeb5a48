/* libvirt_pool - a few connections to one libvirtd, shared by the pool threads.
 *
 * libvirtd serves five requests of a connection at once and lets the sixth wait, so requests to
 * guests that hang are spread; a connection that broke is opened again when next needed. */
#ifndef DAQS_AGENTD_GUESTS_LIBVIRT_POOL_H
#define DAQS_AGENTD_GUESTS_LIBVIRT_POOL_H

#include <libvirt/libvirt.h>

#include "shared/base/error.h"

struct libvirt_pool;

/* Opens nothing yet. NULL if out of memory. */
struct libvirt_pool *libvirt_pool_new(const char *uri);
void libvirt_pool_free(struct libvirt_pool *pool);

/* A connection with few requests on it, with a reference that the caller gives back with
 * libvirt_pool_release: 'liked', which may be NULL, if that is one. NULL with a text if there is
 * none to be had. Thread-safe. */
virConnectPtr libvirt_pool_acquire(struct libvirt_pool *pool, virConnectPtr liked,
                                   struct daqs_error *err);
void libvirt_pool_release(struct libvirt_pool *pool, virConnectPtr connection);

/* Fills err with libvirt's last error of this thread, in our code 'code'. */
int libvirt_fail(struct daqs_error *err, int code, const char *what);

/* The same of a connection that could not be opened; if it was not allowed, with the mend. */
int libvirt_cannot_connect(struct daqs_error *err);

/* Once per process, before any connection: libvirt's event loop in a thread of its own,
 * and its errors not printed to stderr. */
int libvirt_start(struct daqs_error *err);

#endif
