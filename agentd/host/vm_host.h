/* vm_host - which nics this machine gave its VMs, where no libvirt tells: from Proxmox VE's
 * configuration of a VM, and from the arguments of QEMU's process. What may not be read, is too
 * large or makes no sense is not known. May wait for the file system. */
#ifndef DAQS_AGENTD_HOST_VM_HOST_H
#define DAQS_AGENTD_HOST_VM_HOST_H

#include <stddef.h>
#include <sys/stat.h>

#include "agentd/core/host_nics.h"

/* Where to look. */
struct vm_host_places {
    const char *configs; /* Proxmox VE's configurations: the folder of NAME.conf */
    const char *proc;    /* "/proc", or a test's tree */
};

/* A file as it was when it was read last. Zero-initialise. */
struct vm_host_stamp {
    ino_t inode;
    off_t size;
    struct timespec changed;
};

enum vm_host_answer { VM_HOST_UNKNOWN, VM_HOST_SAME, VM_HOST_READ };

/* The configuration of a VM by its number; others have none. VM_HOST_SAME: the file is what *stamp
 * says. *ret and *stamp are written if it was read. */
enum vm_host_answer vm_host_config(const char *folder, const char *name,
                                   struct vm_host_stamp *stamp, struct host_nics *ret);

/* A guest whose QEMU is looked for. */
struct vm_host_search {
    const char *socket; /* its path */
    uid_t owner;        /* the socket's: QEMU is his, or root's */
    unsigned found; /* 1: 'nics' are known; 0: no process has the socket; 2: several, that differ */
    struct host_nics nics;
};

/* Goes through all processes once; fills in 'found', 0 at first, and 'nics'. */
void vm_host_processes(const char *proc, struct vm_host_search *search, size_t count);

#endif
