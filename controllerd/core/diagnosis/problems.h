/* problems - everything that is wrong now, as far as the controller can tell, worst first. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_PROBLEMS_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_PROBLEMS_H

#include "controllerd/core/diagnosis/problem.h"
#include "controllerd/core/diagnosis/views.h"

/* All there are, or those of one host ("": of all) and VM there ("": of all, and the host's).
 * *ret points into the scene, is the caller's to free, and NULL if there are none. DAQS_ENOMEM. */
int problems_find(const struct problem_scene *scene, const char *host, const char *vm,
                  struct problem **ret, size_t *ret_count);

/* As the views: a row for each problem. True if there are more. */
bool view_problems(const struct problem_scene *scene, const struct view_range *range,
                   struct daqs_table *ret);

#endif
