/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <fcntl.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "tools/fleetsim/options.h"

enum { WORDS_MOST = 12, GO_ON = -1, USAGE = 2 };

/* Parses the options; what this prints is discarded. */
static int parse(const char *const *words, struct fleetsim_options *ret)
{
    char *argv[WORDS_MOST + 2] = {"daqs-fleetsim"};
    int argc = 1;
    for (; words[argc - 1]; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    int nowhere = open("/dev/null", O_WRONLY);
    int real = dup(STDERR_FILENO);
    assert_true(nowhere >= 0 && real >= 0);
    dup2(nowhere, STDERR_FILENO);
    optind = 0; /* makes getopt start over */
    int status = fleetsim_options_parse(argc, argv, ret);
    dup2(real, STDERR_FILENO);
    close(real);
    close(nowhere);
    return status;
}

static void without_options_there_is_a_fleet(void **state)
{
    static const char *const words[] = {NULL};
    struct fleetsim_options o;
    (void)state;
    assert_int_equal(parse(words, &o), GO_ON);
    assert_int_equal(o.controllers, 1);
    assert_string_equal(o.controller[0], "tcp://127.0.0.1:7420");
    assert_int_equal(o.hosts, 1000);
    assert_int_equal(o.shape.nics, 64);
    assert_int_equal(o.interval_ms, 200);
    assert_false(o.bare || o.storm || o.json || o.print_changes);
}

static void agents_may_know_some_of_the_controllers(void **state)
{
    static const char *const words[] = {"--controller=tcp://c1:1", "--controller=tcp://c2:1",
                                        "--seeds=1", "--handshakes", NULL};
    static const char *const more[] = {"--controller=tcp://c1:1", "--seeds=2", NULL};
    struct fleetsim_options o;
    (void)state;
    assert_int_equal(parse(words, &o), GO_ON);
    assert_int_equal(o.controllers, 2);
    assert_int_equal(o.seeds, 1);
    assert_true(o.handshakes);
    assert_int_equal(parse(more, &o), USAGE);
}

static void options_are_read(void **state)
{
    static const char *const fleet[] = {
        "--hosts=3",      "--nics=4", "--uplinks=2", "--capacity=1Gbit", "--rate=0.5",
        "--guaranteed=0", "--storm",  "--changes",   "-ojson",           "--label=sla-class=gold",
        "--label",        "team=a=b", NULL};
    static const char *const rest[] = {"--bare",        "--answers=12.5", "--curve",
                                       "--duration=2m", "--loss=10",      "--churn=250",
                                       "--mix=ramp=1",  "--repeat=2",     NULL};
    struct fleetsim_options o;
    (void)state;
    assert_int_equal(parse(fleet, &o), GO_ON);
    assert_int_equal(o.hosts, 3);
    assert_int_equal(o.shape.nics, 4);
    assert_int_equal(o.shape.uplinks, 2);
    assert_int_equal(o.shape.capacity, GBIT);
    assert_int_equal(o.shape.guaranteed, 0);
    assert_int_equal(o.interval_ms, 2000);
    assert_int_equal(o.shape.labels.count, 2);
    assert_string_equal(vm_labels_find(&o.shape.labels, "sla-class"), "gold");
    assert_string_equal(vm_labels_find(&o.shape.labels, "team"), "a=b");
    assert_true(o.storm && o.json && o.print_changes);
    assert_int_equal(parse(rest, &o), GO_ON);
    assert_true(o.bare && o.curve && o.controllers == 0);
    assert_int_equal(o.duration_ms, 120000);
    assert_true(o.answers == 12.5 && o.loss == 10 && o.churn == 250 && o.repeat == 2);
    assert_int_equal(o.shape.mix.weight[TRACE_RAMP], 1);
    assert_int_equal(o.shape.mix.weight[TRACE_IDLE], 0);
}

static void several_controllers_are_dialled_in_their_order(void **state)
{
    static const char *const words[] = {"--controller=tcp://c1:1", "--controller=ipc:///c2", NULL};
    static const char *const many[WORDS_MOST + 2] = {
        "--controller=ipc:///1", "--controller=ipc:///2", "--controller=ipc:///3",
        "--controller=ipc:///4", "--controller=ipc:///5", "--controller=ipc:///6",
        "--controller=ipc:///7", "--controller=ipc:///8", "--controller=ipc:///9"};
    struct fleetsim_options o;
    (void)state;
    assert_int_equal(parse(words, &o), GO_ON);
    assert_int_equal(o.controllers, 2);
    assert_string_equal(o.controller[0], "tcp://c1:1");
    assert_string_equal(o.controller[1], "ipc:///c2");
    assert_int_equal(parse(many, &o), USAGE);
}

static void nonsense_is_refused(void **state)
{
    static const char *const cases[][4] = {
        {"--hosts", "0"},
        {"--hosts", "1.5"},
        {"--hosts", "-1"},
        {"--hosts", "x"},
        {"--hosts", ""},
        {"--hosts", "99999999999"},
        {"--nics", "4097"},
        {"--uplinks", "65"},
        {"--rate", "0"},
        {"--rate", "101"},
        {"--rate", "nan"},
        {"--loss", "101"},
        {"--loss", "-1"},
        {"--repeat", "101"},
        {"--loss", "1x"},
        {"--answers", "inf"},
        {"--capacity", "10"},
        {"--warm-up", "5"},
        {"--mix", "idle"},
        {"--controller", "localhost"},
        {"--watch", "0"},
        {"--label", "gold"},
        {"--label", "=gold"},
        {"--label", "class="},
        {"-o", "csv"},
        {"--curve"},
        {"--loss"},
        {"--nonsense"},
        {"word"},
        {"--nics=1", "--guaranteed=2"},
        {"--nics=1", "--uplinks=2"},
        {"--bare", "--controller=tcp://127.0.0.1:1"},
        {"--bare", "--watch=1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fleetsim_options o;
        memset(&o, 0x5a, sizeof o);
        const struct fleetsim_options before = o;
        assert_int_equal(parse(cases[i], &o), USAGE);
        assert_memory_equal(&o, &before, sizeof o);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_options_there_is_a_fleet),
        cmocka_unit_test(agents_may_know_some_of_the_controllers),
        cmocka_unit_test(options_are_read),
        cmocka_unit_test(several_controllers_are_dialled_in_their_order),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
