/* SPDX-License-Identifier: Apache-2.0 */
/* address - finds the host of a VM that is named without it. */
#ifndef DAQS_TOOLS_DAQSCTL_ADDRESS_H
#define DAQS_TOOLS_DAQSCTL_ADDRESS_H

#include "shared/base/name.h"
#include "tools/daqsctl/daqsctl.h"

struct address {
    char host[WIRE_FIELD_BYTES + 1]; /* "": all */
    char vm[WIRE_FIELD_BYTES + 1];   /* "": all of the host */
};

/* Sets *ret to the VM that a command line's arguments name: "HOST VM", or only the VM's name or
 * UUID if one host has such a VM now. The request, which begins with a host and a VM, gets these
 * texts of *ret. Returns EXIT_DONE, or reports why not, with the choices. */
enum exit_status address_vm(const struct command_line *line, struct wire_request *request,
                            struct address *ret);

/* The same for "[HOST [VM]]". One word is a host if there is one of that name, else a VM, else it
 * is passed on as a host, which may be one of the past. It is refused if it is both. */
enum exit_status address_any(const struct command_line *line, struct wire_request *request,
                             struct address *ret);

/* --- for tests --- */

/* What has such a name. Zero-initialise. */
struct address_found {
    bool host;
    size_t vms;
    struct address first;            /* of the VMs */
    char choices[512];               /* "HOST VM, HOST VM, ..." */
    size_t listed;                   /* how many of them are in it */
    char missing[DAQS_NAME_MAX + 1]; /* a member of the group that did not answer; "": none */
};

/* Adds a row. */
void address_add(struct address_found *found, const char *host, const char *vm);

/* Decides what a word means; 'alone': it can be a host. Writes the reason if it is refused. */
enum exit_status address_decide(const struct address_found *found, const char *word, bool alone,
                                struct address *ret, struct daqs_error *err);

#endif
