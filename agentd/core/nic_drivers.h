/* SPDX-License-Identifier: Apache-2.0 */
/* nic_drivers - facts about the drivers of SR-IOV NICs, from their sources in Linux 6.12.
 *
 * docs/nics.md has the same rows, and a test compares them. "Not known" is a valid value: facts
 * that a source leaves open are determined at run time. */
#ifndef DAQS_AGENTD_CORE_NIC_DRIVERS_H
#define DAQS_AGENTD_CORE_NIC_DRIVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Result of reading back a VF's rate. */
enum nic_readback {
    NIC_READS_UNKNOWN,
    NIC_READS_ASKED, /* the requested rate, even if another one is in force */
};

/* Effect of setting a rate while the link is down. */
enum nic_down {
    NIC_DOWN_UNKNOWN,
    NIC_DOWN_REFUSES,
};

/* Traffic counted by the transmit counters of the PF's network device. */
enum nic_pf_counts {
    NIC_PF_UNKNOWN,
    NIC_PF_OWN,  /* traffic of the PF itself */
    NIC_PF_PORT, /* all traffic of the port */
};

/* Used instead of the age of VF counters. */
enum { NIC_AGE_NO_COUNTERS = -1 };

enum { NIC_PORT_NAMES = 4 };

struct nic_driver {
    const char *name;    /* as in /sys/class/net/PF/device/driver */
    bool rates;          /* VF rates can be set */
    uint32_t least_mbit; /* lowest rate in force; 0: not known */
    uint32_t step_mbit;  /* rates in force are rounded down to multiples of this; 0: not known */
    bool refuses_less;   /* rejects rates below the lowest; otherwise it sets the lowest instead */
    bool speed_clears;   /* a change of the link's speed clears all rates */
    bool seen;           /* some of this was also observed on hardware */
    uint8_t readback;    /* enum nic_readback */
    uint8_t down;        /* enum nic_down */
    uint8_t pf_counts;   /* enum nic_pf_counts */
    int32_t vf_age_ms;   /* maximum age of VF counters; 0: read from the NIC on each request; or
                            NIC_AGE_NO_COUNTERS */
    /* Names of the port's transmit counters in ethtool -S: bytes, then packets, which are added up.
     * NULL: end of the list, or not known. */
    const char *port[NIC_PORT_NAMES];
    const char *exceptions; /* other facts, or "-" */
};

/* Returns the driver with this name, or NULL if the table does not include it. */
const struct nic_driver *nic_driver_find(const char *name);

/* Returns the rows of the table in order, NULL after the last. */
const struct nic_driver *nic_driver_at(size_t index);

/* Columns of the table in docs/nics.md after the driver's name. */
enum nic_fact {
    NIC_FACT_LEAST,
    NIC_FACT_STEP,
    NIC_FACT_READBACK,
    NIC_FACT_DOWN,
    NIC_FACT_SPEED,
    NIC_FACT_VF_COUNTERS,
    NIC_FACT_PORT,
    NIC_FACT_PF,
    NIC_FACT_SOURCE,
    NIC_FACT_ELSE,
    NIC_FACTS,
};

#define NIC_FACT_TEXT 160

const char *nic_fact_title(enum nic_fact fact);
/* Returns the text of one column, either in 'buf' or constant. */
const char *nic_fact_text(const struct nic_driver *driver, enum nic_fact fact,
                          char buf[static NIC_FACT_TEXT]);

#endif
