/* SPDX-License-Identifier: Apache-2.0 */
#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/core/qga_error.h"
#include "agentd/core/qga_json.h"
#include "agentd/guests/libvirt_pool.h"
#include "agentd/guests/qga.h"
#include "shared/base/cleanup.h"
#include "shared/base/clock.h"

/* The most by which libvirt exceeds the timeout of a call, unless another client blocks it. A
 * longer delay must be noticed within 3 s, during which a guest is assumed to keep sending at its
 * last rate. */
enum { LATE_MS = 500 };

struct libvirt_channel {
    struct qga_channel base;
    struct libvirt_pool *pool;
    char *uuid;
    virDomainPtr domain; /* cached, with a reference to its connection; NULL: not looked up */
};

static void forget_domain(struct libvirt_channel *c)
{
    if (c->domain)
        virDomainFree(c->domain);
    c->domain = NULL;
}

/* Returns the domain, cached: looking it up in libvirtd costs as much as asking the guest. */
static virDomainPtr find_domain(struct libvirt_channel *c, virConnectPtr connection)
{
    if (c->domain && virDomainGetConnect(c->domain) == connection)
        return c->domain;
    forget_domain(c);
    c->domain = virDomainLookupByUUIDString(connection, c->uuid);
    return c->domain;
}

static int agent_failure(struct daqs_error *err)
{
    const virError *error = virGetLastError();
    const char *text = error && error->message ? error->message : "";
    int result = error ? qga_error_of_libvirt(error->domain, error->code, text) : DAQS_EGUEST;
    return libvirt_fail(err, result, "guest agent");
}

static int call_on(virConnectPtr connection, struct libvirt_channel *c, const char *command,
                   int timeout_s, char **ret_reply, struct daqs_error *err)
{
    virDomainPtr domain = find_domain(c, connection);
    if (!domain)
        return libvirt_fail(err, DAQS_EIO, "no such domain");
    char *reply DAQS_AUTO_FREE = virDomainQemuAgentCommand(domain, command, timeout_s, 0);
    if (!reply)
        return agent_failure(err);
    if (strlen(reply) > QGA_REPLY_MAX)
        return daqs_fail(err, DAQS_ETOOBIG, "the guest agent's reply is larger than %d bytes",
                         QGA_REPLY_MAX);
    *ret_reply = DAQS_TAKE(reply);
    return DAQS_OK;
}

static int call(struct libvirt_channel *c, const char *command, int timeout_s, char **ret_reply,
                struct daqs_error *err)
{
    virConnectPtr liked = c->domain ? virDomainGetConnect(c->domain) : NULL;
    virConnectPtr connection = libvirt_pool_acquire(c->pool, liked, err);
    if (!connection)
        return DAQS_EIO;
    int result = call_on(connection, c, command, timeout_s, ret_reply, err);
    if (result == DAQS_EIO)
        forget_domain(c); /* the domain or its connection may have been replaced */
    libvirt_pool_release(c->pool, connection);
    return result;
}

static int libvirt_call(struct qga_channel *base, const char *command, int timeout_ms,
                        char **ret_reply, struct daqs_error *err)
{
    struct libvirt_channel *c = (struct libvirt_channel *)base;
    atomic_store(&base->late_ms, daqs_mono_ms(daqs_clock_system()) + timeout_ms + LATE_MS);
    int result = call(c, command, (timeout_ms + 999) / 1000, ret_reply, err);
    atomic_store(&base->late_ms, 0);
    return result;
}

static void libvirt_free(struct qga_channel *base)
{
    struct libvirt_channel *c = (struct libvirt_channel *)base;
    forget_domain(c);
    free(c->uuid);
    free(c);
}

struct qga_channel *qga_libvirt_new(struct libvirt_pool *pool, const char *uuid)
{
    struct libvirt_channel *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->base = (struct qga_channel){.call = libvirt_call, .free = libvirt_free};
    c->pool = pool;
    c->uuid = strdup(uuid);
    if (!c->uuid) {
        free(c);
        return NULL;
    }
    return &c->base;
}
