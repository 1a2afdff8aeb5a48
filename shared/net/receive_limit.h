/* SPDX-License-Identifier: Apache-2.0 */
/* receive_limit - bounds the bytes that one connection has sent and the owner of its socket has not
 * read yet: messages that wait, and the parts of one that never ends.
 *
 * libzmq 4.3.4 reads from a connection for as long as its queue has room, cannot bound that queue
 * in bytes, and does not show a message of many parts before its last one. Therefore this module
 * defines recv for the whole program, libzmq included. On a connection over its bound, recv returns
 * 0, as if the peer had disconnected. It counts only connections that are watched, and may be
 * called from any thread. */
#ifndef DAQS_NET_RECEIVE_LIMIT_H
#define DAQS_NET_RECEIVE_LIMIT_H

#include <stddef.h>
#include <stdint.h>

#include "shared/wire/bus.h"

/* Twice the largest frame that libzmq accepts, and many seconds of an agent's reports. */
#define RECEIVE_UNREAD_MOST (8 * WIRE_MESSAGE_MAX)

/* What encryption and framing add to a message, at most, in bytes: 42. */
#define RECEIVE_FRAME_BYTES 64

/* Counts from now on what comes over the socket with this descriptor and inode. */
void receive_limit_watch(int fd, uint64_t inode);

/* Records that a message, or a part of one, has been read. */
void receive_limit_read(int fd, size_t bytes);

/* Returns the number of connections that were ended at their bound. */
uint64_t receive_limit_ended(void);

#endif
