/* SPDX-License-Identifier: Apache-2.0 */
/* The saved orders of nics, as an agent wrote them to its state folder. */
#include <string.h>

#include "agentd/core/saved_orders.h"
#include "shared/base/name.h"
#include "tests/fuzz/harness.h"

static void check(const struct kept_settings *s)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct kept_setting *kept = &s->kept[i];
        FUZZ_CHECK(daqs_name_check("VM", kept->vm, strlen(kept->vm), NULL) == DAQS_OK);
        FUZZ_CHECK(!setting_is_default(&kept->setting));
        FUZZ_CHECK(kept->setting.min <= DAQS_BPS_MAX && kept->setting.weight > 0);
        FUZZ_CHECK(kept->setting.max == DAQS_UNLIMITED || kept->setting.max <= DAQS_BPS_MAX);
        FUZZ_CHECK(kept->setting.limit == DAQS_UNLIMITED);
    }
}

static void run(const uint8_t *bytes, size_t length)
{
    static const struct daqs_uplink_info uplinks[] = {{"up0", 0}, {"up1", 0}};
    struct order_terms terms;
    struct kept_settings read = {0};
    if (saved_orders_parse(fuzz_text(bytes, length), uplinks, 2, &terms, &read, NULL) == DAQS_OK)
        check(&read);
    else
        FUZZ_CHECK(read.count == 0);
    kept_settings_clear(&read);
}

const struct fuzz_target fuzz_target = {.run = run, .most_bytes = 4096, .times_length = 16};
