/* SPDX-License-Identifier: Apache-2.0 */
#include "libdaqs/client_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/file.h"
#include "shared/net/socket.h"

#define OF_THIS_MACHINE "/var/lib/daqs/controller.key.pub"

static const char *environment(const char *name)
{
    const char *value = secure_getenv(name);
    return value && *value ? value : NULL;
}

bool client_key_path(char path[static CLIENT_KEY_PATH])
{
    const char *config = environment("XDG_CONFIG_HOME");
    const char *home = environment("HOME");
    int length = config ? snprintf(path, CLIENT_KEY_PATH, "%s/daqs/daqsctl.key", config)
                 : home ? snprintf(path, CLIENT_KEY_PATH, "%s/.config/daqs/daqsctl.key", home)
                        : -1;
    return length > 0 && length < CLIENT_KEY_PATH;
}

void client_key_make_folder(const char *path)
{
    char folder[CLIENT_KEY_PATH];
    (void)snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
    daqs_make_folder_of(folder, 0700);
}

/* Loads the controller's key if none is given: from the folder of our own key or, on the
 * controller's machine, from the file in which the controller keeps it. */
static int find_controller(const char *own_path, struct daqs_key *ret, struct daqs_error *err)
{
    char path[CLIENT_KEY_PATH];
    const char *slash = strrchr(own_path, '/');
    (void)snprintf(path, sizeof path, "%.*s/controller.key.pub",
                   slash ? (int)(slash - own_path) : 1, slash ? own_path : ".");
    if (key_load_public(path, ret, NULL, NULL) == DAQS_OK ||
        key_load_public(OF_THIS_MACHINE, ret, NULL, NULL) == DAQS_OK)
        return DAQS_OK;
    return daqs_fail(err, DAQS_ENOTFOUND,
                     "the controller's key is not known: copy its controller.key.pub to %.300s, or "
                     "give it with --controller-key",
                     path);
}

/* Sets the key of each controller. The usual one is needed only by those without one of their own.
 */
static int find_controllers(const struct endpoints *controllers, const char *usual,
                            const char *own_path, struct daqs_key ret[static ENDPOINTS_MOST],
                            struct daqs_error *err)
{
    struct daqs_key key = {{0}};
    int result = DAQS_OK;
    for (size_t i = 0; i < controllers->count && result == DAQS_OK; i++) {
        if (*controllers->key[i]) {
            result = key_find_public(controllers->key[i], &ret[i], err);
            continue;
        }
        if (endpoint_is_tcp(controllers->at[i]) && !daqs_key_is_set(&key))
            result =
                usual ? key_find_public(usual, &key, err) : find_controller(own_path, &key, err);
        ret[i] = key;
    }
    return result;
}

int client_keys_load(const char *key, const char *controller_key,
                     const struct endpoints *controllers, struct client_keys *ret,
                     struct daqs_error *err)
{
    struct daqs_error missing = {0};
    char usual[CLIENT_KEY_PATH];
    const char *path = key ? key : environment("DAQS_KEY");
    const char *controller = controller_key ? controller_key : environment("DAQS_CONTROLLER_KEY");
    /* Connections over a network are always encrypted. A key that is given is never ignored. */
    bool needed = path || controller;
    bool tcp = false;
    for (size_t i = 0; i < controllers->count; i++) {
        needed |= !net_endpoint_is_local(controllers->at[i]) || *controllers->key[i];
        tcp |= endpoint_is_tcp(controllers->at[i]);
    }
    ret->has = false;
    if (!tcp)
        return DAQS_OK;
    if (!path && !client_key_path(usual))
        return needed ? daqs_fail(err, DAQS_ENOTFOUND, "HOME is not set; give your key with --key")
                      : DAQS_OK;
    path = path ? path : usual;
    int result = key_load(path, &ret->own, &missing);
    if (result == DAQS_ENOTFOUND && !needed)
        return DAQS_OK;
    if (result != DAQS_OK)
        return daqs_fail(err, result, "%s%s", missing.text,
                         result == DAQS_ENOTFOUND ? "; create one with daqsctl keygen" : "");
    ret->has = true;
    return find_controllers(controllers, controller, path, ret->controller, err);
}

int client_keys_open(const struct client_keys *keys, const struct endpoints *controllers, size_t i,
                     struct line *client, struct daqs_error *err)
{
    const char *endpoint = controllers->at[i];
    const struct net_client_keys use = {&keys->own, &keys->controller[i]};
    return line_open(client, endpoint, keys->has && endpoint_is_tcp(endpoint) ? &use : NULL, err);
}

int client_keys_connect(const struct client_keys *keys, const struct endpoints *controllers,
                        struct line *client, struct daqs_error *err)
{
    if (controllers->count == 1)
        return client_keys_open(keys, controllers, 0, client, err);
    int result = DAQS_ENOTFOUND;
    struct daqs_error why = {0};
    for (size_t i = 0; i < controllers->count; i++) {
        result = client_keys_open(keys, controllers, i, client, &why);
        if (result == DAQS_OK)
            result = line_wait(client, &why);
        if (result == DAQS_OK)
            return DAQS_OK;
        line_close(client);
    }
    return daqs_fail(err, result, "none of %zu controllers lets daqsctl in; the last one: %s",
                     controllers->count, why.text);
}
