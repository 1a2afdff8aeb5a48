/* client_key - the key of whoever runs daqsctl, and the controller's, for connections over a
 * network.
 */
#ifndef DAQS_TOOLS_DAQSCTL_CLIENT_KEY_H
#define DAQS_TOOLS_DAQSCTL_CLIENT_KEY_H

#include <stdbool.h>

#include "shared/net/key.h"
#include "tools/daqsctl/client.h"
#include "tools/daqsctl/daqsctl.h"

enum { CLIENT_KEY_PATH = 4096 };

struct client_keys {
    bool has; /* of what follows; else connections are made without */
    struct key_pair own;
    struct daqs_key controller;
};

/* Where the key is if nothing is said: daqs/daqsctl.key in XDG_CONFIG_HOME, or ~/.config. False if
 * there is no home. */
bool client_key_path(char path[static CLIENT_KEY_PATH]);
/* Makes the folder above the one that the key is in: a new user has no ~/.config. */
void client_key_make_folder(const char *path);

/* Reads both, as the command line or the environment says; none for a controller that is not asked
 * over tcp. On this machine there need not be one, unless one of the two is said. */
int client_keys_load(const struct command_line *line, struct client_keys *ret,
                     struct daqs_error *err);

/* client_open with them. */
int client_keys_open(const struct client_keys *keys, const char *endpoint, struct client *client,
                     struct daqs_error *err);

#endif
