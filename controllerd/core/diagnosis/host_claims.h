/* SPDX-License-Identifier: Apache-2.0 */
/* host_claims - hosts whose name or key a second machine uses while the first one is connected. */
#ifndef DAQS_CONTROLLERD_CORE_DIAGNOSIS_HOST_CLAIMS_H
#define DAQS_CONTROLLERD_CORE_DIAGNOSIS_HOST_CLAIMS_H

#include "controllerd/core/fleet/fleet.h"

/* A claim lasts until there was no refused hello for this long. Agents repeat theirs within
 * seconds. */
#define HOST_CLAIM_LASTING_MS 60000

enum { HOST_CLAIM_ADDRESS_BYTES = 64 };

struct host_claim {
    char connected[HOST_CLAIM_ADDRESS_BYTES]; /* address of the agent that is obeyed; "": unknown */
    char refused[HOST_CLAIM_ADDRESS_BYTES];   /* of the other one, the latest */
    bool elsewhere;   /* the other one is not refused: 'refused' names the member that serves it */
    int64_t since_ms; /* UTC, first refused hello */
    int64_t last_ms;  /* monotonic, latest one */
};

struct host_claims; /* opaque */

/* Returns NULL if out of memory. */
struct host_claims *host_claims_new(void);
/* NULL is fine. */
void host_claims_free(struct host_claims *claims);

/* Records a refused hello, and returns true if a claim begins with it. One that has not been ended
 * by host_claims_end continues. Addresses: "": unknown;
 * longer ones are truncated. now_ms: monotonic, wall_ms: UTC. */
bool host_claims_note(struct host_claims *claims, const struct fleet_host *host,
                      const char *connected, const char *refused, int64_t now_ms, int64_t wall_ms);

/* Likewise, of another machine that another member of the group serves. member: "": as noted
 * before. */
bool host_claims_note_at(struct host_claims *claims, const struct fleet_host *host,
                         const char *connected, const char *member, int64_t now_ms,
                         int64_t wall_ms);

/* Returns the claim that lasts, or NULL. */
const struct host_claim *host_claims_find(const struct host_claims *claims,
                                          const struct fleet_host *host, int64_t now_ms);

/* Returns true if a claim of the host was recorded that has not been ended. */
bool host_claims_any(const struct host_claims *claims, const struct fleet_host *host);

/* Returns true, once, if the host's claim no longer lasts, and since when it lasted (UTC). */
bool host_claims_end(struct host_claims *claims, const struct fleet_host *host, int64_t now_ms,
                     int64_t *ret_since_ms);

/* The host is about to be forgotten. */
void host_claims_forget(struct host_claims *claims, const struct fleet_host *host);

/* Writes, for example, "another machine uses its name or key: 192.0.2.1 is connected, 192.0.2.2 is
 * refused". Returns buf. */
enum { HOST_CLAIM_TEXT_BYTES = 256 };
const char *host_claim_text(const struct host_claim *claim, char buf[static HOST_CLAIM_TEXT_BYTES]);

#endif
