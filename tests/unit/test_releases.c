/* SPDX-License-Identifier: Apache-2.0 */
/* What released versions have left on a host stays readable: configurations with every key, and the
 * files of the agent's state_dir, in tests/data/VERSION. tests/integration/releases.sh does the
 * same for databases. */
#include "tests/lib/check.h"

#include <stdlib.h>

#include "agentd/agent_config.h"
#include "agentd/epoch_file.h"
#include "agentd/host/pf_file.h"
#include "agentd/saved_orders_file.h"
#include "controllerd/config/controller_config.h"

#define RELEASE(file) DAQS_SOURCE_DIR "/tests/data/0.2.0" file

static void a_configuration_of_the_controller(void **state)
{
    struct controller_config config;
    struct daqs_error err = {0};
    (void)state;
    if (controller_config_load(RELEASE("/controllerd.conf"), &config, &err) != DAQS_OK)
        fail_msg("%s", err.text);
    assert_string_equal(config.bus, "tcp://*:7420");
    assert_int_equal(config.lease_ms, 3000);
    assert_int_equal(config.limits.hosts, 100000);
    assert_int_equal(config.limits.events, 1000);
    controller_config_done(&config);
}

static void a_configuration_of_an_agent(void **state)
{
    struct agent_config config;
    struct daqs_error err = {0};
    (void)state;
    if (agent_config_load(RELEASE("/agentd.conf"), &config, &err) != DAQS_OK)
        fail_msg("%s", err.text);
    assert_string_equal(config.host, "node1");
    assert_int_equal(config.poll_ms, 200);
    assert_int_equal(config.uplinks, 1);
    assert_string_equal(config.uplink[0].name, "ens6f1np1");
    assert_int_equal(config.uplink[0].capacity, INT64_C(40000000000));
    agent_config_done(&config);
}

static void the_epoch_that_an_agent_obeyed(void **state)
{
    uint64_t epoch = 0;
    struct daqs_error err = {0};
    (void)state;
    assert_int_equal(epoch_file_load(RELEASE("/state"), &epoch, &err), DAQS_OK);
    assert_int_equal(epoch, UINT64_C(1796004546684));
}

static void the_rates_that_an_agent_set_on_vfs(void **state)
{
    struct pf_file_entry *entry = NULL;
    size_t count = 0;
    struct daqs_error err = {0};
    (void)state;
    assert_int_equal(pf_file_load(RELEASE("/state"), &entry, &count, &err), DAQS_OK);
    assert_int_equal(count, 2);
    assert_string_equal(entry[1].pf, "ens6f1np1");
    assert_int_equal(entry[1].vf, 17);
    assert_int_equal(entry[1].before_mbit, 10000);
    free(entry);
}

static void the_guarantees_that_an_agent_saved(void **state)
{
    static const struct uplink uplink[] = {{.name = "up0"}, {.name = "up1"}};
    struct saved_orders_file *file = saved_orders_file_new(RELEASE("/state"));
    struct order_terms terms;
    struct kept_settings orders;
    struct daqs_error err = {0};
    (void)state;
    assert_non_null(file);
    if (saved_orders_file_load(file, uplink, 2, &terms, &orders, &err) != DAQS_OK)
        fail_msg("%s", err.text);
    assert_int_equal(terms.headroom_ppm, 10000);
    assert_int_equal(terms.lease_ms, 3000);
    assert_int_equal(terms.mode[1], POLICY_MODE_FAIR);
    assert_int_equal(orders.count, 2);
    kept_settings_clear(&orders);
    saved_orders_file_free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_configuration_of_the_controller),
        cmocka_unit_test(a_configuration_of_an_agent),
        cmocka_unit_test(the_epoch_that_an_agent_obeyed),
        cmocka_unit_test(the_rates_that_an_agent_set_on_vfs),
        cmocka_unit_test(the_guarantees_that_an_agent_saved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
