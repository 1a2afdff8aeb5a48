/* SPDX-License-Identifier: Apache-2.0 */
/* tests/data/ss has output of a real ss (iproute2 6.1, Linux 6.18): flows behind 50 Mbit/s, flows
 * whose application sends 20 Mbit/s, and one whose peer began to read slowly between two looks. */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/core/unsent_text.h"

static struct unsent_memory memory;
static struct unsent_sum sum[UNSENT_NICS_MAX];
static struct nic_address address[4];
static size_t addresses;

static int setup(void **state)
{
    static const char *const texts[] = {"10.77.0.1", "fd00::1", "fe80::6415:65ff:fec0:c80"};
    (void)state;
    memory = (struct unsent_memory){0};
    memset(sum, 0, sizeof sum);
    for (addresses = 0; addresses < 3; addresses++) {
        address[addresses].nic = 5;
        if (!ip_address_parse(texts[addresses], &address[addresses].ip))
            return -1;
    }
    return 0;
}

static bool parse(const char *printed)
{
    return unsent_parse(printed, address, addresses, &memory, sum);
}

static char *read_data(const char *name)
{
    char path[512];
    char *text = calloc(1, 16384);
    (void)snprintf(path, sizeof path, DAQS_SOURCE_DIR "/tests/data/ss/%s.txt", name);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_non_null(text);
    assert_true(fread(text, 1, 16383, file) > 0);
    (void)fclose(file);
    return text;
}

static void look(const char *name)
{
    char *text = read_data(name);
    if (!parse(text))
        fail_msg("%s is not understood", name);
    free(text);
}

/* --- recorded output --- */

static void flows_that_are_squeezed_have_unsent_bytes(void **state)
{
    (void)state;
    look("squeezed");
    assert_int_equal(sum[5].bytes, 185344 + 112944);
    assert_int_equal(sum[5].sockets, 2); /* the third one was silent for too long */
    assert_int_equal(sum[0].sockets, 0);
    look("squeezed-again");
    assert_int_equal(sum[5].bytes, 227336 + 78192);
}

static void addresses_of_ipv6_are_found_with_and_without_a_zone(void **state)
{
    (void)state;
    look("squeezed-ipv6");
    assert_int_equal(sum[5].bytes, 194208 + 279888);
}

static void a_flow_that_sends_all_its_data_has_no_backlog(void **state)
{
    (void)state;
    look("content");
    assert_int_equal(sum[5].sockets, 1);
    assert_int_equal(sum[5].bytes, 0);
}

/* The peer's window limited it for 44 % of its whole time, but for all of the last second. */
static void bytes_that_wait_for_the_peers_window_do_not_count(void **state)
{
    (void)state;
    look("window-first");
    assert_int_equal(sum[5].bytes, 4192328);
    look("window");
    assert_int_equal(sum[5].sockets, 1);
    assert_int_equal(sum[5].bytes, 0);
}

static void sockets_of_other_addresses_do_not_count(void **state)
{
    (void)state;
    assert_true(ip_address_parse("10.77.0.3", &address[0].ip));
    look("squeezed");
    assert_int_equal(sum[5].sockets, 0);
    assert_int_equal(sum[5].bytes, 0);
}

/* --- made-up output --- */

#define FROM "ESTAB 0 9 10.77.0.1:1 "

static void sockets_are_added_up_by_the_nic_that_has_their_address(void **state)
{
    (void)state;
    address[1].nic = 63;
    assert_true(ip_address_parse("10.77.0.7", &address[1].ip));
    assert_true(parse(FROM "10.77.0.2:2 busy:9ms notsent:40\n"
                           "ESTAB 0 9 [::ffff:10.77.0.7]:1 [::ffff:10.77.0.2]:2 notsent:2\n"
                           "ESTAB 0 9 10.77.0.7%eth1:3 10.77.0.2:2 notsent:5\n"));
    assert_int_equal(sum[5].bytes, 40);
    assert_int_equal(sum[63].bytes, 7);
    assert_int_equal(sum[63].sockets, 2);
}

static void traffic_inside_the_guest_does_not_count(void **state)
{
    (void)state;
    assert_true(parse("ESTAB 0 9 127.0.0.1:1 127.0.0.1:2 notsent:40\n"
                      "ESTAB 0 9 [::1]:1 [::1]:2 notsent:40\n" FROM "10.77.0.1:2 notsent:40\n"));
    assert_int_equal(sum[5].sockets, 0);
}

static void only_established_sockets_count(void **state)
{
    (void)state;
    assert_true(parse("SYN-SENT 0 1 10.77.0.1:1 10.77.0.2:2 notsent:40\n"
                      "FIN-WAIT-1 0 1 10.77.0.1:1 10.77.0.2:2 notsent:40\n"
                      "CLOSE-WAIT 1 0 10.77.0.1:1 10.77.0.2:2 notsent:40\n"
                      "LISTEN 0 128 *:22 *:*\n"));
    assert_int_equal(sum[5].sockets, 0);
    assert_int_equal(sum[5].bytes, 0);
}

static void no_socket_at_all_is_an_answer(void **state)
{
    (void)state;
    sum[5].sockets = 9;
    assert_true(parse(""));
    assert_int_equal(sum[5].sockets, 0);
}

static void sockets_in_use_are_those_that_did_something_in_the_last_two_seconds(void **state)
{
    static const struct {
        const char *words;
        uint32_t sockets;
    } cases[] = {
        {"lastsnd:2001 lastrcv:2001 lastack:2001", 0},
        {"lastsnd:2001 lastrcv:2000 lastack:2001", 1},
        {"lastsnd:2001 lastrcv:2001", 1}, /* ss omits values of 0 */
        {"lastsnd:9999 lastrcv:9999 lastack:9999 notsent:1", 1},
        {"", 1},
    };
    char line[256];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)snprintf(line, sizeof line, FROM "10.77.0.2:2 %s\n", cases[i].words);
        assert_true(parse(line));
        assert_int_equal(sum[5].sockets, cases[i].sockets);
    }
}

static void a_socket_is_held_by_its_peer_if_it_was_for_most_of_its_busy_time(void **state)
{
    static const struct {
        const char *words;
        uint64_t bytes;
    } cases[] = {
        {"busy:1000ms rwnd_limited:500ms(50.0%)", 70},
        {"busy:1000ms rwnd_limited:501ms(50.1%)", 0},
        {"busy:1000ms sndbuf_limited:501ms(50.1%)", 0},
        {"busy:1000ms rwnd_limited:300ms(30.0%) sndbuf_limited:300ms(30.0%)", 0},
        {"busy:0ms", 70},
        {"", 70}, /* busy for less than the kernel can count */
    };
    char line[256];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memory.sockets = 0;
        (void)snprintf(line, sizeof line, FROM "10.77.0.2:2 %s notsent:70\n", cases[i].words);
        assert_true(parse(line));
        assert_int_equal(sum[5].bytes, cases[i].bytes);
    }
}

/* Ports are reused, and a guest may print anything. */
static void counters_that_went_back_count_from_their_start(void **state)
{
    (void)state;
    assert_true(parse(FROM "10.77.0.2:2 busy:9000ms rwnd_limited:10ms(0.1%) notsent:70\n"));
    assert_true(parse(FROM "10.77.0.2:2 busy:100ms rwnd_limited:90ms(90.0%) notsent:70\n"));
    assert_int_equal(sum[5].bytes, 0);
}

static void events_that_are_not_remembered_count_from_their_start(void **state)
{
    static char printed[2 * UNSENT_KEPT * 128];
    size_t used = 0;
    (void)state;
    for (int i = 0; i < 2 * UNSENT_KEPT; i++)
        used += (size_t)snprintf(printed + used, sizeof printed - used,
                                 "ESTAB 0 9 10.77.0.1:%d 10.77.0.2:2 busy:9ms notsent:1\n", i);
    assert_true(parse(printed));
    assert_int_equal(sum[5].bytes, 2 * UNSENT_KEPT);
    assert_int_equal(memory.sockets, UNSENT_KEPT);
    assert_true(parse(printed));
    assert_int_equal(sum[5].bytes, 2 * UNSENT_KEPT);
}

/* --- output that is rejected --- */

static void output_that_is_not_of_ss_is_refused_whole(void **state)
{
    static const char *const wrong[] = {
        "\n",
        "bash: ss: command not found\n",
        "ESTAB\n",
        "ESTAB 0 0\n",
        "ESTAB 0 0 10.77.0.1:1\n",
        "ESTAB 0 -1 10.77.0.1:1 10.77.0.2:2\n",
        "ESTAB 0 x 10.77.0.1:1 10.77.0.2:2\n",
        "ESTAB 0 1234567890123 10.77.0.1:1 10.77.0.2:2\n",
        "ESTAB 0 0 10.77.0.1 10.77.0.2:2\n",
        "ESTAB 0 0 10.77.0:1 10.77.0.2:2\n",
        "ESTAB 0 0 [10.77.0.1:1 10.77.0.2:2\n",
        "ESTAB 0 0 [] 10.77.0.2:2\n",
        "ESTAB 0 0 : 10.77.0.2:2\n",
        "ESTAB 0 0 "
        "1111111111111111111111111111111111111111111111111111111111111111111111111111111:1 "
        "10.77.0.2:2\n",
        "ESTAB 0 0 host:1 10.77.0.2:2\n",
        FROM "10.77.0.2:2 notsent:\n",
        FROM "10.77.0.2:2 notsent:-1\n",
        FROM "10.77.0.2:2 notsent:many\n",
        FROM "10.77.0.2:2 notsent:9999999999999\n",
        FROM "10.77.0.2:2 notsent:18446744073709551617\n",
        FROM "10.77.0.2:2 busy:1000000000000000000000ms\n",
        FROM "10.77.0.2:2 notsent:70\nState Recv-Q Send-Q Local Address:Port\n",
        FROM "10.77.0.2:2 notsent:70", /* cut */
        FROM "10.77.0.2:2 notsent:70\nESTAB 0 0 10.7",
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        sum[5].sockets = 77;
        memory.sockets = 3;
        char *exact = strdup(wrong[i]);
        assert_non_null(exact);
        if (parse(exact))
            fail_msg("'%s' was taken", wrong[i]);
        free(exact);
        assert_int_equal(sum[5].sockets, 77);
        assert_int_equal(memory.sockets, 3);
    }
}

/* Cut at every byte: it is never read past its end, and accepted only if it ends with a line. */
static void a_real_one_that_is_cut_is_refused_but_at_the_ends_of_lines(void **state)
{
    char *text = read_data("squeezed-ipv6");
    size_t length = strlen(text);
    (void)state;
    for (size_t cut = 0; cut < length; cut++) {
        char *exact = strndup(text, cut);
        assert_non_null(exact);
        assert_int_equal(parse(exact), cut == 0 || text[cut - 1] == '\n');
        free(exact);
    }
    free(text);
}

static void the_largest_numbers_fit_a_sum(void **state)
{
    static char printed[UNSENT_OUTPUT_MAX];
    static const char line[] = FROM "10.77.0.2:2 notsent:999999999999\n";
    size_t lines = 0;
    (void)state;
    for (; (lines + 1) * (sizeof line - 1) < sizeof printed; lines++)
        memcpy(printed + lines * (sizeof line - 1), line, sizeof line - 1);
    assert_true(parse(printed));
    assert_int_equal(sum[5].bytes, lines * UINT64_C(999999999999));
}

#define CASE(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(flows_that_are_squeezed_have_unsent_bytes),
        CASE(addresses_of_ipv6_are_found_with_and_without_a_zone),
        CASE(a_flow_that_sends_all_its_data_has_no_backlog),
        CASE(bytes_that_wait_for_the_peers_window_do_not_count),
        CASE(sockets_of_other_addresses_do_not_count),
        CASE(sockets_are_added_up_by_the_nic_that_has_their_address),
        CASE(traffic_inside_the_guest_does_not_count),
        CASE(only_established_sockets_count),
        CASE(no_socket_at_all_is_an_answer),
        CASE(sockets_in_use_are_those_that_did_something_in_the_last_two_seconds),
        CASE(a_socket_is_held_by_its_peer_if_it_was_for_most_of_its_busy_time),
        CASE(counters_that_went_back_count_from_their_start),
        CASE(events_that_are_not_remembered_count_from_their_start),
        CASE(output_that_is_not_of_ss_is_refused_whole),
        CASE(a_real_one_that_is_cut_is_refused_but_at_the_ends_of_lines),
        CASE(the_largest_numbers_fit_a_sum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
