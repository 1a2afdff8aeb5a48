/* SPDX-License-Identifier: Apache-2.0 */
/* The client without a server: tests/integration/pg_client.sh has the rest. */
#include "controllerd/io/pg/pg_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shared/base/clock.h"
#include "tests/lib/check.h"

/* A server that accepts connections and never says anything. */
struct mute {
    int fd;
    char conninfo[128];
    struct pg_client *client;
};

static int set_up(void **state)
{
    static struct mute mute;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    struct daqs_error err = {0};
    mute.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (mute.fd < 0 || bind(mute.fd, (struct sockaddr *)&address, sizeof address) ||
        listen(mute.fd, 16) || getsockname(mute.fd, (struct sockaddr *)&address, &length))
        return -1;
    (void)snprintf(mute.conninfo, sizeof mute.conninfo,
                   "host=127.0.0.1 port=%d user=daqs password=hunter2 sslmode=disable "
                   "gssencmode=disable",
                   ntohs(address.sin_port));
    mute.client = pg_client_new(mute.conninfo, "test", &err);
    *state = &mute;
    return mute.client ? 0 : -1;
}

static int tear_down(void **state)
{
    struct mute *mute = *state;
    pg_client_free(mute->client);
    close(mute->fd);
    return 0;
}

static void count(struct pg_job *job)
{
    ++*(int *)job->context;
}

static void prepare(struct pg_job *job, int64_t limit_ms, int *counter)
{
    pg_job_init(job, PG_WRITE);
    pg_statement(job, "SELECT 1", PG_ANY);
    job->limit_ms = limit_ms;
    job->done = count;
    job->context = counter;
}

static void a_job_is_refused_when_its_limit_passes(void **state)
{
    struct mute *mute = *state;
    struct pg_job job;
    pg_job_init(&job, PG_WRITE);
    pg_statement(&job, "SELECT 1", PG_ANY);
    job.limit_ms = 100;
    int64_t begun_us = daqs_now_us();
    assert_int_equal(pg_client_run(mute->client, &job), DAQS_ETIMEOUT);
    assert_true(daqs_now_us() - begun_us >= 100000);
    assert_int_equal(job.outcome, PG_NOT_DONE);
    assert_int_equal(job.class, PG_CLASS_SILENT);
    assert_null(strstr(job.error.text, "hunter2"));
    pg_job_clear(&job);
}

static void limits_hold_for_each_job_even_if_the_thread_waits(void **state)
{
    struct mute *mute = *state;
    struct pg_job job[2];
    int done = 0;
    int64_t now_ms = daqs_mono_ms(daqs_clock_system());
    prepare(&job[0], 1000000, &done);
    prepare(&job[1], 500000, &done);
    assert_int_equal(pg_client_submit(mute->client, &job[0]), DAQS_OK);
    assert_int_equal(pg_client_submit(mute->client, &job[1]), DAQS_OK);
    pg_client_tick(mute->client, now_ms + 499999);
    pg_client_reap(mute->client);
    assert_int_equal(done, 0);
    pg_client_tick(mute->client, now_ms + 600000);
    struct pollfd item = {pg_client_fd(mute->client), POLLIN, 0};
    assert_int_equal(poll(&item, 1, 0), 1);
    pg_client_reap(mute->client);
    assert_int_equal(done, 1);
    assert_int_equal(job[1].class, PG_CLASS_SILENT);
    struct pg_status status;
    pg_client_status(mute->client, &status);
    assert_false(status.connected);
    assert_int_equal(status.connects, 0);
    assert_int_equal(status.waiting, 1);
    pg_client_stop(mute->client);
    assert_int_equal(done, 2);
    assert_int_equal(job[0].outcome, PG_NOT_DONE);
    assert_int_equal(job[0].class, PG_CLASS_STOPPED);
    pg_job_clear(&job[0]);
    pg_job_clear(&job[1]);
}

/* Until then the server is not asked, so it owes no answer. */
static void a_job_that_pauses_is_begun_later(void **state)
{
    struct mute *mute = *state;
    struct pg_status status;
    struct pg_job job[2];
    int done = 0;
    prepare(&job[0], 1000000, &done);
    prepare(&job[1], 1000000, &done);
    job[0].pause_ms = 500000;
    assert_int_equal(pg_client_submit(mute->client, &job[0]), DAQS_OK);
    struct pollfd item = {mute->fd, POLLIN, 0};
    assert_int_equal(poll(&item, 1, 100), 0);
    pg_client_status(mute->client, &status);
    assert_int_equal(status.asked_ms, 0);
    assert_int_equal(pg_client_submit(mute->client, &job[1]), DAQS_OK);
    assert_int_equal(poll(&item, 1, 10000), 1);
    pg_client_stop(mute->client);
    assert_int_equal(done, 2);
    pg_job_clear(&job[0]);
    pg_job_clear(&job[1]);
}

static void a_job_whose_pause_is_over_is_begun(void **state)
{
    struct mute *mute = *state;
    struct pg_job job;
    int done = 0;
    prepare(&job, 1000000, &done);
    job.pause_ms = 50;
    const int64_t begun_us = daqs_now_us();
    assert_int_equal(pg_client_submit(mute->client, &job), DAQS_OK);
    struct pollfd item = {mute->fd, POLLIN, 0};
    assert_int_equal(poll(&item, 1, 10000), 1);
    assert_true(daqs_now_us() - begun_us >= 49000); /* of whole milliseconds */
    pg_client_stop(mute->client);
    pg_job_clear(&job);
}

static void a_stopped_client_takes_no_jobs(void **state)
{
    struct mute *mute = *state;
    struct pg_job job;
    int done = 0;
    prepare(&job, 1000, &done);
    pg_client_stop(mute->client);
    assert_int_equal(pg_client_submit(mute->client, &job), DAQS_EBUSY);
    assert_int_equal(done, 0);
    pg_job_clear(&job);
}

static void waiting_jobs_are_bounded(void **state)
{
    static struct pg_job job[PG_JOBS_MOST + 1];
    struct mute *mute = *state;
    int done = 0;
    for (int i = 0; i <= PG_JOBS_MOST; i++) {
        prepare(&job[i], 1000000, &done);
        assert_int_equal(pg_client_submit(mute->client, &job[i]),
                         i < PG_JOBS_MOST ? DAQS_OK : DAQS_EBUSY);
    }
    pg_client_stop(mute->client);
    assert_int_equal(done, PG_JOBS_MOST);
    for (int i = 0; i <= PG_JOBS_MOST; i++)
        pg_job_clear(&job[i]);
}

static void a_job_that_could_not_be_built_is_not_taken(void **state)
{
    struct mute *mute = *state;
    struct pg_job job;
    pg_job_init(&job, PG_WRITE);
    assert_int_equal(pg_client_submit(mute->client, &job), DAQS_ENOMEM);
    pg_statement(&job, "SELECT 1", PG_ANY);
    job.broken = true;
    assert_int_equal(pg_client_submit(mute->client, &job), DAQS_ENOMEM);
    pg_job_clear(&job);
}

static void a_refused_connection_is_the_reason(void **state)
{
    struct mute *mute = *state;
    struct daqs_error err = {0};
    struct pg_status status;
    struct pg_job job;
    close(mute->fd); /* now the port is closed */
    mute->fd = -1;
    struct pg_client *client = pg_client_new(mute->conninfo, "test", &err);
    assert_non_null(client);
    pg_job_init(&job, PG_WRITE);
    pg_statement(&job, "SELECT 1", PG_ANY);
    job.limit_ms = 500;
    assert_int_equal(pg_client_run(client, &job), DAQS_EIO);
    assert_int_equal(job.class, PG_CLASS_UNAVAILABLE);
    assert_non_null(strstr(job.error.text, "127.0.0.1:"));
    assert_non_null(strstr(job.error.text, "refused"));
    pg_client_status(client, &status);
    assert_true(status.asked_ms > 0);
    assert_int_equal(status.answered_ms, 0);
    assert_non_null(strstr(status.error.text, "refused"));
    assert_null(strstr(status.error.text, "hunter2"));
    pg_job_clear(&job);
    pg_client_free(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_job_is_refused_when_its_limit_passes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(limits_hold_for_each_job_even_if_the_thread_waits, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_job_that_pauses_is_begun_later, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_job_whose_pause_is_over_is_begun, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stopped_client_takes_no_jobs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(waiting_jobs_are_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_job_that_could_not_be_built_is_not_taken, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_refused_connection_is_the_reason, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
