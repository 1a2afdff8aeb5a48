/* SPDX-License-Identifier: Apache-2.0 */
#include "libdaqs/wakeup.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

static int watch(struct wakeup *wakeup, int fd, struct daqs_error *err)
{
    struct epoll_event event = {.events = EPOLLIN};
    if (fd < 0 || epoll_ctl(wakeup->fd, EPOLL_CTL_ADD, fd, &event) != 0)
        return daqs_fail(err, DAQS_ESYSTEM, "cannot watch a descriptor: %s", strerror(errno));
    return DAQS_OK;
}

int wakeup_init(struct wakeup *wakeup, struct daqs_error *err)
{
    wakeup->fd = epoll_create1(EPOLL_CLOEXEC);
    wakeup->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    return watch(wakeup, wakeup->timer, err);
}

void wakeup_done(struct wakeup *wakeup)
{
    if (wakeup->timer >= 0)
        close(wakeup->timer);
    if (wakeup->fd >= 0)
        close(wakeup->fd);
    wakeup->fd = wakeup->timer = -1;
}

int wakeup_add(struct wakeup *wakeup, zsock_t *socket, struct daqs_error *err)
{
    return watch(wakeup, (int)zsock_fd(socket), err);
}

void wakeup_remove(struct wakeup *wakeup, zsock_t *socket)
{
    (void)epoll_ctl(wakeup->fd, EPOLL_CTL_DEL, (int)zsock_fd(socket), NULL);
}

void wakeup_at(struct wakeup *wakeup, int64_t at_ms)
{
    struct itimerspec when = {
        .it_value = {.tv_sec = at_ms / 1000, .tv_nsec = at_ms % 1000 * 1000000}};
    (void)timerfd_settime(wakeup->timer, TFD_TIMER_ABSTIME, &when, NULL);
}
