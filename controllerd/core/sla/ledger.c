/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/sla/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "shared/base/name.h"
#include "shared/base/sum.h"

enum { KEY_BYTES = 2 * (DAQS_NAME_MAX + 1) };

/* Entries that have a host or a UUID in common. */
struct ledger_group {
    char *key;
    struct node *first;
    size_t guarantees; /* of a host: entries with one */
    UT_hash_handle hh;
};

/* A position in a group's list. */
struct ledger_key {
    struct ledger_group *group; /* NULL: in no group */
    struct node *prev;
    struct node *next;
};

struct node {
    struct ledger_entry entry; /* first member */
    UT_hash_handle hh;
    struct ledger_key of_host;
    struct ledger_key of_uuid;
    unsigned key_length;
    char key[]; /* host NUL vm NUL */
};

struct ledger {
    struct node *nodes;
    struct ledger_group *hosts;
    struct ledger_group *uuids;
    size_t guarantees;
    struct node *cursor; /* node number 'position' of the sorted list; NULL: not sorted */
    size_t position;
};

/* --- groups --- */

static struct ledger_group *find_group(struct ledger_group *groups, const char *key)
{
    struct ledger_group *group = NULL;
    HASH_FIND_STR(groups, key, group);
    return group;
}

static struct ledger_group *need_group(struct ledger_group **groups, const char *key)
{
    struct ledger_group *group = find_group(*groups, key);
    if (group)
        return group;
    group = calloc(1, sizeof *group);
    char *copy = group ? strdup(key) : NULL;
    if (!copy) {
        free(group);
        return NULL;
    }
    group->key = copy;
    HASH_ADD_KEYPTR(hh, *groups, group->key, strlen(group->key), group);
    return group;
}

static void drop_if_empty(struct ledger_group **groups, struct ledger_group *group)
{
    if (group->first)
        return;
    HASH_DEL(*groups, group);
    free(group->key);
    free(group);
}

/* Updates the counts for an entry whose guarantee becomes 'min'. It must be in its host's group. */
static void count_guarantee(struct ledger *ledger, const struct node *node, daqs_bps min)
{
    const daqs_bps before = node->entry.sla.min;
    struct ledger_group *group = node->of_host.group;
    group->guarantees += (size_t)(min > 0) - (size_t)(before > 0);
    ledger->guarantees += (size_t)(min > 0) - (size_t)(before > 0);
}

/* Readers see a singly linked list of entries; the ledger itself links nodes in both directions. */
static void join_host(struct ledger_group *group, struct node *node)
{
    node->of_host = (struct ledger_key){.group = group, .next = group->first};
    node->entry.next_of_host = group->first ? &group->first->entry : NULL;
    if (group->first)
        group->first->of_host.prev = node;
    group->first = node;
}

static void leave_host(struct ledger *ledger, struct node *node)
{
    struct ledger_key *place = &node->of_host;
    struct ledger_group *group = place->group;
    if (place->prev) {
        place->prev->of_host.next = place->next;
        place->prev->entry.next_of_host = node->entry.next_of_host;
    } else {
        group->first = place->next;
    }
    if (place->next)
        place->next->of_host.prev = place->prev;
    count_guarantee(ledger, node, 0);
    *place = (struct ledger_key){0};
    drop_if_empty(&ledger->hosts, group);
}

static void join_uuid(struct ledger_group *group, struct node *node)
{
    node->of_uuid = (struct ledger_key){.group = group, .next = group->first};
    node->entry.next_of_uuid = group->first ? &group->first->entry : NULL;
    if (group->first)
        group->first->of_uuid.prev = node;
    group->first = node;
}

static void leave_uuid(struct ledger *ledger, struct node *node)
{
    struct ledger_key *place = &node->of_uuid;
    struct ledger_group *group = place->group;
    if (!group)
        return;
    if (place->prev) {
        place->prev->of_uuid.next = place->next;
        place->prev->entry.next_of_uuid = node->entry.next_of_uuid;
    } else {
        group->first = place->next;
    }
    if (place->next)
        place->next->of_uuid.prev = place->prev;
    *place = (struct ledger_key){0};
    node->entry.next_of_uuid = NULL;
    drop_if_empty(&ledger->uuids, group);
}

/* --- entries --- */

/* Callers have checked the names; longer ones are truncated and match nothing. */
static unsigned make_key(const char *host, const char *vm, char key[static KEY_BYTES])
{
    size_t h = strnlen(host, DAQS_NAME_MAX);
    size_t v = strnlen(vm, DAQS_NAME_MAX);
    memcpy(key, host, h);
    key[h] = '\0';
    memcpy(key + h + 1, vm, v);
    key[h + 1 + v] = '\0';
    return (unsigned)(h + v + 2);
}

static struct node *find(const struct ledger *ledger, const char *host, const char *vm)
{
    char key[KEY_BYTES];
    unsigned length = make_key(host, vm, key);
    struct node *node = NULL;
    HASH_FIND(hh, ledger->nodes, key, length, node);
    return node;
}

static void node_free(struct node *node)
{
    free(node->entry.host);
    free(node->entry.vm);
    free(node->entry.updated_by);
    free(node->entry.stays);
    free(node);
}

struct ledger *ledger_new(void)
{
    return calloc(1, sizeof(struct ledger));
}

void ledger_free(struct ledger *ledger)
{
    if (!ledger)
        return;
    struct node *node = NULL;
    struct node *next = NULL;
    HASH_ITER(hh, ledger->nodes, node, next)
    {
        leave_uuid(ledger, node);
        leave_host(ledger, node);
        HASH_DEL(ledger->nodes, node);
        node_free(node);
    }
    free(ledger);
}

const struct ledger_entry *ledger_find(const struct ledger *ledger, const char *host,
                                       const char *vm)
{
    const struct node *node = find(ledger, host, vm);
    return node ? &node->entry : NULL;
}

struct sla ledger_sla(const struct ledger *ledger, const char *host, const char *vm)
{
    const struct node *node = find(ledger, host, vm);
    return node ? node->entry.sla : SLA_NONE;
}

static struct node *node_new(const char *host, const char *vm)
{
    char key[KEY_BYTES];
    unsigned length = make_key(host, vm, key);
    struct node *node = calloc(1, sizeof *node + length);
    if (!node)
        return NULL;
    memcpy(node->key, key, length);
    node->key_length = length;
    node->entry.host = strdup(host);
    node->entry.vm = strdup(vm);
    if (!node->entry.host || !node->entry.vm) {
        node_free(node);
        return NULL;
    }
    return node;
}

static struct node *add(struct ledger *ledger, const char *host, const char *vm)
{
    struct node *node = node_new(host, vm);
    struct ledger_group *group = node ? need_group(&ledger->hosts, host) : NULL;
    if (!group) {
        if (node)
            node_free(node);
        return NULL;
    }
    join_host(group, node);
    HASH_ADD_KEYPTR(hh, ledger->nodes, node->key, node->key_length, node);
    ledger->cursor = NULL;
    return node;
}

int ledger_put(struct ledger *ledger, const char *host, const char *vm, const struct sla *sla,
               int64_t now_ms, const char *by)
{
    char *by_copy = strdup(by);
    struct node *node = find(ledger, host, vm);
    if (!node && by_copy)
        node = add(ledger, host, vm);
    if (!node || !by_copy) {
        free(by_copy);
        return DAQS_ENOMEM;
    }
    count_guarantee(ledger, node, sla->min);
    node->entry.sla = *sla;
    node->entry.gone = false;
    node->entry.updated_at_ms = now_ms;
    free(node->entry.updated_by);
    node->entry.updated_by = by_copy;
    return DAQS_OK;
}

bool ledger_remove(struct ledger *ledger, const char *host, const char *vm)
{
    struct node *node = find(ledger, host, vm);
    if (!node)
        return false;
    leave_uuid(ledger, node);
    leave_host(ledger, node);
    HASH_DEL(ledger->nodes, node);
    node_free(node);
    ledger->cursor = NULL;
    return true;
}

bool ledger_set_uuid(struct ledger *ledger, const char *host, const char *vm, const char *uuid)
{
    struct node *node = find(ledger, host, vm);
    struct ledger_group *group = node && *uuid ? need_group(&ledger->uuids, uuid) : NULL;
    if (!node || (*uuid && !group))
        return false;
    if (node->of_uuid.group == group)
        return true;
    leave_uuid(ledger, node);
    (void)snprintf(node->entry.uuid, sizeof node->entry.uuid, "%s", uuid);
    if (group)
        join_uuid(group, node);
    return true;
}

bool ledger_set_gone(struct ledger *ledger, const char *host, const char *vm, bool gone)
{
    struct node *node = find(ledger, host, vm);
    if (node)
        node->entry.gone = gone;
    return node;
}

bool ledger_note_stay(struct ledger *ledger, const char *host, const char *vm, const char *where)
{
    struct node *node = find(ledger, host, vm);
    if (!node || strcmp(node->entry.stays ? node->entry.stays : "", where) == 0)
        return false;
    free(node->entry.stays);
    node->entry.stays = *where ? strdup(where) : NULL;
    return true;
}

const struct ledger_entry *ledger_of_host(const struct ledger *ledger, const char *host)
{
    const struct ledger_group *group = find_group(ledger->hosts, host);
    return group ? &group->first->entry : NULL;
}

const struct ledger_entry *ledger_of_uuid(const struct ledger *ledger, const char *uuid)
{
    const struct ledger_group *group = find_group(ledger->uuids, uuid);
    return group ? &group->first->entry : NULL;
}

daqs_bps ledger_promised(const struct ledger *ledger, const char *host)
{
    daqs_bps promised = 0;
    for (const struct ledger_entry *e = ledger_of_host(ledger, host); e; e = e->next_of_host)
        promised = daqs_sum(promised, e->sla.min);
    return promised;
}

size_t ledger_guarantees(const struct ledger *ledger)
{
    return ledger->guarantees;
}

size_t ledger_guarantees_of(const struct ledger *ledger, const char *host)
{
    const struct ledger_group *group = find_group(ledger->hosts, host);
    return group ? group->guarantees : 0;
}

size_t ledger_count(const struct ledger *ledger)
{
    return HASH_COUNT(ledger->nodes);
}

static int by_names(const struct node *a, const struct node *b)
{
    int order = strcmp(a->entry.host, b->entry.host);
    return order ? order : strcmp(a->entry.vm, b->entry.vm);
}

const struct ledger_entry *ledger_at(struct ledger *ledger, size_t index)
{
    if (!ledger->cursor) {
        HASH_SORT(ledger->nodes, by_names);
        ledger->cursor = ledger->nodes;
        ledger->position = 0;
    }
    if (index < ledger->position) {
        ledger->cursor = ledger->nodes;
        ledger->position = 0;
    }
    for (; ledger->position < index; ledger->position++)
        ledger->cursor = ledger->cursor->hh.next;
    return &ledger->cursor->entry;
}

int sla_check(const struct sla *sla, struct daqs_error *err)
{
    char min[DAQS_RATE_TEXT];
    char max[DAQS_RATE_TEXT];
    if (sla->max == 0)
        return daqs_fail(err, DAQS_EINVALID, "a maximum of zero would cut the VM off");
    if (sla->weight == 0)
        return daqs_fail(err, DAQS_EINVALID, "a weight must be at least 1");
    if (sla->min > sla->max)
        return daqs_fail(err, DAQS_EREFUSED, "the guarantee (%s) is above the maximum (%s)",
                         daqs_rate_format(sla->min, min), daqs_rate_format(sla->max, max));
    return DAQS_OK;
}

static int sla_name_check(const char *what, const char *name, struct daqs_error *err)
{
    const char *at = strpbrk(name, "*?[");
    if (!at)
        return DAQS_OK;
    return daqs_fail(
        err, DAQS_EINVALID,
        "the %s name '%.80s' contains '%c'; '*', '?' and '[' are reserved in the names "
        "of SLAs, so rename the %s to give it one",
        what, name, *at, what);
}

int sla_names_check(const char *host, const char *vm, struct daqs_error *err)
{
    int result = sla_name_check("host", host, err);
    return result == DAQS_OK ? sla_name_check("VM", vm, err) : result;
}

bool sla_same(const struct sla *a, const struct sla *b)
{
    return a->min == b->min && a->max == b->max && a->weight == b->weight;
}

int sla_amend(const struct sla *old, const struct sla_change *change, struct sla *ret,
              struct daqs_error *err)
{
    struct sla sla = *old;
    if (change->min == DAQS_UNLIMITED && change->max == DAQS_UNLIMITED && change->weight == 0)
        return daqs_fail(err, DAQS_EINVALID, "give a RATE, --max or --weight");
    if (change->min != DAQS_UNLIMITED)
        sla.min = change->min;
    if (change->max != DAQS_UNLIMITED)
        sla.max = change->max ? change->max : DAQS_UNLIMITED;
    if (change->weight != 0)
        sla.weight = change->weight;
    int result = sla_check(&sla, err);
    if (result == DAQS_OK)
        *ret = sla;
    return result;
}
