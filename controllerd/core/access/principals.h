/* principals - who may connect, by their keys: hosts' agents, operators, and those who may only
 * look. */
#ifndef DAQS_CONTROLLERD_CORE_ACCESS_PRINCIPALS_H
#define DAQS_CONTROLLERD_CORE_ACCESS_PRINCIPALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/error.h"
#include "shared/base/model.h"

/* Names are stored: append only. */
#define ROLES(X)                                                                                   \
    X(AGENT, "agent")                                                                              \
    X(OPERATOR, "operator")                                                                        \
    X(VIEWER, "viewer")

enum role {
#define X(name, text) ROLE_##name,
    ROLES(X)
#undef X
        ROLES_COUNT
};

const char *role_name(enum role role);
bool role_parse(const char *name, enum role *ret);

struct principal {
    char *name; /* of an agent its host's */
    struct daqs_key key;
    enum role role;
    int64_t enrolled_ms; /* UTC */
    char *enrolled_by;
};

struct principals; /* opaque */

/* NULL if out of memory. */
struct principals *principals_new(size_t most);
void principals_free(struct principals *principals);

/* The peer, the set's until the next change, or NULL. */
const struct principal *principals_named(const struct principals *principals, const char *name);
const struct principal *principals_with_key(const struct principals *principals,
                                            const struct daqs_key *key);

size_t principals_count(const struct principals *principals);
/* In order of their names; index below principals_count. NULL: out of memory. */
const struct principal *principals_at(struct principals *principals, size_t index);

/* Whether a name can have this key, and be new or have another one until now ('replace').
 * DAQS_EEXISTS: the name has one, or somebody else has this one. DAQS_ETOOBIG: no room. */
int principals_check(const struct principals *principals, const char *name,
                     const struct daqs_key *key, enum role role, bool replace,
                     struct daqs_error *err);

/* Adds or replaces, copying. DAQS_ENOMEM. */
int principals_put(struct principals *principals, const struct principal *principal);

/* A peer of the set wants to connect. False: it has done so too often lately. Agents, which stay,
 * may do so PRINCIPALS_AGENT_BURST times at once and then once a second; operators and viewers,
 * whose every command is a connection, ten times as often. */
#define PRINCIPALS_AGENT_BURST 10
bool principals_admit(struct principals *principals, const struct principal *principal,
                      int64_t now_ms);

/* False if there was none. */
bool principals_remove(struct principals *principals, const char *name);

#endif
