/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/daqsctl/batch.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int batch_begin(struct batch *batch, struct daqs_error *err)
{
    int fd = memfd_create("daqs-history", MFD_CLOEXEC);
    batch->out = fd < 0 ? NULL : fdopen(fd, "w+e");
    if (batch->out)
        return DAQS_OK;
    daqs_fail(err, DAQS_ESYSTEM, "cannot make a file in memory: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
    return DAQS_ESYSTEM;
}

void batch_end(struct batch *batch)
{
    if (batch->out)
        (void)fclose(batch->out);
    batch->out = NULL;
}

long batch_bytes(const struct batch *batch)
{
    return ftell(batch->out);
}

/* Returns 0 or an errno. */
static int spawn(char *const command[], int input, pid_t *ret_pid)
{
    posix_spawn_file_actions_t actions;
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed)
        return failed;
    failed = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    if (!failed)
        failed = posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    if (!failed)
        failed = posix_spawnp(ret_pid, command[0], &actions, NULL, command, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    return failed;
}

static int run(char *const command[], int input, struct daqs_error *err)
{
    pid_t pid = 0;
    int status = 0;
    int failed = spawn(command, input, &pid);
    if (failed)
        return daqs_fail(err, DAQS_EIO, "%.200s could not be started: %s", command[0],
                         strerror(failed));
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return daqs_fail(err, DAQS_EIO, "%.200s: %s", command[0], strerror(errno));
    if (WIFSIGNALED(status))
        return daqs_fail(err, DAQS_EIO, "%.200s was ended by signal %d", command[0],
                         WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        return daqs_fail(err, DAQS_EIO, "%.200s ended with status %d", command[0],
                         WEXITSTATUS(status));
    return DAQS_OK;
}

int batch_give(struct batch *batch, char *const command[], struct daqs_error *err)
{
    int fd = fileno(batch->out);
    if (fflush(batch->out) != 0 || ferror(batch->out) || lseek(fd, 0, SEEK_SET) < 0)
        return daqs_fail(err, DAQS_ESYSTEM, "cannot write the output: %s", strerror(errno));
    int result = run(command, fd, err);
    rewind(batch->out);
    if (result == DAQS_OK && ftruncate(fd, 0) != 0)
        result = daqs_fail(err, DAQS_ESYSTEM, "cannot empty the output: %s", strerror(errno));
    return result;
}
