/* SPDX-License-Identifier: Apache-2.0 */
/* agent_modules - the modules of the agent, made from each other. */
#ifndef DAQS_AGENTD_AGENT_MODULES_H
#define DAQS_AGENTD_AGENT_MODULES_H

#include "agentd/agent_config.h"
#include "agentd/agent_metrics.h"
#include "agentd/host/host_limits.h"
#include "agentd/polling.h"
#include "agentd/readings.h"
#include "agentd/session.h"

/* Only the loop's thread uses them. */
struct agent_modules {
    const struct agent_config *config;
    struct daqs_log_budget budget;
    struct agent_counters count;
    struct buckets took; /* us, of answered polls; also read by the metrics' thread */

    /* guests and their nics */
    struct guests guests;
    struct pace pace;
    struct inventory *inventory;
    struct guest_source *source;
    struct discovery *discovery;

    /* visits to guests */
    struct daqs_pool *pool;
    struct guest_poller *poller;
    struct socket_checks *checks;
    struct visit_results *results;
    struct polling *polling;

    /* the host's side of nics */
    struct host_pfs *pfs;
    struct host_traffic *traffic;
    struct host_limits *host_limits;
    struct nic_places *places;
    struct readings readings;

    /* the controller */
    struct link_keys keys;
    struct link *link;
    struct orders *orders;
    struct local_control *local;
    struct session *session;
    struct agent_metrics *metrics; /* NULL: not served */
};

/* Makes all modules; zero-initialise *ret. On failure sets err; agent_modules_free is to be called
 * then, too. The configuration must outlive them. */
int agent_modules_make(struct agent_modules *ret, const struct agent_config *config,
                       struct daqs_error *err);

/* Waits for visits, a bounded time, and frees all modules. If libvirt keeps visits waiting for
 * longer, exits instead, without freeing what they use. */
void agent_modules_free(struct agent_modules *m);

#endif
