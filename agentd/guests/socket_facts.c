/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/guests/socket_facts.h"

#include <stdlib.h>
#include <string.h>

#include "agentd/core/pve_labels.h"
#include "shared/base/cleanup.h"

enum { SEARCH_MS = 1000, SEARCH_MOST_MS = 60000 };

void socket_facts_done(struct socket_facts *facts)
{
    free(facts->config);
    free(facts->args);
    free(facts->labels);
    free(facts->pool);
    *facts = (struct socket_facts){0};
}

/* Replaces *to by a copy of 'nics'. If out of memory, *to stays. */
static void keep_nics(struct socket_facts *facts, struct host_nics **to,
                      const struct host_nics *nics)
{
    if (*to && host_nics_equal(*to, nics))
        return;
    struct host_nics *copy = malloc(sizeof *copy);
    if (!copy)
        return;
    *copy = *nics;
    free(*to);
    *to = copy;
    facts->nics_changed = true;
}

static void keep_labels(struct socket_facts *facts, const struct vm_labels *labels)
{
    if (facts->labels && vm_labels_same(facts->labels, labels))
        return;
    struct vm_labels *copy = vm_labels_copy(labels);
    if (!copy)
        return;
    free(facts->labels);
    facts->labels = copy;
    facts->labels_changed = true;
}

void socket_facts_read(struct socket_facts *facts, const char *folder, const char *name)
{
    struct host_nics nics;
    struct vm_labels labels;
    if (vm_host_config(folder, name, &facts->stamp, &nics, &labels) != VM_HOST_READ)
        return;
    keep_nics(facts, &facts->config, &nics);
    keep_labels(facts, &labels);
}

void socket_facts_find_pool(struct socket_facts *facts, const char *user_cfg, const char *name)
{
    struct vm_labels labels = {.count = 0};
    facts->pool_sought = true;
    pve_labels_add_pool(user_cfg, name, &labels);
    const char *pool = labels.count > 0 ? labels.label[0].value : "";
    if (strcmp(facts->pool ? facts->pool : "", pool) == 0)
        return;
    free(facts->pool);
    facts->pool = *pool ? strdup(pool) : NULL;
    facts->labels_changed = true;
}

bool socket_facts_search_due(const struct socket_facts *facts, int64_t now_ms)
{
    const bool missed = !facts->config || facts->config->more;
    return missed && !facts->args && now_ms >= facts->search_ms;
}

void socket_facts_take(struct socket_facts *facts, const struct vm_host_search *found,
                       int64_t now_ms)
{
    if (found->found == 1)
        keep_nics(facts, &facts->args, &found->nics);
    facts->wait_ms = facts->wait_ms ? facts->wait_ms * 2 : SEARCH_MS;
    if (facts->wait_ms > SEARCH_MOST_MS)
        facts->wait_ms = SEARCH_MOST_MS;
    facts->search_ms = now_ms + facts->wait_ms;
}

const struct host_nics *socket_facts_nics(const struct socket_facts *facts)
{
    const bool by_args = facts->args && (!facts->config || facts->config->more);
    return by_args ? facts->args : facts->config;
}

void socket_facts_report(const struct socket_facts *facts, struct guest_event *event)
{
    const struct host_nics *nics = socket_facts_nics(facts);
    event->nics_known = nics != NULL;
    if (nics) {
        event->nics = nics->count;
        memcpy(event->nic, nics->nic, nics->count * sizeof nics->nic[0]);
    }
    event->described = facts->labels != NULL;
    if (facts->labels)
        event->labels = *facts->labels;
    if (facts->pool)
        (void)vm_labels_add(&event->labels, "pve-pool", facts->pool);
}
