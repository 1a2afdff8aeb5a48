/* SPDX-License-Identifier: Apache-2.0 */
/* The nics that this machine gave to its VMs, according to its files. */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agentd/host/vm_host.h"
#include "tests/lib/temp_folder.h"

static char dir[TEMP_FOLDER_BYTES];
static struct vm_host_stamp stamp;
static struct host_nics nics;
static struct vm_labels labels;
static struct vm_host_search search;

static int setup(void **state)
{
    (void)state;
    stamp = (struct vm_host_stamp){0};
    search = (struct vm_host_search){.socket = "/run/q/web1.qga", .owner = getuid()};
    return temp_folder_make(dir);
}

static int teardown(void **state)
{
    (void)state;
    return temp_folder_remove(dir);
}

static const char *at(const char *name)
{
    static char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void put(const char *name, const char *bytes, size_t length)
{
    FILE *file = fopen(at(name), "we");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static void config(const char *name, const char *text)
{
    put(name, text, strlen(text));
}

/* Adds a process whose arguments are separated by blanks in 'args'. */
static void process(const char *pid, const char *args)
{
    char bytes[512];
    char name[32];
    size_t length = strlen(args) + 1;
    assert_true(length <= sizeof bytes);
    memcpy(bytes, args, length);
    for (size_t i = 0; i < length; i++)
        if (bytes[i] == ' ')
            bytes[i] = '\0';
    assert_int_equal(mkdir(at(pid), 0755), 0);
    (void)snprintf(name, sizeof name, "%s/cmdline", pid);
    put(name, bytes, length);
}

/* --- configurations --- */

static void a_configuration_is_read_when_it_has_changed(void **state)
{
    (void)state;
    config("100.conf", "net0: virtio=BC:24:11:00:00:01,bridge=vmbr0\n");
    assert_int_equal(vm_host_config(dir, "100", &stamp, &nics, &labels), VM_HOST_READ);
    assert_int_equal(nics.count, 1);
    assert_int_equal(vm_host_config(dir, "100", &stamp, &nics, &labels), VM_HOST_SAME);
    config("100.conf",
           "net0: virtio=BC:24:11:00:00:01,bridge=vmbr0\nnet1: virtio=BC:24:11:00:00:02\n");
    assert_int_equal(vm_host_config(dir, "100", &stamp, &nics, &labels), VM_HOST_READ);
    assert_int_equal(nics.count, 2);
}

static void an_invalid_configuration_is_not_known(void **state)
{
    (void)state;
    assert_int_equal(vm_host_config(dir, "100", &stamp, &nics, &labels), VM_HOST_UNKNOWN);
    assert_int_equal(vm_host_config("/nonexistent", "100", &stamp, &nics, &labels),
                     VM_HOST_UNKNOWN);
    assert_int_equal(mkdir(at("101.conf"), 0755), 0);
    assert_int_equal(vm_host_config(dir, "101", &stamp, &nics, &labels), VM_HOST_UNKNOWN);
    config("web1.conf", "net0: virtio=BC:24:11:00:00:01\n"); /* not the number of a VM */
    assert_int_equal(vm_host_config(dir, "web1", &stamp, &nics, &labels), VM_HOST_UNKNOWN);
    assert_int_equal(vm_host_config(dir, "../100", &stamp, &nics, &labels), VM_HOST_UNKNOWN);
    assert_int_equal(vm_host_config(dir, "", &stamp, &nics, &labels), VM_HOST_UNKNOWN);
    put("102.conf", "net0: \0virtio=BC:24:11:00:00:01\n", 33);
    assert_int_equal(vm_host_config(dir, "102", &stamp, &nics, &labels), VM_HOST_UNKNOWN);
    config("103.conf", "net0: virtio=BC:24:11:00:00:01\n");
    assert_int_equal(truncate(at("103.conf"), 2 * 1024 * 1024), 0);
    assert_int_equal(vm_host_config(dir, "103", &stamp, &nics, &labels), VM_HOST_UNKNOWN);
}

static void the_title_and_the_labels_are_those_of_the_configuration(void **state)
{
    (void)state;
    config("100.conf", "name: db1\ntags: prod\n");
    assert_int_equal(vm_host_config(dir, "100", &stamp, &nics, &labels), VM_HOST_READ);
    assert_string_equal(labels.title, "db1");
    assert_string_equal(vm_labels_find(&labels, "pve-tag"), "prod");
    config("100.conf", "tags: test;web\n");
    assert_int_equal(vm_host_config(dir, "100", &stamp, &nics, &labels), VM_HOST_READ);
    assert_string_equal(labels.title, "");
    assert_string_equal(vm_labels_find(&labels, "pve-tag"), "test");
}

static void pools_are_read_when_they_have_changed(void **state)
{
    char *text = NULL;
    (void)state;
    assert_int_equal(vm_host_pools(at("user.cfg"), &stamp, &text), VM_HOST_UNKNOWN);
    assert_null(text);
    config("user.cfg", "pool:prod::100:\n");
    assert_int_equal(vm_host_pools(at("user.cfg"), &stamp, &text), VM_HOST_READ);
    assert_string_equal(text, "pool:prod::100:\n");
    free(text);
    assert_int_equal(vm_host_pools(at("user.cfg"), &stamp, &text), VM_HOST_SAME);
}

/* Opening a FIFO would block until its other end is opened. */
static void a_pipe_is_not_a_configuration(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(at("104.conf"), 0600), 0);
    assert_int_equal(vm_host_config(dir, "104", &stamp, &nics, &labels), VM_HOST_UNKNOWN);
    assert_int_equal(symlink("104.conf", at("105.conf")), 0);
    assert_int_equal(vm_host_config(dir, "105", &stamp, &nics, &labels), VM_HOST_UNKNOWN);
    assert_int_equal(symlink("106.conf", at("106.conf")), 0);
    assert_int_equal(vm_host_config(dir, "106", &stamp, &nics, &labels), VM_HOST_UNKNOWN);
}

static void one_that_may_not_be_read_is_not_known(void **state)
{
    (void)state;
    if (getuid() == 0)
        skip(); /* root can read it */
    config("100.conf", "net0: virtio=BC:24:11:00:00:01\n");
    assert_int_equal(chmod(at("100.conf"), 0), 0);
    assert_int_equal(vm_host_config(dir, "100", &stamp, &nics, &labels), VM_HOST_UNKNOWN);
}

/* --- processes --- */

#define WEB1 "qemu-system-x86_64 -chardev socket,path=/run/q/web1.qga,id=q "

static void g3_the_process_on_the_socket_gives_the_nics(void **state)
{
    (void)state;
    process("10", "qemu-system-x86_64 -chardev socket,path=/run/q/web2.qga -device "
                  "e1000,netdev=n,mac=02:00:00:00:00:02");
    process("11", WEB1 "-device virtio-net-pci,netdev=n,mac=52:54:00:00:00:01");
    process("12", "qemu-ga -m unix-listen -p /run/q/web1.qga");
    process("self", WEB1 "-device virtio-net-pci,netdev=n,mac=52:54:00:00:00:09");
    vm_host_processes(dir, &search, 1);
    assert_int_equal(search.found, 1);
    assert_int_equal(search.nics.count, 1);
    assert_int_equal(search.nics.nic[0].mac.byte[5], 1);
}

static void several_guests_are_looked_for_at_once(void **state)
{
    struct vm_host_search both[] = {search, search};
    (void)state;
    both[1].socket = "/run/q/web2.qga";
    process("11", WEB1 "-device virtio-net-pci,netdev=n,mac=52:54:00:00:00:01");
    process("12", "q -chardev socket,path=/run/q/web2.qga -nic none");
    vm_host_processes(dir, both, 2);
    assert_int_equal(both[0].found, 1);
    assert_int_equal(both[1].found, 1);
    assert_int_equal(both[1].nics.count, 0);
}

static void a_program_that_started_qemu_has_the_same_arguments(void **state)
{
    (void)state;
    process("10", "sudo " WEB1 "-device virtio-net-pci,netdev=n,mac=52:54:00:00:00:01");
    process("11", WEB1 "-device virtio-net-pci,netdev=n,mac=52:54:00:00:00:01");
    vm_host_processes(dir, &search, 1);
    assert_int_equal(search.found, 1);
}

static void of_two_that_differ_neither_is_believed(void **state)
{
    (void)state;
    process("10", WEB1 "-device virtio-net-pci,netdev=n,mac=52:54:00:00:00:01");
    process("11", WEB1 "-device virtio-net-pci,netdev=n,mac=52:54:00:00:00:02");
    process("12", WEB1 "-device virtio-net-pci,netdev=n,mac=52:54:00:00:00:01");
    vm_host_processes(dir, &search, 1);
    assert_int_equal(search.found, 2);
}

static void another_users_process_is_not_believed(void **state)
{
    (void)state;
    process("10", WEB1 "-device virtio-net-pci,netdev=n,mac=52:54:00:00:00:01");
    if (getuid() == 0)
        assert_int_equal(chown(at("10/cmdline"), 12345, 12345), 0);
    else
        search.owner = getuid() + 1;
    vm_host_processes(dir, &search, 1);
    assert_int_equal(search.found, 0);
}

static void processes_that_cannot_be_read_are_passed_over(void **state)
{
    static char huge[300 * 1024];
    (void)state;
    assert_int_equal(mkdir(at("10"), 0755), 0); /* the process has just ended */
    process("11", "");
    assert_int_equal(mkdir(at("12"), 0755), 0);
    memset(huge, '-', sizeof huge);
    put("12/cmdline", huge, sizeof huge);
    assert_int_equal(mkdir(at("13"), 0755), 0);
    assert_int_equal(mkdir(at("13/cmdline"), 0755), 0);
    config("14", "no folder");
    vm_host_processes(dir, &search, 1);
    vm_host_processes("/nonexistent", &search, 1);
    assert_int_equal(search.found, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_configuration_is_read_when_it_has_changed),
        CASE(an_invalid_configuration_is_not_known),
        CASE(the_title_and_the_labels_are_those_of_the_configuration),
        CASE(pools_are_read_when_they_have_changed),
        CASE(a_pipe_is_not_a_configuration),
        CASE(one_that_may_not_be_read_is_not_known),
        CASE(g3_the_process_on_the_socket_gives_the_nics),
        CASE(several_guests_are_looked_for_at_once),
        CASE(a_program_that_started_qemu_has_the_same_arguments),
        CASE(of_two_that_differ_neither_is_believed),
        CASE(another_users_process_is_not_believed),
        CASE(processes_that_cannot_be_read_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
