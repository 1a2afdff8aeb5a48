/* SPDX-License-Identifier: Apache-2.0 */
#include "agentd/core/pf_rates.h"

/* The first rate to try above those rejected. It doubles with each attempt, up to
 * PF_RATES_MOST_LEARNED. */
enum { PROBE_LEAST = 16 };

/* Lowest link speed of a NIC with VFs. */
enum { SPEED_LEAST = 1000 };

static uint32_t round_up(uint32_t mbit, uint32_t step)
{
    uint32_t over = step > 1 ? mbit % step : 0;
    return over == 0 || mbit > UINT32_MAX - step ? mbit : mbit - over + step;
}

static uint32_t higher(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static bool hides_steps(const struct pf_rates *r)
{
    return r->driver && r->driver->readback == NIC_READS_ASKED && r->driver->step_mbit > 1;
}

uint32_t pf_rates_step(const struct pf_rates *r)
{
    if (r->driver && r->driver->step_mbit)
        return r->driver->step_mbit;
    return r->differed ? r->step_mbit : 0;
}

/* Returns the highest rate that was too low, 0 if none was. A PF that rejected every rate has
 * another reason. */
static uint32_t too_low(const struct pf_rates *r)
{
    bool tried_all = r->taken_mbit == 0 && r->refused_mbit > PF_RATES_MOST_LEARNED / 2;
    return tried_all ? 0 : r->refused_mbit;
}

/* Returns a rate to try above those rejected. */
static uint32_t above_refused(const struct pf_rates *r)
{
    return higher(PROBE_LEAST, 2 * too_low(r));
}

/* Returns the lowest rate known to be accepted, 0 if it is not known precisely enough. */
static uint32_t least_taken(const struct pf_rates *r)
{
    return r->taken_mbit <= above_refused(r) ? r->taken_mbit : 0;
}

uint32_t pf_rates_least(const struct pf_rates *r)
{
    if (r->driver && r->driver->least_mbit)
        return r->driver->least_mbit;
    return higher(r->least_mbit, too_low(r) ? least_taken(r) : 0);
}

uint32_t pf_rates_request(const struct pf_rates *r, const struct pf_wish *wish)
{
    uint32_t rate = wish->most_mbit;
    if (hides_steps(r))
        rate -= rate % r->driver->step_mbit;
    if (rate < wish->own_mbit)
        rate = round_up(wish->own_mbit, pf_rates_step(r));
    rate = higher(rate, wish->floor_mbit);
    rate = higher(rate, r->driver ? r->driver->least_mbit : 1);
    if (rate <= too_low(r))
        rate = least_taken(r) ? least_taken(r) : above_refused(r);
    if (r->link_mbit && rate > r->link_mbit)
        rate = r->link_mbit;
    return higher(rate, 1);
}

uint32_t pf_rates_in_force(const struct pf_rates *r, uint32_t read_mbit)
{
    if (read_mbit == 0 || !hides_steps(r))
        return read_mbit;
    return higher(read_mbit - read_mbit % r->driver->step_mbit, r->driver->least_mbit);
}

static uint32_t greatest_common(uint32_t a, uint32_t b)
{
    while (b) {
        uint32_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* The step divides all rates in force and is greater than any amount that was rounded off. The
 * smallest such number is never greater than the step, and a greater step is found as soon as more
 * is rounded off. The highest rate so far may be the NIC's maximum if it is as high as a link
 * speed. A rate cut to it reveals nothing about the step. */
static void learn_step(struct pf_rates *r, uint32_t asked_mbit, uint32_t read_mbit)
{
    uint32_t cut = read_mbit < asked_mbit ? asked_mbit - read_mbit : 0;
    bool capped = read_mbit >= r->highest_mbit && read_mbit >= SPEED_LEAST;
    if (cut < PF_RATES_MOST_LEARNED && !capped)
        r->cut_mbit = higher(r->cut_mbit, cut);
    r->highest_mbit = higher(r->highest_mbit, read_mbit);
    r->common_mbit = greatest_common(read_mbit, r->common_mbit);
    r->differed |= r->last_mbit && r->last_mbit != read_mbit;
    r->last_mbit = read_mbit;
    r->step_mbit = 0;
    for (uint32_t step = r->cut_mbit + 1; r->cut_mbit && step <= PF_RATES_MOST_LEARNED; step++)
        if (r->common_mbit % step == 0) {
            r->step_mbit = step;
            return;
        }
}

/* Drivers also raise a rate when they round up: a rate is the lowest only if no lower one has been
 * in force. */
static void learn_least(struct pf_rates *r, uint32_t asked_mbit, uint32_t read_mbit)
{
    if (r->lowest_mbit == 0 || read_mbit < r->lowest_mbit)
        r->lowest_mbit = read_mbit;
    bool lowest = read_mbit == r->lowest_mbit && read_mbit <= PF_RATES_MOST_LEARNED;
    if (read_mbit > asked_mbit && lowest)
        r->least_mbit = read_mbit;
    else if (read_mbit < r->least_mbit)
        r->least_mbit = 0;
}

bool pf_rates_taken(struct pf_rates *r, uint32_t asked_mbit, uint32_t read_mbit)
{
    uint32_t before = r->least_mbit;
    learn_step(r, asked_mbit, read_mbit);
    learn_least(r, asked_mbit, read_mbit);
    if (r->taken_mbit == 0 || asked_mbit < r->taken_mbit)
        r->taken_mbit = asked_mbit;
    if (r->refused_mbit >= asked_mbit)
        r->refused_mbit = asked_mbit - 1;
    return r->least_mbit > before;
}

bool pf_rates_refused(struct pf_rates *r, uint32_t asked_mbit)
{
    bool down = r->link_known && r->link_mbit == 0;
    if (down || pf_rates_takes(r, asked_mbit) ||
        asked_mbit > PF_RATES_MOST_LEARNED + PROBE_LEAST * 2)
        return false;
    r->refused_mbit = higher(r->refused_mbit, asked_mbit);
    return true;
}

void pf_rates_doubt(struct pf_rates *r)
{
    r->refused_mbit = r->least_mbit = 0;
}

bool pf_rates_takes(const struct pf_rates *r, uint32_t asked_mbit)
{
    return r->taken_mbit != 0 && asked_mbit >= r->taken_mbit;
}

bool pf_rates_link(struct pf_rates *r, uint32_t link_mbit)
{
    bool changed = r->link_mbit != link_mbit;
    r->link_mbit = link_mbit;
    r->link_known |= link_mbit != 0;
    if (!changed)
        return false;
    uint32_t taken_mbit = r->taken_mbit;
    pf_rates_forget(r);
    r->taken_mbit = taken_mbit;
    return true;
}

void pf_rates_forget(struct pf_rates *r)
{
    *r = (struct pf_rates){
        .driver = r->driver, .link_mbit = r->link_mbit, .link_known = r->link_known};
}

void pf_rates_driver(struct pf_rates *r, const struct nic_driver *driver)
{
    if (r->driver == driver)
        return;
    pf_rates_forget(r);
    r->driver = driver;
}
