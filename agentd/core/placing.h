/* placing - which nics of a domain are watched, on which uplink, and why other VFs of it are not.
 */
#ifndef DAQS_AGENTD_CORE_PLACING_H
#define DAQS_AGENTD_CORE_PLACING_H

#include <stdbool.h>
#include <stddef.h>

#include "agentd/core/domain_xml.h"
#include "agentd/core/guests.h"
#include "agentd/core/uplinks.h"

enum placing_address {
    PLACING_ADDRESS_PENDING, /* its PF was not read yet */
    PLACING_ADDRESS_KNOWN,
    PLACING_ADDRESS_NONE,     /* it is all zero on the PF */
    PLACING_ADDRESS_UNLISTED, /* its PF does not list the VF */
};

/* What the host says of a nic. */
struct placing_facts {
    bool is_vf;                         /* of a network card */
    char pci[DOMAIN_PCI_TEXT];          /* the VF's address on the host */
    char physical[DAQS_IFNAME_MAX + 1]; /* its PF; "": that has no network interface */
    char called[DAQS_NAME_MAX + 1];     /* what the configuration calls that */
    int vf;                             /* its number; -1: not known */
    bool shared;                        /* other nics may send through the VF as well */
    enum placing_address address;
    struct daqs_mac mac; /* if that is known */
};

/* What became of a nic. */
enum placing_outcome {
    PLACING_WATCHED,
    PLACING_NO_VF,   /* nor on any uplink */
    PLACING_PENDING, /* its address may be known soon */
    /* VFs that are not watched: */
    PLACING_NO_UPLINK,
    PLACING_NO_INTERFACE,
    PLACING_NOT_AMONG,
    PLACING_UNLISTED,
    PLACING_SAME_ADDRESS,
};

/* Why a VF is not watched; DAQS_CAUSE_NONE: it is, may be soon, or is not a VF. */
enum daqs_nic_cause placing_cause(enum placing_outcome outcome);

/* The address under which a VF without one goes: no interface can have it. Of VF 'vf' of number
 * 'pf' of its uplink's PFs. */
struct daqs_mac placing_number_mac(uint32_t pf, int vf);
bool placing_is_number(const struct daqs_mac *mac);

/* Finds the places of the nics that are watched, and says what became of each. 'count' is at most
 * DOMAIN_NICS_MAX. Returns how many places there are. */
size_t placing_choose(const struct uplink *uplink, size_t uplinks, const struct domain_nic *nic,
                      const struct placing_facts *facts, size_t count,
                      struct guest_nic_place ret[static DOMAIN_NICS_MAX],
                      enum placing_outcome ret_outcome[static DOMAIN_NICS_MAX]);

/* "VF 3 of ens1f0 (0000:3b:02.3) is in use and not watched: ..."; "": it is watched, may be soon,
 * or is not a VF. */
#define PLACING_TEXT_BYTES 192
const char *placing_text(const struct placing_facts *facts, enum placing_outcome outcome,
                         char buf[static PLACING_TEXT_BYTES]);

#endif
