/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/controller_servers.h"

#include <stdlib.h>

struct homes *controller_homes(const struct controller_modules *m)
{
    return m->membership ? membership_homes(m->membership) : NULL;
}

/* Starts the HTTP server. The loop must already listen for its requests. */
static int start_web(struct controller_modules *m, struct daqs_error *err)
{
    m->web = web_server_start(&(struct web_server_setup){.address = m->config->http,
                                                         .hosts = m->config->http_hosts,
                                                         .endpoint = CONTROLLER_WEB_ENDPOINT,
                                                         .requests = m->config->limits.requests,
                                                         .metrics_nics = m->config->metrics_nics,
                                                         .reports = &m->took_decide,
                                                         .admin_requests = &m->took_requests,
                                                         .store_writes = store_took(m->store)},
                              err);
    return m->web ? DAQS_OK : err->code;
}

static void send_reply(void *arg, const struct admin_caller *caller, void *bytes, size_t length)
{
    (void)arg;
    if (caller->listener->kind == LISTENER_PEER) {
        peer_requests_answer(caller->listener->socket, &caller->route, caller->forward, bytes,
                             length);
        free(bytes);
        return;
    }
    (void)net_send_away(caller->listener->socket, &caller->route, bytes, length);
}

static struct connections_count count_connections(void *arg)
{
    return listeners_counted(((const struct controller_modules *)arg)->listeners);
}

static struct admin *make_admin(struct controller_modules *m)
{
    return admin_new(&(struct admin_setup){.fleet = m->fleet,
                                           .roster = m->roster,
                                           .ledger = m->ledger,
                                           .overrides = &m->overrides,
                                           .maintenance = m->maintenance,
                                           .store = m->store,
                                           .shared = m->shared,
                                           .queue = m->commits,
                                           .commits = m->sla_commits,
                                           .push = m->push,
                                           .auth = m->auth,
                                           .events = m->events,
                                           .alerts = m->alerts,
                                           .recorder = m->recorder,
                                           .keeper = m->keeper,
                                           .forgetter = m->forgetter,
                                           .membership = m->membership,
                                           .link = m->peer_link,
                                           .violations = m->violations,
                                           .changes = state_events_reported(m->state_events),
                                           .claims = state_events_claims(m->state_events),
                                           .accounting = m->accounting,
                                           .config = m->config,
                                           .reign = m->reign,
                                           .started_ms = m->started_ms,
                                           .count = &m->count,
                                           .took = &m->took_requests,
                                           .send = send_reply,
                                           .connections = count_connections,
                                           .arg = m});
}

int controller_servers_make(struct controller_modules *m, struct daqs_error *err)
{
    m->agents = bus_new(
        &(struct bus_setup){.fleet = m->fleet,
                            .roster = m->roster,
                            .ledger = m->ledger,
                            .conns = m->conns,
                            .push = m->push,
                            .recorder = m->recorder,
                            .relocator = m->relocator,
                            .state_events = m->state_events,
                            .accounting = m->accounting,
                            .auth = m->auth,
                            .connections = listeners_get(m->listeners, LISTENER_BUS)->connections,
                            .config = m->config,
                            .reign = m->reign,
                            .homes = controller_homes(m),
                            .count = &m->count,
                            .took = &m->took_decide});
    m->admin = make_admin(m);
    if (!m->agents || !m->admin)
        return daqs_fail(err, DAQS_ENOMEM, "out of memory");
    return *m->config->http ? start_web(m, err) : DAQS_OK;
}
