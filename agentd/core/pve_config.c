/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/pve_config.h"

#include <string.h>

struct pve_part pve_part_of(const char *text)
{
    return (struct pve_part){text, strlen(text)};
}

bool pve_next_part(struct pve_part *rest, char separator, struct pve_part *ret)
{
    if (!rest->at)
        return false;
    const char *end = memchr(rest->at, separator, rest->length);
    *ret = (struct pve_part){rest->at, end ? (size_t)(end - rest->at) : rest->length};
    if (end)
        *rest = (struct pve_part){end + 1, rest->length - ret->length - 1};
    else
        rest->at = NULL;
    return true;
}

struct pve_part pve_trim(struct pve_part p)
{
    while (p.length > 0 && strchr(" \t\r", p.at[p.length - 1]))
        p.length--;
    while (p.length > 0 && strchr(" \t", *p.at)) {
        p.at++;
        p.length--;
    }
    return p;
}

bool pve_begins_with(struct pve_part p, const char *text)
{
    size_t length = strlen(text);
    return p.length >= length && memcmp(p.at, text, length) == 0;
}

bool pve_next_line(struct pve_part *rest, struct pve_part *ret)
{
    return pve_next_part(rest, '\n', ret) && !pve_begins_with(*ret, "[");
}

bool pve_value_of(struct pve_part line, const char *key, bool numbered, struct pve_part *ret)
{
    size_t length = strlen(key);
    if (!pve_begins_with(line, key))
        return false;
    size_t at = length;
    while (numbered && at < line.length && line.at[at] >= '0' && line.at[at] <= '9')
        at++;
    if ((numbered && at == length) || at >= line.length || line.at[at] != ':')
        return false;
    *ret = pve_trim((struct pve_part){line.at + at + 1, line.length - at - 1});
    return true;
}
