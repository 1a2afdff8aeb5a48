/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/fleet/roster.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/grow.h"

struct roster {
    struct roster_entry **entry; /* sorted by name */
    size_t count;
    size_t capacity;
};

struct roster *roster_new(void)
{
    return calloc(1, sizeof(struct roster));
}

static void free_entry(struct roster_entry *entry)
{
    free(entry->name);
    free(entry);
}

void roster_free(struct roster *roster)
{
    if (!roster)
        return;
    for (size_t i = 0; i < roster->count; i++)
        free_entry(roster->entry[i]);
    free(roster->entry);
    free(roster);
}

size_t roster_seek(const struct roster *roster, const char *name)
{
    size_t low = 0;
    size_t high = roster->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(roster->entry[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Returns the entry at the place that roster_seek found for the name, if it has this name. */
static struct roster_entry *entry_at(const struct roster *roster, size_t place, const char *name)
{
    return place < roster->count && strcmp(roster->entry[place]->name, name) == 0
               ? roster->entry[place]
               : NULL;
}

static struct roster_entry *need(struct roster *roster, const char *name, int64_t now_ms)
{
    size_t place = roster_seek(roster, name);
    struct roster_entry *entry = entry_at(roster, place, name);
    if (entry)
        return entry;
    struct roster_entry **grown =
        daqs_grow(roster->entry, roster->count, &roster->capacity, sizeof(struct roster_entry *));
    if (!grown)
        return NULL;
    roster->entry = grown;
    entry = calloc(1, sizeof *entry);
    char *copy = entry ? strdup(name) : NULL;
    if (!copy) {
        free(entry);
        return NULL;
    }
    *entry = (struct roster_entry){.name = copy, .since_ms = now_ms};
    memmove(&grown[place + 1], &grown[place],
            (roster->count - place) * sizeof(struct roster_entry *));
    grown[place] = entry;
    roster->count++;
    return entry;
}

static void drop_if_needless(struct roster *roster, size_t place)
{
    struct roster_entry *entry = roster->entry[place];
    if (entry->host || entry->reasons || entry->down_ms)
        return;
    roster->count--;
    memmove(&roster->entry[place], &roster->entry[place + 1],
            (roster->count - place) * sizeof(struct roster_entry *));
    free_entry(entry);
}

bool roster_heard(struct roster *roster, const struct fleet_host *host, int64_t now_ms)
{
    struct roster_entry *entry = need(roster, host->name, now_ms);
    if (entry)
        entry->host = host;
    return entry != NULL;
}

void roster_forget(struct roster *roster, const char *name)
{
    size_t place = roster_seek(roster, name);
    struct roster_entry *entry = entry_at(roster, place, name);
    if (!entry)
        return;
    entry->host = NULL;
    entry->down_ms = 0;
    entry->heard_ms = 0;
    drop_if_needless(roster, place);
}

void roster_set(struct roster *roster, const char *name, enum roster_reason reason, bool on,
                int64_t now_ms)
{
    if (on) {
        struct roster_entry *entry = need(roster, name, now_ms);
        if (entry)
            entry->reasons |= (unsigned)reason;
        return;
    }
    size_t place = roster_seek(roster, name);
    struct roster_entry *entry = entry_at(roster, place, name);
    if (entry) {
        entry->reasons &= ~(unsigned)reason;
        drop_if_needless(roster, place);
    }
}

void roster_load(struct roster *roster, struct ledger *ledger, int64_t now_ms)
{
    for (size_t i = 0; i < ledger_count(ledger); i++)
        roster_set(roster, ledger_at(ledger, i)->host, ROSTER_HAS_SLA, true, now_ms);
}

void roster_note_down(struct roster *roster, const char *name, int64_t wall_ms)
{
    struct roster_entry *entry = entry_at(roster, roster_seek(roster, name), name);
    if (entry)
        entry->down_ms = wall_ms;
}

void roster_note_heard(struct roster *roster, const char *name, int64_t wall_ms)
{
    struct roster_entry *entry = entry_at(roster, roster_seek(roster, name), name);
    if (entry)
        entry->heard_ms = wall_ms;
}

/* The clock may have been set back since the host was heard. */
int64_t roster_away_since(const struct roster_entry *entry, int64_t now_ms, int64_t wall_ms)
{
    if (!entry->host && entry->heard_ms > 0 && entry->heard_ms <= wall_ms)
        return entry->heard_ms;
    return wall_ms - (now_ms - (entry->host ? entry->host->heard_ms : entry->since_ms));
}

const struct roster_entry *roster_find(const struct roster *roster, const char *name)
{
    return entry_at(roster, roster_seek(roster, name), name);
}

size_t roster_count(const struct roster *roster)
{
    return roster->count;
}

const struct roster_entry *roster_at(const struct roster *roster, size_t index)
{
    return roster->entry[index];
}

size_t roster_guarantees_unknown(const struct roster *roster, const struct ledger *ledger,
                                 int64_t now_ms)
{
    size_t unknown = 0;
    for (size_t i = 0; i < roster->count; i++) {
        const struct roster_entry *entry = roster->entry[i];
        if ((entry->reasons & ROSTER_HAS_SLA) &&
            !(entry->host && fleet_host_present(entry->host, now_ms)))
            unknown += ledger_guarantees_of(ledger, entry->name);
    }
    return unknown;
}
