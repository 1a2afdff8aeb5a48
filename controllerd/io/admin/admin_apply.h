/* SPDX-License-Identifier: Apache-2.0 */
/* admin_apply - files of SLAs to apply, as far as they were received. */
#ifndef DAQS_CONTROLLERD_IO_ADMIN_ADMIN_APPLY_H
#define DAQS_CONTROLLERD_IO_ADMIN_ADMIN_APPLY_H

#include <stdint.h>

struct uploads; /* opaque */

/* Returns NULL if out of memory. */
struct uploads *uploads_new(void);
/* NULL is fine. */
void uploads_free(struct uploads *uploads);

/* Drops uploads that have been silent for too long; called several times a second. */
void uploads_tick(struct uploads *uploads, int64_t now_ms);

#endif
