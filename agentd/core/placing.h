/* SPDX-License-Identifier: Apache-2.0 */
/* placing - decides which nics of a domain are watched, on which uplink, and why its other VFs are
 * not. */
#ifndef DAQS_AGENTD_CORE_PLACING_H
#define DAQS_AGENTD_CORE_PLACING_H

#include <stdbool.h>
#include <stddef.h>

#include "agentd/core/domain_xml.h"
#include "agentd/core/guests.h"
#include "agentd/core/uplinks.h"

enum placing_address {
    PLACING_ADDRESS_PENDING, /* its PF has not been read yet */
    PLACING_ADDRESS_KNOWN,
    PLACING_ADDRESS_NONE,     /* all zero on the PF */
    PLACING_ADDRESS_UNLISTED, /* its PF does not list the VF */
};

/* A nic as the host shows it. */
struct placing_facts {
    bool is_vf;                         /* VF of a network card */
    char pci[DOMAIN_PCI_TEXT];          /* address of the VF on the host */
    char physical[DAQS_IFNAME_MAX + 1]; /* its PF; "": the PF has no network interface */
    char called[DAQS_NAME_MAX + 1];     /* name of the PF in the configuration */
    int vf;                             /* its number; -1: not known */
    bool shared;                        /* other nics may also send through the VF */
    enum placing_address address;
    struct daqs_mac mac; /* valid for PLACING_ADDRESS_KNOWN */
};

/* Result for a nic. */
enum placing_outcome {
    PLACING_WATCHED,
    PLACING_NO_VF,   /* and not on any uplink */
    PLACING_PENDING, /* its address may become known soon */
    /* VFs that are not watched: */
    PLACING_NO_UPLINK,
    PLACING_NO_INTERFACE,
    PLACING_NOT_AMONG,
    PLACING_UNLISTED,
    PLACING_SAME_ADDRESS,
};

/* Returns why a VF is not watched. DAQS_CAUSE_NONE if it is watched, may be soon, or is not a
 * VF. */
enum daqs_nic_cause placing_cause(enum placing_outcome outcome);

/* Returns an address, impossible for an interface, that stands for a VF without an address: VF 'vf'
 * of PF number 'pf' of its uplink. */
struct daqs_mac placing_number_mac(uint32_t pf, int vf);
bool placing_is_number(const struct daqs_mac *mac);

/* Stores the places of the nics that are watched in 'ret', and the outcome of each nic in
 * 'ret_outcome'. 'count' is at most DOMAIN_NICS_MAX. Returns the number of places. */
size_t placing_choose(const struct uplink *uplink, size_t uplinks, const struct domain_nic *nic,
                      const struct placing_facts *facts, size_t count,
                      struct guest_nic_place ret[static DOMAIN_NICS_MAX],
                      enum placing_outcome ret_outcome[static DOMAIN_NICS_MAX]);

/* Returns "VF 3 of ens1f0 (0000:3b:02.3) is in use and not watched: ...". "" if it is watched, may
 * be soon, or is not a VF. */
#define PLACING_TEXT_BYTES 192
const char *placing_text(const struct placing_facts *facts, enum placing_outcome outcome,
                         char buf[static PLACING_TEXT_BYTES]);

#endif
