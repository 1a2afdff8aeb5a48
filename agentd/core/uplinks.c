#include "agentd/core/uplinks.h"

#include <string.h>

static bool listed(const struct uplink *uplink, const struct daqs_mac *mac)
{
    for (size_t i = 0; i < uplink->prefixes; i++)
        if (daqs_mac_has_prefix(mac, &uplink->prefix[i]))
            return true;
    return false;
}

static bool belongs(const struct uplink *uplink, const struct daqs_mac *mac, const char *physical)
{
    switch (uplink->nics) {
    case UPLINK_NICS_HOSTDEV:
        return *physical && strcmp(uplink->name, physical) == 0;
    case UPLINK_NICS_ALL:
        return true;
    case UPLINK_NICS_LISTED:
        return listed(uplink, mac);
    }
    return false;
}

uint32_t uplinks_match(const struct uplink *uplink, size_t count, const struct daqs_mac *mac,
                       const char *physical)
{
    for (size_t i = 0; i < count; i++)
        if (belongs(&uplink[i], mac, physical))
            return (uint32_t)i;
    return UPLINK_NONE;
}
