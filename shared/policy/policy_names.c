/* SPDX-License-Identifier: Apache-2.0 */
/* The names of reasons and modes, see policy.h. */
#include <string.h>

#include "shared/policy/policy.h"

const char *policy_reason_text(enum policy_reason reason)
{
    switch (reason) {
#define X(name, at_stake, text, meaning)                                                           \
    case POLICY_##name:                                                                            \
        return text;
        POLICY_REASONS(X)
#undef X
    }
    return "unknown";
}

bool policy_reason_at_stake(enum policy_reason reason)
{
    switch (reason) {
#define X(name, at_stake, text, meaning)                                                           \
    case POLICY_##name:                                                                            \
        return at_stake;
        POLICY_REASONS(X)
#undef X
    }
    return false;
}

const char *policy_mode_name(enum policy_mode mode)
{
    switch (mode) {
#define X(name, number, text, effect)                                                              \
    case POLICY_MODE_##name:                                                                       \
        return text;
        POLICY_MODES(X)
#undef X
    }
    return "unknown";
}

enum policy_mode policy_mode_of(uint32_t number)
{
    switch (number) {
#define X(mode, value, text, effect)                                                               \
    case (value):                                                                                  \
        return POLICY_MODE_##mode;
        POLICY_MODES(X)
#undef X
    default:
        return POLICY_MODE_MINIMUM;
    }
}

bool policy_mode_keeps_guarantees(enum policy_mode mode)
{
    return mode == POLICY_MODE_MINIMUM;
}

bool policy_mode_parse(const char *name, enum policy_mode *ret)
{
#define X(mode, number, text, effect)                                                              \
    if (strcmp(name, text) == 0) {                                                                 \
        *ret = POLICY_MODE_##mode;                                                                 \
        return true;                                                                               \
    }
    POLICY_MODES(X)
#undef X
    return false;
}
