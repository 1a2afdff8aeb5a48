#include "shared/net/accepting.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_int bound = INT_MAX;
static atomic_int bound_local = INT_MAX;
static atomic_uint_fast64_t turned_away;

void accepting_bound(int most, int most_local)
{
    atomic_store(&bound, most);
    atomic_store(&bound_local, most_local);
}

uint64_t accepting_turned_away(void)
{
    return atomic_load(&turned_away);
}

static bool is_local(int listener)
{
    int domain = 0;
    socklen_t length = sizeof domain;
    return getsockopt(listener, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 && domain == AF_UNIX;
}

/* The kernel gives the lowest number that is free, so that of a new descriptor says how many there
 * are at least. */
__attribute__((visibility("default"))) int accept4(int listener, struct sockaddr *address,
                                                   socklen_t *length, int flags)
{
    int fd = (int)syscall(SYS_accept4, listener, address, length, flags);
    bool none_left = fd < 0 && (errno == EMFILE || errno == ENFILE);
    if (!none_left && (fd < 0 || fd < atomic_load(&bound) ||
                       (fd < atomic_load(&bound_local) && is_local(listener))))
        return fd;
    if (fd >= 0)
        close(fd);
    atomic_fetch_add(&turned_away, 1);
    errno = ECONNABORTED;
    return -1;
}
