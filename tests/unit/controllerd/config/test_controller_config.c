/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/config/controller_config.h"
#include "tests/lib/temp_file.h"

static void write_file(const char *text)
{
    FILE *out = fopen(temp_file, "w");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

static int load(const char *text, struct controller_config *ret, struct daqs_error *err)
{
    write_file(text);
    return controller_config_load(temp_file, ret, err);
}

static void assert_loads(const char *text, struct controller_config *ret)
{
    struct daqs_error err = {0};
    if (load(text, ret, &err) != DAQS_OK)
        fail_msg("%s: %s", text, err.text);
}

/* A controller for this machine only. */
#define LOCAL "[controller]\ninsecure = yes\nbus = tcp://127.0.0.1:7420\n"

static void keys_that_are_not_given_have_their_defaults(void **state)
{
    struct controller_config config;
    (void)state;
    assert_loads(LOCAL, &config);
    assert_string_equal(config.bus, "tcp://127.0.0.1:7420");
    assert_string_equal(config.admin, "ipc:///run/daqs/admin.sock");
    assert_string_equal(config.database, "/var/lib/daqs/daqs.db");
    assert_true(config.insecure);
    assert_int_equal(config.mode, POLICY_MODE_MINIMUM);
    assert_int_equal(config.headroom_ppm, 10000);
    assert_int_equal(config.lease_ms, 3000);
    assert_int_equal(config.resolution_ms, 1000);
    assert_int_equal(config.keep.ms[0], 24 * 3600 * 1000);
    assert_int_equal(config.keep.ms[1], INT64_C(30) * 24 * 3600 * 1000);
    assert_int_equal(config.keep.ms[2], INT64_C(730) * 24 * 3600 * 1000);
    assert_int_equal(config.keep_events.ms, INT64_C(400) * 24 * 3600 * 1000);
    assert_int_equal(config.keep_events.bytes, 1000000000);
    assert_string_equal(config.alerts_exec, "");
    assert_int_equal(config.alerts_level, EVENT_WARNING);
    assert_int_equal(controller_config_check(&config, NULL), DAQS_OK);
    controller_config_done(&config);
    assert_null(config.bus);
}

static void everything_can_be_given(void **state)
{
    struct controller_config config;
    (void)state;
    assert_loads("# fleet one\n"
                 "[controller]\n"
                 "bus = ipc:///run/daqs/bus.sock  ; local agents only\n"
                 "admin = tcp://[::1]:7421\n"
                 "database = /srv/daqs.db\n"
                 "insecure = yes\n"
                 "forget_hosts = 3h\n"
                 "\n"
                 "[policy]\n"
                 "mode = off\n"
                 "headroom = 2.5%\n"
                 "lease = 10s\n"
                 "[history]\n"
                 "resolution = 10s\n"
                 "keep = 2h\n"
                 "keep_minutes = 7d\n"
                 "keep_hours = 100d\n"
                 "keep_events = 30d\n"
                 "events_size = 500MB\n",
                 &config);
    assert_string_equal(config.bus, "ipc:///run/daqs/bus.sock");
    assert_string_equal(config.admin, "tcp://[::1]:7421");
    assert_string_equal(config.database, "/srv/daqs.db");
    assert_int_equal(config.forget_ms, 3 * 3600 * 1000);
    assert_int_equal(config.mode, POLICY_MODE_OFF);
    assert_int_equal(config.headroom_ppm, 25000);
    assert_int_equal(config.lease_ms, 10000);
    assert_int_equal(config.resolution_ms, 10000);
    assert_int_equal(config.keep.ms[0], 2 * 3600 * 1000);
    assert_int_equal(config.keep.ms[1], 7 * 24 * 3600 * 1000);
    assert_int_equal(config.keep.ms[2], INT64_C(100) * 24 * 3600 * 1000);
    assert_int_equal(config.keep_events.ms, INT64_C(30) * 24 * 3600 * 1000);
    assert_int_equal(config.keep_events.bytes, 500000000);
    controller_config_done(&config);
}

static void a_shared_database_is_taken_as_it_is_written(void **state)
{
    static const char url[] = "postgresql://daqs:let%20me@db1,db2/daqs?sslmode=verify-full";
    struct controller_config config;
    (void)state;
    assert_loads(LOCAL, &config);
    assert_string_equal(config.ledger, "");
    assert_false(config.quorum);
    controller_config_done(&config);
    assert_loads(LOCAL "ledger = postgresql://daqs:let%20me@db1,db2/daqs?sslmode=verify-full\n"
                       "durable = quorum\n",
                 &config);
    assert_string_equal(config.ledger, url);
    assert_true(config.quorum);
    controller_config_done(&config);
}

static void the_bounds_themselves_are_accepted(void **state)
{
    struct controller_config config;
    (void)state;
    assert_loads(LOCAL "[policy]\nheadroom = 50%\nlease = 300ms\n[history]\nkeep = 1m\n", &config);
    assert_int_equal(config.headroom_ppm, 500000);
    assert_int_equal(config.lease_ms, 300);
    assert_int_equal(config.keep.ms[0], 60000);
    controller_config_done(&config);
    /* Coarser steps are kept at least as long as finer ones. */
    assert_loads(LOCAL "[history]\nkeep = 60d\nkeep_hours = 1d\n", &config);
    assert_int_equal(config.keep.ms[1], config.keep.ms[0]);
    assert_int_equal(config.keep.ms[2], config.keep.ms[0]);
    controller_config_done(&config);
    assert_loads(LOCAL "[policy]\nheadroom = 0%\nlease = 10m\nmode = minimum\n", &config);
    assert_int_equal(config.headroom_ppm, 0);
    assert_int_equal(config.lease_ms, 600000);
    controller_config_done(&config);
}

static void a_mistake_is_named_with_its_line(void **state)
{
    static const struct {
        const char *text;
        const char *words; /* expected after the path */
    } mistakes[] = {
        {LOCAL "[policy]\nmode = fastest\n", ":5: mode: unknown mode 'fastest'"},
        {LOCAL "[policy]\nmode =\n", ":5: mode: unknown mode ''"},
        {LOCAL "[policy]\nheadroom = 51%\n", ":5: headroom: '51%' is more than 50%"},
        {LOCAL "[policy]\nheadroom = 1\n", ":5: headroom: '1' is not a share; write it like 1%"},
        {LOCAL "[policy]\nheadroom = -1%\n", ":5: headroom: '-1%' is not a share"},
        {LOCAL "[policy]\nlease = 299ms\n", ":5: lease: '299ms' is too short"},
        {LOCAL "[policy]\nlease = 11m\n", ":5: lease: '11m' is too long"},
        {LOCAL "[policy]\nlease = 3\n", ":5: lease: '3' is not a duration; write it like 100ms"},
        {LOCAL "[history]\nresolution = 7s\n",
         ":5: resolution: a minute cannot be divided into parts of '7s'"},
        {LOCAL "[history]\nresolution = 1500ms\n", ":5: resolution: a minute cannot be"},
        {LOCAL "[history]\nresolution = 500ms\n", ":5: resolution: '500ms' is too short"},
        {LOCAL "[history]\nkeep_hours = 200000d\n",
         ":5: keep_hours: duration '200000d' is too long"},
        {LOCAL "[history]\nkeep_events = 59s\n", ":5: keep_events: '59s' is too short"},
        {LOCAL "[history]\nevents_size = 999kB\n",
         ":5: events_size: '999kB' is too small; the least is 1MB"},
        {LOCAL "[history]\nevents_size = 1Gbit\n",
         ":5: events_size: '1Gbit' is not a size; write it like 500MB"},
        {LOCAL "[alerts]\nexec = mail\n", ":5: exec: 'mail' is not the absolute path"},
        {LOCAL "[alerts]\nlevel = error\n", ":5: level: unknown level 'error'"},
        {LOCAL "[history]\nkeep = 59s\n", ":5: keep: '59s' is too short"},
        {LOCAL "[history]\nkeep = forever\n", ":5: keep: 'forever' is not a duration"},
        {"[controller]\n\n# a line\nbus = 127.0.0.1:7420\n",
         ":4: bus: '127.0.0.1:7420' is not an endpoint; write it like tcp://*:7420 or ipc:///PATH"},
        {"[controller]\nadmin = ipc://\n", ":2: admin: 'ipc://' is not an endpoint"},
        {"[controller]\ndatabase =\n", ":2: database: '' is not the absolute path of a file"},
        {"[controller]\ndatabase = :memory:\n",
         ":2: database: ':memory:' is not the absolute path"},
        {"[controller]\nforget_hosts = 9s\n", ":2: forget_hosts: '9s' is too short"},
        {"[controller]\ninsecure = true\n", ":2: insecure: 'true' is neither yes nor no"},
        {"[controller]\nbuss = tcp://127.0.0.1:7420\n",
         ":2: unknown key 'buss' in [controller]; known are bus admin database ledger"},
        {"[controller]\nledger = daqs@secret\n", ":2: ledger: "},
        {"[controller]\ndurable = yes\n", ":2: durable: 'yes' is not warn or quorum"},
        {LOCAL "[group]\nadvertise = tcp://*:7420\n",
         ":5: advertise: 'tcp://*:7420' is not an endpoint that agents can reach"},
        {LOCAL "[group]\nlost_after = 2s\n", ":5: lost_after: '2s' is too short"},
        {LOCAL "[group]\nstale_after = 29s\n", ":5: stale_after: '29s' is too short"},
        {LOCAL "[polcy]\nmode = off\n", ":4: unknown section [polcy]"},
        {LOCAL "bus = tcp://127.0.0.1:7421\n", ":4: this key is given twice"},
        {LOCAL "[controller]\n", ":4: this section is given twice"},
        {"insecure = yes\n", ":1: a key stands before the first [section]"},
        {LOCAL "mode\n", ":4: this is neither a [section] nor key = value"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct controller_config config = {0};
        struct daqs_error err = {0};
        assert_int_equal(load(mistakes[i].text, &config, &err), DAQS_EINVALID);
        if (strncmp(err.text, temp_file, strlen(temp_file)) != 0 ||
            strncmp(err.text + strlen(temp_file), mistakes[i].words, strlen(mistakes[i].words)) !=
                0)
            fail_msg("\"%s\" does not say \"%s\"", err.text, mistakes[i].words);
        assert_null(config.bus);
        assert_null(config.database);
    }
}

static void a_group_needs_a_ledger_and_an_address(void **state)
{
    struct controller_config config = {0};
    struct daqs_error err = {0};
    (void)state;
    assert_int_equal(load(LOCAL "[group]\nname = c1\n", &config, &err), DAQS_EINVALID);
    assert_non_null(strstr(err.text, "set [controller] ledger"));
    assert_int_equal(
        load(LOCAL "ledger = postgresql://db1/daqs\n[group]\nname = c1\n", &config, &err),
        DAQS_EINVALID);
    assert_non_null(strstr(err.text, "set [group] advertise"));
    assert_loads(LOCAL "ledger = postgresql://db1/daqs\n[group]\nname = c1\n"
                       "advertise = tcp://127.0.0.1:7420\nweight = 0\n",
                 &config);
    assert_int_equal(config.group.weight, 0);
    assert_int_equal(config.group.lost_after_ms, 6000);
    assert_int_equal(config.group.stale_ms, 3600000);
    controller_config_done(&config);
}

/* Without keys, only connections from this machine may be accepted. */
static void insecure_is_for_this_machine_only(void **state)
{
    static const char *const refused[] = {
        "[controller]\ninsecure = yes\n", /* the default bus listens on every address */
        "[controller]\ninsecure = yes\nbus = tcp://*:7420\n",
        "[controller]\ninsecure = yes\nbus = tcp://0.0.0.0:7420\n",
        "[controller]\ninsecure = yes\nbus = tcp://192.0.2.1:7420\n",
        "[controller]\ninsecure = yes\nbus = tcp://127.0.0.1.example.com:7420\n",
        "[controller]\ninsecure = yes\nbus = tcp://[::]:7420\n",
        LOCAL "admin = tcp://*:7421\n",
    };
    static const char *const accepted[] = {
        "[controller]\ninsecure = yes\nbus = tcp://127.0.0.2:7420\n",
        "[controller]\ninsecure = yes\nbus = tcp://localhost:7420\n",
        "[controller]\ninsecure = yes\nbus = tcp://[::1]:7420\n",
        "[controller]\ninsecure = yes\nbus = ipc:///run/daqs/bus.sock\n",
        LOCAL "admin = tcp://127.0.0.1:7421\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct controller_config config = {0};
        struct daqs_error err = {0};
        assert_int_equal(load(refused[i], &config, &err), DAQS_EREFUSED);
        assert_non_null(strstr(err.text, "only loopback and ipc need no keys"));
        assert_null(config.bus);
    }
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        struct controller_config config;
        assert_loads(accepted[i], &config);
        controller_config_done(&config);
    }
}

static void the_endpoint_that_is_refused_is_named(void **state)
{
    struct controller_config config = {0};
    struct daqs_error err = {0};
    (void)state;
    assert_int_equal(load(LOCAL "admin = tcp://192.0.2.1:7421\n", &config, &err), DAQS_EREFUSED);
    assert_non_null(strstr(err.text, "insecure = yes is refused with tcp://192.0.2.1:7421:"));
}

static void keys_are_the_rule(void **state)
{
    struct controller_config config = {0};
    struct daqs_error err = {0};
    (void)state;
    assert_loads("", &config);
    assert_false(config.insecure);
    assert_string_equal(config.key, "/var/lib/daqs/controller.key");
    assert_string_equal(config.admin_remote, "");
    controller_config_done(&config);
    assert_loads("[controller]\nbus = tcp://*:7420\ndatabase = /srv/d.db\n"
                 "admin_remote = tcp://*:7421\n",
                 &config);
    assert_string_equal(config.key, "/srv/controller.key"); /* next to the database */
    assert_string_equal(config.admin_remote, "tcp://*:7421");
    controller_config_done(&config);
    assert_loads("[controller]\nkey = /etc/daqs/c.key\nadmin_remote =\n", &config);
    assert_string_equal(config.key, "/etc/daqs/c.key");
    controller_config_done(&config);
    /* Over the network, no client is accepted without a key. */
    assert_int_equal(load("[controller]\nadmin = tcp://127.0.0.1:7421\n", &config, &err),
                     DAQS_EREFUSED);
    assert_non_null(strstr(err.text, "admin_remote"));
    /* Nor is any client of this machine through a socket without permissions. */
    assert_int_equal(load("[controller]\nadmin = ipc://@daqs\n", &config, &err), DAQS_EREFUSED);
    assert_non_null(strstr(err.text, "permissions"));
}

static void a_file_that_is_not_there_is_named(void **state)
{
    struct controller_config config = {0};
    struct daqs_error err = {0};
    (void)state;
    assert_int_equal(controller_config_load("/nonexistent/controllerd.conf", &config, &err),
                     DAQS_EIO);
    assert_string_equal(err.text,
                        "cannot read /nonexistent/controllerd.conf: No such file or directory");
}

static void the_policy_the_lease_and_history_can_be_reloaded(void **state)
{
    struct controller_config config;
    struct daqs_error err = {0};
    (void)state;
    assert_loads(LOCAL, &config);
    write_file("[controller]\ninsecure = yes\nbus = tcp://127.0.0.1:9999\n"
               "[policy]\nmode = fair\nheadroom = 5%\nlease = 7s\n"
               "[history]\nresolution = 2s\nkeep = 3h\nkeep_events = 4h\nevents_size = "
               "2MB\n[limits]\nhosts = 3\n");
    assert_int_equal(controller_config_reload(&config, temp_file, &err), DAQS_OK);
    assert_int_equal(config.mode, POLICY_MODE_FAIR);
    assert_int_equal(config.headroom_ppm, 50000);
    assert_int_equal(config.lease_ms, 7000);
    assert_int_equal(config.resolution_ms, 2000);
    assert_int_equal(config.keep.ms[0], 3 * 3600 * 1000);
    assert_int_equal(config.keep_events.ms, 4 * 3600 * 1000);
    assert_int_equal(config.keep_events.bytes, 2000000);
    assert_string_equal(config.bus, "tcp://127.0.0.1:7420"); /* needs a restart */
    assert_int_equal(config.limits.hosts, 100000);
    write_file("[policy]\nmode = fastest\n");
    assert_int_equal(controller_config_reload(&config, temp_file, &err), DAQS_EINVALID);
    assert_int_equal(config.mode, POLICY_MODE_FAIR);
    controller_config_done(&config);
}

static void a_program_for_alerts_that_is_not_there_is_found_by_the_check_alone(void **state)
{
    struct controller_config config;
    struct daqs_error err = {0};
    (void)state;
    assert_loads(LOCAL "[alerts]\nexec = /nonexistent/program\nlevel = info\n", &config);
    assert_int_equal(config.alerts_level, EVENT_INFO);
    assert_int_equal(controller_config_check(&config, &err), DAQS_EINVALID);
    assert_non_null(strstr(err.text, "[alerts] exec: /nonexistent/program: No such file"));
    controller_config_done(&config);
    assert_loads(LOCAL "[alerts]\nexec = /bin/sh\n", &config);
    assert_int_equal(controller_config_check(&config, NULL), DAQS_OK);
    controller_config_done(&config);
}

static void limits_are_whole_numbers_within_bounds(void **state)
{
    static const char *const wrong[] = {"hosts = 0",
                                        "hosts = 1000001",
                                        "nics = 4097",
                                        "requests = 1.5",
                                        "events = -1",
                                        "queue = ",
                                        "names = 99999999999999999999",
                                        "message_size = 1M"};
    struct controller_config config;
    struct daqs_error err = {0};
    char text[200];
    (void)state;
    assert_loads(LOCAL, &config);
    assert_int_equal(config.limits.hosts, 100000);
    assert_int_equal(config.limits.message_size, 1024 * 1024);
    assert_int_equal(config.limits.handshakes, 4096);
    controller_config_done(&config);
    assert_loads(
        LOCAL
        "[limits]\nhosts = 1000000\nnics = 1\nnames = 7\nmessage_size = 4096\n"
        "queue = 2\nmessages = 11\nhandshakes = 3\nconnections = 9\nrequests = 4\nevents = 5\n",
        &config);
    assert_int_equal(config.limits.hosts, 1000000);
    assert_int_equal(config.limits.nics, 1);
    assert_int_equal(config.limits.names, 7);
    assert_int_equal(config.limits.message_size, 4096);
    assert_int_equal(config.limits.queue, 2);
    assert_int_equal(config.limits.messages, 11);
    assert_int_equal(config.limits.handshakes, 3);
    assert_int_equal(config.limits.connections, 9);
    assert_int_equal(config.limits.requests, 4);
    assert_int_equal(config.limits.events, 5);
    controller_config_done(&config);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        (void)snprintf(text, sizeof text, LOCAL "[limits]\n%s\n", wrong[i]);
        if (load(text, &config, &err) == DAQS_OK)
            fail_msg("%s is accepted", wrong[i]);
        assert_non_null(strstr(err.text, ":5: "));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_that_are_not_given_have_their_defaults),
        cmocka_unit_test(the_policy_the_lease_and_history_can_be_reloaded),
        cmocka_unit_test(a_program_for_alerts_that_is_not_there_is_found_by_the_check_alone),
        cmocka_unit_test(everything_can_be_given),
        cmocka_unit_test(a_shared_database_is_taken_as_it_is_written),
        cmocka_unit_test(the_bounds_themselves_are_accepted),
        cmocka_unit_test(a_mistake_is_named_with_its_line),
        cmocka_unit_test(limits_are_whole_numbers_within_bounds),
        cmocka_unit_test(a_group_needs_a_ledger_and_an_address),
        cmocka_unit_test(insecure_is_for_this_machine_only),
        cmocka_unit_test(the_endpoint_that_is_refused_is_named),
        cmocka_unit_test(keys_are_the_rule),
        cmocka_unit_test(a_file_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, temp_file_make, temp_file_remove);
}
