/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/link_keys.h"

#include "shared/base/log.h"

/* Returns DAQS_OK, and sets *ret_all if all endpoints have keys. */
static int find_own_ones(struct link_keys *keys, const struct agent_config *config, bool *ret_all,
                         struct daqs_error *err)
{
    *ret_all = config->controllers > 0;
    for (size_t i = 0; i < config->controllers; i++) {
        keys->endpoint[i] = (struct daqs_key){{0}};
        if (!config->key_of[i])
            *ret_all = false;
        else if (key_find_public(config->key_of[i], &keys->endpoint[i], err) != DAQS_OK)
            return daqs_wrap(err, "the key of controller %.80s", config->controller[i]);
    }
    return DAQS_OK;
}

int link_keys_find(struct link_keys *ret, const struct agent_config *config, struct daqs_error *err)
{
    bool all = false;
    int result = find_own_ones(ret, config, &all, err);
    if (result != DAQS_OK)
        return result;
    result = key_find_public(config->controller_key, &ret->controller, err);
    if (result != DAQS_ENOTFOUND)
        return result == DAQS_OK ? result : daqs_wrap(err, "the controller's key");
    if (!all)
        return daqs_fail(err, result,
                         "the controller's key is missing: copy its controller.key.pub to %.200s, "
                         "or write the key in [agent] controller_key",
                         config->controller_key);
    ret->controller = ret->endpoint[0];
    return DAQS_OK;
}

int link_keys_load(struct link_keys *ret, const struct agent_config *config, struct daqs_error *err)
{
    char text[KEY_TEXT];
    bool made = false;
    int result = key_load_or_make(config->key, config->host, &ret->own, &made, err);
    if (result == DAQS_OK && made)
        daqs_log(DAQS_LOG_INFO, "created a key for this host, %s: %s", config->key,
                 key_format(&ret->own.public_key, text));
    return result == DAQS_OK ? link_keys_find(ret, config, err) : result;
}
