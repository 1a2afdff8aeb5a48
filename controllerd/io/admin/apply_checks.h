/* SPDX-License-Identifier: Apache-2.0 */
/* apply_checks - has the members of a group that serve a file's hosts check whether its SLAs fit
 * there, before the member that was asked stores all of them in one transaction.
 *
 * Each of them is sent the rows of its hosts as an apply that changes nothing, with the revisions
 * on which the asking member is going to store them. A member that knows other revisions refuses,
 * so that what was checked is what is stored. */
#ifndef DAQS_CONTROLLERD_IO_ADMIN_APPLY_CHECKS_H
#define DAQS_CONTROLLERD_IO_ADMIN_APPLY_CHECKS_H

#include "controllerd/core/admission/sla_diff.h"
#include "shared/base/error.h"

struct membership;
struct peer_link;
struct records;
struct apply_checks; /* opaque */

/* All of them must outlive the checks. */
struct apply_checks_setup {
    struct peer_link *link;
    const struct membership *membership;
    const struct records *records;  /* of the shared database */
    const struct sla_diff_row *row; /* the file, sorted by host */
    size_t rows;
    bool prune;
    /* Called once, if the checks have begun. DAQS_OK: all fit. DAQS_ESTALE: ask again in some
     * tenths of a second. Otherwise the text names the line, or the host, and the reason. */
    void (*done)(void *arg, int result, const struct daqs_error *err);
    void *arg;
};

/* Returns NULL if out of memory. */
struct apply_checks *apply_checks_new(const struct apply_checks_setup *setup);
/* Must not be called between apply_checks_begin and 'done'. NULL is fine. */
void apply_checks_free(struct apply_checks *checks);

/* Begins to ask the members that serve hosts of changes that give an SLA. *ret_any: there are some;
 * false: 'done' is not called. On failure nothing is under way, and the text names the reason. */
int apply_checks_begin(struct apply_checks *checks, const struct changeset *changes, bool *ret_any,
                       struct daqs_error *err);

/* Returns true if the host's SLAs were checked on the revision that is known now. */
bool apply_checks_cover(const struct apply_checks *checks, const char *host);

#endif
