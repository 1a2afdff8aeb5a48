/* SPDX-License-Identifier: Apache-2.0 */
/* Visits to guests in which several interfaces have a nic's address, or none has counters. The
 * guest agent is a table of answers; tc is tested in test_guest_job.c. */
#include "tests/lib/check.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/guests/guest_identity.h"
#include "shared/base/clock.h"

enum { PRINTED_BYTES = 4096 };

static struct model_guest {
    struct qga_channel channel;
    const char *list;
    char facts[PRINTED_BYTES];  /* what grep prints of uevents; "": grep cannot be run */
    char counts[PRINTED_BYTES]; /* the same for statistics */
    unsigned asked_facts;
    unsigned asked_counts;
    unsigned ran_tc;
    char tc_on[64]; /* the interface that tc was last asked to show */
    char printed[PRINTED_BYTES];
    int unreachable;
} guest;

static struct guest_job *job;

static int answer(char **ret_reply, const char *text)
{
    *ret_reply = strdup(text);
    return *ret_reply ? DAQS_OK : DAQS_ENOMEM;
}

static void run_tc(const char *encoded)
{
    unsigned char batch[1024] = {0};
    size_t used = 0;
    assert_int_equal(sodium_base642bin(batch, sizeof batch - 1, encoded, strlen(encoded), NULL,
                                       &used, NULL, sodium_base64_VARIANT_ORIGINAL),
                     0);
    guest.ran_tc++;
    (void)sscanf((const char *)batch, "qdisc show dev %63s", guest.tc_on);
    (void)snprintf(guest.printed, sizeof guest.printed, "qdisc fq_codel 0: root refcnt 2 \n");
}

static int answer_exec(char **ret_reply, const json_t *arguments)
{
    const char *path = json_string_value(json_object_get(arguments, "path"));
    const char *pattern = json_string_value(json_array_get(json_object_get(arguments, "arg"), 1));
    const char *printed = guest.printed;
    if (strcmp(path, "tc") == 0) {
        run_tc(json_string_value(json_object_get(arguments, "input-data")));
    } else {
        bool counts = strcmp(pattern, "^[0-9]+$") == 0;
        guest.asked_facts += !counts;
        guest.asked_counts += counts;
        printed = counts ? guest.counts : guest.facts;
        (void)snprintf(guest.printed, sizeof guest.printed, "%s", printed);
    }
    return *printed ? answer(ret_reply, "{\"return\": {\"pid\": 7}}")
                    : answer(ret_reply, "{\"error\": {\"class\": \"CommandNotFound\", "
                                        "\"desc\": \"no\"}}");
}

static int answer_status(char **ret_reply)
{
    char encoded[2 * PRINTED_BYTES];
    char reply[3 * PRINTED_BYTES];
    sodium_bin2base64(encoded, sizeof encoded, (const unsigned char *)guest.printed,
                      strlen(guest.printed), sodium_base64_VARIANT_ORIGINAL);
    (void)snprintf(reply, sizeof reply,
                   "{\"return\": {\"exited\": true, \"exitcode\": 0, \"out-data\": \"%s\"}}",
                   encoded);
    return answer(ret_reply, reply);
}

static int guest_call(struct qga_channel *channel, const char *command, int timeout_ms,
                      char **ret_reply, struct daqs_error *err)
{
    (void)channel;
    (void)timeout_ms;
    if (guest.unreachable != DAQS_OK)
        return daqs_fail(err, guest.unreachable, "unreachable");
    json_t *request = json_loads(command, 0, NULL);
    const char *execute = json_string_value(json_object_get(request, "execute"));
    int result = DAQS_EIO;
    if (strcmp(execute, "guest-network-get-interfaces") == 0)
        result = answer(ret_reply, guest.list);
    else if (strcmp(execute, "guest-exec") == 0)
        result = answer_exec(ret_reply, json_object_get(request, "arguments"));
    else
        result = answer_status(ret_reply);
    json_decref(request);
    return result;
}

static void guest_free(struct qga_channel *channel)
{
    (void)channel;
}

#define VF "52:54:00:a0:00:01"
#define ADDRESS(name) "{\"name\": \"" name "\", \"hardware-address\": \"" VF "\""
#define PORT(name) ADDRESS(name) "}"
#define COUNTED(name, tx)                                                                          \
    ADDRESS(name)                                                                                  \
    ", \"statistics\": {\"tx-bytes\": " tx                                                         \
    ", \"rx-bytes\": 2, \"tx-packets\": 3, \"rx-packets\": 4}}"
#define BRIDGE "{\"return\": [" COUNTED("br0", "9000") ", " PORT("eth0") "]}"
#define SYS "/sys/class/net/"
#define BRIDGE_FACTS                                                                               \
    SYS "br0/uevent:DEVTYPE=bridge\n" SYS "br0/uevent:INTERFACE=br0\n" SYS                         \
        "eth0/uevent:INTERFACE=eth0\n"
#define ETH0_COUNTS                                                                                \
    SYS "eth0/statistics/tx_bytes:100\n" SYS "eth0/statistics/rx_bytes:200\n" SYS                  \
        "eth0/statistics/tx_packets:10\n" SYS "eth0/statistics/rx_packets:20\n"

static void print(char *where, const char *text)
{
    (void)snprintf(where, PRINTED_BYTES, "%s", text);
}

static int setup(void **state)
{
    (void)state;
    memset(&guest, 0, sizeof guest);
    guest.channel = (struct qga_channel){.call = guest_call, .free = guest_free};
    guest.list = BRIDGE;
    print(guest.facts, BRIDGE_FACTS);
    print(guest.counts, ETH0_COUNTS);
    job = guest_job_new(7, &guest.channel);
    if (!job)
        return -1;
    job->read_counters = true;
    job->nics = 1;
    job->nic[0] = (struct guest_job_nic){
        .tend = true, .wanted = DAQS_UNLIMITED, .tc = {TC_ROOT_UNKNOWN, DAQS_UNLIMITED}};
    return daqs_mac_parse(VF, &job->nic[0].mac) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    guest_job_free(job);
    return 0;
}

static void visit(void)
{
    job->nic[0].has_reading = false;
    job->answered = false;
    job->job.run(&job->job);
}

static void assert_nic(enum daqs_nic_state state, enum daqs_nic_cause cause)
{
    assert_string_equal(daqs_nic_cause_text(job->nic[0].cause), daqs_nic_cause_text(cause));
    assert_int_equal(job->nic[0].state, state);
}

/* --- which interface --- */

static void g2_a_port_of_a_bridge_is_measured_and_not_the_bridge(void **state)
{
    (void)state;
    visit();
    assert_nic(DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_string_equal(job->nic[0].ifname, "eth0");
    assert_string_equal(guest.tc_on, "eth0");
    assert_true(job->nic[0].has_reading);
    assert_int_equal(job->nic[0].reading.tx_bytes, 100);
    assert_int_equal(job->nic[0].reading.rx_packets, 20);
}

static void it_is_asked_once(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++)
        visit();
    assert_int_equal(guest.asked_facts, 1);
    assert_int_equal(guest.asked_counts, 5);
    assert_true(job->nic[0].has_reading);
}

static void one_interface_is_asked_nothing(void **state)
{
    (void)state;
    guest.list = "{\"return\": [" COUNTED("eth0", "5") "]}";
    visit();
    visit();
    assert_nic(DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_int_equal(job->nic[0].reading.tx_bytes, 5);
    assert_int_equal(guest.asked_facts + guest.asked_counts, 0);
    assert_true(guest_job_end(job) == false); /* 'answered' is not set: this was a visit */
    job->answered = true;
    assert_true(guest_job_end(job));
}

static void a_new_boot_is_asked_again(void **state)
{
    (void)state;
    visit();
    job->identity.asked_ms -= 10000;
    job->boots++;
    print(guest.facts, SYS "br0/uevent:INTERFACE=br0\n" SYS
                           "eth0/uevent:DEVTYPE=bridge\n"); /* they have swapped names */
    visit();
    assert_int_equal(guest.asked_facts, 2);
    assert_string_equal(job->nic[0].ifname, "br0");
    assert_int_equal(job->nic[0].reading.tx_bytes, 9000);
}

static void a_guest_that_was_away_is_asked_again(void **state)
{
    (void)state;
    visit();
    guest.unreachable = DAQS_EIO;
    visit();
    assert_nic(DAQS_NIC_UNRESPONSIVE, DAQS_CAUSE_NO_AGENT);
    guest.unreachable = DAQS_OK;
    job->identity.asked_ms -= 10000;
    visit();
    assert_int_equal(guest.asked_facts, 2);
    assert_nic(DAQS_NIC_OK, DAQS_CAUSE_NONE);
}

/* The guest changes its list all the time. What is known about the names is used meanwhile. */
static void it_is_not_asked_with_every_change(void **state)
{
    static const char *const lists[] = {
        BRIDGE, "{\"return\": [" COUNTED("br0", "9000") ", " PORT("eth0") ", " PORT("vlan7") "]}"};
    (void)state;
    for (int i = 0; i < 10; i++) {
        guest.list = lists[i % 2];
        visit();
        assert_nic(DAQS_NIC_OK, DAQS_CAUSE_NONE);
        assert_string_equal(job->nic[0].ifname, "eth0");
    }
    assert_int_equal(guest.asked_facts, 1);
    job->identity.asked_ms -= 5000;
    visit();
    assert_int_equal(guest.asked_facts, 2);
}

/* Its list and its sysfs are in a different order each time. */
static void g2_a_guest_that_answers_otherwise_each_time_is_believed_once(void **state)
{
    static const char *const lists[] = {
        BRIDGE, "{\"return\": [" PORT("eth0") ", " COUNTED("br0", "9000") "]}"};
    static const char *const facts[] = {BRIDGE_FACTS, SYS "br0/uevent:INTERFACE=br0\n" SYS
                                                          "eth0/uevent:DEVTYPE=bridge\n"};
    (void)state;
    for (int i = 0; i < 10; i++) {
        guest.list = lists[i % 2];
        print(guest.facts, facts[i % 2]);
        visit();
        assert_nic(DAQS_NIC_OK, DAQS_CAUSE_NONE);
        assert_string_equal(job->nic[0].ifname, "eth0");
        assert_int_equal(job->nic[0].reading.tx_bytes, 100);
    }
    assert_int_equal(guest.asked_facts, 1);
}

/* The guest may give an address to another interface, or to none. */
static void a_nic_is_where_its_address_is(void **state)
{
    (void)state;
    visit();
    assert_string_equal(guest.tc_on, "eth0");
    guest.list = "{\"return\": [" COUNTED("dummy0", "7") "]}";
    visit();
    assert_nic(DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_int_equal(job->nic[0].reading.tx_bytes, 7);
    assert_string_equal(guest.tc_on, "dummy0"); /* its state is read first */
    guest.list =
        "{\"return\": [{\"name\": \"eth0\", \"hardware-address\": \"52:54:00:a0:00:02\"}]}";
    visit();
    assert_nic(DAQS_NIC_UNRESPONSIVE, DAQS_CAUSE_NO_NIC);
    assert_int_equal(job->result, DAQS_OK);
    assert_false(job->nic[0].has_reading);
}

static void g2_ambiguous_interfaces_are_reported(void **state)
{
    (void)state;
    guest.facts[0] = '\0';
    visit();
    visit();
    assert_nic(DAQS_NIC_UNMANAGED, DAQS_CAUSE_AMBIGUOUS);
    assert_int_equal(job->result, DAQS_OK);
    assert_false(job->nic[0].has_reading);
    assert_int_equal(guest.ran_tc, 0); /* neither interface is changed */
    assert_int_equal(guest.asked_facts, 1);
    job->identity.asked_ms -= 60000;
    print(guest.facts, BRIDGE_FACTS);
    visit();
    assert_nic(DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_string_equal(job->nic[0].ifname, "eth0");
}

/* --- identification by counters that move with a VF's --- */

static struct moves_vf vf;
static unsigned long long sent[2]; /* by eth0 and eth1, as the guest reports */

#define TEAM "{\"return\": [" COUNTED("team0", "9000") ", " PORT("eth0") ", " PORT("eth1") "]}"
#define TEAM_FACTS                                                                                 \
    SYS "team0/uevent:INTERFACE=team0\n" SYS "eth0/device/uevent:PCI_SLOT_NAME=0000:07:00.0\n" SYS \
        "eth1/device/uevent:PCI_SLOT_NAME=0000:08:00.0\n"

/* Visits the guest with a reading of the VF. The VF's counters are later than the guest's of the
 * visit before, even if a visit takes less than a microsecond. */
static void visit_with_vf(void)
{
    vf.at_us = daqs_now_us() + 1;
    job->nic[0].vf = vf;
    visit();
}

/* Advances five seconds, in which eth0, eth1 and the VF sent this many kilobytes, and polls
 * once. */
static void later(unsigned eth0, unsigned eth1, unsigned on_vf)
{
    static const int64_t span_us = 5000000;
    struct identity_moves *m = &job->identity.moves;
    m->from_us -= m->from_us ? span_us : 0;
    for (size_t i = 0; i < m->interfaces; i++)
        m->interface[i].at_us -= span_us;
    m->nic[0].vf.at_us -= span_us;
    sent[0] += eth0 * 1000ULL;
    sent[1] += eth1 * 1000ULL;
    (void)snprintf(guest.counts, sizeof guest.counts,
                   SYS "eth0/statistics/tx_bytes:%llu\n" SYS "eth0/statistics/tx_packets:1\n" SYS
                       "eth1/statistics/tx_bytes:%llu\n" SYS "eth1/statistics/tx_packets:1\n",
                   sent[0], sent[1]);
    vf.known = true;
    vf.tx_bytes += on_vf * 1000ULL;
    vf.tx_packets += on_vf;
    job->nic[0].vf_counts = true;
    visit_with_vf();
    visit_with_vf();
}

static void begin_team(void)
{
    vf = (struct moves_vf){.tx_bytes = 5};
    sent[0] = sent[1] = 0;
    guest.list = TEAM;
    print(guest.facts, TEAM_FACTS);
    later(0, 0, 0);
    later(0, 0, 0);
    assert_nic(DAQS_NIC_UNMANAGED, DAQS_CAUSE_AMBIGUOUS);
    assert_int_equal(guest.asked_counts, 0);
}

static void g2_a_port_that_moves_with_the_vf_is_the_nic(void **state)
{
    (void)state;
    begin_team();
    for (int i = 0; i < 3; i++) {
        later(10, 5000, 5000);
        assert_nic(DAQS_NIC_UNMANAGED, DAQS_CAUSE_AMBIGUOUS);
        assert_int_equal(guest.ran_tc, 0);
    }
    later(10, 5000, 5000);
    assert_nic(DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_string_equal(job->nic[0].ifname, "eth1");
    assert_string_equal(guest.tc_on, "eth1");
    assert_true(job->nic[0].by_moves);
    assert_int_equal(guest.asked_facts, 1);
}

static void g2_a_bridge_of_which_nothing_else_is_known_stays_open(void **state)
{
    (void)state;
    guest.facts[0] = '\0';
    guest.list = "{\"return\": [" PORT("eth0") ", " PORT("eth1") "]}";
    for (int i = 0; i < 10; i++)
        later(5000, 5000, 5000);
    assert_nic(DAQS_NIC_UNMANAGED, DAQS_CAUSE_AMBIGUOUS);
    assert_false(job->nic[0].has_reading);
    assert_int_equal(guest.ran_tc, 0);
}

static void tell_team(void)
{
    begin_team();
    for (int i = 0; i < 4; i++)
        later(10, 5000, 5000);
    assert_nic(DAQS_NIC_OK, DAQS_CAUSE_NONE);
}

static void its_counters_are_read_only_for_a_limit(void **state)
{
    (void)state;
    tell_team();
    unsigned asked = guest.asked_counts;
    for (int i = 0; i < 10; i++)
        visit_with_vf();
    assert_int_equal(guest.asked_counts, asked);
    assert_nic(DAQS_NIC_OK, DAQS_CAUSE_NONE);
    job->nic[0].commanded = true;
    job->nic[0].wanted = 100000000;
    job->identity.limited_ms = 0;
    for (int i = 0; i < 10; i++)
        visit_with_vf();
    assert_int_equal(guest.asked_counts, asked + 1); /* once a second at most */
    job->identity.limited_ms = 0;
    visit_with_vf();
    assert_true(job->nic[0].has_reading);
    assert_int_equal(guest.asked_counts, asked + 2);
}

static void unreadable_counters_prove_nothing_about_the_nic(void **state)
{
    (void)state;
    tell_team();
    job->nic[0].commanded = true;
    job->nic[0].wanted = 100000000;
    job->nic[0].tend = false;
    job->identity.limited_ms = job->identity.count_ms = 0;
    guest.counts[0] = '\0';
    visit_with_vf();
    assert_false(job->nic[0].has_reading);
    assert_true(job->nic[0].cause != DAQS_CAUSE_NO_COUNTERS);
    job->identity.limited_ms = job->identity.count_ms = 0;
    later(10, 5000, 5000);
    later(10, 5000, 5000);
    assert_true(job->nic[0].by_moves);
}

static void a_port_that_is_contradicted_later_is_open_again(void **state)
{
    (void)state;
    tell_team();
    for (int i = 0; i < 4; i++)
        later(10, 1000, 5000);
    assert_nic(DAQS_NIC_UNMANAGED, DAQS_CAUSE_AMBIGUOUS);
    assert_false(job->nic[0].by_moves);
    for (int i = 0; i < 6; i++)
        later(10, 5000, 5000);
    assert_nic(DAQS_NIC_UNMANAGED, DAQS_CAUSE_AMBIGUOUS);
    job->boots++;
    job->identity.asked_ms -= 10000;
    for (int i = 0; i < 6; i++)
        later(5000, 10, 5000);
    assert_nic(DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_string_equal(guest.tc_on, "eth0");
}

static void other_interfaces_are_compared_again(void **state)
{
    (void)state;
    tell_team();
    guest.list = "{\"return\": [" PORT("eth1") ", " PORT("eth0") ", " COUNTED("team0", "1") "]}";
    later(10, 5000, 5000); /* the list has another order */
    assert_nic(DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_string_equal(job->nic[0].ifname, "eth1");
    guest.list = "{\"return\": [" PORT("eth1") ", " PORT("eth0") ", " PORT("eth2") "]}";
    later(10, 5000, 5000);
    assert_nic(DAQS_NIC_UNMANAGED, DAQS_CAUSE_AMBIGUOUS);
}

/* --- counters --- */

static void g5_a_nic_without_counters_is_reported(void **state)
{
    (void)state;
    guest.list = "{\"return\": [" PORT("ixv0") "]}";
    guest.counts[0] = '\0';
    visit();
    visit();
    assert_nic(DAQS_NIC_UNMANAGED, DAQS_CAUSE_NO_COUNTERS);
    assert_int_equal(job->result, DAQS_OK);
    assert_int_equal(guest.asked_facts, 0);
    assert_int_equal(guest.asked_counts, 1); /* not with every poll */
    job->identity.count_ms = 0;
    print(guest.counts, SYS "ixv0/statistics/tx_bytes:7\n" SYS "ixv0/statistics/tx_packets:1\n");
    visit();
    assert_nic(DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_int_equal(job->nic[0].reading.tx_bytes, 7);
}

static void g5_where_the_vf_counts_the_guest_is_not_asked(void **state)
{
    (void)state;
    guest.list = "{\"return\": [" PORT("eth0") "]}";
    job->nic[0].vf_counts = true;
    visit();
    assert_nic(DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_false(job->nic[0].has_reading);
    assert_int_equal(guest.asked_counts, 0);
}

static void a_question_needs_a_thread(void **state)
{
    (void)state;
    visit();
    job->answered = true;
    job->nic[0].has_reading = false;
    assert_true(guest_counts_due(job));
    assert_false(guest_job_end(job));
    job->nic[0].has_reading = true;
    assert_false(guest_counts_due(job));
    assert_true(guest_job_end(job));
    job->identity.due = true;
    assert_false(guest_job_end(job));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(g2_a_port_of_a_bridge_is_measured_and_not_the_bridge),
        CASE(it_is_asked_once),
        CASE(one_interface_is_asked_nothing),
        CASE(a_new_boot_is_asked_again),
        CASE(a_guest_that_was_away_is_asked_again),
        CASE(it_is_not_asked_with_every_change),
        CASE(g2_a_guest_that_answers_otherwise_each_time_is_believed_once),
        CASE(a_nic_is_where_its_address_is),
        CASE(g2_ambiguous_interfaces_are_reported),
        CASE(g2_a_port_that_moves_with_the_vf_is_the_nic),
        CASE(g2_a_bridge_of_which_nothing_else_is_known_stays_open),
        CASE(its_counters_are_read_only_for_a_limit),
        CASE(unreadable_counters_prove_nothing_about_the_nic),
        CASE(a_port_that_is_contradicted_later_is_open_again),
        CASE(other_interfaces_are_compared_again),
        CASE(g5_a_nic_without_counters_is_reported),
        CASE(g5_where_the_vf_counts_the_guest_is_not_asked),
        CASE(a_question_needs_a_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
