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
    uint32_t weight; /* 1 and up */
};

/* What a VM without an SLA has. */
#define SLA_NONE ((struct sla){.min = 0, .max = DAQS_UNLIMITED, .weight = 1})

#define LEDGER_UUID_BYTES 37

struct ledger_entry {
    char *host;
    char *vm;
    struct sla sla;
    int64_t updated_at_ms; /* UTC */
    char *updated_by;
    char uuid[LEDGER_UUID_BYTES]; /* of the VM; "": not known */
    char *stays; /* HOST/VM where its VM is and it cannot follow; NULL: it need not */
    /* the ledger's */
    const struct ledger_entry *next_of_host;
    const struct ledger_entry *next_of_uuid;
};

struct ledger; /* opaque */

/* NULL if out of memory. */
struct ledger *ledger_new(void);
void ledger_free(struct ledger *ledger);

/* The entry of a VM, the ledger's, until the next change; NULL if it has none. */
const struct ledger_entry *ledger_find(const struct ledger *ledger, const char *host,
                                       const char *vm);

/* The VM's SLA, or SLA_NONE. */
struct sla ledger_sla(const struct ledger *ledger, const char *host, const char *vm);

/* Adds or replaces. */
int ledger_put(struct ledger *ledger, const char *host, const char *vm, const struct sla *sla,
               int64_t now_ms, const char *by);

/* False if there was none. */
bool ledger_remove(struct ledger *ledger, const char *host, const char *vm);

/* The entry's VM has this UUID, or "" none that is known. False if there is no such entry, or no
 * memory. */
bool ledger_set_uuid(struct ledger *ledger, const char *host, const char *vm, const char *uuid);

/* Notes where the entry's VM is while the entry cannot follow it; "": they are together. True if
 * that is news. Kept until the entry is removed or the program ends. */
bool ledger_note_stay(struct ledger *ledger, const char *host, const char *vm, const char *where);

/* The entries of a host, and those of VMs with a UUID, in no order: the first, to go on with
 * next_of_host or next_of_uuid. NULL: none, as for the UUID "". */
const struct ledger_entry *ledger_of_host(const struct ledger *ledger, const char *host);
const struct ledger_entry *ledger_of_uuid(const struct ledger *ledger, const char *uuid);

/* Sum of the guarantees of a host's entries. */
daqs_bps ledger_promised(const struct ledger *ledger, const char *host);

size_t ledger_count(const struct ledger *ledger);

/* Entries in order of host and VM; index below ledger_count. Sorted when asked for after a
 * change, so walking all of them is cheap. */
const struct ledger_entry *ledger_at(struct ledger *ledger, size_t index);

/* What a change asks for; fields not given keep the VM's present value. */
struct sla_change {
    daqs_bps min;    /* DAQS_UNLIMITED: not given; 0: none any more */
    daqs_bps max;    /* DAQS_UNLIMITED: not given; 0: none any more */
    uint32_t weight; /* 0: not given */
};

/* What an uplink has to give and has promised to others already. */
struct uplink_admission {
    const char *uplink;
    uint32_t mtu;      /* of the VM that asks, there; 0: not known */
    daqs_bps capacity; /* of the wire */
    daqs_bps budget;   /* of the wire */
    daqs_bps promised; /* guarantees of the uplink's other VMs */
    daqs_bps taken;    /* what those take of the wire */
};

/* Applies a change to an SLA and checks it: something is given; min at most max; and, on every
 * uplink of the VM, what min takes of the wire at most the capacity, and with what others take at
 * most the budget unless forced. Errors say by how much, without headers. */
int sla_amend(const struct sla *old, const struct sla_change *change,
              const struct uplink_admission *admission, size_t admissions, bool force,
              struct sla *ret, struct daqs_error *err);

#endif
