/* SPDX-License-Identifier: Apache-2.0 */
/* link_keys - the keys with which the agent and the configured controllers know each other. */
#ifndef DAQS_AGENTD_LINK_KEYS_H
#define DAQS_AGENTD_LINK_KEYS_H

#include "agentd/agent_config.h"
#include "shared/net/key.h"

struct link_keys {
    struct key_pair own;        /* of this host */
    struct daqs_key controller; /* public, of controllers that have none of their own */
    struct daqs_key endpoint[AGENT_CONTROLLERS_MAX]; /* of each configured one; all zero: that */
};

/* Loads the public keys. If all configured controllers have keys of their own, that of the first
 * one takes the place of 'controller_key' where this does not exist. Errors: as of
 * key_find_public, with a text. */
int link_keys_find(struct link_keys *ret, const struct agent_config *config,
                   struct daqs_error *err);

/* Loads them, and this host's key pair, which is created if it does not exist. */
int link_keys_load(struct link_keys *ret, const struct agent_config *config,
                   struct daqs_error *err);

#endif
