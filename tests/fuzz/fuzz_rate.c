/* SPDX-License-Identifier: Apache-2.0 */
/* Rates as users write them: they are within bounds, and their formatted text reads back as the
 * same rate. */
#include <string.h>

#include "shared/base/rate.h"
#include "tests/fuzz/harness.h"

static void check_text(daqs_bps rate)
{
    char text[DAQS_RATE_TEXT];
    daqs_bps again = 0;
    FUZZ_CHECK(daqs_rate_parse(daqs_rate_format(rate, text), &again, NULL) == DAQS_OK);
    FUZZ_CHECK(again == rate);
    FUZZ_CHECK(daqs_rate_parse(daqs_rate_humanize(rate, text), &again, NULL) == DAQS_OK);
    FUZZ_CHECK((again > rate ? again - rate : rate - again) <= rate / 1000);
}

static void run(const uint8_t *bytes, size_t length)
{
    const char *text = fuzz_text(bytes, length);
    struct daqs_error err = {0};
    daqs_bps rate = 0;
    int result = daqs_rate_parse(text, &rate, &err);
    FUZZ_CHECK(result == DAQS_OK || (result == err.code && rate == 0 && err.text[0]));
    fuzz_decoded();
    if (result == DAQS_OK) {
        FUZZ_CHECK(rate >= 1 && rate <= DAQS_BPS_MAX);
        check_text(rate);
    }
    if (length >= sizeof rate) {
        memcpy(&rate, bytes, sizeof rate);
        check_text(rate % DAQS_BPS_MAX + 1);
    }
}

const struct fuzz_target fuzz_target = {.run = run, .most_bytes = 64};
