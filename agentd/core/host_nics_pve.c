/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agentd/core/host_nics.h"
#include "agentd/core/pve_config.h"

/* Returns the part as a terminated string, "" if it is too long for an address. */
#define ADDRESS_BYTES 24
static const char *address(struct pve_part p, char ret[static ADDRESS_BYTES])
{
    size_t length = p.length < ADDRESS_BYTES ? p.length : 0;
    memcpy(ret, p.at, length);
    ret[length] = '\0';
    return ret;
}

/* "virtio=BC:24:11:00:00:01,bridge=vmbr0", "model=e1000,macaddr=BC:24:11:00:00:02" */
static void read_net(struct pve_part value, struct host_nics *ret)
{
    char text[ADDRESS_BYTES];
    struct pve_part p;
    while (pve_next_part(&value, ',', &p)) {
        const char *equals = memchr(p.at, '=', p.length);
        if (!equals)
            continue;
        size_t before = (size_t)(equals - p.at) + 1;
        if (host_nics_add_mac(ret, address((struct pve_part){equals + 1, p.length - before}, text)))
            return;
    }
    ret->more = true;
}

/* "0000:01:10.0;0000:01:10.2,pcie=1", "host=01:10.0", "mapping=vfs" */
static void read_hostpci(struct pve_part value, struct host_nics *ret)
{
    static const char host[] = "host=";
    char text[ADDRESS_BYTES];
    struct pve_part p;
    struct pve_part function;
    bool some = false;
    while (pve_next_part(&value, ',', &p)) {
        if (pve_begins_with(p, host))
            p = (struct pve_part){p.at + strlen(host), p.length - strlen(host)};
        else if (memchr(p.at, '=', p.length))
            continue;
        while (pve_next_part(&p, ';', &function))
            some |= host_nics_add_pci(ret, address(pve_trim(function), text));
    }
    ret->more |= !some;
}

void host_nics_of_pve(const char *text, struct host_nics *ret)
{
    struct pve_part rest = pve_part_of(text);
    struct pve_part line;
    struct pve_part value;
    ret->count = 0;
    ret->more = false;
    while (pve_next_line(&rest, &line)) {
        if (pve_value_of(line, "net", true, &value))
            read_net(value, ret);
        else if (pve_value_of(line, "hostpci", true, &value))
            read_hostpci(value, ret);
        else if (pve_value_of(line, "args", false, &value))
            ret->more = true;
    }
}
