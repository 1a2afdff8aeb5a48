/* SPDX-License-Identifier: Apache-2.0 */
/* ledger - the SLAs, by host and VM name, and the rules for changing them. */
#ifndef DAQS_CONTROLLERD_CORE_SLA_LEDGER_H
#define DAQS_CONTROLLERD_CORE_SLA_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/base/error.h"
#include "shared/base/rate.h"

struct sla {
    daqs_bps min;    /* guarantee; 0: best effort */
    daqs_bps max;    /* ceiling; DAQS_UNLIMITED: none */
    uint32_t weight; /* at least 1 */
};

/* The SLA of a VM that has no entry. */
#define SLA_NONE ((struct sla){.min = 0, .max = DAQS_UNLIMITED, .weight = 1})

#define LEDGER_UUID_BYTES 37

struct ledger_entry {
    char *host;
    char *vm;
    struct sla sla;
    int64_t updated_at_ms; /* UTC */
    char *updated_by;
    char uuid[LEDGER_UUID_BYTES]; /* of the VM; "": unknown */
    bool gone;                    /* in a group: the member that answers for the host says that the
                                     VM has left it */
    char *stays;                  /* HOST/VM where its VM is if the SLA cannot follow; else NULL */
    /* owned by the ledger */
    const struct ledger_entry *next_of_host;
    const struct ledger_entry *next_of_uuid;
};

struct ledger; /* opaque */

/* Returns NULL if out of memory. */
struct ledger *ledger_new(void);
void ledger_free(struct ledger *ledger);

/* Returns the entry of a VM, owned by the ledger and valid until the next change; NULL if there is
 * none. */
const struct ledger_entry *ledger_find(const struct ledger *ledger, const char *host,
                                       const char *vm);

/* Returns the VM's SLA, or SLA_NONE. */
struct sla ledger_sla(const struct ledger *ledger, const char *host, const char *vm);

/* Adds or replaces an entry, whose VM is not known to have left. DAQS_ENOMEM: nothing changed. */
int ledger_put(struct ledger *ledger, const char *host, const char *vm, const struct sla *sla,
               int64_t now_ms, const char *by);

/* Returns false if there is no such entry. */
bool ledger_remove(struct ledger *ledger, const char *host, const char *vm);

/* Sets the UUID of the entry's VM; "": unknown. Returns false if there is no such entry, or if out
 * of memory. */
bool ledger_set_uuid(struct ledger *ledger, const char *host, const char *vm, const char *uuid);

/* Sets whether the entry's VM has left its host. Returns false if there is no such entry. */
bool ledger_set_gone(struct ledger *ledger, const char *host, const char *vm, bool gone);

/* Records where the entry's VM is while the entry cannot follow it; "": they are together. Returns
 * true if that has changed. The record lasts until the entry is removed or the program exits. */
bool ledger_note_stay(struct ledger *ledger, const char *host, const char *vm, const char *where);

/* Return the first entry of a host, or of VMs with a UUID, in no particular order; continue with
 * next_of_host or next_of_uuid. NULL: none, as for the UUID "". */
const struct ledger_entry *ledger_of_host(const struct ledger *ledger, const char *host);
const struct ledger_entry *ledger_of_uuid(const struct ledger *ledger, const char *uuid);

/* Returns the sum of the guarantees of a host's entries. */
daqs_bps ledger_promised(const struct ledger *ledger, const char *host);

/* Return the number of entries with a guarantee: all of them, and a host's. */
size_t ledger_guarantees(const struct ledger *ledger);
size_t ledger_guarantees_of(const struct ledger *ledger, const char *host);

size_t ledger_count(const struct ledger *ledger);

/* Returns entries in the order of host and VM; index is below ledger_count. They are sorted on the
 * first call after a change, so a walk over all of them is cheap. */
const struct ledger_entry *ledger_at(struct ledger *ledger, size_t index);

/* A requested change. Fields that are not given keep the VM's current value. */
struct sla_change {
    daqs_bps min;    /* DAQS_UNLIMITED: not given; 0: remove the guarantee */
    daqs_bps max;    /* DAQS_UNLIMITED: not given; 0: remove the ceiling */
    uint32_t weight; /* 0: not given */
};

/* Checks an SLA by itself: the ceiling is above zero, the weight at least 1, and the guarantee at
 * most the ceiling. Whether it fits its uplinks is another matter, see admission.h. */
int sla_check(const struct sla *sla, struct daqs_error *err);

/* Checks that an SLA may be given to these names: '*', '?' and '[' are reserved for patterns that
 * name several. SLAs of 0.2.0 with such names stay, and can be removed. DAQS_EINVALID with advice.
 */
int sla_names_check(const char *host, const char *vm, struct daqs_error *err);

/* Returns true if both are the same guarantee, ceiling and weight. */
bool sla_same(const struct sla *a, const struct sla *b);

/* Applies a change to an SLA, and checks that something is given and that the result is valid. */
int sla_amend(const struct sla *old, const struct sla_change *change, struct sla *ret,
              struct daqs_error *err);

#endif
