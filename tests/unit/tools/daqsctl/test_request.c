/* SPDX-License-Identifier: Apache-2.0 */
/* Answers in parts, from a controller that is made up. */
#include "tests/lib/check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libdaqs/client_keys.h"
#include "shared/net/socket.h"
#include "shared/wire/bus.h"
#include "tests/lib/temp_folder.h"
#include "tools/daqsctl/request.h"

enum { POLL_MS = 20, PARTS_MOST = 100 };

/* A controller that answers each request with a row and the next one of these tokens, which it
 * repeats. */
struct fake {
    char folder[TEMP_FOLDER_BYTES];
    char endpoint[TEMP_FOLDER_BYTES + 32];
    zsock_t *router;
    const char *const *token;
    size_t tokens;
    pthread_t thread;
    atomic_bool over;
    atomic_size_t answers;
};

static const struct daqs_column columns[] = {{"name", DAQS_COLUMN_TEXT}};

static void answer_one(struct fake *fake, const struct net_route *peer, zmq_msg_t *body,
                       struct daqs_arena *arena)
{
    struct wire_request request;
    struct daqs_table table;
    uint8_t *bytes = NULL;
    size_t length = 0;
    daqs_arena_reset(arena);
    if (wire_decode_request(zmq_msg_data(body), zmq_msg_size(body), arena, &request, NULL) !=
        DAQS_OK)
        return;
    daqs_table_init(&table, columns, 1, WIRE_MESSAGE_MAX);
    daqs_table_text(&table, "row");
    size_t n = atomic_fetch_add(&fake->answers, 1);
    const struct wire_reply reply = {.id = request.id,
                                     .text = "",
                                     .token = fake->token[n % fake->tokens],
                                     .has_table = true,
                                     .table = table};
    if (wire_encode_reply(&reply, &bytes, &length) == DAQS_OK)
        (void)net_send(fake->router, peer, bytes, length);
    free(bytes);
    daqs_table_done(&table);
}

static void *serve(void *arg)
{
    struct fake *fake = arg;
    struct daqs_arena arena;
    struct net_route peer;
    zmq_msg_t body;
    daqs_arena_init(&arena, WIRE_MESSAGE_MAX);
    while (!atomic_load(&fake->over)) {
        zmq_pollitem_t item = {.socket = zsock_resolve(fake->router), .events = ZMQ_POLLIN};
        if (zmq_poll(&item, 1, POLL_MS) != 1 || net_receive(fake->router, &peer, &body) != DAQS_OK)
            continue;
        answer_one(fake, &peer, &body, &arena);
        zmq_msg_close(&body);
    }
    daqs_arena_done(&arena);
    return NULL;
}

static void count_part(void *arg, const struct wire_reply *reply)
{
    size_t *parts = arg;
    assert_true(reply->has_table);
    assert_true(++*parts < PARTS_MOST); /* otherwise it is endless */
}

static void fake_begin(struct fake *fake, const char *const *token, size_t tokens)
{
    struct daqs_error err = {0};
    *fake = (struct fake){.token = token, .tokens = tokens};
    assert_int_equal(temp_folder_make(fake->folder), 0);
    (void)snprintf(fake->endpoint, sizeof fake->endpoint, "ipc://%s/admin.sock", fake->folder);
    fake->router = net_router_new(fake->endpoint, NULL, NULL, NULL, &err);
    assert_non_null(fake->router);
    assert_int_equal(pthread_create(&fake->thread, NULL, serve, fake), 0);
}

static void fake_end(struct fake *fake)
{
    atomic_store(&fake->over, true);
    assert_int_equal(pthread_join(fake->thread, NULL), 0);
    zsock_destroy(&fake->router);
    assert_int_equal(temp_folder_remove(fake->folder), 0);
}

/* Requests all parts from a controller with these tokens, which is the last of the list that begins
 * with 'others'. */
static enum exit_status ask_after(const char *others, const char *const *token, size_t tokens,
                                  size_t *ret_parts)
{
    struct fake fake;
    fake_begin(&fake, token, tokens);
    char controllers[sizeof fake.endpoint + 64];
    (void)snprintf(controllers, sizeof controllers, "%s%s", others, fake.endpoint);
    const struct command_line line = {.controller = controllers, .verb = "hosts"};
    struct wire_request request = wire_request_of(WIRE_HOSTS);
    struct exchange exchange;
    *ret_parts = 0;
    assert_int_equal(exchange_begin(&exchange, &line), EXIT_DONE);
    enum exit_status status = exchange_send_all(&exchange, &request, count_part, ret_parts);
    exchange_end_p(&exchange);
    fake_end(&fake);
    return status;
}

static enum exit_status ask(const char *const *token, size_t tokens, size_t *ret_parts)
{
    return ask_after("", token, tokens, ret_parts);
}

static void all_parts_are_requested(void **state)
{
    static const char *const token[] = {"1", "2", "3", ""};
    size_t parts = 0;
    (void)state;
    assert_int_equal(ask(token, 4, &parts), EXIT_DONE);
    assert_int_equal(parts, 4);
}

static void an_answer_that_does_not_end_is_an_error(void **state)
{
    static const char *const token[] = {"1", "2", "3"};
    size_t parts = 0;
    (void)state;
    assert_int_equal(ask(token, 3, &parts), EXIT_FAILED);
    assert_int_equal(ask(token, 1, &parts), EXIT_FAILED);
    assert_int_equal(parts, 2);
}

static void the_next_controller_is_asked_if_one_does_not_answer(void **state)
{
    static const char *const token[] = {""};
    size_t parts = 0;
    (void)state;
    assert_int_equal(ask_after("ipc:///nonexistent/admin.sock, ", token, 1, &parts), EXIT_DONE);
    assert_int_equal(parts, 1);
}

static void that_none_of_several_answers_is_said(void **state)
{
    struct daqs_error err = {0};
    struct endpoints controllers;
    struct line client;
    const struct client_keys keys = {0};
    (void)state;
    assert_int_equal(
        endpoints_parse("ipc:///nonexistent/a,ipc:///nonexistent/b", &controllers, &err), DAQS_OK);
    assert_int_equal(client_keys_connect(&keys, &controllers, &client, &err), DAQS_ETIMEOUT);
    assert_non_null(strstr(err.text, "none of 2 controllers"));
    assert_non_null(strstr(err.text, "ipc:///nonexistent/b"));
}

/* Runs an export whose output goes to a file, and reads that. */
static enum exit_status export_to(char *const *command, int commands,
                                  char ret[static WIRE_TEXT_BYTES])
{
    static const char *const token[] = {"1", "2", "2"};
    struct fake fake;
    fake_begin(&fake, token, 3);
    const struct command_line line = {.controller = fake.endpoint,
                                      .verb = "export-history",
                                      .output = OUTPUT_CSV,
                                      .argument = (char **)command,
                                      .arguments = commands};
    int kept = dup(STDOUT_FILENO);
    int memory = memfd_create("stdout", MFD_CLOEXEC);
    assert_true(kept >= 0 && memory >= 0);
    (void)fflush(stdout);
    assert_int_equal(dup2(memory, STDOUT_FILENO), STDOUT_FILENO);
    enum exit_status status = command_export_history.run(&line);
    (void)fflush(stdout);
    assert_int_equal(dup2(kept, STDOUT_FILENO), STDOUT_FILENO);
    ssize_t n = pread(memory, ret, WIRE_TEXT_BYTES - 1, 0);
    assert_true(n >= 0);
    ret[n] = '\0';
    close(kept);
    close(memory);
    fake_end(&fake);
    return status;
}

/* The third part has the token that it was asked with, so it is the last one. */
static void all_parts_of_an_export_are_one_output(void **state)
{
    char *const cat[] = {(char *)"cat", NULL};
    char text[WIRE_TEXT_BYTES];
    (void)state;
    assert_int_equal(export_to(NULL, 0, text), EXIT_DONE);
    assert_string_equal(text, "name\nrow\nrow\nrow\n");
    assert_int_equal(export_to(cat, 1, text), EXIT_DONE);
    assert_string_equal(text, "name\nrow\nrow\nrow\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_parts_are_requested),
        cmocka_unit_test(an_answer_that_does_not_end_is_an_error),
        cmocka_unit_test(the_next_controller_is_asked_if_one_does_not_answer),
        cmocka_unit_test(all_parts_of_an_export_are_one_output),
        cmocka_unit_test(that_none_of_several_answers_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
