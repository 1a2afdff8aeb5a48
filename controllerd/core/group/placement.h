/* SPDX-License-Identifier: Apache-2.0 */
/* placement - which members of a group of controllers a host prefers, from names and weights alone.
 *
 * Weighted rendezvous hashing: each member gets a pseudo-random number u in (0, 1] for the host,
 * and the host prefers the member with the highest -weight / ln(u) (Thaler and Ravishankar, "Using
 * name-based mappings to increase hit rates", 1998; with weights: Schindelhauer and Schomaker,
 * "Weighted distributed hash tables", SPAA 2005). Members get hosts in proportion to their weights,
 * and when one joins or is lost, only the hosts that it gets or had change their preference.
 *
 * Members of all versions on all machines must agree, so the arithmetic is in integers, and neither
 * the hash nor the precision ever changes. */
#ifndef DAQS_CONTROLLERD_CORE_GROUP_PLACEMENT_H
#define DAQS_CONTROLLERD_CORE_GROUP_PLACEMENT_H

#include <stddef.h>
#include <stdint.h>

#include "shared/base/model.h"
#include "shared/base/name.h"

/* Weights above the highest one count as that one. */
enum {
    PLACEMENT_FIRST = DAQS_MAX_MEMBERS,
    PLACEMENT_WEIGHT_MAX = 1000,
    PLACEMENT_NAME_MAX = DAQS_NAME_MAX,
};

struct placement_member {
    const char *name; /* at most PLACEMENT_NAME_MAX bytes; the rest is ignored, as with hosts */
    uint32_t weight;  /* 0: preferred only to nobody */
};

/* Returns SipHash-2-4 (Aumasson and Bernstein, 2012) of the member's name, a zero byte and the
 * host's name, under the key "DAQS placement 1". */
uint64_t placement_hash(const char *member, const char *host);

/* Writes the indexes of the members that the host prefers, best first: those with a weight, then
 * those of weight 0, at most PLACEMENT_FIRST. Returns their number. The order of 'member' does not
 * matter; no two have the same name. */
size_t placement_order(const struct placement_member *member, size_t members, const char *host,
                       size_t ret[static PLACEMENT_FIRST]);

#endif
