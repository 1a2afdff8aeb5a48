/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "agentd/agent_config.h"

static char path[64];
static struct agent_config config;
static struct daqs_error err;

static int setup(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/daqs-test-config-XXXXXX");
    int fd = mkstemp(path);
    memset(&config, 0, sizeof config);
    memset(&err, 0, sizeof err);
    return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
    (void)state;
    agent_config_done(&config);
    return remove(path);
}

static int load(const char *text)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    agent_config_done(&config);
    memset(&err, 0, sizeof err);
    return agent_config_load(path, &config, &err);
}

static void assert_loads(const char *text)
{
    int result = load(text);
    if (result != DAQS_OK)
        print_error("%s\n", err.text);
    assert_int_equal(result, DAQS_OK);
}

static void assert_refused(const char *text, int code, const char *said)
{
    int result = load(text);
    if (result != code || !strstr(err.text, said))
        print_error("for:\n%s\nexpected \"%s\", got \"%s\"\n", text, said, err.text);
    assert_int_equal(result, code);
    assert_int_equal(err.code, code);
    assert_non_null(strstr(err.text, said));
    assert_null(config.host);
    assert_int_equal(config.uplinks, 0);
}

/* Checks that the error names the file and this line. */
static void assert_refused_at(int line, const char *text, const char *said)
{
    char place[96];
    assert_refused(text, DAQS_EINVALID, said);
    (void)snprintf(place, sizeof place, "%s:%d: ", path, line);
    if (strncmp(err.text, place, strlen(place)) != 0)
        print_error("expected \"%s...\", got \"%s\"\n", place, err.text);
    assert_int_equal(strncmp(err.text, place, strlen(place)), 0);
}

/* The smallest valid configuration. */
#define UPLINK "[uplink br0]\ncapacity = 10Gbit\nnics = all\n"
#define LOCAL "[agent]\ninsecure = yes\n"

/* --- what is read --- */

static void the_example_of_the_design_is_read(void **state)
{
    (void)state;
    assert_loads("# agentd.conf\n"
                 "[agent]\n"
                 "host = node1                      ; default: the system's host name\n"
                 "controller = tcp://127.0.0.1:7499 ; several, comma separated: tried in order\n"
                 "poll_interval = 250ms\n"
                 "state_dir = /var/lib/daqs-test\n"
                 "on_stop = release                 ; or keep\n"
                 "insecure = yes                    ; yes: no CURVE\n"
                 "[guests]\n"
                 "source = libvirt                  ; or sockets\n"
                 "uri = qemu:///session\n"
                 "socket_glob = /run/test/*.qga     ; with sockets\n"
                 "[uplink ens6f1np1]\n"
                 "capacity = 40Gbit                 ; default: the link's speed\n"
                 "nics = hostdev                    ; default: VFs of this PF\n");
    assert_string_equal(config.host, "node1");
    assert_int_equal(config.controllers, 1);
    assert_string_equal(config.controller[0], "tcp://127.0.0.1:7499");
    assert_int_equal(config.poll_ms, 250);
    assert_string_equal(config.state_dir, "/var/lib/daqs-test");
    assert_true(config.release_on_stop);
    assert_true(config.insecure);
    assert_int_equal(config.source, AGENT_SOURCE_LIBVIRT);
    assert_string_equal(config.uri, "qemu:///session");
    assert_string_equal(config.socket_glob, "/run/test/*.qga");
    assert_int_equal(config.uplinks, 1);
    assert_string_equal(config.uplink[0].name, "ens6f1np1");
    assert_int_equal(config.uplink[0].capacity, 40000000000);
    assert_int_equal(config.uplink[0].nics, UPLINK_NICS_HOSTDEV);
}

static void a_capacity_that_is_left_out_is_the_links_speed(void **state)
{
    (void)state;
    assert_loads(LOCAL "[uplink br0]\nnics = all\n");
    assert_int_equal(config.uplink[0].capacity, 0);
}

static void omitted_values_have_their_defaults(void **state)
{
    (void)state;
    char host[256] = "";
    assert_loads(LOCAL "[uplink br0]\ncapacity = 10Gbit\n");
    assert_int_equal(gethostname(host, sizeof host - 1), 0);
    assert_string_equal(config.host, host);
    assert_int_equal(config.controllers, 1);
    assert_string_equal(config.controller[0], "tcp://127.0.0.1:7420");
    assert_int_equal(config.poll_ms, 200);
    assert_string_equal(config.state_dir, "/var/lib/daqs");
    assert_false(config.release_on_stop);
    assert_int_equal(config.source, AGENT_SOURCE_LIBVIRT);
    assert_string_equal(config.uri, "qemu:///system");
    assert_string_equal(config.socket_glob, "/run/qemu-server/*.qga");
    assert_int_equal(config.uplink[0].nics, UPLINK_NICS_HOSTDEV);
}

static void several_controllers_are_kept_in_order(void **state)
{
    (void)state;
    assert_loads("[agent]\n"
                 "insecure = yes\n"
                 "controller = tcp://127.0.0.1:1, ipc:///run/a ,tcp://localhost:3\n"
                 "controller = tcp://[::1]:4\n" UPLINK);
    assert_int_equal(config.controllers, 4);
    assert_string_equal(config.controller[0], "tcp://127.0.0.1:1");
    assert_string_equal(config.controller[1], "ipc:///run/a");
    assert_string_equal(config.controller[2], "tcp://localhost:3");
    assert_string_equal(config.controller[3], "tcp://[::1]:4");
}

static void poll_intervals_reach_from_ten_milliseconds_to_a_minute(void **state)
{
    (void)state;
    assert_loads(LOCAL "poll_interval = 10ms\n" UPLINK);
    assert_int_equal(config.poll_ms, 10);
    assert_loads(LOCAL "poll_interval = 60s\n" UPLINK);
    assert_int_equal(config.poll_ms, 60000);
    assert_loads(LOCAL "poll_interval = 1m\n" UPLINK);
    assert_int_equal(config.poll_ms, 60000);
}

static void guests_behind_libvirt_are_polled_half_as_often(void **state)
{
    (void)state;
    assert_loads(LOCAL UPLINK);
    assert_int_equal(config.poll_ms, 200);
    assert_int_equal(config.poll_most_ms, 500);
    assert_loads(LOCAL "[guests]\nsource = sockets\n" UPLINK);
    assert_int_equal(config.poll_ms, 100);
    assert_loads(LOCAL "poll_interval = 50ms\n" UPLINK);
    assert_int_equal(config.poll_ms, 50);
    assert_loads(LOCAL "poll_interval_idle = 150ms\n" UPLINK); /* from before this default */
    assert_int_equal(config.poll_ms, 150);
    assert_int_equal(config.poll_most_ms, 150);
}

static void several_uplinks_are_kept_in_order(void **state)
{
    (void)state;
    assert_loads(LOCAL "[uplink ens1f0]\ncapacity = 25G\n"
                       "[uplink ens1f1]\nnics = all\ncapacity = 800Mbps\n");
    assert_int_equal(config.uplinks, 2);
    assert_string_equal(config.uplink[0].name, "ens1f0");
    assert_int_equal(config.uplink[0].capacity, 25000000000);
    assert_int_equal(config.uplink[0].nics, UPLINK_NICS_HOSTDEV);
    assert_string_equal(config.uplink[1].name, "ens1f1");
    assert_int_equal(config.uplink[1].capacity, 800000000);
    assert_int_equal(config.uplink[1].nics, UPLINK_NICS_ALL);
}

static void limits_are_set_where_enforce_says(void **state)
{
    (void)state;
    assert_loads(LOCAL "[uplink a]\ncapacity = 1G\n[uplink b]\ncapacity = 1G\nenforce = guest\n"
                       "[uplink c]\ncapacity = 1G\nenforce = host\n");
    assert_int_equal(config.uplink[0].enforce, ENFORCE_AUTO);
    assert_int_equal(config.uplink[1].enforce, ENFORCE_GUEST);
    assert_int_equal(config.uplink[2].enforce, ENFORCE_HOST);
    /* guests on sockets report their own addresses */
    assert_loads(LOCAL "[guests]\nsource = sockets\n" UPLINK
                       "[uplink b]\ncapacity = 1G\nnics = all\nenforce = auto\n");
    assert_int_equal(config.uplink[0].enforce, ENFORCE_GUEST);
    assert_int_equal(config.uplink[1].enforce, ENFORCE_AUTO);
}

static void a_list_of_addresses_may_go_on_in_indented_lines(void **state)
{
    (void)state;
    assert_loads(LOCAL "[uplink br0]\ncapacity = 10Gbit\n"
                       "nics = 52:54:00:01:00:01, 52:54:00:01:00:02\n"
                       "  02:DA, fe\n");
    assert_int_equal(config.uplink[0].nics, UPLINK_NICS_LISTED);
    assert_int_equal(config.uplink[0].prefixes, 4);
    assert_int_equal(config.uplink[0].prefix[0].bytes, 6);
    assert_int_equal(config.uplink[0].prefix[1].mac.byte[5], 2);
    assert_int_equal(config.uplink[0].prefix[2].bytes, 2);
    assert_int_equal(config.uplink[0].prefix[2].mac.byte[1], 0xda);
    assert_int_equal(config.uplink[0].prefix[3].bytes, 1);
}

static void sockets_are_a_source_of_guests(void **state)
{
    (void)state;
    assert_loads(LOCAL "[guests]\nsource = sockets\nsocket_glob = /tmp/x/*.sock\n" UPLINK);
    assert_int_equal(config.source, AGENT_SOURCE_SOCKETS);
    assert_string_equal(config.socket_glob, "/tmp/x/*.sock");
}

static void comments_and_blank_lines_are_ignored(void **state)
{
    (void)state;
    assert_loads("\n; a comment\n# another\n\n" LOCAL "\n   \n; host = other\n" UPLINK "\n");
    assert_int_equal(config.uplinks, 1);
}

/* --- what is rejected, and where --- */

static void a_file_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    static const char missing[] = "/tmp/daqs-test-no-such-folder/agentd.conf";
    assert_int_equal(agent_config_load(missing, &config, &err), DAQS_EIO);
    assert_non_null(strstr(err.text, missing));
}

static void every_mistake_is_reported_with_its_line(void **state)
{
    (void)state;
    static const struct {
        int line;
        const char *text;
        const char *said;
    } cases[] = {
        {1, "host = node1\n", "before the first [section]"},
        {2, "\n[agnet]\n", "unknown section [agnet]"},
        {2, "[agent]\nhots = node1\n", "unknown key 'hots'"},
        {3, "[agent]\n\njust words\n", "neither a [section] nor key = value"},
        {2, "[agent]\nhost =\n", "the host name is empty"},
        {2,
         "[agent]\nhost = no\x01"
         "de\n",
         "control character"},
        {2,
         "[agent]\nhost = no\xff"
         "de\n",
         "not valid UTF-8"},
        {3, "[agent]\nhost = a\nhost = b\n", "given twice"},
        {2, "[agent]\ncontroller = 127.0.0.1:7420\n", "'127.0.0.1:7420' is not an endpoint"},
        {2, "[agent]\ncontroller = tcp://127.0.0.1\n", "is not an endpoint"},
        {2, "[agent]\ncontroller = tcp://127.0.0.1:1, udp://127.0.0.1:2\n", "udp://127.0.0.1:2"},
        {3, "[agent]\ncontroller = ipc://a\n  nonsense\n", "'nonsense' is not an endpoint"},
        {2,
         "[agent]\ncontroller = ipc://1,ipc://2,ipc://3,ipc://4,ipc://5,ipc://6,ipc://7,ipc://8,"
         "ipc://9\n",
         "more than 8 controllers"},
        {2, "[agent]\npoll_interval = 100\n", "poll_interval: '100' is not a duration"},
        {2, "[agent]\npoll_interval = soon\n", "'soon' is not a duration"},
        {2, "[agent]\npoll_interval = 9ms\n", "not between 10ms and 60s"},
        {2, "[agent]\npoll_interval = 61s\n", "not between 10ms and 60s"},
        {2, "[agent]\npoll_interval = 0\n", "not between 10ms and 60s"},
        {2, "[agent]\non_stop = leave\n", "'leave' is neither keep nor release"},
        {2, "[agent]\ninsecure = true\n", "'true' is neither yes nor no"},
        {2, "[guests]\nsource = xen\n", "'xen' is neither libvirt nor sockets"},
        {2, "[guests]\nhost = node1\n", "unknown key 'host'"},
        {1, "[uplink]\n", "the uplink name is empty"},
        {3, "[uplink a]\n[uplink b]\n[uplink a]\n", "uplink 'a' has two sections"},
        {2, "[uplink a]\ncapacity = 10\n", "capacity: rate '10' has no unit"},
        {2, "[uplink a]\ncapacity = 10GB\n", "looks like bytes"},
        {2, "[uplink a]\ncapacity = 0Gbit\n", "is zero"},
        {2, "[uplink a]\ncapacity = 9999Tbit\n", "too large"},
        {2, "[uplink a]\ncapacity = much\n", "'much' is not a rate"},
        {3, "[uplink a]\ncapacity = 1G\ncapacity = 2G\n", "given twice"},
        {2, "[uplink a]\nnics = vfs\n", "'vfs' is not a MAC address"},
        {2, "[uplink a]\nenforce = nic\n", "'nic' is not auto, guest or host"},
        {2, "[uplink a]\nnics = 52:54:00, all\n", "'all' is not a MAC address"},
        {2, "[uplink a]\nnics = 52:54:00:01:00:01:02\n", "is not a MAC address"},
        {3, "[uplink a]\nnics = 52:54:00\n  5:5\n", "'5:5' is not a MAC address"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_refused_at(cases[i].line, cases[i].text, cases[i].said);
}

static void the_first_mistake_is_reported(void **state)
{
    (void)state;
    assert_refused_at(2, "[agent]\non_stop = leave\ninsecure = true\n[nonsense]\n", "on_stop");
}

static void a_line_that_is_too_long_is_refused(void **state)
{
    (void)state;
    char text[1024];
    int n = snprintf(text, sizeof text, "[agent]\nstate_dir = /");
    memset(text + n, 'x', 600);
    (void)snprintf(text + n + 600, sizeof text - (size_t)n - 600, "\n");
    assert_refused_at(2, text, "too long");
}

static void more_uplinks_than_a_host_may_have_are_refused(void **state)
{
    (void)state;
    char text[8192];
    int n = snprintf(text, sizeof text, LOCAL);
    for (int i = 0; i <= DAQS_MAX_UPLINKS; i++)
        n += snprintf(text + n, sizeof text - (size_t)n,
                      "[uplink up%d]\ncapacity = 1G\nnics = all\n", i);
    assert_refused_at(2 + 3 * DAQS_MAX_UPLINKS + 1, text, "more than 64 uplinks");
}

/* Two values where one is expected: the second one must not be ignored. */
static void parts_of_a_list_are_separated_by_commas_only(void **state)
{
    (void)state;
    assert_refused_at(2, "[agent]\ncontroller = ipc:///run/a ipc:///run/b\n", "controller");
    assert_refused_at(2, "[uplink a]\nnics = 52:54:00 52:54:01\n", "nics");
}

/* --- settings that depend on each other --- */

static void keys_are_in_the_state_folder_by_default(void **state)
{
    static const char key[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    char text[256];
    (void)state;
    assert_loads("[agent]\ncontroller = tcp://192.0.2.1:7420\n" UPLINK);
    assert_false(config.insecure);
    assert_string_equal(config.key, "/var/lib/daqs/agent.key");
    assert_string_equal(config.controller_key, "/var/lib/daqs/controller.key.pub");
    agent_config_done(&config);
    (void)snprintf(text, sizeof text, "[agent]\nstate_dir = /s\ncontroller_key = %s\n" UPLINK, key);
    assert_loads(text);
    assert_string_equal(config.key, "/s/agent.key");
    assert_string_equal(config.controller_key, key);
    agent_config_done(&config);
    assert_loads("[agent]\nkey = /k\ncontroller_key = /etc/daqs/c.pub\n" UPLINK);
    assert_string_equal(config.key, "/k");
    assert_string_equal(config.controller_key, "/etc/daqs/c.pub");
    agent_config_done(&config);
    assert_refused("[agent]\nkey = agent.key\n" UPLINK, DAQS_EINVALID, "not the absolute path");
    assert_refused("[agent]\ncontroller_key = AAAA\n" UPLINK, DAQS_EINVALID, "44 characters");
}

static void each_controller_may_have_a_key_of_its_own(void **state)
{
    static const char key[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    char text[1024];
    (void)state;
    (void)snprintf(text, sizeof text,
                   "[agent]\ncontroller = tcp://c1:1 %s, tcp://c2:1,tcp://c3:1\t/etc/c3.pub\n"
                   "controller = tcp://c4:1 %s, tcp://c5:1 %s\n"
                   "  tcp://c6:1 %s, tcp://c7:1 %s\n" UPLINK,
                   key, key, key, key, key);
    assert_loads(text);
    assert_int_equal(config.controllers, 7);
    assert_string_equal(config.controller[0], "tcp://c1:1");
    assert_string_equal(config.key_of[0], key);
    assert_string_equal(config.controller[1], "tcp://c2:1");
    assert_null(config.key_of[1]);
    assert_string_equal(config.key_of[2], "/etc/c3.pub");
    assert_string_equal(config.controller[6], "tcp://c7:1");
    assert_string_equal(config.key_of[6], key);
    assert_refused_at(2, "[agent]\ncontroller = tcp://c1:1 c1.pub\n", "neither a public key");
    (void)snprintf(text, sizeof text, "[agent]\ncontroller = tcp://c1:1 %s %s\n", key, key);
    assert_refused_at(2, text, "neither a public key");
}

static void insecure_is_for_loopback_and_ipc_only(void **state)
{
    (void)state;
    static const char *const local[] = {"tcp://127.0.0.1:1", "tcp://127.1.2.3:1",
                                        "tcp://localhost:1", "tcp://[::1]:1", "ipc:///run/bus"};
    static const char *const remote[] = {
        "tcp://10.0.0.1:1",       "tcp://0.0.0.0:1", "tcp://node2:1",
        "tcp://127.evil.test:1",  "tcp://[::2]:1",   "tcp://localhost.evil.test:1",
        "tcp://127.0.0.1.test:1",
    };
    char text[256];
    for (size_t i = 0; i < sizeof local / sizeof local[0]; i++) {
        (void)snprintf(text, sizeof text, LOCAL "controller = %s\n" UPLINK, local[i]);
        assert_loads(text);
    }
    for (size_t i = 0; i < sizeof remote / sizeof remote[0]; i++) {
        (void)snprintf(text, sizeof text, LOCAL "controller = %s\n" UPLINK, remote[i]);
        assert_refused(text, DAQS_EREFUSED, remote[i]);
    }
}

static void one_remote_controller_among_local_ones_is_enough_to_refuse(void **state)
{
    (void)state;
    assert_refused(LOCAL "controller = tcp://127.0.0.1:1, tcp://10.0.0.1:1, ipc:///a\n" UPLINK,
                   DAQS_EREFUSED, "tcp://10.0.0.1:1");
}

static void a_host_without_uplinks_is_refused(void **state)
{
    (void)state;
    assert_refused(LOCAL, DAQS_EINVALID, "no [uplink NAME] section");
}

/* The host may know which functions it passed through; these addresses do not depend on the
 * guests. */
static void g3_virtual_functions_may_be_behind_sockets(void **state)
{
    (void)state;
    assert_loads(LOCAL "[guests]\nsource = sockets\n[uplink ens1f0]\ncapacity = 1G\n");
    assert_int_equal(config.uplink[0].nics, UPLINK_NICS_HOSTDEV);
    assert_int_equal(config.uplink[0].enforce, ENFORCE_AUTO);
}

static void configurations_of_vms_are_where_proxmox_has_them_or_in_a_folder(void **state)
{
    (void)state;
    assert_loads(LOCAL UPLINK);
    assert_string_equal(config.vm_configs, "/etc/pve/qemu-server");
    assert_loads(LOCAL "[guests]\nvm_configs = /srv/vms\n" UPLINK);
    assert_string_equal(config.vm_configs, "/srv/vms");
    assert_refused_at(4, LOCAL "[guests]\nvm_configs = vms\n" UPLINK, "not the absolute path");
}

static void pools_are_where_proxmox_has_them_or_in_another_file(void **state)
{
    (void)state;
    assert_loads(LOCAL UPLINK);
    assert_string_equal(config.vm_pools, "/etc/pve/user.cfg");
    assert_loads(LOCAL "[guests]\nvm_pools = /srv/pools\n" UPLINK);
    assert_string_equal(config.vm_pools, "/srv/pools");
    assert_refused_at(4, LOCAL "[guests]\nvm_pools = pools\n" UPLINK, "not the absolute path");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void n7_an_uplink_may_have_several_pfs(void **state)
{
    static const struct {
        const char *text;
        const char *said;
    } all[] = {
        {"[uplink a]\npfs = b, c\n", "its capacity must be given"},
        {"[uplink a]\ncapacity = 1G\npfs = b, b\n", "b is given twice"},
        {"[uplink a]\ncapacity = 1G\npfs = b/c\n", "is not the name of a network interface"},
        {"[uplink a]\ncapacity = 1G\npfs = b\n[uplink b]\n", "uplinks a and b both have b"},
        {"[uplink b]\n[uplink a]\ncapacity = 1G\npfs = c, b\n", "uplinks b and a both have b"},
    };
    (void)state;
    assert_loads(LOCAL "[uplink bond0]\ncapacity = 50G\npfs = ens1f0, ens1f1\n");
    assert_int_equal(config.uplink[0].pfs, 2);
    assert_string_equal(config.uplink[0].pf[0], "ens1f0");
    assert_string_equal(config.uplink[0].pf[1], "ens1f1");
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        char text[256];
        (void)snprintf(text, sizeof text, LOCAL "%s", all[i].text);
        assert_refused(text, DAQS_EINVALID, all[i].said);
    }
    assert_refused(LOCAL "[uplink a]\ncapacity = 1G\npfs = b, c, d, e, f\n", DAQS_EINVALID,
                   "more than 4 physical functions");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_example_of_the_design_is_read),
        CASE(omitted_values_have_their_defaults),
        CASE(a_capacity_that_is_left_out_is_the_links_speed),
        CASE(several_controllers_are_kept_in_order),
        CASE(poll_intervals_reach_from_ten_milliseconds_to_a_minute),
        CASE(guests_behind_libvirt_are_polled_half_as_often),
        CASE(several_uplinks_are_kept_in_order),
        CASE(limits_are_set_where_enforce_says),
        CASE(a_list_of_addresses_may_go_on_in_indented_lines),
        CASE(sockets_are_a_source_of_guests),
        CASE(comments_and_blank_lines_are_ignored),
        CASE(a_file_that_is_not_there_is_an_error),
        CASE(every_mistake_is_reported_with_its_line),
        CASE(the_first_mistake_is_reported),
        CASE(a_line_that_is_too_long_is_refused),
        CASE(more_uplinks_than_a_host_may_have_are_refused),
        CASE(parts_of_a_list_are_separated_by_commas_only),
        CASE(keys_are_in_the_state_folder_by_default),
        CASE(each_controller_may_have_a_key_of_its_own),
        CASE(insecure_is_for_loopback_and_ipc_only),
        CASE(one_remote_controller_among_local_ones_is_enough_to_refuse),
        CASE(a_host_without_uplinks_is_refused),
        CASE(g3_virtual_functions_may_be_behind_sockets),
        CASE(configurations_of_vms_are_where_proxmox_has_them_or_in_a_folder),
        CASE(pools_are_where_proxmox_has_them_or_in_another_file),
        CASE(n7_an_uplink_may_have_several_pfs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
