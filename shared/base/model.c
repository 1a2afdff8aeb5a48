/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/base/model.h"

#include <string.h>

const char *daqs_nic_state_name(unsigned state)
{
    switch ((enum daqs_nic_state)state) {
#define X(name, number, text)                                                                      \
    case DAQS_NIC_##name:                                                                          \
        return text;
        DAQS_NIC_STATES(X)
#undef X
    }
    return "unknown";
}

const char *daqs_nic_state_shown(unsigned state, daqs_bps sends, daqs_bps limit)
{
    bool capped = state == DAQS_NIC_OK && limit != DAQS_UNLIMITED && sends != DAQS_UNLIMITED &&
                  sends > 0 && sends >= daqs_rate_less(limit, DAQS_CAPPED_BELOW_PPM);
    return capped ? "capped" : daqs_nic_state_name(state);
}

bool daqs_nic_in_grace(unsigned state)
{
    switch ((enum daqs_nic_state)state) {
    case DAQS_NIC_FROZEN:
    case DAQS_NIC_BUSY:
        return true;
    case DAQS_NIC_WAITING:
    case DAQS_NIC_OK:
    case DAQS_NIC_UNRESPONSIVE:
    case DAQS_NIC_UNMANAGED:
    case DAQS_NIC_TAMPERED:
        break;
    }
    return false; /* also for states of newer peers */
}

const char *daqs_nic_cause_text(unsigned cause)
{
    switch ((enum daqs_nic_cause)cause) {
#define X(name, number, text)                                                                      \
    case DAQS_CAUSE_##name:                                                                        \
        return text;
        DAQS_NIC_CAUSES(X)
#undef X
    }
    return "unknown";
}

uint32_t daqs_mtu_or_unknown(uint64_t bytes)
{
    return bytes < DAQS_MTU_LEAST || bytes > DAQS_MTU_MOST ? 0 : (uint32_t)bytes;
}

enum daqs_backlog daqs_backlog_or_unknown(uint64_t number)
{
    return number == DAQS_BACKLOG_NONE || number == DAQS_BACKLOG_SOME ? (enum daqs_backlog)number
                                                                      : DAQS_BACKLOG_UNKNOWN;
}

bool daqs_key_is_set(const struct daqs_key *key)
{
    static const struct daqs_key none;
    return !daqs_key_same(key, &none);
}

bool daqs_key_same(const struct daqs_key *a, const struct daqs_key *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}
