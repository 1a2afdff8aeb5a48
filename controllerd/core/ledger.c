#include "controllerd/core/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "shared/base/name.h"

enum { KEY_BYTES = 2 * (DAQS_NAME_MAX + 1) };

struct node {
    struct ledger_entry entry;
    UT_hash_handle hh;
    unsigned key_length;
    char key[]; /* host NUL vm NUL */
};

struct ledger {
    struct node *nodes;
    struct node *cursor; /* node number 'position' of the sorted list, NULL if not sorted */
    size_t position;
};

/* Names are checked before they get here; longer ones are cut and match nothing. */
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

int ledger_put(struct ledger *ledger, const char *host, const char *vm, const struct sla *sla,
               int64_t now_ms, const char *by)
{
    char *by_copy = strdup(by);
    struct node *node = find(ledger, host, vm);
    if (!node && by_copy) {
        node = node_new(host, vm);
        if (node)
            HASH_ADD_KEYPTR(hh, ledger->nodes, node->key, node->key_length, node);
        ledger->cursor = NULL;
    }
    if (!node || !by_copy) {
        free(by_copy);
        return DAQS_ENOMEM;
    }
    node->entry.sla = *sla;
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
    HASH_DEL(ledger->nodes, node);
    node_free(node);
    ledger->cursor = NULL;
    return true;
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

static int check_room(const struct sla *sla, const struct sla_room *room, bool force,
                      struct daqs_error *err)
{
    char min[DAQS_RATE_TEXT];
    char capacity[DAQS_RATE_TEXT];
    char budget[DAQS_RATE_TEXT];
    char promised[DAQS_RATE_TEXT];
    daqs_rate_format(sla->min, min);
    daqs_rate_format(room->capacity, capacity);
    if (sla->min > room->capacity)
        return daqs_fail(err, DAQS_EREFUSED,
                         "%s is more than uplink %.60s can carry (%s, headers aside)", min,
                         room->uplink, capacity);
    if (sla->min == 0 || force || sla->min + room->promised <= room->budget)
        return DAQS_OK;
    return daqs_fail(err, DAQS_EREFUSED,
                     "uplink %.60s has %s to give (headers aside) and has promised %s; %s more "
                     "does not fit (use "
                     "--force to accept that guarantees may shrink)",
                     room->uplink, daqs_rate_format(room->budget, budget),
                     daqs_rate_format(room->promised, promised), min);
}

int sla_amend(const struct sla *old, const struct sla_change *change, const struct sla_room *room,
              size_t rooms, bool force, struct sla *ret, struct daqs_error *err)
{
    struct sla sla = *old;
    if (change->min == DAQS_UNLIMITED && change->max == DAQS_UNLIMITED && change->weight == 0)
        return daqs_fail(err, DAQS_EINVALID, "give a RATE to guarantee, --max or --weight");
    if (change->min != DAQS_UNLIMITED)
        sla.min = change->min;
    if (change->max != DAQS_UNLIMITED)
        sla.max = change->max;
    if (change->weight != 0)
        sla.weight = change->weight;
    if (sla.max == 0)
        return daqs_fail(err, DAQS_EINVALID, "a maximum of zero would cut the VM off");
    if (sla.min > sla.max) {
        char min[DAQS_RATE_TEXT];
        char max[DAQS_RATE_TEXT];
        return daqs_fail(err, DAQS_EREFUSED, "the guarantee (%s) is above the maximum (%s)",
                         daqs_rate_format(sla.min, min), daqs_rate_format(sla.max, max));
    }
    /* Asking for less than before is never refused, whatever has been promised. */
    for (size_t i = 0; i < rooms && sla.min > old->min; i++) {
        int result = check_room(&sla, &room[i], force, err);
        if (result != DAQS_OK)
            return result;
    }
    *ret = sla;
    return DAQS_OK;
}
