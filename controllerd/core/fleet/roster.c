/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/fleet/roster.h"

#include <stdlib.h>
#include <string.h>

#include "shared/base/grow.h"

struct list {
    struct roster_entry **entry; /* sorted by name */
    size_t count;
    size_t capacity;
};

struct roster {
    struct list listed;
    struct list elsewhere; /* other members of the group serve them */
    bool in_group;
    size_t reviewed;  /* entries of this turn, of both lists together */
    uint64_t changes; /* of entries that have to be reviewed */
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

static void free_list(struct list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free_entry(list->entry[i]);
    free(list->entry);
}

void roster_free(struct roster *roster)
{
    if (!roster)
        return;
    free_list(&roster->listed);
    free_list(&roster->elsewhere);
    free(roster);
}

static size_t seek(const struct list *list, const char *name)
{
    size_t low = 0;
    size_t high = list->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(list->entry[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t roster_seek(const struct roster *roster, const char *name)
{
    return seek(&roster->listed, name);
}

static struct roster_entry *find_in(const struct list *list, const char *name)
{
    size_t place = seek(list, name);
    return place < list->count && strcmp(list->entry[place]->name, name) == 0 ? list->entry[place]
                                                                              : NULL;
}

/* Returns the entry with this name, listed or not. */
static struct roster_entry *find(const struct roster *roster, const char *name)
{
    struct roster_entry *entry = find_in(&roster->listed, name);
    return entry ? entry : find_in(&roster->elsewhere, name);
}

/* Makes sure that there is room for one more entry. Returns false if out of memory. */
static bool make_room(struct list *list)
{
    struct roster_entry **grown =
        daqs_grow(list->entry, list->count, &list->capacity, sizeof(struct roster_entry *));
    list->entry = grown ? grown : list->entry;
    return grown != NULL;
}

/* There is room for it. */
static void insert(struct list *list, struct roster_entry *entry)
{
    size_t place = seek(list, entry->name);
    memmove(&list->entry[place + 1], &list->entry[place],
            (list->count - place) * sizeof(struct roster_entry *));
    list->entry[place] = entry;
    list->count++;
}

static void extract(struct list *list, const struct roster_entry *entry)
{
    size_t place = seek(list, entry->name);
    list->count--;
    memmove(&list->entry[place], &list->entry[place + 1],
            (list->count - place) * sizeof(struct roster_entry *));
}

static struct roster_entry *need(struct roster *roster, const char *name, int64_t now_ms)
{
    struct roster_entry *entry = find(roster, name);
    if (entry)
        return entry;
    struct list *list = roster->in_group ? &roster->elsewhere : &roster->listed;
    if (!make_room(list))
        return NULL;
    entry = calloc(1, sizeof *entry);
    char *copy = entry ? strdup(name) : NULL;
    if (!copy) {
        free(entry);
        return NULL;
    }
    *entry = (struct roster_entry){.name = copy,
                                   .known_ms = now_ms,
                                   .since_ms = now_ms,
                                   .awaited_ms = now_ms,
                                   .elsewhere = roster->in_group};
    insert(list, entry);
    roster->changes++;
    return entry;
}

static void drop_if_needless(struct roster *roster, struct roster_entry *entry)
{
    if (entry->host || entry->reasons || entry->down_ms)
        return;
    extract(entry->elsewhere ? &roster->elsewhere : &roster->listed, entry);
    free_entry(entry);
}

/* Moves an entry to the other list. Returns false if out of memory. */
static bool change_list(struct roster *roster, struct roster_entry *entry)
{
    struct list *to = entry->elsewhere ? &roster->listed : &roster->elsewhere;
    if (!make_room(to))
        return false;
    extract(entry->elsewhere ? &roster->elsewhere : &roster->listed, entry);
    entry->elsewhere = !entry->elsewhere;
    insert(to, entry);
    return true;
}

void roster_in_group(struct roster *roster)
{
    roster->in_group = true;
}

static void review(struct roster *roster, struct roster_entry *entry, enum roster_place place,
                   int64_t now_ms)
{
    const bool in_doubt = place == ROSTER_IN_DOUBT && !entry->host;
    if (entry->in_doubt != in_doubt)
        entry->awaited_ms = now_ms;
    entry->in_doubt = in_doubt;
    entry->served = place != ROSTER_NEW;
    if (entry->elsewhere == (place == ROSTER_ELSEWHERE) || entry->host || entry->down_ms)
        return;
    if (change_list(roster, entry))
        entry->since_ms = entry->awaited_ms = now_ms;
}

/* An entry that changes lists shifts others: the next turn reviews those that this one skips. */
void roster_review(struct roster *roster, size_t most,
                   enum roster_place (*place)(void *arg, const char *name), void *arg,
                   int64_t now_ms)
{
    for (size_t i = 0; i < most && i < roster_entries(roster); i++) {
        size_t at = roster->reviewed++ % roster_entries(roster);
        struct roster_entry *entry = at < roster->listed.count
                                         ? roster->listed.entry[at]
                                         : roster->elsewhere.entry[at - roster->listed.count];
        review(roster, entry, place(arg, entry->name), now_ms);
    }
}

size_t roster_entries(const struct roster *roster)
{
    return roster->listed.count + roster->elsewhere.count;
}

uint64_t roster_changes(const struct roster *roster)
{
    return roster->changes;
}

int64_t roster_awaited_ms(const struct roster_entry *entry, int64_t now_ms)
{
    return entry->in_doubt ? 0 : now_ms - entry->awaited_ms;
}

bool roster_is_absent(const struct roster_entry *entry, int64_t begun_ms, int64_t now_ms)
{
    return !entry->host && !entry->down_ms && (entry->known_ms <= begun_ms || entry->served) &&
           roster_awaited_ms(entry, now_ms) >= ROSTER_STARTING_MS;
}

bool roster_heard(struct roster *roster, const struct fleet_host *host, int64_t now_ms)
{
    struct roster_entry *entry = need(roster, host->name, now_ms);
    if (!entry || (entry->elsewhere && !change_list(roster, entry)))
        return false;
    entry->host = host;
    entry->in_doubt = false;
    return true;
}

void roster_forget(struct roster *roster, const char *name)
{
    struct roster_entry *entry = find(roster, name);
    if (!entry)
        return;
    entry->host = NULL;
    entry->down_ms = 0;
    entry->heard_ms = 0;
    roster->changes++;
    if (roster->in_group && !entry->elsewhere)
        (void)change_list(roster, entry); /* out of memory: the next review does it */
    drop_if_needless(roster, entry);
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
    struct roster_entry *entry = find(roster, name);
    if (entry) {
        entry->reasons &= ~(unsigned)reason;
        drop_if_needless(roster, entry);
    }
}

void roster_load(struct roster *roster, struct ledger *ledger, int64_t now_ms)
{
    for (size_t i = 0; i < ledger_count(ledger); i++)
        roster_set(roster, ledger_at(ledger, i)->host, ROSTER_HAS_SLA, true, now_ms);
}

void roster_note_down(struct roster *roster, const char *name, int64_t wall_ms)
{
    struct roster_entry *entry = find_in(&roster->listed, name);
    if (entry)
        entry->down_ms = wall_ms;
}

void roster_note_heard(struct roster *roster, const char *name, int64_t wall_ms)
{
    struct roster_entry *entry = find(roster, name);
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
    return find_in(&roster->listed, name);
}

size_t roster_count(const struct roster *roster)
{
    return roster->listed.count;
}

const struct roster_entry *roster_at(const struct roster *roster, size_t index)
{
    return roster->listed.entry[index];
}

size_t roster_guarantees_unknown(const struct roster *roster, const struct ledger *ledger,
                                 int64_t now_ms)
{
    size_t unknown = 0;
    for (size_t i = 0; i < roster->listed.count; i++) {
        const struct roster_entry *entry = roster->listed.entry[i];
        if ((entry->reasons & ROSTER_HAS_SLA) &&
            !(entry->host && fleet_host_present(entry->host, now_ms)))
            unknown += ledger_guarantees_of(ledger, entry->name);
    }
    return unknown;
}
