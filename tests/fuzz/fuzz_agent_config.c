/* SPDX-License-Identifier: Apache-2.0 */
/* agentd.conf. */
#include <string.h>

#include "agentd/agent_config.h"
#include "shared/base/name.h"
#include "shared/net/socket.h"
#include "tests/fuzz/harness.h"

static void check_uplink(const struct agent_config *config, const struct uplink *uplink)
{
    FUZZ_CHECK(daqs_name_check("", uplink->name, strlen(uplink->name), NULL) == DAQS_OK);
    FUZZ_CHECK(uplink->capacity <= DAQS_BPS_MAX);
    FUZZ_CHECK(config->source != AGENT_SOURCE_SOCKETS || uplink->enforce_given ||
               uplink->enforce == ENFORCE_GUEST || uplink->nics == UPLINK_NICS_HOSTDEV);
    for (size_t i = 0; i < uplink->prefixes; i++)
        FUZZ_CHECK(uplink->prefix[i].bytes >= 1 && uplink->prefix[i].bytes <= 6);
}

static void run(const uint8_t *bytes, size_t length)
{
    static struct agent_config config;
    struct daqs_error err = {0};
    int result = agent_config_load(fuzz_file(bytes, length), &config, &err);
    FUZZ_CHECK(result == err.code && (result == DAQS_OK || err.text[0]));
    if (result != DAQS_OK)
        return;
    FUZZ_CHECK(daqs_name_check("", config.host, strlen(config.host), NULL) == DAQS_OK);
    FUZZ_CHECK(config.controllers >= 1 && config.controllers <= AGENT_CONTROLLERS_MAX);
    for (size_t i = 0; i < config.controllers; i++)
        FUZZ_CHECK(net_endpoint_ok(config.controller[i]) &&
                   (!config.insecure || net_endpoint_is_local(config.controller[i])));
    FUZZ_CHECK(config.poll_ms >= 10 && config.poll_ms <= config.poll_most_ms &&
               config.poll_most_ms <= 60000);
    FUZZ_CHECK(config.vm_configs[0] == '/');
    FUZZ_CHECK(config.key[0] == '/' || config.state_dir[0] != '/');
    FUZZ_CHECK(config.uplinks >= 1 && config.uplinks <= DAQS_MAX_UPLINKS);
    for (size_t i = 0; i < config.uplinks; i++)
        check_uplink(&config, &config.uplink[i]);
    agent_config_done(&config);
}

/* Buffers of stdio, the defaults, and a prefix of twelve bytes for the three of "a0,". */
const struct fuzz_target fuzz_target = {
    .run = run, .most_bytes = 2048, .fixed_bytes = 5 * 1024, .times_length = 12};
