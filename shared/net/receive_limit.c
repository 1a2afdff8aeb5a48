/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/net/receive_limit.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* Connections with greater descriptors are not watched. Only pages of the table that are used take
 * memory. */
enum { DESCRIPTORS = 1 << 20 };

struct watched {
    atomic_llong unread; /* bytes */
    atomic_ullong inode; /* 0: not watched */
};

static struct watched table[DESCRIPTORS];
static atomic_uint_fast64_t ended;

void receive_limit_watch(int fd, uint64_t inode)
{
    if (fd < 0 || fd >= DESCRIPTORS)
        return;
    atomic_store(&table[fd].unread, 0);
    atomic_store(&table[fd].inode, inode);
}

void receive_limit_read(int fd, size_t bytes)
{
    if (fd < 0 || fd >= DESCRIPTORS || atomic_load(&table[fd].inode) == 0)
        return;
    long long before = atomic_load(&table[fd].unread);
    long long read = (long long)bytes + RECEIVE_FRAME_BYTES;
    while (!atomic_compare_exchange_weak(&table[fd].unread, &before,
                                         before > read ? before - read : 0))
        continue;
}

uint64_t receive_limit_ended(void)
{
    return atomic_load(&ended);
}

/* The descriptor may belong to another file by now, which is not watched. */
static bool is_still(int fd, uint64_t inode)
{
    struct stat about;
    return fstat(fd, &about) == 0 && about.st_ino == inode;
}

static bool is_over(int fd)
{
    unsigned long long inode = atomic_load(&table[fd].inode);
    if (inode == 0 || atomic_load(&table[fd].unread) <= RECEIVE_UNREAD_MOST)
        return false;
    const bool over = is_still(fd, inode);
    if (over)
        atomic_fetch_add(&ended, 1);
    (void)atomic_compare_exchange_strong(&table[fd].inode, &inode, 0);
    return over;
}

ssize_t recv(int fd, void *buffer, size_t length, int flags);

__attribute__((visibility("default"))) ssize_t recv(int fd, void *buffer, size_t length, int flags)
{
    const bool watched = fd >= 0 && fd < DESCRIPTORS;
    if (watched && is_over(fd))
        return 0;
    ssize_t received = syscall(SYS_recvfrom, fd, buffer, length, flags, NULL, NULL);
    if (watched && received > 0 && atomic_load(&table[fd].inode) != 0)
        atomic_fetch_add(&table[fd].unread, received);
    return received;
}
