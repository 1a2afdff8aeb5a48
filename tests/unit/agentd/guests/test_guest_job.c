/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <jansson.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agentd/guests/guest_job.h"
#include "shared/base/clock.h"

#define MBIT UINT64_C(1000000)
#define GBIT UINT64_C(1000000000)

/* --- a guest: its agent, its nics and a simple model of its tc --- */

enum { NICS = 3, STEPS_MAX = 32, STEP_BYTES = 1200, OUTPUT_BYTES = 4096 };

struct model_nic {
    char name[64];
    const char *mac;
    uint64_t tx_bytes;
    enum tc_root root; /* DEFAULT, OURS or TENANT */
    daqs_bps rate;     /* of the DAQS class; 0: there is none */
};

static struct model_guest {
    struct qga_channel channel;
    bool freed;
    size_t nics;
    struct model_nic nic[NICS];

    /* how it behaves */
    int unreachable;          /* the error code of every call */
    const char *list_reply;   /* replaces the list of its nics */
    const char *exec_reply;   /* replaces running a command */
    bool exec_held;           /* because another client holds the agent */
    const char *status_reply; /* replaces the result of the command */
    const char *tc_path;      /* the only tc that exists */
    const char *busybox_path; /* a tc that is not iproute2's */
    const char *freeze_reply; /* answer to guest-fsfreeze-status */
    const char *tc_output;    /* replaces the output of tc */
    const char *grep_output;  /* of the MTUs; NULL: grep does not exist */
    unsigned polls_running;   /* how often a command is reported as running */
    bool never_ends;
    bool halves_rates;    /* sets classes to half the requested rate */
    bool refuses_classes; /* fails after the qdisc was added */

    /* the requests: "list" or "PATH: BATCH" */
    size_t steps;
    char step[STEPS_MAX][STEP_BYTES];

    /* the last command */
    char out[OUTPUT_BYTES];
    char err[OUTPUT_BYTES];
    int exit_code;
    unsigned polls;
} guest;

static struct guest_job *job;

static void note(const char *what, const char *batch)
{
    assert_true(guest.steps < STEPS_MAX);
    (void)snprintf(guest.step[guest.steps++], STEP_BYTES, "%s%s%s", what, *batch ? ": " : "",
                   batch);
}

static int answer(char **ret_reply, const char *text)
{
    *ret_reply = strdup(text);
    return *ret_reply ? DAQS_OK : DAQS_ENOMEM;
}

static int answer_json(char **ret_reply, json_t *value)
{
    json_t *reply = json_pack("{s:o}", "return", value);
    *ret_reply = json_dumps(reply, JSON_COMPACT);
    json_decref(reply);
    return *ret_reply ? DAQS_OK : DAQS_ENOMEM;
}

static int answer_list(char **ret_reply)
{
    json_t *list = json_array();
    note("list", "");
    for (size_t i = 0; i < guest.nics; i++) {
        const struct model_nic *n = &guest.nic[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:{s:I, s:i, s:i, s:i}}", "name", n->name,
                                              "hardware-address", n->mac, "statistics", "tx-bytes",
                                              (json_int_t)n->tx_bytes, "rx-bytes", 20, "tx-packets",
                                              30, "rx-packets", 40));
    }
    return answer_json(ret_reply, list);
}

static struct model_nic *nic_named(const char *name)
{
    for (size_t i = 0; i < guest.nics; i++)
        if (strcmp(guest.nic[i].name, name) == 0)
            return &guest.nic[i];
    return NULL;
}

static void print(char *where, const char *text)
{
    size_t used = strlen(where);
    (void)snprintf(where + used, OUTPUT_BYTES - used, "%s", text);
}

static void show_qdisc(const struct model_nic *n)
{
    static const char *const lines[] = {
        [TC_ROOT_DEFAULT] = "qdisc fq_codel 0: root refcnt 2 limit 10240p flows 1024 \n",
        [TC_ROOT_OURS] = "qdisc htb da05: root refcnt 3 r2q 10 default 0x1 "
                         "direct_packets_stat 0 direct_qlen 1000\n",
        [TC_ROOT_TENANT] = "qdisc tbf 801e: root refcnt 3 rate 1Gbit burst 131000b lat 10ms \n",
    };
    print(guest.out, lines[n->root]);
}

static void show_class(const struct model_nic *n)
{
    char text[DAQS_RATE_TEXT];
    char line[256];
    if (n->root != TC_ROOT_OURS || n->rate == 0)
        return;
    daqs_rate_format(n->rate, text);
    (void)snprintf(line, sizeof line,
                   "class htb da05:1 root prio 0 rate %s ceil %s burst 154012b cburst 154012b \n",
                   text, text);
    print(guest.out, line);
}

static bool fail_tc(const char *text)
{
    print(guest.err, text);
    guest.exit_code = 1;
    return false;
}

/* Runs one line of a batch. Returns false if it fails. */
static bool run_line(const char *line)
{
    char dev[64];
    uint64_t kbit = 0;
    if (sscanf(line, "%*s %*s dev %63s", dev) != 1 || !nic_named(dev))
        return fail_tc("Cannot find device\n");
    struct model_nic *n = nic_named(dev);
    if (strncmp(line, "qdisc show", 10) == 0) {
        show_qdisc(n);
    } else if (strncmp(line, "class show", 10) == 0) {
        show_class(n);
    } else if (strncmp(line, "qdisc add", 9) == 0) {
        if (n->root == TC_ROOT_OURS)
            return fail_tc("Error: Exclusivity flag on, cannot modify.\n");
        if (n->root == TC_ROOT_TENANT)
            return fail_tc("Error: NLM_F_REPLACE needed to override.\n");
        n->root = TC_ROOT_OURS;
        n->rate = 0;
    } else if (strncmp(line, "qdisc del", 9) == 0) {
        if (n->root != TC_ROOT_OURS || !strstr(line, " handle da05:"))
            return fail_tc("Error: Invalid handle.\n");
        n->root = TC_ROOT_DEFAULT;
        n->rate = 0;
    } else if (strncmp(line, "class replace", 13) == 0) {
        const char *rate = strstr(line, " rate ");
        if (n->root != TC_ROOT_OURS)
            return fail_tc("RTNETLINK answers: No such file or directory\n");
        if (guest.refuses_classes || !rate || sscanf(rate, " rate %" SCNu64 "kbit", &kbit) != 1)
            return fail_tc("Illegal \"rate\"\n");
        n->rate = kbit * 1000 / (guest.halves_rates ? 2 : 1);
    } else {
        return fail_tc("What is that?\n");
    }
    return true;
}

/* As tc does: stops at the first error, and keeps what was done before it. */
static void run_batch(const char *batch)
{
    char copy[STEP_BYTES];
    char *rest = copy;
    char said[64];
    int number = 0;
    guest.out[0] = '\0';
    guest.err[0] = '\0';
    guest.exit_code = 0;
    guest.polls = 0;
    (void)snprintf(copy, sizeof copy, "%s", batch);
    for (char *line = strsep(&rest, "\n"); line && *line; line = strsep(&rest, "\n")) {
        number++;
        if (run_line(line))
            continue;
        (void)snprintf(said, sizeof said, "Command failed -:%d\n", number);
        print(guest.err, said);
        break;
    }
    if (guest.tc_output)
        (void)snprintf(guest.out, sizeof guest.out, "%s", guest.tc_output);
}

static int answer_grep(char **ret_reply, const json_t *arguments)
{
    const json_t *words = json_object_get(arguments, "arg");
    for (size_t i = 0; i < json_array_size(words); i++)
        note("word", json_string_value(json_array_get(words, i)));
    (void)snprintf(guest.out, sizeof guest.out, "%s", guest.grep_output);
    guest.err[0] = '\0';
    guest.exit_code = 0;
    guest.polls = 0;
    return answer_json(ret_reply, json_pack("{s:i}", "pid", 4711));
}

static int answer_exec(char **ret_reply, const json_t *arguments)
{
    unsigned char batch[STEP_BYTES] = {0};
    size_t used = 0;
    const char *path = json_string_value(json_object_get(arguments, "path"));
    const char *encoded = json_string_value(json_object_get(arguments, "input-data"));
    assert_non_null(path);
    assert_non_null(encoded);
    assert_int_equal(sodium_base642bin(batch, sizeof batch - 1, encoded, strlen(encoded), NULL,
                                       &used, NULL, sodium_base64_VARIANT_ORIGINAL),
                     0);
    note(path, (const char *)batch);
    if (guest.exec_reply)
        return answer(ret_reply, guest.exec_reply);
    if (strcmp(path, "grep") == 0 && guest.grep_output)
        return answer_grep(ret_reply, arguments);
    if (guest.busybox_path && strcmp(path, guest.busybox_path) == 0) {
        guest.exit_code = 1;
        guest.polls = 0;
        guest.out[0] = '\0';
        (void)snprintf(guest.err, sizeof guest.err, "BusyBox v1.35.0\n\nUsage: tc OBJECT CMD\n");
        return answer_json(ret_reply, json_pack("{s:i}", "pid", 4711));
    }
    if (!guest.tc_path || strcmp(path, guest.tc_path) != 0)
        return answer(ret_reply,
                      "{\"error\": {\"class\": \"GenericError\", \"desc\": \"Guest agent command "
                      "failed, error was 'Failed to execute child process\"}}");
    run_batch((const char *)batch);
    return answer_json(ret_reply, json_pack("{s:i}", "pid", 4711));
}

static json_t *in_base64(const char *text)
{
    char encoded[2 * OUTPUT_BYTES];
    sodium_bin2base64(encoded, sizeof encoded, (const unsigned char *)text, strlen(text),
                      sodium_base64_VARIANT_ORIGINAL);
    return json_string(encoded);
}

static int answer_status(char **ret_reply, const json_t *arguments)
{
    assert_int_equal(json_integer_value(json_object_get(arguments, "pid")), 4711);
    if (guest.never_ends || guest.polls++ < guest.polls_running)
        return answer(ret_reply, "{\"return\": {\"exited\": false}}");
    if (guest.status_reply)
        return answer(ret_reply, guest.status_reply);
    return answer_json(ret_reply, json_pack("{s:b, s:i, s:o, s:o}", "exited", 1, "exitcode",
                                            guest.exit_code, "out-data", in_base64(guest.out),
                                            "err-data", in_base64(guest.err)));
}

static int guest_call(struct qga_channel *channel, const char *command, int timeout_ms,
                      char **ret_reply, struct daqs_error *err)
{
    assert_ptr_equal(channel, &guest.channel);
    assert_true(timeout_ms > 0);
    if (guest.unreachable != DAQS_OK)
        return daqs_fail(err, guest.unreachable, "unreachable");
    json_t *request = json_loads(command, 0, NULL);
    const char *execute = json_string_value(json_object_get(request, "execute"));
    const json_t *arguments = json_object_get(request, "arguments");
    int result = DAQS_EIO;
    assert_non_null(execute);
    if (strcmp(execute, "guest-network-get-interfaces") == 0)
        result = guest.list_reply ? answer(ret_reply, guest.list_reply) : answer_list(ret_reply);
    else if (strcmp(execute, "guest-exec") == 0 && guest.exec_held)
        result = daqs_fail(err, DAQS_EBUSY, "held");
    else if (strcmp(execute, "guest-exec") == 0)
        result = answer_exec(ret_reply, arguments);
    else if (strcmp(execute, "guest-exec-status") == 0)
        result = answer_status(ret_reply, arguments);
    else if (strcmp(execute, "guest-fsfreeze-status") == 0 && guest.freeze_reply)
        result = answer(ret_reply, guest.freeze_reply);
    else
        fail_msg("asked for %s", execute);
    json_decref(request);
    return result;
}

static void guest_free(struct qga_channel *channel)
{
    assert_ptr_equal(channel, &guest.channel);
    guest.freed = true;
}

static void add_nic(const char *name, const char *mac)
{
    struct model_nic *n = &guest.nic[guest.nics++];
    *n = (struct model_nic){.mac = mac, .tx_bytes = 1000, .root = TC_ROOT_DEFAULT};
    (void)snprintf(n->name, sizeof n->name, "%s", name);

    struct guest_job_nic *to_do = &job->nic[job->nics++];
    *to_do = (struct guest_job_nic){
        .tend = true, .wanted = DAQS_UNLIMITED, .tc = {TC_ROOT_UNKNOWN, DAQS_UNLIMITED}};
    assert_true(daqs_mac_parse(mac, &to_do->mac));
}

static int setup(void **state)
{
    (void)state;
    memset(&guest, 0, sizeof guest);
    guest.channel = (struct qga_channel){.call = guest_call, .free = guest_free};
    guest.tc_path = "tc";
    job = guest_job_new(7, &guest.channel);
    if (!job)
        return -1;
    job->read_counters = true;
    add_nic("eth0", "52:54:00:00:00:01");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    guest_job_free(job);
    return guest.freed ? 0 : -1;
}

/* --- visits --- */

/* Does what the loop does between two visits: what was found becomes what is known, the rest is
 * reset. */
static void visit(void)
{
    guest.steps = 0;
    for (size_t i = 0; i < job->nics; i++)
        job->nic[i].has_reading = false;
    job->job.run(&job->job);
}

static void command(size_t i, daqs_bps wanted)
{
    job->nic[i].commanded = true;
    job->nic[i].wanted = wanted;
}

static void assert_nic(size_t i, enum daqs_nic_state state, enum daqs_nic_cause cause)
{
    if (job->nic[i].state != state || job->nic[i].cause != cause)
        print_error("nic %zu: %s: %s (%s)\n", i, daqs_nic_state_name(job->nic[i].state),
                    daqs_nic_cause_text(job->nic[i].cause), job->error.text);
    assert_int_equal(job->nic[i].state, state);
    assert_int_equal(job->nic[i].cause, cause);
}

static void assert_tc(size_t i, enum tc_root root, daqs_bps limit)
{
    assert_int_equal(job->nic[i].tc.root, root);
    assert_true(job->nic[i].tc.limit == limit);
}

static void assert_model(size_t i, enum tc_root root, daqs_bps rate)
{
    assert_int_equal(guest.nic[i].root, root);
    assert_int_equal(guest.nic[i].rate, rate);
}

static void assert_steps(size_t count, const char *const *step)
{
    for (size_t i = 0; i < count && i < guest.steps; i++)
        assert_string_equal(guest.step[i], step[i]);
    assert_int_equal(guest.steps, count);
}

#define ASSERT_STEPS(...)                                                                          \
    do {                                                                                           \
        const char *const steps_[] = {__VA_ARGS__};                                                \
        assert_steps(sizeof steps_ / sizeof steps_[0], steps_);                                    \
    } while (0)

/* qemu-ga's refusals of a command: since 6.0, and before. */
#define REFUSED(command, why)                                                                      \
    "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"Command " command                    \
    " has been disabled: " why "\"}}"
#define FROZEN(command) REFUSED(command, "the agent is in frozen state")
#define BLOCKED_LIST REFUSED("guest-network-get-interfaces", "the command is not allowed")
#define REFUSED_BEFORE(command)                                                                    \
    "{\"error\": {\"class\": \"GenericError\", \"desc\": \"The command " command                   \
    " has been disabled for this instance\"}}"

#define PROBE "tc: qdisc show dev eth0\nclass show dev eth0\n"

/* --- counters --- */

static void counters_are_read_and_dated(void **state)
{
    (void)state;
    const struct daqs_clock *clock = daqs_clock_system();
    guest.nic[0].tx_bytes = 123456;
    int64_t before_us = daqs_mono_ns(clock) / 1000;
    visit();
    int64_t after_us = daqs_mono_ns(clock) / 1000;
    assert_int_equal(job->result, DAQS_OK);
    assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_true(job->nic[0].has_reading);
    assert_in_range(job->nic[0].reading.at_us, before_us, after_us);
    assert_int_equal(job->nic[0].reading.tx_bytes, 123456);
    assert_int_equal(job->nic[0].reading.rx_bytes, 20);
    assert_int_equal(job->nic[0].reading.tx_packets, 30);
    assert_int_equal(job->nic[0].reading.rx_packets, 40);
    assert_string_equal(job->nic[0].ifname, "eth0");
}

static void all_interfaces_of_the_guest_are_reported(void **state)
{
    (void)state;
    add_nic("eth1", "52:54:00:00:00:02");
    add_nic("lo", "00:00:00:00:00:00");
    job->nics = 0; /* a source that does not know the nics requests none at first */
    visit();
    assert_int_equal(job->result, DAQS_OK);
    assert_int_equal(job->interfaces, 3);
    assert_string_equal(job->interface[1].name, "eth1");
}

static void nics_are_found_by_address_not_by_place(void **state)
{
    (void)state;
    add_nic("eth1", "52:54:00:00:00:02");
    guest.nic[1].tx_bytes = 2000;
    struct guest_job_nic first = job->nic[0];
    job->nic[0] = job->nic[1];
    job->nic[1] = first;
    visit();
    assert_int_equal(job->nic[0].reading.tx_bytes, 2000);
    assert_string_equal(job->nic[0].ifname, "eth1");
    assert_int_equal(job->nic[1].reading.tx_bytes, 1000);
}

static void a_nic_that_the_guest_does_not_list_has_no_reading(void **state)
{
    (void)state;
    add_nic("eth1", "52:54:00:00:00:02");
    command(0, GBIT);
    command(1, GBIT);
    guest.nics = 1;
    visit();
    assert_int_equal(job->result, DAQS_OK);
    assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_nic(1, DAQS_NIC_UNRESPONSIVE, DAQS_CAUSE_NO_NIC);
    assert_false(job->nic[1].has_reading);
}

static void without_counters_to_read_the_list_is_not_asked_for(void **state)
{
    (void)state;
    visit();
    job->read_counters = false;
    command(0, GBIT);
    visit();
    ASSERT_STEPS("tc: qdisc add dev eth0 root handle da05: htb default 1\n"
                 "class replace dev eth0 parent da05: classid da05:1 htb rate 1000000kbit "
                 "ceil 1000000kbit burst 125000 cburst 125000 quantum 60000 overhead 24 mpu 84\n"
                 "qdisc show dev eth0\nclass show dev eth0\n");
    assert_false(job->nic[0].has_reading);
    assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NONE);
}

/* The limits arrive before the first poll, when there is no name yet to pass to tc. */
static void before_the_first_list_nothing_is_claimed_about_a_nic(void **state)
{
    (void)state;
    job->read_counters = false;
    command(0, GBIT);
    visit();
    assert_int_equal(guest.steps, 0);
    assert_nic(0, DAQS_NIC_WAITING, DAQS_CAUSE_NONE);
}

/* --- limits --- */

static void a_limit_is_set_and_read_back(void **state)
{
    (void)state;
    command(0, 1234567890);
    visit();
    ASSERT_STEPS("list", PROBE,
                 "tc: qdisc add dev eth0 root handle da05: htb default 1\n"
                 "class replace dev eth0 parent da05: classid da05:1 htb rate 1234000kbit "
                 "ceil 1234000kbit burst 154250 cburst 154250 quantum 60000 overhead 24 mpu 84\n"
                 "qdisc show dev eth0\nclass show dev eth0\n");
    assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_tc(0, TC_ROOT_OURS, 1234 * MBIT);
    assert_model(0, TC_ROOT_OURS, 1234 * MBIT);
}

static void a_limit_in_force_costs_nothing(void **state)
{
    (void)state;
    command(0, GBIT);
    visit();
    visit();
    ASSERT_STEPS("list");
    assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_tc(0, TC_ROOT_OURS, GBIT);
}

static void a_change_is_one_command(void **state)
{
    (void)state;
    command(0, GBIT);
    visit();
    command(0, 2 * GBIT);
    visit();
    assert_int_equal(guest.steps, 2);
    assert_null(strstr(guest.step[1], "qdisc add"));
    assert_tc(0, TC_ROOT_OURS, 2 * GBIT);
    assert_model(0, TC_ROOT_OURS, 2 * GBIT);
}

static void a_limit_is_taken_away(void **state)
{
    (void)state;
    command(0, GBIT);
    visit();
    command(0, DAQS_UNLIMITED);
    visit();
    assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_tc(0, TC_ROOT_DEFAULT, DAQS_UNLIMITED);
    assert_model(0, TC_ROOT_DEFAULT, 0);
    visit();
    ASSERT_STEPS("list");
}

/* A restarted agent adopts the limit that it finds. */
static void without_a_command_a_nic_is_left_as_it_is_found(void **state)
{
    (void)state;
    guest.nic[0].root = TC_ROOT_OURS;
    guest.nic[0].rate = 500 * MBIT;
    visit();
    ASSERT_STEPS("list", PROBE);
    assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_tc(0, TC_ROOT_OURS, 500 * MBIT);
    assert_model(0, TC_ROOT_OURS, 500 * MBIT);
}

static void a_limit_that_the_guest_changed_is_set_again_at_the_next_look(void **state)
{
    (void)state;
    command(0, GBIT);
    visit();
    guest.nic[0].rate = 9 * GBIT;
    visit();
    assert_model(0, TC_ROOT_OURS, 9 * GBIT);
    job->nic[0].look = true;
    visit();
    assert_model(0, TC_ROOT_OURS, GBIT);
    assert_tc(0, TC_ROOT_OURS, GBIT);
    assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NONE);
}

static void a_limit_that_the_guest_removed_is_set_again_at_the_next_look(void **state)
{
    (void)state;
    command(0, GBIT);
    visit();
    guest.nic[0].root = TC_ROOT_DEFAULT;
    guest.nic[0].rate = 0;
    job->nic[0].look = true;
    visit();
    assert_model(0, TC_ROOT_OURS, GBIT);
}

/* Does what the loop does between two visits, for a nic whose limit has been in force for a
 * while. */
static void know(size_t i)
{
    struct guest_job_nic *n = &job->nic[i];
    (void)counters_update(&n->counters, &n->reading);
    n->counters.last.at_us -= 100000; /* the visit was a tenth of a second ago */
    n->loosest = n->tc.limit;
    n->look = n->exceeds = n->removed = false;
}

static void a_limit_that_is_exceeded_is_looked_at_and_set_again_at_once(void **state)
{
    (void)state;
    command(0, GBIT);
    visit();
    know(0);
    guest.nic[0].root = TC_ROOT_DEFAULT;
    guest.nic[0].rate = 0;
    guest.nic[0].tx_bytes += 25000000; /* 2 Gbit/s */
    visit();
    assert_true(job->nic[0].exceeds);
    assert_true(job->nic[0].removed);
    assert_model(0, TC_ROOT_OURS, GBIT);
    assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NONE);
}

static void a_limit_that_is_exceeded_is_reported(void **state)
{
    (void)state;
    command(0, GBIT);
    visit();
    know(0);
    guest.nic[0].tx_bytes += 25000000;
    visit();
    ASSERT_STEPS("list", PROBE);
    assert_true(job->nic[0].exceeds);
    assert_false(job->nic[0].removed);
}

static void a_limit_that_is_kept_costs_no_look(void **state)
{
    (void)state;
    command(0, GBIT);
    visit();
    know(0);
    guest.nic[0].tx_bytes += 12000000;
    visit();
    ASSERT_STEPS("list");
    assert_false(job->nic[0].exceeds);
}

static void counters_that_restarted_are_a_reason_to_look(void **state)
{
    (void)state;
    command(0, GBIT);
    guest.nic[0].tx_bytes = 5000000;
    visit();
    know(0);
    guest.nic[0].root = TC_ROOT_DEFAULT; /* the guest was rebooted */
    guest.nic[0].rate = 0;
    guest.nic[0].tx_bytes = 10;
    visit();
    assert_model(0, TC_ROOT_OURS, GBIT);
}

/* The next change fails, because its qdisc is missing. */
static void a_limit_that_was_removed_before_a_change_is_set_in_the_same_visit(void **state)
{
    (void)state;
    command(0, GBIT);
    visit();
    know(0);
    guest.nic[0].root = TC_ROOT_DEFAULT;
    guest.nic[0].rate = 0;
    command(0, 2 * GBIT);
    visit();
    assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_true(job->nic[0].removed);
    assert_model(0, TC_ROOT_OURS, 2 * GBIT);
    assert_string_equal(job->error.text, "");
}

static void a_limit_that_we_change_was_not_removed(void **state)
{
    (void)state;
    command(0, GBIT);
    visit();
    know(0);
    command(0, 2 * GBIT);
    job->nic[0].look = true;
    visit();
    assert_false(job->nic[0].removed);
    know(0);
    command(0, DAQS_UNLIMITED);
    job->nic[0].look = true;
    visit();
    assert_false(job->nic[0].removed);
    assert_model(0, TC_ROOT_DEFAULT, 0);
}

static void a_command_may_take_its_time(void **state)
{
    (void)state;
    guest.polls_running = 5;
    command(0, GBIT);
    visit();
    assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_model(0, TC_ROOT_OURS, GBIT);
}

static void each_nic_has_its_own_limit(void **state)
{
    (void)state;
    add_nic("eth1", "52:54:00:00:00:02");
    add_nic("eth2", "52:54:00:00:00:03");
    guest.nic[1].root = TC_ROOT_TENANT;
    command(0, GBIT);
    command(1, GBIT);
    command(2, 2 * GBIT);
    visit();
    assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_nic(1, DAQS_NIC_UNMANAGED, DAQS_CAUSE_TENANT_QDISC);
    assert_nic(2, DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_model(0, TC_ROOT_OURS, GBIT);
    assert_model(2, TC_ROOT_OURS, 2 * GBIT);
    assert_true(job->nic[1].has_reading);
}

static void an_interface_that_was_renamed_is_read_again(void **state)
{
    (void)state;
    command(0, GBIT);
    visit();
    (void)snprintf(guest.nic[0].name, sizeof guest.nic[0].name, "ens3");
    visit();
    ASSERT_STEPS("list", "tc: qdisc show dev ens3\nclass show dev ens3\n");
    assert_tc(0, TC_ROOT_OURS, GBIT);
    assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NONE);
}

/* --- limits that cannot be set --- */

static void the_rate_read_back_is_reported(void **state)
{
    (void)state;
    guest.halves_rates = true;
    command(0, 2 * GBIT);
    visit();
    assert_nic(0, DAQS_NIC_UNMANAGED, DAQS_CAUSE_NOT_APPLIED);
    assert_tc(0, TC_ROOT_OURS, GBIT);
}

static void once_it_can_be_set_a_nic_is_well_again(void **state)
{
    (void)state;
    guest.halves_rates = true;
    command(0, 2 * GBIT);
    visit();
    guest.halves_rates = false;
    visit();
    assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_model(0, TC_ROOT_OURS, 2 * GBIT);
}

static void where_exec_is_blocked_counters_are_still_read(void **state)
{
    (void)state;
    guest.exec_reply = "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"Command "
                       "guest-exec has been disabled\"}}";
    command(0, GBIT);
    visit();
    ASSERT_STEPS("list", PROBE); /* no other path is tried */
    assert_int_equal(job->result, DAQS_OK);
    assert_nic(0, DAQS_NIC_UNMANAGED, DAQS_CAUSE_EXEC_BLOCKED);
    assert_true(job->nic[0].has_reading);
    assert_tc(0, TC_ROOT_UNKNOWN, DAQS_UNLIMITED);
}

static void a_guest_without_tc_is_reported(void **state)
{
    (void)state;
    guest.tc_path = NULL;
    command(0, GBIT);
    visit();
    ASSERT_STEPS("list", PROBE, "/usr/sbin/" PROBE, "/sbin/" PROBE,
                 "/run/current-system/sw/bin/" PROBE, "/usr/bin/" PROBE, "/bin/" PROBE);
    assert_int_equal(job->result, DAQS_OK);
    assert_nic(0, DAQS_NIC_UNMANAGED, DAQS_CAUSE_NO_TC);
    assert_true(job->nic[0].has_reading);
}

static void tc_is_found_where_the_path_does_not_lead(void **state)
{
    (void)state;
    static const char *const paths[] = {"/usr/sbin/tc", "/sbin/tc", "/run/current-system/sw/bin/tc",
                                        "/usr/bin/tc", "/bin/tc"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        guest.tc_path = paths[i];
        guest.nic[0].root = TC_ROOT_DEFAULT;
        job->nic[0].look = true;
        command(0, GBIT);
        visit();
        assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NONE);
        assert_model(0, TC_ROOT_OURS, GBIT);
        assert_string_equal(job->error.text, ""); /* the log would show it next to "ok" */
    }
}

static void g9_tc_is_looked_for_once(void **state)
{
    (void)state;
    guest.tc_path = "/run/current-system/sw/bin/tc";
    command(0, GBIT);
    visit();
    assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NONE);
    job->nic[0].look = true;
    visit();
    ASSERT_STEPS("list", "/run/current-system/sw/bin/" PROBE);
}

static void g9_busyboxs_tc_is_passed_by(void **state)
{
    (void)state;
    guest.busybox_path = "tc";
    guest.tc_path = "/usr/sbin/tc";
    command(0, GBIT);
    visit();
    assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_model(0, TC_ROOT_OURS, GBIT);
    assert_string_equal(job->error.text, "");
}

static void g9_a_guest_with_only_busyboxs_tc_is_reported(void **state)
{
    (void)state;
    guest.busybox_path = "tc";
    guest.tc_path = NULL;
    command(0, GBIT);
    visit();
    assert_nic(0, DAQS_NIC_UNMANAGED, DAQS_CAUSE_OTHER_TC);
    assert_true(job->nic[0].has_reading);
    assert_non_null(strstr(job->error.text, "BusyBox"));
}

static void the_tenants_qdisc_is_not_touched(void **state)
{
    (void)state;
    guest.nic[0].root = TC_ROOT_TENANT;
    command(0, GBIT);
    visit();
    ASSERT_STEPS("list", PROBE);
    assert_nic(0, DAQS_NIC_UNMANAGED, DAQS_CAUSE_TENANT_QDISC);
    assert_tc(0, TC_ROOT_TENANT, DAQS_UNLIMITED);
    assert_model(0, TC_ROOT_TENANT, 0);
    command(0, DAQS_UNLIMITED);
    visit();
    assert_nic(0, DAQS_NIC_UNMANAGED, DAQS_CAUSE_TENANT_QDISC);
    assert_model(0, TC_ROOT_TENANT, 0);
}

static void a_tenants_qdisc_since_our_last_look_survives(void **state)
{
    (void)state;
    command(0, DAQS_UNLIMITED);
    visit();
    assert_tc(0, TC_ROOT_DEFAULT, DAQS_UNLIMITED);
    guest.nic[0].root = TC_ROOT_TENANT;
    command(0, GBIT);
    visit();
    assert_nic(0, DAQS_NIC_UNMANAGED, DAQS_CAUSE_TC_FAILED);
    assert_non_null(strstr(job->error.text, "NLM_F_REPLACE needed"));
    assert_model(0, TC_ROOT_TENANT, 0);
    visit();
    assert_nic(0, DAQS_NIC_UNMANAGED, DAQS_CAUSE_TENANT_QDISC);
    assert_model(0, TC_ROOT_TENANT, 0);
}

static void the_rest_of_a_failed_batch_is_finished_next_time(void **state)
{
    (void)state;
    guest.refuses_classes = true;
    command(0, GBIT);
    visit();
    assert_nic(0, DAQS_NIC_UNMANAGED, DAQS_CAUSE_TC_FAILED);
    assert_tc(0, TC_ROOT_UNKNOWN, DAQS_UNLIMITED);
    assert_model(0, TC_ROOT_OURS, 0);
    guest.refuses_classes = false;
    visit();
    assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_model(0, TC_ROOT_OURS, GBIT);
}

/* It is still the best value to report to the controller, but not certain enough to rely on. */
static void a_look_that_failed_leaves_the_last_known_limit(void **state)
{
    (void)state;
    command(0, GBIT);
    visit();
    guest.tc_path = NULL;
    job->nic[0].look = true;
    visit();
    assert_nic(0, DAQS_NIC_UNMANAGED, DAQS_CAUSE_NO_TC);
    assert_tc(0, TC_ROOT_UNKNOWN, GBIT);
    guest.tc_path = "tc";
    guest.nic[0].root = TC_ROOT_DEFAULT; /* removed meanwhile */
    guest.nic[0].rate = 0;
    job->nic[0].look = false;
    visit();
    assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_model(0, TC_ROOT_OURS, GBIT);
}

static void names_that_are_not_safe_go_nowhere_near_tc(void **state)
{
    (void)state;
    static const char *const names[] = {"eth0; reboot", "", "-batch", "a\nqdisc del dev eth0 root",
                                        "sixteen-letters-"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(guest.nic[0].name, sizeof guest.nic[0].name, "%s", names[i]);
        command(0, GBIT);
        visit();
        ASSERT_STEPS("list");
        assert_nic(0, DAQS_NIC_UNMANAGED, DAQS_CAUSE_BAD_NAME);
        assert_true(job->nic[0].has_reading);
    }
}

static void output_that_is_not_tcs_is_not_believed(void **state)
{
    (void)state;
    guest.tc_output = "BusyBox v1.35.0\n";
    command(0, GBIT);
    visit();
    assert_nic(0, DAQS_NIC_UNMANAGED, DAQS_CAUSE_OTHER_TC);
    assert_model(0, TC_ROOT_DEFAULT, 0);
}

static void a_tc_that_was_killed_has_failed(void **state)
{
    (void)state;
    guest.status_reply = "{\"return\": {\"signal\": 9, \"exited\": true}}";
    command(0, GBIT);
    visit();
    assert_int_equal(job->result, DAQS_OK);
    assert_nic(0, DAQS_NIC_UNMANAGED, DAQS_CAUSE_TC_FAILED);
}

/* Where no limit could be set, the loop does not try again with every poll: it clears 'tend'.
 * Reading the nic's counters does not make it manageable. */
static void a_nic_that_is_not_tended_stays_unmanaged(void **state)
{
    (void)state;
    guest.nic[0].root = TC_ROOT_TENANT;
    command(0, GBIT);
    visit();
    assert_nic(0, DAQS_NIC_UNMANAGED, DAQS_CAUSE_TENANT_QDISC);
    job->nic[0].tend = false;
    visit();
    ASSERT_STEPS("list");
    assert_true(job->nic[0].has_reading);
    assert_nic(0, DAQS_NIC_UNMANAGED, DAQS_CAUSE_TENANT_QDISC);
}

static void a_nic_that_answers_again_is_no_longer_unresponsive(void **state)
{
    (void)state;
    guest.unreachable = DAQS_ETIMEOUT;
    visit();
    assert_nic(0, DAQS_NIC_UNRESPONSIVE, DAQS_CAUSE_TIMEOUT);
    guest.unreachable = DAQS_OK;
    visit();
    assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NONE);
}

/* --- guests that do not answer --- */

static void a_guest_out_of_reach_has_all_its_nics_unresponsive(void **state)
{
    (void)state;
    static const struct {
        int result;
        enum daqs_nic_cause cause;
    } cases[] = {
        {DAQS_ETIMEOUT, DAQS_CAUSE_TIMEOUT},
        {DAQS_EIO, DAQS_CAUSE_NO_AGENT},
        {DAQS_ETOOBIG, DAQS_CAUSE_BAD_REPLY},
    };
    add_nic("eth1", "52:54:00:00:00:02");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        guest.unreachable = cases[i].result;
        visit();
        assert_int_equal(job->result, cases[i].result);
        assert_string_equal(job->error.text, "unreachable");
        for (size_t k = 0; k < 2; k++) {
            assert_nic(k, DAQS_NIC_UNRESPONSIVE, cases[i].cause);
            assert_false(job->nic[k].has_reading);
        }
    }
}

static void a_list_that_makes_no_sense_is_a_bad_reply(void **state)
{
    (void)state;
    static const char *const replies[] = {
        "garbage", "{\"return\": {}}",
        "{\"error\": {\"class\": \"GenericError\", \"desc\": \"out of memory\"}}"};
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        guest.list_reply = replies[i];
        visit();
        assert_int_not_equal(job->result, DAQS_OK);
        assert_nic(0, DAQS_NIC_UNRESPONSIVE, DAQS_CAUSE_BAD_REPLY);
        assert_false(job->nic[0].has_reading);
    }
}

/* The counters that were read before are kept, and the guest agent has answered. */
static void g1_a_command_that_never_ends_makes_no_guest_unresponsive(void **state)
{
    (void)state;
    add_nic("eth1", "52:54:00:00:00:02");
    guest.never_ends = true;
    command(0, GBIT);
    command(1, GBIT);
    job->nic[0].doubted = job->nic[1].doubted = true; /* it is the second time */
    visit();
    assert_int_equal(job->result, DAQS_OK);
    assert_true(job->slow);
    for (size_t i = 0; i < 2; i++) {
        assert_nic(i, DAQS_NIC_UNMANAGED, DAQS_CAUSE_TIMEOUT);
        assert_true(job->nic[i].has_reading);
        assert_int_equal(job->nic[i].reading.tx_bytes, 1000);
    }
    assert_int_equal(guest.steps, 2); /* the second nic is not tried: it would only wait again */
}

static void answers_to_exec_that_make_no_sense_are_bad_replies(void **state)
{
    (void)state;
    guest.exec_reply = "{\"return\": {}}";
    command(0, GBIT);
    visit();
    assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_BAD_REPLY);
    assert_tc(0, TC_ROOT_UNKNOWN, DAQS_UNLIMITED);
    guest.exec_reply = NULL;
    guest.status_reply = "{\"return\": {\"exited\": true, \"exitcode\": 0, \"out-data\": \"%\"}}";
    job->nic[0].doubted = true;
    visit();
    assert_nic(0, DAQS_NIC_UNMANAGED, DAQS_CAUSE_BAD_REPLY);
    assert_true(job->nic[0].has_reading);
}

/* The guest agent may have been restarted. The next visit shows the result. */
static void g1_a_single_unanswered_command_proves_nothing_about_the_guest(void **state)
{
    (void)state;
    command(0, GBIT);
    visit();
    job->read_counters = false;
    guest.unreachable = DAQS_EIO;
    command(0, 2 * GBIT);
    visit();
    assert_int_equal(job->result, DAQS_OK);
    assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NO_AGENT);
    assert_tc(0, TC_ROOT_UNKNOWN, GBIT);
}

static void g1_a_blocked_list_is_distinguished_from_nonsense(void **state)
{
    (void)state;
    guest.list_reply = BLOCKED_LIST;
    visit();
    assert_int_equal(job->result, DAQS_EREFUSED);
    assert_nic(0, DAQS_NIC_UNRESPONSIVE, DAQS_CAUSE_LIST_BLOCKED);
}

/* --- file systems that are frozen --- */

static void g6_a_frozen_guest_is_frozen(void **state)
{
    (void)state;
    command(0, GBIT);
    visit();
    guest.list_reply = FROZEN("guest-network-get-interfaces");
    visit();
    assert_int_equal(guest.steps, 0);
    assert_int_equal(job->result, DAQS_EFROZEN);
    assert_nic(0, DAQS_NIC_FROZEN, DAQS_CAUSE_FROZEN);
    assert_tc(0, TC_ROOT_OURS, GBIT); /* its limit has not changed */
    guest.list_reply = NULL;
    visit();
    assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_tc(0, TC_ROOT_OURS, GBIT);
}

static void g6_a_guest_that_freezes_in_the_middle_keeps_its_counters(void **state)
{
    (void)state;
    guest.exec_reply = FROZEN("guest-exec");
    command(0, GBIT);
    visit();
    assert_nic(0, DAQS_NIC_FROZEN, DAQS_CAUSE_FROZEN);
    assert_true(job->nic[0].has_reading);
}

static void g6_an_agent_of_before_is_asked_whether_it_is_frozen(void **state)
{
    (void)state;
    guest.list_reply = REFUSED_BEFORE("guest-network-get-interfaces");
    guest.freeze_reply = "{\"return\": \"frozen\"}";
    visit();
    assert_nic(0, DAQS_NIC_FROZEN, DAQS_CAUSE_FROZEN);
    guest.freeze_reply = "{\"return\": \"thawed\"}";
    visit();
    assert_nic(0, DAQS_NIC_UNRESPONSIVE, DAQS_CAUSE_LIST_BLOCKED);
    guest.freeze_reply = REFUSED_BEFORE("guest-fsfreeze-status");
    visit();
    assert_nic(0, DAQS_NIC_UNRESPONSIVE, DAQS_CAUSE_LIST_BLOCKED);
    guest.freeze_reply = "{\"return\": 5}";
    visit();
    assert_nic(0, DAQS_NIC_UNRESPONSIVE, DAQS_CAUSE_LIST_BLOCKED);
    guest.list_reply = NULL;
    guest.exec_reply = REFUSED_BEFORE("guest-exec");
    visit();
    assert_nic(0, DAQS_NIC_UNMANAGED, DAQS_CAUSE_EXEC_BLOCKED);
    guest.freeze_reply = "{\"return\": \"frozen\"}";
    visit();
    assert_nic(0, DAQS_NIC_FROZEN, DAQS_CAUSE_FROZEN);
}

static void g6_to_ask_that_needs_a_thread(void **state)
{
    (void)state;
    guest.list_reply = REFUSED_BEFORE("guest-network-get-interfaces");
    guest.freeze_reply = "{\"return\": \"thawed\"}";
    visit();
    job->answered = true;
    job->result = DAQS_EREFUSED;
    assert_false(guest_job_end(job));
    job->result = DAQS_EFROZEN;
    assert_true(guest_job_end(job));
}

/* --- a guest agent that another client holds --- */

static void g7_a_guest_whose_agent_is_held_is_busy(void **state)
{
    (void)state;
    command(0, GBIT);
    visit();
    guest.unreachable = DAQS_EBUSY;
    visit();
    assert_int_equal(job->result, DAQS_EBUSY);
    assert_nic(0, DAQS_NIC_BUSY, DAQS_CAUSE_BUSY);
    assert_tc(0, TC_ROOT_OURS, GBIT);
    guest.unreachable = DAQS_OK;
    visit();
    assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_tc(0, TC_ROOT_OURS, GBIT);
}

static void g7_a_guest_whose_agent_is_held_in_the_middle_keeps_its_counters(void **state)
{
    (void)state;
    guest.exec_held = true;
    command(0, GBIT);
    visit();
    assert_int_equal(job->result, DAQS_EBUSY);
    assert_nic(0, DAQS_NIC_BUSY, DAQS_CAUSE_BUSY);
    assert_true(job->nic[0].has_reading);
}

static int collect_list(struct qga_channel *channel, char **ret_reply, struct daqs_error *err)
{
    (void)channel;
    (void)err;
    return answer_list(ret_reply);
}

/* The other client delayed the answer, so the counters were read near the end. */
static void g7_a_late_reply_has_the_time_of_its_end(void **state)
{
    const int64_t s = 1000000;
    (void)state;
    guest.channel.collect = collect_list;
    job->asked_us = 100 * s;
    assert_true(guest_job_collect(job, 101 * s, false));
    assert_int_equal(job->nic[0].reading.at_us, 100 * s + s / 2);
    assert_true(guest_job_collect(job, 110 * s, false));
    assert_int_equal(job->nic[0].reading.at_us, 109 * s);
}

/* The interface is not guessed, whatever the guest lists. */
static void g8_a_vf_without_address_matches_no_interface(void **state)
{
    (void)state;
    add_nic("eth1", "01:00:00:00:00:05");
    command(1, GBIT);
    for (int i = 0; i < 2; i++) {
        visit();
        assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NONE);
        assert_nic(1, DAQS_NIC_UNMANAGED, DAQS_CAUSE_NO_ADDRESS);
        assert_false(job->nic[1].has_reading);
        assert_string_equal(job->nic[1].ifname, "");
        guest.nics = 1; /* nor if it is not listed */
    }
}

static void the_result_of_one_visit_is_not_that_of_the_next(void **state)
{
    (void)state;
    guest.unreachable = DAQS_EIO;
    visit();
    guest.unreachable = DAQS_OK;
    visit();
    assert_int_equal(job->result, DAQS_OK);
    assert_string_equal(job->error.text, "");
}

static void a_job_needs_a_channel(void **state)
{
    (void)state;
    assert_null(guest_job_new(1, NULL));
    guest_job_free(NULL);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* --- MTUs --- */

#define ETH0_MTU "/sys/class/net/eth0/mtu"

static void mtus_are_read_when_the_limits_are_set(void **state)
{
    (void)state;
    guest.grep_output = ETH0_MTU ":9000\n";
    command(0, GBIT);
    job->read_mtus = true;
    visit();
    assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NONE);
    assert_tc(0, TC_ROOT_OURS, GBIT);
    assert_true(job->asked_mtus);
    assert_int_equal(job->nic[0].mtu, 9000);
    assert_int_equal(guest.steps, 7);
    assert_string_equal(guest.step[3], "grep");
    assert_string_equal(guest.step[6], "word: " ETH0_MTU);
}

static void mtus_are_read_only_when_that_is_to_be_done(void **state)
{
    (void)state;
    guest.grep_output = ETH0_MTU ":9000\n";
    visit();
    assert_false(job->asked_mtus);
    assert_int_equal(job->nic[0].mtu, 0);
    ASSERT_STEPS("list", PROBE);
}

static void a_guest_that_blocks_commands_is_not_asked_for_mtus(void **state)
{
    (void)state;
    guest.grep_output = ETH0_MTU ":9000\n";
    guest.exec_reply = "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"no\"}}";
    job->read_mtus = true;
    visit();
    assert_nic(0, DAQS_NIC_UNMANAGED, DAQS_CAUSE_EXEC_BLOCKED);
    assert_int_equal(job->nic[0].mtu, 0);
    ASSERT_STEPS("list", PROBE);
}

static void mtus_that_cannot_be_read_change_nothing_else(void **state)
{
    static const char *const outputs[] = {
        NULL, "", "nonsense", ETH0_MTU ":0\n", ETH0_MTU ":70000\n", ETH0_MTU ":-5\n"};
    (void)state;
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++) {
        guest.grep_output = outputs[i];
        job->read_mtus = true;
        visit();
        assert_int_equal(job->result, DAQS_OK);
        assert_nic(0, DAQS_NIC_OK, DAQS_CAUSE_NONE);
        assert_true(job->asked_mtus); /* not read with every poll */
        assert_int_equal(job->nic[0].mtu, 0);
        assert_int_equal(job->execs_failed, 0); /* counts only tc */
        assert_true(job->nic[0].has_reading);
    }
}

static void a_visit_that_reads_mtus_needs_a_thread(void **state)
{
    (void)state;
    visit();
    job->answered = job->read_mtus = true;
    assert_false(guest_job_end(job));
    job->read_mtus = false;
    assert_true(guest_job_end(job));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(counters_are_read_and_dated),
        CASE(all_interfaces_of_the_guest_are_reported),
        CASE(nics_are_found_by_address_not_by_place),
        CASE(a_nic_that_the_guest_does_not_list_has_no_reading),
        CASE(without_counters_to_read_the_list_is_not_asked_for),
        CASE(before_the_first_list_nothing_is_claimed_about_a_nic),
        CASE(a_limit_is_set_and_read_back),
        CASE(a_limit_in_force_costs_nothing),
        CASE(a_change_is_one_command),
        CASE(a_limit_is_taken_away),
        CASE(without_a_command_a_nic_is_left_as_it_is_found),
        CASE(a_limit_that_the_guest_changed_is_set_again_at_the_next_look),
        CASE(a_limit_that_the_guest_removed_is_set_again_at_the_next_look),
        CASE(a_limit_that_is_exceeded_is_looked_at_and_set_again_at_once),
        CASE(a_limit_that_is_exceeded_is_reported),
        CASE(a_limit_that_is_kept_costs_no_look),
        CASE(counters_that_restarted_are_a_reason_to_look),
        CASE(a_limit_that_was_removed_before_a_change_is_set_in_the_same_visit),
        CASE(a_limit_that_we_change_was_not_removed),
        CASE(a_command_may_take_its_time),
        CASE(each_nic_has_its_own_limit),
        CASE(an_interface_that_was_renamed_is_read_again),
        CASE(the_rate_read_back_is_reported),
        CASE(once_it_can_be_set_a_nic_is_well_again),
        CASE(where_exec_is_blocked_counters_are_still_read),
        CASE(a_guest_without_tc_is_reported),
        CASE(tc_is_found_where_the_path_does_not_lead),
        CASE(g9_tc_is_looked_for_once),
        CASE(g9_busyboxs_tc_is_passed_by),
        CASE(g9_a_guest_with_only_busyboxs_tc_is_reported),
        CASE(the_tenants_qdisc_is_not_touched),
        CASE(a_tenants_qdisc_since_our_last_look_survives),
        CASE(the_rest_of_a_failed_batch_is_finished_next_time),
        CASE(a_look_that_failed_leaves_the_last_known_limit),
        CASE(names_that_are_not_safe_go_nowhere_near_tc),
        CASE(output_that_is_not_tcs_is_not_believed),
        CASE(a_tc_that_was_killed_has_failed),
        CASE(a_nic_that_is_not_tended_stays_unmanaged),
        CASE(a_nic_that_answers_again_is_no_longer_unresponsive),
        CASE(a_guest_out_of_reach_has_all_its_nics_unresponsive),
        CASE(a_list_that_makes_no_sense_is_a_bad_reply),
        CASE(g1_a_command_that_never_ends_makes_no_guest_unresponsive),
        CASE(answers_to_exec_that_make_no_sense_are_bad_replies),
        CASE(g1_a_single_unanswered_command_proves_nothing_about_the_guest),
        CASE(g1_a_blocked_list_is_distinguished_from_nonsense),
        CASE(g6_a_frozen_guest_is_frozen),
        CASE(g6_a_guest_that_freezes_in_the_middle_keeps_its_counters),
        CASE(g6_an_agent_of_before_is_asked_whether_it_is_frozen),
        CASE(g6_to_ask_that_needs_a_thread),
        CASE(g8_a_vf_without_address_matches_no_interface),
        CASE(g7_a_guest_whose_agent_is_held_is_busy),
        CASE(g7_a_guest_whose_agent_is_held_in_the_middle_keeps_its_counters),
        CASE(g7_a_late_reply_has_the_time_of_its_end),
        CASE(the_result_of_one_visit_is_not_that_of_the_next),
        CASE(a_job_needs_a_channel),
        CASE(mtus_are_read_when_the_limits_are_set),
        CASE(mtus_are_read_only_when_that_is_to_be_done),
        CASE(a_guest_that_blocks_commands_is_not_asked_for_mtus),
        CASE(mtus_that_cannot_be_read_change_nothing_else),
        CASE(a_visit_that_reads_mtus_needs_a_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
