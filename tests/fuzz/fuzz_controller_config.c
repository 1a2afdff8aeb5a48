/* SPDX-License-Identifier: Apache-2.0 */
/* controllerd.conf. */
#include <string.h>

#include "controllerd/config/controller_config.h"
#include "shared/net/socket.h"
#include "tests/fuzz/harness.h"

static void run(const uint8_t *bytes, size_t length)
{
    struct controller_config config;
    struct daqs_error err = {0};
    int result = controller_config_load(fuzz_file(bytes, length), &config, &err);
    FUZZ_CHECK(result == err.code && (result == DAQS_OK || err.text[0]));
    if (result != DAQS_OK)
        return;
    FUZZ_CHECK(net_endpoint_ok(config.bus) && net_endpoint_ok(config.admin));
    FUZZ_CHECK(!*config.admin_remote || net_endpoint_ok(config.admin_remote));
    FUZZ_CHECK(!config.insecure || net_endpoint_is_local(config.bus));
    FUZZ_CHECK(config.database[0] == '/' && config.key[0] == '/');
    FUZZ_CHECK(config.headroom_ppm <= 500000);
    FUZZ_CHECK(config.lease_ms >= 300 && config.lease_ms <= 600000);
    FUZZ_CHECK(config.resolution_ms >= 1000 && 60000 % config.resolution_ms == 0);
    FUZZ_CHECK(config.forget_ms >= 10000);
    for (int level = 1; level < ROLLUP_LEVELS; level++)
        FUZZ_CHECK(config.keep.ms[level] >= config.keep.ms[level - 1]);
    controller_config_done(&config);
}

/* Buffers of stdio, and the texts. */
const struct fuzz_target fuzz_target = {
    .run = run, .most_bytes = 2048, .fixed_bytes = 5 * 1024, .times_length = 4};
