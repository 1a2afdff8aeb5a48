/* SPDX-License-Identifier: Apache-2.0 */
/* daqs-port - a port that stops full queues instead of dropping, for tests: see docs/testing.md,
 * and tests/lib/port_rig.sh, which sets it up. */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shared/base/clock.h"
#include "tests/port/control.h"
#include "tests/port/driver.h"
#include "tests/port/port.h"

/* Exit status if the kernel lacks a feature, see tools/check. */
enum { SKIPPED = 77 };

#define CONTROL_NS INT64_C(2000000)

static volatile sig_atomic_t stopping;

static void stop(int signal)
{
    (void)signal;
    stopping = 1;
}

static void pause_for(int64_t ns)
{
    const struct timespec span = {.tv_nsec = ns};
    (void)nanosleep(&span, NULL);
}

static void serve(struct port *port, struct control *control)
{
    static struct driver driver;
    int64_t control_ns = 0;
    driver_init(&driver, port);
    while (!stopping) {
        const int64_t now_ns = daqs_mono_ns(daqs_clock_system());
        if (now_ns >= control_ns) {
            driver_refresh(&driver, now_ns);
            control_serve(control, &driver, now_ns);
            control_ns = now_ns + CONTROL_NS;
        }
        const int64_t wait_ns = port_step(port, now_ns);
        if (wait_ns > 0)
            pause_for(wait_ns);
    }
}

static int fail(const struct daqs_error *err)
{
    (void)fprintf(stderr, "daqs-port: %s\n", err->text);
    return err->code == DAQS_EREFUSED ? SKIPPED : 1;
}

static int run(char **argument)
{
    static struct port port;
    struct daqs_error err = {0};
    const struct sigaction action = {.sa_handler = stop};
    const struct sched_param priority = {.sched_priority = 1};
    const unsigned long host = strtoul(argument[1], NULL, 10);
    const size_t vfs = strtoul(argument[2], NULL, 10) + 1; /* plus the physical function's */
    const size_t queues = strtoul(argument[3], NULL, 10);
    const uint64_t bps = strtoull(argument[4], NULL, 10);
    if (host > 255 || vfs < 2 || vfs > ARBITER_VFS_MAX || queues < 1 ||
        queues > ARBITER_VF_QUEUES_MAX || bps == 0) {
        (void)fprintf(stderr, "daqs-port: 1 to %d VFs with 1 to %d queues, and a rate\n",
                      ARBITER_VFS_MAX - 1, ARBITER_VF_QUEUES_MAX);
        return 2;
    }
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
    if (port_open(&port, (uint8_t)host, vfs, queues, bps, &err) != DAQS_OK)
        return fail(&err);
    struct control control;
    int code = DAQS_OK;
    if (sched_setscheduler(0, SCHED_FIFO, &priority) < 0)
        code = daqs_fail(&err, DAQS_EREFUSED, "real-time scheduling: %s", strerror(errno));
    if (code == DAQS_OK) {
        code = control_open(&control, argument[0], &err);
        if (code == DAQS_OK)
            serve(&port, &control);
        control_close(&control);
    }
    port_close(&port);
    return code == DAQS_OK ? 0 : fail(&err);
}

int main(int argc, char **argv)
{
    if (argc == 7 && strcmp(argv[1], "serve") == 0)
        return run(argv + 2);
    if (argc >= 4 && strcmp(argv[1], "ctl") == 0)
        return control_request(argv[2], argc - 3, argv + 3);
    (void)fprintf(stderr, "usage: daqs-port serve SOCKET HOST VFS QUEUES BPS\n"
                          "       daqs-port ctl SOCKET COMMAND...\n");
    return 2;
}
