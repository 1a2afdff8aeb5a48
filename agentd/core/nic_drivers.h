/* nic_drivers - what is known of the drivers of SR-IOV NICs, from their sources in Linux 6.12.
 *
 * docs/nics.md has the same rows; a test compares them. "Not known" is a value: what a source does
 * not say for sure is left to be seen at run time. */
#ifndef DAQS_AGENTD_CORE_NIC_DRIVERS_H
#define DAQS_AGENTD_CORE_NIC_DRIVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a VF's rate reads back as. */
enum nic_readback {
    NIC_READS_UNKNOWN,
    NIC_READS_ASKED, /* as asked for, even if another rate is in force */
};

/* What happens to a rate that is set while the link is down. */
enum nic_down {
    NIC_DOWN_UNKNOWN,
    NIC_DOWN_REFUSES,
};

/* What the transmit counters of the PF's network device count. */
enum nic_pf_counts {
    NIC_PF_UNKNOWN,
    NIC_PF_OWN,  /* what the PF itself sends */
    NIC_PF_PORT, /* all that the port sends */
};

/* Instead of the age of VF counters. */
enum { NIC_AGE_NO_COUNTERS = -1 };

enum { NIC_PORT_NAMES = 4 };

struct nic_driver {
    const char *name;    /* as in /sys/class/net/PF/device/driver */
    bool rates;          /* VF rates can be set */
    uint32_t least_mbit; /* lowest rate in force; 0: not known */
    uint32_t step_mbit;  /* rates in force are multiples of this, rounded down; 0: not known */
    bool refuses_less;   /* refuses rates below the least; else it takes the least instead */
    bool speed_clears;   /* a change of the link's speed clears all rates */
    bool seen;           /* some of this was seen on a rig, too */
    uint8_t readback;    /* enum nic_readback */
    uint8_t down;        /* enum nic_down */
    uint8_t pf_counts;   /* enum nic_pf_counts */
    int32_t vf_age_ms;   /* how old VF counters may be; 0: read from the NIC with each request; or
                            NIC_AGE_NO_COUNTERS */
    /* Names of what the port sends in ethtool -S: bytes, and packets, which are added up; NULL: no
     * more, or not known. */
    const char *port[NIC_PORT_NAMES];
    const char *exceptions; /* "-" or what else there is to know */
};

/* NULL: there is none of this name in the table. */
const struct nic_driver *nic_driver_find(const char *name);

/* The table, in its order; NULL behind the last. */
const struct nic_driver *nic_driver_at(size_t index);

/* Columns of the table in docs/nics.md, behind the driver's name. */
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
/* Words for one of them, in 'buf' or constant. */
const char *nic_fact_text(const struct nic_driver *driver, enum nic_fact fact,
                          char buf[static NIC_FACT_TEXT]);

#endif
