/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "shared/base/version.h"
#include "tools/daqsctl/terminal.h"

/* Opens the path as 'fd', which must be the lowest free descriptor. Returns false on failure. */
static bool open_as(int fd, const char *path)
{
    int opened =
        open(path, O_RDWR); /* NOLINT(android-cloexec-open): standard files are inherited */
    if (opened == fd)
        return true;
    if (opened >= 0)
        close(opened);
    return false;
}

/* Replaces standard descriptors that are closed, so that none of our sockets gets their numbers.
 * Writing to a closed standard output still fails: it becomes /dev/full. */
static void keep_standard_files(void)
{
    static const char *const instead[] = {"/dev/null", "/dev/full", "/dev/null"};
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && !open_as(fd, instead[fd]))
            _exit(EXIT_FAILED);
}

int main(int argc, char **argv)
{
    struct command_line line;
    keep_standard_files();
    terminal_use_locale();
    enum exit_status status = command_line_parse(argc, argv, &line);
    if (status != EXIT_DONE)
        return (int)status;
    line.commands = all_commands;
    if (line.version)
        (void)printf("daqsctl %s\n", DAQS_VERSION);
    else
        status = command_line_run(&line);
    if ((fflush(stdout) != 0 || ferror(stdout)) && status == EXIT_DONE)
        status = complain(EXIT_FAILED, "cannot write the output");
    return (int)status;
}
