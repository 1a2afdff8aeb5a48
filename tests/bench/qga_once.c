/* SPDX-License-Identifier: Apache-2.0 */
/* qga_once SOCKET - polls the socket of a guest agent once, in a separate process, for
 * tests/bench/agent_cost. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    static const char request[] = "{\"execute\":\"guest-network-get-interfaces\"}\n";
    static char reply[65536];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t used = 0;
    if (argc != 2)
        return 2;
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", argv[1]);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) < 0 ||
        write(fd, request, sizeof request - 1) < 0)
        return 1;
    while (used < sizeof reply - 1 && !memchr(reply, '\n', used)) {
        ssize_t n = read(fd, reply + used, sizeof reply - 1 - used);
        if (n <= 0)
            return 1;
        used += (size_t)n;
    }
    (void)fwrite(reply, 1, used, stdout);
    close(fd);
    return 0;
}
