/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/guests/guest_look.h"

#define LIST(addresses)                                                                            \
    "{\"return\":[{\"name\":\"eth0\",\"ip-addresses\":[" addresses                                 \
    "],\"hardware-address\":\"52:54:00:00:00:01\"}]}"
#define ADDRESS "{\"ip-address\":\"10.77.0.1\",\"ip-address-type\":\"ipv4\",\"prefix\":24}"
#define NO_PROGRAM "{\"error\":{\"class\":\"GenericError\",\"desc\":\"Failed to execute\"}}"
#define BLOCKED "{\"error\":{\"class\":\"CommandNotFound\",\"desc\":\"no\"}}"
#define RUNNING "{\"return\":{\"exited\":false}}"

/* A guest that answers each of the three commands in a fixed way. */
static struct model {
    struct qga_channel channel;
    const char *list;
    const char *exec; /* NULL: runs 'path' */
    const char *path; /* the only program that exists */
    const char *printed;
    int exit_code;
    bool never_ends;
    int unreachable;
    unsigned execs;
    char asked[512]; /* the last exec */
} guest;

static struct guest_job *job;

static char *status_reply(void)
{
    size_t capacity =
        sodium_base64_encoded_len(strlen(guest.printed), sodium_base64_VARIANT_ORIGINAL);
    char *encoded = malloc(capacity);
    char *reply = malloc(capacity + 100);
    assert_non_null(encoded);
    assert_non_null(reply);
    sodium_bin2base64(encoded, capacity, (const unsigned char *)guest.printed,
                      strlen(guest.printed), sodium_base64_VARIANT_ORIGINAL);
    (void)snprintf(reply, capacity + 100,
                   "{\"return\":{\"exited\":true,\"exitcode\":%d,\"out-data\":\"%s\"}}",
                   guest.exit_code, encoded);
    free(encoded);
    return reply;
}

static char *exec_reply(const char *command)
{
    char path[64];
    guest.execs++;
    (void)snprintf(guest.asked, sizeof guest.asked, "%s", command);
    (void)snprintf(path, sizeof path, "\"path\":\"%s\"", guest.path);
    if (guest.exec)
        return strdup(guest.exec);
    return strdup(strstr(command, path) ? "{\"return\":{\"pid\":7}}" : NO_PROGRAM);
}

static int guest_call(struct qga_channel *channel, const char *command, int timeout_ms,
                      char **ret_reply, struct daqs_error *err)
{
    (void)channel;
    assert_in_range(timeout_ms, 1, 1000);
    if (guest.unreachable)
        return daqs_fail(err, guest.unreachable, "unreachable");
    if (strcmp(command, QGA_GET_INTERFACES) == 0)
        *ret_reply = strdup(guest.list);
    else if (strstr(command, "guest-exec-status"))
        *ret_reply = guest.never_ends ? strdup(RUNNING) : status_reply();
    else
        *ret_reply = exec_reply(command);
    return *ret_reply ? DAQS_OK : DAQS_ENOMEM;
}

static void guest_free(struct qga_channel *channel)
{
    (void)channel;
}

static int setup(void **state)
{
    (void)state;
    guest = (struct model){.channel = {.call = guest_call, .free = guest_free},
                           .list = LIST(ADDRESS),
                           .path = "ss",
                           .printed = "ESTAB 0 9 10.77.0.1:1 10.77.0.2:2 notsent:70\n"};
    job = guest_job_new(7, &guest.channel);
    if (!job || !daqs_mac_parse("52:54:00:00:00:01", &job->nic[0].mac))
        return -1;
    job->nics = 1;
    job->looks = true;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    guest_job_free(job);
    return 0;
}

/* Runs the job as a thread of the pool does. */
static void look(void)
{
    memset(job->unsent, 0, sizeof job->unsent);
    job->job.run(&job->job);
}

static void assert_not_seen(enum unsent_outcome outcome)
{
    look();
    assert_int_equal(job->looked, outcome);
    assert_int_equal(job->unsent[0].sockets, 0);
    assert_string_not_equal(job->error.text, "");
}

static void a_look_runs_ss_and_nothing_else(void **state)
{
    (void)state;
    look();
    assert_int_equal(job->looked, UNSENT_SEEN);
    assert_int_equal(job->unsent[0].bytes, 70);
    assert_int_equal(guest.execs, 1);
    assert_string_equal(guest.asked,
                        "{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"ss\",\"arg\":"
                        "[\"-tinHO\"],\"input-data\":\"\",\"capture-output\":true}}");
}

static void ss_is_looked_for_where_administrators_have_it(void **state)
{
    (void)state;
    guest.path = "/usr/sbin/ss";
    look();
    assert_int_equal(job->looked, UNSENT_SEEN);
    guest.path = "/opt/ss";
    guest.execs = 0;
    assert_not_seen(UNSENT_REFUSED);
    assert_int_equal(guest.execs, 6);
}

static void a_guest_that_blocks_commands_is_asked_once(void **state)
{
    (void)state;
    guest.exec = BLOCKED;
    assert_not_seen(UNSENT_REFUSED);
    assert_int_equal(guest.execs, 1);
}

static void permanent_failures_are_distinguished_from_temporary_ones(void **state)
{
    (void)state;
    guest.exit_code = 255; /* an ss that does not know the options */
    assert_not_seen(UNSENT_REFUSED);
    guest.exit_code = 0;
    guest.printed = "ss: not found\n";
    assert_not_seen(UNSENT_REFUSED);
    guest.list = "nonsense";
    assert_not_seen(UNSENT_REFUSED);
    guest.unreachable = DAQS_ETIMEOUT;
    assert_not_seen(UNSENT_FAILED);
    guest.unreachable = DAQS_EIO;
    assert_not_seen(UNSENT_FAILED);
}

static void a_guest_that_lists_no_addresses_shows_no_sockets(void **state)
{
    (void)state;
    guest.list = LIST("");
    look();
    assert_int_equal(job->looked, UNSENT_SEEN);
    assert_int_equal(job->unsent[0].sockets, 0);
}

static char *lines(size_t bytes)
{
    static const char line[] = "ESTAB 0 9 10.77.0.1:1 10.77.0.2:2 notsent:70\n";
    size_t length = sizeof line - 1;
    char *all = calloc(1, bytes + length + 1);
    assert_non_null(all);
    for (size_t used = 0; used < bytes; used += length)
        memcpy(all + used, line, length);
    return all;
}

static void long_output_is_read_and_longer_is_not_known(void **state)
{
    char *fits = lines(UNSENT_OUTPUT_MAX - 100);
    char *too_long = lines(UNSENT_OUTPUT_MAX);
    (void)state;
    guest.printed = fits;
    look();
    assert_int_equal(job->looked, UNSENT_SEEN);
    assert_int_equal(job->unsent[0].bytes, 70 * (strlen(fits) / 45));
    guest.printed = too_long;
    assert_not_seen(UNSENT_REFUSED);
    free(fits);
    free(too_long);
}

/* The test takes the full timeout in real time; the command must be given up after it. */
static void a_command_that_does_not_end_is_given_up(void **state)
{
    (void)state;
    guest.never_ends = true;
    assert_not_seen(UNSENT_FAILED);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_look_runs_ss_and_nothing_else),
        CASE(ss_is_looked_for_where_administrators_have_it),
        CASE(a_guest_that_blocks_commands_is_asked_once),
        CASE(permanent_failures_are_distinguished_from_temporary_ones),
        CASE(a_guest_that_lists_no_addresses_shows_no_sockets),
        CASE(long_output_is_read_and_longer_is_not_known),
        CASE(a_command_that_does_not_end_is_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
