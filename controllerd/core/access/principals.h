/* SPDX-License-Identifier: Apache-2.0 */
/* principals - the enrolled keys that may connect: agents of hosts, operators, and viewers, who
 * have read-only access. */
#ifndef DAQS_CONTROLLERD_CORE_ACCESS_PRINCIPALS_H
#define DAQS_CONTROLLERD_CORE_ACCESS_PRINCIPALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/error.h"
#include "shared/base/model.h"

/* Names are stored in the database: append only. */
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
    char *name; /* an agent has the name of its host */
    struct daqs_key key;
    enum role role;
    int64_t enrolled_ms; /* UTC */
    char *enrolled_by;
};

struct principals; /* opaque */

/* Returns NULL if out of memory. */
struct principals *principals_new(size_t most);
void principals_free(struct principals *principals);

/* Returns the principal, owned by the set and valid until the next change, or NULL if there is
 * none. */
const struct principal *principals_named(const struct principals *principals, const char *name);
const struct principal *principals_with_key(const struct principals *principals,
                                            const struct daqs_key *key);

size_t principals_count(const struct principals *principals);
/* Returns principals in the order of their names; index is below principals_count. NULL: out of
 * memory. */
const struct principal *principals_at(struct principals *principals, size_t index);

/* Checks whether 'name' can be enrolled with this key and role. With 'replace' it may have another
 * key or role now. DAQS_EEXISTS: the name has another key or role, or the key belongs to another
 * name. DAQS_ETOOBIG: the set is full. */
int principals_check(const struct principals *principals, const char *name,
                     const struct daqs_key *key, enum role role, bool replace,
                     struct daqs_error *err);

/* Adds or replaces a principal and copies its texts. DAQS_ENOMEM. */
int principals_put(struct principals *principals, const struct principal *principal);

/* Consumes one connection attempt of a principal of the set. Returns false if it has connected too
 * often lately. Agents, which keep their connection, may connect PRINCIPALS_AGENT_BURST times at
 * once and then once a second. Operators and viewers, who connect for every command, may do so ten
 * times as often. */
#define PRINCIPALS_AGENT_BURST 10
bool principals_admit(struct principals *principals, const struct principal *principal,
                      int64_t now_ms);

/* Returns false if there is no such principal. */
bool principals_remove(struct principals *principals, const char *name);

#endif
