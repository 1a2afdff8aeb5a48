/* SPDX-License-Identifier: Apache-2.0 */
/* made_up - accounts of guarantees that a test makes up, instead of the seconds that lead to them.
 * Include it after check.h. */
#ifndef DAQS_TESTS_LIB_MADE_UP_H
#define DAQS_TESTS_LIB_MADE_UP_H

#include "controllerd/core/policy/accounting.h"

/* Returns the account of a member of a host whose hello the accounting has seen. */
static inline struct accounting_member *made_up(const struct accounting *accounting,
                                                const struct fleet_host *host, uint32_t member)
{
    return (struct accounting_member *)(uintptr_t)accounting_member(accounting, host, member);
}

#endif
