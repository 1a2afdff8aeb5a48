/* peers - who may connect, by their keys: hosts' agents, operators, and those who may only look. */
#ifndef DAQS_CONTROLLERD_CORE_PEERS_H
#define DAQS_CONTROLLERD_CORE_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/error.h"
#include "shared/base/model.h"

/* Names are stored: append only. */
#define PEER_ROLES(X)                                                                              \
    X(AGENT, "agent")                                                                              \
    X(OPERATOR, "operator")                                                                        \
    X(VIEWER, "viewer")

enum peer_role {
#define X(name, text) PEER_##name,
    PEER_ROLES(X)
#undef X
        PEER_ROLES_COUNT
};

const char *peer_role_name(enum peer_role role);
bool peer_role_parse(const char *name, enum peer_role *ret);

struct peer {
    char *name; /* of an agent its host's */
    struct daqs_key key;
    enum peer_role role;
    int64_t enrolled_ms; /* UTC */
    char *enrolled_by;
};

struct peers; /* opaque */

/* NULL if out of memory. */
struct peers *peers_new(size_t most);
void peers_free(struct peers *peers);

/* The peer, the set's until the next change, or NULL. */
const struct peer *peers_named(const struct peers *peers, const char *name);
const struct peer *peers_with_key(const struct peers *peers, const struct daqs_key *key);

size_t peers_count(const struct peers *peers);
/* In order of their names; index below peers_count. NULL: out of memory. */
const struct peer *peers_at(struct peers *peers, size_t index);

/* Whether a name can have this key, and be new or have another one until now ('replace').
 * DAQS_EEXISTS: the name has one, or somebody else has this one. DAQS_ETOOBIG: no room. */
int peers_check(const struct peers *peers, const char *name, const struct daqs_key *key,
                enum peer_role role, bool replace, struct daqs_error *err);

/* Adds or replaces, copying. DAQS_ENOMEM. */
int peers_put(struct peers *peers, const struct peer *peer);

/* A peer of the set wants to connect. False: it has done so too often lately. Agents, which stay,
 * may do so PEERS_AGENT_BURST times at once and then once a second; operators and viewers, whose
 * every command is a connection, ten times as often. */
#define PEERS_AGENT_BURST 10
bool peers_admit(struct peers *peers, const struct peer *peer, int64_t now_ms);

/* False if there was none. */
bool peers_remove(struct peers *peers, const char *name);

#endif
