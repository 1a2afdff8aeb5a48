/* SPDX-License-Identifier: Apache-2.0 */
/* The settings that the examples in packaging/ have commented out are the defaults: with all of
 * them enabled, the configuration is the same as without them. */
#include "tests/lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agentd/agent_config.h"
#include "controllerd/config/controller_config.h"
#include "tests/lib/temp_file.h"

/* Returns whether the line is "; key = " or "; [section". */
static bool is_setting(const char *line)
{
    size_t word = strspn(line + 2, "abcdefghijklmnopqrstuvwxyz_");
    return strncmp(line, "; ", 2) == 0 &&
           (line[2] == '[' || (word > 0 && strncmp(line + 2 + word, " = ", 3) == 0));
}

/* Writes the example to temp_file and removes the semicolons, except before 'samples', which only
 * show possible settings. */
static void write_example(const char *name, const char *const *samples)
{
    char line[512];
    char example[512];
    (void)snprintf(example, sizeof example, DAQS_SOURCE_DIR "/packaging/%s", name);
    FILE *in = fopen(example, "r");
    FILE *out = fopen(temp_file, "w");
    assert_non_null(in);
    assert_non_null(out);
    while (fgets(line, sizeof line, in)) {
        bool taken = is_setting(line);
        for (const char *const *sample = samples; *sample; sample++)
            taken &= strncmp(line + 2, *sample, strlen(*sample)) != 0;
        assert_true(fputs(taken ? line + 2 : line, out) >= 0);
    }
    (void)fclose(in);
    assert_int_equal(fclose(out), 0);
}

static void write_text(const char *text)
{
    FILE *out = fopen(temp_file, "w");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

/* Checks that both texts are equal, and clears them so that they do not count in a comparison. */
static void assert_same_text(char **a, char **b)
{
    assert_string_equal(*a, *b);
    free(*a);
    free(*b);
    *a = *b = NULL;
}

static void the_controllers_example_shows_the_defaults(void **state)
{
    static const char *const samples[] = {"admin_remote", "http_hosts", "exec", "webhook", "ledger",
                                          "name",         "advertise",  "peer", NULL};
    struct controller_config plain;
    struct controller_config shown;
    struct daqs_error err = {0};
    (void)state;
    write_text("");
    assert_int_equal(controller_config_load(temp_file, &plain, &err), DAQS_OK);
    write_example("controllerd.conf", samples);
    if (controller_config_load(temp_file, &shown, &err) != DAQS_OK)
        fail_msg("%s", err.text);
    assert_same_text(&plain.bus, &shown.bus);
    assert_same_text(&plain.admin, &shown.admin);
    assert_same_text(&plain.admin_remote, &shown.admin_remote);
    assert_same_text(&plain.http, &shown.http);
    assert_same_text(&plain.http_hosts, &shown.http_hosts);
    assert_same_text(&plain.database, &shown.database);
    assert_same_text(&plain.ledger, &shown.ledger);
    assert_same_text(&plain.group.name, &shown.group.name);
    assert_same_text(&plain.group.advertise, &shown.group.advertise);
    assert_same_text(&plain.group.peer, &shown.group.peer);
    assert_same_text(&plain.group.peer_listen, &shown.group.peer_listen);
    assert_same_text(&plain.key, &shown.key);
    assert_same_text(&plain.alerts_exec, &shown.alerts_exec);
    assert_same_text(&plain.alerts_webhook, &shown.alerts_webhook);
    assert_memory_equal(&plain, &shown, sizeof plain);
}

static void the_agents_example_shows_the_defaults(void **state)
{
    static const char *const samples[] = {"host", "metrics", "capacity", "pfs", NULL};
    struct agent_config plain;
    struct agent_config shown;
    struct daqs_error err = {0};
    (void)state;
    write_text("[uplink ens6f1np1]\nenforce = auto\n");
    assert_int_equal(agent_config_load(temp_file, &plain, &err), DAQS_OK);
    write_example("agentd.conf", samples);
    if (agent_config_load(temp_file, &shown, &err) != DAQS_OK)
        fail_msg("%s", err.text);
    assert_same_text(&plain.host, &shown.host);
    assert_same_text(&plain.metrics, &shown.metrics);
    assert_same_text(&plain.controller[0], &shown.controller[0]);
    assert_same_text(&plain.state_dir, &shown.state_dir);
    assert_same_text(&plain.key, &shown.key);
    assert_same_text(&plain.controller_key, &shown.controller_key);
    assert_same_text(&plain.uri, &shown.uri);
    assert_same_text(&plain.socket_glob, &shown.socket_glob);
    assert_same_text(&plain.vm_configs, &shown.vm_configs);
    assert_same_text(&plain.vm_pools, &shown.vm_pools);
    assert_memory_equal(&plain, &shown, sizeof plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_controllers_example_shows_the_defaults),
        cmocka_unit_test(the_agents_example_shows_the_defaults),
    };
    return cmocka_run_group_tests(tests, temp_file_make, temp_file_remove);
}
