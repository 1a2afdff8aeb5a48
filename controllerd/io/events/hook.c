/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/events/hook.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/base/cleanup.h"
#include "shared/base/clock.h"

/* Time from SIGTERM to SIGKILL, and from there to giving up. */
enum { GRACE_MS = 1000, KILL_MS = 500 };

static int64_t now_ms(void)
{
    return daqs_mono_ms(daqs_clock_system());
}

/* Prepares all file actions and attributes. Returns 0 or an errno. */
static int prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes, int input)
{
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    int failed = posix_spawn_file_actions_adddup2(actions, input, STDIN_FILENO);
    if (!failed)
        failed = posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (!failed)
        failed = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
    if (!failed)
        failed = posix_spawnattr_setsigmask(attributes, &none);
    if (!failed)
        failed = posix_spawnattr_setsigdefault(attributes, &all);
    if (!failed)
        failed = posix_spawnattr_setpgroup(attributes, 0);
    if (!failed)
        failed = posix_spawnattr_setflags(
            attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    return failed;
}

/* Returns 0 or an errno. */
static int spawn(const char *program, int input, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    char *const argv[] = {(char *)program, NULL};
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed)
        return failed;
    failed = posix_spawnattr_init(&attributes);
    if (!failed) {
        failed = prepare(&actions, &attributes, input);
        if (!failed)
            failed = posix_spawn(ret_pid, program, &actions, &attributes, argv, environ);
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return failed;
}

/* Writes what fits. Returns -1, and closes the pipe, once all of it is written or the reader is
 * gone. All signals, including SIGPIPE, are blocked in the controller's threads. */
static int feed(int output, const char **text)
{
    ssize_t n = write(output, *text, strlen(*text));
    if (n > 0)
        *text += n;
    if (**text && (n >= 0 || errno == EAGAIN || errno == EINTR))
        return output;
    close(output);
    return -1;
}

/* Returns true once the process has ended; false at until_ms, or when stop_fd becomes readable. */
static bool wait_for_end(int pid_fd, int *output, const char *text, int stop_fd, int64_t until_ms)
{
    for (;;) {
        struct pollfd fd[] = {{.fd = pid_fd, .events = POLLIN},
                              {.fd = stop_fd, .events = POLLIN},
                              {.fd = *output, .events = POLLOUT}};
        int64_t left_ms = until_ms - now_ms();
        if (left_ms <= 0)
            return false;
        if (poll(fd, 3, (int)left_ms) < 0)
            continue;
        if (fd[0].revents)
            return true;
        if (fd[1].revents)
            return false;
        if (fd[2].revents)
            *output = feed(*output, &text);
    }
}

/* Ends the process if it has not ended, reaps it, and returns how it ended. */
static int finish(const char *program, pid_t pid, int pid_fd, bool ended, struct daqs_error *err)
{
    int status = 0;
    int nothing = -1;
    if (!ended) {
        (void)kill(-pid, SIGTERM);
        (void)wait_for_end(pid_fd, &nothing, "", -1, now_ms() + GRACE_MS);
        (void)kill(-pid, SIGKILL); /* the program and its children */
        if (pid_fd >= 0 && !wait_for_end(pid_fd, &nothing, "", -1, now_ms() + KILL_MS))
            return daqs_fail(err, DAQS_ETIMEOUT, "%.200s took too long and cannot be ended",
                             program); /* blocked on a disk, perhaps; init will reap it */
    }
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!ended)
        return daqs_fail(err, DAQS_ETIMEOUT, "%.200s took too long and was ended", program);
    if (WIFSIGNALED(status))
        return daqs_fail(err, DAQS_EIO, "%.200s was ended by signal %d", program, WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        return daqs_fail(err, DAQS_EIO, "%.200s ended with status %d", program,
                         WEXITSTATUS(status));
    return DAQS_OK;
}

int hook_run(const char *program, const char *text, int64_t most_ms, int stop_fd,
             struct daqs_error *err)
{
    int ends[2];
    pid_t pid = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return daqs_fail(err, DAQS_ESYSTEM, "%.200s: %s", program, strerror(errno));
    int output DAQS_AUTO_CLOSE = ends[1];
    (void)fcntl(output, F_SETFL, O_NONBLOCK);
    int failed = spawn(program, ends[0], &pid);
    close(ends[0]);
    if (failed)
        return daqs_fail(err, DAQS_ESYSTEM, "%.200s could not be started: %s", program,
                         strerror(failed));
    /* No other thread reaps this child, so the pid cannot have been reused. */
    int pid_fd DAQS_AUTO_CLOSE = pidfd_open(pid, 0);
    bool ended = pid_fd >= 0 && wait_for_end(pid_fd, &output, text, stop_fd, now_ms() + most_ms);
    return finish(program, pid, pid_fd, ended, err);
}
