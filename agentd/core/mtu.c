/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/mtu.h"

#include <string.h>

#include "shared/base/model.h"

enum { SPREAD_PARTS = 8 };

static const char file[] = "mtu";

void mtu_begin(struct guest_sysfs *command)
{
    guest_sysfs_begin(command, "-H", ".");
}

void mtu_add(struct guest_sysfs *command, const char *ifname)
{
    if (command->files < MTU_NICS_MAX)
        (void)guest_sysfs_add(command, ifname, file);
}

uint32_t mtu_parse(const char *printed, const char *ifname)
{
    struct guest_sysfs_line line;
    while (guest_sysfs_next(&printed, &line)) {
        uint64_t number;
        if (strcmp(line.ifname, ifname) == 0 && strcmp(line.file, file) == 0)
            return guest_sysfs_number(line.text, &number) ? daqs_mtu_or_unknown(number) : 0;
    }
    return 0;
}

void mtu_asked(struct mtu_plan *plan, int64_t now_ms, uint32_t random)
{
    plan->asked_ms = now_ms;
    plan->next_ms = now_ms + MTU_AGAIN_MS + random % (MTU_AGAIN_MS / SPREAD_PARTS);
}

void mtu_doubt(struct mtu_plan *plan)
{
    if (plan->asked_ms != 0)
        plan->next_ms = plan->asked_ms + MTU_LEAST_MS;
}
