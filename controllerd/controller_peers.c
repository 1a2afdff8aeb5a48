/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/controller_peers.h"

static void on_forwarded(void *arg, const struct net_route *route, uint64_t id,
                         const struct wire_forward *forward, int64_t now_ms)
{
    const struct controller_modules *m = arg;
    admin_handle_forward(m->admin, listeners_get(m->listeners, LISTENER_PEER), route, id, forward,
                         now_ms);
}

static void on_adopted(void *arg, const char *host, const char *member, int64_t now_ms)
{
    const struct controller_modules *m = arg;
    homes_told_adopted(membership_homes(m->membership), host, member, now_ms);
}

static void on_pong(void *arg, const char *member, bool reads, int64_t now_ms)
{
    const struct controller_modules *m = arg;
    membership_peer_said(m->membership, member, reads, now_ms);
}

bool controller_peers_admit(void *arg, const struct daqs_key *key)
{
    const struct controller_modules *m = arg;
    return m->peer_requests && peer_requests_admits(m->peer_requests, key);
}

void controller_peers_tell_adopted(void *arg, const char *host, size_t member)
{
    const struct controller_modules *m = arg;
    if (m->peer_link)
        peer_link_tell_adopted(m->peer_link, member, host);
}

int controller_peers_make(struct controller_modules *m, struct daqs_error *err)
{
    if (!controller_config_has_peer(m->config))
        return DAQS_OK;
    const struct members *members = membership_members(m->membership);
    const struct key_pair *key = m->config->insecure ? NULL : auth_key(m->auth);
    m->peer_requests = peer_requests_new(&(struct peer_requests_setup){.members = members,
                                                                       .key = key,
                                                                       .forwarded = on_forwarded,
                                                                       .adopted = on_adopted,
                                                                       .arg = m});
    m->peer_link = peer_link_new(
        &(struct peer_link_setup){.members = members, .key = key, .pong = on_pong, .arg = m});
    return m->peer_requests && m->peer_link ? DAQS_OK
                                            : daqs_fail(err, DAQS_ENOMEM, "out of memory");
}

void controller_peers_receive(struct controller_modules *m, const struct listener *listener,
                              int64_t now_ms)
{
    if (m->peer_requests && m->admin)
        peer_requests_receive(m->peer_requests, listener->socket, listener->connections, now_ms);
}
