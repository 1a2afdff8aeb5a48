/* SPDX-License-Identifier: Apache-2.0 */
/* link_model - how flows share a link: TCP flows get about equal parts, with some inertia and luck;
 * UDP gets what it sends. */
#ifndef DAQS_TESTS_LINK_MODEL_H
#define DAQS_TESTS_LINK_MODEL_H

#include <stdbool.h>

#include "tests/lib/random.h"

/* One sender: all flows of a VM. Rates are in bits per second on the wire. */
struct link_sender {
    double wanted;  /* what it would send, after its shaper */
    unsigned flows; /* 0: UDP */
    double rate;    /* what it sends; updated by link_step() */
    bool held;      /* the link is too full for 'wanted' */
    double luck;    /* factor of its part of the link, varies around 1; 0 at first */
};

#define LINK_SENDERS_MAX 260

/* Advances all rates by dt_ms. 'noise' is the spread of luck (0 to 0.5). */
void link_step(struct link_sender *sender, unsigned senders, double capacity, double dt_ms,
               double noise, struct random_source *random);

#endif
