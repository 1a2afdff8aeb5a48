/* SPDX-License-Identifier: Apache-2.0 */
/* admin_apply - applies files of SLAs. */
#ifndef DAQS_CONTROLLERD_IO_ADMIN_ADMIN_APPLY_H
#define DAQS_CONTROLLERD_IO_ADMIN_ADMIN_APPLY_H

#include <stdint.h>

struct admin;

/* Goes on with files that wait, and drops uploads that have been silent for too long; called
 * several times a second. */
void admin_apply_tick(struct admin *a, int64_t now_ms);

/* Frees the uploads, once no other member is asked any more. */
void admin_apply_end(struct admin *a);

#endif
