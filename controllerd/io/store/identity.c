/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/io/store/identity.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PART_BYTES = 100, PASSWD_BYTES = 16384 };

/* Reads the first of the last three numbers of an address. */
static bool read_uid(const char *address, uid_t *ret)
{
    const char *at = address + strlen(address);
    for (int colons = 0; colons < 3; colons++) {
        do
            if (at == address)
                return false;
        while (*--at != ':');
    }
    char *end = NULL;
    unsigned long uid = strtoul(at + 1, &end, 10);
    if (end == at + 1 || *end != ':')
        return false;
    *ret = (uid_t)uid;
    return true;
}

static bool usable(const char *name)
{
    size_t length = strlen(name);
    return length <= PART_BYTES && daqs_name_check("user", name, length, NULL) == DAQS_OK;
}

static void name_of(uid_t uid, char buf[static PART_BYTES + 1])
{
    char buffer[PASSWD_BYTES];
    struct passwd entry;
    struct passwd *found = NULL;
    if (getpwuid_r(uid, &entry, buffer, sizeof buffer, &found) == 0 && found &&
        usable(entry.pw_name))
        (void)snprintf(buf, PART_BYTES + 1, "%s", entry.pw_name);
    else
        (void)snprintf(buf, PART_BYTES + 1, "uid %lu", (unsigned long)uid);
}

const char *identity_text(const struct identity *who, char buf[static IDENTITY_BYTES])
{
    char known[PART_BYTES + 1];
    const char *claimed = who->claimed;
    uid_t uid = 0;
    if (*who->enrolled) {
        (void)snprintf(buf, IDENTITY_BYTES, "%s", who->enrolled);
        return buf;
    }
    if (who->ipc && read_uid(who->address, &uid))
        name_of(uid, known);
    else
        (void)snprintf(known, sizeof known, "%s",
                       !who->ipc && usable(who->address) ? who->address : "unknown");
    if (!usable(claimed))
        claimed = who->ipc ? known : "unknown";
    if (strcmp(claimed, known) == 0)
        (void)snprintf(buf, IDENTITY_BYTES, "%s", known);
    else
        (void)snprintf(buf, IDENTITY_BYTES, "%.*s (%s)", PART_BYTES, claimed, known);
    return buf;
}

const char *identity_source(const struct identity *who, char buf[static IDENTITY_BYTES])
{
    uid_t uid = 0;
    if (*who->enrolled)
        (void)snprintf(buf, IDENTITY_BYTES, "%s", who->enrolled);
    else if (who->ipc && read_uid(who->address, &uid))
        (void)snprintf(buf, IDENTITY_BYTES, "uid %lu", (unsigned long)uid);
    else
        (void)snprintf(buf, IDENTITY_BYTES, "%s", who->address);
    return buf;
}
