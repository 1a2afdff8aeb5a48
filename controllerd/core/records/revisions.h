/* SPDX-License-Identifier: Apache-2.0 */
/* revisions - the revision of each host's records, or of each principal, as this controller knows
 * them, and how far the copy in its file has come. Each change in the shared database raises the
 * revision by one. */
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

/* Sets all revisions to 0; none of them is in the copy. What is said of the audit trail stays. */
void revisions_clear(struct revisions *revisions);
/* Returns the number of names. */
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

/* --- the copy --- */

/* The copy has this revision of the name. _next: only if it had the one before. _all: it has
 * nothing of the names with revision 0. */
void revisions_copied(struct revisions *revisions, const char *name, int64_t revision);
void revisions_copied_next(struct revisions *revisions, const char *name, int64_t revision);
void revisions_copied_all(struct revisions *revisions);

/* Returns whether the copy has what is known of the name. */
bool revisions_is_copied(const struct revisions *revisions, const char *name);
/* Calls 'found' for each name of which the copy has another revision, or none. */
void revisions_behind(const struct revisions *revisions, void (*found)(void *arg, const char *name),
                      void *arg);

/* The copy has the audit trail of the name up to this record; false: out of memory. A name's
 * records are committed in the order of their numbers, because each change locks the name. */
bool revisions_saw(struct revisions *revisions, const char *name, int64_t audit);
int64_t revisions_seen(const struct revisions *revisions, const char *name);

/* Calls 'each' for all names with a record. */
void revisions_each_seen(const struct revisions *revisions,
                         void (*each)(void *arg, const char *name, int64_t audit), void *arg);

#endif
