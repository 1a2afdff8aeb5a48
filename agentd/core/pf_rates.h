/* SPDX-License-Identifier: Apache-2.0 */
/* pf_rates - knows which VF rates the driver of a PF accepts, and chooses the rate to request.
 *
 * Drivers may reject rates below a minimum, round down to steps, raise rates that are too low, or
 * read back the requested rate. Facts that the table of drivers lacks are learned from results, for
 * the whole PF. Rates are in Mbit/s. */
#ifndef DAQS_AGENTD_CORE_PF_RATES_H
#define DAQS_AGENTD_CORE_PF_RATES_H

#include <stdbool.h>
#include <stdint.h>

#include "agentd/core/nic_drivers.h"

/* Higher values are not accepted as a lowest rate or a step. */
#define PF_RATES_MOST_LEARNED 1000

/* Zero-initialise. */
struct pf_rates {
    const struct nic_driver *driver; /* NULL: not known */
    uint32_t link_mbit;              /* the link's speed; 0: not known, or down */
    bool link_known;                 /* it had a speed once, so 0 means down */
    /* valid for this link speed */
    uint32_t common_mbit;  /* greatest common divisor of all rates in force; 0: none yet */
    uint32_t cut_mbit;     /* most that was rounded off; 0: nothing */
    uint32_t step_mbit;    /* learned: smallest divisor of common_mbit above cut_mbit; 0: none */
    uint32_t last_mbit;    /* last rate read back */
    bool differed;         /* two rates read back in a row differed at least once */
    uint32_t highest_mbit; /* highest and lowest rate read back; 0: none */
    uint32_t lowest_mbit;
    uint32_t least_mbit;   /* learned: a lower rate was raised to this one; 0: not known */
    uint32_t refused_mbit; /* highest rate that was rejected as too low; 0: none */
    /* kept when the link speed changes */
    uint32_t taken_mbit; /* lowest rate accepted; 0: none */
};

struct pf_wish {
    uint32_t most_mbit;  /* highest rate at which the VF may send: not to be exceeded, */
    uint32_t own_mbit;   /* except to reach its VM's guarantee (0: none) */
    uint32_t floor_mbit; /* or what the NIC itself guarantees the VF */
};

/* Return the lowest rate in force to which VFs can be limited, and the number of which all rates in
 * force are multiples. 0: not known. Values from the table of drivers have precedence. A lowest
 * rate learned from rejections is at most twice the true one. One learned from a raised rate is the
 * lowest rate that has been in force: it is the true one, unless the driver rounds up. A learned
 * step is never greater than the true one. */
uint32_t pf_rates_least(const struct pf_rates *rates);
uint32_t pf_rates_step(const struct pf_rates *rates);

/* Returns the rate to request for a wish, at least 1, as far as the driver allows. If it rejects
 * such a low rate, this is the lowest rate that it is known to accept. If that is not known, or is
 * more than twice the highest rejected rate, this is a rate in between. */
uint32_t pf_rates_request(const struct pf_rates *rates, const struct pf_wish *wish);

/* Returns the rate in force when this one is read back. 0: none. */
uint32_t pf_rates_in_force(const struct pf_rates *rates, uint32_t read_mbit);

/* Records a rate that was accepted and read back. Returns true if that reveals a lowest rate that
 * was not known. */
bool pf_rates_taken(struct pf_rates *rates, uint32_t asked_mbit, uint32_t read_mbit);

/* Records a rejected rate. Returns true if it may have been too low: not while the link is down,
 * not if it or a lower one has been accepted, and not if it is far above PF_RATES_MOST_LEARNED. */
bool pf_rates_refused(struct pf_rates *rates, uint32_t asked_mbit);

/* Forgets which rates were rejected as too low or raised. They may be accepted now if there was
 * another reason. */
void pf_rates_doubt(struct pf_rates *rates);

/* Returns true if a rejection is not due to the rate being too low, because a lower one or the same
 * has been accepted. */
bool pf_rates_takes(const struct pf_rates *rates, uint32_t asked_mbit);

/* Records the link's speed, 0 if it is down or not known. Returns true if it has changed. Rejected
 * rates may be accepted now, and the driver's rounding is learned again. */
bool pf_rates_link(struct pf_rates *rates, uint32_t link_mbit);

/* Forgets everything that was learned except the link and the driver. */
void pf_rates_forget(struct pf_rates *rates);

/* Records the driver. Everything learned about another driver is dropped. */
void pf_rates_driver(struct pf_rates *rates, const struct nic_driver *driver);

#endif
