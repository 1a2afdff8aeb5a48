/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/fleet/maintenance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "shared/base/error.h"
#include "shared/base/time_text.h"

struct entry {
    struct maintenance_host host; /* first member: pointers are interchangeable */
    UT_hash_handle by_name;
    char text[]; /* its name and 'by' */
};

struct maintenance {
    struct entry *entry; /* sorted by name */
};

struct maintenance *maintenance_new(void)
{
    return calloc(1, sizeof(struct maintenance));
}

void maintenance_clear(struct maintenance *m)
{
    struct entry *entry = NULL;
    struct entry *next = NULL;
    HASH_ITER(by_name, m->entry, entry, next)
    {
        HASH_DELETE(by_name, m->entry, entry);
        free(entry);
    }
}

void maintenance_free(struct maintenance *m)
{
    if (m)
        maintenance_clear(m);
    free(m);
}

static int by_host(const struct entry *a, const struct entry *b)
{
    return strcmp(a->host.name, b->host.name);
}

int maintenance_put(struct maintenance *m, const char *host, int64_t since_ms, const char *by)
{
    const size_t name_bytes = strlen(host) + 1;
    struct entry *entry = calloc(1, sizeof *entry + name_bytes + strlen(by) + 1);
    if (!entry)
        return DAQS_ENOMEM;
    char *by_text = entry->text + name_bytes;
    memcpy(entry->text, host, name_bytes);
    memcpy(by_text, by, strlen(by) + 1);
    entry->host = (struct maintenance_host){entry->text, by_text, since_ms};
    maintenance_remove(m, host);
    HASH_ADD_KEYPTR_INORDER(by_name, m->entry, entry->host.name, name_bytes - 1, entry, by_host);
    return DAQS_OK;
}

static struct entry *find(const struct maintenance *m, const char *host)
{
    struct entry *entry = NULL;
    HASH_FIND(by_name, m->entry, host, strlen(host), entry);
    return entry;
}

void maintenance_remove(struct maintenance *m, const char *host)
{
    struct entry *entry = find(m, host);
    if (!entry)
        return;
    HASH_DELETE(by_name, m->entry, entry);
    free(entry);
}

const struct maintenance_host *maintenance_find(const struct maintenance *m, const char *host)
{
    const struct entry *entry = find(m, host);
    return entry ? &entry->host : NULL;
}

size_t maintenance_count(const struct maintenance *m)
{
    return HASH_CNT(by_name, m->entry);
}

const char *maintenance_names(const struct maintenance *m, char buf[static MAINTENANCE_NAMES_BYTES])
{
    enum { REST_BYTES = 48 };
    size_t used = 0;
    size_t named = 0;
    buf[0] = '\0';
    for (const struct entry *e = m->entry; e; e = e->by_name.next) {
        if (used + strlen(e->host.name) + REST_BYTES > MAINTENANCE_NAMES_BYTES)
            break;
        used += (size_t)snprintf(buf + used, MAINTENANCE_NAMES_BYTES - used, "%s%s",
                                 named++ ? ", " : "", e->host.name);
    }
    if (named < maintenance_count(m))
        (void)snprintf(buf + used, MAINTENANCE_NAMES_BYTES - used, " and %zu more",
                       maintenance_count(m) - named);
    return buf;
}

const char *maintenance_text(const struct maintenance_host *host,
                             char buf[static MAINTENANCE_TEXT_BYTES])
{
    char since[DAQS_TIME_TEXT];
    (void)snprintf(buf, MAINTENANCE_TEXT_BYTES,
                   "%s is in maintenance since %s, by %s: its alerts are muted", host->name,
                   daqs_time_format(host->since_ms / 1000 * 1000, since), host->by);
    return buf;
}
