/* SPDX-License-Identifier: Apache-2.0 */
/* The nics of a VM according to its configuration in Proxmox VE, and to the arguments of its
 * QEMU. */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/core/host_nics.h"

static struct host_nics nics;

/* Formats the nics as "52:54:00:00:00:01 0000:01:10.0 ...": by MAC address if there is one,
 * otherwise by PCI function. */
static const char *listed(void)
{
    static char text[DOMAIN_NICS_MAX * 20];
    char mac[DAQS_MAC_TEXT];
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < nics.count; i++) {
        const struct domain_nic *nic = &nics.nic[i];
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%s", i ? " " : "",
                                   nic->mac_known ? daqs_mac_format(&nic->mac, mac) : nic->pci);
    }
    return text;
}

/* --- Proxmox VE --- */

static void g3_a_vms_nics_are_those_in_its_configuration(void **state)
{
    (void)state;
    host_nics_of_pve("# docker host\n"
                     "agent: 1\n"
                     "boot: order=scsi0;net0\n"
                     "memory: 4096\n"
                     "name: web\n"
                     "net0: virtio=BC:24:11:2A:00:01,bridge=vmbr0,firewall=1,rate=50\n"
                     "net1: e1000=bc:24:11:2a:00:02,bridge=vmbr1,link_down=1\n"
                     "net12: model=virtio,macaddr=02:00:00:00:00:03,bridge=vmbr0,tag=7\n"
                     "numa: 0\n",
                     &nics);
    assert_string_equal(listed(), "bc:24:11:2a:00:01 bc:24:11:2a:00:02 02:00:00:00:00:03");
    assert_false(nics.more);
}

static void pending_rows_and_rows_of_a_snapshot_do_not_count(void **state)
{
    (void)state;
    host_nics_of_pve("net0: virtio=BC:24:11:00:00:01,bridge=vmbr0\n"
                     "\n[PENDING]\nnet1: virtio=BC:24:11:00:00:02,bridge=vmbr0\n"
                     "\n[before]\nnet2: virtio=BC:24:11:00:00:03,bridge=vmbr0\n",
                     &nics);
    assert_string_equal(listed(), "bc:24:11:00:00:01");
}

static void functions_that_are_passed_through_are_reported(void **state)
{
    (void)state;
    host_nics_of_pve("hostpci0: 0000:01:10.0,pcie=1\n"
                     "hostpci1: host=81:0A.6,rombar=0\n"
                     "hostpci2: 10000:02:00.1;0000:03:1f.7,x-vga=1\r\n"
                     "net0: virtio=BC:24:11:00:00:01,bridge=vmbr0",
                     &nics);
    assert_string_equal(listed(), "0000:01:10.0 0000:81:0a.6 10000:02:00.1 0000:03:1f.7 "
                                  "bc:24:11:00:00:01");
    assert_false(nics.more);
}

static void without_its_number_all_functions_of_a_device_are(void **state)
{
    (void)state;
    host_nics_of_pve("hostpci0: 01:10\n", &nics);
    assert_int_equal(nics.count, 8);
    assert_string_equal(nics.nic[0].pci, "0000:01:10.0");
    assert_string_equal(nics.nic[7].pci, "0000:01:10.7");
}

static void unknown_output_may_hide_more(void **state)
{
    static const char *const texts[] = {
        "hostpci0: mapping=vfs,pcie=1\n",
        "hostpci0:\n",
        "hostpci0: 01:10.8\n",
        "hostpci0: 01:20.0\n",
        "hostpci0: 1234567:01:10.0\n",
        "hostpci0: 0000:01:10.0.0\n",
        "hostpci0: 1:2:3:4.0\n",
        "args: -device virtio-net-pci,netdev=n9\n",
        "net0: virtio,bridge=vmbr0\n",
        "net0: virtio=BC:24:11:00:00,bridge=vmbr0\n",
        "net0: virtio=BC:24:11:00:00:01:02:03:04:05:06\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        host_nics_of_pve(texts[i], &nics);
        if (nics.count != 0 || !nics.more)
            fail_msg("%s: %s", texts[i], listed());
    }
}

static void other_lines_are_none(void **state)
{
    (void)state;
    host_nics_of_pve("", &nics);
    assert_int_equal(nics.count, 0);
    assert_false(nics.more);
    host_nics_of_pve("net: virtio=BC:24:11:00:00:01\n"
                     "net0x: virtio=BC:24:11:00:00:01\n"
                     "net0\n"
                     "network0: virtio=BC:24:11:00:00:01\n"
                     " net0: virtio=BC:24:11:00:00:01\n"
                     "#net0: virtio=BC:24:11:00:00:01\n"
                     "hostpci\nhostpci1\n:\n\n"
                     "\xff\xfe: \x01\n",
                     &nics);
    assert_int_equal(nics.count, 0);
    assert_false(nics.more);
}

static void no_more_than_a_guest_may_have_are_kept(void **state)
{
    char text[200 * 48];
    size_t length = 0;
    (void)state;
    for (int i = 0; i < 200; i++)
        length += (size_t)snprintf(text + length, sizeof text - length,
                                   "net%d: virtio=02:00:00:00:00:%02x,bridge=b\n", i, i);
    host_nics_of_pve(text, &nics);
    assert_int_equal(nics.count, DOMAIN_NICS_MAX);
    assert_true(nics.more);
}

/* --- QEMU --- */

/* The arguments in 'text' are separated by blanks. */
static bool by_args(const char *text, const char *socket)
{
    char args[4096];
    size_t length = strlen(text) + 1;
    assert_true(length <= sizeof args);
    memcpy(args, text, length);
    for (size_t i = 0; i < length; i++)
        if (args[i] == ' ')
            args[i] = '\0';
    return host_nics_of_qemu(args, length, socket, &nics);
}

#define ON "-chardev socket,path=/run/qemu-server/100.qga,server=on,wait=off,id=qga0 "
static const char here[] = "/run/qemu-server/100.qga";

static void assert_nics(const char *args, const char *expected)
{
    assert_true(by_args(args, here));
    assert_string_equal(listed(), expected);
    assert_false(nics.more);
}

static void g3_a_vms_nics_are_those_that_qemu_was_started_with(void **state)
{
    (void)state;
    assert_nics(
        "/usr/bin/kvm -id 100 -name web,debug-threads=on "
        "-chardev socket,id=qmp,path=/var/run/qemu-server/100.qmp,server=on,wait=off "
        "-mon chardev=qmp,mode=control "
        "-chardev socket,path=/var/run/qemu-server/100.qga,server=on,wait=off,id=qga0 "
        "-device virtio-serial,id=qga0,bus=pci.0,addr=0x8 "
        "-device virtserialport,chardev=qga0,name=org.qemu.guest_agent.0 "
        "-device vfio-pci,host=0000:01:10.0,id=hostpci0,bus=pci.0,addr=0x10 "
        "-netdev type=tap,id=net0,ifname=tap100i0,vhost=on "
        "-device virtio-net-pci,mac=BC:24:11:00:00:01,netdev=net0,bus=pci.0,addr=0x12,id=net0",
        "0000:01:10.0 bc:24:11:00:00:01");
}

static void devices_may_be_written_in_several_ways(void **state)
{
    (void)state;
    assert_nics(ON "--device driver=virtio-net-pci,netdev=n0,mac=52:54:00:00:00:01",
                "52:54:00:00:00:01");
    assert_nics(
        ON "-device {\"driver\":\"virtio-net-pci\",\"netdev\":\"n0\",\"id\":\"a\\\"b\",\"mq\":true,"
           "\"mac\":\"52:54:00:00:00:02\"}",
        "52:54:00:00:00:02");
    assert_nics(ON "-device {\"driver\":\"vfio-pci\",\"host\":\"0000:01:10.1\"}", "0000:01:10.1");
    assert_nics(ON "-device vfio-pci,sysfsdev=/sys/bus/pci/devices/0000:01:10.2", "0000:01:10.2");
    assert_nics(ON "-device vfio-pci-nohotplug,host=01:10.3", "0000:01:10.3");
    assert_nics(ON "-nic tap,ifname=t0,model=virtio-net-pci,mac=52:54:00:00:00:03",
                "52:54:00:00:00:03");
    assert_nics(ON "-net nic,macaddr=52:54:00:00:00:04 -net tap,ifname=t1", "52:54:00:00:00:04");
    assert_nics(ON "-nic none -vga none", "");
}

static void a_missing_address_is_qemus_default(void **state)
{
    (void)state;
    assert_nics(ON "-device virtio-net-pci,netdev=n0 -device e1000,netdev=n1",
                "52:54:00:12:34:56 52:54:00:12:34:57");
    assert_nics(ON "-device virtio-net-pci,netdev=n0,mac=52:54:00:12:34:56 -device e1000,netdev=n1",
                "52:54:00:12:34:56 52:54:00:12:34:57");
    /* QEMU creates the nics of -nic first, wherever they are on the command line. */
    assert_nics(ON "-device virtio-net-pci,netdev=n0 -nic user",
                "52:54:00:12:34:56 52:54:00:12:34:57");
}

static void other_devices_are_not_nics(void **state)
{
    (void)state;
    assert_nics(ON
                "-device virtio-blk-pci,drive=d0 -device vfio-pci,sysfsdev=/sys/bus/mdev/devices/"
                "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001 -device {\"driver\":5} -device {broken "
                "-drive mac=52:54:00:00:00:01",
                "");
}

static void a_socket_is_one_qemus(void **state)
{
    (void)state;
    assert_true(by_args("q --chardev socket,id=x,path=/tmp/a,,b.qga", "/tmp/a,b.qga"));
    assert_true(by_args("q -chardev backend=socket,path=/run/qemu-server/100.qga", here));
    assert_false(by_args("q -chardev socket,path=/run/qemu-server/1000.qga", here));
    assert_false(by_args("q -chardev socket,path=/run/qemu-server/100.qga2", here));
    assert_false(by_args("q -chardev pipe,path=/run/qemu-server/100.qga", here));
    assert_false(by_args("q -chardev pipe,path=socket,path=/run/qemu-server/100.qga", here));
    assert_false(by_args("q -x socket,path=/run/qemu-server/100.qga", here));
    assert_false(by_args("q -p /run/qemu-server/100.qga", here));
    assert_false(by_args("q -chardev", here));
    assert_false(by_args("", here));
}

static void arguments_that_end_early_are_not_qemus(void **state)
{
    static const char cut[] = "q\0-chardev\0socket,path=/run/qemu-server/100.qga";
    (void)state;
    assert_false(host_nics_of_qemu(cut, sizeof cut - 1, here, &nics));
    assert_true(host_nics_of_qemu(cut, sizeof cut, here, &nics));
    assert_false(host_nics_of_qemu(cut, 0, here, &nics));
}

static void hostile_arguments_make_nothing_up(void **state)
{
    char args[3000];
    (void)state;
    memset(args, 'a', sizeof args);
    memcpy(args, "-device vfio-pci,host=", 22);
    args[sizeof args - 1] = '\0';
    assert_false(by_args(args, here));
    (void)snprintf(args, sizeof args, ON "-device virtio-net-pci,mac=%0500d,netdev=%0500d", 0, 0);
    assert_true(by_args(args, here));
    assert_string_equal(listed(), "");
    assert_true(by_args(ON "-device virtio-net-pci,mac=nonsense", here));
    assert_string_equal(listed(), "");
    assert_true(nics.more);
    assert_true(by_args(ON "-readconfig /etc/vm.cfg", here));
    assert_true(nics.more);
}

static void lists_are_compared_by_content(void **state)
{
    struct host_nics other;
    (void)state;
    host_nics_of_pve("net0: virtio=BC:24:11:00:00:01\nhostpci0: 01:10.0\n", &nics);
    host_nics_of_pve("net0: e1000=bc:24:11:00:00:01\nhostpci0: 0000:01:10.0\n", &other);
    assert_true(host_nics_equal(&nics, &other));
    host_nics_of_pve("net0: virtio=BC:24:11:00:00:02\nhostpci0: 01:10.0\n", &other);
    assert_false(host_nics_equal(&nics, &other));
    host_nics_of_pve("net0: virtio=BC:24:11:00:00:01\nhostpci0: 01:10.1\n", &other);
    assert_false(host_nics_equal(&nics, &other));
    host_nics_of_pve("net0: virtio=BC:24:11:00:00:01\n", &other);
    assert_false(host_nics_equal(&nics, &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(g3_a_vms_nics_are_those_in_its_configuration),
        cmocka_unit_test(pending_rows_and_rows_of_a_snapshot_do_not_count),
        cmocka_unit_test(functions_that_are_passed_through_are_reported),
        cmocka_unit_test(without_its_number_all_functions_of_a_device_are),
        cmocka_unit_test(unknown_output_may_hide_more),
        cmocka_unit_test(other_lines_are_none),
        cmocka_unit_test(no_more_than_a_guest_may_have_are_kept),
        cmocka_unit_test(g3_a_vms_nics_are_those_that_qemu_was_started_with),
        cmocka_unit_test(devices_may_be_written_in_several_ways),
        cmocka_unit_test(a_missing_address_is_qemus_default),
        cmocka_unit_test(other_devices_are_not_nics),
        cmocka_unit_test(a_socket_is_one_qemus),
        cmocka_unit_test(arguments_that_end_early_are_not_qemus),
        cmocka_unit_test(hostile_arguments_make_nothing_up),
        cmocka_unit_test(lists_are_compared_by_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
