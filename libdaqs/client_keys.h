/* SPDX-License-Identifier: Apache-2.0 */
/* client_key - the user's key and the controller's, for connections over a network. */
#ifndef DAQS_LIBDAQS_CLIENT_KEYS_H
#define DAQS_LIBDAQS_CLIENT_KEYS_H

#include <stdbool.h>

#include "libdaqs/endpoints.h"
#include "libdaqs/line.h"
#include "shared/net/key.h"

enum { CLIENT_KEY_PATH = 4096 };

struct client_keys {
    bool has; /* the keys below are set; if not, connections are unencrypted */
    struct key_pair own;
    struct daqs_key controller[ENDPOINTS_MOST]; /* public, of each endpoint */
};

/* Sets the default path of the user's key: daqs/daqsctl.key in XDG_CONFIG_HOME or ~/.config.
 * Returns false if neither XDG_CONFIG_HOME nor HOME is set, or the path is too long. */
bool client_key_path(char path[static CLIENT_KEY_PATH]);
/* Makes the parent of the key's folder, because a new user has no ~/.config. */
void client_key_make_folder(const char *path);

/* Loads both keys, as given ('key' is a file, 'controller_key' as for key_find_public), or if NULL
 * as named by the environment or the defaults. A controller that is not reached over tcp needs
 * none. On this machine keys are optional, unless one of them was given. */
int client_keys_load(const char *key, const char *controller_key,
                     const struct endpoints *controllers, struct client_keys *ret,
                     struct daqs_error *err);

/* Opens a client of one of the controllers with its keys; see line_open. */
int client_keys_open(const struct client_keys *keys, const struct endpoints *controllers, size_t i,
                     struct line *client, struct daqs_error *err);

/* Opens a client of the first controller that lets us in. If only one is named, it does not wait
 * for it: line_request does. Errors: of the last one, as of line_request. */
int client_keys_connect(const struct client_keys *keys, const struct endpoints *controllers,
                        struct line *client, struct daqs_error *err);

#endif
