/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/host/nic_report.h"

#include <string.h>

#include "agentd/core/nic_drivers.h"
#include "agentd/host/interface_name.h"
#include "agentd/host/sysfs.h"

static void report(const char *pf, const char *root, FILE *out)
{
    char name[SYSFS_DRIVER_BYTES];
    char text[NIC_FACT_TEXT];
    char own[DAQS_IFNAME_MAX + 1];
    bool other = interface_name(pf, own) && strcmp(pf, own) != 0;
    if (!sysfs_driver(root, other ? own : pf, name))
        return;
    const struct nic_driver *driver = nic_driver_find(name);
    (void)fprintf(out, "uplink %s%s%s%s: driver %s", pf, other ? " (" : "", other ? own : "",
                  other ? ")" : "", name);
    for (int fact = 0; driver && fact < NIC_FACTS; fact++)
        (void)fprintf(out, "%s %s: %s", fact ? ";" : ":", nic_fact_title((enum nic_fact)fact),
                      nic_fact_text(driver, (enum nic_fact)fact, text));
    (void)fputs(driver ? "\n" : ", about which nothing is known\n", out);
}

void nic_report(const char *root, const struct uplink *uplink, size_t uplinks, FILE *out)
{
    for (size_t u = 0; u < uplinks; u++)
        for (uint32_t i = 0; i < uplink_pfs(&uplink[u]); i++)
            report(uplink_pf(&uplink[u], i), root, out);
}
