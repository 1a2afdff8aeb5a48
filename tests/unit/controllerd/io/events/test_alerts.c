/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/check.h"

#include <dirent.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "controllerd/core/diagnosis/alert_book.h"
#include "controllerd/io/events/alerts.h"
#include "controllerd/io/events/hook.h"
#include "shared/base/clock.h"
#include "tests/lib/temp_folder.h"

enum { PATIENCE_S = 60, LONG_MS = 60000, PATH_BYTES = TEMP_FOLDER_BYTES + 32 };

/* A directory with a program in it. */
struct scene {
    char folder[TEMP_FOLDER_BYTES];
    char program[PATH_BYTES];
};

static int make_scene(void **state)
{
    struct scene *s = calloc(1, sizeof *s);
    if (!s || temp_folder_make(s->folder) != 0)
        return -1;
    (void)snprintf(s->program, sizeof s->program, "%s/program", s->folder);
    *state = s;
    return 0;
}

static int end_scene(void **state)
{
    struct scene *s = *state;
    int result = temp_folder_remove(s->folder);
    free(s);
    return result;
}

/* Writes a shell script that runs in the scene's directory. */
static void write_program(const struct scene *s, const char *script)
{
    FILE *file = fopen(s->program, "we");
    assert_non_null(file);
    assert_true(fprintf(file, "#!/bin/sh\ncd %s || exit 9\n%s\n", s->folder, script) > 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(s->program, 0700), 0);
}

static char *read_all(const struct scene *s, const char *name)
{
    char path[PATH_BYTES];
    static char text[1 << 17];
    (void)snprintf(path, sizeof path, "%s/%s", s->folder, name);
    FILE *file = fopen(path, "re");
    size_t n = file ? fread(text, 1, sizeof text - 1, file) : 0;
    text[n] = '\0';
    if (file)
        (void)fclose(file);
    return text;
}

static bool there(const struct scene *s, const char *name)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s", s->folder, name);
    return access(path, F_OK) == 0;
}

static void wait_for_file(const struct scene *s, const char *name)
{
    const struct timespec moment = {.tv_nsec = 10000000};
    time_t end = time(NULL) + PATIENCE_S;
    while (!there(s, name)) {
        assert_true(time(NULL) < end);
        (void)nanosleep(&moment, NULL);
    }
}

/* --- a single run --- */

static int run(const struct scene *s, const char *text, int64_t most_ms, struct daqs_error *err)
{
    *err = (struct daqs_error){0};
    return hook_run(s->program, text, most_ms, -1, err);
}

static void the_program_gets_the_text_and_its_end(void **state)
{
    struct scene *s = *state;
    struct daqs_error err;
    write_program(s, "cat > got");
    assert_int_equal(run(s, "one\ntwo\n", LONG_MS, &err), DAQS_OK);
    assert_string_equal(read_all(s, "got"), "one\ntwo\n");
}

static void a_text_larger_than_a_pipe_goes_through_to_a_slow_reader(void **state)
{
    struct scene *s = *state;
    struct daqs_error err;
    static char text[100000];
    memset(text, 'x', sizeof text - 1);
    write_program(s, "sleep 0.2; cat > got");
    assert_int_equal(run(s, text, LONG_MS, &err), DAQS_OK);
    assert_int_equal(strlen(read_all(s, "got")), sizeof text - 1);
}

static void a_program_that_does_not_read_its_input_succeeds(void **state)
{
    struct scene *s = *state;
    struct daqs_error err;
    static char text[100000];
    memset(text, 'x', sizeof text - 1);
    write_program(s, "exec <&-; sleep 0.1; exit 0");
    assert_int_equal(run(s, text, LONG_MS, &err), DAQS_OK);
}

static void a_program_that_fails_is_known_by_its_status(void **state)
{
    struct scene *s = *state;
    struct daqs_error err;
    write_program(s, "exit 7");
    assert_int_equal(run(s, "x", LONG_MS, &err), DAQS_EIO);
    assert_non_null(strstr(err.text, "status 7"));
    write_program(s, "kill -9 $$");
    assert_int_equal(run(s, "x", LONG_MS, &err), DAQS_EIO);
    assert_non_null(strstr(err.text, "signal 9"));
}

static void a_program_that_is_missing_or_none_is_known(void **state)
{
    struct scene *s = *state;
    struct daqs_error err;
    assert_int_equal(run(s, "x", LONG_MS, &err), DAQS_ESYSTEM);
    assert_non_null(strstr(err.text, "No such file"));
    write_program(s, "true");
    assert_int_equal(truncate(s->program, 0), 0);
    assert_int_equal(chmod(s->program, 0600), 0);
    assert_int_equal(run(s, "x", LONG_MS, &err), DAQS_ESYSTEM);
}

static void a_program_that_hangs_is_ended_with_all_it_started(void **state)
{
    struct scene *s = *state;
    struct daqs_error err;
    int64_t began_ms = daqs_mono_ms(daqs_clock_system());
    write_program(s, "sleep 1000 & echo $! > child; mv child named; trap 'echo > told' TERM;"
                     " while :; do sleep 1; done");
    assert_int_equal(run(s, "x", 500, &err), DAQS_ETIMEOUT);
    assert_true(daqs_mono_ms(daqs_clock_system()) - began_ms >= 500);
    pid_t child = atoi(read_all(s, "named"));
    assert_true(child > 1);
    time_t end = time(NULL) + PATIENCE_S;
    char stat[64];
    for (bool gone = false; !gone;) { /* a zombie until init reaps it */
        assert_true(time(NULL) < end);
        (void)snprintf(stat, sizeof stat, "/proc/%d/stat", child);
        char line[256] = "";
        FILE *file = fopen(stat, "re");
        gone = !file || !fgets(line, sizeof line, file) || strstr(line, ") Z ");
        if (file)
            (void)fclose(file);
    }
    assert_true(there(s, "told")); /* SIGTERM was sent first */
}

static void the_program_sees_plain_signals_and_no_descriptors_of_ours(void **state)
{
    struct scene *s = *state;
    struct daqs_error err;
    sigset_t all;
    sigset_t old;
    int open = dup(0); /* without close-on-exec */
    assert_true(open >= 3);
    /* The signals are read in a child process, because a shell that waits blocks some. */
    write_program(s, "ls /proc/$$/fd > fds; grep -E 'Sig(Blk|Ign)' /proc/self/status > signals");
    sigfillset(&all);
    assert_int_equal(sigprocmask(SIG_SETMASK, &all, &old), 0);
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    int result = run(s, "x", LONG_MS, &err);
    (void)signal(SIGPIPE, before);
    assert_int_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
    close(open);
    assert_int_equal(result, DAQS_OK);
    /* The shell uses descriptors from 10 on for its script. */
    for (const char *line = strtok(read_all(s, "fds"), "\n"); line; line = strtok(NULL, "\n"))
        assert_true(atoi(line) <= 2 || atoi(line) >= 10);
    const char *signals = read_all(s, "signals");
    assert_non_null(strstr(signals, "SigBlk:\t0000000000000000"));
    /* glibc uses 32 and 33. */
    const char *ignored = strstr(signals, "SigIgn:");
    assert_non_null(ignored);
    assert_int_equal(strtoull(ignored + 7, NULL, 16) & 0x7fffffff, 0);
}

/* --- alerts --- */

static int64_t now(void)
{
    return daqs_mono_ms(daqs_clock_system());
}

static struct alerts *make(const struct scene *s, enum event_level level)
{
    struct alerts *alerts = alerts_new(&(struct alerts_setup){
        .program = s->program, .webhook = "", .level = level, .run_most_ms = LONG_MS});
    assert_non_null(alerts);
    return alerts;
}

/* Each id is about another VM. */
static void say(struct alerts *alerts, enum event_kind kind, int64_t id, const char *text)
{
    char vm[32];
    (void)snprintf(vm, sizeof vm, "vm%d", (int)id);
    struct event *event = event_new(kind, "node1", vm, "", text);
    assert_non_null(event);
    event->id = id;
    event->at_ms = 1500;
    alerts_add(alerts, event, false, now());
    free(event);
}

static void reap_until(struct alerts *alerts, uint64_t runs)
{
    time_t end = time(NULL) + PATIENCE_S;
    for (;;) {
        struct alerts_state state = alerts_state(alerts);
        if (state.told + state.failed >= runs)
            return;
        assert_true(time(NULL) < end);
        struct pollfd fd = {.fd = alerts_fd(alerts), .events = POLLIN};
        assert_true(poll(&fd, 1, 1000) >= 0);
        alerts_reap(alerts, daqs_mono_ms(daqs_clock_system()));
    }
}

static void each_event_is_an_object_with_the_names_of_the_columns(void **state)
{
    struct scene *s = *state;
    write_program(s, "cat >> got");
    struct alerts *alerts = make(s, EVENT_WARNING);
    say(alerts, EVENT_TAMPERED, 3, "quotes \" and \xc3\xbc");
    say(alerts, EVENT_SLA_SET, 4, "below the level");
    reap_until(alerts, 1);
    say(alerts, EVENT_RECOVERED, 5, "of another VM");
    say(alerts, EVENT_RECOVERED, 3, "second");
    alerts_tick(alerts, now());
    reap_until(alerts, 2);
    json_t *json = json_loads(strtok(read_all(s, "got"), "\n"), 0, NULL);
    assert_non_null(json);
    assert_int_equal(json_integer_value(json_object_get(json, "id")), 3);
    assert_string_equal(json_string_value(json_object_get(json, "time")),
                        "1970-01-01T00:00:01.500Z");
    assert_string_equal(json_string_value(json_object_get(json, "kind")), "tampered");
    assert_string_equal(json_string_value(json_object_get(json, "level")), "warning");
    assert_string_equal(json_string_value(json_object_get(json, "host")), "node1");
    assert_string_equal(json_string_value(json_object_get(json, "vm")), "vm3");
    assert_string_equal(json_string_value(json_object_get(json, "since")),
                        "1970-01-01T00:00:01.500Z");
    assert_string_equal(json_string_value(json_object_get(json, "key")), "vm-state/node1/vm3");
    assert_string_equal(json_string_value(json_object_get(json, "status")), "firing");
    assert_string_equal(json_string_value(json_object_get(json, "text")), "quotes \" and \xc3\xbc");
    assert_int_equal(json_object_size(json), 10);
    json_decref(json);
    const char *end = strtok(NULL, "\n");
    assert_non_null(strstr(end, "\"kind\":\"recovered\""));
    assert_non_null(strstr(end, "\"text\":\"second\""));
    assert_non_null(strstr(end, "\"key\":\"vm-state/node1/vm3\",\"status\":\"resolved\""));
    assert_null(strtok(NULL, "\n"));
    assert_int_equal(alerts_state(alerts).told, 2);
    assert_int_equal(alerts_state(alerts).lost, 0);
    alerts_free(alerts);
}

static void all_levels_if_asked_for(void **state)
{
    struct scene *s = *state;
    write_program(s, "cat >> got");
    struct alerts *alerts = make(s, EVENT_INFO);
    say(alerts, EVENT_HOST_UP, 4, "info");
    reap_until(alerts, 1);
    assert_non_null(strstr(read_all(s, "got"), "host-up"));
    alerts_free(alerts);
}

static void failures_are_counted_and_do_not_keep_the_next_from_running(void **state)
{
    struct scene *s = *state;
    struct alerts *alerts = make(s, EVENT_WARNING);
    say(alerts, EVENT_SLA_STAYS, 1, "nothing is there yet");
    reap_until(alerts, 1);
    write_program(s, "exit 1");
    say(alerts, EVENT_SLA_STAYS, 2, "fails");
    reap_until(alerts, 2);
    assert_int_equal(alerts_state(alerts).failed, 2);
    assert_int_equal(alerts_state(alerts).told, 0);
    write_program(s, "cat > got");
    say(alerts, EVENT_SLA_STAYS, 3, "well");
    reap_until(alerts, 3);
    assert_int_equal(alerts_state(alerts).told, 1);
    assert_non_null(strstr(read_all(s, "got"), "well"));
    alerts_free(alerts);
}

static void events_waiting_for_a_hanging_program_are_bounded_and_counted(void **state)
{
    struct scene *s = *state;
    write_program(s, "echo > begun; sleep 1000");
    struct alerts *alerts = make(s, EVENT_WARNING);
    say(alerts, EVENT_SLA_STAYS, 1, "hangs");
    wait_for_file(s, "begun");
    int64_t began_ms = daqs_mono_ms(daqs_clock_system());
    for (int i = 0; i < ALERT_BOOK_HOST_MOST / 4 * 3 - 1 + 44; i++)
        say(alerts, EVENT_SLA_STAYS, 2 + i, "waits");
    assert_int_equal(alerts_state(alerts).lost, 44);
    alerts_free(alerts); /* SIGTERM terminates it at once */
    assert_true(daqs_mono_ms(daqs_clock_system()) - began_ms < LONG_MS / 2);
}

static void a_program_that_will_not_end_does_not_keep_us(void **state)
{
    struct scene *s = *state;
    write_program(s, "trap '' TERM; echo > begun; while :; do sleep 1; done");
    struct alerts *alerts = make(s, EVENT_WARNING);
    say(alerts, EVENT_SLA_STAYS, 1, "hangs");
    wait_for_file(s, "begun");
    int64_t began_ms = daqs_mono_ms(daqs_clock_system());
    alerts_free(alerts);
    assert_true(daqs_mono_ms(daqs_clock_system()) - began_ms < LONG_MS / 2);
}

static void the_program_is_looked_for(void **state)
{
    struct scene *s = *state;
    struct daqs_error err = {0};
    assert_int_equal(alerts_check_program("bin/true", &err), DAQS_EINVALID);
    assert_int_equal(alerts_check_program(s->program, &err), DAQS_EINVALID);
    assert_non_null(strstr(err.text, "No such file"));
    assert_null(strstr(err.text, "arguments"));
    assert_int_equal(alerts_check_program("/bin/true --quiet", &err), DAQS_EINVALID);
    assert_string_equal(err.text, "/bin/true --quiet: No such file or directory; no arguments can "
                                  "be given: write a script that contains them");
    assert_int_equal(alerts_check_program(s->folder, &err), DAQS_EINVALID);
    write_program(s, "true");
    assert_int_equal(alerts_check_program(s->program, &err), DAQS_OK);
    assert_int_equal(chmod(s->program, 0600), 0);
    assert_int_equal(alerts_check_program(s->program, &err), DAQS_EINVALID);
}

#define IN_SCENE(test) cmocka_unit_test_setup_teardown(test, make_scene, end_scene)

int main(void)
{
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    (void)sigprocmask(SIG_BLOCK, &broken_pipe, NULL); /* as in the controller's threads */
    const struct CMUnitTest tests[] = {
        IN_SCENE(the_program_gets_the_text_and_its_end),
        IN_SCENE(a_text_larger_than_a_pipe_goes_through_to_a_slow_reader),
        IN_SCENE(a_program_that_does_not_read_its_input_succeeds),
        IN_SCENE(a_program_that_fails_is_known_by_its_status),
        IN_SCENE(a_program_that_is_missing_or_none_is_known),
        IN_SCENE(a_program_that_hangs_is_ended_with_all_it_started),
        IN_SCENE(the_program_sees_plain_signals_and_no_descriptors_of_ours),
        IN_SCENE(each_event_is_an_object_with_the_names_of_the_columns),
        IN_SCENE(all_levels_if_asked_for),
        IN_SCENE(failures_are_counted_and_do_not_keep_the_next_from_running),
        IN_SCENE(events_waiting_for_a_hanging_program_are_bounded_and_counted),
        IN_SCENE(a_program_that_will_not_end_does_not_keep_us),
        IN_SCENE(the_program_is_looked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
