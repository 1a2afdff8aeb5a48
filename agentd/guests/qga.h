/* SPDX-License-Identifier: Apache-2.0 */
/* qga - a channel to a guest agent, independent of the transport. */
#ifndef DAQS_AGENTD_GUESTS_QGA_H
#define DAQS_AGENTD_GUESTS_QGA_H

#include <stdint.h>

#include "shared/base/error.h"

/* A channel to one guest's agent. Used by one thread at a time. */
struct qga_channel {
    /* Sends one JSON command and waits for the reply, about timeout_ms at most. The reply is
     * malloc'd, NUL-terminated, at most QGA_REPLY_MAX bytes long, and to be freed by the caller.
     * DAQS_ETIMEOUT: no answer. DAQS_EIO: the agent cannot be reached. DAQS_EBUSY: another client
     * holds the agent; finding this out may take much longer than timeout_ms. */
    int (*call)(struct qga_channel *channel, const char *command, int timeout_ms, char **ret_reply,
                struct daqs_error *err);
    void (*free)(struct qga_channel *channel);
    /* Monotonic, when the running call should have returned; 0: no call is running, or its timeout
     * is reliable. May be read by any thread. */
    _Atomic int64_t late_ms;

    /* The following functions let one thread wait for many guests. All are NULL if the transport
     * cannot do that. */

    /* Sends a command without waiting. DAQS_EBUSY: not possible now; use 'call'. */
    int (*post)(struct qga_channel *channel, const char *command);
    /* Returns a descriptor that is readable when there is something to collect. */
    int (*fd)(const struct qga_channel *channel);
    /* Returns the reply to the posted command, as 'call' does. DAQS_EBUSY: it is not complete yet.
     * DAQS_EIO: the agent closed the connection, or the reply takes more work than a shared thread
     * should do; use 'call'. */
    int (*collect)(struct qga_channel *channel, char **ret_reply, struct daqs_error *err);
    /* Stops waiting for the reply to the posted command. */
    void (*abandon)(struct qga_channel *channel);
};

/* A channel through QEMU's UNIX socket of a guest agent port, or that of qemu-ga -m unix-listen.
 * Connects at the first use and stays connected: such sockets serve one client at a time, and
 * qemu-ga answers 100 ms late after every reconnect of a virtio port. Returns NULL if out of
 * memory. */
struct qga_channel *qga_socket_new(const char *path);

struct libvirt_pool;

/* A channel through libvirtd. The pool must outlive it. Returns NULL if out of memory. */
struct qga_channel *qga_libvirt_new(struct libvirt_pool *pool, const char *uuid);

static inline void qga_channel_free(struct qga_channel *channel)
{
    if (channel)
        channel->free(channel);
}

#endif
