/* SPDX-License-Identifier: Apache-2.0 */
/* wire_check - what must hold for every text and number that a decoder of the wire accepted. */
#ifndef DAQS_TESTS_FUZZ_WIRE_CHECK_H
#define DAQS_TESTS_FUZZ_WIRE_CHECK_H

#include <string.h>

#include "shared/base/model.h"
#include "shared/base/name.h"
#include "tests/fuzz/harness.h"

static inline void check_name(const char *name)
{
    FUZZ_CHECK(daqs_name_check("", name, strlen(name), NULL) == DAQS_OK);
}

/* A text for people: valid as a name, or empty. */
static inline void check_label(const char *text, size_t most)
{
    FUZZ_CHECK(strlen(text) <= most);
    if (*text)
        check_name(text);
}

static inline void check_rate(daqs_bps rate)
{
    FUZZ_CHECK(rate <= DAQS_BPS_MAX);
}

static inline void check_rate_or_none(daqs_bps rate)
{
    FUZZ_CHECK(rate <= DAQS_BPS_MAX || rate == DAQS_UNLIMITED);
}

static inline void check_inventory(const struct daqs_inventory *inventory)
{
    FUZZ_CHECK(inventory->uplinks <= DAQS_MAX_UPLINKS && inventory->vms <= DAQS_MAX_VMS &&
               inventory->nics <= DAQS_MAX_NICS);
    for (uint32_t i = 0; i < inventory->uplinks; i++) {
        check_name(inventory->uplink[i].name);
        check_rate(inventory->uplink[i].capacity);
    }
    for (uint32_t i = 0; i < inventory->vms; i++) {
        check_name(inventory->vm[i].name);
        check_label(inventory->vm[i].uuid, 36);
    }
    for (uint32_t i = 0; i < inventory->nics; i++)
        FUZZ_CHECK(inventory->nic[i].vm < inventory->vms &&
                   inventory->nic[i].uplink < inventory->uplinks &&
                   inventory->nic[i].mtu <= DAQS_MTU_MOST);
}

#endif
