/* SPDX-License-Identifier: Apache-2.0 */
/* image - a copy of what a shared database keeps under some names, or under all. Rows from a
 * database are not trusted: the functions that add them skip what is not valid, and count it. */
#ifndef DAQS_CONTROLLERD_CORE_RECORDS_IMAGE_H
#define DAQS_CONTROLLERD_CORE_RECORDS_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controllerd/core/access/principals.h"
#include "controllerd/core/fleet/policy_overrides.h"
#include "controllerd/core/sla/ledger.h"
#include "shared/base/arena.h"

/* The revision of a host's records, or of a principal; 0: there is nothing of it. */
struct image_name {
    const char *name;
    bool principal;
    int64_t revision;
};

struct image_sla {
    const char *host;
    const char *vm;
    struct sla sla;
    const char *uuid; /* "": not known */
    int64_t updated_ms;
    const char *updated_by;
    bool gone; /* its VM has left the host */
};

struct image_policy {
    const char *host;
    const char *uplink; /* "": all of the host's without one */
    enum policy_mode mode;
    int64_t updated_ms;
    const char *updated_by;
};

struct image_maintenance {
    const char *host;
    int64_t since_ms;
    const char *by;
};

struct image_principal {
    const char *name;
    const char *key; /* in base64 */
    enum role role;
    int64_t enrolled_ms;
    const char *enrolled_by;
};

/* Where a row of an SLA is that is not valid. */
struct image_place {
    const char *host;
    const char *vm;
};

enum { IMAGE_RATES = 6 };

/* A record of the audit trail; what is absent is negative or NULL. */
struct image_audit {
    int64_t id;
    int64_t at_ms;
    const char *host; /* "": none */
    const char *vm;   /* "": none */
    const char *by;
    const char *what;
    int64_t rate[IMAGE_RATES]; /* old min, max, weight; new min, max, weight */
    const char *old_text;
    const char *new_text;
};

/* Zero-initialise with image_init. */
struct image {
    bool whole;              /* of all names; false: of those in 'name' */
    bool failed;             /* out of memory: it is not complete, and gets no more rows */
    size_t skipped;          /* rows that were not valid */
    char skipped_text[128];  /* the first of them, for people; "": none */
    struct daqs_arena arena; /* the texts */
    struct image_name *name;
    size_t names, name_capacity;
    struct image_sla *sla;
    size_t slas, sla_capacity;
    struct image_place *invalid; /* SLAs, among the rows that are skipped */
    size_t invalids, invalid_capacity;
    struct image_policy *policy;
    size_t policies, policy_capacity;
    struct image_maintenance *maintenance;
    size_t maintenances, maintenance_capacity;
    struct image_principal *principal;
    size_t principals, principal_capacity;
    struct image_audit *audit;
    size_t audits, audit_capacity;
};

void image_init(struct image *image, bool whole);
/* Frees what it holds. */
void image_done(struct image *image);

/* Add a row; texts are copied. A text may be NULL: then the row is not valid, unless it may be
 * absent. Check that names, times, rates and weights are within their bounds. */
void image_add_name(struct image *image, const struct image_name *name);
void image_add_sla(struct image *image, const struct image_sla *sla);
void image_add_policy(struct image *image, const struct image_policy *policy);
void image_add_maintenance(struct image *image, const struct image_maintenance *maintenance);
void image_add_principal(struct image *image, const struct image_principal *principal);
void image_add_audit(struct image *image, const struct image_audit *audit);

/* Counts a row that is not valid; 'kind' is what it is of, 'name' (NULL: none) its name. */
void image_skip(struct image *image, const char *kind, const char *name);

/* Adds an entry for each of the names that has none: there is nothing of it. */
void image_complete(struct image *image, const char *const *name, size_t names);

#endif
