/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "agentd/guests/guest_source.h"
#include "agentd/host/vm_host.h"
#include "tests/lib/temp_folder.h"

enum { PATIENCE_MS = 10000 }; /* expires only if the code is broken */

static char dir[TEMP_FOLDER_BYTES];
static struct guest_source *source;
static struct guest_event event;

static const char *at(const char *name)
{
    static char path[100];
    (void)snprintf(path, sizeof path, "%s/%.35s", dir, name);
    return path;
}

/* Makes a listening socket with this name. Returns its descriptor. */
static int listen_at(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", at(name));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 4), 0);
    return fd;
}

static void make_socket(const char *name)
{
    assert_int_equal(close(listen_at(name)), 0);
}

static void watch(const char *pattern)
{
    struct daqs_error err = {0};
    char proc[100];
    char pools[100];
    (void)snprintf(pools, sizeof pools, "%s/user.cfg", dir);
    (void)snprintf(proc, sizeof proc, "%s/proc", dir);
    source = source_sockets_new(at(pattern), &(struct vm_host_places){dir, pools, proc}, &err);
    assert_non_null(source);
}

static int setup(void **state)
{
    (void)state;
    source = NULL;
    return temp_folder_make(dir);
}

static int teardown(void **state)
{
    (void)state;
    guest_source_free(source);
    return temp_folder_remove(dir);
}

static void wait_readable(void)
{
    struct pollfd p = {.fd = source->fd(source), .events = POLLIN};
    assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
}

/* Waits for the next event, however many scans that takes. */
static void expect(enum guest_event_type type, const char *name)
{
    for (int looks = 0; !source->next(source, &event); looks++) {
        assert_true(looks < 10);
        wait_readable();
    }
    assert_int_equal(event.type, type);
    assert_string_equal(event.name, name);
}

/* Checks that the next scan reports nothing. */
static void expect_quiet(void)
{
    wait_readable();
    assert_false(source->next(source, &event));
}

static void a_socket_is_a_guest_named_after_it(void **state)
{
    (void)state;
    make_socket("100.qga");
    watch("*.qga");
    expect(GUEST_PRESENT, "100");
    assert_true(event.restarted);
    assert_false(event.nics_known);
    assert_int_equal(event.nics, 0);
    assert_string_equal(event.uuid, "");
}

static void the_last_extension_only_is_cut_from_the_name(void **state)
{
    (void)state;
    make_socket("web.example.qga");
    watch("*");
    expect(GUEST_PRESENT, "web.example");
    make_socket("plain");
    expect(GUEST_PRESENT, "plain");
    make_socket(u8"gr\u00fc\u00df dich.sock");
    expect(GUEST_PRESENT, u8"gr\u00fc\u00df dich");
}

static void each_guest_is_reported_once(void **state)
{
    (void)state;
    char name[32];
    bool told[20] = {false};
    for (int i = 0; i < 20; i++) {
        (void)snprintf(name, sizeof name, "%d.qga", i);
        make_socket(name);
    }
    watch("*.qga");
    wait_readable();
    for (int i = 0; i < 20; i++) {
        assert_true(source->next(source, &event));
        assert_int_equal(event.type, GUEST_PRESENT);
        int number = atoi(event.name);
        assert_in_range(number, 0, 19);
        assert_false(told[number]);
        told[number] = true;
    }
    assert_false(source->next(source, &event));
    expect_quiet();
}

static void guests_come_and_go_later(void **state)
{
    (void)state;
    watch("*.qga");
    expect_quiet();
    make_socket("a.qga");
    expect(GUEST_PRESENT, "a");
    make_socket("b.qga");
    assert_int_equal(unlink(at("a.qga")), 0);
    expect(GUEST_GONE, "a");
    expect(GUEST_PRESENT, "b");
}

static void each_of_many_that_go_at_once_is_reported(void **state)
{
    (void)state;
    make_socket("a.qga");
    make_socket("b.qga");
    make_socket("c.qga");
    watch("*.qga");
    wait_readable();
    for (int i = 0; i < 3; i++)
        assert_true(source->next(source, &event));
    assert_int_equal(unlink(at("a.qga")), 0);
    assert_int_equal(unlink(at("c.qga")), 0);
    make_socket("d.qga");
    unsigned gone = 0;
    unsigned present = 0;
    while (gone + present < 3) {
        wait_readable();
        while (source->next(source, &event)) {
            assert_string_not_equal(event.name, "b");
            gone += event.type == GUEST_GONE && strchr("ac", event.name[0]) != NULL;
            present += event.type == GUEST_PRESENT && event.name[0] == 'd';
        }
    }
    assert_int_equal(gone, 2);
    assert_int_equal(present, 1);
}

static void a_guest_that_came_back_is_reported_again(void **state)
{
    (void)state;
    make_socket("a.qga");
    watch("*.qga");
    expect(GUEST_PRESENT, "a");
    assert_int_equal(unlink(at("a.qga")), 0);
    expect(GUEST_GONE, "a");
    make_socket("a.qga");
    expect(GUEST_PRESENT, "a");
}

/* Renamed into place, so that both exist at once and cannot have the same inode. */
static void another_socket_under_the_same_name_is_a_restart(void **state)
{
    (void)state;
    char from[100];
    make_socket("a.qga");
    watch("*.qga");
    expect(GUEST_PRESENT, "a");
    make_socket("a.new");
    (void)snprintf(from, sizeof from, "%s", at("a.new"));
    assert_int_equal(rename(from, at("a.qga")), 0);
    expect(GUEST_PRESENT, "a");
    assert_true(event.restarted);
    expect_quiet();
}

static void a_file_that_is_not_a_socket_is_not_a_guest(void **state)
{
    (void)state;
    int fd = open(at("file.qga"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(mkdir(at("folder.qga"), 0700), 0);
    assert_int_equal(symlink("nowhere", at("link.qga")), 0);
    watch("*.qga");
    expect_quiet();
}

static void a_socket_with_an_invalid_guest_name_is_ignored(void **state)
{
    (void)state;
    make_socket("evil\nname.qga");
    make_socket("\xff\xfe.qga");
    make_socket("\x1b[2J.qga");
    make_socket("good.qga");
    watch("*.qga");
    expect(GUEST_PRESENT, "good");
    expect_quiet();
}

/* QEMU's monitor is next to the guest agent. If they counted as two guests, the end of one would
 * end the other. */
static void of_two_sockets_with_one_name_the_first_is_the_guests(void **state)
{
    (void)state;
    make_socket("100.qmp");
    int agent = listen_at("100.qga");
    watch("100.*");
    expect(GUEST_PRESENT, "100");
    expect_quiet();
    struct qga_channel *channel = source->open(source, &event);
    char *reply = NULL;
    assert_non_null(channel);
    assert_int_equal(channel->call(channel, "{}", 20, &reply, NULL), DAQS_ETIMEOUT);
    int accepted = accept(agent, NULL, NULL);
    assert_true(accepted >= 0);
    channel->free(channel);
    assert_int_equal(close(accepted), 0);
    assert_int_equal(close(agent), 0);
    assert_int_equal(unlink(at("100.qmp")), 0);
    expect_quiet();
    expect_quiet();
}

static void when_that_is_gone_the_other_one_is(void **state)
{
    (void)state;
    make_socket("a.1");
    make_socket("a.2");
    watch("a.*");
    expect(GUEST_PRESENT, "a");
    expect_quiet();
    assert_int_equal(unlink(at("a.1")), 0);
    expect(GUEST_GONE, "a");
    expect(GUEST_PRESENT, "a");
    assert_true(event.restarted);
    expect_quiet();
}

static void a_file_that_turns_into_a_socket_is_a_guest(void **state)
{
    (void)state;
    int fd = open(at("a.qga"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    watch("*.qga");
    expect_quiet();
    assert_int_equal(unlink(at("a.qga")), 0);
    make_socket("a.qga");
    expect(GUEST_PRESENT, "a");
}

static void a_channel_leads_to_the_guests_own_socket(void **state)
{
    (void)state;
    int other = listen_at("a.qga");
    int own = listen_at("b.qga");
    watch("*.qga");
    wait_readable();
    do
        assert_true(source->next(source, &event));
    while (strcmp(event.name, "b") != 0);
    struct qga_channel *channel = source->open(source, &event);
    assert_non_null(channel);
    char *reply = NULL;
    assert_int_equal(channel->call(channel, "{}", 20, &reply, NULL), DAQS_ETIMEOUT);
    int accepted = accept(own, NULL, NULL);
    assert_true(accepted >= 0);
    assert_int_equal(accept(other, NULL, NULL), -1);
    assert_int_equal(errno, EAGAIN);
    channel->free(channel);
    assert_int_equal(close(accepted), 0);
    assert_int_equal(close(own), 0);
    assert_int_equal(close(other), 0);
}

static void there_is_no_channel_to_an_unknown_guest(void **state)
{
    (void)state;
    make_socket("a.qga");
    watch("*.qga");
    expect(GUEST_PRESENT, "a");
    (void)snprintf(event.name, sizeof event.name, "b");
    assert_null(source->open(source, &event));
}

static void a_source_can_end_with_events_untold(void **state)
{
    (void)state;
    make_socket("a.qga");
    make_socket("b.qga");
    watch("*.qga");
    wait_readable();
    assert_true(source->next(source, &event));
}

/* --- the nics that the host gave to a guest --- */

static void write_file(const char *name, const char *bytes, size_t length)
{
    char temporary[100];
    (void)snprintf(temporary, sizeof temporary, "%s", at("being-written"));
    FILE *file = fopen(temporary, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(rename(temporary, at(name)), 0);
}

static void configure(const char *name, const char *text)
{
    write_file(name, text, strlen(text));
}

/* Adds a process with QEMU's arguments for a guest that has this nic. */
static void run_qemu(const char *pid, const char *socket, const char *mac)
{
    char name[40];
    char args[300];
    int length =
        snprintf(args, sizeof args, "q -chardev socket,path=%s -device e1000,netdev=n,mac=%s",
                 at(socket), mac);
    for (int i = 0; i < length; i++)
        if (args[i] == ' ')
            args[i] = '\0';
    (void)mkdir(at("proc"), 0700);
    (void)snprintf(name, sizeof name, "proc/%s", pid);
    assert_int_equal(mkdir(at(name), 0700), 0);
    (void)snprintf(name, sizeof name, "proc/%s/cmdline", pid);
    write_file(name, args, (size_t)length + 1);
}

static void expect_nics(size_t count, int last_byte)
{
    assert_true(event.nics_known);
    assert_int_equal(event.nics, count);
    assert_int_equal(event.nic[count - 1].mac.byte[5], last_byte);
}

static void g3_a_guests_nics_are_those_of_its_configuration(void **state)
{
    (void)state;
    configure("100.conf", "net0: virtio=BC:24:11:00:00:01,bridge=b\n");
    make_socket("100.qga");
    watch("*.qga");
    expect(GUEST_PRESENT, "100");
    expect_nics(1, 1);
    expect_quiet();
}

static void g3_a_nic_that_is_plugged_in_is_reported(void **state)
{
    (void)state;
    configure("100.conf", "net0: virtio=BC:24:11:00:00:01,bridge=b\n");
    make_socket("100.qga");
    watch("*.qga");
    expect(GUEST_PRESENT, "100");
    configure("100.conf",
              "net0: virtio=BC:24:11:00:00:01,bridge=b\nnet1: virtio=BC:24:11:00:00:02\n");
    expect(GUEST_PRESENT, "100");
    expect_nics(2, 2);
    assert_false(event.restarted);
    /* Changes that concern no nic are not reported. */
    configure("100.conf",
              "net0: virtio=BC:24:11:00:00:01\nnet1: virtio=BC:24:11:00:00:02\nonboot: 1\n");
    expect_quiet();
    expect_quiet();
}

static void g3_without_a_configuration_qemus_arguments_are_used(void **state)
{
    (void)state;
    make_socket("web1.qga");
    run_qemu("7", "web1.qga", "52:54:00:00:00:07");
    watch("*.qga");
    expect(GUEST_PRESENT, "web1");
    expect_nics(1, 7);
}

static void so_do_they_where_a_configuration_is_incomplete(void **state)
{
    (void)state;
    configure("100.conf", "net0: virtio=BC:24:11:00:00:01\nhostpci0: mapping=vfs\n");
    make_socket("100.qga");
    watch("*.qga");
    expect(GUEST_PRESENT, "100");
    expect_nics(1, 1); /* the configuration is used until there is a process */
    run_qemu("7", "100.qga", "52:54:00:00:00:07");
    expect(GUEST_PRESENT, "100");
    expect_nics(1, 7);
}

static void later_findings_are_reported_then(void **state)
{
    (void)state;
    make_socket("web1.qga");
    watch("*.qga");
    expect(GUEST_PRESENT, "web1");
    assert_false(event.nics_known);
    run_qemu("7", "web1.qga", "52:54:00:00:00:07");
    expect(GUEST_PRESENT, "web1");
    expect_nics(1, 7);
    assert_false(event.restarted);
}

static void a_guest_that_restarts_is_asked_again(void **state)
{
    (void)state;
    char from[100];
    make_socket("web1.qga");
    run_qemu("7", "web1.qga", "52:54:00:00:00:07");
    watch("*.qga");
    expect(GUEST_PRESENT, "web1");
    assert_int_equal(unlink(at("proc/7/cmdline")), 0);
    run_qemu("8", "web1.qga", "52:54:00:00:00:08");
    expect_quiet();
    make_socket("web1.new");
    (void)snprintf(from, sizeof from, "%s", at("web1.new"));
    assert_int_equal(rename(from, at("web1.qga")), 0);
    expect(GUEST_PRESENT, "web1");
    assert_true(event.restarted);
    expect_nics(1, 8);
}

static void a_configuration_that_is_gone_gives_no_nics(void **state)
{
    (void)state;
    configure("100.conf", "net0: virtio=BC:24:11:00:00:01,bridge=b\n");
    make_socket("100.qga");
    watch("*.qga");
    expect(GUEST_PRESENT, "100");
    assert_int_equal(unlink(at("100.conf")), 0);
    expect_quiet();
    expect_quiet();
}

/* As when the file system of Proxmox VE's configurations hangs. The thread blocks until this
 * program ends. */
static void its_title_and_its_labels_are_those_of_its_configuration_and_its_pool(void **state)
{
    (void)state;
    make_socket("100.qga");
    configure("100.conf", "name: db1\ntags: daqs-class-gold\n");
    configure("user.cfg", "pool:prod::100:\n");
    watch("*.qga");
    expect(GUEST_PRESENT, "100");
    assert_true(event.described);
    assert_string_equal(event.labels.title, "db1");
    assert_string_equal(vm_labels_find(&event.labels, "sla-class"), "gold");
    assert_string_equal(vm_labels_find(&event.labels, "pve-pool"), "prod");
    configure("user.cfg", "pool:other::100:\n");
    expect(GUEST_PRESENT, "100");
    assert_string_equal(vm_labels_find(&event.labels, "pve-pool"), "other");
    configure("100.conf", "name: db2\n");
    expect(GUEST_PRESENT, "100");
    assert_string_equal(event.labels.title, "db2");
    assert_null(vm_labels_find(&event.labels, "sla-class"));
    assert_false(event.restarted);
    expect_quiet();
}

static void without_a_configuration_they_are_not_known(void **state)
{
    (void)state;
    make_socket("web.qga");
    watch("*.qga");
    expect(GUEST_PRESENT, "web");
    assert_false(event.described);
}

static void a_source_ends_though_its_thread_waits_for_files(void **state)
{
    (void)state;
    make_socket("web1.qga");
    assert_int_equal(mkdir(at("proc"), 0700), 0);
    assert_int_equal(mkdir(at("proc/7"), 0700), 0);
    assert_int_equal(mkfifo(at("proc/7/cmdline"), 0600), 0);
    watch("*.qga");
    guest_source_free(source);
    source = NULL;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_socket_is_a_guest_named_after_it),
        CASE(the_last_extension_only_is_cut_from_the_name),
        CASE(each_guest_is_reported_once),
        CASE(guests_come_and_go_later),
        CASE(each_of_many_that_go_at_once_is_reported),
        CASE(a_guest_that_came_back_is_reported_again),
        CASE(another_socket_under_the_same_name_is_a_restart),
        CASE(a_file_that_is_not_a_socket_is_not_a_guest),
        CASE(a_socket_with_an_invalid_guest_name_is_ignored),
        CASE(of_two_sockets_with_one_name_the_first_is_the_guests),
        CASE(when_that_is_gone_the_other_one_is),
        CASE(a_file_that_turns_into_a_socket_is_a_guest),
        CASE(a_channel_leads_to_the_guests_own_socket),
        CASE(there_is_no_channel_to_an_unknown_guest),
        CASE(a_source_can_end_with_events_untold),
        CASE(g3_a_guests_nics_are_those_of_its_configuration),
        CASE(g3_a_nic_that_is_plugged_in_is_reported),
        CASE(g3_without_a_configuration_qemus_arguments_are_used),
        CASE(so_do_they_where_a_configuration_is_incomplete),
        CASE(later_findings_are_reported_then),
        CASE(a_guest_that_restarts_is_asked_again),
        CASE(a_configuration_that_is_gone_gives_no_nics),
        CASE(its_title_and_its_labels_are_those_of_its_configuration_and_its_pool),
        CASE(without_a_configuration_they_are_not_known),
        CASE(a_source_ends_though_its_thread_waits_for_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
