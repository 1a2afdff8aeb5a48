/* SPDX-License-Identifier: Apache-2.0 */
/* revisions - the revision of each host's records, or of each principal, as this controller knows
 * them. Each change in the shared database raises it by one. */
#ifndef DAQS_CONTROLLERD_CORE_RECORDS_REVISIONS_H
#define DAQS_CONTROLLERD_CORE_RECORDS_REVISIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct revisions; /* opaque */

/* Returns NULL if out of memory. */
struct revisions *revisions_new(void);
/* NULL is fine. */
void revisions_free(struct revisions *revisions);

/* Returns the name's revision; 0: the name is not known. */
int64_t revisions_of(const struct revisions *revisions, const char *name);

/* Sets a name's revision, at least 0. Returns false if out of memory. */
bool revisions_set(struct revisions *revisions, const char *name, int64_t revision);

void revisions_clear(struct revisions *revisions);
size_t revisions_count(const struct revisions *revisions);

enum revision_news {
    REVISION_SAME,
    REVISION_NEWER, /* others have changed it, or it is new */
    REVISION_BACK,  /* the database has lost changes that this controller knows of */
};

/* Compares the database's revision of a name with the known one. */
enum revision_news revisions_compare(const struct revisions *revisions, const char *name,
                                     int64_t revision);

/* Calls 'found' for each known name with a revision above 0 for which 'has' returns false: the
 * database has lost it. */
void revisions_missing(const struct revisions *revisions, bool (*has)(void *arg, const char *name),
                       void (*found)(void *arg, const char *name), void *arg);

#endif
