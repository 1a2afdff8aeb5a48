/* explain - what is wrong with a VM and why it has its limit, in sentences for operators. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_EXPLAIN_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_EXPLAIN_H

#include "controllerd/core/diagnosis/problems.h"

enum { EXPLAIN_BYTES = 4096 };

/* What is wrong with the VM and its host, a line each with the cause, what to do and the next
 * command; then what the VM sends, is assumed to want, is held to, for whom and since when: a
 * paragraph for each of its uplinks. What does not fit is left out. False if the host has no
 * such VM on an uplink. */
bool explain_vm(const struct problem_scene *scene, const char *host, const char *vm,
                char buf[static EXPLAIN_BYTES]);

#endif
