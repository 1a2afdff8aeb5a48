/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "agentd/core/host_nics.h"

/* Part of a text, not terminated. */
struct option_part {
    const char *at;
    size_t length;
};

/* Returns the part before the next separator. False at the end. */
static bool next_part(struct option_part *rest, char separator, struct option_part *ret)
{
    if (!rest->at)
        return false;
    const char *end = memchr(rest->at, separator, rest->length);
    *ret = (struct option_part){rest->at, end ? (size_t)(end - rest->at) : rest->length};
    if (end)
        *rest = (struct option_part){end + 1, rest->length - ret->length - 1};
    else
        rest->at = NULL;
    return true;
}

static struct option_part trim(struct option_part p)
{
    while (p.length > 0 && strchr(" \t\r", p.at[p.length - 1]))
        p.length--;
    while (p.length > 0 && strchr(" \t", *p.at)) {
        p.at++;
        p.length--;
    }
    return p;
}

static bool begins_with(struct option_part p, const char *text)
{
    size_t length = strlen(text);
    return p.length >= length && memcmp(p.at, text, length) == 0;
}

/* Returns the value of a line such as "net0: ...". The key ends with a number if 'numbered'. */
static bool value_of(struct option_part line, const char *key, bool numbered,
                     struct option_part *ret)
{
    size_t length = strlen(key);
    if (!begins_with(line, key))
        return false;
    size_t at = length;
    while (numbered && at < line.length && line.at[at] >= '0' && line.at[at] <= '9')
        at++;
    if ((numbered && at == length) || at >= line.length || line.at[at] != ':')
        return false;
    *ret = trim((struct option_part){line.at + at + 1, line.length - at - 1});
    return true;
}

/* Returns the part as a terminated string, "" if it is too long for an address. */
#define ADDRESS_BYTES 24
static const char *address(struct option_part p, char ret[static ADDRESS_BYTES])
{
    size_t length = p.length < ADDRESS_BYTES ? p.length : 0;
    memcpy(ret, p.at, length);
    ret[length] = '\0';
    return ret;
}

/* "virtio=BC:24:11:00:00:01,bridge=vmbr0", "model=e1000,macaddr=BC:24:11:00:00:02" */
static void read_net(struct option_part value, struct host_nics *ret)
{
    char text[ADDRESS_BYTES];
    struct option_part p;
    while (next_part(&value, ',', &p)) {
        const char *equals = memchr(p.at, '=', p.length);
        if (!equals)
            continue;
        size_t before = (size_t)(equals - p.at) + 1;
        if (host_nics_add_mac(ret,
                              address((struct option_part){equals + 1, p.length - before}, text)))
            return;
    }
    ret->more = true;
}

/* "0000:01:10.0;0000:01:10.2,pcie=1", "host=01:10.0", "mapping=vfs" */
static void read_hostpci(struct option_part value, struct host_nics *ret)
{
    static const char host[] = "host=";
    char text[ADDRESS_BYTES];
    struct option_part p;
    struct option_part function;
    bool some = false;
    while (next_part(&value, ',', &p)) {
        if (begins_with(p, host))
            p = (struct option_part){p.at + strlen(host), p.length - strlen(host)};
        else if (memchr(p.at, '=', p.length))
            continue;
        while (next_part(&p, ';', &function))
            some |= host_nics_add_pci(ret, address(trim(function), text));
    }
    ret->more |= !some;
}

void host_nics_of_pve(const char *text, struct host_nics *ret)
{
    struct option_part rest = {text, strlen(text)};
    struct option_part line;
    struct option_part value;
    ret->count = 0;
    ret->more = false;
    while (next_part(&rest, '\n', &line)) {
        if (begins_with(line, "["))
            break; /* pending changes and snapshots */
        if (value_of(line, "net", true, &value))
            read_net(value, ret);
        else if (value_of(line, "hostpci", true, &value))
            read_hostpci(value, ret);
        else if (value_of(line, "args", false, &value))
            ret->more = true;
    }
}
