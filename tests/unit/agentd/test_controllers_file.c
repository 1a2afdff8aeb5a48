/* SPDX-License-Identifier: Apache-2.0 */
/* The file with the controllers of which a group has told the agent. */
#include "tests/lib/check.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agentd/controllers_file.h"
#include "shared/base/file.h"
#include "tests/lib/temp_folder.h"

static const char *const configured[] = {"tcp://seed1:7420", "tcp://seed2:7420"};
static const struct controllers_list three = {
    .controller = {{.name = "c1", .endpoint = "tcp://c1.example.org:7420"},
                   {.name = "a name with blanks",
                    .endpoint = "tcp://[2001:db8::2]:7420",
                    .key = {{1, 2, [31] = 255}}},
                   {.name = "c3", .endpoint = "tcp://192.0.2.3:7420"}},
    .count = 3};

static int load(const char *dir, const char *const *given, size_t count, bool keys,
                struct controllers_list *ret)
{
    memset(ret, 0xff, sizeof *ret);
    return controllers_file_load(dir, given, count, keys, ret, NULL);
}

static void save(const char *dir, const struct controllers_list *list)
{
    assert_int_equal(controllers_file_save(dir, configured, 2, list, NULL), DAQS_OK);
}

static void what_was_saved_is_loaded(void **state)
{
    const char *dir = *state;
    struct controllers_list list;
    save(dir, &three);
    assert_int_equal(load(dir, configured, 2, true, &list), DAQS_OK);
    assert_int_equal(list.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(list.controller[i].name, three.controller[i].name);
        assert_string_equal(list.controller[i].endpoint, three.controller[i].endpoint);
        assert_memory_equal(&list.controller[i].key, &three.controller[i].key,
                            sizeof list.controller[i].key);
    }
}

static void without_a_file_the_list_is_empty(void **state)
{
    struct controllers_list list;
    assert_int_equal(load(*state, configured, 2, true, &list), DAQS_OK);
    assert_int_equal(list.count, 0);
}

static void the_longest_list_fits(void **state)
{
    const char *dir = *state;
    struct controllers_list list = {.count = DAQS_MAX_MEMBERS};
    const char *most[CANDIDATES_CONFIGURED_MOST];
    char endpoint[DAQS_ENDPOINT_MAX + 1] = "tcp://";
    memset(endpoint + 6, 'x', sizeof endpoint - 7);
    memcpy(endpoint + sizeof endpoint - 6, ":7420", 6);
    for (size_t i = 0; i < CANDIDATES_CONFIGURED_MOST; i++)
        most[i] = endpoint;
    for (size_t i = 0; i < list.count; i++) {
        struct candidate *c = &list.controller[i];
        memcpy(c->endpoint, endpoint, sizeof endpoint);
        c->endpoint[6] = (char)('a' + i);
        memset(c->name, 'n', DAQS_MEMBER_MAX);
        memset(&c->key, 0xff, sizeof c->key);
    }
    assert_int_equal(controllers_file_save(dir, most, CANDIDATES_CONFIGURED_MOST, &list, NULL),
                     DAQS_OK);
    struct controllers_list again;
    assert_int_equal(load(dir, most, CANDIDATES_CONFIGURED_MOST, true, &again), DAQS_OK);
    assert_memory_equal(&again, &list, sizeof list);
}

/* The administrator has given this host to other controllers. */
static void with_only_other_configured_ones_it_does_not_count(void **state)
{
    const char *dir = *state;
    static const char *const other[] = {"tcp://seed1:7420", "tcp://seed3:7420"};
    struct controllers_list list;
    save(dir, &three);
    assert_int_equal(load(dir, other, 2, true, &list), DAQS_OK);
    assert_int_equal(list.count, 0);
    assert_int_equal(load(dir, configured, 1, true, &list), DAQS_OK);
    assert_int_equal(list.count, 0);
}

/* The administrator has removed one, added one, or changed their order. */
static void members_that_stay_configured_keep_their_keys(void **state)
{
    const char *dir = *state;
    static const char *const fewer[] = {"tcp://[2001:db8::2]:7420"};
    static const char *const others[] = {"tcp://new:7420", "tcp://192.0.2.3:7420",
                                         "tcp://[2001:db8::2]:7420"};
    struct controllers_list list;
    save(dir, &three);
    assert_int_equal(load(dir, fewer, 1, true, &list), DAQS_OK);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.controller[0].name, "a name with blanks");
    assert_memory_equal(&list.controller[0].key, &three.controller[1].key,
                        sizeof list.controller[0].key);
    assert_int_equal(load(dir, others, 3, true, &list), DAQS_OK);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.controller[0].name, "a name with blanks");
    assert_string_equal(list.controller[1].name, "c3");
}

static void without_keys_only_this_machine_counts(void **state)
{
    const char *dir = *state;
    struct controllers_list local = {.count = 1};
    struct controllers_list list;
    save(dir, &three);
    assert_int_equal(load(dir, configured, 2, false, &list), DAQS_OK);
    assert_int_equal(list.count, 0);
    (void)snprintf(local.controller[0].endpoint, sizeof local.controller[0].endpoint,
                   "ipc:///run/c1");
    (void)snprintf(local.controller[0].name, sizeof local.controller[0].name, "c1");
    save(dir, &local);
    assert_int_equal(load(dir, configured, 2, false, &list), DAQS_OK);
    assert_int_equal(list.count, 1);
    assert_int_equal(load(dir, configured, 2, true, &list), DAQS_OK);
    assert_int_equal(list.count, 0);
}

static void endpoints_that_an_agent_may_dial(void **state)
{
    (void)state;
    assert_true(controllers_endpoint_ok("tcp://c1.example.org:7420", true));
    assert_false(controllers_endpoint_ok("tcp://*:7420", true));
    assert_false(controllers_endpoint_ok("tcp://c1:*", true));
    assert_false(controllers_endpoint_ok("ipc:///run/c1", true));
    assert_false(controllers_endpoint_ok("tcp://a;b:1", true));
    assert_false(controllers_endpoint_ok("inproc://c1", true));
    assert_false(controllers_endpoint_ok("", true));
    assert_false(controllers_endpoint_ok("tcp://c1.example.org:7420", false));
    assert_true(controllers_endpoint_ok("tcp://127.0.0.1:7420", false));
}

static void a_damaged_file_is_set_aside(void **state)
{
    static const char *const damaged[] = {
        "",
        "tcp://seed1:7420 tcp://seed2:7420",
        "tcp://seed1:7420 tcp://seed2:7420\ntcp://c1:1 - c1",
        "tcp://seed1:7420 tcp://seed2:7420\ntcp://c1:1 c1\n",
        "tcp://seed1:7420 tcp://seed2:7420\ntcp://c1:1 - \n",
        "tcp://seed1:7420 tcp://seed2:7420\ntcp://c1:1 AAAA c1\n",
        "tcp://seed1:7420 tcp://seed2:7420\ntcp://c1 - c1\n",
        "tcp://seed1:7420 tcp://seed2:7420\nx://c1:1 - c1\n",
        "tcp://seed1:7420 tcp://seed2:7420\n\n",
        "tcp://seed1:7420 tcp://seed2:7420\ntcp://c1:1 - c\x1b[2J\n",
        "tcp://seed1:7420 tcp://seed2:7420\ntcp://c1:1 - c1\ntcp://c1:1 - c2\n",
        "tcp://seed1:7420 tcp://seed2:7420\na:1 - 1\n",
        "nonsense\n",
        "tcp://seed1:7420 \n",
        "other\ntcp://c1:1 - c1\n",
    };
    const char *dir = *state;
    struct controllers_list list;
    struct daqs_error err = {0};
    for (size_t i = 0; i < sizeof damaged / sizeof damaged[0]; i++) {
        assert_int_equal(daqs_write_file(dir, "controllers", damaged[i], 0600, NULL), DAQS_OK);
        if (load(dir, configured, 2, true, &list) != DAQS_EFORMAT || list.count != 0)
            fail_msg("'%s' is accepted", damaged[i]);
    }
    assert_int_equal(controllers_file_load(dir, configured, 2, true, &list, &err), DAQS_EFORMAT);
    assert_non_null(strstr(err.text, "/controllers is damaged"));
    assert_int_equal(controllers_file_set_aside(dir, NULL), DAQS_OK);
    assert_int_equal(load(dir, configured, 2, true, &list), DAQS_OK);
    char *text = NULL;
    size_t length = 0;
    assert_int_equal(daqs_read_file(dir, "controllers.damaged", 4096, &text, &length, NULL),
                     DAQS_OK);
    free(text);
}

static void too_many_and_too_large_are_damaged(void **state)
{
    const char *dir = *state;
    static char text[32768];
    struct controllers_list list;
    size_t length = (size_t)snprintf(text, sizeof text, "tcp://seed1:7420 tcp://seed2:7420\n");
    for (int i = 0; i <= DAQS_MAX_MEMBERS; i++)
        length +=
            (size_t)snprintf(text + length, sizeof text - length, "tcp://c%d:1 - c%d\n", i, i);
    assert_int_equal(daqs_write_file(dir, "controllers", text, 0600, NULL), DAQS_OK);
    assert_int_equal(load(dir, configured, 2, true, &list), DAQS_EFORMAT);
    assert_int_equal(list.count, 0);
    memset(text, 'x', sizeof text - 1);
    assert_int_equal(daqs_write_file(dir, "controllers", text, 0600, NULL), DAQS_OK);
    assert_int_equal(load(dir, configured, 2, true, &list), DAQS_EFORMAT);
}

static int begin(void **state)
{
    static char dir[TEMP_FOLDER_BYTES];
    *state = dir;
    return temp_folder_make(dir);
}

static int end(void **state)
{
    return temp_folder_remove(*state);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_was_saved_is_loaded),
        CASE(without_a_file_the_list_is_empty),
        CASE(the_longest_list_fits),
        CASE(with_only_other_configured_ones_it_does_not_count),
        CASE(members_that_stay_configured_keep_their_keys),
        CASE(without_keys_only_this_machine_counts),
        CASE(endpoints_that_an_agent_may_dial),
        CASE(a_damaged_file_is_set_aside),
        CASE(too_many_and_too_large_are_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
