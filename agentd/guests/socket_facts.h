/* SPDX-License-Identifier: Apache-2.0 */
/* socket_facts - what this machine's files and processes say of the VM behind a socket: the nics
 * that the host gave it, its title and its labels. */
#ifndef DAQS_AGENTD_GUESTS_SOCKET_FACTS_H
#define DAQS_AGENTD_GUESTS_SOCKET_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "agentd/guests/guest_source.h"
#include "agentd/host/vm_host.h"

/* Zero-initialise. */
struct socket_facts {
    struct vm_host_stamp stamp;
    struct host_nics *config; /* nics according to its configuration; NULL: not known */
    struct host_nics *args;   /* the same from QEMU's arguments */
    struct vm_labels *labels; /* according to its configuration; NULL: not known */
    char *pool;               /* NULL: none, or not known */
    bool pool_sought;         /* socket_facts_find_pool has been called */
    bool nics_changed;        /* since that was set to false last */
    bool labels_changed;
    int64_t search_ms; /* when to search for QEMU's process again */
    int64_t wait_ms;   /* interval until then; 0: at once */
};

void socket_facts_done(struct socket_facts *facts);

/* Reads the VM's configuration if it has changed. If it cannot be read any longer, the last one is
 * kept: it is most likely unchanged. */
void socket_facts_read(struct socket_facts *facts, const char *folder, const char *name);

/* Finds the VM's pool in the text of user.cfg. */
void socket_facts_find_pool(struct socket_facts *facts, const char *user_cfg, const char *name);

/* Returns true if QEMU's process is to be searched for, because its configuration does not list all
 * nics. Its arguments do not change, so they are read once. */
bool socket_facts_search_due(const struct socket_facts *facts, int64_t now_ms);

/* Takes over what was found; if that is nothing, the next search is due later each time. */
void socket_facts_take(struct socket_facts *facts, const struct vm_host_search *found,
                       int64_t now_ms);

/* Returns the nics that the host gave the VM; NULL if they are not known. */
const struct host_nics *socket_facts_nics(const struct socket_facts *facts);

/* Fills in the nics, the title and the labels. */
void socket_facts_report(const struct socket_facts *facts, struct guest_event *event);

#endif
