/* SPDX-License-Identifier: Apache-2.0 */
/* vm_host - which nics this machine gave its VMs if libvirt is not used, and what is said of the
 * VMs: from a VM's Proxmox VE configuration, and from the arguments of QEMU's process. Data that
 * cannot be read, is too large or is malformed counts as not known. May block on the file system.
 */
#ifndef DAQS_AGENTD_HOST_VM_HOST_H
#define DAQS_AGENTD_HOST_VM_HOST_H

#include <stddef.h>
#include <sys/stat.h>

#include "agentd/core/host_nics.h"
#include "agentd/core/vm_labels.h"

/* Where to look up the nics. */
struct vm_host_places {
    const char *configs; /* folder of Proxmox VE's NAME.conf files */
    const char *pools;   /* Proxmox VE's user.cfg, which has the pools */
    const char *proc;    /* "/proc", or a test's tree */
};

/* The identity of a file when it was read last. Zero-initialise. */
struct vm_host_stamp {
    ino_t inode;
    off_t size;
    struct timespec changed;
};

enum vm_host_answer { VM_HOST_UNKNOWN, VM_HOST_SAME, VM_HOST_READ };

/* Reads the configuration of a VM, whose name is its number; VMs with other names have none.
 * Returns VM_HOST_SAME if the file still matches *stamp. Writes *ret_nics, *ret_labels and *stamp
 * only with VM_HOST_READ. */
enum vm_host_answer vm_host_config(const char *folder, const char *name,
                                   struct vm_host_stamp *stamp, struct host_nics *ret_nics,
                                   struct vm_labels *ret_labels);

/* Reads the file with the pools likewise, for pve_labels_add_pool. The caller frees the text. */
enum vm_host_answer vm_host_pools(const char *path, struct vm_host_stamp *stamp, char **ret_text);

/* A guest whose QEMU process is searched for. */
struct vm_host_search {
    const char *socket; /* its path */
    uid_t owner;        /* of the socket: QEMU runs as this user or as root */
    unsigned found;     /* 1: 'nics' are known; 0: no process has the socket; 2: several differ */
    struct host_nics nics;
};

/* Reads the arguments of all processes once; fills in 'found', which must be 0 at first, and
 * 'nics'. */
void vm_host_processes(const char *proc, struct vm_host_search *search, size_t count);

#endif
