/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/net/accept_limit.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "shared/net/address_limit.h"

static atomic_int bound = INT_MAX;
static atomic_int bound_local = INT_MAX;
static atomic_uint_fast64_t turned_away;
static atomic_uint_fast64_t too_often;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards limit and paced */
static struct address_limit limit;
static bool paced;

void accept_limit_descriptors(int most, int most_local)
{
    atomic_store(&bound, most);
    atomic_store(&bound_local, most_local);
}

void accept_limit_rate(uint32_t per_second)
{
    uint8_t key[ADDRESS_LIMIT_KEY_BYTES] = {0};
    ssize_t ignored = getrandom(key, sizeof key, 0);
    (void)ignored; /* cannot fail for so small a key */
    pthread_mutex_lock(&lock);
    address_limit_init(&limit, key, per_second);
    paced = true;
    pthread_mutex_unlock(&lock);
}

uint64_t accept_limit_out_of_descriptors(void)
{
    return atomic_load(&turned_away);
}

uint64_t accept_limit_too_often(void)
{
    return atomic_load(&too_often);
}

static bool is_local(int listener)
{
    int domain = 0;
    socklen_t length = sizeof domain;
    return getsockopt(listener, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 && domain == AF_UNIX;
}

/* Returns true if both ends of the connection have the same address. */
static bool is_own(int fd, const struct sockaddr_storage *peer)
{
    struct sockaddr_storage here = {0};
    socklen_t length = sizeof here;
    if (getsockname(fd, (struct sockaddr *)&here, &length) != 0 ||
        here.ss_family != peer->ss_family)
        return false;
    if (peer->ss_family == AF_INET6)
        return memcmp(&((const struct sockaddr_in6 *)peer)->sin6_addr,
                      &((struct sockaddr_in6 *)&here)->sin6_addr, sizeof(struct in6_addr)) == 0;
    return ((const struct sockaddr_in *)peer)->sin_addr.s_addr ==
           ((struct sockaddr_in *)&here)->sin_addr.s_addr;
}

static bool comes_too_often(int fd)
{
    struct sockaddr_storage peer = {0};
    socklen_t length = sizeof peer;
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t now_us = now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
    if (getpeername(fd, (struct sockaddr *)&peer, &length) != 0)
        return false;
    pthread_mutex_lock(&lock);
    bool allowed = !paced || address_limit_take(&limit, &peer, now_us);
    pthread_mutex_unlock(&lock);
    return !allowed && !is_own(fd, &peer);
}

static int turn_away(int fd, atomic_uint_fast64_t *count)
{
    if (fd >= 0)
        close(fd);
    atomic_fetch_add(count, 1);
    errno = ECONNABORTED;
    return -1;
}

/* The kernel assigns the lowest free number, so the number of a new descriptor is a lower bound for
 * how many are open. */
__attribute__((visibility("default"))) int accept4(int listener, struct sockaddr *address,
                                                   socklen_t *length, int flags)
{
    int fd = (int)syscall(SYS_accept4, listener, address, length, flags);
    bool none_left = fd < 0 && (errno == EMFILE || errno == ENFILE);
    if (fd < 0 && !none_left)
        return fd;
    if (none_left ||
        (fd >= atomic_load(&bound) && (fd >= atomic_load(&bound_local) || !is_local(listener))))
        return turn_away(fd, &turned_away);
    return comes_too_often(fd) ? turn_away(fd, &too_often) : fd;
}
