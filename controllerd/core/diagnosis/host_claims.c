/* SPDX-License-Identifier: Apache-2.0 */
#include "controllerd/core/diagnosis/host_claims.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controllerd/core/fleet/host_table.h"

struct host_claims {
    struct host_table *hosts; /* struct host_claim */
};

struct host_claims *host_claims_new(void)
{
    struct host_claims *claims = calloc(1, sizeof *claims);
    struct host_table *hosts = host_table_new(sizeof(struct host_claim), NULL);
    if (!claims || !hosts) {
        free(claims);
        host_table_free(hosts);
        return NULL;
    }
    claims->hosts = hosts;
    return claims;
}

void host_claims_free(struct host_claims *claims)
{
    if (!claims)
        return;
    host_table_free(claims->hosts);
    free(claims);
}

static bool lasts(const struct host_claim *claim, int64_t now_ms)
{
    return claim->since_ms != 0 && now_ms - claim->last_ms < HOST_CLAIM_LASTING_MS;
}

bool host_claims_note(struct host_claims *claims, const struct fleet_host *host,
                      const char *connected, const char *refused, int64_t now_ms, int64_t wall_ms)
{
    struct host_claim *claim = host_table_need(claims->hosts, host);
    if (!claim)
        return false;
    const bool begins = claim->since_ms == 0;
    if (begins)
        claim->since_ms = wall_ms;
    claim->last_ms = now_ms;
    (void)snprintf(claim->connected, sizeof claim->connected, "%s", connected);
    (void)snprintf(claim->refused, sizeof claim->refused, "%s", refused);
    claim->elsewhere = false;
    return begins;
}

bool host_claims_note_at(struct host_claims *claims, const struct fleet_host *host,
                         const char *connected, const char *member, int64_t now_ms, int64_t wall_ms)
{
    char before[HOST_CLAIM_ADDRESS_BYTES] = "";
    struct host_claim *claim = host_table_find(claims->hosts, host);
    if (claim && claim->elsewhere)
        memcpy(before, claim->refused, sizeof before);
    const bool begins =
        host_claims_note(claims, host, connected, *member ? member : before, now_ms, wall_ms);
    claim = host_table_find(claims->hosts, host);
    if (claim)
        claim->elsewhere = true;
    return begins;
}

const struct host_claim *host_claims_find(const struct host_claims *claims,
                                          const struct fleet_host *host, int64_t now_ms)
{
    const struct host_claim *claim = host_table_find(claims->hosts, host);
    return claim && lasts(claim, now_ms) ? claim : NULL;
}

bool host_claims_any(const struct host_claims *claims, const struct fleet_host *host)
{
    const struct host_claim *claim = host_table_find(claims->hosts, host);
    return claim && claim->since_ms != 0;
}

bool host_claims_end(struct host_claims *claims, const struct fleet_host *host, int64_t now_ms,
                     int64_t *ret_since_ms)
{
    struct host_claim *claim = host_table_find(claims->hosts, host);
    if (!claim || claim->since_ms == 0 || lasts(claim, now_ms))
        return false;
    *ret_since_ms = claim->since_ms;
    claim->since_ms = 0;
    return true;
}

void host_claims_forget(struct host_claims *claims, const struct fleet_host *host)
{
    host_table_remove(claims->hosts, host);
}

static const char *known(const char *address)
{
    return *address ? address : "one of unknown address";
}

const char *host_claim_text(const struct host_claim *claim, char buf[static HOST_CLAIM_TEXT_BYTES])
{
    if (claim->elsewhere)
        (void)snprintf(buf, HOST_CLAIM_TEXT_BYTES,
                       "another machine uses its name and key: %s is connected here, the other one "
                       "to another member of the group%s%s",
                       known(claim->connected), *claim->refused ? ", " : "", claim->refused);
    else
        (void)snprintf(buf, HOST_CLAIM_TEXT_BYTES,
                       "another machine uses its name or key: %s is connected, %s is refused",
                       known(claim->connected), known(claim->refused));
    return buf;
}
