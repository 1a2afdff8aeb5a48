/* SPDX-License-Identifier: Apache-2.0 */
/* explain - describes in sentences for operators what is wrong with a VM and why it has its
 * limit. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_EXPLAIN_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_EXPLAIN_H

#include "controllerd/core/diagnosis/problems.h"

enum { EXPLAIN_BYTES = 4096 };

/* Writes that the host is in maintenance, if it is. Then follow the problems of the VM and its
 * host, one on a line, with the cause, the remedy and the next command. Then follows a paragraph
 * for each of the VM's uplinks: what the VM sends, its assumed demand, its limit, for whose benefit
 * it is limited and since when. Text that does not fit is truncated. Returns false if the host has
 * no such VM on an uplink. */
bool explain_vm(const struct problem_scene *scene, const char *host, const char *vm,
                char buf[static EXPLAIN_BYTES]);

#endif
