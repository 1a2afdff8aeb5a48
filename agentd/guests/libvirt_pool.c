/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/guests/libvirt_pool.h"

#include <errno.h>
#include <libvirt/virterror.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/thread.h"

enum {
    CONNECTIONS = 8,
    FEW = 4, /* requests; libvirtd serves one more in parallel (max_client_requests) */
    KEEPALIVE_S = 2,
    KEEPALIVE_COUNT = 3
};

struct libvirt_pool {
    char *uri;
    pthread_mutex_t lock;
    struct {
        virConnectPtr connection; /* NULL: not open */
        unsigned users;
    } slot[CONNECTIONS];
};

static void quiet(void *data, virErrorPtr error)
{
    (void)data;
    (void)error; /* libvirt_fail reports it to the caller */
}

static void *run_events(void *arg)
{
    (void)arg;
    for (;;)
        if (virEventRunDefaultImpl() < 0)
            return NULL;
}

int libvirt_start(struct daqs_error *err)
{
    pthread_t thread;
    virSetErrorFunc(NULL, quiet);
    if (virInitialize() < 0 || virEventRegisterDefaultImpl() < 0)
        return libvirt_fail(err, DAQS_EIO, "cannot start libvirt's client library");
    if (!daqs_thread_start(&thread, run_events, NULL))
        return daqs_fail(err, DAQS_ESYSTEM, "cannot start a thread");
    pthread_detach(thread); /* it runs until the process ends */
    return DAQS_OK;
}

int libvirt_fail(struct daqs_error *err, int code, const char *what)
{
    const char *text = virGetLastErrorMessage();
    return daqs_fail(err, code, "%s: %s", what, text ? text : "unknown error");
}

/* Returns true if access was denied, by the permissions of the socket or by polkit. */
static bool not_allowed(const virError *error)
{
    return error && ((error->code == VIR_ERR_SYSTEM_ERROR && error->int1 == EACCES) ||
                     error->code == VIR_ERR_AUTH_FAILED || error->code == VIR_ERR_AUTH_CANCELLED ||
                     error->code == VIR_ERR_AUTH_UNAVAILABLE);
}

int libvirt_cannot_connect(struct daqs_error *err)
{
    bool forbidden = not_allowed(virGetLastError());
    (void)libvirt_fail(err, DAQS_EIO, "cannot connect to libvirt");
    return forbidden
               ? daqs_fail(err, DAQS_EIO,
                           "cannot connect to libvirt: permission denied; the agent's user must be "
                           "in the group libvirt (SupplementaryGroups=libvirt in its unit)")
               : DAQS_EIO;
}

struct libvirt_pool *libvirt_pool_new(const char *uri)
{
    struct libvirt_pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return NULL;
    pthread_mutex_init(&pool->lock, NULL);
    pool->uri = strdup(uri);
    if (!pool->uri) {
        libvirt_pool_free(pool);
        return NULL;
    }
    return pool;
}

void libvirt_pool_free(struct libvirt_pool *pool)
{
    if (!pool)
        return;
    for (int i = 0; i < CONNECTIONS; i++)
        if (pool->slot[i].connection)
            virConnectClose(pool->slot[i].connection);
    pthread_mutex_destroy(&pool->lock);
    free(pool->uri);
    free(pool);
}

static virConnectPtr open_connection(const char *uri, struct daqs_error *err)
{
    virConnectPtr connection = virConnectOpen(uri);
    if (!connection)
        libvirt_cannot_connect(err);
    else
        (void)virConnectSetKeepAlive(connection, KEEPALIVE_S, KEEPALIVE_COUNT);
    return connection;
}

/* Returns the slot to use. The lock is held. */
static int choose(const struct libvirt_pool *pool, virConnectPtr liked)
{
    int best = 0;
    for (int i = 0; i < CONNECTIONS; i++) {
        if (liked && pool->slot[i].connection == liked && pool->slot[i].users < FEW)
            return i;
        if (pool->slot[i].users < pool->slot[best].users)
            best = i;
    }
    return best;
}

virConnectPtr libvirt_pool_acquire(struct libvirt_pool *pool, virConnectPtr liked,
                                   struct daqs_error *err)
{
    pthread_mutex_lock(&pool->lock);
    int best = choose(pool, liked);
    virConnectPtr old = pool->slot[best].connection;
    if (old && virConnectIsAlive(old) != 1) {
        /* Its users hold references and will get errors. */
        virConnectClose(old);
        pool->slot[best].connection = NULL;
        pool->slot[best].users = 0;
    }
    /* Opening a connection while holding the lock makes other threads wait; they would have to
     * anyway. */
    if (!pool->slot[best].connection)
        pool->slot[best].connection = open_connection(pool->uri, err);
    virConnectPtr connection = pool->slot[best].connection;
    if (connection) {
        virConnectRef(connection);
        pool->slot[best].users++;
    }
    pthread_mutex_unlock(&pool->lock);
    return connection;
}

void libvirt_pool_release(struct libvirt_pool *pool, virConnectPtr connection)
{
    pthread_mutex_lock(&pool->lock);
    for (int i = 0; i < CONNECTIONS; i++)
        if (pool->slot[i].connection == connection && pool->slot[i].users > 0)
            pool->slot[i].users--;
    pthread_mutex_unlock(&pool->lock);
    virConnectClose(connection);
}
