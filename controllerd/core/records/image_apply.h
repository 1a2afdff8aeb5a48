/* SPDX-License-Identifier: Apache-2.0 */
/* image_apply - brings what the controller believes into line with an image. */
#ifndef DAQS_CONTROLLERD_CORE_RECORDS_IMAGE_APPLY_H
#define DAQS_CONTROLLERD_CORE_RECORDS_IMAGE_APPLY_H

#include "controllerd/core/fleet/maintenance.h"
#include "controllerd/core/records/image.h"
#include "controllerd/core/sla/changeset.h"

/* Adds what the ledger has in the places of SLAs that are not valid. A promise does not end by
 * that.
 */
void image_keep_slas(struct image *image, const struct ledger *ledger);

/* Adds to the changeset what differs between the ledger and the image: entries that are new, other
 * ones (LEDGER_LEARN: only what is known of the VM), and those that the image no longer has. 'line'
 * of a change with a new SLA is the number of its row in the image, from 1. Returns false if out of
 * memory. */
bool image_compare_slas(const struct image *image, struct ledger *ledger,
                        struct changeset *changes);

/* Makes those changes in the ledger. Returns false if out of memory. */
bool image_apply_slas(const struct image *image, const struct changeset *changes,
                      struct ledger *ledger);

/* Replace the modes and the maintenance of the image's hosts. Return false if out of memory. */
bool image_apply_policies(const struct image *image, struct policy_overrides *overrides);
bool image_apply_maintenance(const struct image *image, struct maintenance *maintenance);

#endif
