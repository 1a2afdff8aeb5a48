/* pf_rates - which VF rates the driver of a PF takes, and which one to ask it for.
 *
 * Drivers refuse rates below a least one, round down to steps, raise what is too low, or read back
 * what was asked for. What is not in the table of drivers is learned from answers, for the whole
 * PF. Rates are Mbit/s. */
#ifndef DAQS_AGENTD_CORE_PF_RATES_H
#define DAQS_AGENTD_CORE_PF_RATES_H

#include <stdbool.h>
#include <stdint.h>

#include "agentd/core/nic_drivers.h"

/* A least rate or a step above this is not believed to be one. */
#define PF_RATES_MOST_LEARNED 1000

/* Zero-initialise. */
struct pf_rates {
    const struct nic_driver *driver; /* NULL: not known */
    uint32_t link_mbit;              /* the link's speed; 0: not known, or down */
    bool link_known;                 /* it had a speed once: without one it is down */
    /* under this link */
    uint32_t common_mbit;  /* greatest that divides all rates in force; 0: there was none */
    uint32_t cut_mbit;     /* most that a rate was rounded down by; 0: none was */
    uint32_t step_mbit;    /* learned: least that divides them and is more; 0: none */
    uint32_t last_mbit;    /* the rate read back last */
    bool differed;         /* from the one before, at least once */
    uint32_t highest_mbit; /* and lowest that was read back; 0: none was */
    uint32_t lowest_mbit;
    uint32_t least_mbit;   /* learned: a lower rate became this one; 0: not known */
    uint32_t refused_mbit; /* highest rate that was refused for being too low; 0: none */
    /* kept when it changes */
    uint32_t taken_mbit; /* lowest rate that was taken; 0: none */
};

struct pf_wish {
    uint32_t most_mbit;  /* what the VF may send: the rate is to be this or less, */
    uint32_t own_mbit;   /* but not less than its VM's guarantee; 0: it has none */
    uint32_t floor_mbit; /* and not less than what the NIC itself guarantees the VF */
};

/* The lowest rate in force that VFs can be held to, and what all rates in force are multiples of;
 * 0: not known. Of a driver in the table its own. A least rate that was learned from refusals is at
 * most twice as high as the true one. One that a lower rate became is the lowest that has been in
 * force: the true one, unless the driver rounds up. A step that was learned is at most as long as
 * the true one. */
uint32_t pf_rates_least(const struct pf_rates *rates);
uint32_t pf_rates_step(const struct pf_rates *rates);

/* The rate to ask for, at least 1: as the wish says, as far as the driver allows. Where it does not
 * take a rate as low, the lowest that it is known to take; if that is more than twice as high as
 * those refused, or not known, one between. */
uint32_t pf_rates_request(const struct pf_rates *rates, const struct pf_wish *wish);

/* The rate in force when this one is read back; 0: none. */
uint32_t pf_rates_in_force(const struct pf_rates *rates, uint32_t read_mbit);

/* A rate was taken and read back. True if that teaches a least rate that was not known. */
bool pf_rates_taken(struct pf_rates *rates, uint32_t asked_mbit, uint32_t read_mbit);

/* A rate was refused. True if that may be for being too low: not while the link is down, nor if a
 * lower one was taken before. */
bool pf_rates_refused(struct pf_rates *rates, uint32_t asked_mbit);

/* What was refused for being too low, or became a higher rate, may be taken now, if that had
 * another reason. */
void pf_rates_doubt(struct pf_rates *rates);

/* A refusal that is not about the rate being too low: a lower one was taken before. */
bool pf_rates_takes(const struct pf_rates *rates, uint32_t asked_mbit);

/* The link's speed, 0: down or not known. True if it has changed: rates that were refused may be
 * taken now, and how the driver rounds is learned again. */
bool pf_rates_link(struct pf_rates *rates, uint32_t link_mbit);

/* Forgets what was learned, but for the link and the driver. */
void pf_rates_forget(struct pf_rates *rates);

/* The driver; what was learned of another one is forgotten. */
void pf_rates_driver(struct pf_rates *rates, const struct nic_driver *driver);

#endif
