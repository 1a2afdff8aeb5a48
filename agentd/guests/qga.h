/* qga - a guest agent to talk to, whatever the way there. */
#ifndef DAQS_AGENTD_GUESTS_QGA_H
#define DAQS_AGENTD_GUESTS_QGA_H

#include <stdint.h>

#include "shared/base/error.h"

/* One guest's. Used by one thread at a time. */
struct qga_channel {
    /* Sends one JSON command and waits for its reply, at most about timeout_ms. The reply is
     * malloc'd, the caller's, NUL-terminated and at most QGA_REPLY_MAX bytes.
     * DAQS_ETIMEOUT: no answer; DAQS_EIO: no way to the agent; DAQS_EBUSY: another client holds it,
     * which may take much longer than timeout_ms to find out. */
    int (*call)(struct qga_channel *channel, const char *command, int timeout_ms, char **ret_reply,
                struct daqs_error *err);
    void (*free)(struct qga_channel *channel);
    /* Monotonic: the call under way was to be back by then; 0: there is none, or none that may take
     * longer than it was given. For any thread. */
    _Atomic int64_t late_ms;

    /* What follows lets one thread wait for many guests; all NULL where there is no such way. */

    /* Sends a command and waits for nothing. DAQS_EBUSY: that cannot be done now; 'call' can. */
    int (*post)(struct qga_channel *channel, const char *command);
    /* Readable when there is something to collect. */
    int (*fd)(const struct qga_channel *channel);
    /* The reply to what was posted, as from 'call'. DAQS_EBUSY: it is not all there yet. DAQS_EIO:
     * the agent hung up, or makes more work than a thread for all should have: 'call' it. */
    int (*collect)(struct qga_channel *channel, char **ret_reply, struct daqs_error *err);
    /* The reply to what was posted is not waited for any longer. */
    void (*abandon)(struct qga_channel *channel);
};

/* QEMU's UNIX socket of a guest agent port, or qemu-ga -m unix-listen. NULL if out of memory.
 * It connects when first used and stays connected: such sockets serve one client at a time,
 * and qemu-ga answers 100 ms late after every reconnect of a virtio port. */
struct qga_channel *qga_socket_new(const char *path);

struct libvirt_pool;

/* Through libvirtd. The pool must outlive the channel. */
struct qga_channel *qga_libvirt_new(struct libvirt_pool *pool, const char *uuid);

static inline void qga_channel_free(struct qga_channel *channel)
{
    if (channel)
        channel->free(channel);
}

#endif
