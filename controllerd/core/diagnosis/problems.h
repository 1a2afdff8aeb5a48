/* SPDX-License-Identifier: Apache-2.0 */
/* problems - all conditions that are wrong now, as far as the controller can tell, worst first. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_PROBLEMS_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_PROBLEMS_H

#include "controllerd/core/diagnosis/problem.h"
#include "controllerd/core/diagnosis/views.h"

/* Finds all problems except those of hosts in maintenance, or those of one host ("": all) and VM
 * there ("": all VMs, and the host's own). *ret points into the scene and is freed by the caller;
 * NULL if there are none. DAQS_ENOMEM. */
int problems_find(const struct problem_scene *scene, const char *host, const char *vm,
                  struct problem **ret, size_t *ret_count);

/* Works like the views (views.h), with a row for each problem. Returns true if there are more. */
bool view_problems(const struct problem_scene *scene, const struct view_range *range,
                   struct daqs_table *ret);

#endif
