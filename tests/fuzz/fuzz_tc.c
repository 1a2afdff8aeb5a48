/* SPDX-License-Identifier: Apache-2.0 */
/* The output of tc in a guest, and the changes that follow from it. */
#include <string.h>

#include "agentd/core/tc.h"
#include "tests/fuzz/harness.h"

#define WANTED (UINT64_C(2500) * 1000 * 1000)

static void run(const uint8_t *bytes, size_t length)
{
    char batch[TC_BATCH_BYTES] = "";
    struct tc_state state = tc_parse_state(fuzz_text(bytes, length));
    FUZZ_CHECK(state.root >= TC_ROOT_UNKNOWN && state.root <= TC_ROOT_TENANT);
    FUZZ_CHECK(state.limit == DAQS_UNLIMITED ||
               (state.root == TC_ROOT_OURS && state.limit >= 1 && state.limit <= DAQS_BPS_MAX));
    bool free_for_us = state.root == TC_ROOT_DEFAULT || state.root == TC_ROOT_OURS;
    bool changes = tc_plan_change("eth0", &state, WANTED, batch);
    FUZZ_CHECK(changes == (free_for_us && state.limit != WANTED));
    FUZZ_CHECK(strlen(batch) < TC_BATCH_BYTES);
    changes = tc_plan_change("eth0", &state, DAQS_UNLIMITED, batch);
    FUZZ_CHECK(changes == (state.root == TC_ROOT_OURS));
    if (state.limit != DAQS_UNLIMITED) {
        daqs_bps rounded = tc_round(state.limit);
        FUZZ_CHECK(rounded >= TC_RATE_MIN && rounded <= TC_RATE_MAX);
        FUZZ_CHECK(tc_round(rounded) == rounded);
    }
}

const struct fuzz_target fuzz_target = {.run = run, .most_bytes = 1024};
