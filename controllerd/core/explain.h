/* explain - why a VM has the limit it has, in sentences for operators. */
#ifndef DAQS_CONTROLLERD_CORE_EXPLAIN_H
#define DAQS_CONTROLLERD_CORE_EXPLAIN_H

#include "controllerd/core/fleet.h"

enum { EXPLAIN_BYTES = 3072 };

/* What the VM sends, is assumed to want, is held to, for whom and since when: a paragraph for each
 * of its uplinks. What does not fit is left out. False if the host has no such VM on an uplink. */
bool explain_vm(const struct fleet_host *host, const char *vm, int64_t now_ms,
                char buf[static EXPLAIN_BYTES]);

#endif
