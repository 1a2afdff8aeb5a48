#include "controllerd/core/peers.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "controllerd/core/quota.h"

#define SECOND_US INT64_C(1000000)

struct entry {
    struct peer peer;        /* first: a peer is its entry */
    struct bucket connected; /* how often, lately */
    UT_hash_handle by_name;
    UT_hash_handle by_key;
};

struct peers {
    struct entry *names;
    struct entry *keys;
    struct entry **order; /* by name; NULL: to be made */
    size_t most;
};

static const char *const role_names[] = {
#define X(name, text) text,
    PEER_ROLES(X)
#undef X
};

const char *peer_role_name(enum peer_role role)
{
    return role_names[role];
}

bool peer_role_parse(const char *name, enum peer_role *ret)
{
    for (int role = 0; role < PEER_ROLES_COUNT; role++)
        if (strcmp(name, role_names[role]) == 0) {
            *ret = (enum peer_role)role;
            return true;
        }
    return false;
}

struct peers *peers_new(size_t most)
{
    struct peers *peers = calloc(1, sizeof *peers);
    if (peers)
        peers->most = most;
    return peers;
}

static void forget_order(struct peers *peers)
{
    free(peers->order);
    peers->order = NULL;
}

static void free_entry(struct entry *entry)
{
    free(entry->peer.name);
    free(entry->peer.enrolled_by);
    free(entry);
}

static void drop(struct peers *peers, struct entry *entry)
{
    forget_order(peers);
    HASH_DELETE(by_name, peers->names, entry);
    HASH_DELETE(by_key, peers->keys, entry);
    free_entry(entry);
}

void peers_free(struct peers *peers)
{
    struct entry *entry = NULL;
    struct entry *next = NULL;
    if (!peers)
        return;
    HASH_ITER(by_name, peers->names, entry, next)
    {
        drop(peers, entry);
    }
    free(peers);
}

static struct entry *find(const struct peers *peers, const char *name)
{
    struct entry *entry = NULL;
    HASH_FIND(by_name, peers->names, name, strlen(name), entry);
    return entry;
}

const struct peer *peers_named(const struct peers *peers, const char *name)
{
    const struct entry *entry = find(peers, name);
    return entry ? &entry->peer : NULL;
}

const struct peer *peers_with_key(const struct peers *peers, const struct daqs_key *key)
{
    struct entry *entry = NULL;
    HASH_FIND(by_key, peers->keys, key->byte, sizeof key->byte, entry);
    return entry ? &entry->peer : NULL;
}

size_t peers_count(const struct peers *peers)
{
    return HASH_CNT(by_name, peers->names);
}

static int compare_names(const void *a, const void *b)
{
    const struct entry *const *x = a;
    const struct entry *const *y = b;
    return strcmp((*x)->peer.name, (*y)->peer.name);
}

const struct peer *peers_at(struct peers *peers, size_t index)
{
    size_t count = 0;
    if (!peers->order) {
        peers->order = calloc(peers_count(peers) + 1, sizeof(struct entry *));
        for (struct entry *e = peers->names; peers->order && e; e = e->by_name.next)
            peers->order[count++] = e;
        if (peers->order)
            qsort(peers->order, count, sizeof(struct entry *), compare_names);
    }
    return peers->order ? &peers->order[index]->peer : NULL;
}

int peers_check(const struct peers *peers, const char *name, const struct daqs_key *key,
                enum peer_role role, bool replace, struct daqs_error *err)
{
    const struct peer *named = peers_named(peers, name);
    const struct peer *owner = peers_with_key(peers, key);
    if (owner && owner != named)
        return daqs_fail(err, DAQS_EEXISTS, "this key is that of %.100s (%s) already", owner->name,
                         peer_role_name(owner->role));
    if (named && !replace && (owner != named || named->role != role))
        return daqs_fail(err, DAQS_EEXISTS,
                         "%.100s has another key or role (%s); --force replaces it, and what "
                         "is connected with the old key is dropped",
                         name, peer_role_name(named->role));
    if (!named && peers_count(peers) >= peers->most)
        return daqs_fail(err, DAQS_ETOOBIG, "no room for more than %zu keys", peers->most);
    return DAQS_OK;
}

int peers_put(struct peers *peers, const struct peer *peer)
{
    struct entry *entry = calloc(1, sizeof *entry);
    struct entry *old = find(peers, peer->name);
    if (!entry)
        return DAQS_ENOMEM;
    entry->peer = *peer;
    entry->peer.name = strdup(peer->name);
    entry->peer.enrolled_by = strdup(peer->enrolled_by);
    if (!entry->peer.name || !entry->peer.enrolled_by) {
        free_entry(entry);
        return DAQS_ENOMEM;
    }
    if (old)
        drop(peers, old);
    forget_order(peers);
    HASH_ADD_KEYPTR(by_name, peers->names, entry->peer.name, strlen(entry->peer.name), entry);
    HASH_ADD(by_key, peers->keys, peer.key, sizeof entry->peer.key, entry);
    return DAQS_OK;
}

/* Each connection costs a second (or a tenth), and so much may be owed. */
bool peers_admit(struct peers *peers, const struct peer *peer, int64_t now_ms)
{
    struct entry *entry = find(peers, peer->name);
    int64_t cost_us = peer->role == PEER_AGENT ? SECOND_US : SECOND_US / 10;
    return entry && bucket_take(&entry->connected, cost_us, SECOND_US * PEERS_AGENT_BURST, now_ms);
}

bool peers_remove(struct peers *peers, const char *name)
{
    struct entry *entry = find(peers, name);
    if (entry)
        drop(peers, entry);
    return entry != NULL;
}
