/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/config/config_fit.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "shared/net/config.h"
#include "shared/net/socket.h"

/* By default the key is next to the database. */
static int complete_key(struct controller_config *c, struct daqs_error *err)
{
    char path[PATH_MAX];
    const char *slash = strrchr(c->database, '/');
    if (c->key)
        return DAQS_OK;
    (void)snprintf(path, sizeof path, "%.*s/controller.key", (int)(slash - c->database),
                   c->database);
    return config_replace_text(&c->key, path, err);
}

/* By default the other members' port is open on all addresses. */
static int complete_peer_listen(struct controller_config *c, struct daqs_error *err)
{
    char endpoint[DAQS_ENDPOINT_MAX + 1] = "";
    if (!*c->group.peer)
        return config_replace_text(&c->group.peer_listen, "", err);
    if (c->group.peer_listen)
        return DAQS_OK;
    if (c->insecure)
        (void)snprintf(endpoint, sizeof endpoint, "%s", c->group.peer);
    else
        (void)snprintf(endpoint, sizeof endpoint, "tcp://*%s", strrchr(c->group.peer, ':'));
    return config_replace_text(&c->group.peer_listen, endpoint, err);
}

int config_complete(struct controller_config *c, struct daqs_error *err)
{
    const int result = complete_key(c, err);
    return result == DAQS_OK ? complete_peer_listen(c, err) : result;
}

static int check_group(const struct controller_config *c, struct daqs_error *err)
{
    if (!*c->group.name)
        return DAQS_OK;
    if (!*c->ledger)
        return daqs_fail(err, DAQS_EINVALID,
                         "[group] name: a group shares a database; set [controller] ledger");
    if (!*c->group.advertise)
        return daqs_fail(err, DAQS_EINVALID,
                         "[group] name: set [group] advertise, such as "
                         "tcp://c1.example.org:7420, where agents reach this member");
    if (c->insecure && !net_endpoint_is_local(c->group.advertise))
        return daqs_fail(err, DAQS_EREFUSED,
                         "insecure = yes is refused with %.80s: only loopback needs no keys",
                         c->group.advertise);
    if (c->insecure && *c->group.peer && !net_endpoint_is_local(c->group.peer_listen))
        return daqs_fail(err, DAQS_EREFUSED,
                         "insecure = yes is refused with %.80s: only loopback needs no keys",
                         c->group.peer_listen);
    return DAQS_OK;
}

int config_fit(const struct controller_config *c, struct daqs_error *err)
{
    if (check_group(c, err) != DAQS_OK)
        return err->code;
    if (!c->insecure && strncmp(c->admin, "ipc://", 6) != 0)
        return daqs_fail(err, DAQS_EREFUSED,
                         "admin is a socket without keys, such as ipc:///run/daqs/admin.sock; "
                         "%.80s can be admin_remote, whose operators have keys",
                         c->admin);
    if (!c->insecure && c->admin[6] == '@')
        return daqs_fail(
            err, DAQS_EREFUSED,
            "admin: %.80s has no file whose permissions control access; write an absolute path",
            c->admin);
    if (!c->insecure)
        return DAQS_OK;
    if (!net_endpoint_is_local(c->bus) || !net_endpoint_is_local(c->admin))
        return daqs_fail(err, DAQS_EREFUSED,
                         "insecure = yes is refused with %.80s: only loopback and ipc need no keys",
                         net_endpoint_is_local(c->bus) ? c->admin : c->bus);
    return DAQS_OK;
}
