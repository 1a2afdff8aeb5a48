/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/config/config_fit.h"

#include <string.h>

#include "shared/net/socket.h"

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
